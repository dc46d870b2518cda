"""What `pip install` brings."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._environments import Environment
from benchmarks._timing import Bench, Result


def measure(bench: Bench) -> Iterator[Result]:
    """Distributions and megabytes, without byte code."""
    beside, theirs = "", ""
    if bench.official is not None:
        beside, theirs = "official SDK", _described(bench.official)
    yield Result("`pip install vlmrun`", _described(bench.core), beside, theirs)
    yield Result('`pip install "vlmrun[openai]"`', _described(bench.ours), beside, theirs)


def _described(environment: Environment) -> str:
    return f"{len(environment.versions)} distributions, {environment.size / 1e6:.1f} MB"
