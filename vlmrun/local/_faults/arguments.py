"""What the arguments of a server and its faults may be.

Their types are promises that only checked callers keep: hence `object`, and a check of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeGuard, TypeVar

from vlmrun.client.exceptions import InputError

__all__ = ["DAY", "is_a", "is_int", "is_key", "is_number", "is_text", "listed"]

T = TypeVar("T")

DAY = 86_400.0
"""Seconds: the longest of all that a server waits for."""


def is_int(value: object, least: int, most: float = float("inf")) -> bool:
    """Whether it is an integer of a range, and no bool."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_a(value: object, kinds: type[T] | tuple[type[T], ...]) -> TypeGuard[T]:
    """Whether it is an instance, whatever its declared type promises."""
    return isinstance(value, kinds)


def is_number(value: object, least: float, most: float) -> TypeGuard[float]:
    """Whether it is a number of a range, and no bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most


def is_key(text: str) -> bool:
    """Whether a text can be an API key: printable ASCII without spaces."""
    return bool(text) and all("!" <= sign <= "~" for sign in text)


def is_text(value: object, is_good: Callable[[str], bool]) -> bool:
    """Whether it is a text that is good."""
    return isinstance(value, str) and is_good(value)


def listed(argument: str, values: Iterable[T]) -> list[T]:
    """All values of an argument that takes some.

    Args:
        argument: Its name.
        values: What was given for it.

    Returns:
        The values; what they are is left to the caller.

    Raises:
        InputError: There is nothing to list, or a text, whose letters nobody means.
    """
    if isinstance(values, (str, bytes)):
        raise InputError(f"{argument} must be a list, and is {type(values).__name__}.")
    try:
        iterator = iter(values)
    except TypeError as error:
        raise InputError(f"{argument} must be a list, and is {type(values).__name__}.") from error
    return list(iterator)
