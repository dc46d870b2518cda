"""The bytes of a source: a path, bytes or an open binary file, read within bounds.

Types are promises that only checked callers keep: hence `object`, and a check of each. No message quotes bytes, which
may be a document, or a URL, which may be signed; only paths are named.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from vlmrun._arguments.checks import type_name
from vlmrun._inputs.addresses import looks_like_url
from vlmrun.client.exceptions import ClientError, InputError, MissingFileError

if TYPE_CHECKING:
    from typing import IO, TypeGuard

    from typing_extensions import Buffer

__all__ = ["UPLOAD_HINT", "check_size", "is_bytes", "is_path", "put_back", "read", "unreadable"]

UPLOAD_HINT = "upload it with client.files.upload(...), and pass content.file(uploaded)."
_CHUNK = 1024 * 1024

# What else a function takes.
_MORE = {"image": ", a Pillow image, a NumPy array", "file": ", an uploaded file"}


def read(kind: str, source: object, most: int) -> bytes:
    """The bytes of a source; more than `most` are refused."""
    if is_bytes(source):
        data = _copy(source, most)
    elif is_path(source):
        data = _read_path(source, most)
    elif (reader := _reader(source)) is not None:
        data = _read_stream(reader, most)
    else:
        raise InputError(
            f"source must be a URL, a path, bytes{_MORE.get(kind, '')} or an open binary file,"
            f" not {type_name(source)}.",
            suggestion='pass a path such as "invoice.pdf", or what open(path, "rb") returns.',
        )
    if not data:
        raise InputError("source is empty.", suggestion="pass bytes, or a file that has not been read to its end.")
    return data


@contextmanager
def put_back(source: object) -> Generator[None, None, None]:
    """Where a source is refused, leave an open file where it stood, as far as it can seek."""
    file = cast("IO[bytes]", source)  # if it is one: sources are of many makes
    start: int | None = None
    with suppress(Exception):
        start = file.tell()
    try:
        yield
    except ClientError:
        if start is not None:
            with suppress(Exception):
                file.seek(start)
        raise


def is_bytes(source: object) -> TypeGuard[Buffer]:
    """Whether a source is the bytes themselves."""
    return isinstance(source, (bytes, bytearray, memoryview))


def is_path(source: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a source is a path, or a str that may be one."""
    return isinstance(source, (str, os.PathLike))


def _copy(source: Buffer, most: int) -> bytes:
    try:
        with memoryview(source) as view:
            check_size(view.nbytes, most)
            return view.tobytes()
    except InputError:
        raise
    except ValueError as error:  # a memoryview that was released
        raise InputError(f"source cannot be read: {error}.", suggestion="pass bytes.") from error


def _read_path(source: str | os.PathLike[str], most: int) -> bytes:
    try:
        path: object = os.fspath(source)
    except TypeError:
        path = None
    if not isinstance(path, str):
        raise InputError("source must be a path of str.", suggestion="decode a path of bytes with os.fsdecode.")
    if looks_like_url(path):
        raise InputError("source is a URL made into a path.", suggestion="pass the URL as a str.")
    if path is source and (len(path) > 1024 or "\n" in path):  # not named, as it may be base64, or a text
        raise InputError(
            f"source is a str of {len(path):,} characters that is neither a URL nor a path.",
            suggestion="pass bytes, or wrap a long path in pathlib.Path.",
        )
    try:
        with open(path, "rb") as stream:
            check_size(os.fstat(stream.fileno()).st_size, most)
            return _read_stream(stream.read, most)
    except InputError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a character that no path has
        raise unreadable("source", path, error) from error


def unreadable(argument: str, path: str, error: OSError | ValueError) -> InputError:
    """What to raise where a file cannot be opened or read."""
    if path.startswith("~"):
        tilde = f"{argument} does not exist: {path!r}: ~ is not expanded."
        return MissingFileError(tilde, suggestion=f"pass pathlib.Path({path!r}).expanduser().")
    if isinstance(error, FileNotFoundError):
        where = "check the path, which is relative to the current folder." if not os.path.isabs(path) else None
        return MissingFileError(f"{argument} does not exist: {path!r}.", suggestion=where or "check the path.")
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return InputError(
        f"{argument} cannot be read: {path!r}: {reason}.", suggestion="check the path, and that it is a readable file."
    )


def _reader(source: object) -> Callable[[int], object] | None:
    """How an open file is read, or `None` where a source is none."""
    read = getattr(source, "read", None)
    return read if callable(read) and not isinstance(source, type) else None


def _read_stream(read: Callable[[int], object], most: int) -> bytes:
    """All that is left of a stream, which may hand out less at a time than it is asked for."""
    data = bytearray()
    while len(data) <= most:
        try:
            chunk = read(min(_CHUNK, most + 1 - len(data)))
        except UnicodeDecodeError:
            chunk = ""  # a file opened as text that holds none
        except Exception as error:  # streams are of many makes; what they say may name a URL
            raise InputError(
                f"source cannot be read: {type_name(error)}.", suggestion='pass what open(path, "rb") returns.'
            ) from error
        if not isinstance(chunk, (bytes, bytearray)):
            raise InputError(
                f"source is a file that reads as {type_name(chunk)}, not bytes.", suggestion='open it with "rb".'
            )
        if not chunk:
            break
        data += chunk
    check_size(len(data), most)
    return bytes(data)


def check_size(size: int, most: int, hint: str = UPLOAD_HINT) -> None:
    if size > most:
        raise InputError(f"source has more than the {most:,} bytes that a message takes.", suggestion=hint)
