"""`Batch`: what to ask of each item, and where its journal lies."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeAlias, TypeVar, overload

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._inputs.options import AgentToolset, GenerationOptions
from vlmrun._inputs.parts import SupportsId
from vlmrun._inputs.skills import Skill
from vlmrun._resources.webhooks import WebhookEvent
from vlmrun.batch._results import BatchCounts, BatchResult, BatchStatus
from vlmrun.client import AsyncVLMRun, VLMRun
from vlmrun.client.types import GenerationConfig

__all__ = ["Batch"]

T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=BaseModel)

Source: TypeAlias = str | os.PathLike[str] | tuple[str, bytes] | SupportsId | Mapping[str, object]


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
        timeout: Seconds for each item from its first request, or `None` for no limit; defaults to the client's.
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
        raise NotImplementedError

    def run(
        self,
        sources: Iterable[Source] = (),
        *,
        retry: Literal["failed"] | Collection[str] = (),
        wait: bool = True,
        progress: bool | None = None,
    ) -> BatchCounts:
        """Do all items that are not done, and return how many are in each state."""
        raise NotImplementedError

    async def arun(
        self,
        sources: Iterable[Source] = (),
        *,
        retry: Literal["failed"] | Collection[str] = (),
        wait: bool = True,
        progress: bool | None = None,
    ) -> BatchCounts:
        """The same as `run`, in a running event loop."""
        raise NotImplementedError

    def counts(self) -> BatchCounts:
        """How many items are in each state."""
        raise NotImplementedError

    def results(self, *, status: BatchStatus | None = None) -> Iterator[BatchResult[T_co]]:
        """The items in the order in which they were added, read a page at a time."""
        raise NotImplementedError

    def write(self, path: str | os.PathLike[str]) -> int:
        """Write all items to a `.jsonl`, `.csv` or `.parquet` file, and return how many there are."""
        raise NotImplementedError

    def receive(self, webhook: WebhookEvent[object]) -> BatchResult[T_co] | None:
        """Keep the answer that a webhook brings."""
        raise NotImplementedError
