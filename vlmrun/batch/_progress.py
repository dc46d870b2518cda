"""How far a job is: counted, and in words."""

from __future__ import annotations

from collections.abc import Callable

from vlmrun.batch._states import State

__all__ = ["Progress", "in_words"]

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
