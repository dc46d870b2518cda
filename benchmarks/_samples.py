"""Every measured value, in a file that `python -m pyperf` reads: its histograms and statistics are there to look at."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_pyperf: Any = importlib.import_module("pyperf")  # it has no types


class PyperfSamples:
    """Series of values, with what pyperf knows of the machine."""

    def __init__(self) -> None:
        self._benchmarks: list[Any] = []

    def add(self, name: str, values: Sequence[float]) -> None:
        """Keep the values of a series, in seconds."""
        run = _pyperf.Run(list(values), metadata={"name": name, "unit": "second"})
        self._benchmarks.append(_pyperf.Benchmark([run]))

    def machine(self) -> Mapping[str, object]:
        """What pyperf knows of the machine, by its names."""
        run = _pyperf.Run([1.0], metadata={"name": "machine"})
        metadata: Mapping[str, object] = run.get_metadata()
        return metadata

    def write(self, path: Path) -> None:
        """Write all series to a file."""
        if self._benchmarks:
            _pyperf.BenchmarkSuite(self._benchmarks).dump(str(path), replace=True)
