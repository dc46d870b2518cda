"""One process for each journal: a lock that the system releases when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from types import TracebackType

from typing_extensions import Self

from vlmrun.client.exceptions import InputError

__all__ = ["Lock"]


class Lock:
    """A lock on a file beside the journal. The file stays; what counts is that a living process has locked it.

    Args:
        journal: The path of the journal.
    """

    def __init__(self, journal: str) -> None:
        self._path = f"{journal}.lock"
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            InputError: Another process, or another job in this one, has it.
        """
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(file)
        except OSError as error:
            os.close(file)
            raise InputError(
                f"journal is in use: another job is running with {self._path.removesuffix('.lock')}.",
                suggestion="wait until it has ended, or use another journal.",
                error_type="journal_in_use",
            ) from error
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def is_free(self) -> bool:
        """Whether no job is running with the journal."""
        try:
            with self:
                return True
        except InputError:
            return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
