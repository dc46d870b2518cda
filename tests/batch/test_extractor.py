"""`Extractor`: rows in, rows out, whatever happens to one; one client a process; no secret where people look."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import os
import pickle
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel, Field

from support.local import serve
from support.wire import EXECUTION
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun._arguments.hooks import ResponseInfo
from vlmrun._inputs import parts
from vlmrun._lifetimes import waiting
from vlmrun.batch import BatchError, Extractor, _extractor
from vlmrun.batch._failures import credits_of
from vlmrun.client.exceptions import (
    ExecutionFailedError,
    ExecutionTimeoutError,
    IncompleteOutputError,
    InputError,
    OutputValidationError,
)
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.local import Answer, Fault, LocalServer

OWN = ["error", "may_be_billed", "credits"]


class Item(BaseModel):
    name: str


class Invoice(BaseModel):
    number: str
    total: float
    items: list[Item] = Field(default=[])


INVOICE = Invoice(number="A-7", total=2.5, items=[Item(name="ball")])

server = pytest.fixture(serve, name="server")


@pytest.fixture(autouse=True)
def quick(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody sleeps between two polls; what a test asked and set is forgotten."""

    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(waiting, "async_sleep", sleep)
    answer(server, Answer(output=INVOICE, usage={"credits_used": 3}))
    yield
    server.reset()


def answer(server: LocalServer, *replies: Answer) -> None:
    """What the server answers instead: each once, and the last ever after."""
    server.reset()
    for reply in replies[:-1]:
        server.answer(reply, times=1)
    server.answer(replies[-1])


@pytest.fixture
def document() -> Path:
    """A document."""
    return Path(__file__).parents[2] / "examples" / "assets" / "receipt.png"


def client_of(server: LocalServer, **options: Any) -> VLMRun:
    known: dict[str, Any] = {"api_key": server.api_key, "base_url": server.base_url, "max_retries": 0}
    return VLMRun(**known | options)


def extractor_of(server: LocalServer, client: VLMRun | AsyncVLMRun | None = None, **options: Any) -> Extractor[Invoice]:
    known: dict[str, Any] = {"prompt": "Read it.", "response_model": Invoice, "column": "path"}
    return Extractor(client or client_of(server), **known | options)


def read(extractor: Extractor[Any], row: dict[str, object]) -> dict[str, object]:
    async def main() -> dict[str, object]:
        return await extractor(row)

    return asyncio.run(main())


def executions(server: LocalServer) -> int:
    return sum(work.kind == "execution" for work in server.work)


# Rows -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [VLMRun, AsyncVLMRun])
@pytest.mark.parametrize("source", [str, Path, Path.read_bytes])
def test_a_row_gets_the_fields_of_the_answer(
    server: LocalServer, document: Path, source: Callable[[Path], object], kind: type[VLMRun | AsyncVLMRun]
) -> None:
    """Beside its own columns; a document is a path or its bytes, a client is of either colour."""
    client = kind(server.api_key, server.base_url)
    row: dict[str, object] = {"path": source(document), "customer": "Ann"}
    assert read(extractor_of(server, client), row) == {
        **row,
        "number": "A-7",
        "total": 2.5,
        "items": [{"name": "ball"}],
        "error": None,
        "may_be_billed": True,
        "credits": 3.0,
    }


def test_without_a_model_the_answer_is_text(server: LocalServer, document: Path) -> None:
    """In one column."""
    answer(server, Answer(text="It is an invoice."))
    row = read(Extractor(client_of(server), prompt="What is it?", column="path"), {"path": str(document)})
    assert row["output"] == "It is an invoice."
    assert list(row) == ["path", "output", *OWN]


def test_a_chat_reads_rows_too(server: LocalServer, document: Path) -> None:
    """With the option that `Batch` has."""
    pytest.importorskip("openai", reason="chats require it")
    assert read(extractor_of(server, mode="chat"), {"path": str(document)})["number"] == "A-7"
    assert [work.kind for work in server.work] == ["chat"]


@pytest.mark.parametrize(
    "cell", [None, 3, "", b"", [], {"path": "x"}, object(), "missing.pdf", Path("missing.pdf"), "a\0.pdf", Path()]
)
def test_a_row_that_holds_no_document_is_a_value(server: LocalServer, cell: object) -> None:
    """Nothing is sent for it, and it has all columns."""
    row = read(extractor_of(server), {"path": cell})
    assert list(row) == ["path", "number", "total", "items", *OWN]
    assert isinstance(row["error"], str)
    assert row["error"].startswith(("InputError: ", "MissingFileError: "))
    assert (row["may_be_billed"], row["number"]) == (False, None)
    assert not server.requests


def test_a_row_without_the_column_is_a_value(server: LocalServer) -> None:
    """It says which column."""
    assert "in the column 'path'" in str(read(extractor_of(server), {"file": "a.pdf"})["error"])


@pytest.mark.parametrize(
    ("reply", "error", "billed"),
    [
        (Answer(status=401), "AuthenticationError", False),
        (Answer(status=402), "PaymentRequiredError", False),
        (Answer(status=422), "UnprocessableEntityError", False),
        (Answer(status=500), "ServerError", True),
        (Answer(status=503), "ServerError", False),
        (Answer(outcome="failed"), "ExecutionFailedError", True),
        (Answer(output={"number": "A-7"}), "OutputValidationError", True),
    ],
)
def test_a_failure_is_a_value(server: LocalServer, document: Path, reply: Answer, error: str, billed: bool) -> None:
    """It names the error that a call would have raised, and says whether it may have been billed."""
    answer(server, reply)
    row = read(extractor_of(server), {"path": str(document)})
    assert str(row["error"]).startswith(f"{error}: ")
    assert row["may_be_billed"] is billed
    assert row["total"] is None


@pytest.mark.parametrize(("fault", "billed"), [("reset_before", True), ("refused", False)])
def test_a_broken_connection_is_a_value(document: Path, fault: Any, billed: bool) -> None:
    """It may have been billed if it was sent."""
    with LocalServer(faults=[Fault(fault, times=None)]) as broken:
        row = read(extractor_of(broken), {"path": str(document)})
    assert str(row["error"]).startswith("NetworkError: ")
    assert row["may_be_billed"] is billed


@pytest.mark.parametrize("mode", ["execution", "chat"])
def test_an_answer_that_does_not_match_has_its_price(server: LocalServer, document: Path, mode: str) -> None:
    """The server has billed it."""
    if mode == "chat":
        pytest.importorskip("openai", reason="chats require it")
    answer(server, Answer(output={"number": "A-7"}, usage={"credits_used": 3}))
    row = read(extractor_of(server, mode=mode), {"path": str(document)})
    assert str(row["error"]).startswith("OutputValidationError: ")
    assert (row["may_be_billed"], row["credits"]) == (True, 3.0)


@pytest.mark.parametrize(
    ("usage", "price"), [({"credits_used": 3}, 3.0), ({"credits_used": "much"}, None), ({}, None), (None, None)]
)
def test_what_failed_has_its_price(usage: Any, price: float | None) -> None:
    """If the server says: of an execution, and of a chat that ended early."""
    assert credits_of(IncompleteOutputError("Too long.", body={"usage": usage})) == price
    if price is None and usage:
        return  # an execution has no such usage
    response = AgentExecutionResponse.model_validate({**EXECUTION, "status": "failed", "usage": usage})
    assert credits_of(ExecutionFailedError("It failed.", execution=response)) == price
    assert credits_of(ExecutionTimeoutError("It runs.")) is None


def test_whatever_a_model_raises_is_a_value(server: LocalServer, document: Path) -> None:
    """Its own code, too, and the error does not quote it."""

    class Odd(Invoice):
        def model_dump(self, **_: Any) -> dict[str, Any]:
            raise KeyError("A-7")

    row = read(extractor_of(server, response_model=Odd), {"path": str(document)})
    assert (row["error"], row["may_be_billed"], row["credits"]) == ("KeyError: the row could not be read.", True, 3.0)


def test_a_value_that_no_table_holds_leaves_the_others(server: LocalServer, document: Path) -> None:
    """An integer of more than 64 bits; what was paid for is not thrown away."""

    class Count(BaseModel):
        name: str
        count: int

    answer(server, Answer(output={"name": "stars", "count": 2**70}))
    row = read(extractor_of(server, response_model=Count), {"path": str(document)})
    assert (row["name"], row["count"]) == ("stars", None)
    assert row["error"] == "OutputValidationError: the table cannot hold the value of count."


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only sleeping moves, and how long was slept, but between two polls of an execution."""
    waits: list[float] = []
    now = [100.0]

    async def sleep(seconds: float) -> None:
        if seconds > 1:
            waits.append(round(seconds))
        now[0] += seconds

    monkeypatch.setattr(waiting, "async_sleep", sleep)
    monkeypatch.setattr(waiting, "monotonic", lambda: now[0])
    return waits


def test_too_many_requests_are_no_failure_of_a_row(server: LocalServer, document: Path, waits: list[float]) -> None:
    """The row waits as long as the server says, and is read then."""
    refused = Answer(status=429, headers={"retry-after": "30"})
    answer(server, refused, refused, Answer(output=INVOICE))
    assert read(extractor_of(server), {"path": str(document)})["number"] == "A-7"
    assert waits == [30, 30]
    assert executions(server) == 1


def test_polls_that_are_too_many_start_nothing_again(server: LocalServer, document: Path, waits: list[float]) -> None:
    """What the server works on is waited for: another execution would be billed, too."""
    server.add_fault(Fault("rate_limited", "GET", times=3, retry_after="30"))
    row = read(extractor_of(server, timeout=1000), {"path": str(document)})
    assert (row["number"], row["error"]) == ("A-7", None)
    assert waits == [30, 30, 30]
    assert executions(server) == 1


def test_a_row_whose_polls_are_refused_may_be_billed(server: LocalServer, document: Path, waits: list[float]) -> None:
    """It ends with its time, and the server has worked."""
    server.add_fault(Fault("rate_limited", "GET", times=None, retry_after="30"))
    row = read(extractor_of(server, timeout=50), {"path": str(document)})
    assert str(row["error"]).startswith("RateLimitError: ")
    assert row["may_be_billed"] is True
    assert waits == [30, 30]
    assert executions(server) == 1


def test_uploads_that_are_too_many_are_no_failure_of_a_row(
    server: LocalServer, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is too large for a message is uploaded when the server lets it in."""
    monkeypatch.setattr(parts, "MAX_INLINE_BYTES", 10)
    server.add_fault(Fault("rate_limited", "POST", "/v1/files", times=2, retry_after="30"))
    assert read(extractor_of(server), {"path": b"A text of an invoice."})["number"] == "A-7"
    assert waits == [30, 30]


def test_the_time_of_a_row_begins_with_its_first_request(
    server: LocalServer, document: Path, waits: list[float]
) -> None:
    """While it waits for its turn it takes none: the last row of a table would fail at its first 429."""
    extractor = extractor_of(server, requests_per_minute=1, timeout=50)
    answer(server, Answer(output=INVOICE), Answer(status=429), Answer(output=INVOICE))

    async def main() -> list[dict[str, object]]:
        return [await extractor({"path": str(document)}) for _ in range(2)]

    assert [row["error"] for row in asyncio.run(main())] == [None, None]
    assert waits[0] == 60


def test_too_many_requests_end_with_the_time_of_the_row(server: LocalServer, document: Path) -> None:
    """A row takes no longer than it may."""
    answer(server, Answer(status=429, headers={"retry-after": "0"}))
    row = read(extractor_of(server, timeout=0.01), {"path": str(document)})
    assert str(row["error"]).startswith(("RateLimitError: ", "RequestTimeoutError: "))


# The pace of a worker -------------------------------------------------------------------------------------------------


class Clock:
    """A clock that only sleeping moves, and many who sleep by it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(waiting, "monotonic", lambda: self.now)
        monkeypatch.setattr(waiting, "async_sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now = max(self.now, self.now + seconds)


def _seen(status: int) -> ResponseInfo:
    return ResponseInfo("POST", "https://vlmrun.test/v1/agent/execute", 1, 0.1, status, None)


def test_a_worker_keeps_to_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are spread over the minute; what the server lets in makes them no faster than the share."""
    clock = Clock(monkeypatch)
    turns = _extractor.Turns(300)
    began: list[float] = []

    async def main() -> None:
        for _ in range(100):
            await turns.wait()
            began.append(clock.now)
            turns.see(_seen(200))

    asyncio.run(main())
    assert all(later - earlier >= 0.2 - 1e-9 for earlier, later in pairwise(began))
    assert began[-1] - began[0] == pytest.approx(99 * 0.2)


def test_a_refusal_closes_the_gate_and_no_herd_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a 429 nobody begins for a second; then one after another, faster as the server lets them in."""
    clock = Clock(monkeypatch)
    turns = _extractor.Turns(None)
    began: list[float] = []

    async def main() -> None:
        await turns.wait()
        began.append(clock.now)
        turns.see(_seen(429))
        for _ in range(200):
            await turns.wait()
            began.append(clock.now)
            turns.see(_seen(200))

    asyncio.run(main())
    gaps = [later - earlier for earlier, later in pairwise(began)]
    assert gaps[0] >= 1
    assert gaps[1] > 10 * gaps[-1]


# Arguments ------------------------------------------------------------------------------------------------------------


class Reserved(BaseModel):
    error: str


class Renamed(BaseModel):
    error: str = Field(alias="problem")


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": ""},
        {"column": 3},
        {"column": "total"},
        {"column": "error"},
        {"column": "credits", "response_model": None},
        {"response_model": dict},
        {"response_model": Reserved},
        {"mode": "fast"},
        {"model": ""},
        {"toolsets": "image"},
        {"requests_per_minute": 0},
        {"requests_per_minute": True},
        {"timeout": -1},
    ],
)
def test_a_wrong_argument_is_an_error_before_any_worker_starts(server: LocalServer, wrong: dict[str, Any]) -> None:
    """It names the argument."""
    with pytest.raises(InputError) as caught:
        extractor_of(server, **wrong)
    assert str(caught.value).startswith((next(iter(wrong)), "response_model"))


def test_the_column_of_a_text_is_named(server: LocalServer) -> None:
    """Without a model there is no field to rename."""
    with pytest.raises(InputError, match="column 'output' is the name of a column of the answer"):
        Extractor(client_of(server), prompt="Read it.", column="output")


def test_a_client_is_a_client() -> None:
    """Nothing else has a configuration."""
    with pytest.raises(InputError, match="client must be"):
        Extractor("sk-123", prompt="Read it.", column="path")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]


def test_a_field_with_an_alias_is_a_column_of_that_name(server: LocalServer) -> None:
    """That is how a field called `error` goes into a table."""
    row = read(extractor_of(server, response_model=Renamed), {"path": 1})
    assert list(row) == ["path", "problem", *OWN]


# What travels ---------------------------------------------------------------------------------------------------------


def _pickled(extractor: Extractor[Invoice]) -> Extractor[Invoice]:
    twin: Extractor[Invoice] = pickle.loads(pickle.dumps(extractor))  # noqa: S301  # our own bytes
    return twin


def _cloudpickled(extractor: Extractor[Invoice]) -> Extractor[Invoice]:
    cloudpickle = pytest.importorskip("cloudpickle", reason="in the session `engines`, which has it")
    twin: Extractor[Invoice] = pickle.loads(cloudpickle.dumps(extractor))  # noqa: S301  # our own bytes
    return twin


@pytest.mark.parametrize("way", [_pickled, _cloudpickled, copy.copy, copy.deepcopy])
def test_a_copy_reads_rows(
    server: LocalServer, document: Path, way: Callable[[Extractor[Invoice]], Extractor[Invoice]]
) -> None:
    """Even when the original has read some."""
    extractor = extractor_of(server)
    row: dict[str, object] = {"path": str(document)}
    assert read(way(extractor), row) == read(extractor, row) == read(way(extractor), row)


def test_all_copies_in_a_process_share_one_client(
    server: LocalServer, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engines unpickle a callable more than once; another process has another."""
    made: list[int] = []
    worker = _extractor.Worker

    def make(*arguments: Any) -> Any:
        made.append(os.getpid())
        return worker(*arguments)

    monkeypatch.setattr(_extractor, "Worker", make)
    extractor = extractor_of(server)
    for one in (extractor, _pickled(extractor), _pickled(_pickled(extractor))):
        read(one, {"path": str(document)})
    assert len(made) == 1
    monkeypatch.setattr(os, "getpid", lambda: -1)  # as after a fork
    read(extractor, {"path": str(document)})
    assert made == [made[0], -1]
    read(extractor_of(server), {"path": str(document)})
    assert len(made) == 3


def test_no_secret_where_people_look(server: LocalServer, document: Path) -> None:
    """In its representation, in what a debugger or Ray's log of arguments shows of it, and in a row."""
    secret = "sesame-4711"
    client = client_of(server, api_key=secret, default_headers={"X-Token": secret})
    extractor = _pickled(extractor_of(server, client))
    row = read(extractor, {"path": str(document)})
    assert str(row["error"]).startswith("AuthenticationError")
    for shown in (repr(extractor), str(extractor), repr(vars(extractor)), repr(row)):
        assert secret not in shown


def test_a_key_of_the_workers_is_not_sent_along(
    server: LocalServer, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client without a key: each worker reads that of its own environment."""
    extractor = extractor_of(server, client_of(server, api_key="", require_api_key=False))
    assert server.api_key.encode() not in pickle.dumps(extractor)
    monkeypatch.setenv("VLMRUN_API_KEY", server.api_key)
    assert read(extractor, {"path": str(document)})["number"] == "A-7"
    monkeypatch.delenv("VLMRUN_API_KEY")
    lost = extractor_of(server, client_of(server, api_key="", require_api_key=False))
    row = read(lost, {"path": str(document)})
    assert str(row["error"]).startswith("AuthenticationError: api_key is missing")
    assert row["may_be_billed"] is False


SEEN: list[int | None] = []


def note(response: ResponseInfo) -> None:
    """A hook that can be pickled."""
    SEEN.append(response.status)


def test_the_hook_of_the_client_is_called_in_the_workers(server: LocalServer, document: Path) -> None:
    """The pace of a worker listens beside it."""
    SEEN.clear()
    read(_pickled(extractor_of(server, client_of(server, on_response=note))), {"path": str(document)})
    assert 200 in SEEN or 201 in SEEN


# Back -----------------------------------------------------------------------------------------------------------------


def test_rows_become_results(server: LocalServer, document: Path) -> None:
    """What an engine wrote is read as the journal of a `Batch` is."""
    extractor = extractor_of(server)
    good, bad = extractor.results([read(extractor, {"path": str(document)}), read(extractor, {"path": "missing.pdf"})])
    assert (good.output, good.status, good.source, good.credits) == (INVOICE, "done", str(document), 3.0)
    assert good.may_be_billed
    assert (bad.status, bad.may_be_billed) == ("failed", False)
    assert bad.error is not None
    assert bad.error.kind == "MissingFileError"
    with pytest.raises(BatchError, match="No such file"):
        print(bad.output)  # noqa: T201  # a use


class Measure(BaseModel):
    when: dt.datetime
    size: float
    sizes: dict[str, float]
    count: int | None = None


def test_rows_of_a_data_frame_become_results(server: LocalServer, document: Path) -> None:
    """A null of pandas is a null: also of the credits, and where it is a moment. Numbers may be infinite."""
    measure = Measure(when=dt.datetime.now(dt.timezone.utc), size=float("inf"), sizes={"a": float("-inf")})
    answer(server, Answer(output={**measure.model_dump(mode="json"), "size": "Infinity", "sizes": {"a": "-Infinity"}}))
    extractor = Extractor(client_of(server), prompt="Read it.", response_model=Measure, column="path")
    read_rows = [read(extractor, {"path": path}) for path in (str(document), "missing.pdf")]
    table: Any = pd.DataFrame([{**row, "credits": cost} for row, cost in zip(read_rows, [3, None], strict=True)])
    rows: list[dict[str, object]] = table.to_dict("records")
    good, bad = extractor.results(rows)
    assert (good.output, good.credits) == (measure, 3.0)
    assert (bad.status, bad.credits) == ("failed", None)
    (again,) = extractor.results([{**rows[0], "credits": 3}])
    assert again.credits == 3.0


def test_text_becomes_results(server: LocalServer, document: Path) -> None:
    """Also text that looks like JSON."""
    answer(server, Answer(text="12"))
    extractor = Extractor(client_of(server), prompt="How many?", column="path")
    (result,) = extractor.results([read(extractor, {"path": document.read_bytes()})])
    assert (result.output, result.source) == ("12", "")


@pytest.mark.parametrize(
    ("change", "error"),
    [({"total": "much"}, OutputValidationError), ({"items": 3}, OutputValidationError)],
)
def test_rows_of_another_table_are_an_error(
    server: LocalServer, document: Path, change: dict[str, object], error: type[Exception]
) -> None:
    """It does not quote them."""
    extractor = extractor_of(server)
    row = read(extractor, {"path": str(document)})
    with pytest.raises(error) as caught:
        list(extractor.results([row | change]))
    assert "much" not in str(caught.value)
    with pytest.raises(InputError, match="in the column 'total'"):
        list(extractor.results([{name: value for name, value in row.items() if name != "total"}]))


# Tables ---------------------------------------------------------------------------------------------------------------


def test_a_table_gets_typed_columns(server: LocalServer, document: Path) -> None:
    """All types are known, also where all rows failed; columns of the same name are replaced."""
    pyarrow = pytest.importorskip("pyarrow", reason="in the session `engines`, which has it")
    extractor = extractor_of(server)
    failed: Any = asyncio.run(extractor.table(pyarrow.table({"path": ["missing.pdf"], "number": [7]})))
    assert failed.schema == pyarrow.schema([("path", pyarrow.string()), *pyarrow.schema(extractor.schema)])
    again: Any = asyncio.run(extractor.table(failed.set_column(0, "path", [[str(document)]])))
    assert again.schema == failed.schema
    assert again.column("number").to_pylist() == ["A-7"]
    with pytest.raises(InputError, match="in the column 'path'"):
        asyncio.run(extractor.table(pyarrow.table({"file": ["a.pdf"]})))


def test_a_table_is_read_once(server: LocalServer, document: Path) -> None:
    """A stream ends, and what was read is paid for; columns that there are twice are replaced, too."""
    pyarrow = pytest.importorskip("pyarrow", reason="in the session `engines`, which has it")
    columns = [pyarrow.array([value]) for value in (str(document), "old", "older")]
    table = pyarrow.Table.from_arrays(columns, names=["path", "number", "number"])
    read_table: Any = asyncio.run(extractor_of(server).table(table.to_reader()))
    assert read_table.column_names == ["path", "number", "total", "items", *OWN]
    assert read_table.column("number").to_pylist() == ["A-7"]
