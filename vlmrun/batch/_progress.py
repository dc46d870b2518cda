"""How far a job is, on a terminal: a bar with rich, a line without."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from typing_extensions import Self

from vlmrun.batch._states import State

__all__ = ["Bar", "Progress", "bar_of"]

_SECONDS_BETWEEN_LINES = 0.25
_ANSWERS = 200
"""The newest answers, of which the rate is measured."""


class Progress:
    """Counts what a job has done since it began.

    Args:
        clock: The time.
        total: How many items there are, as far as it is known.
    """

    def __init__(self, clock: Callable[[], float], total: int = 0) -> None:
        self._clock = clock
        self.total = total
        self.done = 0
        self.failed = 0
        self.credits = 0.0
        self._ends: list[float] = []
        self._began = clock()

    def see(self, state: State, cost: float | None) -> None:
        """Note that an item came to a state."""
        if state in (State.DONE, State.FAILED):
            self.done += state is State.DONE
            self.failed += state is State.FAILED
            self.credits += cost or 0.0
            self._ends = [*self._ends[-_ANSWERS:], self._clock()]

    @property
    def ended(self) -> int:
        """How many items have ended."""
        return self.done + self.failed

    def per_minute(self) -> float:
        """Items that end in a minute, of late."""
        first = self._ends[0] if len(self._ends) > _ANSWERS else self._began
        seconds = self._clock() - first
        return 60 * len(self._ends) / seconds if self._ends and seconds > 0 else 0.0

    def seconds_left(self) -> float | None:
        """Seconds until all known items have ended; `None` if nobody can tell."""
        rate = self.per_minute()
        return 60 * max(self.total - self.ended, 0) / rate if rate else None

    def line(self) -> str:
        """All of it in words."""
        left = self.seconds_left()
        words = [f"{self.done:,} of {self.total:,} done", f"{self.failed:,} failed", f"{self.per_minute():,.0f}/min"]
        if left is not None and self.ended < self.total:
            words.append(f"{in_words(left)} left")
        if self.credits:
            words.append(f"{self.credits:,.1f} credits")
        return ", ".join(words)


def in_words(seconds: float) -> str:
    """A time as people say it: `45 s`, `12 min`, `3.5 h`."""
    if seconds < 90:  # a minute and a half
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"  # an hour and a half


class Bar(AbstractContextManager["Bar"], Protocol):
    """Shows progress while its block runs."""

    def show(self, progress: Progress) -> None:
        """Show it, if it is time."""
        ...


def bar_of(stream: TextIO, clock: Callable[[], float]) -> Bar:
    """The bar for a stream: of rich, if it is installed."""
    try:
        from vlmrun.batch._rich_bar import RichBar
    except ImportError:
        return _Line(stream, clock)
    return RichBar(stream)


class _Line:
    """One line that is written over."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._shown = float("-inf")
        self._last: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._last is not None:
            self._write(self._last)
            self._stream.write("\n")
            self._stream.flush()

    def show(self, progress: Progress) -> None:
        self._last = progress
        if self._clock() - self._shown >= _SECONDS_BETWEEN_LINES:
            self._write(progress)

    def _write(self, progress: Progress) -> None:
        self._shown = self._clock()
        self._stream.write(f"\r\033[K{progress.line()}")
        self._stream.flush()


def is_wanted(asked: bool | None) -> bool:
    """Whether to show a bar: if asked, or on a terminal."""
    return sys.stderr.isatty() if asked is None else asked
