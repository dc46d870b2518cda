"""Files that only their owner can read: the configuration, and what completion remembers."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["write_privately"]


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read, completely or not at all.

    Folders that are missing are created for their owner alone. A symbolic link keeps pointing to the file, which is
    what people do with their dotfiles.

    Args:
        path: The file.
        text: What it will hold.

    Raises:
        OSError: It cannot be written; the file is as it was.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".vlmrun-", dir=target.parent)  # with mode 0600
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)  # else a power failure may leave an empty file behind the new name
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
