"""The stream of the upstream, read as it arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from pydantic import Field, ValidationError

from vlmrun.local._requests.parts import WireModel
from vlmrun.local._upstream.replies import UnreadableReplyError, counts_of
from vlmrun.local._wire.json_values import json_object

__all__ = ["Piece", "read_pieces"]

_MEMBERS = ("content", "refusal", "tool_calls")
"""What of a delta is passed on."""


@dataclass(frozen=True)
class Piece:
    """A piece of an answer."""

    delta: Mapping[str, object] = field(default_factory=dict[str, object])
    """What is said, in OpenAI's form; may be empty."""
    finish_reason: str | None = None
    """Why the answer ended; `None` while it goes on."""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    """The tokens, if it tells them."""


class _Choice(WireModel):
    index: int = 0
    delta: dict[str, object] | None = None
    finish_reason: str | None = None


class _Chunk(WireModel):
    choices: list[_Choice] = Field(default_factory=list[_Choice])
    usage: dict[str, object] | None = None
    error: object = None


async def read_pieces(body: AsyncIterator[bytes]) -> AsyncIterator[Piece]:
    """The pieces in a body of server-sent events.

    Raises:
        UnreadableReplyError: It is none, tells an error, or ends before the answer does.
    """
    has_ended = False
    async for line in _lines(body):
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            break
        piece = _read(data)
        has_ended = has_ended or piece.finish_reason is not None
        yield piece
    if not has_ended:
        raise UnreadableReplyError("its stream ended before the answer did.")


def _read(data: bytes) -> Piece:
    try:
        chunk = _Chunk.model_validate_json(data)
    except ValidationError as error:
        raise UnreadableReplyError(f"a piece of its stream cannot be read: {data[:200]!r}") from error
    if chunk.error is not None:
        raise UnreadableReplyError(f"it says {json_object(chunk.error).get('message') or chunk.error}")
    usage = counts_of(chunk.usage)
    if not chunk.choices:
        return Piece(usage=usage)
    choice = chunk.choices[0]
    delta = choice.delta or {}
    told = {name: delta[name] for name in _MEMBERS if delta.get(name) not in (None, "", [])}
    return Piece(told, choice.finish_reason, usage)


async def _lines(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    # Not `aiter_lines`: it ends a line at U+2028 too, which may stand in a JSON text.
    rest = b""
    async for data in body:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
    if rest:
        yield rest
