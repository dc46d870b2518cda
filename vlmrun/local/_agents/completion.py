"""Answering a chat."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vlmrun.local._agents.tools import called_tools, tool_call
from vlmrun.local._answers.answers import Findings, answer_schema, as_object, in_words
from vlmrun.local._answers.usage import elements, prompt_words
from vlmrun.local._inputs.contents import Opener
from vlmrun.local._inputs.skills import open_skills
from vlmrun.local._media.facts import Fact
from vlmrun.local._requests.bodies import ChatRequest, ObjectFormat, SchemaFormat
from vlmrun.local._script.answer import Answer, ToolCall
from vlmrun.local._store.store import Store

__all__ = ["Completion", "Spoken", "complete"]

# A word and the white space around it: the pieces of a text join to the text.
_PIECE = re.compile(r"\s*\S+\s*|\s+")


@dataclass(frozen=True)
class Spoken:
    """What a completion says: a text, calls of tools, or a refusal."""

    pieces: tuple[str, ...] | None
    """The content in the pieces of a stream; `None` if there is none."""
    calls: Sequence[Mapping[str, object]] = ()
    """The calls of tools, in OpenAI's form."""
    refusal: str | None = None
    """The words of a refusal."""


@dataclass(frozen=True)
class Completion:
    """An answer before it has a form on the wire."""

    id: str
    """Its id."""
    created: int
    """When it was made, in seconds since 1970."""
    model: str
    """The model that was asked for."""
    session_id: str
    """The session, the client's own or a new one."""
    message: Spoken
    """What is said."""
    finish_reason: str
    """`stop`, `tool_calls`, `length` where the limit cut it, or what a test has set."""
    choices: int
    """How many times it is given."""
    usage: dict[str, object]
    """The usage on the wire."""
    more: Mapping[str, object] = field(default_factory=dict[str, object])
    """Further fields on the wire."""

    def on_gateway(self) -> Completion:
        """The same with what the gateway adds: which of its models answered, where, and at what price."""
        more = {"served_model_id": self.model, "backend": "vlmrun.local"}
        return replace(self, more=more, usage={"cost": 0.0, **self.usage})


def complete(store: Store, request: ChatRequest, told: Answer | None, size: int | None) -> Completion:
    """Answer a chat.

    Args:
        store: Where files and sessions are kept.
        request: What was asked.
        told: What a test has told the server to answer.
        size: How many characters a piece of a stream has; `None` for words.

    Returns:
        The completion.

    Raises:
        RefusalError: 422, something does not open, or the schema cannot be filled; 404, there is no file of an id.
    """
    facts = Opener(store.files).messages(request.messages)
    skills = open_skills(request.skills, ("body", "skills"))
    calls = called_tools(request, facts) if told is None else [_call(call) for call in told.tool_calls]
    structured = None if calls or told is not None else _structured(request, facts)
    # Last of all, since a chat that is refused leaves its session as it was. The answer is a message too.
    turn = store.take_turn(request.session_id, len(request.messages) + 1, facts, {} if told is None else told.artifacts)
    if told is not None:
        message = Spoken(_pieces(told, size), calls, told.refusal)
        reason = told.finish_reason or ("tool_calls" if calls else "stop")
    elif calls:
        message, reason = Spoken(None, calls), "tool_calls"
    else:
        content = structured or _free(request, Findings(facts, skills, turn.remembered, turn.artifacts))
        words = _PIECE.findall(content)
        kept = words[: request.limit]
        message = Spoken(tuple(kept) if size is None else _cut("".join(kept), size))
        reason = "stop" if len(kept) == len(words) else "length"
    choices = request.n or 1
    text = "".join(message.pieces or ())
    prompt, completion = prompt_words(facts), (len(text.split()) + len(calls)) * choices
    return Completion(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=request.model,
        session_id=turn.session_id,
        message=message,
        finish_reason=reason,
        choices=choices,
        usage={
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "credits_used": sum(elements(facts).values()),
            **({} if told is None else told.usage),
        },
    )


def _pieces(told: Answer, size: int | None) -> tuple[str, ...] | None:
    if told.chunks is not None:
        return tuple(told.chunks)
    text = told.content
    if text is None:
        return None
    return tuple(_PIECE.findall(text)) if size is None else _cut(text, size)


def _cut(text: str, size: int) -> tuple[str, ...]:
    return tuple(text[start : start + size] for start in range(0, len(text), size))


def _call(call: ToolCall) -> Mapping[str, object]:
    return tool_call(call.name, call.arguments_json, call.id)


def _structured(request: ChatRequest, facts: Sequence[Fact]) -> str | None:
    """The answer where a schema says how it looks."""
    if not isinstance(request.response_format, SchemaFormat):
        return None
    loc, schema = request.response_format.asked
    return json.dumps(answer_schema(schema, loc, facts), ensure_ascii=False)


def _free(request: ChatRequest, findings: Findings) -> str:
    """The answer where none does."""
    if isinstance(request.response_format, ObjectFormat):
        return json.dumps(as_object(findings), ensure_ascii=False)
    return in_words(findings)
