"""Many executions at once: submitted and awaited."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks._environments import Environment
from benchmarks._timing import Bench, Curve, Result, alternate, worker

AMOUNT = 1000
THREADS = 32
WORK_MILLISECONDS = 2000
LATENCY_MILLISECONDS = 50
CONCURRENCIES = (1, 3, 10, 30, 100, 300, 1000)


def measure(bench: Bench) -> Iterator[Result | Curve]:
    """One async client beside the official SDK's threads; memory; and the curve."""
    yield from _memory(bench)
    yield from _curves(bench)
    if bench.official is not None:
        yield _beside(bench, bench.official, "which are done at once", "", AMOUNT, 5)
        # Its threads ask every five seconds, so that all thousand would take it minutes.
        behaviour = f"/work-{WORK_MILLISECONDS}"
        yield _beside(bench, bench.official, f"which take {WORK_MILLISECONDS / 1000:.0f} s", behaviour, 10 * THREADS, 1)


def _beside(bench: Bench, official: Environment, which: str, behaviour: str, amount: int, rounds: int) -> Result:
    amount = amount // 10 if bench.is_quick else amount
    rounds = 1 if bench.is_quick else rounds
    with worker(bench.ours, bench.origin) as ours, worker(official, bench.origin) as theirs:
        compared = alternate(
            ours.timer("vlmrun.executions", AMOUNT, f"{AMOUNT} {behaviour}"),
            theirs.timer("official.executions", amount, f"{THREADS} {behaviour}"),
            rounds,
            0 if behaviour else 1,
        )
    bench.keep(f"executions{behaviour}.vlmrun", f"executions{behaviour}.official", compared)
    return Result(
        f"{AMOUNT:,} executions {which}, submitted and awaited, per second",
        f"{1 / statistics.median(compared.ours):,.0f}",
        f"official SDK, {THREADS} threads: {1 / statistics.median(compared.theirs):,.0f}",
        compared.speed(),
        "× as many",
        5,
        at_least=True,
    )


def _memory(bench: Bench) -> Iterator[Result]:
    """What the memory of a process grows by when it does ten times as much."""
    with worker(bench.ours, bench.origin) as side:
        peaks: list[int] = []
        for amount in (AMOUNT, AMOUNT * (2 if bench.is_quick else 10)):
            side.seconds("vlmrun.executions", amount, "100")
            peaks.append(side.peak)
    yield Result(
        f"peak memory: {AMOUNT:,} executions, then ten times as many, 100 at a time",
        f"{peaks[0] / 1e6:.1f} MB, then {peaks[1] / 1e6:.1f} MB",
        "",
    )


def _curves(bench: Bench) -> Iterator[Curve]:
    behaviour = f"/latency-{LATENCY_MILLISECONDS}"
    sides = [("vlmrun", bench.ours)]
    if bench.official is not None:
        sides.append(("official", bench.official))
    for name, environment in sides:
        points: list[tuple[int, float]] = []
        for concurrency in CONCURRENCIES:
            # At least twenty rounds of as many as go at once, and two of the most.
            amount = min(20 * concurrency, 2 * AMOUNT)
            amount = max(concurrency, amount // 10) if bench.is_quick else amount
            with worker(environment, bench.origin) as side:
                side.seconds(f"{name}.executions", concurrency, f"{concurrency}")
                seconds = side.seconds(f"{name}.executions", amount, f"{concurrency} {behaviour}")
            points.append((concurrency, amount / seconds))
        yield Curve({"vlmrun": "AsyncVLMRun", "official": "official SDK, threads"}[name], tuple(points))
