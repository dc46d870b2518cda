"""What `pip install` brings."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._environments import Environment
from benchmarks._timing import Bench, Result


def measure(bench: Bench) -> Iterator[Result]:
    """Distributions and megabytes, without byte code."""
    beside = "" if bench.official is None else f"official SDK {_described(bench.official)}"
    yield Result("`pip install vlmrun`", _described(bench.core), beside)
    yield Result('`pip install "vlmrun[openai]"`', _described(bench.ours), beside)


def _described(environment: Environment) -> str:
    return f"{len(environment.versions)} distributions, {environment.size / 1e6:.1f} MB"
