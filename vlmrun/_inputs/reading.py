"""Reading a source: the one place that opens a path, and that reads what others have opened.

A source is a path, bytes, an open binary file, or an object that holds such a file (`Source`). Whatever goes wrong
while it is opened or read is an `InputError`, without the frames of those who raised it: their variables hold pieces of
what was read.

Callers without a type checker may pass anything: hence `object`, and a check of each argument. No message quotes bytes,
which may be a document, or a URL, which may be signed; messages include only paths.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Awaitable, Generator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Annotated, Protocol, TypeAlias, cast, runtime_checkable

from vlmrun._arguments.checks import type_name
from vlmrun._inputs.addresses import looks_like_url
from vlmrun._inputs.names import name_of
from vlmrun._inputs.unchanged import UNCHANGED
from vlmrun.client.exceptions import ClientError, InputError, MissingFileError

if TYPE_CHECKING:
    from typing import TypeGuard

    from typing_extensions import Buffer

__all__ = [
    "CHUNK_BYTES",
    "UPLOAD_HINT",
    "AsyncSource",
    "Source",
    "Stream",
    "SupportsAsyncRead",
    "SupportsFile",
    "SupportsRead",
    "SupportsStream",
    "check_size",
    "file_name",
    "is_bytes",
    "is_path",
    "naming",
    "opened",
    "put_back",
    "read",
    "reads_async",
    "unreadable",
]

UPLOAD_HINT = "upload the file with client.files.upload(...), and pass content.file(uploaded)."
CHUNK_BYTES = 1 << 20
_WRITER_SECONDS = 5.0  # how long a named pipe waits for a program that writes to it

# What a source is -----------------------------------------------------------------------------------------------------


@runtime_checkable
class SupportsRead(Protocol):
    """An object that can be read as bytes: a file opened with "rb", a temporary file, a `mmap`, a response."""

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; empty at the end."""
        ...


@runtime_checkable
class SupportsFile(Protocol):
    """An object that holds an open binary file as `file`: an `UploadFile` of FastAPI or Starlette."""

    @property
    def file(self) -> SupportsRead:
        """The open file."""
        ...


@runtime_checkable
class SupportsStream(Protocol):
    """An object that holds an open binary file as `stream`: a `FileStorage` of Flask or Werkzeug."""

    @property
    def stream(self) -> SupportsRead:
        """The open file."""
        ...


@runtime_checkable
class SupportsAsyncRead(Protocol):
    """An object whose `read` is awaited: a file of anyio or aiofiles. Async uploads take it."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Read at most `size` bytes; empty at the end."""
        ...


Source: TypeAlias = Annotated[
    str | os.PathLike[str] | bytes | bytearray | memoryview | SupportsRead | SupportsFile | SupportsStream, UNCHANGED
]
"""A path (or URL, where one can be sent), bytes, an open binary file, or an uploaded file of a web framework."""

AsyncSource: TypeAlias = Annotated[Source | SupportsAsyncRead, UNCHANGED]
"""What `AsyncVLMRun().files.upload` takes: a source, or a file whose `read` is awaited."""


def is_bytes(source: object) -> TypeGuard[Buffer]:
    """Whether a source is bytes."""
    return isinstance(source, (bytes, bytearray, memoryview))


def is_path(source: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a source is a path, or a `str` that may be one."""
    return isinstance(source, (str, os.PathLike))


def _file_of(source: object) -> object | None:
    """The open file that a source is or holds, or `None`."""
    if isinstance(source, type):
        return None
    held = (source, getattr(source, "file", None), getattr(source, "stream", None))
    return next((file for file in held if _can_read(file) and not reads_async(file)), None)


def _can_read(file: object) -> bool:
    return callable(getattr(file, "read", None))


def reads_async(file: object) -> bool:
    """Whether the `read` of an object is to be awaited."""
    from inspect import iscoroutinefunction

    return iscoroutinefunction(getattr(file, "read", None))


# Reading it -----------------------------------------------------------------------------------------------------------

_PICTURES = ", a Pillow image, a NumPy array"

# What else a function accepts.
_MORE = {"image": _PICTURES, "picture": _PICTURES, "file": ", an uploaded file"}


def read(kind: str, source: object, most: int) -> bytes:
    """Read the bytes of a source, an open file from its current position; raise if there are more than `most`."""
    if is_bytes(source):
        data = _copy(source, most)
    else:
        url = "" if kind == "picture" else "a URL, "
        expected = f"{url}a path, bytes{_MORE.get(kind, '')} or an open binary file"
        with opened("source", source, expected) as stream:
            check_size(stream.stated_size(), most)
            data = _read_stream(stream, most)
    if not data:
        raise InputError(
            "source is empty.",
            suggestion="pass a non-empty file; call seek(0) on an open file that was read to its end.",
        )
    return data


@contextmanager
def opened(argument: str, source: object, expected: str) -> Generator[Stream, None, None]:
    """Open a path, or take an open file.

    Args:
        argument: What the source is called in messages.
        source: Anything but bytes.
        expected: What the argument accepts, for the message.

    Raises:
        InputError: The source is neither, or cannot be opened.
    """
    if is_path(source):
        path = _path(argument, source)
        with _opened_path(argument, path) as file:
            yield Stream(argument, file, path)
        return
    file = _file_of(source)
    if file is None and reads_async(source):
        raise InputError(
            f"{argument} is a file whose read() is awaited.", suggestion="pass the bytes: await file.read()."
        )
    if file is None:
        raise InputError(
            f"{argument} must be {expected}, not {type_name(source)}.",
            suggestion='pass a path such as "invoice.pdf", or what open(path, "rb") returns.',
        )
    yield Stream(argument, file, None, name_of(source, file))


@contextmanager
def put_back(source: object) -> Generator[None, None, None]:
    """If a source is rejected, restore the position of an open file, if it can seek."""
    file = cast("IO[bytes]", _file_of(source))  # if it is one: sources have many types
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


def named(source: object) -> str:
    """The end of a message about a source that was read: its path, if it is one."""
    return f": {os.fspath(source)!r}" if is_path(source) else ""


def file_name(source: object) -> str | None:
    """The name of a source that was read, for its media type."""
    if is_path(source):
        return os.path.basename(os.fsdecode(source))
    file = None if is_bytes(source) else _file_of(source)
    return None if file is None else name_of(source, file)


@contextmanager
def naming(argument: str) -> Generator[None]:
    """Errors about `source` name the argument that it was passed as."""
    try:
        yield
    except InputError as error:
        error.message = re.sub(r"\bsource\b", lambda _: argument, error.message, count=1)
        error.args = (error.message,)
        raise


def check_size(size: int, most: int, hint: str = UPLOAD_HINT) -> None:
    if size > most:
        raise InputError(f"source is too large for a message: the maximum is {most:,} bytes.", suggestion=hint)


def _copy(source: Buffer, most: int) -> bytes:
    try:
        with memoryview(source) as view:
            check_size(view.nbytes, most)
            return view.tobytes()
    except InputError:
        raise
    except ValueError as error:  # a memoryview that was released
        raise InputError(f"source cannot be read: {error}.", suggestion="pass bytes.") from error


def _read_stream(stream: Stream, most: int) -> bytes:
    """Read a stream to its end; `read` may return less than requested."""
    data = bytearray()
    while len(data) <= most and (chunk := stream.read(min(CHUNK_BYTES, most + 1 - len(data)))):
        data += chunk
    check_size(len(data), most)
    return bytes(data)


class Stream:
    """A source that is open. Whatever its file raises is an `InputError` here; what it reads is bytes.

    Args:
        argument: What the source is called in messages.
        file: Its open file.
        path: Its path, if it was opened here.
        name: Its name, for the server.
    """

    def __init__(self, argument: str, file: object, path: str | None, name: str | None = None) -> None:
        self.name = name if path is None else os.path.basename(path)
        self._argument = argument
        self._path = path
        self._file = cast("IO[bytes]", file)  # or its like: files share no base class

    def read(self, size: int) -> bytes:
        """Read at most `size` bytes; empty at the end."""
        chunk: object
        try:
            chunk = self._file.read(size)
        except UnicodeDecodeError:
            chunk = ""  # a binary file opened as text
        except InputError:
            raise
        except Exception as error:  # files have many types, and libraries that decompress raise what they like
            raise self._unreadable(error) from error
        return self._bytes(chunk, size)

    async def async_read(self, size: int) -> bytes:
        """The same of a file whose `read` is awaited."""
        chunk: object
        try:
            chunk = await cast("SupportsAsyncRead", self._file).read(size)
        except UnicodeDecodeError:
            chunk = ""
        except Exception as error:
            raise self._unreadable(error) from error
        return self._bytes(chunk, size)

    def stated_size(self) -> int:
        """How many bytes the file system says that a path has; 0 for all else."""
        if self._path is None:
            return 0
        with suppress(OSError, ValueError, AttributeError):  # a pipe has no number here
            return os.fstat(self._file.fileno()).st_size
        return 0

    def position(self) -> int | None:
        """Where the file stands; `None` if it cannot seek."""
        try:
            seekable = getattr(self._file, "seekable", None)
            if callable(seekable) and seekable() is not True:
                return None
            position = self._file.tell()
            self._file.seek(position)
        except Exception as error:
            if _cannot_seek(error):
                return None
            raise self._unreadable(error) from error
        return position

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position of a file that can seek; the new one."""
        try:
            self._file.seek(position, whence)  # which returns nothing for a mmap before Python 3.13
            return self._file.tell()
        except Exception as error:
            if whence == os.SEEK_END and _cannot_seek(error):  # a file of /proc has no end
                return 0
            raise self._unreadable(error) from error

    def shrunk(self, size: int) -> InputError:
        """The error if a file became shorter while it was read."""
        return InputError(
            f"{self._argument} became shorter while it was read: it had {size:,} bytes{self._where()}.",
            suggestion="pass a file that no other program is writing, or its bytes.",
        )

    def _unreadable(self, error: Exception) -> InputError:
        error.__traceback__ = None  # it may hold pieces of the file
        if self._path is not None and isinstance(error, OSError):
            return unreadable(self._argument, self._path, error)
        if getattr(self._file, "closed", None) is True:
            return InputError(f"{self._argument} is a closed file{self._where()}.", suggestion="open it again.")
        reason = error.strerror if isinstance(error, OSError) else None  # their messages may contain a URL
        return InputError(
            f"{self._argument} cannot be read: {reason or type_name(error)}.",
            suggestion='pass what open(path, "rb") returns, and check that the file is complete.',
        )

    def _bytes(self, chunk: object, size: int) -> bytes:
        if isinstance(chunk, (bytes, bytearray)):
            return bytes(chunk)[:size]
        raise InputError(
            f"{self._argument} is a file that returns {type_name(chunk)}, not bytes.",
            suggestion="pass sys.stdin.buffer." if self._file is sys.stdin else 'open it with "rb".',
        )

    def _where(self) -> str:
        return "" if self._path is None else f": {self._path!r}"


def _cannot_seek(error: Exception) -> bool:
    """Whether an error says that a file cannot seek, and not that it is broken or closed."""
    if isinstance(error, (AttributeError, TypeError, NotImplementedError)):
        return True
    if isinstance(error, OSError):  # io.UnsupportedOperation is one without a number
        return isinstance(error, ValueError) or error.errno in (errno.ESPIPE, errno.EINVAL)
    return False


# Paths ----------------------------------------------------------------------------------------------------------------


def _path(argument: str, source: str | os.PathLike[str]) -> str:
    try:
        path = os.fsdecode(source)
    except TypeError as error:
        raise InputError(f"{argument} must be a path of text.", suggestion="pass a str or a pathlib.Path.") from error
    if looks_like_url(path) and argument == "source":
        raise InputError("source is a URL wrapped in a path.", suggestion="pass the URL as a str.")
    if looks_like_url(path):
        raise InputError(f"{argument} is a URL.", suggestion="pass the URL to content.file(...), without an upload.")
    if path is source and (len(path) > 1024 or "\n" in path):  # not quoted: it may be base64 or text
        raise InputError(
            f"{argument} is a str of {len(path):,} characters, neither a URL nor a path.",
            suggestion="pass bytes, or wrap a long path in pathlib.Path.",
        )
    return path


@contextmanager
def _opened_path(argument: str, path: str) -> Generator[object, None, None]:
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  # errors of others are not of opening it
    except (OSError, ValueError) as error:  # ValueError: a character that no path has
        raise unreadable(argument, path, error) from error
    with file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISFIFO(mode):
            yield _Pipe(argument, path, file.fileno())
        elif stat.S_ISREG(mode):
            yield file
        else:
            raise InputError(
                f"{argument} cannot be read: {path!r} is a terminal or another device, not a file.",
                suggestion="pass the path of a file.",
            )


def _without_waiting(path: str, flags: int) -> int:
    # A named pipe would otherwise wait, for as long as it takes, until a program opens it to write.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class _Pipe:
    """A named pipe, or the pipe behind `/dev/stdin`, which is open and does not wait.

    One that no program has open to write is given up. A program that has it open is waited for, however long it is
    silent, as by all that read pipes: it may be working, and nobody but the caller knows for how long. Ctrl-C ends it.
    """

    def __init__(self, argument: str, path: str, number: int) -> None:
        self._argument = argument
        self._path = path
        self._number = number
        self._has_begun = False

    def read(self, size: int) -> bytes:
        has_waited = False
        while True:
            try:
                chunk = os.read(self._number, size)
            except BlockingIOError:  # a program has it open, and has written nothing yet
                self._wait(None)
                continue
            if chunk or self._has_begun:
                self._has_begun = True
                return chunk
            if has_waited:
                raise InputError(
                    f"{self._argument} is a pipe to which no program writes: {self._path!r}.",
                    suggestion="start the program that writes to it first.",
                )
            has_waited = self._wait(_WRITER_SECONDS)

    def _wait(self, seconds: float | None) -> bool:
        import select

        poll = select.poll()
        poll.register(self._number, select.POLLIN)
        poll.poll(None if seconds is None else seconds * 1000)
        return True


_LONGEST_NAME = 255
"""How many characters a file system allows for one name."""


def unreadable(argument: str, path: str, error: OSError | ValueError) -> InputError:
    """The error for a file that cannot be opened or read."""
    if path.startswith("~"):
        tilde = f"{argument} does not exist: {path!r}: ~ is not expanded."
        return MissingFileError(tilde, suggestion=f"pass pathlib.Path({path!r}).expanduser().")
    if len(path) > _LONGEST_NAME:  # not quoted: it may be base64 or text
        return InputError(
            f"{argument} is a str of {len(path):,} characters that is not a path.",
            suggestion="pass bytes: base64.b64decode(text) if it is base64.",
        )
    if isinstance(error, FileNotFoundError):
        where = "check the path, which is relative to the current folder." if not os.path.isabs(path) else None
        return MissingFileError(f"{argument} does not exist: {path!r}.", suggestion=where or "check the path.")
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return InputError(
        f"{argument} cannot be read: {path!r}: {reason}.", suggestion="check the path, and that it is a readable file."
    )
