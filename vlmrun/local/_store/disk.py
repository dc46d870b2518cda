"""A directory for the bytes of uploads, which may be larger than the memory."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vlmrun.local._wire.errors import RefusalError

__all__ = ["HEAD", "Blob", "Disk", "Incoming"]

HEAD = 64
"""Bytes: enough to tell what a file is from how it begins."""


@dataclass(frozen=True)
class Blob:
    """Bytes on the disk."""

    path: Path
    """Where they are; the name is this server's own, never a client's."""
    size: int
    """How many."""
    md5: str
    """Their MD5, in lower hex: what clients ask for."""
    sha256: str
    """Their SHA-256, in lower hex: what answers tell."""
    head: bytes
    """The first of them."""

    def remove(self) -> None:
        """Give up the space."""
        # Windows removes no file that is being read; that one goes with the directory.
        with suppress(OSError):
            self.path.unlink()


class Incoming:
    """A file that is being written; what is known of it is computed on the way.

    Args:
        path: Where to write; there must be nothing yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("xb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._head = b""
        self._is_finished = False

    def write(self, data: bytes | memoryview) -> None:
        """Append a piece."""
        self._file.write(data)
        self._md5.update(data)
        self._sha256.update(data)
        self._size += len(data)
        if len(self._head) < HEAD:
            self._head = (self._head + data)[:HEAD]

    def finish(self) -> Blob:
        """Say that nothing more comes.

        Returns:
            What was written.
        """
        self._file.close()
        self._is_finished = True
        return Blob(self._path, self._size, self._md5.hexdigest(), self._sha256.hexdigest(), self._head)

    def abandon(self) -> None:
        """Close what is open, and remove what was not finished."""
        self._file.close()
        if not self._is_finished:
            self._path.unlink()


class Disk:
    """A temporary directory: made when the first file comes, removed with this object or at the end of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._directory: Path | None = None

    @contextmanager
    def receive(self) -> Generator[Incoming, None, None]:
        """Write a file. One that is not finished when the block ends is removed.

        Yields:
            The file to write to.

        Raises:
            RefusalError: 507, the disk is full or cannot be written to.
        """
        try:
            incoming = Incoming(self._made() / uuid.uuid4().hex)
            try:
                yield incoming
            finally:
                incoming.abandon()
        except OSError as error:
            raise RefusalError(507, f"This server cannot keep the file: {error.strerror}.") from error

    def _made(self) -> Path:
        with self._lock:
            if self._directory is None:
                self._directory = Path(tempfile.mkdtemp(prefix="vlmrun-local-"))
                # Not a TemporaryDirectory: that warns when it is collected, and users' tests turn warnings into errors.
                weakref.finalize(self, shutil.rmtree, self._directory, ignore_errors=True)
            return self._directory
