"""An instance of a JSON schema, made from hints where names fit and from the smallest valid values elsewhere.

The way: a schema is opened into alternatives without `$ref`, `allOf`, `anyOf`, `oneOf`; each is filled; the one that
could use most hints wins; and what was made is checked by `jsonschema` before anybody sees it.

Alternatives of `oneOf` may overlap: pydantic writes it for a discriminator that is a function, of which the schema says
nothing. Where no value fits exactly one of them, one is made that fits any.

No library does this. Of those that take a JSON schema, jsf fails at types that are lists, at several limits on one text
and at recursion, and makes of a date what the day of the test is; hypothesis-jsonschema does not resolve recursive
references, and stands on what is private in hypothesis. polyfactory takes a model, of which a server has the schema
only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from referencing.exceptions import Unresolvable

from vlmrun.local._answers.alternatives import Alternatives, Budget
from vlmrun.local._answers.checker import Checker, in_python
from vlmrun.local._answers.hints import Hints
from vlmrun.local._answers.json_schema import Path, Schema, UnfillableError, count_of, is_same_json, json_children
from vlmrun.local._answers.scalars import numbers, texts
from vlmrun.local._wire.json_values import json_list, json_object

__all__ = ["fill_schema"]

_MOST_ITEMS = 1_000


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
        The instance; it is valid, if need be with `anyOf` for each `oneOf`.

    Raises:
        UnfillableError: None was found.
    """
    schema = in_python(schema)
    foreign = next(_foreign_refs(schema), None)
    if foreign is not None:
        raise UnfillableError((), f"$ref {foreign!r} is elsewhere, and this server fetches nothing")
    try:
        return _filled(schema, hints)
    except UnfillableError:
        lenient = _without_one_of(schema)
        if lenient == schema:
            raise
        return _filled(json_object(lenient), hints)


def _filled(schema: Schema, hints: Hints) -> object:
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
    for child in json_children(node):
        yield from _foreign_refs(child)
    ref = json_object(node).get("$ref")
    if isinstance(ref, str) and not ref.startswith("#"):
        yield ref


def _without_one_of(node: object) -> object:
    """A schema that takes any of alternatives where it took exactly one."""
    if items := json_list(node):
        return [_without_one_of(item) for item in items]
    if not json_object(node):
        return node
    schema = json_object(node)
    # Values are no schemas, whatever they look like.
    lenient = {key: value if key in _VALUES else _without_one_of(value) for key, value in schema.items()}
    choices = lenient.get("oneOf")
    if isinstance(choices, list):  # else it is the name of a property
        del lenient["oneOf"]
        lenient["allOf"] = [*json_list(lenient.get("allOf")), {"anyOf": choices}]
    return lenient


_VALUES = frozenset({"const", "default", "enum", "examples"})


class _Filler:
    """The filling of one schema."""

    def __init__(self, root: Schema, checker: Checker) -> None:
        self._checker = checker
        self._budget = Budget()
        self._alternatives = Alternatives(root, self._budget)

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
        may_be_number = False
        for flat, refs in self._alternatives.of(schema, seen, path):
            may_be_number = may_be_number or flat.get("type") == "number"
            # A Decimal is a number or a text, and the text must be a number: nothing that is known of a name is.
            is_decimal = may_be_number and flat.get("type") == "string"
            try:
                filled = self._fill_flat(flat, "" if is_decimal else name, hints, refs, path)
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
            if self._budget.is_low:
                break
        if best is not None:
            return best
        raise failure or UnfillableError(path, "no valid value was found")

    def _is_valid(self, value: object, schema: object) -> bool:
        return self._checker.is_valid(value, schema)

    def _fill_flat(self, flat: Schema, name: str, hints: Hints, seen: frozenset[str], path: Path) -> _Filled:
        self._budget.spend(path)
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
        properties = json_object(flat.get("properties"))
        required = [name for name in json_list(flat.get("required")) if isinstance(name, str)]
        least = count_of(flat, "minProperties", 0)
        made: dict[str, object] = {}
        used = 0
        for name in [*properties, *(name for name in required if name not in properties)]:
            schema = properties.get(name, flat.get("additionalProperties", True))
            if name in required:
                filled = self.fill(schema, name, hints, seen, (*path, name))
            elif self._budget.is_low:
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
        prefix = json_list(flat.get("prefixItems"))
        least = count_of(flat, "minItems", 0)
        if least > _MOST_ITEMS:
            raise UnfillableError(path, f"it wants {least:,} items, and at most {_MOST_ITEMS:,} are made")
        most = min(count_of(flat, "maxItems", _MOST_ITEMS), _MOST_ITEMS)
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
            if unique and any(is_same_json(item.value, other.value) for other in items):
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
        for flat, _ in self._alternatives.of(schema, seen, path):
            kind = flat.get("type", _implied_type(flat))
            series: list[object] = [True, False, None]
            for number in range(1, len(others) + 2):
                series += [number, number + count_of(flat, "minimum", 0), str(number), "x" * number]
                series.append("x" * (number + count_of(flat, "minLength", 0)))
            for value in (*_plain_values(flat, kind), *series):
                if not any(is_same_json(value, other) for other in others) and self._is_valid(value, schema):
                    return _Filled(value, 0)
        raise UnfillableError(path, "too few different items were found")


def _given_values(flat: Schema) -> list[object]:
    return [flat["const"]] if "const" in flat else json_list(flat.get("enum"))


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
