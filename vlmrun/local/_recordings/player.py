"""The app of a server that answers from files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vlmrun.client.exceptions import InputError
from vlmrun.local._recordings.answered import sent
from vlmrun.local._recordings.asked import read_all, recorded_request
from vlmrun.local._recordings.exchange import Exchange, RecordedRequest, load, recordings, text_of
from vlmrun.local._recordings.secrets import Discretion
from vlmrun.local._recordings.serving import serve
from vlmrun.local._requests.reading import origin_of
from vlmrun.local._wire.errors import RefusalError

__all__ = ["Player", "Recording", "load_all"]


@dataclass(frozen=True)
class Recording:
    """A file."""

    name: str
    """Its name."""
    exchange: Exchange
    """What it says."""


def load_all(folder: Path) -> list[Recording]:
    """The recorded answers of a folder, in order.

    Raises:
        InputError: There are none, or one cannot be read.
    """
    found = [Recording(path.name, load(path)) for path in recordings(folder)]
    if not found:
        raise InputError(
            f"There are no recorded answers in {folder}.",
            suggestion="record them with LocalServer.record(to=...).",
            error_type="no_recordings",
        )
    return found


class Player:
    """An ASGI app. Equal requests get their answers in the order in which they were recorded, then the last one again.

    Args:
        recorded: The answers.
    """

    def __init__(self, recorded: list[Recording]) -> None:
        self._recorded = recorded
        self._waiting: dict[str, list[Recording]] = {}
        self.rewind()
        # What was recorded had the key removed; which key that was is neither known nor needed.
        self._discretion = Discretion("", "")

    def rewind(self) -> None:
        """Answer as at first."""
        waiting: dict[str, list[Recording]] = {}
        for recording in self._recorded:
            waiting.setdefault(_key(recording.exchange.request), []).append(recording)
        self._waiting = waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve(self._answer, scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        asked = await recorded_request(request, await read_all(request), self._discretion.asked)
        waiting = self._waiting.get(_key(asked))
        if waiting is None:
            # Not a 404, which may mean that a file was not uploaded before, nor a 5xx, which clients retry.
            raise RefusalError(400, self._unexpected(asked))
        recording = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return sent(recording.exchange.response, origin_of(request))

    def _unexpected(self, asked: RecordedRequest) -> str:
        """What came, and what is there."""
        same = [item for item in self._recorded if _route(item.exchange.request) == _route(asked)]
        came = f"No answer is recorded for this {asked.method} {asked.path}"
        if same:
            told = "; ".join(f"{item.name} differs at {_difference(asked, item.exchange.request)}" for item in same[:5])
            return f"{came}: {told}."
        return f"{came}. Recorded are: {', '.join(item.name for item in self._recorded[:20])}."


def _key(request: RecordedRequest) -> str:
    return text_of(_sorted(request.model_dump(by_alias=True)))


def _route(request: RecordedRequest) -> tuple[str, str]:
    return request.method, request.path


def _sorted(value: object) -> object:
    """JSON whose objects have their members in one order."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {name: _sorted(members[name]) for name in sorted(members)}
    return [_sorted(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _difference(one: RecordedRequest, other: RecordedRequest) -> str:
    """The first place where two requests differ, such as `json.messages.0.content`: not what is there."""
    places = _differences(one.model_dump(by_alias=True), other.model_dump(by_alias=True), ())
    return ".".join(next(places, ("nothing",)))


def _differences(one: object, other: object, place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(one, dict) and isinstance(other, dict):
        mine, theirs = cast("dict[str, object]", one), cast("dict[str, object]", other)
        for name in sorted(mine.keys() | theirs.keys()):
            yield from _differences(mine.get(name), theirs.get(name), (*place, name))
    elif isinstance(one, list) and isinstance(other, list):
        items = zip_longest(cast("list[object]", one), cast("list[object]", other))
        for number, (item, its) in enumerate(items):
            yield from _differences(item, its, (*place, str(number)))
    elif one != other:
        yield place
