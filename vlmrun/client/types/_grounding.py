"""Confidence and grounding: how sure the server is of a field, and where in the input it was read.

Servers have written them in several forms, all of which are read:

- Beside a field `total` stands `total_metadata`, with `confidence` and with `bboxes` or a single `bbox`. Images add the
  suffix `_page0`; domains that detect things have no field beside it.
- The field itself is such an object, as the tables of a Markdown document and the elements of a chat's answer are.
- A box is `xywh`, alone or within `bbox`; or `x`, `y`, `w` and `h`; a bare list are the corners, as in SDK 0.9.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import JsonValue

from vlmrun.client.exceptions import InputError

__all__ = ["BoundingBox", "Confidence", "PredictionField", "field_of", "fields_of", "names_of"]

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
        """Whether the numbers are fractions of the page; otherwise they are pixels.

        Models put edges slightly outside of a page: fractions from -0.1 to 1.1 are fractions, too.
        """
        return all(-0.1 <= number <= 1.1 for number in self.xywh)

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
    return _read(holder, name, _within(holder, name, path))


def fields_of(answer: JsonValue) -> Iterator[tuple[str, PredictionField]]:
    """Each field of an answer whose place is known, with its path; the path of the answer itself is empty."""
    if isinstance(answer, dict) and (boxes := tuple(_boxes(answer, None))):
        yield "", PredictionField(answer, _confidence(answer), boxes)
    yield from _inner_fields(answer, "")


def _inner_fields(holder: JsonValue, path: str) -> Iterator[tuple[str, PredictionField]]:
    if isinstance(holder, dict):
        names = [name for name in names_of(holder) if name not in _GEOMETRY]
    else:
        names = [str(index) for index in range(len(holder))] if isinstance(holder, list) else []
    for name in names:
        value = _within(holder, name, name)
        field = _read(holder, name, value)
        if field.boxes:
            yield f"{path}{name}", field
        yield from _inner_fields(value, f"{path}{name}.")


_NOTE = re.compile(r"(.+?)(?:_page(\d+))?_metadata(?:_page(\d+))?")
_PAGE = re.compile(r"(.+)_page(\d+)")
_GEOMETRY = ("bbox", "bboxes", "xywh", "xyxy")


def names_of(holder: dict[str, JsonValue]) -> Iterator[str]:
    """The fields of an object, those that have metadata alone among them."""
    own = {key for key in holder if not _NOTE.fullmatch(key)}
    named = own | {match[1] for key in own if (match := _PAGE.fullmatch(key))}
    told: set[str] = set()
    for key, value in holder.items():
        note = _NOTE.fullmatch(key)
        if note is None:
            yield key
        elif not isinstance(value, dict) or (_confidence(value) is None and not any(_boxes(value, None))):
            if note[1] not in named:
                yield key  # a field that is called so
        elif note[1] not in named | told:
            told.add(note[1])
            yield note[1]


def _within(holder: JsonValue, name: str, path: str) -> JsonValue:
    if isinstance(holder, dict):
        for key in (name, *(key for key in holder if (match := _PAGE.fullmatch(key)) and match[1] == name)):
            if key in holder:
                return holder[key]
        known = list(names_of(holder))
        if name in known:
            return None
        names = ", ".join(known)
        raise InputError(f"path: the answer has no field {path!r}.", suggestion=f"pass one of these: {names}.")
    if isinstance(holder, list) and re.fullmatch("[0-9]{1,9}", name) and int(name) < len(holder):
        return holder[int(name)]
    raise InputError(f"path: the answer has no field {path!r}.", suggestion="see prediction.response.")


def _read(holder: JsonValue, name: str, value: JsonValue) -> PredictionField:
    notes = list(_notes(holder, name)) if isinstance(holder, dict) else []
    if isinstance(value, dict):
        notes.append((value, _page_of(holder, name)))
    confidence = next((found for note, _ in notes if (found := _confidence(note)) is not None), None)
    return PredictionField(value, confidence, tuple(box for note, page in notes for box in _boxes(note, page)))


def _page_of(holder: JsonValue, name: str) -> int | None:
    """The page that the key of a value names."""
    keys = [name] if isinstance(holder, dict) and name in holder else list(holder) if isinstance(holder, dict) else []
    found = (match for key in keys if (match := _PAGE.fullmatch(key)) and name in (key, match[1]))
    return next((int(match[2]) for match in found), None)


def _notes(holder: dict[str, JsonValue], name: str) -> Iterator[tuple[dict[str, JsonValue], int | None]]:
    """What stands beside a field about it, each with the page that its key names."""
    paged = _PAGE.fullmatch(name)
    bare, only = (paged[1], paged[2]) if paged and name in holder else (name, None)
    for key, value in holder.items():
        match = _NOTE.fullmatch(key)
        if match is None or not isinstance(value, dict):
            continue
        page = match[2] or match[3]
        if match[1] == name or (match[1] == bare and page == only):
            yield value, int(page) if page else None


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
        numbers = _numbers(inner)
        if numbers is None:
            continue
        named, content = about.get("page"), about.get("content", about.get("bbox_content"))
        yield BoundingBox(
            *numbers,
            page=named if type(named) is int else page,
            content=content if isinstance(content, str) else None,
        )


def _numbers(shape: JsonValue) -> tuple[float, float, float, float] | None:
    """Left, top, width and height of what describes a box."""
    if not isinstance(shape, dict):
        return _from_corners(_four(shape))
    if (numbers := _four(shape.get("xywh"))) is not None:
        return numbers
    if (corners := _four(shape.get("xyxy"))) is not None:
        return _from_corners(corners)
    for width, height in (("w", "h"), ("width", "height")):
        numbers = _four([shape.get("x"), shape.get("y"), shape.get(width), shape.get(height)])
        if numbers is not None:
            return numbers
    return None


def _four(value: JsonValue) -> tuple[float, float, float, float] | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    # What is larger is no place in a picture, and NaN is smaller than nothing.
    numbers = [float(one) for one in value if isinstance(one, (int, float)) and abs(one) < 1e9]
    is_one = len(numbers) == 4 and not any(isinstance(one, bool) for one in value)
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if is_one else None


def _from_corners(found: tuple[float, float, float, float] | None) -> tuple[float, float, float, float] | None:
    if found is None:
        return None
    left, top, right, bottom = found
    return (left, top, right - left, bottom - top) if right >= left and bottom >= top else found
