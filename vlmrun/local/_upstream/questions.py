"""Chats, executions and predictions as requests of OpenAI's API. They read files: call them in a thread."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from vlmrun.local._agents.agents import task_of
from vlmrun.local._answers.answers import refuse_bad_schema
from vlmrun.local._catalogue.asked import asked_schema
from vlmrun.local._catalogue.domains import known_domain
from vlmrun.local._inputs.contents import Opener, Source
from vlmrun.local._media.facts import TextFact
from vlmrun.local._predictions.received import agent_config, called_agent, receive
from vlmrun.local._requests.bodies import ChatRequest, ExecuteRequest, NestedSchema, ObjectFormat, SchemaFormat
from vlmrun.local._requests.parts import Message
from vlmrun.local._requests.predictions import FileExecution, ImageExecution, ImageSource
from vlmrun.local._requests.received import PredictionRequest
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.contents import PlainPart, Translator, joined, text_part
from vlmrun.local._upstream.upstream import Upstream
from vlmrun.local._wire.errors import Location

__all__ = ["Question", "of_chat", "of_execution", "of_prediction"]

_PASSED_ON = (
    *("temperature", "top_p", "stop", "seed", "presence_penalty", "frequency_penalty"),
    *("tools", "tool_choice", "parallel_tool_calls"),
)
"""The options of a chat that mean the same there."""


@dataclass(frozen=True)
class Question:
    """A request for the upstream."""

    body: Mapping[str, object]
    """Its JSON body."""
    is_json: bool
    """Whether the answer should be JSON."""


def of_chat(upstream: Upstream, store: Store, request: ChatRequest, body: Mapping[str, object]) -> Question:
    """A chat; its session, skills and toolsets, which are VLM Run's own, are left out.

    Args:
        upstream: Where it goes.
        store: Where files are kept.
        request: What was asked.
        body: The same as it came, with the options that are not read here.

    Raises:
        RefusalError: 422, the upstream cannot read a part, or it does not open; 404, there is no file of an id.
    """
    opener, translator = Opener(store.files), Translator(upstream)
    asked: dict[str, object] = {
        "model": upstream.model,
        "messages": [
            _message(message, opener, translator, ("body", "messages", index))
            for index, message in enumerate(request.messages)
        ],
    }
    # An empty list of tools is refused by many.
    asked.update({name: body[name] for name in _PASSED_ON if body.get(name) not in (None, [])})
    if request.limit is not None:
        asked["max_tokens"] = request.limit
    form = request.response_format
    if isinstance(form, SchemaFormat):
        loc, schema = form.asked
        refuse_bad_schema(schema, loc)
        nested = form.json_schema if isinstance(form.json_schema, NestedSchema) else None
        asked["response_format"] = _schema_format(
            schema, None if nested is None else nested.name, None if nested is None else nested.strict
        )
    elif isinstance(form, ObjectFormat):
        asked["response_format"] = {"type": "json_object"}
    return Question(asked, is_json=False)


def of_execution(upstream: Upstream, store: Store, request: ExecuteRequest) -> Question:
    """An execution: its prompt and its inputs in one message.

    Args:
        upstream: Where it goes.
        store: Where agents and files are kept.
        request: What was asked.

    Raises:
        RefusalError: As `of_chat`; also 404, there is no agent of a name.
    """
    task = task_of(store, request, must_exist=True)
    translator = Translator(upstream)
    parts = [text_part(task.prompt)] if task.prompt else []
    for loc, leaf in Opener(store.files).leaves(request.inputs or {}):
        name = ".".join(str(step) for step in loc[2:])
        if not isinstance(leaf, Source):
            parts.append(text_part(f"{name}: {json.dumps(leaf)}"))
        elif isinstance(leaf.fact, TextFact):
            parts.append(text_part(f"{name}: {leaf.fact.text}"))
        else:
            parts += [text_part(f"{name}:"), *translator.parts(leaf, loc)]
    schema = task.schema
    if schema is not None:
        refuse_bad_schema(schema, ("body", "config", "json_schema"))
        return Question(_extraction(upstream, parts, schema), is_json=True)
    return Question({"model": upstream.model, "messages": [{"role": "user", "content": joined(parts)}]}, is_json=False)


def of_prediction(upstream: Upstream, store: Store, request: PredictionRequest, kind: str) -> Question:
    """A prediction: its prompt, or what its domain is, and its inputs in one message.

    Args:
        upstream: Where it goes.
        store: Where agents and files are kept.
        request: What was asked.
        kind: What a file should be: `file`, `audio` or `video`.

    Raises:
        RefusalError: As `of_chat`; also 404, there is no such domain or agent.
    """
    config, domain = request.settings, None
    if isinstance(request, (ImageExecution, FileExecution)):
        config = agent_config(called_agent(store, request), request)
    elif request.domain is not None:
        domain = known_domain(request.domain)
    schema = asked_schema({} if domain is None else domain.json_schema, config)
    received = receive(store.files, request, config, kind)
    translator = Translator(upstream)
    task = config.prompt or (None if domain is None else domain.description)
    parts = [text_part(task or "What does this show?")]
    for index, source in enumerate(received.sources):
        loc: Location = ("body", "images", index)
        if not isinstance(request, ImageSource):
            loc = ("body", "url" if request.file_id is None else "file_id")
        parts += translator.parts(source, loc, received.pages)
    body = _extraction(upstream, parts, schema)
    limits = {"temperature": config.temperature, "max_tokens": config.max_tokens}
    body.update({name: value for name, value in limits.items() if value is not None})
    return Question(body, is_json=True)


def _message(message: Message, opener: Opener, translator: Translator, loc: Location) -> dict[str, object]:
    content: object = message.content
    if isinstance(message.content, list):
        parts: list[PlainPart] = []
        for number, part in enumerate(message.content):
            place = (*loc, "content", number)
            parts += translator.parts(opener.part(part, place), place)
        content = joined(parts)
    calls = message.tool_calls
    called = None if calls is None else [call.model_dump(exclude_none=True) for call in calls]
    optional = {"name": message.name, "tool_call_id": message.tool_call_id, "tool_calls": called}
    told = {name: value for name, value in optional.items() if value is not None}
    return {"role": message.role, "content": content, **told}


def _extraction(upstream: Upstream, parts: list[PlainPart], schema: dict[str, object]) -> dict[str, object]:
    """A request for JSON. The schema is told too: servers that force it on an answer do not show it to the model."""
    told = "Answer with a JSON object only."
    if schema:
        told = f"Answer with JSON only, which fits this JSON schema: {json.dumps(schema, ensure_ascii=False)}"
    return {
        "model": upstream.model,
        "messages": [{"role": "user", "content": joined([*parts, text_part(told)])}],
        "response_format": _schema_format(schema, None, None) if schema else {"type": "json_object"},
    }


def _schema_format(schema: dict[str, object], name: str | None, strict: bool | None) -> dict[str, object]:
    nested: dict[str, object] = {"name": name or "answer", "schema": schema}
    if strict is not None:
        nested["strict"] = strict
    return {"type": "json_schema", "json_schema": nested}
