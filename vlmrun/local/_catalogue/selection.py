"""Fields of a JSON schema as a GraphQL statement, and a schema reduced to the fields of such a statement.

Only selection sets are understood: `{ invoice_id items { description } }`, with or without `query` in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vlmrun.local._answers.json_schema import Schema
from vlmrun.local._wire.json_values import json_list, json_object

__all__ = ["SelectionError", "reduce_schema", "statement_of"]

_TOKEN = re.compile(r"[{}]|[A-Za-z_]\w*|[^\s,]")
_DEEPEST = 32
_MOST_STEPS = 10_000

_Fields = dict[str, "_Fields"]
"""The selected fields, each with the selected fields in it."""


class SelectionError(Exception):
    """A statement that cannot be read, or that selects what the schema does not have; the message says why."""


def statement_of(schema: Schema) -> str:
    """The fields of a schema as a GraphQL statement.

    Args:
        schema: A JSON schema.

    Returns:
        The statement. Objects that contain themselves, or lie very deep, are named without their fields.
    """
    return "\n".join(["{", *_Statement(schema).lines(schema, frozenset(), 1), "}"])


class _Statement:
    """Writes the fields of one schema."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._count = 0

    def lines(self, schema: Schema, opened: frozenset[str], depth: int) -> Iterator[str]:
        """The fields of an object.

        Args:
            schema: The schema of the object.
            opened: The references that led here.
            depth: How deep it lies.

        Yields:
            The lines, indented.
        """
        indent = "  " * depth
        for name, member in json_object(schema.get("properties")).items():
            self._count += 1
            inner, refs = self._object_in(member)
            is_small = depth < _DEEPEST and self._count < _MOST_STEPS
            if is_small and opened.isdisjoint(refs) and json_object(inner.get("properties")):
                yield f"{indent}{name} {{"
                yield from self.lines(inner, opened | refs, depth + 1)
                yield f"{indent}}}"
            else:
                yield f"{indent}{name}"

    def _object_in(self, node: object) -> tuple[Schema, frozenset[str]]:
        """The object that a node, its items or its alternative to null is; and the references on the way."""
        schema, refs = json_object(node), set[str]()
        for _ in range(_DEEPEST):
            ref = schema.get("$ref")
            options = [json_object(option) for option in json_list(schema.get("anyOf"))]
            if isinstance(ref, str):
                refs.add(ref)
                schema = _resolve(ref, self._root)
            elif options:
                schema = next((option for option in options if option.get("type") != "null"), options[0])
            elif "items" in schema:
                schema = json_object(schema["items"])
            else:
                break
        return schema, frozenset(refs)


def _resolve(ref: str, root: Schema) -> Schema:
    node: object = root
    for step in ref.removeprefix("#").split("/")[1:]:
        node = json_object(node).get(step.replace("~1", "/").replace("~0", "~"))
    return json_object(node)


def reduce_schema(schema: Schema, statement: str) -> Schema:
    """Keep the fields that a statement selects.

    Args:
        schema: A JSON schema.
        statement: A GraphQL statement, such as `{ invoice_id items { description } }`.

    Returns:
        The reduced schema. A field that is selected without fields of its own is kept whole.

    Raises:
        SelectionError: The statement cannot be read, or selects a field that the schema does not have.
    """
    return _Reducer(schema).reduce(schema, _parse(statement), (), 0)


class _Reducer:
    """Reduces one schema; it counts its steps, so that no schema keeps the server busy for long."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._count = 0

    def reduce(self, node: object, fields: _Fields, path: tuple[str, ...], depth: int) -> Schema:
        """Reduce one node.

        Args:
            node: The schema at this place.
            fields: The fields to keep; empty to keep all.
            path: The fields that led here.
            depth: How many nodes led here.

        Raises:
            SelectionError: It does not have such a field, or refers to itself without end.
        """
        self._count += 1
        if depth > 2 * _DEEPEST or self._count > _MOST_STEPS:
            raise SelectionError("this schema is nested too deeply, or has too many alternatives")
        schema = json_object(node)
        if not fields:
            return schema
        ref, options = schema.get("$ref"), json_list(schema.get("anyOf"))
        if isinstance(ref, str):
            return self.reduce(_resolve(ref, self._root), fields, path, depth + 1)
        if options:
            kept = [
                option if json_object(option).get("type") == "null" else self.reduce(option, fields, path, depth + 1)
                for option in options
            ]
            return {**schema, "anyOf": kept}
        if "items" in schema:
            return {**schema, "items": self.reduce(schema["items"], fields, path, depth + 1)}
        properties = json_object(schema.get("properties"))
        reduced: Schema = {}
        for name, inner in fields.items():
            if name not in properties:
                raise SelectionError(f"{'.'.join([*path, name])} is not a field of this schema")
            reduced[name] = (
                self.reduce(properties[name], inner, (*path, name), depth + 1) if inner else properties[name]
            )
        required = [name for name in json_list(schema.get("required")) if name in fields]
        return {**schema, "properties": reduced, "required": required}


def _parse(statement: str) -> _Fields:
    tokens: list[str] = _TOKEN.findall(statement)
    if tokens[:1] == ["query"]:
        # A query may have a name.
        tokens = tokens[tokens.index("{") :] if "{" in tokens[1:3] else []
    if tokens[:1] != ["{"]:
        raise SelectionError("a statement must be a selection set, such as { invoice_id total }")
    selected: _Fields = {}
    levels = [selected]
    last = ""
    for word in tokens[1:]:
        if not levels:
            raise SelectionError(f"nothing may follow the last brace, and {word!r} does")
        if word == "}":
            if not levels.pop():
                raise SelectionError("a selection set must not be empty")
        elif word == "{":
            if not last or len(levels) >= _DEEPEST:
                raise SelectionError("a brace must follow a field, and at most 32 may be open")
            levels.append(levels[-1][last])
        elif word.isidentifier():
            levels[-1].setdefault(word, {})
        else:
            raise SelectionError(f"only names and braces are understood, and {word!r} is neither")
        last = word if word not in "{}" else ""
    if levels:
        raise SelectionError("a brace is not closed")
    return selected
