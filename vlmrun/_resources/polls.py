"""Polling an execution: when to poll again, and how it ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from vlmrun._arguments.config import wait_seconds
from vlmrun._http.errors import in_seconds, said
from vlmrun._lifetimes.deadline import LAST_LOOK_SECONDS, Deadline
from vlmrun.client.exceptions import (
    APIError,
    ExecutionFailedError,
    ExecutionTimeoutError,
    InputError,
    PredictionFailedError,
    PredictionTimeoutError,
    RequestTimeoutError,
)
from vlmrun.client.types import AgentExecutionResponse, PredictionResponse

__all__ = ["ExecutionPoll", "Job", "Poll", "PredictionPoll", "failure", "interval_of", "prediction_failure"]


class Job(Protocol):
    """What can be waited for."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...


J = TypeVar("J", bound=Job)

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0


class Poll(ABC, Generic[J]):
    """Decides after each poll of a job what to do. Sleeping is left to the caller."""

    def __init__(self, job_id: str | None, timeout: float | None, interval: float | None = None) -> None:
        """Start to wait.

        Args:
            job_id: The id of the job; `None` for one that has yet to start.
            timeout: Maximum seconds to wait, or `None` for no limit.
            interval: Seconds between two looks; `None` for short pauses at first and longer ones later.
        """
        seconds = wait_seconds("timeout", timeout)
        self.deadline = Deadline(seconds)
        self._within = "" if seconds is None else f" within {in_seconds(seconds)}"
        self._id = job_id
        self._seen: J | None = None
        self._pause = _FIRST_PAUSE_SECONDS if interval is None else interval
        self._longest_pause = _LONGEST_PAUSE_SECONDS if interval is None else interval
        self._is_last_look = False

    def pause(self, job: J) -> float | None:
        """Seconds until the next poll; `None` if the job is completed."""
        self._id, self._seen = job.id, job
        if job.status == "completed":
            return None
        failed = self._failure(job)
        if failed is not None:
            raise failed
        left = self.deadline.left()
        if left is not None and left - LAST_LOOK_SECONDS <= self._pause:
            if self._is_last_look or left <= LAST_LOOK_SECONDS:
                raise self._timed_out()
            self._is_last_look = True
            return left - LAST_LOOK_SECONDS
        pause = self._pause
        self._pause = min(1.5 * pause, self._longest_pause)
        return pause

    def too_late(self, error: RequestTimeoutError) -> Exception:
        """The error if the server did not answer in time: its own error while there is time left."""
        return self._timed_out() if self.deadline.is_before(0) else error

    @property
    def _status(self) -> str | None:
        return None if self._seen is None else self._seen.status

    def _unfinished(self, kind: str) -> str:
        which = f"{kind} {self._id}" if self._id else kind
        running = "may still be" if self._seen is None else "is still"
        return f"{which} did not finish{self._within} (status: {self._status or 'unknown'}); it {running} running."

    @abstractmethod
    def _failure(self, job: J) -> APIError | None:
        """The error of a job that has no result and will have none."""

    @abstractmethod
    def _timed_out(self) -> APIError:
        """The error of a job that did not finish in time."""


class ExecutionPoll(Poll[AgentExecutionResponse]):
    """Waits for an execution."""

    def _failure(self, job: AgentExecutionResponse) -> ExecutionFailedError | None:
        return failure(job)

    def _timed_out(self) -> ExecutionTimeoutError:
        return ExecutionTimeoutError(
            self._unfinished("Execution"),
            suggestion="call client.executions.wait(error.execution_id, timeout=...) to wait longer.",
            execution_id=self._id,
            status=self._status,
            execution=self._seen,
            error_type="timeout",
        )


class PredictionPoll(Poll[PredictionResponse]):
    """Waits for a prediction."""

    def _failure(self, job: PredictionResponse) -> PredictionFailedError | None:
        return prediction_failure(job)

    def _timed_out(self) -> PredictionTimeoutError:
        return PredictionTimeoutError(
            self._unfinished("Prediction"),
            suggestion="look for it in client.predictions.list() before you submit it again."
            if self._id is None
            else "call client.predictions.wait(error.prediction_id, timeout=...) to wait longer.",
            prediction_id=self._id,
            status=self._status,
            prediction=self._seen,
            body=None if self._seen is None else self._seen.model_dump(mode="json"),
            error_type="timeout",
        )


def failure(execution: AgentExecutionResponse) -> ExecutionFailedError | None:
    """The error of an execution that has no result and will have none."""
    if execution.status not in _FAILED:
        return None
    return ExecutionFailedError(
        _failed("Execution", execution.id, execution.status, said(execution.response)),
        execution_id=execution.id,
        status=execution.status,
        execution=execution,
        body=execution.response,
    )


def prediction_failure(prediction: PredictionResponse) -> PredictionFailedError | None:
    """The error of a prediction that has no answer and will have none."""
    if prediction.status not in _FAILED:
        return None
    return PredictionFailedError(
        _failed("Prediction", prediction.id, prediction.status, prediction.message or said(prediction.response)),
        prediction_id=prediction.id,
        status=prediction.status,
        prediction=prediction,
        body=prediction.model_dump(mode="json"),
    )


_FAILED = ("failed", "cancelled")


def _failed(kind: str, job_id: str, status: str, reason: str | None) -> str:
    what = "was cancelled" if status == "cancelled" else "failed"
    return f"{kind} {job_id} {what}: {(reason or 'the server does not say why').rstrip('.')}."


def interval_of(poll_interval: object, sleep: object) -> float | None:
    """Seconds between two polls, from either of the two arguments; `None` where neither says."""
    if poll_interval is not None and sleep is not None:
        raise InputError("Both poll_interval and sleep are given.", suggestion="pass poll_interval alone.")
    name, value = ("poll_interval", poll_interval) if sleep is None else ("sleep", sleep)
    return wait_seconds(name, value)
