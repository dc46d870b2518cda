"""The command `vlmrun`: how long it takes to start, beside a Python that imports `typing`, and the official one."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._timing import Bench, Result, alternate, milliseconds, process, program

TYPING = "import typing"
TARGETS = {"--version": 2.0, "--help": 8.0}


def measure(bench: Bench) -> Iterator[Result]:
    """Whole processes, in turn."""
    python = bench.command.python
    for option, target in TARGETS.items():
        start = alternate(
            program(python.with_name("vlmrun"), option), process(python, TYPING), bench.rounds(60), warmups=2
        )
        bench.keep(f"command.vlmrun {option}", f"command.typing {option}", start)
        yield Result(
            f"`vlmrun {option}`",
            milliseconds(start.ours),
            "Python that imports `typing`",
            milliseconds(start.theirs),
            start.ratio(),
            target=target,
        )
        if bench.official is not None:
            official = alternate(
                program(python.with_name("vlmrun"), option),
                program(bench.official.python.with_name("vlmrun"), option),
                bench.rounds(12),
                warmups=2,
            )
            bench.keep(f"command.vlmrun {option} (2)", f"command.official {option}", official)
            yield Result(
                f"`vlmrun {option}`, beside the official one",
                milliseconds(official.ours),
                "official SDK",
                milliseconds(official.theirs),
                official.ratio(),
            )
