"""Opening a JSON schema into alternatives without `$ref`, `allOf`, `anyOf` and `oneOf`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from urllib.parse import unquote

from vlmrun.local._answers.json_schema import Path, Schema, UnfillableError, is_same_json
from vlmrun.local._wire.json_values import json_list, json_object

__all__ = ["Alternatives", "Budget"]

# Steps: after the first, only what is required is filled; after the second, the schema is given up.
_THRIFTY_AFTER = 4_000
_GIVE_UP_AFTER = 16_000
_OPENED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "$defs", "definitions"})


class Budget:
    """Counts the steps spent on one schema, so that no schema keeps the server busy for long."""

    def __init__(self) -> None:
        self._steps = 0

    @property
    def is_low(self) -> bool:
        """Whether only what is required should be filled from now on."""
        return self._steps > _THRIFTY_AFTER

    def spend(self, path: Path) -> None:
        """Count one step.

        Raises:
            UnfillableError: There were too many.
        """
        self._steps += 1
        if self._steps > _GIVE_UP_AFTER:
            raise UnfillableError(path, "it has too many alternatives")


class Alternatives:
    """The alternatives of a schema and of the schemas in it.

    Args:
        root: The whole schema, in which references are resolved.
        budget: What opening may cost.
    """

    def __init__(self, root: Schema, budget: Budget) -> None:
        self._root = root
        self._budget = budget

    def of(self, node: object, seen: frozenset[str], path: Path) -> Iterator[tuple[Schema, frozenset[str]]]:
        """All flat schemas that a schema stands for, and the references that led to each."""
        self._budget.spend(path)
        if node is False:
            return
        schema = json_object(node)
        groups: list[list[object]] = [[part] for part in json_list(schema.get("allOf"))]
        groups += [json_list(schema[key]) for key in ("anyOf", "oneOf") if key in schema]
        types = json_list(schema.get("type"))
        if types:
            groups.append([{"type": kind} for kind in types])
        ref = schema.get("$ref")
        if isinstance(ref, str):
            if ref in seen:
                return
            seen = seen | {ref}
            groups.append([self._resolve(ref, path)])
        own: Schema = {
            key: value for key, value in schema.items() if key not in _OPENED and not (key == "type" and types)
        }
        if not groups:
            yield own, seen
            return
        for choice in product(*groups):
            opened = [list(self.of(part, seen, path)) for part in choice]
            for parts in product(*opened):
                self._budget.spend(path)
                flat: Schema | None = own
                for part, _ in parts:
                    flat = merge(flat, part)
                if flat is not None:
                    yield flat, seen.union(*(refs for _, refs in parts))

    def _resolve(self, ref: str, path: Path) -> object:
        if ref != "#" and not ref.startswith("#/"):
            raise UnfillableError(path, f"$ref {ref!r} is no path from the root")
        node: object = self._root
        for step in unquote(ref[1:]).split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            items = json_list(node)
            if key.isdecimal() and int(key) < len(items):
                node = items[int(key)]
            elif key in json_object(node):
                node = json_object(node)[key]
            else:
                raise UnfillableError(path, f"$ref {ref!r} leads nowhere")
        return node


# Two schemas that must both hold, as one.


def _both(one: object, other: object) -> object:
    return one if one == other else {"allOf": [one, other]}


def _union(one: object, other: object) -> object:
    return list(dict.fromkeys([*json_list(one), *json_list(other)]))


def _common(one: object, other: object) -> object:
    return [value for value in json_list(one) if any(is_same_json(value, item) for item in json_list(other))]


def _each(one: object, other: object) -> object:
    mine, theirs = json_object(one), json_object(other)
    return {
        name: _both(mine[name], theirs[name]) if name in mine and name in theirs else {**mine, **theirs}[name]
        for name in {**mine, **theirs}
    }


def _larger(one: object, other: object) -> object:
    return max(one, other) if isinstance(one, int | float) and isinstance(other, int | float) else one


def _smaller(one: object, other: object) -> object:
    return min(one, other) if isinstance(one, int | float) and isinstance(other, int | float) else one


_MERGERS: Mapping[str, Callable[[object, object], object]] = {
    "enum": _common,
    "required": _union,
    "properties": _each,
    "patternProperties": _each,
    "items": _both,
    "additionalProperties": _both,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), _larger),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), _smaller),
}


def merge(one: Schema | None, other: Schema) -> Schema | None:
    """One schema for two, or `None` where they plainly contradict. What is not merged here is caught by the check."""
    if one is None:
        return None
    merged: Schema = {**other, **one}
    for key in one.keys() & other.keys():
        if key in _MERGERS:
            merged[key] = _MERGERS[key](one[key], other[key])
    kinds = {one.get("type"), other.get("type")} - {None}
    if kinds == {"integer", "number"}:
        merged["type"] = "integer"
    elif len(kinds) > 1:
        return None
    return merged
