"""The turns of requests: one after another through the gate and the circuit, first come, first served."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio

from vlmrun._lifetimes import waiting
from vlmrun.batch._circuit import Circuit
from vlmrun.batch._gate import Gate

__all__ = ["Pace"]

_LEAST_PAUSE = 0.001
"""Seconds: clocks do not tell shorter times apart."""
_EPOCH = 1e9
"""`X-RateLimit-Reset` from here on is a date, in seconds since 1970."""


class Pace:
    """Lets requests through, at the rate that the server lets in.

    Args:
        gate: The rate.
        circuit: Whether anything goes through.
        clock: The time.
    """

    def __init__(self, gate: Gate, circuit: Circuit, clock: Callable[[], float]) -> None:
        self.gate = gate
        self.circuit = circuit
        self._clock = clock
        self._polls_count = False
        self._lanes = {
            is_work: anyio.Lock(fast_acquire=True) for is_work in (True, False)
        }  # for what starts work, and for polls
        self.stopping = waiting.async_event()
        """Set when no new work may begin."""
        self.halted = waiting.async_event()
        """Set when nothing more may be sent."""

    async def turn(self, *, starts_work: bool) -> float | None:
        """Wait until a request may be sent; return its ticket, or `None` if it may not be sent any more.

        Args:
            starts_work: Whether it starts work. Polls are not slowed down, unless the server has refused one of them.
        """
        end = self.stopping if starts_work else self.halted
        async with self._lanes[starts_work]:
            while not end.is_set():
                now = self._clock()
                counts = starts_work or self._polls_count
                delay = max(self.gate.delay(now) if counts else self.gate.closure(now), self.circuit.delay(now))
                if delay <= 0:
                    self.circuit.admit(now)
                    return self.gate.admit(now) if counts else now
                await waiting.async_wait_for(end, max(delay, _LEAST_PAUSE))
        return None

    async def pause(self, seconds: float, *, starts_work: bool) -> None:
        """Wait some seconds, or until nothing may be sent any more."""
        await waiting.async_wait_for(self.stopping if starts_work else self.halted, seconds)

    def refused(self, ticket: float, retry_after: float | None, *, starts_work: bool) -> None:
        """Note that there were too many requests."""
        self._polls_count = self._polls_count or not starts_work
        self.gate.refused(self._clock(), ticket, retry_after)
        self.circuit.succeeded()

    def answered(self, headers: Mapping[str, str]) -> None:
        """Note that the server answered."""
        self.gate.accepted()
        self.circuit.succeeded()
        if headers.get("x-ratelimit-remaining") == "0":
            self.gate.limited(self._clock(), 0, _reset(headers))

    def failed(self) -> None:
        """Note a failure that may pass."""
        self.circuit.failed(self._clock())


def _reset(headers: Mapping[str, str]) -> float:
    """Seconds until there are requests again: what the server says, else one."""
    try:
        seconds = float(headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return 1.0
    return max(seconds - waiting.time() if seconds >= _EPOCH else seconds, 0.0) if seconds < float("inf") else 1.0
