"""Many executions at once: submitted and awaited."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks._timing import Bench, Comparison, Curve, Result, alternate, worker

AMOUNT = 1000
THREADS = 32
WORK_MILLISECONDS = 2000
LATENCY_MILLISECONDS = 50
CONCURRENCIES = (1, 3, 10, 30, 100, 300, 1000)


def measure(bench: Bench) -> Iterator[Result | Curve]:
    """One async client beside the official SDK's threads; memory; and the curve."""
    yield from _memory(bench)
    yield from _curves(bench)
    with worker(bench.ours, bench.origin) as side:
        at_once = f"{AMOUNT} "
        yield _result(
            "which are done at once",
            alternate(
                side.timer("vlmrun.executions", AMOUNT, at_once),
                side.timer("httpx2.executions", AMOUNT, at_once),
                bench.rounds(5),
            ),
            "httpx2 and pydantic",
            None,
        )
    if bench.official is None:
        return
    for which, behaviour, amount, rounds in (
        ("which are done at once", "", AMOUNT, 4),
        # Its threads ask every five seconds, so that all thousand would take it minutes.
        (f"which take {WORK_MILLISECONDS / 1000:.0f} s", f"/work-{WORK_MILLISECONDS}", 3 * THREADS, 2),
    ):
        with worker(bench.ours, bench.origin) as ours, worker(bench.official, bench.origin) as theirs:
            compared = alternate(
                ours.timer("vlmrun.executions", AMOUNT, f"{AMOUNT} {behaviour}"),
                theirs.timer("official.executions", amount, f"{THREADS} {behaviour}"),
                1 if bench.is_quick else rounds,
                0 if behaviour else 1,
            )
        bench.keep(f"executions{behaviour}.vlmrun", f"executions{behaviour}.official", compared)
        yield _result(which, compared, f"official SDK, {THREADS} threads", 5)


def _result(which: str, compared: Comparison, beside: str, target: float | None) -> Result:
    return Result(
        f"{AMOUNT:,} executions {which}, per second",
        f"{1 / statistics.median(compared.ours):,.0f}",
        beside,
        f"{1 / statistics.median(compared.theirs):,.0f}",
        compared.speed(),
        target=target,
        at_least=True,
    )


def _memory(bench: Bench) -> Iterator[Result]:
    """What the memory of a process grows by when it does ten times as much."""
    more = 2 if bench.is_quick else 10
    with worker(bench.ours, bench.origin) as side:
        peaks: list[int] = []
        for amount in (AMOUNT, AMOUNT * more):
            side.seconds("vlmrun.executions", amount, "100")
            peaks.append(side.peak)
    yield Result(
        f"peak memory: {AMOUNT:,} executions, then {more} times as many, 100 at a time",
        f"{peaks[0] / 1e6:.1f} MB, then {peaks[1] / 1e6:.1f} MB",
    )


def _curves(bench: Bench) -> Iterator[Curve]:
    behaviour = f"/latency-{LATENCY_MILLISECONDS}"
    sides = [("vlmrun", bench.ours)]
    if bench.official is not None:
        sides.append(("official", bench.official))
    for name, environment in sides:
        points: list[tuple[int, float]] = []
        for concurrency in CONCURRENCIES:
            # So many rounds that opening the connections, which is done once, does not count for much.
            amount = min(20 * concurrency, 8 * AMOUNT)
            amount = max(concurrency, amount // 10) if bench.is_quick else amount
            with worker(environment, bench.origin) as side:
                side.seconds(f"{name}.executions", concurrency, f"{concurrency}")
                seconds = side.seconds(f"{name}.executions", amount, f"{concurrency} {behaviour}")
            points.append((concurrency, amount / seconds))
        yield Curve({"vlmrun": "AsyncVLMRun", "official": "official SDK, threads"}[name], tuple(points))
