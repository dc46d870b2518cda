"""Pydantic's errors without the values, which may be documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pydantic
from pydantic import JsonValue
from pydantic_core import ErrorDetails

from vlmrun._arguments.checks import as_json
from vlmrun._arguments.discretion import discreet_errors
from vlmrun.client.exceptions import InputError

__all__ = ["model_as_json", "no_schema", "place", "problems", "validated"]

T = TypeVar("T")
V = TypeVar("V")


def validated(check: Callable[[V], T], value: V) -> T | pydantic.ValidationError:
    """Return pydantic's result, or its error, which quotes the value and must not become the context of another."""
    try:
        return check(value)
    except pydantic.ValidationError as error:
        return error


def problems(error: pydantic.ValidationError, *within: str) -> str:
    """The problems by place and kind only: pydantic's own text quotes the value, which may be a document."""
    found = error.errors(include_input=False)
    return "; ".join(f"{place([*within, *item['loc']])}: {_unquoted(item)}" for item in found)


def _unquoted(item: ErrorDetails) -> str:
    """The message for one value. For an unknown tag of a union, pydantic would quote the tag."""
    context = item.get("ctx", {})
    return item["msg"].replace(f" '{context.get('tag')}'", "", 1)


def place(parts: Iterable[object]) -> str:
    return ".".join(map(str, parts)) or "body"


def model_as_json(argument: str, model: type[pydantic.BaseModel], value: object) -> JsonValue:
    """Validate an argument against a model and return it as JSON; `None` stays `None`.

    Raises:
        InputError: It does not match the model, or JSON cannot represent it.
    """
    with discreet_errors():
        return None if value is None else _in_json(argument, model, value)


def no_schema(argument: str, error: Exception) -> InputError:
    """The error for a pydantic model that pydantic cannot describe."""
    if isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError):
        return InputError(
            f"{argument} is nested too deeply for a JSON schema.", suggestion="nest fewer models, or use a list."
        )
    return InputError(f"{argument} has no JSON schema.", suggestion="use field types that JSON can represent.")


def _in_json(argument: str, model: type[pydantic.BaseModel], value: object) -> JsonValue:
    try:
        result = value if isinstance(value, model) else validated(model.model_validate, value)
    except pydantic.PydanticUserError as error:
        raise no_schema(f"{argument}.response_model", error) from error
    if isinstance(result, pydantic.ValidationError):
        raise InputError(
            f"{argument} cannot be used: {problems(result, argument)}.", suggestion=f"see {model.__name__}."
        )
    return as_json(argument, result)
