"""Measures everything, or the groups that are named: `python -m benchmarks [--quick] [group ...]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import (
    batch,
    calls,
    checking,
    command,
    engines,
    executions,
    files,
    images,
    installation,
    pages,
    predictions,
    server,
    start,
)
from benchmarks._environments import BUILD, OFFICIAL, Environment, make, wheel
from benchmarks._picture import picture
from benchmarks._report import page
from benchmarks._samples import PyperfSamples
from benchmarks._server import running
from benchmarks._timing import Bench, Curve, Result

FOLDER = Path(__file__).parent

GROUPS: dict[str, Callable[[Bench], Iterable[Result | Curve]]] = {
    "start": start.measure,
    "command": command.measure,
    "calls": calls.measure,
    "installation": installation.measure,
    "files": files.measure,
    "predictions": predictions.measure,
    "executions": executions.measure,
    "engines": engines.measure,
    "checking": checking.measure,
    "images": images.measure,
    "pages": pages.measure,
    "server": server.measure,
    "batch": batch.measure,
}


def main() -> None:
    """Measure, and write the page and the picture: here after a full run of all, else where they are built."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("groups", nargs="*", metavar="group", help=f"what to measure: {', '.join(GROUPS)}")
    parser.add_argument("--quick", action="store_true", help="measure little, to see that all works")
    arguments = parser.parse_args()
    names: list[str] = arguments.groups or list(GROUPS)
    if unknown := set(names) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    samples = PyperfSamples()
    results: list[Result] = []
    curves: list[Curve] = []
    _say("installing each side")
    built = wheel()
    with running() as origin:
        bench = Bench(
            origin=origin,
            ours=make("ours", f"vlmrun[openai] @ {built.as_uri()}"),
            core=make("core", f"vlmrun @ {built.as_uri()}"),
            command=make("command", f"vlmrun[cli] @ {built.as_uri()}"),
            official=_official(),
            is_quick=arguments.quick,
            samples=samples,
        )
        begun = time.monotonic()
        for name in names:
            for found in GROUPS[name](bench):
                if isinstance(found, Curve):
                    curves.append(found)
                    _say(f"{name}: {found.name} {found.points}")
                else:
                    results.append(found)
                    _say(
                        f"{name}: {found.what}: {found.ours} | {found.beside} {found.theirs} | "
                        f"{found.figure} | met: {found.met}"
                    )
            _say(f"{name}: done after {time.monotonic() - begun:.0f} s")
    samples.write(BUILD / "samples.json")
    folder = FOLDER if names == list(GROUPS) and not arguments.quick else BUILD
    (folder / "RESULTS.md").write_text(page(bench, results, curves, samples.machine()), encoding="utf-8")
    (folder / "results.svg").write_text(picture(results, curves), encoding="utf-8")
    _say(f"wrote {folder / 'RESULTS.md'}")


def _official() -> Environment | None:
    try:
        return make("official", OFFICIAL, is_constrained=False)
    except subprocess.CalledProcessError:
        _say(f"{OFFICIAL} cannot be installed here: it is left out")
        return None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
