"""Confidence and grounding: how sure the server is of a field, and where in the input it was read.

Servers have written them in several forms, all of which are read: beside a field `total` stands `total_metadata`, with
`confidence` and with `bboxes` or a single `bbox`; the field itself may be such an object; images add `_page0`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import JsonValue

from vlmrun.client.exceptions import InputError

__all__ = ["BoundingBox", "Confidence", "PredictionField", "field_of"]

Confidence: TypeAlias = Literal["hi", "med", "low"] | str | float
"""How sure the server is: `hi`, `med` or `low`; chats say a number from 0 to 1."""


@dataclass(frozen=True)
class BoundingBox:
    """A rectangle of a page or an image, in which a value was read."""

    x: float
    """The left edge."""
    y: float
    """The top edge."""
    width: float
    """The width."""
    height: float
    """The height."""
    page: int | None = None
    """The number of the page, from 0; `None` if the server named none."""
    content: str | None = None
    """The text in the rectangle, if the server sent it."""

    @property
    def xywh(self) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        return self.x, self.y, self.width, self.height

    @property
    def is_normalized(self) -> bool:
        """Whether the numbers are fractions of the page; otherwise they are pixels."""
        return all(0 <= number <= 1 for number in self.xywh)

    def in_pixels(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, top, width and height in pixels.

        Args:
            width: The width of the page or the image, in pixels.
            height: Its height, in pixels.

        Raises:
            InputError: A size is no positive int.
        """
        for name, size in (("width", width), ("height", height)):
            if type(size) is not int or not 0 < size < 2**31:
                raise InputError(f"{name} must be a positive int.", suggestion="pass the size in pixels.")
        if not self.is_normalized:
            return self.xywh
        return self.x * width, self.y * height, self.width * width, self.height * height


@dataclass(frozen=True)
class PredictionField:
    """A field of an answer."""

    value: JsonValue
    """The value, as JSON."""
    confidence: Confidence | None = None
    """How sure the server is; `None` if it did not say."""
    boxes: tuple[BoundingBox, ...] = ()
    """Where it was read; empty if the server did not say."""


def field_of(answer: JsonValue, path: object) -> PredictionField:
    """The field of an answer at a path."""
    if not (isinstance(path, str) and path):
        raise InputError("path must be the name of a field.", suggestion='pass a name such as "total".')
    *outer, name = path.split(".")
    holder = answer
    for part in outer:
        holder = _within(holder, part, path)
    value = _within(holder, name, path)
    notes = _notes(holder, name) if isinstance(holder, dict) else []
    if isinstance(value, dict):
        notes.append((value, None))
    confidence = next((found for note, _ in notes if (found := _confidence(note)) is not None), None)
    return PredictionField(value, confidence, tuple(box for note, page in notes for box in _boxes(note, page)))


def _within(holder: JsonValue, name: str, path: str) -> JsonValue:
    if isinstance(holder, dict):
        for key in (name, *(key for key in holder if re.fullmatch(rf"{re.escape(name)}_page\d+", key))):
            if key in holder:
                return holder[key]
        names = ", ".join(key for key in holder if not re.search(r"_metadata(_page\d+)?$", key))
        raise InputError(f"path: the answer has no field {path!r}.", suggestion=f"pass one of these: {names}.")
    if isinstance(holder, list) and name.isdecimal() and int(name) < len(holder):
        return holder[int(name)]
    raise InputError(f"path: the answer has no field {path!r}.", suggestion="see prediction.response.")


def _notes(holder: dict[str, JsonValue], name: str) -> list[tuple[dict[str, JsonValue], int | None]]:
    """What stands beside a field about it, each with the page that its key names."""
    form = re.compile(rf"{re.escape(name)}(?:_page(\d+))?_metadata(?:_page(\d+))?")
    found = ((form.fullmatch(key), value) for key, value in holder.items())
    return [
        (value, int(page) if (page := match[1] or match[2]) else None)
        for match, value in found
        if match is not None and isinstance(value, dict)
    ]


def _confidence(note: dict[str, JsonValue]) -> Confidence | None:
    found = note.get("confidence")
    if isinstance(found, str):
        return {"lo": "low", "high": "hi", "medium": "med"}.get(found, found)
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def _boxes(note: dict[str, JsonValue], page: int | None) -> Iterator[BoundingBox]:
    listed = note.get("bboxes")
    for entry in listed if isinstance(listed, list) else [note]:
        outer = entry if isinstance(entry, dict) else {}
        inner = outer.get("bbox", entry)
        about = {**inner, **outer} if isinstance(inner, dict) else outer
        numbers = _numbers(about.get("xywh") if isinstance(inner, dict) else inner)
        if numbers is None:
            continue
        named, content = about.get("page"), about.get("content")
        yield BoundingBox(
            *numbers,
            page=named if isinstance(named, int) else page,
            content=content if isinstance(content, str) else None,
        )


def _numbers(value: JsonValue) -> tuple[float, float, float, float] | None:
    if not isinstance(value, list):
        return None
    numbers = [float(one) for one in value if isinstance(one, (int, float)) and not isinstance(one, bool)]
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == len(value) == 4 else None
