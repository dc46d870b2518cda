"""One process for each journal: a lock that the system releases when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from types import TracebackType

from typing_extensions import Self

from vlmrun.batch._journal import readable
from vlmrun.client.exceptions import InputError

__all__ = ["Lock"]


class Lock:
    """A lock on a file beside the journal. The file stays; what counts is that a living process has locked it.

    Args:
        journal: The path of the journal.
    """

    def __init__(self, journal: str) -> None:
        self._journal = journal
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            InputError: Another process, or another job in this one, has it.
            ClientError: The file of the lock cannot be made.
        """
        with readable(self._journal):
            path = f"{os.path.realpath(self._journal)}.lock"  # one for all the links to a journal
            file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            try:
                is_ours = _lock(file)
            except OSError:
                os.close(file)
                raise
        if not is_ours:
            os.close(file)
            raise InputError(
                f"journal is in use: another job is running with {self._journal}.",
                suggestion="wait until it has ended, or use another journal.",
                error_type="journal_in_use",
            )
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the lock."""
        if self._file is not None:
            _unlock(self._file)
            os.close(self._file)
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: int) -> None:
        del file  # to close it is enough
else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)  # a process that was forked meanwhile has the file open as well
