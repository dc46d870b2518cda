"""Five type checkers on the static tests and the examples, from the installed wheel: `make types`.

Each must accept what is to be accepted and reject what is to be rejected (an ignore that is not needed is an error),
but for the false reports that `tests/static/false_reports.toml` lists, all of which must still be there.

Run in an environment that has the wheel, openai and the checkers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "tests" / "static"  # where the checkers run: a project of its own, as users have one
CODE = [".", *(str(path) for path in sorted((ROOT / "examples").glob("*.py")))]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Report:
    """What a checker says of a line, by the text of the line: numbers change with every edit."""

    checker: str
    file: str
    line: str
    code: str
    message: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.checker}: {self.file}: {self.code}: {self.message}\n    {self.line}"


def report(checker: str, path: str, number: int, code: str, message: str) -> Report:
    """A report, with the line looked up."""
    file = (STATIC / path).resolve()
    line = file.read_text(encoding="utf-8").splitlines()[number - 1].partition("  # ")[0].strip()
    return Report(checker, file.name, line, code, message)


# What each checker prints, as reports. `Any`, because it is JSON of others.


def _read_mypy(printed: str) -> Iterator[Report]:
    for line in printed.splitlines():
        found: Any = json.loads(line)
        if found["severity"] == "error":
            yield report("mypy", found["file"], found["line"], found["code"], found["message"])


def _pyright_reader(checker: str) -> Callable[[str], Iterator[Report]]:
    def read(printed: str) -> Iterator[Report]:
        found: Any
        for found in json.loads(printed)["generalDiagnostics"]:
            line = found["range"]["start"]["line"] + 1
            yield report(checker, found["file"], line, found.get("rule", "error"), found["message"])

    return read


def _read_ty(printed: str) -> Iterator[Report]:
    found: Any
    for found in json.loads(printed):
        place = found["location"]
        line = place["positions"]["begin"]["line"]
        yield report("ty", place["path"], line, found["check_name"], found["description"])


def _read_pyrefly(printed: str) -> Iterator[Report]:
    found: Any
    for found in json.loads(printed)["errors"]:
        yield report("pyrefly", found["path"], found["line"], found["name"], found["description"])


CHECKERS: dict[str, tuple[list[str], Callable[[str], Iterator[Report]]]] = {
    "mypy": (["--config-file=../../mypy.ini", "--output=json", "--no-error-summary", *CODE], _read_mypy),
    "pyright": (["--outputjson", f"--pythonpath={sys.executable}"], _pyright_reader("pyright")),
    "basedpyright": (["--outputjson", f"--pythonpath={sys.executable}"], _pyright_reader("basedpyright")),
    "ty": (["check", "--output-format=gitlab", f"--python={sys.prefix}", *CODE], _read_ty),
    "pyrefly": (["check", "--output-format=json", f"--python-interpreter-path={sys.executable}"], _read_pyrefly),
}


def check(checker: str) -> list[Report]:
    """Run one checker; what it reports, or an exit where it did not run."""
    arguments, read = CHECKERS[checker]
    process = subprocess.run(
        [BIN / checker, *arguments], cwd=STATIC, capture_output=True, text=True, timeout=600, check=False
    )
    if process.returncode not in (0, 1):  # 1 is: something was reported
        sys.exit(f"{checker} did not run:\n{process.stdout}{process.stderr}")
    return list(read(process.stdout))


def known() -> list[Report]:
    """The false reports that are expected."""
    listed = tomllib.loads((STATIC / "false_reports.toml").read_text(encoding="utf-8"))["report"]
    return [Report(item["checker"], item["file"], item["line"], item["code"]) for item in listed]


def main() -> int:
    """Run all checkers, print what is new and what is gone; 0 where neither is."""
    expected = Counter(known())
    wrong = 0
    with ThreadPoolExecutor(2) as threads:  # most of them take one core
        reports = dict(zip(CHECKERS, threads.map(check, CHECKERS), strict=True))
    for checker in CHECKERS:
        found = Counter(reports[checker])
        mine = Counter({item: count for item, count in expected.items() if item.checker == checker})
        new, gone = found - mine, mine - found
        for item in new.elements():
            print(item)
        for item in gone.elements():
            print(f"No longer reported, so take it out of false_reports.toml: {item}")
        wrong += new.total() + gone.total()
        outcome = "agrees" if not (new or gone) else f"{new.total()} new, {gone.total()} gone"
        print(f"{checker} {version(checker)}: {outcome}" + (f" ({mine.total()} known false)" if mine else ""))
    print(
        f"{len(CHECKERS)} checkers, openai {version('openai')}: {'all agree' if not wrong else f'{wrong} differences'}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
