"""Many documents: a job beside bare calls, its rate beside the limit of a server, and a million items."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks._environments import clean_environment
from benchmarks._timing import Bench, Result, Spread, alternate, worker
from support.rates import Bucket, simulated
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
    yield from _slow_answers(bench)
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


def _slow_answers(bench: Bench) -> Iterator[Result]:
    """What one process reads where an answer takes as long as answers do."""
    for concurrency, rounds in ((100, 4), (500, 6)):
        amount = concurrency if bench.is_quick else concurrency * rounds
        with worker(bench.ours, bench.origin) as side:
            seconds = side.seconds("vlmrun.batch", amount, f"{concurrency} /latency-2000")
            peak = side.peak
        yield Result(
            f"{amount:,} documents at 2 s, {concurrency} at a time, per second",
            f"{amount / seconds:,.0f}, memory {peak / 1e6:.0f} MB",
        )


def _figure(what: str, value: float, unit: str, target: float) -> Result:
    return Result(what, f"{value:,.1f} {unit}", figure=Spread.of([value]), unit=unit, target=target)


def _limits() -> Iterator[Result]:
    """What is let in by servers with a limit, in simulated time: an hour takes a moment."""
    for what, per_minute, burst, cap in (
        ("known", 600, 11, 600.0),
        ("unknown", 600, 11, None),
        ("unknown, one request at once", 600, 1, None),
        ("unknown", 100, 2, None),
    ):
        server = Bucket(per_minute / 60, burst, rounds_up=True)
        sent = simulated(Gate(cap), server.ask, 60 * (MINUTES + 1), CONCURRENCY, LATENCY_MILLISECONDS / 1000)
        of_late = [one.was_let_in for one in sent if one.at >= 60]
        part = sum(of_late) / (per_minute * MINUTES)
        yield Result(
            f"a limit of {per_minute} a minute, {what}: let in of what is allowed, from the second minute on",
            f"{part:.1%}, {1 - sum(of_late) / len(of_late):.2%} of requests refused",
            figure=Spread.of([part]),
            target=0.95 if cap else 0.9,
            at_least=True,
        )
