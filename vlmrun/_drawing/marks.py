"""From a prediction to what is drawn: which boxes, in which colours, with which labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import as_json, require_names, type_name
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import BoundingBox, PredictionField, PredictionResponse
from vlmrun.client.types._grounding import fields_of
from vlmrun.client.types._predictions import answer_of

__all__ = ["COLOURS", "Mark", "answer_in", "marks_of", "marks_on"]

COLOURS = (
    "#1565c0",
    "#c2185b",
    "#2e7d32",
    "#7b1fa2",
    "#c43e00",
    "#00707a",
    "#795548",
    "#3949ab",
    "#6d6a00",
    "#546e7a",
)
"""White text is readable on each of them, and each is visible on white and, within a white line, on black."""


@dataclass(frozen=True)
class Mark:
    """A box of a field."""

    path: str
    """The path of the field."""
    field: PredictionField
    """The field."""
    box: BoundingBox
    """One of its boxes."""
    colour: str
    """Its colour, which is that of the same field in the other items of a list."""

    def label(self, *, content: bool = False, confidence: bool = True) -> str:
        """The path, what was read if it is asked for, and how sure the server is: `total: 620.00 (hi)`."""
        text, sure = _without_page(self.path), self.field.confidence
        if content and self.box.content:
            text = f"{text}: {self.box.content}"
        if confidence and sure is not None:
            text = f"{text} ({sure:.2f})" if isinstance(sure, float) else f"{text} ({sure})"
        return text.removeprefix(": ").lstrip()


def answer_in(argument: str, prediction: object, *, models: bool = False) -> JsonValue:
    """The answer of a prediction, or a mapping as JSON; or any model, if `models`.

    Raises:
        InputError: It is neither, or the prediction has no answer yet.
    """
    if isinstance(prediction, PredictionResponse):
        answer = answer_of(prediction)  # pyright: ignore[reportUnknownArgumentType]  # of whatever type
        if answer is None:
            raise InputError(
                f"{argument} has no answer: its status is {prediction.status!r}.",
                suggestion="pass what client.predictions.wait(id) returns.",
            )
        return answer
    if isinstance(prediction, Mapping) or (models and isinstance(prediction, BaseModel)):
        return as_json(argument, prediction)  # pyright: ignore[reportUnknownArgumentType]  # whatever it holds
    raise InputError(
        f"{argument} must be a prediction or a dict, not {type_name(prediction)}.",
        suggestion="pass what client.document.generate(...) returns, or an answer as JSON.",
    )


def marks_of(answer: JsonValue, fields: Sequence[str] | None) -> list[Mark]:
    """The boxes of all pages, in the order of the answer; none if it has no grounding.

    Raises:
        InputError: `fields` are no names, or one of them has no box where others have.
    """
    if fields is not None:
        require_names("fields", fields)
    grounded = list(fields_of(answer))
    names = list(dict.fromkeys(_name(path) for path, _ in grounded))
    for field in (fields or ()) if grounded else ():
        if not any(_selects(field, path) for path, _ in grounded):
            raise InputError(
                f"fields: no box of {field!r} was found.",
                suggestion=f"pass some of these: {', '.join(filter(None, names))}.",
            )
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}
    return [
        Mark(path, field, box, colours[_name(path)])
        for path, field in grounded
        if fields is None or any(_selects(wanted, path) for wanted in fields)
        for box in field.boxes
    ]


def marks_on(page: int, marks: Sequence[Mark]) -> list[Mark]:
    """The boxes of a page: those that name it, or no page at all, unless they lie in an item of another one."""
    return [mark for mark in marks if _page(mark) in (None, page)]


def _page(mark: Mark) -> int | None:
    inside = re.match(r"pages\.(\d+)\.", mark.path)
    return int(inside[1]) if mark.box.page is None and inside else mark.box.page


def _name(path: str) -> str:
    """The name of a field wherever it lies in lists: `items.price` for `items.0.price`."""
    return ".".join(part for part in _without_page(path).split(".") if not part.isdecimal())


def _without_page(path: str) -> str:
    return re.sub(r"_page\d+(?=\.|$)", "", path)


def _selects(wanted: str, path: str) -> bool:
    """Whether a name is that of a field, or of what it lies in."""
    return any(f"{form}.".startswith(f"{wanted}.") for form in (path, _without_page(path), _name(path)))
