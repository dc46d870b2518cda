"""`Extractor` on engines: the same documents by bare calls, by Daft, and by Ray Data.

Ray starts its workers anew for each table, and that is measured, too.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from benchmarks._environments import BUILD, ROOT, make
from benchmarks._timing import Bench, Result, alternate, worker

AMOUNT = 2000
AT_A_TIME = 100
BEHAVIOUR = "/latency-50"


def measure(bench: Bench) -> Iterator[Result]:
    """One process of each; Ray with two workers. What is beside is the bare client with `asyncio.gather`."""
    (wheel,) = (BUILD / "wheel").glob("*.whl")
    requirements = f"--requirement={ROOT / 'tools' / 'engines.txt'}"
    try:
        engines = make("engines", f"vlmrun[openai] @ {wheel.as_uri()}", requirements, is_constrained=False)
    except subprocess.CalledProcessError:
        print("the engines cannot be installed here: they are left out", file=sys.stderr)
        return
    amount = AMOUNT // 10 if bench.is_quick else AMOUNT
    for name, subject in (
        ("`Extractor`, one process", "vlmrun.extractor"),
        ("Daft, native", "daft.extractor"),
        ("Ray Data, two workers", "ray.extractor"),
    ):
        with worker(engines, bench.origin) as side, worker(engines, bench.origin) as bare:
            argument = f"{AT_A_TIME} {BEHAVIOUR}"
            compared = alternate(
                side.timer(subject, amount, argument),
                bare.timer("vlmrun.agent_run", amount, argument),
                1 if bench.is_quick else 3,
            )
        bench.keep(subject, f"vlmrun.agent_run ({subject})", compared)
        yield Result(
            f"{amount:,} documents at 50 ms a request, {AT_A_TIME} at a time, per second: {name}",
            f"{1 / statistics.median(compared.ours):,.0f}",
            "`agent.run` with `asyncio.gather`",
            f"{1 / statistics.median(compared.theirs):,.0f}",
            compared.speed(),
        )
