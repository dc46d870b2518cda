"""Unpacking the zip file of a skill into a folder of its own: nothing is ever written outside it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vlmrun._inputs.bundles import MAX_BUNDLE_BYTES
from vlmrun._inputs.progress import OnProgress
from vlmrun._resources.downloads import is_device, unusable
from vlmrun.client.exceptions import InputError, ResponseValidationError

__all__ = ["Unpacking", "unpacking"]

_MAX_ENTRIES = 10_000
_MAX_BYTES = 8 * MAX_BUNDLE_BYTES
"""What a skill may have when it is unpacked."""
_CHUNK_BYTES = 1 << 20

# What zipfile is known to raise on broken archives; RuntimeError is an encrypted one.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    RuntimeError,
)


class Unpacking:
    """The zip file of a skill, as it arrives. A `Sink`.

    Args:
        folder: Where it is unpacked; an empty folder.
        file: Where the zip file is kept meanwhile.
        on_progress: Learns how much has arrived.
    """

    def __init__(self, folder: Path, file: BinaryIO, on_progress: OnProgress | None = None) -> None:
        self._folder = folder
        self._file = file
        self._on_progress = on_progress
        self._size = 0

    def write(self, data: bytes) -> None:
        """Take a piece of the zip file."""
        self._size += len(data)
        if self._size > MAX_BUNDLE_BYTES:
            raise _refused(f"it has more than {MAX_BUNDLE_BYTES:,} bytes")
        self._file.write(data)

    def clear(self) -> None:
        """Forget what an attempt that failed has written."""
        self._size = 0
        self._file.seek(0)
        self._file.truncate()

    def report(self, done: int, total: int | None) -> None:
        """Say how much has arrived."""
        if self._on_progress is not None:
            self._on_progress(done, total)

    def unpack(self) -> Path:
        """Check all entries, then write them: all of them, or none.

        Returns:
            The folder.
        """
        try:
            with zipfile.ZipFile(self._file) as archive:
                files = _checked(archive.infolist())
                left = _MAX_BYTES
                for name, entry in files.items():
                    left -= self._write(archive, name, entry, left)
        except _BROKEN_ZIP as error:
            raise _refused("it is not a valid zip file") from error
        except OSError as error:
            raise InputError(
                f"folder: cannot write into {str(self._folder)!r}: {error.strerror}.", suggestion="pass another folder."
            ) from error
        return self._folder

    def _write(self, archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo, most: int) -> int:
        """Write one entry; how many bytes it has. They are counted, as what the archive says may be untrue."""
        path = self._folder.joinpath(*name.split("/"))
        if entry.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            return 0
        path.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with archive.open(entry) as packed, path.open("xb") as file:
            while piece := packed.read(_CHUNK_BYTES):
                size += len(piece)
                if size > most:
                    raise _refused(f"it unpacks to more than {_MAX_BYTES:,} bytes")
                file.write(piece)
        if _mode(entry) & stat.S_IXUSR:
            path.chmod(0o755)
        return size


@contextmanager
def unpacking(folder: str | os.PathLike[str], on_progress: OnProgress | None = None) -> Generator[Unpacking]:
    """A folder that is empty, or is made; where the block raises, it is left as it was."""
    path, is_new = _empty_folder(folder)
    is_done = False
    try:
        with tempfile.TemporaryFile() as file:
            yield Unpacking(path, file, on_progress)
        is_done = True
    finally:
        if not is_done:
            _clear(path)
            if is_new:
                with suppress(OSError):
                    path.rmdir()


def _empty_folder(folder: str | os.PathLike[str]) -> tuple[Path, bool]:
    """The folder, and whether it was made."""
    try:
        path = Path(folder)
        if not os.fspath(folder):
            raise InputError("folder is empty.", suggestion="pass the folder of the skill, which is created.")
        try:
            path.mkdir()
        except FileExistsError:
            if any(path.iterdir()):  # NotADirectoryError for a file
                raise InputError(
                    f"folder is not empty: {str(path)!r}.", suggestion="pass a folder that does not exist yet."
                ) from None
            return path, False
    except InputError:
        raise
    except (OSError, ValueError, TypeError) as error:
        raise unusable(folder, error) from error
    return path, True


def _clear(folder: Path) -> None:
    """Remove what was written so far."""
    for path in folder.iterdir():
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _refused(why: str) -> ResponseValidationError:
    return ResponseValidationError(f"The zip file of the skill cannot be unpacked: {why}.")


# What an entry is called ----------------------------------------------------------------------------------------------

_UNSAFE = re.compile(r'[\0-\x1f\x7f\\:*?"<>|]')  # on Windows a path, a drive, a stream or a pattern


def _checked(entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The entries by their names, each a path within the folder on every system, and none in the way of another."""
    if len(entries) > _MAX_ENTRIES:
        raise _refused(f"it has more than {_MAX_ENTRIES:,} entries")
    found: dict[str, zipfile.ZipInfo] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        name = entry.filename.removesuffix("/")
        key = name.casefold()  # some systems make no difference
        why = _wrong(name, entry) or ("is there twice" if key in files else None)
        if why is not None:
            raise _refused(f"the entry {name[:100]!r} {why}")
        (folders if entry.is_dir() else files).add(key)
        folders.update(key[:place] for place, sign in enumerate(key) if sign == "/")
        found[name] = entry
    if both := files & folders:
        raise _refused(f"the entry {min(both)[:100]!r} is a file and a folder")
    return found


def _wrong(name: str, entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is not unpacked."""
    if stat.S_IFMT(_mode(entry)) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if entry.flag_bits & 1:
        return "is encrypted"
    if _UNSAFE.search(name) or any(_is_unsafe(part) for part in name.split("/")):
        return "is not a path within the folder"
    return None


def _is_unsafe(part: str) -> bool:
    return part in ("", ".", "..") or part[-1] in ". " or is_device(part) or len(part.encode()) > 255


def _mode(entry: zipfile.ZipInfo) -> int:
    """The mode that Unix gave a file; 0 where another system made the zip file."""
    return entry.external_attr >> 16
