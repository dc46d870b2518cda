"""Whether anything goes through at all: a circuit that opens when nothing does. It knows no clock and no network."""

from __future__ import annotations

__all__ = ["Circuit"]

_FAILURES = 10
"""Failures in a row, of any items, that open it."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


class Circuit:
    """Lets one request through at a time, ever more rarely, after many failures in a row and until one succeeds.

    Args:
        patience: Seconds after which it gives up.
    """

    def __init__(self, patience: float = 600.0) -> None:
        self._patience = patience
        self._failures = 0
        self._opened: float | None = None
        self._next = float("-inf")
        self._pause = _FIRST_PAUSE

    @property
    def is_open(self) -> bool:
        """Whether nothing goes through."""
        return self._opened is not None

    def delay(self, now: float) -> float:
        """Seconds until the next request may be tried."""
        return max(self._next - now, 0.0) if self.is_open else 0.0

    def admit(self, now: float) -> None:
        """Note that a request is sent now."""
        if self.is_open:
            self._next = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def succeeded(self) -> None:
        """Note that the server answered a request."""
        self._failures = 0
        self._opened = None
        self._pause = _FIRST_PAUSE

    def failed(self, now: float) -> None:
        """Note that a request failed in a way that may pass."""
        self._failures += 1
        if self._failures >= _FAILURES and self._opened is None:
            self._opened = now
            self._next = now + self._pause

    def gives_up(self, now: float) -> bool:
        """Whether nothing has gone through for so long that the job should end."""
        return self._opened is not None and now - self._opened >= self._patience
