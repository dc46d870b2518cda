"""Sources of uploads: a path, bytes or an open file, as a file that can be read repeatedly."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import os
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, TYPE_CHECKING, BinaryIO, Literal, TypeAlias, cast, get_args

from vlmrun._arguments.checks import MAX_INT, require_bool, require_id, require_int, type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs.media import HEAD_BYTES, Window, by_name, media_type_of
from vlmrun._inputs.names import fit, name_of
from vlmrun._inputs.reading import CHUNK_BYTES, Stream, is_bytes, reads_async
from vlmrun._inputs.reading import opened as opened_stream
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self

__all__ = [
    "DEFAULT_EXPIRATION",
    "MAX_DIRECT_BYTES",
    "Upload",
    "UploadMethod",
    "async_gathered",
    "gathered",
    "opened",
]

MAX_DIRECT_BYTES: int = 32 * 1024 * 1024
"""Larger files are uploaded to the storage with a presigned URL."""

UploadMethod: TypeAlias = Literal["auto", "direct", "presigned-url"]
"""How a file is uploaded; `auto` chooses by size."""

DEFAULT_EXPIRATION: int = 86_400
"""How long a presigned upload URL is valid, in seconds."""


@dataclass(frozen=True)
class Upload:
    """An open file that can be read repeatedly: on exit, the position of the caller's file is restored."""

    file: BinaryIO = field(repr=False)
    name: str
    size: int
    media_type: str
    _open: ExitStack = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()

    def md5(self) -> str:
        """The digest by which the server finds a file. It is not used for security."""
        digest = hashlib.md5(usedforsecurity=False)
        self.file.seek(0)
        while chunk := self.file.read(CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()

    def is_direct(self, method: UploadMethod) -> bool:
        """Whether the file is uploaded through the API, not to the storage behind it."""
        return method == "direct" or (method == "auto" and self.size <= MAX_DIRECT_BYTES)

    def check(
        self, purpose: object, generate_public_url: object, method: object, expiration: object, force: object
    ) -> None:
        """Raise `InputError` if an argument of `upload` is invalid."""
        require_id("purpose", purpose)
        require_bool("generate_public_url", generate_public_url)
        require_bool("force", force)
        if not isinstance(method, str) or method not in get_args(UploadMethod):
            raise InputError(
                f"method must be one of {', '.join(get_args(UploadMethod))}.", suggestion="omit it to use auto."
            )
        require_int("expiration", expiration, 1, MAX_INT, "pass seconds, such as 86400.")


class _Counted(io.RawIOBase):
    """The bytes of a stream that were counted, whatever is written to its file later."""

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream = stream
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._at
        size = left if size < 0 else min(size, left)
        if not size:
            return b""
        chunk = self._stream.read(size)
        if not chunk:
            raise self._stream.shrunk(self._size)
        self._at += len(chunk)
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = self._stream.seek({os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def at(self, offset: int, size: int) -> bytes:
        """Look at some bytes; fewer at the end."""
        size = max(0, min(size, self._size - offset))
        if size:
            self.seek(offset)
        found = b""
        while len(found) < size:
            found += self.read(size - len(found))
        return found


@dataclass(frozen=True)
class _Gathered:
    """What a file whose `read` is awaited held, and its name."""

    file: IO[bytes]
    name: str | None


def gathered(source: object) -> object:
    """A source that can be opened."""
    return source


async def async_gathered(source: object) -> object:
    """A source that can be opened: what is in a file whose `read` is awaited, and any other source as it is."""
    if not reads_async(source) or callable(getattr(getattr(source, "file", None), "read", None)):
        return source
    spool = _spool()
    stream = Stream("file", source, None)
    with discreet_errors():
        with suppress(Exception):  # not all can
            await cast("Callable[[int], Awaitable[object]]", getattr(source, "seek", None))(0)
        await _async_copy(stream, spool)
    return _Gathered(spool, name_of(source, source))


async def _async_copy(stream: Stream, spool: IO[bytes]) -> None:
    while chunk := await stream.async_read(CHUNK_BYTES):
        await waiting.async_in_thread(_write, spool, chunk)


_EXPECTED = "a path, bytes or an open binary file"


def opened(source: object, filename: object) -> Upload:
    """Open a source: the file that is uploaded, which is open until the upload is left as a context manager.

    Raises:
        InputError: The source cannot be read, or is empty; or `filename` is no name.
    """
    if filename is not None and not (isinstance(filename, str) and filename):
        raise InputError("filename must be a non-empty string.", suggestion="omit it to use the name of the file.")
    with discreet_errors(), ExitStack() as stack:
        if isinstance(source, _Gathered):
            stream = Stream("file", stack.enter_context(source.file), None, source.name)
        elif is_bytes(source):
            stream = Stream("file", io.BytesIO(_bytes(source)), None)
        else:
            stream = stack.enter_context(opened_stream("file", source, _EXPECTED))
        return _upload(stream, filename or stream.name, stack)


def _bytes(source: Buffer) -> bytes:
    try:
        return bytes(source)
    except ValueError as error:  # a released memoryview
        raise InputError(f"file cannot be read: {error}.", suggestion="pass bytes.") from error


def _upload(stream: Stream, name: str | None, stack: ExitStack) -> Upload:
    start = stream.position()
    size = 0
    if start is not None:
        stack.callback(_put_back, stream, start)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
    if not size:  # it cannot seek, or has no size, as files of /proc; or it is empty
        stream = _spooled(stream, stack)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
    if not size:
        raise InputError("file is empty.", suggestion="pass a non-empty file.")
    head = b""
    while len(head) < min(size, HEAD_BYTES) and (chunk := stream.read(HEAD_BYTES - len(head))):
        head += chunk
    if len(head) < min(size, HEAD_BYTES):  # a file of /sys, whose size is that of a block
        size = len(head)
    if name is not None:
        name = fit(name)
    file = _Counted(stream, size)
    media_type = media_type_of(Window(size, file.at), name) or by_name(name) or "application/octet-stream"
    name = name or f"upload{mimetypes.guess_extension(media_type) or ''}"
    # A cast: it has what is needed of a file.
    return Upload(cast("BinaryIO", file), name, size, media_type, stack.pop_all())


def _put_back(stream: Stream, start: int) -> None:
    with suppress(InputError):  # it was closed meanwhile
        stream.seek(start)


def _spooled(stream: Stream, stack: ExitStack) -> Stream:
    """What is left in a stream, in a file that can seek: in memory while it is small, else on disk."""
    spool = stack.enter_context(_spool())
    while chunk := stream.read(CHUNK_BYTES):
        _write(spool, chunk)
    return Stream("file", spool, None)


def _spool() -> IO[bytes]:
    import tempfile

    return tempfile.SpooledTemporaryFile(CHUNK_BYTES)


def _write(spool: IO[bytes], chunk: bytes) -> None:
    import tempfile

    try:
        spool.write(chunk)
    except OSError as error:
        error.__traceback__ = None
        raise InputError(
            f"file cannot be copied to {tempfile.gettempdir()!r}, which is needed as it cannot seek:"
            f" {error.strerror or type_name(error)}.",
            suggestion="make room there, set TMPDIR to another folder, or pass a path.",
        ) from error
