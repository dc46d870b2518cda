"""A completion in OpenAI's form, whole and as a stream, and the list of models in that form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from vlmrun.local._agents.completion import Completion

__all__ = ["broken", "chunks", "closing", "events", "list_models", "opening", "whole"]

MODELS = (
    *("vlmrun-orion-1", "vlmrun-orion-1:lite", "vlmrun-orion-1:fast", "vlmrun-orion-1:auto", "vlmrun-orion-1:pro"),
    *("vlmrun-orion-2", "vlmrun-orion-2:fast", "vlmrun-orion-2:auto", "vlmrun-orion-2:pro"),
)


def list_models() -> dict[str, object]:
    """The Orion models in OpenAI's form of a list. A name that is not here is accepted too."""
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 0, "owned_by": "vlmrun"} for name in MODELS],
    }


def whole(completion: Completion) -> dict[str, object]:
    """A completion as OpenAI's ChatCompletion, with `session_id`.

    Args:
        completion: The completion.

    Returns:
        The JSON body.
    """
    said = completion.message
    message: dict[str, object] = {
        "role": "assistant",
        "content": None if said.pieces is None else "".join(said.pieces),
        "refusal": said.refusal,
    }
    if said.calls:
        message["tool_calls"] = said.calls
    return {
        **_head(completion, "chat.completion"),
        "choices": [
            {
                "index": index,
                "message": message,
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
    said = completion.message
    yield from opening(completion)
    for piece in said.pieces or ():
        yield from chunks(completion, {"content": piece})
    if said.refusal is not None:
        yield from chunks(completion, {"refusal": said.refusal})
    for delta in _deltas(said.calls):
        yield from chunks(completion, {"tool_calls": [delta]})
    yield from closing(completion, separate_usage=separate_usage)


def opening(completion: Completion) -> Iterator[str]:
    """The events that begin a stream: who speaks."""
    return chunks(completion, {"role": "assistant", "content": None if completion.message.pieces is None else ""})


def chunks(completion: Completion, delta: Mapping[str, object]) -> Iterator[str]:
    """The events of one piece, one for each choice."""
    for index in range(completion.choices):
        yield _event(completion, [_choice(index, delta, None)], None)


def broken(message: str) -> str:
    """The event that ends a stream before its answer has ended, as OpenAI's client understands it."""
    return f"data: {json.dumps({'error': {'message': message, 'type': 'server_error'}})}\n\n"


def closing(completion: Completion, *, separate_usage: bool) -> Iterator[str]:
    """The events that end a stream: why, and what was used. The argument is that of `events`."""
    for index in range(completion.choices):
        is_last = index == completion.choices - 1
        choice = _choice(index, {}, completion.finish_reason)
        yield _event(completion, [choice], completion.usage if is_last and not separate_usage else None)
    if separate_usage:
        yield _event(completion, [], completion.usage)
    yield "data: [DONE]\n\n"


def _deltas(calls: Sequence[Mapping[str, object]]) -> Iterator[dict[str, object]]:
    """Calls as a stream has them: first the name, then the arguments in two pieces, which a client joins."""
    for index, call in enumerate(calls):
        # A cast: `tool_call` makes it so.
        function = cast("dict[str, str]", call["function"])
        arguments = function["arguments"]
        half = len(arguments) // 2
        yield {"index": index, **call, "function": {"name": function["name"], "arguments": ""}}
        for piece in filter(None, (arguments[:half], arguments[half:])):
            yield {"index": index, "function": {"arguments": piece}}


def _choice(index: int, delta: Mapping[str, object], finish_reason: str | None) -> dict[str, object]:
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
        **completion.more,
    }
