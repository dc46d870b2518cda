"""Checks of arguments, one function for each kind.

Parameters are `object`, because only type-checked callers keep to declared types. No message quotes a value, which may
be a document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard, cast

from vlmrun._arguments.urls import is_unicode
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = [
    "MAX_INT",
    "as_json",
    "encode",
    "encode_value",
    "is_list",
    "optional_text",
    "require_bool",
    "require_id",
    "require_int",
    "require_keys",
    "require_mapping",
    "require_names",
    "require_one",
    "require_segment",
    "require_str",
    "require_text",
    "require_utf8",
    "type_name",
]

MAX_INT = 2**63 - 1
"""The largest integer that is sent: the largest that databases store."""

_MAX_ID_LENGTH = 2048  # for values in URLs, which servers limit to some thousand characters


def type_name(value: object) -> str:
    """The type of a value, for messages."""
    return type(value).__name__


def require_str(argument: str, value: object, hint: str) -> str:
    """Return a `str` argument; raise `InputError` for other types."""
    if not isinstance(value, str):
        raise InputError(f"{argument} must be a str, not {type_name(value)}.", suggestion=hint)
    return require_utf8(argument, value)


def require_utf8(argument: str, value: str) -> str:
    """Return the text; raise `InputError` if it contains a lone surrogate."""
    if not is_unicode(value):
        raise InputError(
            f"{argument} contains a lone surrogate, which UTF-8 cannot encode.",
            suggestion='decode it again with errors="replace".',
        )
    return value


def require_text(argument: str, value: object, hint: str | None = None) -> str:
    """Return a non-empty `str` argument; raise `InputError` for anything else."""
    if not (isinstance(value, str) and value):
        wrong = "" if isinstance(value, str) else f", not {type_name(value)}"
        hint = _of_object(argument, value) or hint or _default_hint(argument)
        raise InputError(f"{argument} must be a non-empty string{wrong}.", suggestion=hint)
    return require_utf8(argument, value)


def _of_object(argument: str, value: object) -> str | None:
    """The suggestion if an object was passed in place of its id or name."""
    if argument.endswith("_id") and isinstance(getattr(value, "id", None), str):
        return f"pass {_WHOSE_ID.get(argument, argument.removesuffix('_id'))}.id."
    if argument == "object_id" and isinstance(getattr(value, argument, None), str):
        return "pass artifact.object_id."
    if argument in ("id", "name") and isinstance(getattr(value, argument, None), str):
        return f"pass its {argument}."
    return None


_WHOSE_ID = {"request_id": "prediction", "agent_execution_id": "execution"}


def _default_hint(argument: str) -> str:
    return (
        f"pass the {argument} as the API returned it." if argument.endswith("id") else f"pass a non-empty {argument}."
    )


def optional_text(argument: str, value: object) -> str | None:
    """Return a non-empty `str` or `None`; raise `InputError` for anything else."""
    return None if value is None else require_text(argument, value, "omit it, or pass a non-empty string.")


def require_id(argument: str, value: object) -> str:
    """Return a `str` argument; raise `InputError` if it cannot be part of a URL."""
    text = require_text(argument, value)
    if len(text) > _MAX_ID_LENGTH:
        raise InputError(
            f"{argument} has more than {_MAX_ID_LENGTH:,} characters.",
            suggestion=f"pass the {argument} as the API returned it.",
        )
    return text


def require_segment(argument: str, value: object) -> str:
    """Return a `str` argument; raise `InputError` if it cannot be a path segment."""
    text = require_id(argument, value)
    if text in (".", ".."):  # percent-encoding cannot protect these
        raise InputError(
            f"{argument} cannot be the identifier {text!r}.", suggestion=f"pass the {argument} as the API returned it."
        )
    return text


def require_one(check: Callable[[str, object], str], /, **arguments: str | None) -> dict[str, str]:
    """The one argument that is given, by its name; `InputError` where there are none or more.

    Args:
        check: Checks its value: `require_id`, or `require_text` for one that may be long.
        **arguments: The arguments.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    if len(given) != 1:
        *names, last = arguments
        raise InputError(
            f"Exactly one of {', '.join(names)} or {last} is required; got {' and '.join(given) or 'none'}.",
            suggestion="pass one of them.",
        )
    return {name: check(name, value) for name, value in given.items()}


def require_int(argument: str, value: object, least: int, most: int, hint: str) -> None:
    """Raise `InputError` unless an argument is an `int` within bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        wrong = "" if type(value) is int else f", not {type_name(value)}"
        raise InputError(f"{argument} must be an int from {least} to {most}{wrong}.", suggestion=hint)


def require_bool(argument: str, value: object) -> None:
    """Raise `InputError` unless an argument is a `bool`."""
    if not isinstance(value, bool):
        raise InputError(f"{argument} must be a bool, not {type_name(value)}.", suggestion="pass True or False.")


def require_mapping(argument: str, value: object) -> None:
    """Raise `InputError` unless an argument is a mapping."""
    if not isinstance(value, Mapping):
        raise InputError(
            f"{argument} must be a mapping, not {type_name(value)}.", suggestion="pass a dict with str keys."
        )


def require_keys(argument: str, value: object) -> None:
    """Raise `InputError` unless an argument is a mapping with `str` keys."""
    if not isinstance(value, Mapping):
        raise InputError(
            f"{argument} must be a mapping, not {type_name(value)}.", suggestion="pass a dict with str keys."
        )
    for name in cast("Mapping[object, object]", value):
        require_text(f"a name in {argument}", name, "pass a dict whose keys are names.")


def require_names(argument: str, value: object) -> None:
    """Raise `InputError` unless an argument is a list of names."""
    hint = 'pass a list of names, such as ["image"].'
    if not is_list(value):
        raise InputError(f"{argument} must be a list, not {type_name(value)}.", suggestion=hint)
    for index, name in enumerate(value):
        require_text(f"{argument}[{index}]", name, hint)


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Whether a value is a sequence other than a string."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, memoryview))


def as_json(argument: str, value: object) -> JsonValue:
    """An argument as a JSON value, without members that are `None`; `InputError` if JSON cannot represent it."""
    result = _in_json(value)
    if isinstance(result, type):
        raise _no_json(argument, result)
    return result[0]


def encode(body: Mapping[str, object]) -> bytes:
    """A body as JSON; `InputError` if JSON cannot represent it."""
    result = _in_json(body)
    if isinstance(result, type):
        unfit = (name for name, value in body.items() if isinstance(_in_json(value), type))
        raise _no_json(next(unfit, "the body"), result)
    return result[1]


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode_value(value: JsonValue) -> str:
    """A JSON value as JSON text."""
    return _JSON.encode(value)


def _in_json(value: object) -> tuple[JsonValue, bytes] | type[Exception]:
    """A value as a JSON value and as JSON text, or the class of the error: the error itself quotes the value."""
    from pydantic_core import to_jsonable_python

    try:
        plain: JsonValue = to_jsonable_python(value, exclude_none=True)
        encoded = encode_value(plain).encode()
    # pydantic's serialization errors are ValueErrors, but for a number that is too large for a float
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        return type(error)
    return plain, encoded


def _no_json(argument: str, kind: type[Exception]) -> InputError:
    return InputError(
        f"{argument} cannot be sent as JSON ({kind.__name__}).",
        suggestion="pass str, finite numbers, bool, None, lists, dicts, pydantic models, dates, UUIDs or paths.",
    )
