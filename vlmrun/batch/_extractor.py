"""`Extractor`: reads one document of a table after another, for engines that run on many machines."""

from __future__ import annotations

import json
import os
import sys
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeVar, cast, overload

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import require_mapping, require_text, type_name
from vlmrun._arguments.config import NOT_GIVEN, Configuration, NotGiven, wait_seconds
from vlmrun._arguments.hooks import ResponseInfo
from vlmrun._http.raw import Recorder
from vlmrun._inputs import parts as content
from vlmrun._inputs.options import AgentToolset
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.deadline import Deadline
from vlmrun._resources._async.agent import AsyncAgent
from vlmrun._resources._async.executions import AsyncExecutions
from vlmrun._resources.connections import Connections
from vlmrun._resources.outputs import output_of
from vlmrun._resources.results import AgentRun, credits_used
from vlmrun._resources.runs import Run
from vlmrun.batch._checks import require_client, require_many, require_rate
from vlmrun.batch._columns import (
    OUTPUT,
    ArrowSchema,
    ArrowTable,
    Column,
    Scalar,
    Struct,
    arrow_schema,
    as_table,
    cells_of,
    column_of,
    fitted,
    flat,
    flattened,
    from_cell,
    whole,
    with_columns,
)
from vlmrun.batch._failures import credits_of, judge, retry_after
from vlmrun.batch._results import BatchError, BatchResult
from vlmrun.batch._sources import given
from vlmrun.batch._work import Asked, work_of
from vlmrun.client import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import (
    APIError,
    InputError,
    MissingFileError,
    OutputValidationError,
    RateLimitError,
    VLMRunError,
)
from vlmrun.client.types import AgentExecutionResponse

__all__ = ["Extractor"]

T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=BaseModel)
_T = TypeVar("_T")

_OWN: Mapping[str, Column] = {
    "error": Scalar("string"),
    "may_be_billed": Scalar("boolean"),
    "credits": Scalar("number"),
}
"""The columns that every row has beside those of the answer."""


class Extractor(Generic[T_co]):
    """Reads the documents of a table, a row at a time, on as many machines as an engine has: Ray Data, Daft.

    ```python
    extractor = Extractor(client, prompt="Read it.", response_model=Invoice, column="path")
    row = await extractor({"path": "invoice.pdf"})  # path, number, total, ..., error, may_be_billed, credits
    ```

    The fields of the `response_model` become columns: texts, integers of 64 bits, floats, booleans, dates, times in
    UTC, lists, and structs for nested models. What a table has no type for, such as a `dict`, is JSON text. Text
    without a `response_model` is the column `output`.

    A failed row is a row, never an exception: `error` says why its other columns are null, and `may_be_billed` whether
    the server may have done the work. `credits` are those that the answer cost, if the server says.

    It is pickled with the configuration of the client, including the API key: protect it as you protect the key. Each
    process that unpickles it makes one client. A client without a key, `VLMRun(api_key="", require_api_key=False)`,
    sends none along, and each process reads `VLMRUN_API_KEY` of its own.

    Args:
        client: The client whose configuration each worker uses.
        prompt: What the agent should do with each document.
        response_model: A pydantic model that each answer is parsed into; its module must exist on the workers, too.
        column: The column with the document: a path, a URL or bytes.
        mode: `execution` runs each row in the background and polls it; `chat` keeps a connection open for each, and
            requires openai.
        model: The model that does the work.
        toolsets: The toolsets that the agent may use.
        requests_per_minute: The greatest number of rows that one worker begins in a minute: the limit of the account
            divided by the number of workers, which know nothing of each other. Uploads and polls are not counted.
        timeout: Seconds for each row from its first request, or `None` for no limit; defaults to the client's.

    Raises:
        InputError: An argument cannot be used, or a field has the name of another column.
    """

    # No dataclass: Ray writes the fields of those that it is given into its logs.

    @overload
    def __init__(
        self: Extractor[M],
        client: VLMRun | AsyncVLMRun,
        *,
        prompt: str,
        response_model: type[M],
        column: str,
        mode: Literal["execution", "chat"] = "execution",
        model: str = "vlmrun-orion-1:auto",
        toolsets: Sequence[AgentToolset] | None = None,
        requests_per_minute: float | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
    ) -> None: ...
    @overload
    def __init__(
        self: Extractor[str],
        client: VLMRun | AsyncVLMRun,
        *,
        prompt: str,
        response_model: None = None,
        column: str,
        mode: Literal["execution", "chat"] = "execution",
        model: str = "vlmrun-orion-1:auto",
        toolsets: Sequence[AgentToolset] | None = None,
        requests_per_minute: float | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
    ) -> None: ...
    def __init__(
        self,
        client: VLMRun | AsyncVLMRun,
        *,
        prompt: str,
        response_model: type[BaseModel] | None = None,
        column: str,
        mode: Literal["execution", "chat"] = "execution",
        model: str = "vlmrun-orion-1:auto",
        toolsets: Sequence[AgentToolset] | None = None,
        requests_per_minute: float | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
    ) -> None:
        self._config = _connections(require_client(client)).config
        Run(prompt, (), response_model, mode, None, toolsets, None, None, None)  # raises what each row would
        self._prompt = prompt
        self._response_model = response_model
        self._column = require_text("column", column)
        self._mode: Literal["execution", "chat"] = mode
        self._model = require_text("model", model)
        self._toolsets = None if toolsets is None else list(toolsets)
        self._requests_per_minute = require_rate(
            requests_per_minute, "pass the limit of the account, divided by the number of workers."
        )
        self._timeout = self._config.timeout if isinstance(timeout, NotGiven) else wait_seconds("timeout", timeout)
        self._answer = column_of(response_model)
        if column in _OWN or (column == OUTPUT and not isinstance(self._answer, Struct)):
            raise InputError(
                f"column {column!r} is the name of a column of the answer.",
                suggestion="rename the column of the table.",
            )
        for name in sorted(flattened(self._answer).keys() & {*_OWN, column}):
            raise InputError(
                f"response_model has a field {name!r}, which is the name of another column.",
                suggestion="rename the field, or give it an alias.",
            )
        self._id = uuid.uuid4().hex

    @property
    def schema(self) -> ArrowSchema:
        """The columns that it adds to a table, as a `pyarrow.Schema`.

        Raises:
            DependencyError: pyarrow is not installed.
        """
        return arrow_schema({**flattened(self._answer), **_OWN})

    async def __call__(self, row: Mapping[str, object]) -> dict[str, object]:
        """Read the document of one row, and return the row with the columns of the answer.

        Args:
            row: The row. Columns that have the names of the answer's are replaced.

        Raises:
            InputError: It is no mapping.
        """
        require_mapping("row", row)
        answer: dict[str, object] = {name: None for name in _names(self._answer)}  # noqa: C420
        billed = False
        try:
            worker = _worker_of(self._id, self._config, self._requests_per_minute)
            files = await self._files(worker, row)
            billed = True  # until the opposite is known
            run = await self._run(worker, files)
            answer["credits"] = credits_used(run.usage)
            answer.update(self._cells(run.output))
        except VLMRunError as error:
            billed = billed and _may_be_billed(error)
            answer["error"] = f"{type_name(error)}: {error}"
            answer["credits"] = credits_of(error)
        except Exception as error:  # noqa: BLE001  # whatever one row does, the others go on
            answer["error"] = f"{type_name(error)}: the row could not be read."
        return {**row, **answer, "may_be_billed": billed}

    async def table(self, table: ArrowTable) -> ArrowTable:
        """Read the documents of a batch of rows, all at a time, and return a `pyarrow.Table` with `schema` added.

        Args:
            table: The batch: a `pyarrow.Table`, or another table that Arrow libraries can read.

        Raises:
            InputError: It is no table, or does not have the column.
            DependencyError: pyarrow is not installed.
        """
        try:
            table = as_table(table)
            cells = cells_of(table, self._column)
        except LookupError:
            raise _no_column("table", self._column) from None
        except (TypeError, ValueError) as error:
            raise InputError(
                f"table cannot be read as a table ({type_name(error)}).", suggestion="pass a pyarrow.Table."
            ) from error
        rows: list[dict[str, object]] = [{} for _ in cells]

        async def read(index: int) -> None:
            rows[index] = await self({self._column: cells[index]})
            del rows[index][self._column]

        import anyio  # as in `waiting`

        async with anyio.create_task_group() as group:
            for index in range(len(cells)):
                group.start_soon(read, index)
        return with_columns(table, rows, self.schema)

    def results(self, rows: Iterable[Mapping[str, object]]) -> Iterator[BatchResult[T_co]]:
        """Rows that an engine has written, as `Batch.results` returns those of a journal.

        ```python
        for result in extractor.results(pyarrow.parquet.read_table("invoices").to_pylist()): ...
        ```

        Args:
            rows: The rows, with at least the columns of the answer.

        Raises:
            InputError: They cannot be iterated, or a row lacks a column or is no mapping.
            OutputValidationError: A row does not match the `response_model`.
        """
        return map(self._result, require_many("rows", rows, "pass the rows as the engine has written them."))

    def __repr__(self) -> str:
        model = "" if self._response_model is None else f", response_model={self._response_model.__name__}"
        return f"{type(self).__name__}(base_url={self._config.base_url!r}, column={self._column!r}{model})"

    async def _files(self, worker: Worker, row: Mapping[str, object]) -> content.Inputs:
        """The document of a row, as `Batch` reads it."""
        if row.get(self._column) is None:
            raise _no_column("row", self._column)
        item = given({self._column: row[self._column]}, None, [self._column])
        if item.problem is not None:
            raise item.problem
        asked = Asked(self._prompt, None, self._response_model, self._mode, None, None, None, None, None)
        work = work_of(asked, worker.connections)
        try:
            prepared = await _let_in(worker, Deadline(self._timeout), lambda: work.prepare(item))
        except VLMRunError:  # some are OSErrors, too
            raise
        except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # a null character is a ValueError
            raise MissingFileError(f"No such file: {item.pieces[0].name}.", suggestion="check the path.") from error
        except OSError as error:
            raise InputError(
                f"The file {item.pieces[0].name} cannot be read: {error.strerror}.", suggestion="check the path."
            ) from error
        return cast("content.Inputs", prepared.files)  # of a prompt they are parts

    async def _run(self, worker: Worker, files: content.Inputs) -> AgentRun[BaseModel | str]:
        """The answer."""
        await worker.turns.wait()
        ask = self._chat if self._mode == "chat" else self._execute
        return await ask(worker, files)

    async def _chat(self, worker: Worker, files: content.Inputs) -> AgentRun[BaseModel | str]:
        return await _let_in(
            worker,
            Deadline(self._timeout),
            lambda: worker.client.agent.run(
                self._prompt,
                inputs=files,
                response_model=self._response_model,
                model=self._model,
                toolsets=self._toolsets,
                timeout=self._timeout,
            ),
        )

    async def _execute(self, worker: Worker, files: content.Inputs) -> AgentRun[BaseModel | str]:
        """As `agent.run`, but that a poll that was refused is sent again, and not the request that starts the work."""
        run = Run(self._prompt, files, self._response_model, "execution", None, self._toolsets, None, None, None)
        recorder = Recorder()
        connections = worker.connections.recorded_by(recorder)
        deadline = Deadline(self._timeout)

        async def start() -> AgentExecutionResponse:
            nonlocal deadline
            deadline = Deadline(self._timeout)  # of the request that is let in
            return await AsyncAgent(connections.until(deadline)).execute(
                None, run.execution_inputs(), config=run.config, model=self._model, toolsets=self._toolsets
            )

        started = await _let_in(worker, deadline, start)
        executions = AsyncExecutions(connections)
        done = await _let_in(worker, deadline, lambda: executions.wait(started.id, timeout=deadline.rest()))
        return run.of_execution(done, recorder.ending)

    def _cells(self, output: BaseModel | str) -> dict[str, object]:
        """The columns of an answer; `error` names those that cannot hold their values."""
        dumped: JsonValue = output if isinstance(output, str) else output.model_dump(mode="json", by_alias=True)
        cells, unfit = fitted(flattened(self._answer), flat(self._answer, dumped))
        return cells if unfit is None else cells | {"error": unfit}

    def _result(self, row: Mapping[str, object]) -> BatchResult[T_co]:
        require_mapping("each of rows", row)
        columns = flattened(self._answer)
        missing = next((name for name in (self._column, *_names(self._answer)) if name not in row), None)
        if missing is not None:
            raise InputError(
                f"rows have nothing in the column {missing!r}.",
                suggestion="pass the rows as the engine has written them.",
            )
        said, cost, source = row["error"], row["credits"], row[self._column]
        error: BatchError | None = None
        output: BaseModel | str | None = None
        try:
            billed = bool(row["may_be_billed"])
            source = "" if isinstance(source, bytes) else str(source)
            if isinstance(said, str):
                kind, _, message = said.partition(": ")
                error = BatchError(message, kind=kind, may_be_billed=billed)
            else:
                output = self._output({name: row[name] for name in columns})
        except (ValueError, RecursionError):
            raise _unfit() from None
        return BatchResult(
            source=source,
            key="",
            status="done" if error is None else "failed",
            error=error,
            credits=_cost(cost),
            seconds=None,
            may_be_billed=billed,
            _output=cast("T_co", output),  # what the constructor was given
        )

    def _output(self, cells: Mapping[str, object]) -> BaseModel | str:
        columns = flattened(self._answer)
        values = {name: from_cell(columns[name], cell) for name, cell in cells.items()}
        answer = whole(self._answer, values)
        if self._response_model is None:
            return str(answer)
        return output_of(json.dumps(answer), self._response_model, None)  # also numbers that are not finite


def _names(answer: Column) -> list[str]:
    """The columns that are added to a table."""
    return [*flattened(answer), *_OWN]


# In a worker ---------------------------------------------------------------------------------------------------------


class Turns:
    """When a worker may send its next request. Rows of all its event loops and threads share it.

    After a 429, no row begins for a second, and then they begin one after another, slower with each further 429 and
    faster with each request that is let in. The client repeats a refused request when the server says.
    """

    def __init__(self, requests_per_minute: float | None) -> None:
        self._lock = threading.Lock()
        self._least = 0.0 if requests_per_minute is None else 60.0 / requests_per_minute
        self._spacing = self._least
        self._next = 0.0
        self._closed_until = 0.0

    async def wait(self) -> None:
        """Wait until a request may be sent."""
        while True:
            with self._lock:
                now = waiting.monotonic()
                start = max(now, self._next, self._closed_until)
                self._next = start + self._spacing
            if start > now:
                await waiting.async_sleep(start - now)
            if self._closed_until <= waiting.monotonic():
                return

    def close(self, seconds: float | None) -> None:
        """Let no row begin for as long as the server has said."""
        with self._lock:
            self._closed_until = max(self._closed_until, waiting.monotonic() + (seconds or _PAUSE_SECONDS))

    def see(self, response: ResponseInfo) -> None:
        """Take note of what the server answered."""
        with self._lock:
            if response.status == _TOO_MANY:
                self._closed_until = max(self._closed_until, waiting.monotonic() + _PAUSE_SECONDS)
                self._spacing = min(max(2 * self._spacing, _FIRST_SPACING), _LONGEST_SPACING)
            elif response.status is not None and response.status < 400 and response.method == "POST":
                self._spacing = max(self._spacing * _FASTER, self._least)


_TOO_MANY = 429
_PAUSE_SECONDS = 1.0
_FIRST_SPACING = 0.05  # seconds between two requests
_LONGEST_SPACING = 6.0  # of an account with the lowest limit, 10 requests a minute
_FASTER = 0.95


class Worker:
    """What a process keeps for all copies of an extractor: a client, and its pace."""

    def __init__(self, config: Configuration, requests_per_minute: float | None) -> None:
        self.turns = Turns(requests_per_minute)
        hook = config.connections.on_response

        def see(response: ResponseInfo) -> None:
            self.turns.see(response)
            if hook is not None:
                hook(response)

        client = AsyncVLMRun.__new__(AsyncVLMRun)
        vars(client)["__connections__"] = Connections(config)
        key = None if config.api_key else os.environ.get("VLMRUN_API_KEY")
        self.client = client.with_options(api_key=key or None, on_response=see)
        self.connections = _connections(self.client)


_WORKERS: dict[tuple[int, str], Worker] = {}


def _worker_of(extractor: str, config: Configuration, requests_per_minute: float | None) -> Worker:
    """The worker of this process: engines unpickle an extractor more than once, and fork."""
    key = os.getpid(), extractor
    found = _WORKERS.get(key)
    return _WORKERS.setdefault(key, Worker(config, requests_per_minute)) if found is None else found


async def _let_in(worker: Worker, deadline: Deadline, send: Callable[[], Awaitable[_T]]) -> _T:
    """What a request returns. One that was refused because there were too many is sent again, until the deadline."""
    while True:
        try:
            return await send()
        except RateLimitError as error:
            worker.turns.close(retry_after(error))
            if deadline.is_before(0):
                raise
        await worker.turns.wait()


# Arguments -----------------------------------------------------------------------------------------------------------


def _connections(client: VLMRun | AsyncVLMRun) -> Connections:
    connections: Connections = vars(client)["__connections__"]
    return connections


def _may_be_billed(error: VLMRunError) -> bool:
    """Whether the server may have done the work: it had begun, if the call that failed asked how it is."""
    asked = isinstance(error, APIError) and error.method not in (None, "POST")
    return asked or judge(error, starts_work=True).may_be_billed


def _cost(value: object) -> float | None:
    """Credits as a table has them: pandas writes null as NaN, JSON a whole number as an integer."""
    return float(value) if isinstance(value, (int, float)) and abs(value) <= sys.float_info.max else None


def _unfit() -> OutputValidationError:
    return OutputValidationError(
        "A row has values that the columns of the answer do not hold.",
        suggestion="pass the rows as the engine has written them.",
        error_type="output_validation",
    )


def _no_column(whose: str, name: str) -> InputError:
    return InputError(f"The {whose} has nothing in the column {name!r}.", suggestion="name the column: column=...")
