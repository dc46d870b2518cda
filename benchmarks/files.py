"""A gigabyte up and down, beside a plain copy through a socket."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks._environments import BUILD, Environment
from benchmarks._timing import Bench, Result, alternate, worker

SIZE = 1 << 30
SMALL = 1 << 20


def measure(bench: Bench) -> Iterator[Result]:
    """Throughput in turn with a plain copy; peak memory, each in a process of its own."""
    size = SIZE // 16 if bench.is_quick else SIZE
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        large, small = Path(folder, "large.bin"), Path(folder, "small.bin")
        for path, length in ((large, size), (small, SMALL)):
            with path.open("wb") as file:
                file.truncate(length)
        for subject, plain, what in (
            ("vlmrun.forced_upload", "plain.upload", "upload of {}, `force=True`"),
            ("vlmrun.upload", "plain.upload", "upload of {}, digest and all"),
            ("vlmrun.download", "plain.download", "download of {}"),
        ):
            argument = folder if "download" in subject else str(large)
            with worker(bench.ours, bench.origin) as ours, worker(bench.ours, bench.origin) as theirs:
                compared = alternate(
                    partial(ours.seconds, subject, size, argument),
                    partial(theirs.seconds, plain, size, argument),
                    bench.rounds(4),
                )
            bench.keep(subject, f"{plain} ({subject})", compared)
            grown = _grown(bench.ours, bench.origin, subject, size, folder)
            yield Result(
                what.format(f"{size >> 20:,} MiB"),
                f"{_speed(size, compared.ours)}, memory + {grown / 1e6:.0f} MB",
                "plain copy",
                _speed(size, compared.theirs),
                compared.ratio(),
                "× the time of",
            )
        if bench.official is not None:
            for subject, what in (("official.upload", "upload of {}"), ("official.download", "download of {}")):
                with worker(bench.official, bench.origin) as that:
                    argument = folder if "download" in subject else str(large)
                    taken = [that.seconds(subject, size, argument) for _ in range(1 if bench.is_quick else 3)]
                bench.samples.add(subject, taken)
                grown = _grown(bench.official, bench.origin, subject, size, folder)
                yield Result(
                    what.format(f"{size >> 20:,} MiB"),
                    "",
                    "official SDK",
                    f"{_speed(size, taken)}, memory + {grown / 1e6:,.0f} MB",
                )


def _speed(size: int, seconds: list[float] | tuple[float, ...]) -> str:
    return f"{size / statistics.median(seconds) / 1e6:,.0f} MB/s"


def _grown(environment: Environment, origin: str, subject: str, size: int, folder: str) -> int:
    """By how many bytes the memory of a process grows that has passed something small, and then something large."""
    peaks: list[int] = []
    with worker(environment, origin) as side:
        for name, length in (("small.bin", SMALL), ("large.bin", size)):
            side.seconds(subject, length, folder if "download" in subject else str(Path(folder, name)))
            peaks.append(side.peak)
    return peaks[1] - peaks[0]
