"""Writing artifacts into a folder, under their own name only once they are complete."""

from __future__ import annotations

import errno
import mimetypes
import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from vlmrun._arguments.checks import type_name
from vlmrun._inputs import media
from vlmrun._inputs.progress import OnProgress
from vlmrun.client.exceptions import InputError, MissingFileError

__all__ = ["Arriving", "arriving", "is_device", "unusable"]

_HEAD_BYTES = 4096  # enough to detect the format, and for a signed URL


class Arriving:
    """An artifact that is being written into a folder, under a temporary name. Nothing else writes files.

    Args:
        folder: The folder.
        file: The open file, unbuffered, so that a failing write raises immediately.
        path: Its temporary path.
        on_progress: Learns how much has arrived.
    """

    def __init__(self, folder: Path, file: BinaryIO, path: Path, on_progress: OnProgress | None = None) -> None:
        self._folder = folder
        self._file = file
        self._path = path
        self._on_progress = on_progress
        self._head = b""
        self._size = 0

    def write(self, data: bytes) -> None:
        """Write all of these bytes."""
        if len(self._head) < _HEAD_BYTES:
            self._head += data[:_HEAD_BYTES]
        rest = memoryview(data)
        try:
            while rest:
                written = self._file.write(rest)
                rest = rest[written:]
                self._size += written
        except OSError as error:
            raise self._unwritable(error) from error

    def clear(self) -> None:
        """Discard what a failed attempt has written."""
        self._head, self._size = b"", 0
        try:
            self._file.seek(0)
            self._file.truncate()
        except OSError as error:
            raise self._unwritable(error) from error

    def report(self, done: int, total: int | None) -> None:
        """Say how much has arrived."""
        if self._on_progress is not None:
            self._on_progress(done, total)

    def text(self) -> bytes:
        """Everything that has arrived, if it is short enough to be a URL; else nothing."""
        return self._head if len(self._head) == self._size else b""

    def keep(self, name: str, headers: Mapping[str, str], url: str | None = None) -> Path:
        """Rename the file to its own name.

        Args:
            name: The artifact's id, or its name in the agent's workspace.
            headers: The response headers.
            url: Where it was downloaded from, if that is a URL with a name of its own.
        """
        target = self._folder / _file_name(name, headers.get("content-type", ""), self._head, url)
        try:
            self._file.close()  # some file systems write only on close
            os.replace(self._path, target)
        except OSError as error:
            raise InputError(
                f"folder: cannot write {str(target)!r}: {error.strerror}.", suggestion="pass another folder."
            ) from error
        return target

    def _unwritable(self, error: OSError) -> InputError:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        return InputError(
            f"folder: writing into {str(self._folder)!r} failed after {self._size:,} bytes: {error.strerror}.",
            suggestion="free some space, or pass another folder." if is_full else "pass another folder.",
        )


@contextmanager
def arriving(folder: str | os.PathLike[str], on_progress: OnProgress | None = None) -> Generator[Arriving]:
    try:
        path = Path(folder)
        # Readable for the owner only.
        handle, temporary = tempfile.mkstemp(prefix=".vlmrun-", dir=path)
    except (OSError, ValueError, TypeError) as error:
        raise unusable(folder, error) from error
    try:
        with open(handle, "w+b", buffering=0) as file:
            yield Arriving(path, file, Path(temporary), on_progress)
    finally:
        with suppress(OSError):  # it only exists if something failed, which is already reported
            os.unlink(temporary)


def unusable(folder: str | os.PathLike[str], error: OSError | ValueError | TypeError) -> InputError:
    """The error for a folder that cannot be written to. Python's message would name the temporary file."""
    if isinstance(error, TypeError):  # not a path
        return InputError(f"folder must be a str or a path, not {type_name(folder)}.", suggestion='pass folder=".".')
    if str(folder).startswith("~"):
        tilde = f"folder does not exist: {str(folder)!r}: ~ is not expanded."
        return MissingFileError(tilde, suggestion=f"pass pathlib.Path({str(folder)!r}).expanduser().")
    if isinstance(error, FileNotFoundError):
        return MissingFileError(f"folder does not exist: {str(folder)!r}.", suggestion="create the folder first.")
    reason = error.strerror if isinstance(error, OSError) else type_name(error)
    return InputError(
        f"folder cannot be written to: {str(folder)!r}: {reason}.", suggestion="pass a folder that can be written to."
    )


_UNSAFE = re.compile(r"[^\w.-]")  # characters that some systems treat as a path, a device or an option
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])\s*(\.|$)", re.IGNORECASE)
_MAX_NAME_BYTES = 200  # file systems allow 255, and a suffix may be added


def is_device(name: str) -> bool:
    """Whether a file of this name is a device on Windows, in any folder and with any suffix."""
    return _DEVICE.match(name) is not None


def _file_name(asked: str, media_type: str, head: bytes, url: str | None) -> str:
    """The file name of an artifact: never a path, a hidden file or empty.

    Args:
        asked: Its id, or its name in the agent's workspace, which may be a path there.
        media_type: The content type that the server sent.
        head: Its first bytes.
        url: Where it was downloaded from, whose suffix counts if neither the type nor the bytes tell one.
    """
    name = _UNSAFE.sub("_", re.split(r"[\\/]", asked)[-1]).lstrip("._-")
    name = name.encode()[:_MAX_NAME_BYTES].decode(errors="ignore").rstrip(".") or "artifact"
    if is_device(name):
        name = f"artifact-{name}"
    if Path(name).suffix:
        return name
    suffix = _suffix(name, media_type.partition(";")[0].strip().lower(), head)
    return name + (suffix if url is None or suffix not in ("", ".bin") else _suffix_of(url) or suffix)


def _suffix_of(url: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,10}$", urlsplit(url).path)
    return found[0].lower() if found else ""


_GENERIC = ("application/octet-stream", "binary/octet-stream")
# Formats without a media type, by their first bytes: NumPy arrays and point clouds.
_SUFFIXES = {b"\x93NUMPY": ".npy", b"ply\n": ".ply", b"ply\r": ".ply"}


def _suffix(name: str, media_type: str, head: bytes) -> str:
    if media_type in _GENERIC:  # the bytes are more specific
        if name.startswith("recon_") and head.startswith(b"\x1f\x8b"):  # gzip, which the documentation calls SPZ
            return ".spz"
        for start, suffix in _SUFFIXES.items():
            if head.startswith(start):
                return suffix
        media_type = media.sniff(head) or media_type
    return mimetypes.guess_extension(media_type, strict=False) or ""
