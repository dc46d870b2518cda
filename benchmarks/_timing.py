"""Two sides, in turn, and the ratios that come of it."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks._environments import Environment, clean_environment

_WORKER = Path(__file__).with_name("_worker.py")


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of some values."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass(frozen=True)
class Comparison:
    """Two sides, measured in turn."""

    ours: tuple[float, ...]
    """What this package took each time, in seconds."""
    theirs: tuple[float, ...]
    """What the other side took just before or after."""

    def ratio(self) -> Spread:
        """How many times as long this package takes."""
        return Spread.of([ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)])

    def speed(self) -> Spread:
        """How many times as fast this package is."""
        return Spread.of([theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)])

    def difference(self) -> Spread:
        """By how many seconds this package takes longer."""
        return Spread.of([ours - theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)])


Timer = Callable[[], float]
"""Does something, and says how many seconds that took."""


def alternate(ours: Timer, theirs: Timer, rounds: int, warmups: int = 1) -> Comparison:
    """Measure two sides in turn; who goes first changes with each round, as the first may pay for something."""
    for _ in range(warmups):
        ours()
        theirs()
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        sides = [(ours, seconds[0]), (theirs, seconds[1])]
        for timer, taken in reversed(sides) if number % 2 else sides:
            taken.append(timer())
    return Comparison(tuple(seconds[0]), tuple(seconds[1]))


def joined(comparisons: Sequence[Comparison]) -> Comparison:
    """Comparisons of the same two sides as one."""
    return Comparison(
        tuple(value for comparison in comparisons for value in comparison.ours),
        tuple(value for comparison in comparisons for value in comparison.theirs),
    )


def process(python: Path, code: str) -> Timer:
    """A timer of a process from its start to its end."""
    return _run([python, "-I", "-c", code])


def _run(arguments: Sequence[str | Path]) -> Timer:
    environment = clean_environment()

    def timer() -> float:
        start = time.perf_counter()
        subprocess.run(arguments, check=True, env=environment, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    return timer


def program(path: Path, *arguments: str) -> Timer:
    """A timer of an installed command from its start to its end."""
    return _run([path, *arguments])


@dataclass
class Worker:
    """A process that does what `_worker.py` knows."""

    _process: subprocess.Popen[str]
    peak: int = field(default=0, init=False)
    """The most memory that it has had, in bytes."""

    def seconds(self, subject: str, amount: int, argument: str = "") -> float:
        """Do so much of something: how many seconds it took."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps([subject, amount, argument]) + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise RuntimeError(f"{subject} has failed; see above.")
        seconds, self.peak = json.loads(answer)
        return float(seconds)

    def timer(self, subject: str, amount: int, argument: str = "") -> Timer:
        """A timer of so much of something, for one."""
        return lambda: self.seconds(subject, amount, argument) / amount


@contextmanager
def worker(environment: Environment, origin: str) -> Generator[Worker, None, None]:
    """A worker within an environment, against the server at an origin."""
    with subprocess.Popen(
        [environment.python, "-I", "-W", "ignore", str(_WORKER), origin],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as started:
        try:
            yield Worker(started)
        finally:
            started.kill()


# What comes of it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """A row of the page."""

    what: str
    """What was measured."""
    ours: str
    """What this package takes, in words."""
    beside: str = ""
    """Who stands beside it."""
    theirs: str = ""
    """What that takes, in words."""
    figure: Spread | None = None
    """What the target is about; `None` where nothing is compared."""
    unit: str = "×"
    """The unit of the figure, before the name of who stands beside."""
    target: float | None = None
    """What the figure is to be; `None` where nothing was promised."""
    at_least: bool = False
    """Whether the target is a lower bound."""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; `None` where there is none."""
        if self.target is None or self.figure is None:
            return None
        return self.figure.median >= self.target if self.at_least else self.figure.median <= self.target


@dataclass(frozen=True)
class Curve:
    """A line of the picture: what it is of, and its points."""

    name: str
    points: tuple[tuple[int, float], ...]


class Samples(Protocol):
    """Keeps every measured value."""

    def add(self, name: str, values: Sequence[float]) -> None:
        """Keep the values of a series, in seconds."""


@dataclass(frozen=True)
class Bench:
    """What a group of measurements has at hand."""

    origin: str
    """Where the server is."""
    ours: Environment
    """Where this package is installed, with openai, in its wheel."""
    core: Environment
    """The same without openai."""
    command: Environment
    """This package with the command `vlmrun`."""
    official: Environment | None
    """Where the official SDK is installed; `None` where it cannot be."""
    is_quick: bool
    """Whether to measure little, to see that all works."""
    samples: Samples
    """Where measured values are kept."""

    def rounds(self, full: int) -> int:
        """How often to measure what is measured so often in a full run."""
        return max(3, full // 10) if self.is_quick else full

    def keep(self, ours: str, theirs: str, comparison: Comparison) -> Comparison:
        """Keep the values of a comparison, under the names of its sides."""
        self.samples.add(ours, comparison.ours)
        self.samples.add(theirs, comparison.theirs)
        return comparison


def in_words(figure: float) -> str:
    """A figure as it is written: near to 1 a thousandth counts."""
    return f"{figure:.3f}" if figure < 2 else f"{figure:.3g}"


def milliseconds(values: Sequence[float]) -> str:
    """The median of seconds, in words."""
    seconds = statistics.median(values)
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.01 else f"{seconds * 1e3:.0f} ms"
