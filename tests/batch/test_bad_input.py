"""Whatever the methods of `Batch` and `Extractor` are given, they work or name the argument; a bad item fails alone.

`tests/laws/test_bad_input_laws.py` attacks their constructors.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import anyio
import PIL
import pytest
from pydantic import BaseModel, field_validator

from support.hostile import HOSTILE, Arguments, Attack, bad_input_is_named
from support.local import serve
from support.wire import EXECUTION
from vlmrun import VLMRun
from vlmrun.batch import Batch, Extractor
from vlmrun.batch._lock import Lock
from vlmrun.client.exceptions import AuthenticationError, ClientError, DependencyError, InputError
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.local import Answer, LocalServer
from vlmrun.webhooks import WebhookEvent

server = pytest.fixture(serve, scope="module", name="server")


class Invoice(BaseModel):
    total: float


ROW: Mapping[str, object] = {"path": "a.pdf", "total": 1.0, "error": None, "may_be_billed": False, "credits": None}


@pytest.fixture(name="client")
def _client(server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VLMRun]:
    monkeypatch.chdir(tmp_path)
    server.reset()
    server.answer(Invoice(total=25))
    with VLMRun(server.api_key, server.base_url) as client:
        yield client


def attack(call: Callable[[Arguments], object], good: Arguments, but: Iterable[str] = ()) -> None:
    """Each argument has each hostile value in turn, while the others are good."""
    for argument in good:
        for value in HOSTILE:
            if value.name not in but:
                bad_input_is_named(call, Attack(argument, good, value), [])


@pytest.mark.parametrize("colour", ["run", "arun"])
def test_arguments_of_a_run(client: VLMRun, colour: str) -> None:
    """All but those that are right: what is iterated are items, which have a test of their own."""
    batch = Batch("a.db", prompt="Read it.", client=client)
    method: Any = getattr(batch, colour)
    items = {value.name for value in HOSTILE if _is_iterated(value.make)}

    def call(arguments: Arguments) -> object:
        return asyncio.run(method(**arguments)) if colour == "arun" else method(**arguments)

    attack(call, {"sources": []}, but=items)
    attack(call, {"retry": (), "wait": True, "progress": False}, but={"none", "true", "false"})


def _is_iterated(make: Callable[[ExitStack], object]) -> bool:
    with ExitStack() as stack:
        value = make(stack)
        if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or hasattr(value, "fileno"):
            return False
        try:
            iter(cast("Iterable[object]", value))
        except Exception:  # noqa: BLE001  # of whatever code it has
            return False
    return True


def test_arguments_of_other_methods(client: VLMRun) -> None:
    """Of `Batch.results`, `write` and `receive`, and of an `Extractor`, with each column of its rows."""
    batch = Batch("a.db", prompt="Read it.", client=client)
    batch.run([], progress=False)
    attack(lambda given: list(batch.results(**cast("Any", given))), {"status": "done"})
    attack(lambda given: batch.write(**cast("Any", given)), {"path": "a.jsonl"})
    event: WebhookEvent[object] = WebhookEvent("5", "completed", None, None)
    attack(lambda given: batch.receive(**cast("Any", given)), {"webhook": event})
    extractor = Extractor(client, prompt="Read it.", response_model=Invoice, column="path")
    attack(lambda given: list(extractor.results(**cast("Any", given))), {"rows": [ROW]})
    attack(lambda given: list(extractor.results([cast("Any", given["rows"])])), {"rows": ROW})
    attack(lambda given: list(extractor.results([given])), ROW)
    attack(lambda given: asyncio.run(_called(extractor, given["row"])), {"row": {"path": None}})


async def _called(extractor: Extractor[Invoice], row: object) -> object:
    return await extractor(cast("Any", row))


def test_arguments_of_a_table(client: VLMRun) -> None:
    """Of `Extractor.table`."""
    pyarrow = pytest.importorskip("pyarrow", reason="in the session `engines`, which has it")
    extractor = Extractor(client, prompt="Read it.", response_model=Invoice, column="path")

    async def table(given: Arguments) -> object:
        return await extractor.table(**cast("Any", given))

    # Pillow before 13, the newest for Python 3.10 among them, crashes when it exports an image of no pixels to Arrow.
    crashes = {"image_of_no_pixels"} if int(PIL.__version__.partition(".")[0]) < 13 else set[str]()
    attack(lambda given: asyncio.run(table(given)), {"table": pyarrow.table({"path": ["a.pdf"]})}, but=crashes)


def test_hostile_items_fail_alone(client: VLMRun) -> None:
    """As sources, as bytes, as names and as columns of rows: each is an item with an error, and the others are done."""
    batch = Batch("a.db", prompt="Read {it}.", response_model=Invoice, client=client, column="path")
    Path("good.txt").write_text("Good.", encoding="utf-8")
    with ExitStack() as stack:
        values = [value.make(stack) for value in HOSTILE]
        items: list[object] = [
            *values,
            *(("name", value) for value in values),
            *((value, b"bytes") for value in values),
            *({"path": value} for value in values),
            *({"path": "good.txt", "it": value} for value in values),
        ]
        counts = batch.run(cast("Any", [*items, "good.txt"]), progress=False)
    assert (counts.pending, counts.running, counts.interrupted) == (0, 0, 0)
    assert counts.failed >= 60
    results = list(batch.results())
    assert [result.status for result in results if result.source == "good.txt"] == ["done"]


def test_bad_items_are_told_apart(client: VLMRun) -> None:
    """By what they are and not by what is shown of them; the same one twice is one item."""
    batch = Batch("a.db", prompt="Read it.", client=client, column="path")
    long = "x" * 300
    items: list[object] = [
        *(5, 6, 5.5, None, b"one", b"two", ["a.pdf", 1], ["a.pdf", 2], ("a.pdf", "text"), ("b.pdf", "text")),
        *("https://[::1?page=1", "https://[::1?page=2"),
        *({"path": 1, "text": long + "1"}, {"path": 1, "text": long + "2"}, {"path": 1, "data": b"1"}),
    ]
    counts = batch.run(cast("Any", [*items, *items]), progress=False)
    assert counts.failed == len(items)
    assert max(len(result.source) for result in batch.results()) <= 200
    assert not any("page=" in result.source for result in batch.results())


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names of files are Unicode there")
def test_a_file_whose_name_is_no_unicode_is_read(client: VLMRun) -> None:
    """Of another encoding: it is an item as any other, and shown with escapes."""
    Path(os.fsdecode(b"caf\xe9.txt")).write_text("A coffee.", encoding="utf-8")
    batch = Batch("a.db", prompt="Read it.", response_model=Invoice, client=client)
    assert batch.run(Path().glob("*.txt"), progress=False).done == 1
    assert [result.source for result in batch.results()] == [r"caf\udce9.txt"]
    assert batch.run(Path().glob("*.txt"), progress=False).total == 1


def test_an_answer_that_is_no_unicode_is_kept(client: VLMRun) -> None:
    """JSON may escape half a character, which neither SQLite nor UTF-8 has: it is escaped wherever it is written."""
    batch = Batch("a.db", prompt="Read it.", client=client)
    batch.run([("a.txt", b"A coffee.")], wait=False, progress=False)
    (item,) = batch.results()
    assert item.id is not None
    execution = AgentExecutionResponse.model_validate({**EXECUTION, "status": "completed", "response": "caf\ud800"})
    batch.receive(WebhookEvent(item.id, "completed", None, execution))
    assert [result.output for result in batch.results()] == ["caf\ud800"]
    batch.write("a.jsonl")
    assert json.loads(Path("a.jsonl").read_text(encoding="utf-8"))["output"] == "caf\ud800"
    batch.write("a.csv")
    assert r"caf\ud800" in Path("a.csv").read_text(encoding="utf-8")


def test_a_value_that_no_table_holds(client: VLMRun) -> None:
    """The row is written, and its error names the column."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="in the session `engines`, which has it")

    class Large(BaseModel):
        amount: int
        name: str

    batch = Batch("a.db", prompt="Read it.", response_model=Large, client=client)
    batch.run([("a.txt", b"A coffee.")], wait=False, progress=False)
    (item,) = batch.results()
    assert item.id is not None
    answer = {**EXECUTION, "status": "completed", "response": {"amount": 2**70, "name": "A"}}
    batch.receive(WebhookEvent(item.id, "completed", None, AgentExecutionResponse.model_validate(answer)))
    batch.write("a.parquet")
    (row,) = parquet.read_table("a.parquet").to_pylist()
    assert (row["amount"], row["name"], row["status"]) == (None, "A", "done")
    assert row["error"] == "OutputValidationError: the table cannot hold the value of amount."


def test_a_number_that_json_has_not(client: VLMRun) -> None:
    """It is `null` in JSON lines, as in any JSON of pydantic: not every reader knows `Infinity`."""
    batch = Batch("a.db", prompt="Read it.", response_model=Invoice, client=client)
    batch.run([("a.txt", b"A coffee.")], wait=False, progress=False)
    (item,) = batch.results()
    assert item.id is not None
    execution = AgentExecutionResponse.model_validate(
        {**EXECUTION, "status": "completed", "response": {"total": 1e999}}
    )
    batch.receive(WebhookEvent(item.id, "completed", None, execution))
    batch.write("a.jsonl")
    assert '"output": {"total": null}' in Path("a.jsonl").read_text(encoding="utf-8")


def test_an_error_that_is_no_unicode_is_written(client: VLMRun) -> None:
    """In tables as well, which have no other text."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="in the session `engines`, which has it")
    batch = Batch("a.db", prompt="Read it.", client=client)
    batch.run([("a.txt", b"A coffee.")], wait=False, progress=False)
    (item,) = batch.results()
    assert item.id is not None
    failed = {**EXECUTION, "status": "failed", "response": {"error": {"message": "caf\ud800"}}}
    batch.receive(WebhookEvent(item.id, "failed", None, AgentExecutionResponse.model_validate(failed)))
    batch.write("a.parquet")
    (row,) = parquet.read_table("a.parquet").to_pylist()
    assert row["error"].endswith(r"caf\ud800.")


def test_rows_that_cannot_be_used_are_told_apart(client: VLMRun) -> None:
    """By their columns: each is an item of its own."""
    batch = Batch("a.db", prompt="Read it.", client=client, column="path")
    rows = [{"name": "a", "data": b"a"}, {"name": "b", "data": b"b"}]
    assert batch.run(rows, progress=False).failed == 2
    shown = [json.loads(item.source) for item in batch.results()]
    assert [row["name"] for row in shown] == ["a", "b"]
    assert all(row["data"].startswith("1 bytes, ") for row in shown)


def test_the_error_of_a_job_has_no_other_context(server: LocalServer, tmp_path: Path) -> None:
    """Of the question whether a loop is running, nothing is shown."""
    with VLMRun("another-key", server.base_url) as client, pytest.raises(AuthenticationError) as caught:
        Batch(tmp_path / "a.db", prompt="Read it.", client=client).run([("a.txt", b"a")], progress=False)
    assert not isinstance(caught.value.__context__, RuntimeError)


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_run_in_an_event_loop(client: VLMRun, loop: str) -> None:
    """Of whatever library: `arun` is for it."""

    async def main() -> None:
        Batch("a.db", prompt="Read it.", client=client).run([])

    with pytest.raises(InputError, match="event loop is running"):
        anyio.run(main, backend=loop)


@pytest.mark.parametrize("path", ["missing/a.jsonl", "folder.csv"])
def test_a_file_that_cannot_be_written(client: VLMRun, path: str) -> None:
    """The error says why, and nothing is left behind."""
    Path("folder.csv").mkdir()
    batch = Batch("a.db", prompt="Read it.", client=client)
    with pytest.raises(InputError, match="path cannot be written"):
        batch.write(path)
    assert not list(Path().rglob("*.part"))


def test_a_journal_in_a_folder_that_is_missing(client: VLMRun) -> None:
    """Whatever is done with it, the error is one of this package, and names the journal."""
    batch = Batch("missing/a.db", prompt="Read it.", client=client)
    for call in (batch.run, batch.counts, lambda: list(batch.results())):
        with pytest.raises(ClientError, match=r"a\.db cannot be used: No such file or directory\. Try"):
            call()


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        (None, "has not written"),
        ("CREATE TABLE customers (name)", "has not written"),
        ("CREATE TABLE items (name)", "has not written"),
        ("PRAGMA user_version = 2", "newer version"),
    ],
    ids=["text", "another program's", "of the same name", "newer"],
)
def test_a_file_that_is_no_journal(client: VLMRun, statement: str | None, wrong: str) -> None:
    """It stays as it is: it may be the database of another program."""
    path = Path("a.db")
    if statement is None:
        path.write_text("No database.\n" * 100, encoding="utf-8")
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.execute("VACUUM")  # an empty database is an empty file, and has no version
    before = path.read_bytes()
    batch = Batch(path, prompt="Read it.", client=client)
    calls: list[Callable[[], object]] = [lambda: batch.run([("a.txt", b"a")], progress=False), batch.counts]
    for call in calls:
        with pytest.raises(InputError, match=f"^journal .*{wrong}"):
            call()
    assert path.read_bytes() == before


def test_a_closed_client_ends_the_job(client: VLMRun) -> None:
    """All items would fail alike: they are left to the next run."""
    batch = Batch("a.db", prompt="Read it.", client=client)
    client.close()
    with pytest.raises(ClientError, match="closed"):
        batch.run([("a.txt", b"a"), ("b.txt", b"b")], progress=False)
    assert batch.counts().pending == 2


def test_chats_without_openai(client: VLMRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """No item is to blame."""
    monkeypatch.setitem(sys.modules, "openai", None)
    for name in [name for name in sys.modules if name.startswith("vlmrun._openai.")]:
        monkeypatch.delitem(sys.modules, name)
    batch = Batch("a.db", prompt="Read it.", mode="chat", client=client)
    with pytest.raises(DependencyError, match=r"pip install 'vlmrun\[openai\]'"):
        batch.run([("a.txt", b"a")], progress=False)
    assert batch.counts().total == 0


@pytest.mark.parametrize("progress", [None, True])
def test_a_program_without_stderr(client: VLMRun, progress: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a window has it on Windows."""
    monkeypatch.setattr(sys, "stderr", None)
    assert Batch("a.db", prompt="Read it.", client=client).run([("a.txt", b"a")], progress=progress).done == 1


def test_a_look_at_a_journal_keeps_no_job_from_beginning(client: VLMRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is taken for what was on its way when a process ended, and for nothing else."""
    batch = Batch("a.db", prompt="Read it.", client=client)
    batch.run([("a.txt", b"a")], progress=False)
    monkeypatch.delattr(Lock, "__enter__")
    assert batch.counts().done == len(list(batch.results())) == 1


@pytest.mark.skipif(os.name == "nt", reason="only an administrator makes links there")
@pytest.mark.usefixtures("client")
def test_a_lock_is_that_of_the_file() -> None:
    """Of whatever name; and it is released though a process that was forked has its file open."""
    Path("link.db").symlink_to("a.db")
    copies: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        opened = os.open

        def copied(*arguments: Any) -> int:
            file = opened(*arguments)
            copies.append(os.dup(file))
            return file

        patch.setattr(os, "open", copied)
        with Lock("a.db"), pytest.raises(InputError, match=r"link\.db"), Lock("link.db"):
            pass
        with Lock("link.db"):
            pass
    for file in copies:
        os.close(file)


@pytest.mark.parametrize("row", [{"front": "a.txt", "back": "b.txt"}, {"front": None, "back": None}], ids=["two", "no"])
def test_a_prediction_is_of_one_file(client: VLMRun, row: Mapping[str, object]) -> None:
    """Of two, the second one would be left out, and nobody would notice."""
    batch = Batch("a.db", domain="document.invoice", client=client, column=("front", "back"))
    for name in ("a.txt", "b.txt"):
        Path(name).write_text(name, encoding="utf-8")
    assert batch.run([row], progress=False).failed == 1
    (result,) = batch.results()
    assert result.error is not None
    assert (result.error.kind, result.error.may_be_billed) == ("InputError", False)
    assert "column" in str(result.error)


def test_columns_of_any_name_and_values_of_any_kind(server: LocalServer, client: VLMRun) -> None:
    """What JSON would change has to be given again: as another item it would be done, and billed, twice."""
    batch = Batch("a.db", prompt="Is {Invoice No.} {size}? {other} {1}", client=client)
    rows = [{"Invoice No.": 7, "size": (1, 2)}, {"Invoice No.": 8, "size": "A4"}, cast("Any", {"size": 1, 1: "x"})]
    client.close()
    with pytest.raises(ClientError, match="closed"):
        batch.run(rows, progress=False)
    with VLMRun(server.api_key, server.base_url) as another:
        batch = Batch("a.db", prompt="Is {Invoice No.} {size}? {other} {1}", client=another)
        assert batch.run(progress=False).done == 1
        assert batch.run(rows, progress=False).done == batch.counts().total == 3
    asked = {request.prompt_text for request in server.requests if request.path == "/v1/agent/execute"}
    assert asked == {"Is 7 (1, 2)? {other} {1}", "Is 8 A4? {other} {1}", "Is {Invoice No.} 1? {other} {1}"}


def test_one_item_is_no_iterable_of_items(client: VLMRun) -> None:
    """Nor is what iterates over its fields or its columns."""

    class Frame(list[str]):
        def __dataframe__(self) -> None: ...

    batch = Batch("a.db", prompt="Read it.", client=client)
    Path("a.txt").write_text("a", encoding="utf-8")
    for sources in (client.files.upload(Path("a.txt")), Frame(["path"])):
        with pytest.raises(InputError, match=r"sources must be an iterable.*table\.to_dict"):
            batch.run(cast("Any", sources), progress=False)


def test_an_answer_that_a_stricter_validator_rejects(client: VLMRun) -> None:
    """It was answered with the same schema: the others are read, and it is an error with its text."""

    class Strict(BaseModel):
        total: float

        @field_validator("total")
        @classmethod
        def small(cls, total: float) -> float:
            if total > limit:
                raise ValueError("too much")
            return total

    limit = 100
    batch = Batch("a.db", prompt="Read it.", response_model=Strict, client=client)
    assert batch.run([("a.txt", b"a")], progress=False).done == 1
    limit = 10
    (result,) = batch.results()
    assert result.error is not None
    assert (result.error.kind, result.text) == ("OutputValidationError", '{"total": 25.0}')
    assert "see result.text" in str(result.error)
    assert batch.write("a.jsonl") == 1


@pytest.mark.skipif(find_spec("openai") is None, reason="chats require openai")
def test_what_a_refusal_says_is_kept(server: LocalServer, client: VLMRun) -> None:
    """It is paid for."""
    server.reset()
    server.answer(Answer(refusal="I will not."))
    batch = Batch("a.db", prompt="Read it.", mode="chat", client=client)
    assert batch.run([("a.txt", b"a")], progress=False).failed == 1
    (result,) = batch.results()
    assert result.error is not None
    assert (result.error.kind, result.text) == ("RefusalError", "I will not.")
    assert result.may_be_billed
