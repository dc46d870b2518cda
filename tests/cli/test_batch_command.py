"""`vlmrun batch`: many documents, with a journal."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from support.cli import Run, piped, serve
from vlmrun.cli._commands.batch import BatchSummary
from vlmrun.local import Answer, LocalServer

server = pytest.fixture(serve, scope="module", name="server")
vlmrun = pytest.fixture(piped, name="vlmrun")

ASKED = ("-p", "Read it.", "--schema", "schema.json")


@pytest.fixture(autouse=True)
def files_here(tmp_path: Path, server: LocalServer) -> None:
    """Two documents and a schema in the working folder."""
    server.reset()
    (tmp_path / "inbox").mkdir()
    for name in ("a", "b"):
        (tmp_path / "inbox" / f"{name}.txt").write_text(f"Invoice {name}")
    (tmp_path / "schema.json").write_text('{"type": "object", "properties": {"total": {"type": "number"}}}')


def test_a_job_from_its_start_to_its_table(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """What has failed is done again if asked, what is done never, and a table has all of it."""
    server.answer(Answer(status=400), times=1)
    server.answer({"total": 25})
    shown = vlmrun("batch", "run", "a.db", "inbox", *ASKED, "--json")
    summary = BatchSummary.model_validate_json(shown.out)
    assert (summary.done, summary.failed, summary.job, shown.code) == (1, 1, "Read it.", 1)
    retried = vlmrun("batch", "retry", "a.db")
    assert (retried.out.strip(), retried.code) == ("2 done", 0)
    asked = len(server.requests)
    assert vlmrun("batch", "run", "a.db", "inbox", *ASKED).out.strip() == "2 done"
    assert len(server.requests) == asked
    (found,) = TypeAdapter(list[BatchSummary]).validate_python(vlmrun("batch", "status", "a.db", "--json").json())
    assert found.done == 2
    assert vlmrun("batch", "export", "a.db", "a.csv").code == 0
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as file:
        assert [row["total"] for row in csv.DictReader(file)] == ["25.0", "25.0"]


def test_several_jobs(vlmrun: Run) -> None:
    """Each has a number, by which it is chosen."""
    for prompt in ("Read it.", "Who sent it?"):
        assert vlmrun("batch", "run", "a.db", "inbox/a.txt", "-p", prompt).code == 0
    refused = vlmrun("batch", "export", "a.db", "a.jsonl")
    assert (refused.code, "1 (Read it.), 2 (Who sent it?)" in refused.err) == (2, True)
    assert json.loads(vlmrun("batch", "export", "a.db", "a.jsonl", "--job", "2", "--json").out)["items"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "a.db", "inbox"), "nothing says what to do"),
        (("run", "a.db", "inbox", "-p", "Read it.", "-d", "document.invoice"), "-p and -d exclude each other"),
        (("run", "a.db", "missing.pdf", "-p", "x"), "missing.pdf"),
        (("run", "a.db", "-p", "x"), "nothing to read"),
        (("status", "missing.db"), "no journal"),
        (("retry", "schema.json"), "not a journal"),
        (("export", "missing.db", "a.csv"), "no journal"),
    ],
)
def test_usage(vlmrun: Run, server: LocalServer, arguments: tuple[str, ...], said: str) -> None:
    """What cannot work is said, and nothing is sent."""
    shown = vlmrun("batch", *arguments)
    assert (shown.code, shown.out) == (2, "")
    assert said in shown.err
    assert list(server.work) == []
