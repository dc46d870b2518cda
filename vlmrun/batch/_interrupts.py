"""Ctrl-C: once to begin nothing new, twice to end at once."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from vlmrun.batch._job import Job

__all__ = ["Interrupts", "interruptible"]


class Interrupts:
    """What Ctrl-C does to the running job."""

    def __init__(self) -> None:
        self.amount = 0
        """How often it was pressed."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._job: Job | None = None

    def watch(self, job: Job) -> None:
        """Stop this job, which is about to run in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._job = job

    def press(self, number: int, frame: FrameType | None) -> None:
        """Handle the signal."""
        del number, frame
        self.amount += 1
        job, loop = self._job, self._loop
        if job is None or loop is None or self.amount > 2:  # nothing runs yet, or it does not react
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(_stop if self.amount == 1 else Job.abort, job)


def _stop(job: Job) -> None:
    """Not in the handler of the signal, which may interrupt another that writes."""
    job.stop()
    if sys.stderr:
        sys.stderr.write(
            f"\nStopping: {job.amount_under_way} items are under way. Press Ctrl-C again to end at once.\n"
        )
        sys.stderr.flush()


@contextmanager
def interruptible() -> Generator[Interrupts]:
    """Ctrl-C within the block stops the job; the block raises `KeyboardInterrupt` at its end.

    Other threads get no signals, so that nothing changes for them.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = signal.signal(signal.SIGINT, interrupts.press)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupts.amount:
        raise KeyboardInterrupt
