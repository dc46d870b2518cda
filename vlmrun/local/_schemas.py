"""An instance of a JSON schema, made from hints where names fit and from the smallest valid values elsewhere.

The way: a schema is opened into alternatives without `$ref`, `allOf`, `anyOf`, `oneOf`; each is filled; the one that
could use most hints wins; and what was made is checked by `jsonschema` before anybody sees it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import cast
from urllib.parse import unquote

from referencing.exceptions import Unresolvable

from vlmrun.local._checker import Checker
from vlmrun.local._hints import Hints
from vlmrun.local._scalars import numbers, texts

__all__ = ["UnfillableError", "fill_schema"]

Schema = dict[str, object]
Path = tuple[str | int, ...]

# Steps: after the first, only what is required is filled; after the second, the schema is given up.
_THRIFTY_AFTER = 4_000
_GIVE_UP_AFTER = 16_000
_MOST_ITEMS = 1_000

_OPENED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "$defs", "definitions"})


class UnfillableError(Exception):
    """A schema that this server cannot fill.

    Args:
        path: Where in the instance.
        reason: Why.
    """

    def __init__(self, path: Path, reason: str) -> None:
        place = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        # The reason may quote a value, and a value may be long.
        super().__init__(f"vlmrun.local cannot fill this schema at {place}: {reason[:300]}")


@dataclass(frozen=True)
class _Filled:
    value: object
    used: int
    """How many hints it used."""


def fill_schema(schema: Schema, hints: Hints) -> object:
    """Make an instance of a schema.

    Args:
        schema: A JSON schema that `check_schema` finds nothing wrong with.
        hints: What is known.

    Returns:
        The instance; it is valid.

    Raises:
        UnfillableError: None was found.
    """
    foreign = next(_foreign_refs(schema), None)
    if foreign is not None:
        raise UnfillableError((), f"$ref {foreign!r} is elsewhere, and this server fetches nothing")
    checker = Checker(schema)
    try:
        value = _Filler(schema, checker).fill(schema, "answer", hints, frozenset(), ()).value
        failure = checker.failure(value, schema)
    except RecursionError as error:
        raise UnfillableError((), "it is nested too deeply, or holds itself") from error
    except Unresolvable as error:
        raise UnfillableError((), f"{error.ref!r} is not in it") from error
    if failure is not None:
        raise UnfillableError(failure.path, failure.message)
    return value


def _foreign_refs(node: object) -> Iterator[str]:
    for child in _children(node):
        yield from _foreign_refs(child)
    ref = _object(node).get("$ref")
    if isinstance(ref, str) and not ref.startswith("#"):
        yield ref


# Casts: what comes from JSON is made of dicts and lists and nothing narrower is known of them.
def _object(value: object) -> Schema:
    return cast("Schema", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _children(node: object) -> list[object]:
    return list(_object(node).values()) or _list(node)


def _count(schema: Schema, key: str, default: int) -> int:
    value = schema.get(key)
    return int(value) if isinstance(value, int | float) else default


class _Filler:
    """The filling of one schema; it counts its steps, so that no schema keeps it busy for long."""

    def __init__(self, root: Schema, checker: Checker) -> None:
        self._root = root
        self._checker = checker
        self._steps = 0

    def fill(self, schema: object, name: str, hints: Hints, seen: frozenset[str], path: Path) -> _Filled:
        """Fill one node.

        Args:
            schema: The node's schema.
            name: The property that the node is, or whose item it is.
            hints: What is known here.
            seen: The references that led here. A value that needs itself is infinite, and one that merely may hold
                itself can be had without.
            path: Where the node is.

        Returns:
            A value that is valid here, and how many hints it used.

        Raises:
            UnfillableError: There is none, or none was found.
        """
        best: _Filled | None = None
        failure: UnfillableError | None = None
        for flat, refs in self._alternatives(schema, seen, path):
            try:
                filled = self._fill_flat(flat, name, hints, refs, path)
            except UnfillableError as error:
                failure = failure or error
                continue
            wrong = self._checker.failure(filled.value, schema)
            if wrong is not None:
                failure = failure or UnfillableError((*path, *wrong.path), wrong.message)
                continue
            # Where nothing is known, null says so best.
            if best is None or (filled.used, filled.value is None) > (best.used, best.value is None):
                best = filled
            if self._thrifty:
                break
        if best is not None:
            return best
        raise failure or UnfillableError(path, "no valid value was found")

    @property
    def _thrifty(self) -> bool:
        return self._steps > _THRIFTY_AFTER

    def _step(self, path: Path) -> None:
        self._steps += 1
        if self._steps > _GIVE_UP_AFTER:
            raise UnfillableError(path, "it has too many alternatives")

    def _is_valid(self, value: object, schema: object) -> bool:
        return self._checker.is_valid(value, schema)

    # Opening a schema into alternatives.

    def _alternatives(self, node: object, seen: frozenset[str], path: Path) -> Iterator[tuple[Schema, frozenset[str]]]:
        """All flat schemas that a schema stands for, and the references that led to each."""
        self._step(path)
        if node is False:
            return
        schema = _object(node)
        groups: list[list[object]] = [[part] for part in _list(schema.get("allOf"))]
        groups += [_list(schema[key]) for key in ("anyOf", "oneOf") if key in schema]
        types = _list(schema.get("type"))
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
            opened = [list(self._alternatives(part, seen, path)) for part in choice]
            for parts in product(*opened):
                self._step(path)
                flat: Schema | None = own
                for part, _ in parts:
                    flat = _merge(flat, part)
                if flat is not None:
                    yield flat, seen.union(*(refs for _, refs in parts))

    def _resolve(self, ref: str, path: Path) -> object:
        if ref != "#" and not ref.startswith("#/"):
            raise UnfillableError(path, f"$ref {ref!r} is no path from the root")
        node: object = self._root
        for step in unquote(ref[1:]).split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            items = _list(node)
            if key.isdecimal() and int(key) < len(items):
                node = items[int(key)]
            elif key in _object(node):
                node = _object(node)[key]
            else:
                raise UnfillableError(path, f"$ref {ref!r} leads nowhere")
        return node

    # Filling a flat schema.

    def _fill_flat(self, flat: Schema, name: str, hints: Hints, seen: frozenset[str], path: Path) -> _Filled:
        self._step(path)
        kind = flat.get("type", _implied_type(flat))
        if kind == "object":
            return self._fill_object(flat, hints.within(name), seen, path)
        if kind == "array":
            return self._fill_array(flat, name, hints, seen, path)
        if flat.get("contentMediaType") == "application/json":
            inner = self.fill(flat.get("contentSchema", True), name, hints, seen, path)
            return _Filled(json.dumps(inner.value), inner.used)
        if "format" not in flat:
            for hint in hints.values(name):
                for form in _forms(hint, flat):
                    if self._is_valid(form, flat):
                        return _Filled(form, 1)
        for value in _plain_values(flat, kind):
            if self._is_valid(value, flat):
                return _Filled(value, 0)
        raise UnfillableError(path, "no valid value was found")

    def _fill_object(self, flat: Schema, hints: Hints, seen: frozenset[str], path: Path) -> _Filled:
        for value in _given_values(flat):
            if self._is_valid(value, flat):
                return _Filled(value, 0)
        properties = _object(flat.get("properties"))
        required = [name for name in _list(flat.get("required")) if isinstance(name, str)]
        least = _count(flat, "minProperties", 0)
        made: dict[str, object] = {}
        used = 0
        for name in [*properties, *(name for name in required if name not in properties)]:
            schema = properties.get(name, flat.get("additionalProperties", True))
            if name in required:
                filled = self.fill(schema, name, hints, seen, (*path, name))
            elif self._thrifty:
                continue
            else:
                try:
                    filled = self.fill(schema, name, hints, seen, (*path, name))
                except UnfillableError:
                    continue
                # What is optional is left out where nothing is known of it.
                if filled.used == 0 and len(made) >= least:
                    continue
            made[name] = filled.value
            used += filled.used
        for index in range(min(least - len(made), _MOST_ITEMS)):
            name = f"key{index + 1}"
            made[name] = self.fill(flat.get("additionalProperties", True), name, hints, seen, (*path, name)).value
        return _Filled(made, used)

    def _fill_array(self, flat: Schema, name: str, hints: Hints, seen: frozenset[str], path: Path) -> _Filled:
        for value in _given_values(flat):
            if self._is_valid(value, flat):
                return _Filled(value, 0)
        prefix = _list(flat.get("prefixItems"))
        least = _count(flat, "minItems", 0)
        if least > _MOST_ITEMS:
            raise UnfillableError(path, f"it wants {least:,} items, and at most {_MOST_ITEMS:,} are made")
        most = min(_count(flat, "maxItems", _MOST_ITEMS), _MOST_ITEMS)
        unique = flat.get("uniqueItems") is True
        items: list[_Filled] = []
        # "images" is a list whose items are "image".
        single = name.removesuffix("s")
        for index, schema in enumerate(prefix[:least]):
            items.append(self.fill(schema, single, hints, seen, (*path, index)))
        rest = flat.get("items", True)
        if not prefix and rest is not True:
            items += self._known_items(rest, single, hints.each(name)[:most], seen, path)
        while len(items) < least:
            place = (*path, len(items))
            item = self.fill(rest, single, hints, seen, place)
            if unique and any(_same(item.value, other.value) for other in items):
                item = self._another(rest, [other.value for other in items], seen, place)
            items.append(item)
        return _Filled([item.value for item in items], sum(item.used for item in items))

    def _known_items(
        self, schema: object, name: str, known: list[Hints], seen: frozenset[str], path: Path
    ) -> list[_Filled]:
        """One item for each thing that arrived, as far as it says something of that thing."""
        items: list[_Filled] = []
        for index, hints in enumerate(known):
            try:
                item = self.fill(schema, name, hints, seen, (*path, index))
            except UnfillableError:
                continue
            if item.used:
                items.append(item)
        return items

    def _another(self, schema: object, others: list[object], seen: frozenset[str], path: Path) -> _Filled:
        """A plain value that is not among the others, for lists whose items must differ."""
        for flat, _ in self._alternatives(schema, seen, path):
            kind = flat.get("type", _implied_type(flat))
            series: list[object] = [True, False, None]
            for number in range(1, len(others) + 2):
                series += [number, number + _count(flat, "minimum", 0), str(number), "x" * number]
                series.append("x" * (number + _count(flat, "minLength", 0)))
            for value in (*_plain_values(flat, kind), *series):
                if not any(_same(value, other) for other in others) and self._is_valid(value, schema):
                    return _Filled(value, 0)
        raise UnfillableError(path, "too few different items were found")


def _same(one: object, other: object) -> bool:
    """Equality of JSON, where true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _given_values(flat: Schema) -> list[object]:
    return [flat["const"]] if "const" in flat else _list(flat.get("enum"))


def _plain_values(flat: Schema, kind: object) -> Iterator[object]:
    """Values that owe nothing to what arrived."""
    if "const" in flat or "enum" in flat:
        yield from _given_values(flat)
    elif kind == "string":
        yield from texts(flat)
    elif kind in ("integer", "number"):
        yield from numbers(flat)
    elif kind == "boolean":
        yield from (False, True)
    else:
        yield None


def _forms(hint: object, flat: Schema) -> Iterator[object]:
    """A known value, and how else one writes it."""
    yield hint
    if isinstance(hint, str):
        yield from (hint.lower(), hint.upper())
        if hint == "JPEG":
            yield from ("jpg", "JPG")
        most = flat.get("maxLength")
        if isinstance(most, int):
            yield hint[:most]
    else:
        yield str(hint)


def _implied_type(flat: Schema) -> str | None:
    """The type that keywords speak of where no `type` does."""
    if "const" in flat or "enum" in flat:
        return None
    for kind, keywords in _TYPICAL.items():
        if not keywords.isdisjoint(flat):
            return kind
    return None


_TYPICAL: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties", "minProperties", "patternProperties"}),
    "array": frozenset({"items", "prefixItems", "minItems", "contains", "uniqueItems"}),
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
}


# Two schemas that must both hold, as one.


def _both(one: object, other: object) -> object:
    return one if one == other else {"allOf": [one, other]}


def _union(one: object, other: object) -> object:
    return list(dict.fromkeys([*_list(one), *_list(other)]))


def _common(one: object, other: object) -> object:
    return [value for value in _list(one) if any(_same(value, item) for item in _list(other))]


def _each(one: object, other: object) -> object:
    mine, theirs = _object(one), _object(other)
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


def _merge(one: Schema | None, other: Schema) -> Schema | None:
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
