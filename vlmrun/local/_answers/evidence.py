"""Where an answer was found, and how sure: the `<field>_metadata` beside each field."""

from __future__ import annotations

from collections.abc import Iterator

from vlmrun.local._answers.json_schema import json_list, json_object

__all__ = ["with_evidence"]


def with_evidence(answer: object, *, confidence: bool, grounding: bool) -> object:
    """An answer whose fields have siblings with their confidence and their location.

    There is no model that would know them: each confidence is `hi`, and the boxes lie below each other on a page.

    Args:
        answer: The answer.
        confidence: Whether to add `confidence`.
        grounding: Whether to add `bboxes`: left, top, width and height, as parts of the page.

    Returns:
        The answer with the siblings. An object within it has none of its own; its fields have.
    """
    if not confidence and not grounding:
        return answer
    return _Evidence(sum(1 for _ in _fields(answer)), confidence=confidence, grounding=grounding).add(answer, 0)


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
    def __init__(self, fields: int, *, confidence: bool, grounding: bool) -> None:
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
            if name == "pages" and any(isinstance(item, dict) for item in json_list(member)):
                made[name] = [self.add(item, number) for number, item in enumerate(json_list(member))]
            elif _holds_objects(member):
                made[name] = self.add(member, page)
            else:
                made[name] = member
                made[f"{name}_metadata"] = self._of_next(page)
        return made

    def _of_next(self, page: int) -> dict[str, object]:
        box = [0.05, round(0.05 + self._count * self._height, 6), 0.9, round(self._height, 6)]
        self._count += 1
        found: dict[str, object] = {"confidence": "hi"} if self._confidence else {}
        return {**found, "bboxes": [{"xywh": box, "page": page}]} if self._grounding else found
