"""What a job says of each of its items, and of all of them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from vlmrun.client.exceptions import VLMRunError

__all__ = ["BatchCounts", "BatchError", "BatchResult", "BatchStatus"]

T_co = TypeVar("T_co", covariant=True)

BatchStatus: TypeAlias = Literal["pending", "running", "done", "failed", "interrupted"]
"""Where an item is: not yet sent, on its way, answered, without an answer, or sent by a process that ended."""


class BatchError(VLMRunError):
    """Why an item has no output. It is a value: a job goes on, and `result.output` raises it."""

    kind: str
    """The name of the error that a call of its own would have raised, such as `RequestTimeoutError`; `Interrupted` for
    an item whose request was on its way when the process ended, and `Unfinished` for one that has not ended."""
    http_status: int | None
    """The HTTP status code; `None` without a response."""
    may_be_billed: bool
    """Whether the server may have done the work, so that another try may be billed again."""

    def __init__(
        self,
        message: str = "",
        *,
        kind: str = "VLMRunError",
        http_status: int | None = None,
        may_be_billed: bool = False,
        suggestion: str | None = None,
        error_type: str | None = None,
    ) -> None:
        super().__init__(message, suggestion=suggestion, error_type=error_type)
        self.kind = kind
        self.http_status = http_status
        self.may_be_billed = may_be_billed


@dataclass(frozen=True, repr=False)
class BatchResult(Generic[T_co]):
    """One item of a job: where it is from, its state, and its output or error."""

    source: str
    """The path, URL, file id or name of the item; of a row, its JSON."""
    key: str
    """What identifies the item: a digest of its bytes, the prompt, the model, the schema and the options."""
    status: BatchStatus
    """`pending`, `running`, `done`, `failed` or `interrupted`."""
    error: BatchError | None
    """Why there is no output; `None` if there is one."""
    credits: float | None
    """The credits that it cost, with those of failed answers before a retry; `None` if the server did not say."""
    seconds: float | None
    """Seconds from the first request to the answer; `None` before it has ended."""
    may_be_billed: bool
    """Whether the server has done the work, or may have."""
    id: str | None = None
    """The id of the execution or the prediction; `None` for a chat, and before it is known."""
    text: str | None = field(default=None)
    """The answer as text, also one that does not match the `response_model`."""
    _output: T_co | None = None

    @property
    def output(self) -> T_co:
        """The answer: an instance of the `response_model`; without one, text for a prompt and JSON for a domain.

        Raises:
            BatchError: The item has no output; `error` is not `None`.
        """
        if self.error is not None:
            raise self.error
        return self._output  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # the output may be None itself

    def __repr__(self) -> str:
        return f"BatchResult(source={self.source.partition('?')[0]!r}, status={self.status!r}, key={self.key!r})"


@dataclass(frozen=True)
class BatchCounts:
    """How many items of a job are in each state. Each item is in exactly one."""

    pending: int
    """Known, and not sent."""
    running: int
    """On their way, or being worked on by the server."""
    done: int
    """Answered."""
    failed: int
    """Without an answer; `result.error` says why."""
    interrupted: int
    """Sent by a process that ended before the server answered."""
    credits: float
    """The credits that all of them cost, as far as the server says."""

    @property
    def total(self) -> int:
        """The number of items."""
        return self.pending + self.running + self.done + self.failed + self.interrupted
