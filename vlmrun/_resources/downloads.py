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

from vlmrun.client.exceptions import InputError

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
    name = ""
    try:
        path = Path(folder)
        name = f"{path}: "
        # Readable for the owner only.
        handle, temporary = tempfile.mkstemp(prefix=".vlmrun-", dir=path)
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(
            f"folder cannot be written to: {name}{reason}.", suggestion="create the folder first."
        ) from error
    try:
        with open(handle, "w+b") as file:
            yield Arriving(path, file, Path(temporary))
    finally:
        Path(temporary).unlink(missing_ok=True)  # it exists only if something failed


_UNSAFE = re.compile(r"[^\w.-]")  # in file names: what some system reads as a path, a device or an option
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
