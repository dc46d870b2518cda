"""`vlmrun.batch` with the server on this machine, which counts what it was asked to do."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import BaseModel

from support.local import serve
from vlmrun import AsyncVLMRun, VLMRun, webhooks
from vlmrun.batch import Batch, BatchError
from vlmrun.client.exceptions import AuthenticationError, DependencyError, InputError, PaymentRequiredError
from vlmrun.client.types import FileResponse
from vlmrun.local import Answer, Fault, LocalServer

module_server = pytest.fixture(serve, scope="module", name="module_server")


class Invoice(BaseModel):
    total: float


@pytest.fixture(name="server")
def _server(module_server: LocalServer) -> LocalServer:
    module_server.reset()
    module_server.answer(Invoice(total=25))
    return module_server


@pytest.fixture(name="client")
def _client(server: LocalServer) -> Iterator[VLMRun]:
    with VLMRun(server.api_key, server.base_url) as client:
        yield client


def files(folder: Path, amount: int) -> list[Path]:
    """Files with different bytes."""
    paths = [folder / f"invoice{n}.txt" for n in range(amount)]
    for n, path in enumerate(paths):
        path.write_text(f"Invoice {n}", encoding="utf-8")
    return paths


def started(server: LocalServer) -> int:
    """How much work the server was asked to do."""
    return sum(work.kind in ("execution", "prediction", "chat") for work in server.work)


def test_a_job_and_its_results(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """Each file once, whatever it is called; a second run asks for nothing."""
    batch = Batch(tmp_path / "a.db", prompt="Read it.", response_model=Invoice, client=client, concurrency=5)
    paths = files(tmp_path, 8)
    copy = tmp_path / "copy.txt"
    copy.write_bytes(paths[0].read_bytes())
    counts = batch.run([*paths, copy, tmp_path / "missing.txt"])
    assert (counts.done, counts.failed, counts.total) == (8, 1, 9)
    assert started(server) == 8
    paths[1].rename(tmp_path / "renamed.txt")
    assert batch.run([tmp_path / "renamed.txt", paths[2], tmp_path / "missing.txt"]) == counts
    assert started(server) == 8
    results = list(batch.results(status="done"))
    assert [result.output.total for result in results] == [25.0] * 8
    assert results[0].source == str(paths[0])
    assert results[0].id is not None
    assert all(result.may_be_billed and result.seconds is not None for result in results)
    (failed,) = batch.results(status="failed")
    assert failed.error is not None
    assert (failed.error.kind, failed.may_be_billed) == ("MissingFileError", False)
    with pytest.raises(BatchError, match="No such file"):
        failed.output.total  # noqa: B018  # it raises
    assert "a.db" in repr(batch)
    (tmp_path / "missing.txt").write_text("Here it is.", encoding="utf-8")
    assert batch.run([tmp_path / "missing.txt"]).done == 9


def test_another_prompt_is_another_job(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """In the same journal."""
    path = tmp_path / "a.db"
    sources = [("a.txt", b"a"), ("b.txt", b"b")]
    for prompt in ("Read it.", "Read it again.", "Read it."):
        assert Batch(path, prompt=prompt, client=client).run(sources).done == 2
    assert started(server) == 4


@pytest.mark.skipif(find_spec("openai") is None, reason="chats require openai")
def test_chats_predictions_rows_and_uploads(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """All kinds of work, and all kinds of sources; also through an async client in a running loop."""
    text = files(tmp_path, 1)[0]
    uploaded = client.files.upload(text)
    sources: list[Path | str | tuple[str, bytes] | FileResponse] = [text, "https://example.com/a.pdf", uploaded]
    sources.append(("b.txt", b"b"))
    chats = Batch(tmp_path / "a.db", prompt="Read it.", response_model=Invoice, client=client, mode="chat")
    assert chats.run(sources).done == 4
    assert {work.kind for work in server.work} == {"file", "chat"}
    predictions = Batch(tmp_path / "a.db", domain="document.invoice", client=client)
    assert predictions.run(sources).done == 4
    assert [result.output for result in predictions.results()] == [{"total": 25}] * 4
    rows = [{"path": str(text), "name": name} for name in ("Ann", "Bob", "Ann")]

    async def run() -> None:
        async with AsyncVLMRun(server.api_key, server.base_url) as async_client:
            table = Batch(tmp_path / "a.db", prompt="For {name}: {total}", client=async_client, column="path")
            assert (await table.arun(rows)).done == 2
            assert [json.loads(result.source)["name"] for result in table.results()] == ["Ann", "Bob"]
            with pytest.raises(InputError, match="event loop"):
                table.run(rows)

    asyncio.run(run())
    assert {"For Ann: {total}", "For Bob: {total}"} <= {
        request.prompt_text
        for request in server.requests
        if request.method == "POST" and request.path == "/v1/agent/execute"
    }


def test_failures_are_values_and_retried_if_asked(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """A 500 may have been billed, a wrong answer was; neither is repeated unless somebody asks."""
    server.reset()
    server.answer("not JSON", when="Read", times=2)  # the first one is lost to the fault
    server.answer(Invoice(total=1))
    server.add_fault(Fault("server_error", path="/v1/agent/execute", times=1))
    batch = Batch(tmp_path / "a.db", prompt="Read it.", response_model=Invoice, client=client, concurrency=1)
    sources = [("a.txt", b"a"), ("b.txt", b"b"), ("c.txt", b"c")]
    counts = batch.run(sources)
    assert (counts.done, counts.failed) == (1, 2)
    first, second, _ = batch.results()
    assert first.error is not None
    assert second.error is not None
    assert (first.error.kind, first.error.http_status, first.error.may_be_billed) == ("ServerError", 500, True)
    assert (second.error.kind, second.text) == ("OutputValidationError", "not JSON")
    assert batch.run(sources, retry={"RateLimitError"}).failed == 2
    assert batch.run(sources, retry={"ServerError"}).failed == 1
    assert batch.run(sources, retry="failed").done == 3
    assert started(server) == 5


def test_what_failed_was_paid_for(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """An item has cost what all its answers cost."""
    server.reset()
    server.answer(Answer("not JSON", usage={"credits_used": 3}), times=1)
    server.answer(Answer(output=Invoice(total=1), usage={"credits_used": 2}))
    batch = Batch(tmp_path / "a.db", prompt="Read it.", response_model=Invoice, client=client)
    assert batch.run([("a.txt", b"a")]).credits == 3
    assert batch.run([("a.txt", b"a")], retry="failed").credits == 5
    assert [result.credits for result in batch.results()] == [5]


def test_what_may_pass_is_repeated(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """Refusals and outages are nobody's fault, and a poll may be repeated."""
    server.add_fault(Fault("rate_limited", path="/v1/agent/execute", times=2, retry_after="0"))
    server.add_fault(Fault("unavailable", path="/v1/agent/execute", times=1))
    server.add_fault(Fault("reset_before", path="/v1/agent/executions", times=2))
    batch = Batch(tmp_path / "a.db", prompt="Read it.", client=client, concurrency=3)
    assert batch.run([(f"{n}.txt", b"%d" % n) for n in range(5)]).done == 5
    assert started(server) == 5


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (402, PaymentRequiredError)])
def test_a_refused_key_ends_the_job(
    server: LocalServer, client: VLMRun, tmp_path: Path, status: int, kind: type[Exception]
) -> None:
    """Nothing of it is lost: the next run does the rest."""
    server.reset()
    server.answer(Answer(status=status), times=1)
    server.answer("Yes.")
    batch = Batch(tmp_path / "a.db", prompt="Read it.", client=client, concurrency=2)
    sources = [(f"{n}.txt", b"%d" % n) for n in range(8)]
    with pytest.raises(kind):
        batch.run(sources)
    counts = batch.counts()
    assert counts.failed == counts.interrupted == 0
    assert counts.done + counts.running < 5
    assert batch.run(sources).done == 8


def test_a_job_that_sleeps(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """`wait=False` returns once all is started; webhooks bring the answers, and may come twice."""
    batch = Batch(tmp_path / "a.db", prompt="Read it.", response_model=Invoice, client=client)
    counts = batch.run([("a.txt", b"a"), ("b.txt", b"b")], wait=False)
    assert (counts.running, counts.total) == (2, 2)
    waiting, other = batch.results()
    with pytest.raises(BatchError) as unfinished:
        waiting.output.total  # noqa: B018  # it raises
    assert unfinished.value.kind == "Unfinished"
    assert waiting.id is not None
    execution = client.executions.wait(waiting.id)
    body = execution.model_dump_json().encode()
    event = webhooks.parse(body, "sha256=" + _signature(body), "secret")
    result = batch.receive(event)
    assert result is not None
    assert result.output == Invoice(total=25)
    assert batch.receive(event) is None
    assert batch.run().done == 2  # the other one is asked for
    assert started(server) == 2
    assert other.key != waiting.key


def _signature(body: bytes) -> str:
    import hashlib
    import hmac

    return hmac.new(b"secret", body, hashlib.sha256).hexdigest()


def test_files_of_results(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """JSON lines and CSV; a spreadsheet does not run what an answer says."""

    class Line(BaseModel):
        name: str
        tags: list[str]

    server.reset()
    server.answer({"name": "=1+1", "tags": ["a", "b"]})
    batch = Batch(tmp_path / "a.db", prompt="Read it.", response_model=Line, client=client)
    batch.run([("a.txt", b"a"), tmp_path / "missing.txt"])
    assert batch.write(tmp_path / "a.jsonl") == 2
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["source"]: line["output"] for line in lines}["a.txt"] == {"name": "=1+1", "tags": ["a", "b"]}
    assert batch.write(tmp_path / "a.csv") == 2
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as file:
        rows = {row["source"]: row for row in csv.DictReader(file)}
    assert (rows["a.txt"]["name"], rows["a.txt"]["tags"]) == ("'=1+1", '["a", "b"]')
    assert rows[str(tmp_path / "missing.txt")]["error"].startswith("MissingFileError")
    with pytest.raises(InputError, match=r"must end in .jsonl"):
        batch.write(tmp_path / "a.txt")
    assert sorted(path.suffix for path in tmp_path.glob("a.*")) == [".csv", ".db", ".jsonl", ".lock"]


def test_parquet(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """A column of its own type for each field; one that has the name of an item's own column is told apart."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="in the session `engines`, which has it")

    class Line(BaseModel):
        source: str
        day: date
        amounts: list[float]

    server.reset()
    server.answer({"source": "mail", "day": "2026-11-29", "amounts": [1, 2.5]})
    batch = Batch(tmp_path / "a.db", prompt="Read it.", response_model=Line, client=client)
    batch.run([("a.txt", b"a"), tmp_path / "missing.txt"])
    assert batch.write(tmp_path / "a.parquet") == 2
    rows = {row["source"]: row for row in parquet.read_table(tmp_path / "a.parquet").to_pylist()}
    done, failed = rows["a.txt"], rows[str(tmp_path / "missing.txt")]
    assert (done["output.source"], done["day"], done["amounts"]) == ("mail", date(2026, 11, 29), [1.0, 2.5])
    assert (failed["status"], failed["day"]) == ("failed", None)


def test_parquet_without_pyarrow(client: VLMRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which extra brings it, and nothing is written."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    batch = Batch(tmp_path / "a.db", prompt="Read it.", client=client)
    with pytest.raises(DependencyError, match=r"pip install 'vlmrun\[parquet\]'"):
        batch.write(tmp_path / "a.parquet")
    assert not list(tmp_path.glob("*.parquet*"))


def test_an_endless_iterator_is_read_as_it_is_needed(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """And a bad item in it ends nothing."""
    read = 0

    def endless() -> Iterator[tuple[str, bytes] | str]:
        nonlocal read
        while True:
            read += 1
            yield ("a.txt", b"%d" % read) if read % 10 else f"missing{read}"

    server.reset()
    server.answer("Yes.", times=30)
    server.answer(Answer(status=403))
    batch = Batch(tmp_path / "a.db", prompt="Read it.", client=client, concurrency=4)
    with pytest.raises(Exception, match="403"):
        batch.run(endless())
    assert batch.counts().done >= 20
    assert read < 3000


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"prompt": "a", "domain": "document.invoice"},
        {"prompt": ""},
        {"prompt": "a", "mode": "fast"},
        {"prompt": "a", "client": None},
        {"prompt": "a", "concurrency": 0},
        {"prompt": "a", "requests_per_minute": 0},
        {"prompt": "a", "timeout": -1},
        {"prompt": "a", "on_interrupted": "ask"},
        {"prompt": "a", "response_model": dict},
        {"prompt": "a", "config": {}},
        {"domain": "document.invoice", "mode": "chat"},
        {"domain": "document.invoice", "config": {"bogus": 1}},
        {"domain": "document.invoice", "callback_url": 5},
        {"prompt": "a", "callback_url": ""},
        {"prompt": "a", "mode": "chat", "callback_url": "https://example.com"},
    ],
    ids=str,
)
def test_arguments_are_checked(client: VLMRun, tmp_path: Path, arguments: dict[str, object]) -> None:
    """Before anything is written."""
    with pytest.raises(InputError):
        Batch(tmp_path / "a.db", **{"client": client, **arguments})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # that is the test
    assert list(tmp_path.iterdir()) == []


def test_retry_is_checked(client: VLMRun, tmp_path: Path) -> None:
    """It names errors."""
    with pytest.raises(InputError, match="retry"):
        Batch(tmp_path / "a.db", prompt="a", client=client).run(retry="all")


# Processes ------------------------------------------------------------------------------------------------------------

PROGRAM = """
import sys
from vlmrun import VLMRun
from vlmrun.batch import Batch

client = VLMRun(sys.argv[2], sys.argv[3])
batch = Batch(sys.argv[1], prompt="Read it.", client=client, concurrency=4, requests_per_minute=1200)
print("ready", flush=True)
print(batch.run([(f"{n}.txt", b"%d" % n) for n in range(20)]))
"""


def program(path: Path, server: LocalServer) -> subprocess.Popen[str]:
    """A process that does a job of 20 items."""
    command = [sys.executable, "-c", PROGRAM, str(path), server.api_key, server.base_url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own


def _until_started(server: LocalServer, amount: int) -> None:
    for _ in range(3000):
        if started(server) >= amount:
            return
        time.sleep(0.01)
    raise AssertionError("the job does not begin")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_killed_process_loses_nothing(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """What has an id is waited for; what was on its way is reported, and done again only if asked."""
    process = program(tmp_path / "a.db", server)
    _until_started(server, 6)
    process.kill()
    process.communicate()
    batch = Batch(tmp_path / "a.db", prompt="Read it.", client=client)
    sources = [(f"{n}.txt", b"%d" % n) for n in range(20)]
    counts = batch.run(sources)
    assert counts.done + counts.interrupted == counts.total == 20
    assert counts.done <= started(server) <= 20
    assert all(
        result.error is not None and result.error.kind == "Interrupted"
        for result in batch.results(status="interrupted")
    )
    assert batch.run(sources, retry={"Interrupted"}).done == 20


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_ctrl_c_ends_what_is_under_way(server: LocalServer, client: VLMRun, tmp_path: Path) -> None:
    """No new items, and nothing interrupted; another job is refused while it runs."""
    process = program(tmp_path / "a.db", server)
    _until_started(server, 5)
    batch = Batch(tmp_path / "a.db", prompt="Read it.", client=client)
    with pytest.raises(InputError, match="in use"):
        batch.run()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "Stopping" in errors
    assert "KeyboardInterrupt" in errors
    counts = batch.counts()
    assert counts.interrupted == counts.running == 0
    assert counts.done == started(server) < 20


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_journal_is_private(client: VLMRun, tmp_path: Path) -> None:
    """It holds answers."""
    Batch(tmp_path / "a.db", prompt="a", client=client).counts()
    assert (tmp_path / "a.db").stat().st_mode & 0o077 == 0


def test_the_progress_is_shown(
    server: LocalServer, client: VLMRun, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """If asked, on stderr; stdout stays free."""
    assert started(server) == 0
    Batch(tmp_path / "a.db", prompt="a", client=client).run([("a.txt", b"a")], progress=True)
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "1" in shown.err
