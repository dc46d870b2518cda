"""What two runs of the same tests say together."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Outcomes", "findings", "read_exceptions"]

Outcomes: TypeAlias = dict[str, str]
"""`passed`, `skipped` or `failed`, by the name of the test."""


def read_exceptions(path: Path) -> dict[str, str]:
    """The reasons why tests may be worse, by the name of the test without its parameters."""
    exceptions: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return exceptions


def findings(plain: Outcomes, ours: Outcomes, exceptions: Mapping[str, str]) -> list[str]:
    """What is wrong: a test that is worse and not excepted, and an exception that is not needed."""
    worse = {test for test, outcome in plain.items() if outcome == "passed" and ours.get(test) != "passed"}
    names = {_name(test) for test in worse}
    return [
        *(
            f"worse with ours: {test} ({ours.get(test, 'missing')})"
            for test in sorted(worse)
            if _name(test) not in exceptions
        ),
        *(f"not worse any more, take it from the list: {name}" for name in sorted(exceptions.keys() - names)),
    ]


def _name(test: str) -> str:
    return re.sub(r"\[.*\]$", "", test)
