"""The gate: requests are never sent faster than allowed for longer than a burst, and the rate of a server is found.

The server is simulated, and so is the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.broken import breaks
from support.rates import Bucket, SupportsTurns, Window, simulated
from vlmrun.batch._circuit import Circuit
from vlmrun.batch._gate import Gate

# Never faster than allowed --------------------------------------------------------------------------------------------


class Capped(NamedTuple):
    """A job with a limit of its own."""

    per_minute: float
    under_way: int
    latency: float


capped = st.builds(Capped, st.floats(1, 6000), st.integers(1, 200), st.floats(0, 5))


def never_faster(make: Callable[[float], SupportsTurns], example: Capped) -> None:
    """In no minute are there more requests than allowed, but for a quarter of a second's worth and one."""
    sent = simulated(make(example.per_minute), lambda _: None, 90, example.under_way, example.latency)
    times = [one.at for one in sent]
    most = example.per_minute + example.per_minute / 240 + 1
    first = 0
    for last, time in enumerate(times):
        while time - times[first] >= 60:
            first += 1
        assert last - first + 1 <= most + 1


@settings(max_examples=15)
@given(capped)
def test_never_faster_than_allowed(example: Capped) -> None:
    """Whatever the server lets in."""
    never_faster(Gate, example)


class PerWorker(Gate):
    """Broken: each of four workers has the whole limit."""

    def __init__(self, per_minute: float | None = None) -> None:
        super().__init__(None if per_minute is None else 4 * per_minute)


class WithoutSpacing(Gate):
    """Broken: the limit is not kept."""

    def delay(self, now: float) -> float:
        return self.closure(now)


@pytest.mark.parametrize("broken", [PerWorker, WithoutSpacing])
def test_a_gate_that_is_too_fast_is_noticed(broken: type[Gate]) -> None:
    """A rate per worker, and none at all."""
    slow = st.builds(Capped, st.floats(10, 60), st.integers(20, 50), st.just(0.1))
    assert breaks(lambda example: never_faster(broken, example), slow)


# The server is followed -----------------------------------------------------------------------------------------------


class Limit(NamedTuple):
    """A server whose limit nobody knows."""

    per_minute: int
    is_window: bool
    burst: int
    rounds_up: bool
    latency: float

    def server(self) -> Callable[[float], float | None]:
        if self.is_window:
            return Window(self.per_minute / 60).ask
        return Bucket(self.per_minute / 60, self.burst, self.rounds_up).ask


limits = st.builds(
    Limit, st.integers(10, 1200), st.booleans(), st.integers(1, 600), st.booleans(), st.floats(0.05, 2.0)
)


def is_found(make: Callable[[], SupportsTurns], limit: Limit) -> None:
    """After a minute, what is let in is within a tenth of what the server would let in; few requests are refused."""
    sent = simulated(make(), limit.server(), 240, 100, limit.latency)
    of_late = [one for one in sent if one.at >= 60]
    let_in = sum(one.was_let_in for one in of_late)
    allowed = min(limit.per_minute * 3, 100 / limit.latency * 180)
    assert let_in >= 0.9 * allowed
    assert len(of_late) - let_in <= 0.1 * len(of_late) + 5


@settings(max_examples=15)
@given(limits)
def test_an_unknown_limit_is_found(limit: Limit) -> None:
    """Within a minute, whatever way the server counts."""
    is_found(Gate, limit)


@pytest.mark.parametrize("per_minute", [60, 600, 1200])
def test_an_unknown_limit_without_a_burst_is_found(per_minute: int) -> None:
    """Though `Retry-After` is in seconds, and a server that keeps nothing loses up to one with each refusal."""
    is_found(Gate, Limit(per_minute, is_window=False, burst=1, rounds_up=True, latency=0.05))


@pytest.mark.parametrize("per_minute", [60, 600, 1200])
def test_an_unknown_limit_that_was_used_up_is_found(per_minute: int) -> None:
    """By another job, a moment before: the first requests are all refused, which says nothing of the rate."""
    server = Bucket(per_minute / 60, 1, rounds_up=True)
    server.tokens = 0.0
    sent = simulated(Gate(), server.ask, 240, 100, 0.05)
    let_in = sum(one.was_let_in for one in sent if one.at >= 60)
    assert let_in >= 0.9 * per_minute * 3


def test_a_known_limit_is_used() -> None:
    """At least 95 % of 600 a minute, and at most 2 % are refused."""
    sent = simulated(Gate(600), Bucket(10, 11, rounds_up=True).ask, 180, 100, 0.05)
    let_in = sum(one.was_let_in for one in sent)
    assert let_in >= 0.95 * 1800
    assert len(sent) - let_in <= 0.02 * len(sent)


class Deaf(Gate):
    """Broken: nothing is learned of a refusal but when to come back."""

    def _learn(self) -> None:
        pass


class Timid(Gate):
    """Broken: a learned rate never grows."""

    def _grown(self, now: float) -> float | None:
        del now
        return self._learned


class Averaging(Gate):
    """Broken: what was let in is taken for the limit, and the rate that was refused says nothing."""

    def _learn(self) -> None:
        self._refused_rate = None
        super()._learn()


@pytest.mark.parametrize("broken", [Deaf, Timid, Averaging])
def test_a_gate_that_does_not_learn_is_noticed(broken: type[Gate]) -> None:
    """One that is always refused again, and two that stay below what they could have."""
    some = st.builds(Limit, st.integers(60, 600), st.just(False), st.integers(1, 10), st.just(True), st.just(0.05))
    assert breaks(lambda limit: is_found(broken, limit), some)


@given(st.floats(0, 3000), st.lists(st.floats(0, 10), max_size=5))
def test_nobody_passes_a_closed_gate(retry_after: float, later: list[float]) -> None:
    """Until the time that the server has named."""
    gate = Gate()
    ticket = gate.admit(0.0)
    gate.refused(1.0, ticket, retry_after)
    for moment in later:
        now = 1.0 + min(moment, retry_after)
        assert gate.delay(now) >= 1.0 + retry_after - now - 1e-6
        assert gate.closure(now) >= 1.0 + retry_after - now - 1e-6


def test_no_herd() -> None:
    """When the gate opens, requests come one after another."""
    gate = Gate()
    tickets = [gate.admit(0.0) for _ in range(100)]
    for ticket in tickets[30:]:
        gate.refused(0.1, ticket, 30.0)
    now = 30.2
    assert gate.delay(now) <= 0
    gate.admit(now)
    assert gate.delay(now) > 0.5


# The circuit ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=60))
def test_the_circuit(outcomes: list[bool]) -> None:
    """It is open after ten failures in a row and until the next success; then it lets one through at a time."""
    circuit = Circuit(patience=600)
    failures = 0
    now = 0.0
    for is_success in outcomes:
        now += circuit.delay(now)
        assert circuit.delay(now) <= 1e-9
        circuit.admit(now)
        assert not circuit.is_open or circuit.delay(now) >= 1.0
        if is_success:
            circuit.succeeded()
        else:
            circuit.failed(now)
        failures = 0 if is_success else failures + 1
        assert circuit.is_open == (failures >= 10)
    assert not circuit.gives_up(now) or failures >= 10
