"""What an item is made of: files, and the prompt that goes with them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple, TypeAlias, TypeGuard

from vlmrun._arguments.checks import type_name
from vlmrun._arguments.urls import is_unicode
from vlmrun._inputs.addresses import check_http_url, looks_like_url
from vlmrun._inputs.parts import SupportsId
from vlmrun.client.exceptions import InputError

__all__ = ["Given", "Piece", "Source", "given", "given_again"]

Source: TypeAlias = str | os.PathLike[str] | tuple[str, bytes] | SupportsId | Mapping[str, object]
"""A path or a URL, a name with bytes, an uploaded file, or a row of a table."""


class Piece(NamedTuple):
    """One file of an item."""

    kind: Literal["path", "url", "id", "bytes"]
    """What it is."""
    name: str
    """The path, the URL, the id or the name."""
    data: bytes = b""
    """The bytes, where they were given."""


class Given(NamedTuple):
    """An item as it was given."""

    kind: str
    """How the journal reads it again: `path`, `url`, `id` or `row`; `bytes` and `values` cannot be read again."""
    source: str
    """What people see of it."""
    pieces: tuple[Piece, ...] = ()
    """Its files."""
    prompt: str | None = None
    """The prompt, where the columns of a row change it."""
    problem: InputError | None = None
    """Why it cannot be used."""

    @property
    def size(self) -> int:
        """How many bytes it keeps in memory."""
        size = len(self.source)
        for piece in self.pieces:
            size += len(piece.data)
        return size


def given(source: object, prompt: str | None, columns: Sequence[str]) -> Given:
    """An item from what a user passes. What cannot be used is an item with a problem: the others go on.

    Args:
        source: The source.
        prompt: The prompt of the job.
        columns: The columns of a row that are files.
    """
    try:
        if type(source) not in _QUICK and _is_mapping(source):
            return _keepable(_row(source, prompt, columns))
        return _keepable(_file(source))
    except InputError as error:
        return _keepable(_unusable(source, error))
    except Exception as error:  # noqa: BLE001  # whatever one item does, the others go on
        problem = InputError(
            f"The item cannot be read ({type_name(error)}).", suggestion="pass paths, URLs, bytes or rows of JSON."
        )
        problem.__cause__ = error
        return _keepable(_unusable(source, problem))


def _keepable(item: Given) -> Given:
    """The item. SQLite keeps no lone surrogate, which names of files may have: such an item has to be given again."""
    if item.source.isascii() or is_unicode(item.source):
        return item
    return item._replace(kind="values", source=item.source.encode("utf-8", "backslashreplace").decode())


def given_again(kind: str, source: str, prompt: str | None, columns: Sequence[str]) -> Given | None:
    """An item as the journal has it; `None` if it has to be given again."""
    if kind == "row":
        return given(json.loads(source), prompt, columns)
    if kind in ("path", "url"):
        return given(source, prompt, columns)
    return Given("id", source, (Piece("id", source),)) if kind == "id" else None


_URL_HINT = 'pass a URL such as https://example.com/invoice.pdf, or the bytes with a name: ("invoice.pdf", data).'
_QUICK = (str, tuple)
"""What is no mapping: there may be millions of them, and the check for mappings is slow."""


def _file(source: object) -> Given:
    piece = _piece("source", source)
    return Given(piece.kind, piece.name, (piece,))


def _row(row: Mapping[object, object], prompt: str | None, columns: Sequence[str]) -> Given:
    pieces: list[Piece] = []
    for column in columns:
        if column not in row:
            raise InputError(
                f"column {column!r} is not in the row, which has {', '.join(map(str, row)) or 'no columns'}.",
                suggestion="pass column=... with the names of the columns that are files.",
            )
        value = row[column]
        if value is not None:
            pieces.append(_piece(f"column {column!r}", (column, value) if isinstance(value, bytes) else value))
    text = None if prompt is None else _filled(prompt, row)
    with suppress(TypeError, ValueError):  # bytes, dates
        kept = json.dumps(dict(row), ensure_ascii=False)
        if prompt is None or _filled(prompt, json.loads(kept)) == text:  # and no tuples, which JSON has as lists
            return Given("row", kept, tuple(pieces), text)
    # It has to be given again.
    return Given("values", json.dumps({str(name): _plain(row[name]) for name in row}), tuple(pieces), text)


def _piece(argument: str, value: object) -> Piece:
    if isinstance(value, str):
        if looks_like_url(value):
            check_http_url(value, argument, _URL_HINT)
            return Piece("url", value)
        return Piece("path", value)
    match value:
        case (str() as name, bytes() as data) if isinstance(value, tuple):  # and no list
            return Piece("bytes", name, data)
        case _:
            pass
    if _is_path(value):
        return Piece("path", os.fsdecode(value))
    known = None if isinstance(value, type) else getattr(value, "id", None)
    if isinstance(known, str) and known:
        return Piece("id", known)
    raise InputError(
        f"{argument} must be a path, a URL, a name with bytes, an uploaded file or a row, not {type_name(value)}.",
        suggestion='pass "invoice.pdf", ("invoice.pdf", data), client.files.upload(...) or {"path": "invoice.pdf"}.',
    )


def _filled(prompt: str, row: Mapping[object, object]) -> str:
    """The prompt with the columns that it names; braces around anything else stay as they are."""
    return re.sub(r"\{([^{}]+)\}", lambda found: str(row[found[1]]) if found[1] in row else found[0], prompt)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _unusable(source: object, problem: InputError) -> Given:
    """An item with a problem. Its key is that of all its text, of which people see the beginning."""
    text = _text(source)
    shown = text.partition("?")[0] if isinstance(source, str) else text
    identity = Piece("bytes", "", text.encode("utf-8", "surrogatepass"))
    return Given("values", shown[:_SHORT], (identity,), problem=problem)


def _text(source: object) -> str:
    """What tells a source that cannot be used from others."""
    with suppress(ValueError):  # an integer that is too long to be printed
        if _is_dict(source):
            return json.dumps({_cell(name): _cell(value) for name, value in source.items()}, ensure_ascii=False)
        if _is_list(source):
            return json.dumps([_cell(value) for value in source], ensure_ascii=False)
        return str(_cell(source))
    return type_name(source)


def _cell(value: object) -> str | int | float | None:
    if isinstance(value, bytes):
        return f"{len(value)} bytes, {hashlib.blake2b(value, digest_size=4).hexdigest()}"
    return value if isinstance(value, (str, int, float, type(None))) else type_name(value)


_SHORT = 200


def _is_dict(value: object) -> TypeGuard[dict[object, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return isinstance(value, (list, tuple))


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _is_path(value: object) -> TypeGuard[os.PathLike[str]]:
    return isinstance(value, os.PathLike)
