"""What type checkers pay for an application of twenty lines, beside the same on the bare OpenAI client."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks._environments import BUILD
from benchmarks._timing import Bench, Result, Timer, alternate

APPLICATIONS = Path(__file__).with_name("applications")


def measure(bench: Bench) -> Iterator[Result]:
    """Run mypy with an empty cache and with a full one, and pyright; each checks a copy that was just changed."""
    folder = BUILD / "checked"
    shutil.rmtree(folder, ignore_errors=True)
    python = str(bench.ours.python)
    tools = Path(sys.executable).parent

    def mypy(name: str, *, is_warm: bool) -> Timer:
        application, cache = _copy(folder, name), folder / f"cache-{name}"
        command: list[str | Path] = [
            tools / "mypy",
            "--strict",
            "--python-executable",
            python,
            "--cache-dir",
            cache,
            application,
        ]
        return _checked(command, application, None if is_warm else cache)

    def pyright(name: str) -> Timer:
        application = _copy(folder, name)
        return _checked([tools / "pyright", "--pythonpath", python, application], application, None)

    for what, timers, rounds, warmups in (
        ("mypy --strict, again after a change", (mypy("ours", is_warm=True), mypy("bare", is_warm=True)), 8, 2),
        ("pyright", (pyright("ours"), pyright("bare")), 4, 1),
        ("mypy --strict, for the first time", (mypy("ours", is_warm=False), mypy("bare", is_warm=False)), 3, 0),
    ):
        compared = alternate(*timers, 1 if bench.is_quick else rounds, warmups)
        bench.keep(f"{what}.vlmrun", f"{what}.openai", compared)
        ours, theirs = (f"{sorted(values)[len(values) // 2]:.2f} s" for values in (compared.ours, compared.theirs))
        yield Result(what, ours, "the same on bare OpenAI", theirs, compared.ratio(), target=1.1)


def _copy(folder: Path, name: str) -> Path:
    """A copy of an application, in a folder of its own, so that checkers see nothing else."""
    target = folder / name / "application.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(APPLICATIONS / f"{name}.py", target)
    return target


def _checked(command: Sequence[str | Path], application: Path, forgotten: Path | None) -> Timer:
    """A timer of a check, after a change to the application; what is to be forgotten is removed before."""

    def timer() -> float:
        if forgotten is not None:
            shutil.rmtree(forgotten, ignore_errors=True)
        with application.open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        start = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=application.parent)
        seconds = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(f"{application} does not check:\n{done.stdout}{done.stderr}")
        return seconds

    return timer
