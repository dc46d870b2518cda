"""The arguments that `Batch` and `Extractor` have and no resource has."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TypeGuard, TypeVar

from pydantic import BaseModel

from vlmrun._arguments.checks import is_list, require_text, type_name
from vlmrun._arguments.connection_options import path_text
from vlmrun.client import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import InputError

__all__ = ["columns_of", "file_path", "journal_path", "require_client", "require_many", "require_rate"]

T = TypeVar("T")

_FASTEST = 1_000_000


def require_client(value: object) -> VLMRun | AsyncVLMRun:
    """A client, of either colour."""
    if not isinstance(value, (VLMRun, AsyncVLMRun)):
        raise InputError(f"client must be a client, not {type_name(value)}.", suggestion="pass client=VLMRun().")
    return value


def require_rate(value: object, hint: str) -> float | None:
    """The greatest number of requests a minute; `None` if there is none."""
    if value is None:
        return None
    if not _is_number(value) or not 0 < value <= _FASTEST:
        raise InputError(f"requests_per_minute must be a number above 0 and at most {_FASTEST:,}.", suggestion=hint)
    return float(value)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def journal_path(value: object) -> str:
    """The path of the journal, which stays the same when the process moves to another folder."""
    path = path_text(value)
    if path is None:
        raise InputError("journal is no path of a file.", suggestion='pass the path of a file, such as "invoices.db".')
    return os.path.abspath(path)


def file_path(value: object) -> str:
    """The path of a file to write."""
    path = path_text(value)
    if path is None:
        raise InputError("path is no path of a file.", suggestion="pass a path such as invoices.jsonl.")
    return path


def require_many(argument: str, value: Iterable[T], hint: str) -> Iterator[T]:
    """Iterate an argument; raise `InputError` if it is one item, as texts, rows and files are, or none at all."""
    if not _is_one_item(value):
        with suppress(TypeError):
            return iter(value)
    raise InputError(f"{argument} must be an iterable, not {type_name(value)}.", suggestion=hint)


def _is_one_item(value: object) -> bool:
    if isinstance(value, BaseModel):
        return type(value).__iter__ is BaseModel.__iter__  # over its fields
    # A data frame iterates over its columns.
    return isinstance(value, (str, bytes, bytearray, memoryview, Mapping, io.IOBase)) or hasattr(value, "__dataframe__")


def columns_of(value: object) -> tuple[str, ...]:
    """The names of columns: one, or several."""
    names = value if is_list(value) else [value]
    hint = 'pass the name of a column, such as "path", or a list of them.'
    return tuple(require_text("column", name, hint) for name in names)
