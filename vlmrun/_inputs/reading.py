"""Reading a source, a path, bytes or an open binary file, up to a maximum size.

Callers without a type checker may pass anything: hence `object`, and a check of each argument. No message quotes bytes,
which may be a document, or a URL, which may be signed; messages include only paths.
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

__all__ = ["UPLOAD_HINT", "check_size", "is_bytes", "is_path", "named", "put_back", "read", "unreadable"]

UPLOAD_HINT = "upload the file with client.files.upload(...), and pass content.file(uploaded)."
_CHUNK = 1024 * 1024

# What else a function accepts.
_MORE = {"image": ", a Pillow image, a NumPy array", "file": ", an uploaded file"}


def read(kind: str, source: object, most: int) -> bytes:
    """Read the bytes of a source; raise if there are more than `most`."""
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
        raise InputError(
            "source is empty.",
            suggestion="pass a non-empty file; call seek(0) on an open file that was read to its end.",
        )
    return data


@contextmanager
def put_back(source: object) -> Generator[None, None, None]:
    """If a source is rejected, restore the position of an open file, if it can seek."""
    file = cast("IO[bytes]", source)  # if it is one: sources have many types
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
    """Whether a source is bytes."""
    return isinstance(source, (bytes, bytearray, memoryview))


def is_path(source: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a source is a path, or a `str` that may be one."""
    return isinstance(source, (str, os.PathLike))


def named(source: object) -> str:
    """The end of a message about a source that was read: its path, if it is one."""
    return f": {os.fspath(source)!r}" if is_path(source) else ""


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
        raise InputError("source must be a path of str, not of bytes.", suggestion="decode the path with os.fsdecode.")
    if looks_like_url(path):
        raise InputError("source is a URL wrapped in a path.", suggestion="pass the URL as a str.")
    if path is source and (len(path) > 1024 or "\n" in path):  # not quoted: it may be base64 or text
        raise InputError(
            f"source is a str of {len(path):,} characters, neither a URL nor a path.",
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
    """The `read` method of an open file, or `None` for other sources."""
    read = getattr(source, "read", None)
    return read if callable(read) and not isinstance(source, type) else None


def _read_stream(read: Callable[[int], object], most: int) -> bytes:
    """Read a stream to its end; `read` may return less than requested."""
    data = bytearray()
    while len(data) <= most:
        try:
            chunk = read(min(_CHUNK, most + 1 - len(data)))
        except UnicodeDecodeError:
            chunk = ""  # a binary file opened as text
        except Exception as error:  # streams have many types; their messages may contain a URL
            raise InputError(
                f"source cannot be read: {type_name(error)}.", suggestion='pass what open(path, "rb") returns.'
            ) from error
        if not isinstance(chunk, (bytes, bytearray)):
            raise InputError(
                f"source is a file that returns {type_name(chunk)}, not bytes.", suggestion='open it with "rb".'
            )
        if not chunk:
            break
        data += chunk
    check_size(len(data), most)
    return bytes(data)


def check_size(size: int, most: int, hint: str = UPLOAD_HINT) -> None:
    if size > most:
        raise InputError(f"source is too large for a message: the maximum is {most:,} bytes.", suggestion=hint)
