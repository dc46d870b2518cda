"""Writing artifacts into a folder, under their own name only once they are complete."""

from __future__ import annotations

import mimetypes
import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vlmrun._arguments.checks import type_name
from vlmrun.client.exceptions import InputError, MissingFileError

__all__ = ["Arriving", "arriving"]


@dataclass(frozen=True)
class Arriving:
    """An artifact that is being written into a folder, under a temporary name."""

    folder: Path
    file: BinaryIO = field(repr=False)
    path: Path

    def keep(self, object_id: str | None, filename: str | None, headers: Mapping[str, str]) -> Path:
        """Rename the file to its own name."""
        self.file.close()
        target = self.folder / _file_name(object_id, filename, headers.get("content-type", ""))
        try:
            os.replace(self.path, target)
        except OSError as error:
            raise InputError(
                f"folder: cannot write {target}: {error.strerror}.", suggestion="pass another folder."
            ) from error
        return target


@contextmanager
def arriving(folder: str | os.PathLike[str]) -> Generator[Arriving]:
    try:
        path = Path(folder)
        # Readable for the owner only.
        handle, temporary = tempfile.mkstemp(prefix=".vlmrun-", dir=path)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(folder, error) from error
    try:
        with open(handle, "w+b") as file:
            yield Arriving(path, file, Path(temporary))
    finally:
        Path(temporary).unlink(missing_ok=True)  # it exists only if something failed


def _unusable(folder: str | os.PathLike[str], error: OSError | ValueError | TypeError) -> InputError:
    """What to raise where nothing can be written into a folder. Python's text names a file that nobody knows."""
    if isinstance(error, TypeError):  # no path at all
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


_UNSAFE = re.compile(r"[^\w.-]")  # in a file's name: what some system takes for a path, a device or an option
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\.|$)", re.IGNORECASE)  # on Windows, in any folder
_MAX_NAME_BYTES = 200  # file systems allow 255, and a suffix may be added


def _file_name(object_id: str | None, filename: str | None, media_type: str) -> str:
    """The file name of an artifact: never a path, a hidden file or empty.

    Args:
        object_id: Its id.
        filename: Or its name in the agent's workspace, which may be a path there.
        media_type: The content type that the server sent.
    """
    name = _UNSAFE.sub("_", re.split(r"[\\/]", filename or object_id or "")[-1]).lstrip("._-")
    name = name.encode()[:_MAX_NAME_BYTES].decode(errors="ignore").rstrip(".") or "artifact"
    if _DEVICE.match(name):
        name = f"artifact-{name}"
    if Path(name).suffix:
        return name
    return name + (mimetypes.guess_extension(media_type.partition(";")[0].strip(), strict=False) or "")
