"""`make soak` accounts for every call: what it must find, it finds."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from vlmrun.client.exceptions import DependencyError

pytest.importorskip("openai", reason="half of the calls are OpenAI's")
pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(Path(__file__).parents[2] / "tools"))
soak = importlib.import_module("soak")

PLAN = [(0, "execute"), (1, "chat")]
WORK = {"execution 0": 1, "chat 1": 1}
STILL = [soak.Tenth(calls=1, peak=100, descriptors=9, threads=1)] * 2


def findings(outcomes: list[str | None], work: dict[str, int] = WORK, tenths: list[Any] = STILL) -> int:
    """How many findings a soak has that came to this."""
    ledger = soak.Ledger(len(PLAN))
    for number, outcome in enumerate(outcomes):
        if outcome is not None:
            ledger.enter(number, outcome)
    found: int = soak.report(PLAN, ledger, work, tenths, 1.0)
    return found


ALL_WELL: list[str | None] = ["answer", "answer"]


def test_calls_that_are_accounted_for_are_no_findings() -> None:
    """Answers with work, and right errors with or without."""
    assert findings(ALL_WELL) == 0
    assert findings(["NetworkError", "APIConnectionError"]) == 0
    assert findings(["NetworkError", "APIConnectionError"], {}) == 0
    assert findings(ALL_WELL, {"execution 0": 1, "chat 1": soak.RETRIES + 1}) == 0


def test_whatever_must_not_be_is_found() -> None:
    """A call that came to nothing, to a short answer or a wrong error; work that was done twice, or not."""
    assert findings(["answer", None]) == 1
    assert findings(["answer", "SHORT"]) == 1
    assert findings(["answer", "WRONG KeyError: 'choices'"]) == 1
    assert findings(ALL_WELL, {"execution 0": 2, "chat 1": 1}) == 1
    assert findings(ALL_WELL, {"execution 0": 1, "chat 1": soak.RETRIES + 2}) == 1
    assert findings(ALL_WELL, {"chat 1": 1}) == 1


@pytest.mark.parametrize("growth", [{"peak": 105}, {"descriptors": 12}, {"threads": 2}])
def test_what_grows_is_found(growth: dict[str, int]) -> None:
    last = soak.Tenth(**{**vars(STILL[0]), **growth})
    assert findings(ALL_WELL, tenths=[STILL[0], last]) == 1


def test_an_error_that_is_nobodys_is_wrong() -> None:
    """Errors of the package and of OpenAI are right ones, and an error from inside is not."""
    assert soak._outcome(KeyError("choices"), is_whole=False) == "WRONG KeyError: 'choices'"
    assert soak._outcome(DependencyError("no"), is_whole=False).startswith("WRONG")
    assert soak._outcome(None, is_whole=False) == "SHORT"
    assert soak._outcome(None, is_whole=True) == "answer"
