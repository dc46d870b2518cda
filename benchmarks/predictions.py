"""A prediction from a document, beside the official SDK."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._environments import ROOT
from benchmarks._timing import Bench, Comparison, Result, alternate, joined, milliseconds, worker

DOCUMENT = ROOT / "examples" / "assets" / "invoice.pdf"
AMOUNT = 20
"""Predictions in a round."""


def measure(bench: Bench) -> Iterator[Result]:
    """One prediction at a time: of a URL, which is one request, and of a file, which is uploaded first."""
    if bench.official is None:
        return
    for what, argument in (
        ("`client.document.generate(url=...)`", ""),
        ("`client.document.generate(file=...)`, upload and all", str(DOCUMENT)),
    ):
        found: list[Comparison] = []
        for _ in range(bench.rounds(3)):
            with worker(bench.ours, bench.origin) as ours, worker(bench.official, bench.origin) as theirs:
                timers = (
                    ours.timer("vlmrun.predictions", AMOUNT, argument),
                    theirs.timer("official.predictions", AMOUNT, argument),
                )
                found.append(alternate(*timers, bench.rounds(30), 5))
        compared = bench.keep(f"{what}.vlmrun", f"{what}.official", joined(found))
        yield Result(what, milliseconds(compared.ours), "official SDK", milliseconds(compared.theirs), compared.ratio())
