"""jsonschema, as far as it is used here: with types, and with no way to the network.

Source: JSON Schema Draft 2020-12.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry

from vlmrun.local._answers import patterns
from vlmrun.local._wire.json_values import json_list, json_object

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

__all__ = ["Checker", "Failure", "check_schema", "in_python"]


class Failure(NamedTuple):
    """Why a value is not valid."""

    path: tuple[str | int, ...]
    message: str


class _Error(Protocol):
    @property
    def absolute_path(self) -> Iterable[str | int]: ...

    @property
    def message(self) -> str: ...


class _Validator(Protocol):
    """What is used of jsonschema's validator; its stubs leave half of it unknown."""

    def evolve(self, *, schema: object) -> _Validator: ...

    def is_valid(self, instance: object, /) -> bool: ...

    def iter_errors(self, instance: object, /) -> Iterator[_Error]: ...


def check_schema(schema: dict[str, object]) -> str | None:
    """Whether something is a JSON schema.

    Args:
        schema: What was given for one.

    Returns:
        What is wrong with it, or `None`.
    """
    try:
        with _no_panic():
            Draft202012Validator.check_schema(in_python(schema))
    except SchemaError as error:
        return f"This is not a JSON schema: {error.message} at {error.json_path}"
    except RecursionError:
        return "This JSON schema is nested too deeply."
    return None


def in_python(schema: dict[str, object]) -> dict[str, object]:
    """A schema with the patterns that Python reads: jsonschema hands them to `re`."""
    return json_object(_in_python(schema))


def _in_python(node: object) -> object:
    if items := json_list(node):
        return [_in_python(item) for item in items]
    if not json_object(node):
        return node
    schema = {key: _in_python(value) for key, value in json_object(node).items()}
    if isinstance(pattern := schema.get("pattern"), str):
        schema["pattern"] = patterns.in_python(pattern)
    if "patternProperties" in schema:
        named = json_object(schema["patternProperties"])
        schema["patternProperties"] = {patterns.in_python(name): value for name, value in named.items()}
    return schema


class Checker:
    """Checks values against a schema and the schemas in it.

    Args:
        root: A JSON schema that `check_schema` finds nothing wrong with, `in_python`.
    """

    def __init__(self, root: dict[str, object]) -> None:
        self._validator = _make(root)

    def is_valid(self, value: object, schema: object) -> bool:
        """Whether a value fits a schema.

        Args:
            value: Any JSON.
            schema: A part of the root, or a schema made of such parts: its references are the root's.

        Returns:
            Whether it does; formats are checked where jsonschema knows them.

        Raises:
            Unresolvable: A reference leads nowhere.
            RecursionError: The schema holds itself without end.
        """
        with _no_panic():
            return self._validator.evolve(schema=schema).is_valid(value)

    def failure(self, value: object, schema: object) -> Failure | None:
        """Why a value does not fit a schema, or `None` where it does; the arguments and errors are those of `is_valid`.

        Returns:
            The first reason.
        """
        with _no_panic():
            error = next(self._validator.evolve(schema=schema).iter_errors(value), None)
        return None if error is None else Failure(tuple(error.absolute_path), error.message)


@contextmanager
def _no_panic() -> Generator[None]:
    """RecursionError, where the recursion ends inside rpds, jsonschema's mappings: in Rust that is a panic."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # a class that cannot be imported, and no Exception
            raise RecursionError(str(error)) from error
        raise


def _make(root: dict[str, object]) -> _Validator:
    return Draft202012Validator(  # pyright: ignore[reportReturnType]  # the stubs take no `object` for a value
        root,
        # Empty: the default registry would fetch a `$ref` from the network.
        registry=Registry(),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
