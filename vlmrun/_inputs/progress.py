"""`on_progress`: a function of the caller that learns how far an upload or a download is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

from vlmrun._arguments.checks import type_name
from vlmrun._arguments.connection_options import is_async_function
from vlmrun._inputs.unchanged import ABSENT
from vlmrun.client.exceptions import InputError

__all__ = ["OnProgress", "require_progress", "told_of"]

OnProgress: TypeAlias = Annotated[Callable[[int, int | None], object], ABSENT]
"""What `on_progress` is: a function that takes the bytes that are done, and all bytes; `None` if that is not known."""


def require_progress(value: object) -> None:
    """Raise `InputError` unless `on_progress` is `None` or a function, and not an async one."""
    hint = "pass a function of two arguments: the bytes that are done, and all bytes or None."
    if value is not None and not callable(value):
        raise InputError(f"on_progress must be callable, not {type_name(value)}.", suggestion=hint)
    if is_async_function(value):
        raise InputError("on_progress must not be an async function.", suggestion=hint)


def told_of(size: int, on_progress: OnProgress) -> Callable[[int], object]:
    """Take how many bytes are sent, and tell a function, which also learns how many there are."""
    return lambda done: on_progress(done, size)
