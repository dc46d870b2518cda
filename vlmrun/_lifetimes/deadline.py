"""Deadlines."""

from __future__ import annotations

from vlmrun._lifetimes import waiting

__all__ = ["LAST_LOOK_SECONDS", "NEVER", "Deadline"]

LAST_LOOK_SECONDS = 0.1
"""What is kept of the time, to see what has come about by its end."""


class Deadline:
    """A moment, some seconds from when this is made, after which nobody waits any more."""

    def __init__(self, seconds: float | None) -> None:
        """Start the clock.

        Args:
            seconds: How long there is, or `None` for as long as it takes.
        """
        self.seconds = seconds
        self._moment = None if seconds is None else waiting.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds that are left: 0 once it has passed, `None` where there is no limit."""
        return None if self._moment is None else max(self._moment - waiting.monotonic(), 0.0)

    def rest(self) -> float | None:
        """As `left`, and never 0, so that there is a last look at what may have come about."""
        left = self.left()
        return None if left is None else max(left, LAST_LOOK_SECONDS)

    def is_before(self, seconds: float) -> bool:
        """Whether it passes within so many seconds."""
        left = self.left()
        return left is not None and left <= seconds


NEVER = Deadline(None)
