"""`docs/errors.md` says what happens: every row, in both colours."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import vlmrun
from support.patience import patiently

pytest.importorskip("openai", reason="chats are OpenAI's")
pytest.importorskip("yaml", reason="skills are read with PyYAML")

TREE = Path(__file__).parents[2]

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(TREE / "tools"))
errors = importlib.import_module("errors")

PAGE = errors.PAGE.read_text(encoding="utf-8")
ROWS = [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in PAGE.splitlines() if line[:2] == "| "][1:]


@pytest.fixture(scope="module")
def stage() -> Generator[Any, None, None]:
    with errors.Stage() as opened:
        yield opened


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("case", errors.CASES, ids=lambda case: str(case.cause))
def test_each_row_is_what_happens(stage: Any, case: Any, is_async: bool) -> None:
    """The class and the text."""
    shown = case.options.get("timeout")

    def holds(timeout: float) -> None:
        tried = replace(case, options={**case.options, "timeout": timeout})
        assert [cell.replace(f"{timeout:g} s", f"{shown:g} s") for cell in stage.row(tried, is_async=is_async)] in ROWS

    if shown == errors.SHORT:  # in which a busy machine may not even connect
        patiently(holds)
    else:
        assert stage.row(case, is_async=is_async) in ROWS


def test_the_page_is_the_one_that_is_written() -> None:
    """All rows, in their order, and the head; at least 40 mistakes, all of which raise errors of ours."""
    assert [row[0] for row in ROWS] == [case.cause for case in errors.CASES]
    assert errors.page(ROWS) == PAGE
    assert len(ROWS) >= 40
    assert all(hasattr(vlmrun, row[1].strip("`")) for row in ROWS)
