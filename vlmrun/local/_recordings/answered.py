"""Answers as they are recorded, and as they are sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from starlette.responses import Response

from vlmrun.local._recordings.exchange import RecordedResponse, text_of
from vlmrun.local._recordings.secrets import HERE, at_any_depth
from vlmrun.local._wire.json_values import json_list

__all__ = ["recorded_response", "sent"]

_HEADERS = ("content-disposition", "content-type", "retry-after")
"""What clients read; `location` is recorded, too."""


def recorded_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    text: Callable[[str], str],
    without_key: Callable[[bytes], bytes],
) -> RecordedResponse:
    """An answer as it is recorded.

    Args:
        status: Its status.
        headers: Its headers; `location` must be without secrets.
        body: Its body, decompressed.
        text: What takes the secrets out of a text.
        without_key: What takes the key out of bytes that are no text.
    """
    kept = {name: text(headers[name]) for name in _HEADERS if name in headers}
    if "location" in headers:
        kept["location"] = headers["location"]
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    told = _text(body)
    if told is None:
        return RecordedResponse(status=status, headers=kept, base64=base64.b64encode(without_key(body)).decode())
    if media_type == "text/event-stream":
        return RecordedResponse(status=status, headers=kept, events=_without_secrets(list(_events(told)), text))
    value = _json(told) if media_type.endswith("json") else None
    if value is not None:
        return RecordedResponse(status=status, headers=kept, json=at_any_depth(value, text))
    return RecordedResponse(status=status, headers=kept, text=text(told) if told else None)


def sent(response: RecordedResponse, origin: str) -> Response:
    """A recorded answer as a response of this server.

    Args:
        response: The answer.
        origin: Where this server is, such as `http://127.0.0.1:8000`.
    """
    if response.events is not None:
        body = "".join(map(_event, response.events))
    elif response.base64 is not None:
        body = ""
    else:
        body = (response.text or "") if response.body is None else text_of(response.body)
    data = body.replace(HERE, origin).encode()
    if response.base64 is not None:
        data = base64.b64decode(response.base64)
    headers = {name: value.replace(HERE, origin) for name, value in response.headers.items()}
    return Response(data, response.status, headers)


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _json(text: str) -> object:
    """JSON, or `None` if it is not."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _events(text: str) -> Iterator[dict[str, object]]:
    """The events of a stream, with JSON in place of its text. Comments, which keep connections open, are left out."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        event: dict[str, object] = {}
        data: list[str] = []
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name in ("event", "id", "retry"):
                event[name] = value
        if data:
            joined = "\n".join(data)
            value_of = _json(joined)
            event["data"] = value_of if isinstance(value_of, (dict, list)) else joined
        if event:
            yield event


def _event(event: Mapping[str, object]) -> str:
    lines: list[str] = []
    for name, value in event.items():
        text = value if isinstance(value, str) else text_of(value)
        lines.extend(f"{name}: {line}\n" for line in text.split("\n"))
    return "".join([*lines, "\n"])


def _without_secrets(events: list[dict[str, object]], text: Callable[[str], str]) -> list[dict[str, object]]:
    """Events without secrets, also where a URL is cut into the pieces of several events."""
    pieces: dict[tuple[str, ...], list[str]] = {}
    for event in events:
        for place, piece in _texts(event, ()):
            pieces.setdefault(place, []).append(piece)
    whole: dict[tuple[str, ...], str] = {}
    for place, found in pieces.items():
        joined = text("".join(found))
        if joined != "".join(map(text, found)):
            whole[place] = joined
    return [cast("dict[str, object]", _replaced(event, (), text, whole)) for event in events]


def _texts(value: object, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The texts of an event, and where they are; pieces of one text are at the same place of each event."""
    if isinstance(value, str):
        yield place, value
    for name, item in _members(value):
        yield from _texts(item, (*place, name))


def _replaced(
    value: object, place: tuple[str, ...], text: Callable[[str], str], whole: dict[tuple[str, ...], str]
) -> object:
    """An event in which a text that is not whole stands in the first of its pieces; the others are empty."""
    if isinstance(value, str):
        if place not in whole:
            return text(value)
        told, whole[place] = whole[place], ""
        return told
    members = _members(value)
    if members and isinstance(value, dict):
        return {name: _replaced(item, (*place, name), text, whole) for name, item in members}
    return [_replaced(item, (*place, name), text, whole) for name, item in members] if members else value


def _members(value: object) -> list[tuple[str, object]]:
    """The members of an object by their names; those of a list by their `index`, which chunks have."""
    # Casts, here and above: what comes from JSON is made of dicts and lists, and nothing narrower is known of them.
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).items())
    items = json_list(value)
    return [(str(_index(item, number)), item) for number, item in enumerate(items)]


def _index(item: object, number: int) -> object:
    return cast("dict[str, object]", item).get("index", number) if isinstance(item, dict) else number
