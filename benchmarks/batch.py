"""Many documents: a job beside bare calls, its rate beside the limit of a server, and a million items."""

from __future__ import annotations

import heapq
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks._environments import clean_environment
from benchmarks._timing import Bench, Result, Spread, alternate, worker
from vlmrun.batch._gate import Gate

AMOUNT = 2000
CONCURRENCY = 100
LATENCY_MILLISECONDS = 50
MINUTES = 10
_MILLION = Path(__file__).with_name("_million.py")


def measure(bench: Bench) -> Iterator[Result]:
    """Against a server with latency, against limits in simulated time, and against a stub."""
    amount = AMOUNT // 10 if bench.is_quick else AMOUNT
    with worker(bench.ours, bench.origin) as side:
        argument = f"{CONCURRENCY} /latency-{LATENCY_MILLISECONDS}"
        compared = alternate(
            side.timer("vlmrun.batch", amount, argument),
            side.timer("vlmrun.runs", amount, argument),
            bench.rounds(5),
        )
    yield Result(
        f"{AMOUNT:,} documents at {LATENCY_MILLISECONDS} ms, {CONCURRENCY} at a time, per second",
        f"{1 / sorted(compared.ours)[len(compared.ours) // 2]:,.0f}",
        "`agent.run` without a journal",
        f"{1 / sorted(compared.theirs)[len(compared.theirs) // 2]:,.0f}",
        compared.speed(),
        target=0.9,
        at_least=True,
    )
    yield from _limits()
    items = 20_000 if bench.is_quick else 1_000_000
    found = json.loads(
        subprocess.run(
            [bench.ours.python, "-I", _MILLION, str(items)],
            check=True,
            capture_output=True,
            text=True,
            env=clean_environment(),
        ).stdout
    )
    yield Result(f"{items:,} items against a stub: items per second", f"{items / found['seconds']:,.0f}")
    yield Result(
        "... memory of the process after a tenth of them, and at the end",
        f"{found['early_memory'] / 1e6:.0f} MB, then {found['memory'] / 1e6:.0f} MB",
    )
    yield _figure("... bytes of the journal an item", found["bytes"], "bytes", 500)
    yield _figure("... seconds until a second run has found that nothing is left", found["resume"], "s", 10)


def _figure(what: str, value: float, unit: str, target: float) -> Result:
    return Result(what, f"{value:,.1f} {unit}", figure=Spread.of([value]), unit=unit, target=target)


def _limits() -> Iterator[Result]:
    """What is let in by servers with a limit, in simulated time: an hour takes a moment."""
    for what, per_minute, cap in (("known", 600, 600.0), ("unknown", 600, None), ("unknown", 100, None)):
        let_in, refused = _sent(per_minute, cap)
        part = let_in / (per_minute * MINUTES)
        yield Result(
            f"a limit of {per_minute} a minute, {what}: let in of what is allowed, from the second minute on",
            f"{part:.1%}, {refused:.2%} of requests refused",
            figure=Spread.of([part]),
            target=0.95 if cap else 0.9,
            at_least=True,
        )


def _sent(per_minute: int, cap: float | None) -> tuple[int, float]:
    """How many requests are let in, and which part is refused; both after the first minute."""
    gate = Gate(cap)
    burst = per_minute / 60 + 1
    tokens, last, now = burst, 0.0, 0.0
    let_in = sent = number = 0
    ends: list[tuple[float, int, float, float | None]] = []  # with a number, which tells equal times apart
    while now < 60 * (MINUTES + 1):
        if len(ends) < CONCURRENCY and gate.delay(now) <= 0:
            ticket = gate.admit(now)
            tokens, last = min(burst, tokens + (now - last) * per_minute / 60), now
            wait = None if tokens >= 1 else float(int((1 - tokens) * 60 / per_minute) + 1)
            tokens -= wait is None
            if now >= 60:
                sent += 1
                let_in += wait is None
            heapq.heappush(ends, (now + 0.05, number, ticket, wait))
            number += 1
            continue
        turn = now + max(gate.delay(now), 1e-3) if len(ends) < CONCURRENCY else float("inf")
        now = min(turn, ends[0][0] if ends else turn)
        while ends and ends[0][0] <= now:
            _, _, ticket, wait = heapq.heappop(ends)
            if wait is None:
                gate.accepted()
            else:
                gate.refused(now, ticket, wait)
    return let_in, 1 - let_in / sent
