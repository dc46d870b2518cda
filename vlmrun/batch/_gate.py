"""How fast requests may be sent: a gate that follows the server. It knows no clock and no network."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Gate", "Rates"]

_LEAST_RATE = 1 / 60
"""Requests a second that are always tried: one a minute."""
_LONGEST_CLOSURE = 3600.0
"""Seconds. A server that asks for more is asked again after an hour."""
_FIRST_CLOSURE = 1.0
_LONGEST_OWN_CLOSURE = 60.0
"""Seconds to wait after a refusal that does not say how long: doubled from the first to the longest."""
_CAUTION = 0.98
"""The part of the measured rate to start from, so that it is approached from below."""
_BURST_SECONDS = 0.25
"""How much time may be made up for after the process was busy with something else."""
_MEMORY = 60.0
"""Seconds that a measurement rests on at most."""
_STEPS_UP = (0.003, 0.1)
"""The least and the greatest part by which a learned rate grows in a second."""
_FASTER_AFTER = 120.0
"""Seconds without a refusal after which it grows twice as fast."""


@dataclass
class Rates:
    """What was sent since the gate last opened."""

    opened: float
    """When it opened."""
    admitted: int = 0
    """Requests that were let through."""
    refused: int = 0
    """Those of them that the server refused."""


class Gate:
    """Decides when the next request may be sent.

    A refusal closes it for all requests until the time that the server names. Between two refusals the server has let
    in as many requests as it ever will, so their number by the time between them is its rate. Requests are then sent at
    this rate, which grows until the next refusal: fast if it was measured in a short time, slowly if in a long one.

    Args:
        per_minute: The greatest number of requests a minute, or `None` for as many as the server lets in.
    """

    def __init__(self, per_minute: float | None = None) -> None:
        self._cap = None if per_minute is None else per_minute / 60
        self._learned: float | None = None
        self._since = 0.0
        self._step = 0.0
        self._next = float("-inf")
        self._closed_until = float("-inf")
        self._refusals_in_a_row = 0
        self._period: Rates | None = None
        # Requests and seconds: of the periods before this one, and with it. The first period does not count, because a
        # server may let in a burst at first.
        self._before = (0.0, 0.0)
        self._measured: tuple[float, float] | None = None
        self._is_first = True

    def rate(self, now: float) -> float | None:
        """Requests a second that are let through; `None` while no limit is known."""
        learned = self._grown(now)
        if learned is None or self._cap is None:
            return self._cap if learned is None else learned
        return min(learned, self._cap)

    def delay(self, now: float) -> float:
        """Seconds until the next request may be sent; 0 if it may be sent now."""
        return max(self._closed_until - now, self._next - now, 0.0)

    def closure(self, now: float) -> float:
        """Seconds until the gate opens for requests that the limit does not count."""
        return max(self._closed_until - now, 0.0)

    def admit(self, now: float) -> float:
        """Note that a request is sent now, and return its ticket, which `refused` takes."""
        period = self._period
        if period is None or period.refused:
            if self._measured is not None:
                self._before = (0.0, 0.0) if self._is_first else self._measured
                self._is_first = False
            period = self._period = Rates(now)
        period.admitted += 1
        rate = self.rate(now)
        if rate is not None:
            # What was missed while the process was busy is made up for, up to a short burst.
            self._next = max(self._next, now - min(_BURST_SECONDS, 1 / rate)) + 1 / rate
        return now

    def accepted(self) -> None:
        """Note that the server let a request in."""
        self._refusals_in_a_row = 0

    def refused(self, now: float, ticket: float, retry_after: float | None) -> None:
        """Note that the server refused a request because there were too many.

        Args:
            now: The time.
            ticket: The ticket of the request.
            retry_after: Seconds that the server asks to wait, or `None`.
        """
        period = self._period
        if period is None or ticket < period.opened:  # sent before the gate was closed: it says nothing new
            self._extend(now, retry_after or 0.0)
            return
        period.refused += 1
        if period.refused == 1:
            self._refusals_in_a_row += 1
            if retry_after is None:
                retry_after = min(_FIRST_CLOSURE * 2.0 ** (self._refusals_in_a_row - 1), _LONGEST_OWN_CLOSURE)
            self._extend(now, retry_after)
        else:
            self._extend(now, retry_after or 0.0)
        self._learn()

    def limited(self, now: float, remaining: int, reset: float) -> None:
        """Note what the server says of its limit: so many requests are left, for so many seconds.

        Args:
            now: The time.
            remaining: Requests that are left.
            reset: Seconds until there are more.
        """
        if remaining <= 0:
            self._extend(now, reset)

    def _extend(self, now: float, seconds: float) -> None:
        self._closed_until = max(self._closed_until, now + min(seconds, _LONGEST_CLOSURE))

    def _learn(self) -> None:
        """The rate that the server let in since the gate opened, and what was known before."""
        period = self._period
        if period is None:
            return
        seconds = max(self._closed_until - period.opened, 1e-3)
        requests = float(max(period.admitted - period.refused, 0))
        earlier_requests, earlier_seconds = self._before
        kept = min(1.0, max(_MEMORY - seconds, 0.0) / earlier_seconds) if earlier_seconds else 0.0
        requests, seconds = requests + kept * earlier_requests, seconds + kept * earlier_seconds
        self._measured = requests, seconds
        self._learned = max(requests / seconds * _CAUTION, _LEAST_RATE)
        self._since = self._next = self._closed_until
        least, greatest = _STEPS_UP
        self._step = min(max(0.5 / seconds, least), greatest) if seconds < _MEMORY / 2 else least

    def _grown(self, now: float) -> float | None:
        if self._learned is None:
            return None
        seconds = min(max(now - self._since, 0.0), _LONGEST_CLOSURE)
        growth: float = (1 + self._step) ** min(seconds * (1 + seconds / _FASTER_AFTER), _LONGEST_CLOSURE)
        return self._learned * growth
