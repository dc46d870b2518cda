"""`Batch`: what to ask of each item, and where its journal lies."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from typing import Generic, Literal, TypeVar, cast, get_args, overload

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import as_json, is_list, optional_text, require_bool, require_int, require_text, type_name
from vlmrun._arguments.config import NOT_GIVEN, NotGiven, wait_seconds
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._arguments.urls import is_unicode
from vlmrun._inputs.options import AgentToolset, GenerationOptions
from vlmrun._inputs.skills import Skill
from vlmrun._lifetimes import waiting
from vlmrun._resources.connections import Connections
from vlmrun._resources.extractions import extraction, generation
from vlmrun._resources.polls import failure, prediction_failure
from vlmrun._resources.runs import Run, require_mode
from vlmrun._resources.schemas import answer_schema, require_model
from vlmrun._resources.webhooks import WebhookEvent
from vlmrun.batch._bars import bar_of, is_wanted
from vlmrun.batch._changes import Change
from vlmrun.batch._checks import columns_of, file_path, journal_path, require_client, require_many, require_rate
from vlmrun.batch._circuit import Circuit
from vlmrun.batch._failures import as_batch_error
from vlmrun.batch._feed import Feed
from vlmrun.batch._gate import Gate
from vlmrun.batch._interrupts import interruptible
from vlmrun.batch._job import Job, Limits
from vlmrun.batch._journal import Journal, Kept
from vlmrun.batch._keys import fingerprint
from vlmrun.batch._lock import Lock
from vlmrun.batch._pace import Pace
from vlmrun.batch._progress import Progress
from vlmrun.batch._results import BatchCounts, BatchError, BatchResult, BatchStatus
from vlmrun.batch._sources import Source
from vlmrun.batch._states import STATUS, State
from vlmrun.batch._work import Asked, Work, work_of
from vlmrun.batch._writing import write
from vlmrun.client import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import InputError, OutputValidationError
from vlmrun.client.types import AgentExecutionResponse, GenerationConfig

__all__ = ["Batch"]

T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=BaseModel)


class Batch(Generic[T_co]):
    """A job over many documents, whose journal survives anything: `Batch("invoices.db", prompt="Read it.", ...)`.

    Args:
        journal: The path of the journal, a SQLite file. It is made if it is missing, and may hold several jobs.
        prompt: What the agent should do with each item. `{name}` is replaced by the column `name` of a row.
        domain: The domain of predictions, such as `document.invoice`, in place of `prompt`.
        response_model: A pydantic model that each answer is parsed into.
        client: The client that sends the requests. A `VLMRun` is used through its async twin, in one thread.
        mode: `execution` runs each item in the background, so that a job finds it again; `chat` keeps a connection open
            for each, and requires openai.
        model: The model that does the work.
        toolsets: The toolsets that the agent may use.
        skills: The skills that the agent may use.
        config: What a prediction extracts and how.
        column: The columns of a row that are files: paths, URLs or bytes.
        concurrency: The greatest number of items under way at a time.
        requests_per_minute: The greatest number of requests a minute; by default what the server lets in.
        timeout: Seconds for each item from the request that starts its work, or `None` for no limit; defaults to the
            client's. Waiting for a turn does not count.
        on_interrupted: What to do with an item whose request was on its way when the process ended: `report` leaves it
            to you, `retry` sends it again, which may be billed twice.
        callback_url: URL of the webhook that receives each result, for `receive`.

    Raises:
        InputError: An argument cannot be used.
    """

    @overload
    def __init__(
        self: Batch[M],
        journal: str | os.PathLike[str],
        *,
        prompt: str | None = None,
        domain: str | None = None,
        response_model: type[M],
        client: VLMRun | AsyncVLMRun,
        mode: Literal["execution", "chat"] = "execution",
        model: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        column: str | Sequence[str] = (),
        concurrency: int = 100,
        requests_per_minute: float | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        on_interrupted: Literal["report", "retry"] = "report",
        callback_url: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Batch[str],
        journal: str | os.PathLike[str],
        *,
        prompt: str,
        domain: None = None,
        response_model: None = None,
        client: VLMRun | AsyncVLMRun,
        mode: Literal["execution", "chat"] = "execution",
        model: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        config: None = None,
        column: str | Sequence[str] = (),
        concurrency: int = 100,
        requests_per_minute: float | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        on_interrupted: Literal["report", "retry"] = "report",
        callback_url: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Batch[JsonValue],
        journal: str | os.PathLike[str],
        *,
        prompt: None = None,
        domain: str,
        response_model: None = None,
        client: VLMRun | AsyncVLMRun,
        mode: Literal["execution"] = "execution",
        model: str | None = None,
        toolsets: None = None,
        skills: None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        column: str | Sequence[str] = (),
        concurrency: int = 100,
        requests_per_minute: float | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        on_interrupted: Literal["report", "retry"] = "report",
        callback_url: str | None = None,
    ) -> None: ...
    def __init__(
        self,
        journal: str | os.PathLike[str],
        *,
        prompt: str | None = None,
        domain: str | None = None,
        response_model: type[BaseModel] | None = None,
        client: VLMRun | AsyncVLMRun,
        mode: Literal["execution", "chat"] = "execution",
        model: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        column: str | Sequence[str] = (),
        concurrency: int = 100,
        requests_per_minute: float | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        on_interrupted: Literal["report", "retry"] = "report",
        callback_url: str | None = None,
    ) -> None:
        with discreet_errors():
            self._asked = _asked(prompt, domain, response_model, mode, model, toolsets, skills, config, callback_url)
        self._path = journal_path(journal)
        self._connections, retries = _connections(require_client(client))
        self._columns = columns_of(column)
        require_int("concurrency", concurrency, 1, 10_000, "pass how many items may be under way, such as 100.")
        if not _is_one_of(on_interrupted, ("report", "retry")):
            raise InputError('on_interrupted must be "report" or "retry".', suggestion="omit it to be told of them.")
        self._on_interrupted = on_interrupted
        self._requests_per_minute = require_rate(requests_per_minute, "omit it to follow the server.")
        seconds = self._connections.timeout if isinstance(timeout, NotGiven) else wait_seconds("timeout", timeout)
        self._limits = Limits(concurrency, seconds, retries, waits=True)
        about: dict[str, JsonValue] = {
            "prompt": prompt,
            "domain": domain,
            "mode": mode,
            "model": model,
            "schema": None if response_model is None else answer_schema(None, response_model),
            "toolsets": as_json("toolsets", toolsets),
            "skills": as_json("skills", skills),
            "config": as_json("config", config),
            "column": [*self._columns],
        }
        self._about = json.dumps(about, ensure_ascii=False)
        self.fingerprint: bytes = fingerprint(about)
        """What identifies the job in its journal."""

    def run(
        self,
        sources: Iterable[Source] = (),
        *,
        retry: Literal["failed"] | Collection[str] = (),
        wait: bool = True,
        progress: bool | None = None,
    ) -> BatchCounts:
        """Do all items that are not done: those of `sources`, and those that earlier runs have left in the journal.

        Ctrl-C begins no new items, and waits for those under way; a second one ends them as well. What the server works
        on is waited for by the next run.

        Args:
            sources: Paths, URLs, names with bytes, uploaded files, and rows of a table. They are read as they are
                needed, so that there may be any number of them.
            retry: `"failed"` also does again what has failed, or the kinds of errors to do again:
                `{"RequestTimeoutError"}`. `"Interrupted"` among them sends again what was interrupted.
            wait: Whether to wait for the answers; `False` returns once everything is started, for `receive`.
            progress: Whether to show a progress bar on stderr; by default if that is a terminal.

        Returns:
            How many items are in each state, those of earlier runs among them.

        Raises:
            InputError: An argument cannot be used, the journal is in use, or an event loop is running.
            DependencyError: `mode="chat"` requires openai, which is not installed.
            AuthenticationError: The API key is refused. This and the errors below leave the rest to the next run.
            PaymentRequiredError: There are no credits left.
            PermissionDeniedError: The API key lacks the permission.
            APIError: Nothing has gone through for ten minutes.
            ClientError: The journal cannot be read or written.
            KeyboardInterrupt: Ctrl-C was pressed, and the items under way have ended.
        """
        import asyncio

        items, kinds = _checked(sources, retry, wait, progress)
        if _is_in_a_loop():
            raise InputError(
                "An event loop is running.", suggestion="await batch.arun(...).", error_type="running_loop"
            )
        with interruptible() as interrupts:
            return asyncio.run(self._arun(items, kinds, wait, progress, interrupts.watch))

    async def arun(
        self,
        sources: Iterable[Source] = (),
        *,
        retry: Literal["failed"] | Collection[str] = (),
        wait: bool = True,
        progress: bool | None = None,
    ) -> BatchCounts:
        """The same as `run`, in a running event loop. To end it early, cancel it: the journal stays whole.

        Args:
            sources: As of `run`. They are iterated in a thread.
            retry: As of `run`.
            wait: As of `run`.
            progress: As of `run`.

        Returns:
            How many items are in each state, those of earlier runs among them.

        Raises:
            InputError: Another job is running with the journal, or an argument cannot be used.
            DependencyError: `mode="chat"` requires openai, which is not installed.
            APIError: The key is refused, there are no credits, or nothing has gone through for ten minutes.
            ClientError: The journal cannot be read or written.
        """
        items, kinds = _checked(sources, retry, wait, progress)
        return await self._arun(items, kinds, wait, progress, None)

    async def _arun(
        self,
        sources: Iterable[Source],
        kinds: Collection[str] | None,
        wait: bool,
        progress: bool | None,
        watch: Callable[[Job], None] | None,
    ) -> BatchCounts:
        with Lock(self._path):
            journal = await waiting.async_in_thread(self._open)
            try:
                await waiting.async_in_thread(journal.recover)
                again = self._on_interrupted == "retry" or (kinds is not None and "Interrupted" in kinds)
                if again or kinds is None or kinds:
                    await waiting.async_in_thread(lambda: journal.ask_again(kinds, interrupted=again))
                await self._do(journal, sources, wait=wait, progress=progress, watch=watch)
                return await waiting.async_in_thread(journal.counts)
            finally:
                with closing(journal):
                    journal.recover()

    async def _do(
        self,
        journal: Journal,
        sources: Iterable[Source],
        *,
        wait: bool,
        progress: bool | None,
        watch: Callable[[Job], None] | None,
    ) -> None:
        if self._asked.mode == "chat":
            _ = self._connections.async_completions  # without openai no item could be sent, and none is to blame
        clock = waiting.monotonic
        seen = Progress(clock)
        bar = bar_of(sys.stderr, clock) if is_wanted(progress) else None

        def observe(state: State, cost: float | None) -> None:
            seen.see(state, cost)
            if bar is not None:
                bar.show(seen)

        pace = Pace(Gate(self._requests_per_minute), Circuit(), clock)
        limits = replace(self._limits, waits=wait)
        job = Job(journal, self._work(), pace, limits, clock=clock, now=waiting.time, observe=observe)
        if watch is not None:
            watch(job)
        feed = Feed(journal, self.fingerprint, self._asked.prompt, self._columns, job.under_way, seen)
        with bar or nullcontext(), closing(feed):
            await job.run(feed.tasks(sources, waits=wait))

    def is_the_same_as(self, fingerprint: bytes, about: str) -> None:
        """Have the items of a job of the journal. A class that is made of its schema has a schema of its own."""
        self.fingerprint, self._about = fingerprint, about

    def _work(self) -> Work:
        return work_of(self._asked, self._connections)

    def counts(self) -> BatchCounts:
        """How many items of the journal are in each state. Another process may be running the job.

        Raises:
            ClientError: The journal cannot be read.
        """
        with closing(self._settled()) as journal:
            return journal.counts()

    def results(self, *, status: BatchStatus | None = None) -> Iterator[BatchResult[T_co]]:
        """The items, in the order in which they were added. They are read a page at a time.

        Args:
            status: Only the items with this status.

        Raises:
            InputError: There is no such status.
            ClientError: The journal cannot be read.
        """
        if status is not None and not _is_one_of(status, get_args(BatchStatus)):
            raise InputError(
                f"status must be one of {', '.join(get_args(BatchStatus))}.", suggestion="omit it for all."
            )
        states = [state for state in State if status is None or STATUS[state] == status]
        return self._results(states)

    def _results(self, states: Sequence[State]) -> Iterator[BatchResult[T_co]]:
        with closing(self._settled()) as journal:
            after = 0
            while page := journal.kept(after, _PAGE, states):
                for kept in page:
                    yield self._result(kept)
                after = page[-1].n

    def write(self, path: str | os.PathLike[str]) -> int:
        """Write all items to a file: its name ends in `.jsonl`, `.csv` or `.parquet`.

        A line or a row has the source, key, status, error, credits, seconds and id of an item, and its output: as one
        member in JSON lines, as a column for each field of the `response_model` in tables.

        Args:
            path: The file, which is replaced once all is written.

        Returns:
            How many items were written.

        Raises:
            InputError: The name ends in something else, or the file cannot be written.
            DependencyError: The name ends in `.parquet`, and pyarrow is not installed.
            ClientError: The journal cannot be read.
        """
        return write(file_path(path), self.results(), self._asked.response_model)

    def receive(self, webhook: WebhookEvent[object]) -> BatchResult[T_co] | None:
        """Keep the answer that a webhook brings, for a job with `callback_url`. It may come more than once.

        Args:
            webhook: What `vlmrun.webhooks.parse` returned, without a `response_model`.

        Returns:
            The item; `None` if the journal does not wait for it: it is another's, came before, or is not completed.

        Raises:
            InputError: It is no webhook.
            ClientError: The journal cannot be read or written.
        """
        if not isinstance(webhook, WebhookEvent):  # pyright: ignore[reportUnnecessaryIsInstance]  # only type-checked callers keep to it
            raise InputError(
                f"webhook must be a WebhookEvent, not {type_name(webhook)}.",
                suggestion="pass what vlmrun.webhooks.parse returned.",
            )
        with closing(self._open()) as journal:
            kept = journal.of_remote(webhook.id)
            change = None if kept is None else _change(self._asked, kept.n, webhook)
            if kept is None or change is None or not all(journal.apply([change])):
                return None
            return self._result(journal.of_number(kept.n))

    def _settled(self) -> Journal:
        """The journal; unless a job is running, with what was on its way noted as interrupted."""
        journal = self._open()
        if journal.has_started():  # otherwise the lock stays free for a job that begins now
            with suppress(InputError), Lock(self._path):
                journal.recover()
        return journal

    def _open(self) -> Journal:
        return Journal(self._path, self.fingerprint, self._about)

    def _result(self, kept: Kept) -> BatchResult[T_co]:
        state = State(kept.state)
        error = _error_of(state, kept.error)
        output: object = None
        text: str | None = None
        if kept.answer is not None:
            value: JsonValue = json.loads(kept.answer)
            text = value if isinstance(value, str) else None if value is None else kept.answer
        if state is State.DONE and kept.answer is not None:
            try:
                output = self._asked.output(kept.answer)
            except OutputValidationError as unfit:  # the model has another validator than when the answer came
                error = as_batch_error(unfit, may_be_billed=True)
        return BatchResult(
            source=kept.source,
            key=kept.key.hex(),
            status=STATUS[state],
            error=error,
            credits=kept.credits,
            seconds=kept.seconds,
            may_be_billed=state in (State.DONE, State.RUNNING) or (error is not None and error.may_be_billed),
            id=kept.remote,
            text=text,
            _output=cast("T_co", output),  # what the constructor was given
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({os.path.basename(self._path)!r})"


_PAGE = 500


def _error_of(state: State, told: str | None) -> BatchError | None:
    if state is State.DONE:
        return None
    if told is not None:
        return BatchError(**json.loads(told))
    if state is State.INTERRUPTED or state is State.STARTED:
        return BatchError(
            "The process ended while the request was on its way." if state is State.INTERRUPTED else _UNFINISHED,
            kind="Interrupted" if state is State.INTERRUPTED else "Unfinished",
            may_be_billed=True,
            suggestion='look for it in VLM Run, or send it again with retry={"Interrupted"}.'
            if state is State.INTERRUPTED
            else None,
        )
    return BatchError(
        _UNFINISHED,
        kind="Unfinished",
        may_be_billed=state is State.RUNNING,
        suggestion="run the job again; an item that was given as bytes has to be given again.",
    )


_UNFINISHED = "The item has not ended."


def _change(asked: Asked, n: int, webhook: WebhookEvent[object]) -> Change | None:
    """What a webhook says of an item; `None` while the server works on it."""
    job = webhook.execution or webhook.prediction
    if job is None:
        return None
    cost = None if job.usage is None else job.usage.credits_used
    now = waiting.time()
    failed = failure(job) if isinstance(job, AgentExecutionResponse) else prediction_failure(job)
    if failed is not None:
        error = as_batch_error(failed, may_be_billed=True)
        return Change(n, State.FAILED, now, answer="null", credits=cost, error=error)
    if job.status != "completed":
        return None
    answer = asked.answer(job.response, job.usage)
    state = State.DONE if answer.error is None else State.FAILED
    return Change(n, state, now, answer=answer.text, credits=cost, error=answer.error)


# Arguments ------------------------------------------------------------------------------------------------------------


def _asked(
    prompt: str | None,
    domain: str | None,
    response_model: type[BaseModel] | None,
    mode: str,
    model: str | None,
    toolsets: Sequence[AgentToolset] | None,
    skills: Sequence[Skill] | None,
    config: GenerationConfig | GenerationOptions | None,
    callback_url: str | None,
) -> Asked:
    if (prompt is None) == (domain is None):
        raise InputError(
            f"prompt and domain are both {'missing' if prompt is None else 'given'}.",
            suggestion='pass prompt="Read it.", or domain="document.invoice" for predictions.',
        )
    require_model(response_model)
    require_mode(mode)
    optional_text("model", model)
    if domain is not None:
        require_text("domain", domain)
        if mode != "execution" or toolsets is not None or skills is not None:
            raise InputError("mode, toolsets and skills are for prompts.", suggestion="omit them with domain=...")
        # Raises now what each item would raise, and so does the run below.
        extraction(
            generation(domain, model or "vlm-1"),
            batch=True,
            config=config,
            metadata=None,
            callback_url=callback_url,
            autocast=False,
            response_model=response_model,
        )
    else:
        if config is not None:
            raise InputError("config is for predictions.", suggestion="omit it with prompt=...")
        if mode == "chat" and callback_url is not None:
            raise InputError("callback_url is for executions and predictions.", suggestion='omit it with mode="chat".')
        optional_text("callback_url", callback_url)
        Run(
            require_text("prompt", prompt),
            (),
            response_model,
            cast("Literal['chat']", mode),
            None,
            toolsets,
            skills,
            None,
            None,
        )
    return Asked(prompt, domain, response_model, mode, model, toolsets, skills, config, callback_url)


def _connections(client: VLMRun | AsyncVLMRun) -> tuple[Connections, int]:
    """The connections of a client, and its retries, which a job does itself: it decides about all items together."""
    connections: Connections = vars(client.with_options(max_retries=0))["__connections__"]
    return connections, client.max_retries


def _is_in_a_loop() -> bool:
    """Whether an event loop is running: of asyncio, or of trio, which asyncio does not know."""
    import asyncio

    import anyio

    for look in (asyncio.get_running_loop, anyio.get_cancelled_exc_class):
        with suppress(RuntimeError):
            look()
            return True
    return False


def _is_one_of(value: object, names: Collection[str]) -> bool:
    return isinstance(value, str) and value in names  # an array is never in a tuple, and never not


def _checked(
    sources: Iterable[Source], retry: object, wait: object, progress: object
) -> tuple[Iterator[Source], Collection[str] | None]:
    """The sources and the kinds of errors to do again, once all arguments of a run are good."""
    hint = 'pass a list such as ["invoice.pdf"], Path("inbox").glob("*.pdf") or table.to_dict("records").'
    items = require_many("sources", sources, hint)
    require_bool("wait", wait)
    if progress is not None:
        require_bool("progress", progress)
    return items, _kinds(retry)


def _kinds(retry: object) -> Collection[str] | None:
    """The kinds of errors to do again; `None` for all."""
    if isinstance(retry, str):
        if retry == "failed":
            return None
    elif is_list(retry) or isinstance(retry, (set, frozenset)):
        kinds: list[object] = list(retry)  # pyright: ignore[reportUnknownArgumentType]  # checked below
        names = [kind for kind in kinds if isinstance(kind, str) and is_unicode(kind)]
        if len(names) == len(kinds):
            return names
    raise InputError(
        'retry must be "failed", or the names of errors.',
        suggestion='pass retry="failed" or retry={"RequestTimeoutError"}.',
    )
