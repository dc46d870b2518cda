"""Servers with a limit, and clients that follow a gate, in simulated time: an hour takes a moment.

`benchmarks/batch.py` uses it, too.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

REFUSAL_SECONDS = 0.01
"""How long a refused request takes."""


class SupportsTurns(Protocol):
    """What the simulation asks of a gate."""

    def delay(self, now: float) -> float: ...
    def admit(self, now: float) -> float: ...
    def accepted(self) -> None: ...
    def refused(self, now: float, ticket: float, retry_after: float | None) -> None: ...


@dataclass
class Bucket:
    """A server that lets in `rate` requests a second, and `burst` at once."""

    rate: float
    burst: int
    rounds_up: bool
    tokens: float = field(init=False)
    last: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = float(self.burst)

    def ask(self, now: float) -> float | None:
        """`None` if the request is let in, else seconds to wait."""
        self.tokens = min(self.burst, self.tokens + (now - self.last) * self.rate)
        self.last = now
        if self.tokens >= 1 - 1e-9:
            self.tokens -= 1
            return None
        seconds = (1 - self.tokens) / self.rate
        return float(int(seconds) + 1) if self.rounds_up else seconds


@dataclass
class Window:
    """A server that lets in a number of requests in each minute of its clock."""

    rate: float
    minute: int = -1
    amount: int = 0

    def ask(self, now: float) -> float | None:
        """`None` if the request is let in, else seconds to wait."""
        if now // 60 != self.minute:
            self.minute, self.amount = int(now // 60), 0
        if self.amount < round(self.rate * 60):
            self.amount += 1
            return None
        return 60 - now % 60


class Sent(NamedTuple):
    """A request of a simulation."""

    at: float
    was_let_in: bool


def simulated(
    gate: SupportsTurns, ask: Callable[[float], float | None], seconds: float, under_way: int, latency: float
) -> list[Sent]:
    """Send as many requests as the gate and the number of places let through."""
    sent: list[Sent] = []
    ends: list[tuple[float, int, float, float | None]] = []  # with a number, which tells equal times apart
    now = 0.0
    while now < seconds:
        if len(ends) < under_way and gate.delay(now) <= 0:
            ticket = gate.admit(now)
            wait = ask(now)
            sent.append(Sent(now, wait is None))
            heapq.heappush(ends, (now + (latency if wait is None else REFUSAL_SECONDS), len(sent), ticket, wait))
            continue
        turn = now + max(gate.delay(now), 1e-3) if len(ends) < under_way else float("inf")
        now = min(turn, ends[0][0] if ends else turn)
        while ends and ends[0][0] <= now:
            _, _, ticket, wait = heapq.heappop(ends)
            if wait is None:
                gate.accepted()
            else:
                gate.refused(now, ticket, wait)
    return sent
