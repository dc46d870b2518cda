"""Polling an execution: when to poll again, and how it ends."""

from __future__ import annotations

from vlmrun._arguments.config import wait_seconds
from vlmrun._http.errors import in_seconds, said
from vlmrun._lifetimes.deadline import LAST_LOOK_SECONDS, Deadline
from vlmrun.client.exceptions import ExecutionFailedError, ExecutionTimeoutError, InputError, RequestTimeoutError
from vlmrun.client.types import AgentExecutionResponse

__all__ = ["Poll", "failure", "interval_of"]

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0


class Poll:
    """Decides after each poll of an execution what to do. Sleeping is left to the caller."""

    def __init__(self, execution_id: str, timeout: float | None, interval: float | None = None) -> None:
        seconds = wait_seconds("timeout", timeout)
        self.deadline = Deadline(seconds)
        self._within = "" if seconds is None else f" within {in_seconds(seconds)}"
        self._id = execution_id
        self._status: str | None = None
        self._pause = _FIRST_PAUSE_SECONDS if interval is None else interval
        self._longest_pause = _LONGEST_PAUSE_SECONDS if interval is None else interval
        self._is_last_look = False

    def pause(self, execution: AgentExecutionResponse) -> float | None:
        """Seconds until the next poll; `None` if the execution is completed."""
        self._status = execution.status
        if execution.status == "completed":
            return None
        failed = failure(execution)
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

    def _timed_out(self) -> ExecutionTimeoutError:
        return ExecutionTimeoutError(
            f"Execution {self._id} did not finish{self._within} (status: {self._status or 'unknown'});"
            " it is still running.",
            suggestion="call client.executions.wait(error.execution_id, timeout=...) to wait longer.",
            execution_id=self._id,
            status=self._status,
            error_type="timeout",
        )


def failure(execution: AgentExecutionResponse) -> ExecutionFailedError | None:
    """The error of an execution that has no result and will have none."""
    if execution.status not in ("failed", "cancelled"):
        return None
    reason = (said(execution.response) or "the server does not say why").rstrip(".")
    return ExecutionFailedError(
        f"Execution {execution.id} {'was cancelled' if execution.status == 'cancelled' else 'failed'}: {reason}.",
        execution_id=execution.id,
        status=execution.status,
        body=execution.response,
    )


def interval_of(poll_interval: object, sleep: object) -> float | None:
    """Seconds between two polls, from either of the two arguments; `None` where neither says."""
    if poll_interval is not None and sleep is not None:
        raise InputError("Both poll_interval and sleep are given.", suggestion="pass poll_interval alone.")
    name, value = ("poll_interval", poll_interval) if sleep is None else ("sleep", sleep)
    return wait_seconds(name, value)
