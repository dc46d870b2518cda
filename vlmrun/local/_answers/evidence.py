"""Where an answer was found, and how sure: the `<field>_metadata` beside each field."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from vlmrun.local._wire.json_values import json_list, json_object

__all__ = ["with_evidence"]


Find = Callable[[Sequence[str]], "list[dict[str, object]]"]
"""Finds a text in one of its forms: its boxes, or none if it is not there."""


def with_evidence(answer: object, *, confidence: bool, grounding: bool, find: Find) -> object:
    """An answer whose fields have siblings with their confidence and their location.

    There is no model that would know them: each confidence is `hi`. A value that stands in the text of a PDF has its
    place there, and that text as `content`; boxes of others lie below each other on a page.

    Args:
        answer: The answer. Fields that have such siblings already keep them.
        confidence: Whether to add `confidence`.
        grounding: Whether to add `bboxes`: left, top, width and height, as parts of the page.
        find: Finds the place of a value.

    Returns:
        The answer with the siblings. An object within it has none of its own; its fields have.
    """
    if not confidence and not grounding:
        return answer
    return _Evidence(sum(1 for _ in _fields(answer)), confidence=confidence, grounding=grounding, find=find).add(
        answer, 0
    )


def _fields(value: object) -> Iterator[str]:
    for name, member in json_object(value).items():
        if _holds_objects(member):
            yield from _fields(member)
        else:
            yield name
    for item in json_list(value):
        yield from _fields(item)


def _holds_objects(value: object) -> bool:
    return any(isinstance(item, dict) for item in (value, *json_list(value)))


class _Evidence:
    def __init__(self, fields: int, *, confidence: bool, grounding: bool, find: Find) -> None:
        self._find = find
        self._height = 0.9 / max(fields, 1)
        self._confidence = confidence
        self._grounding = grounding
        self._count = 0

    def add(self, value: object, page: int) -> object:
        items, members = json_list(value), json_object(value)
        if items:
            return [self.add(item, page) for item in items]
        if not members:
            return value
        made: dict[str, object] = {}
        for name, member in members.items():
            if name.endswith("_metadata") and isinstance(member, dict):
                made[name] = member  # evidence of the answer's own
            elif f"{name}_metadata" in members:
                made[name] = member
            elif name == "pages" and any(isinstance(item, dict) for item in json_list(member)):
                made[name] = [self.add(item, number) for number, item in enumerate(json_list(member))]
            elif _holds_objects(member):
                made[name] = self.add(member, page)
            else:
                made[name] = member
                made[f"{name}_metadata"] = self._of(member, page)
        return made

    def _of(self, value: object, page: int) -> dict[str, object]:
        found: dict[str, object] = {"confidence": "hi"} if self._confidence else {}
        if not self._grounding:
            return found
        boxes = [box for item in json_list(value) or [value] for box in self._find(_forms(item))]
        return {**found, "bboxes": boxes or [self._next(page)]}

    def _next(self, page: int) -> dict[str, object]:
        box = [0.05, round(0.05 + self._count * self._height, 6), 0.9, round(self._height, 6)]
        self._count += 1
        return {"xywh": box, "page": page}


def _forms(value: object) -> list[str]:
    """How a value may be written in a document."""
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return []
    written = [f"{value:.2f}", f"{value:,.2f}", str(value), f"{value:,}", f"{value:.0f}", f"{value:,.0f}"]
    if isinstance(value, int):
        written = [str(value), f"{value:,}", *written[:2]]
    elif not value.is_integer():
        del written[4:]
    return list(dict.fromkeys(written))
