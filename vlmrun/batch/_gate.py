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
_TRUST = 0.7
"""How much nearer a new rate is to the one that was refused than to the one that was let in; of their logarithms."""
_RETREAT = 0.95
"""The part of a refused rate that a new one is at most, unless more was let in."""
_CROSSING = (30.0, 15)
"""The seconds and the requests in which a new rate grows to the one that was refused before: both, at least."""
_LEAST_CROSSED = 0.03
"""The part by which it grows in this time at least."""
_GREATEST_STEP = 0.1
"""The part by which a rate grows in a second at most, and does while no greater rate was refused."""
_FASTER_AFTER = 60.0
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

    A refusal closes it for all requests until the time that the server names. The limit is then known to be between two
    rates: what was let in until the gate opens again, which is too little where the server does not keep what nobody
    took meanwhile, and the rate at which it refused. Requests are sent at a rate between the two, which grows to the
    greater in half a minute and beyond until the next refusal. So a wide gap is crossed fast, and a narrow one slowly.

    Args:
        per_minute: The greatest number of requests a minute, or `None` for as many as the server lets in.
    """

    def __init__(self, per_minute: float | None = None) -> None:
        self._cap = None if per_minute is None else per_minute / 60
        self._learned: float | None = None
        self._refused_rate: float | None = None  # at which the last refused request was sent
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
            self._refused_rate = self.rate(ticket)
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
        """A rate between the one that the server let in, since the gate opened and before, and the one it refused."""
        period = self._period
        if period is None:
            return
        seconds = max(self._closed_until - period.opened, 1e-3)
        requests = float(max(period.admitted - period.refused, 0))
        earlier_requests, earlier_seconds = self._before
        kept = min(1.0, max(_MEMORY - seconds, 0.0) / earlier_seconds) if earlier_seconds else 0.0
        requests, seconds = requests + kept * earlier_requests, seconds + kept * earlier_seconds
        self._measured = requests, seconds
        # Where nothing was let in, others have used up the limit, which says nothing of it but that there is one.
        let_in = max((requests or 1.0) / seconds * _CAUTION, _LEAST_RATE)
        if self._refused_rate is None:
            self._learned, self._step = let_in, _GREATEST_STEP
        else:
            refused = max(self._refused_rate, let_in)
            between = let_in ** (1 - _TRUST) * refused**_TRUST
            self._learned = max(let_in, min(between, refused * _RETREAT))
            crossing = max(_CROSSING[0], _CROSSING[1] / let_in)
            step = max((refused / self._learned) ** (1 / crossing) - 1, _LEAST_CROSSED / crossing)
            self._step = min(step, _GREATEST_STEP)
        self._since = self._next = self._closed_until

    def _grown(self, now: float) -> float | None:
        if self._learned is None:
            return None
        seconds = min(max(now - self._since, 0.0), _LONGEST_CLOSURE)
        growth: float = (1 + self._step) ** min(seconds * (1 + seconds / _FASTER_AFTER), _LONGEST_CLOSURE)
        return self._learned * growth
