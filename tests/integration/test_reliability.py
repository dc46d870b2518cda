"""`docs/reliability.md` is accurate: every row, in both colours, over real sockets."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from support.patience import patiently
from vlmrun.client.exceptions import DependencyError

pytest.importorskip("openai", reason="half of the page is about OpenAI's client")
pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

TREE = Path(__file__).parents[2]

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(TREE / "tools"))
reliability = importlib.import_module("reliability")

PAGE = reliability.PAGE.read_text(encoding="utf-8")
CASES = {case.name: case for case in reliability.cases()}


@pytest.fixture(scope="module")
def stage() -> Generator[Any, None, None]:
    with reliability.Stage() as opened:
        yield opened


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", CASES)
def test_each_row_is_what_happens(stage: Any, name: str, is_async: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is got, and how often the work is done."""

    def holds(timeout: float) -> None:
        monkeypatch.setattr(reliability, "SHORT", timeout)
        cells = reliability.row(stage, CASES[name], is_async=is_async)
        for line in reliability.tables({name: cells}):
            assert line in PAGE.splitlines()

    if CASES[name].fault.kind in (*reliability.WAITING, reliability.UNENDING):
        patiently(holds)
    else:
        holds(reliability.SHORT)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_whole_stream_is_never_taken_for_a_cut_one(stage: Any, is_async: bool) -> None:
    """OpenAI's client stops at the end mark and then reads what is left: often enough to see that both get on."""
    meets_nothing = CASES["truncated JSON"].fault  # a stream is not JSON
    for _ in range(40):
        assert stage.meet(meets_nothing, None, "stream", is_async=is_async).got == "the answer"


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", reliability.WEBHOOKS)
def test_a_webhook_that_comes_twice_is_kept_once(name: str, is_async: bool) -> None:
    """Delivered again because the receiver broke down behind keeping it; the work is executed once all the same."""
    cells = reliability.webhook_row(name, is_async=is_async)
    assert cells == [name, "2×", "1×", "1×"]
    assert "| " + " | ".join(cells) + " |" in PAGE.splitlines()


def rows_of(title: str) -> list[list[str]]:
    """The rows of a table of the page, without its head."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines]


def test_no_row_says_what_must_not_be() -> None:
    """The page has all rows, and none of a call that hangs, is short without a word, or does native work twice."""
    for title, columns in reliability.TABLES.items():
        rows = rows_of(title)
        assert [row[0] for row in rows] == list(CASES)
        for row in rows:
            assert not any(word in cell for cell in row for word in ("HANGS", "SHORT", "TWICE", "EXECUTED")), row
            cells = dict(zip(("", *columns), row, strict=True))
            for call in reliability.NATIVE_WORK:
                if call in cells:
                    assert cells[call].endswith(("; executed 1×", "; executed 0×")), cells
                    assert cells[call].endswith("; executed 1×") or "`" in cells[call], cells  # no work, no answer


def test_the_page_is_the_one_that_is_written() -> None:
    """Its head and its end, too."""
    rows: dict[str, dict[str, str]] = {name: {} for name in CASES}
    for title, columns in reliability.TABLES.items():
        for name, *cells in rows_of(title):
            rows[name].update(zip(columns, cells, strict=True))
    assert reliability.page(rows, rows_of("Webhooks")) == PAGE
