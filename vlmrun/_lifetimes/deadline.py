"""Deadlines."""

from __future__ import annotations

from vlmrun._lifetimes import waiting

__all__ = ["LAST_LOOK_SECONDS", "NEVER", "Deadline"]

LAST_LOOK_SECONDS = 0.1
"""Seconds reserved at the end, for a last look at the result."""


class Deadline:
    """A point in time, a number of seconds after this object is created."""

    def __init__(self, seconds: float | None) -> None:
        """Start the clock.

        Args:
            seconds: Seconds until the deadline, or `None` for no limit.
        """
        self.seconds = seconds
        self._moment = None if seconds is None else waiting.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds left: 0 once the deadline has passed, `None` if there is no limit."""
        return None if self._moment is None else max(self._moment - waiting.monotonic(), 0.0)

    def rest(self) -> float | None:
        """Like `left`, but never 0, so that there is time for a last look at the result."""
        left = self.left()
        return None if left is None else max(left, LAST_LOOK_SECONDS)

    def is_before(self, seconds: float) -> bool:
        """Whether the deadline passes within this many seconds."""
        left = self.left()
        return left is not None and left <= seconds


NEVER = Deadline(None)
