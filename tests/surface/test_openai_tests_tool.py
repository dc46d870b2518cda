"""`make openai` reports each test of OpenAI's that is worse with our clients, and each exception that is not needed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(TOOLS))
verdicts = importlib.import_module("openai_tests.verdicts")


def test_what_is_worse_is_found() -> None:
    """Failed, skipped or missing where it passes with the plain client; what fails there may fail with ours."""
    plain = {"a": "passed", "b[x]": "passed", "c": "failed", "d": "passed", "e": "passed"}
    ours = {"a": "failed", "b[x]": "skipped", "c": "failed", "d": "passed"}
    assert verdicts.findings(plain, ours, {}) == [
        "worse with ours: a (failed)",
        "worse with ours: b[x] (skipped)",
        "worse with ours: e (missing)",
    ]


def test_the_list_of_exceptions_neither_grows_nor_shrinks() -> None:
    """An exception is for all parameters of a test, and is an error once the test is as good with ours."""
    plain = {"a": "passed", "b[x]": "passed"}
    assert verdicts.findings(plain, {"a": "passed", "b[x]": "failed"}, {"b": "why"}) == []
    assert verdicts.findings(plain, plain, {"b": "why"}) == ["not worse any more, take it from the list: b"]


def test_each_exception_has_a_reason() -> None:
    """The list is read as it is meant."""
    exceptions = verdicts.read_exceptions(TOOLS / "openai_tests" / "exceptions.toml")
    assert exceptions
    assert all("::" in test and reason.strip() for test, reason in exceptions.items())
