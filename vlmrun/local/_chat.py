"""A completion of chat, whole and as a stream.

Source: API.md §4, §9 (models).
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vlmrun.local._answers import Findings, answer_schema, as_object, elements, in_words, prompt_words
from vlmrun.local._contents import Opener
from vlmrun.local._facts import Fact
from vlmrun.local._requests import ChatRequest, ObjectFormat, SchemaFormat
from vlmrun.local._skills import open_skills
from vlmrun.local._store import Store

__all__ = ["Completion", "complete", "events", "list_models", "whole"]

MODELS = (
    *("vlmrun-orion-1", "vlmrun-orion-1:lite", "vlmrun-orion-1:fast", "vlmrun-orion-1:auto", "vlmrun-orion-1:pro"),
    *("vlmrun-orion-2", "vlmrun-orion-2:fast", "vlmrun-orion-2:auto", "vlmrun-orion-2:pro"),
)

# A word and the white space around it: the pieces of a text join to the text.
_PIECE = re.compile(r"\s*\S+\s*|\s+")


@dataclass(frozen=True)
class Completion:
    """An answer before it has a form on the wire.

    Attributes:
        id: Its id.
        created: When it was made, in seconds since 1970.
        model: The model that was asked for.
        session_id: The session, the client's own or a new one.
        pieces: The content, split on words.
        finish_reason: `stop`, or `length` where the limit cut it.
        choices: How many times it is given.
        usage: The usage on the wire.
    """

    id: str
    created: int
    model: str
    session_id: str
    pieces: tuple[str, ...]
    finish_reason: str
    choices: int
    usage: dict[str, object]


def list_models() -> dict[str, object]:
    """The Orion models in OpenAI's form of a list. A name that is not here is accepted too."""
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 0, "owned_by": "vlmrun"} for name in MODELS],
    }


def complete(store: Store, request: ChatRequest) -> Completion:
    """Answer a chat.

    Args:
        store: Where files and sessions are kept.
        request: What was asked.

    Returns:
        The completion.

    Raises:
        RefusalError: 422, something does not open, or the schema cannot be filled; 404, there is no file of an id.
    """
    facts = Opener(store.files).messages(request.messages)
    skills = open_skills(request.skills, ("body", "skills"))
    structured = _structured(request, facts)
    # Last of all, since a chat that is refused leaves its session as it was. The answer is a message too.
    turn = store.take_turn(request.session_id, len(request.messages) + 1, facts)
    content = structured or _free(request, Findings(facts, skills, turn.remembered, turn.artifacts))
    pieces: list[str] = _PIECE.findall(content)
    kept = tuple(pieces[: request.limit])
    choices = request.n or 1
    prompt, completion = prompt_words(facts), len(kept) * choices
    return Completion(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=request.model,
        session_id=turn.session_id,
        pieces=kept,
        finish_reason="stop" if len(kept) == len(pieces) else "length",
        choices=choices,
        usage={
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "credits_used": sum(elements(facts).values()),
        },
    )


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


def whole(completion: Completion) -> dict[str, object]:
    """A completion as OpenAI's ChatCompletion, with `session_id`.

    Args:
        completion: The completion.

    Returns:
        The JSON body.
    """
    content = "".join(completion.pieces)
    return {
        **_head(completion, "chat.completion"),
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": content, "refusal": None},
                "logprobs": None,
                "finish_reason": completion.finish_reason,
            }
            for index in range(completion.choices)
        ],
        "usage": completion.usage,
    }


def events(completion: Completion, *, separate_usage: bool) -> Iterator[str]:
    """A completion as server-sent events of OpenAI's chunks, each with `session_id`.

    Args:
        completion: The completion.
        separate_usage: Whether usage has a last chunk of its own, without choices, as OpenAI sends where
            `stream_options.include_usage` asks for it. Else it is on the chunk that ends the last choice, as the
            platform does, so that every chunk has a choice.

    Yields:
        The events, ready to be sent.
    """
    yield from _chunks(completion, {"role": "assistant", "content": ""})
    for piece in completion.pieces:
        yield from _chunks(completion, {"content": piece})
    for index in range(completion.choices):
        is_last = index == completion.choices - 1
        choice = _choice(index, {}, completion.finish_reason)
        yield _event(completion, [choice], completion.usage if is_last and not separate_usage else None)
    if separate_usage:
        yield _event(completion, [], completion.usage)
    yield "data: [DONE]\n\n"


def _chunks(completion: Completion, delta: dict[str, str]) -> Iterator[str]:
    for index in range(completion.choices):
        yield _event(completion, [_choice(index, delta, None)], None)


def _choice(index: int, delta: dict[str, str], finish_reason: str | None) -> dict[str, object]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _event(completion: Completion, choices: list[dict[str, object]], usage: dict[str, object] | None) -> str:
    chunk = {**_head(completion, "chat.completion.chunk"), "choices": choices, "usage": usage}
    # ASCII: some readers of events take U+2028 for the end of a line.
    return f"data: {json.dumps(chunk)}\n\n"


def _head(completion: Completion, kind: str) -> dict[str, object]:
    return {
        "id": completion.id,
        "object": kind,
        "created": completion.created,
        "model": completion.model,
        "session_id": completion.session_id,
    }
