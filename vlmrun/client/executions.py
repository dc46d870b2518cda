"""Executions: what agents do in the background, and waiting for it.

What to send is decided once, by the functions at the end; the two classes differ in how they wait for the answer.

Source: API.md §3.6, §12 (waiting).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio
import pydantic

from vlmrun.client._checks import require_segment
from vlmrun.client._connections import Connections
from vlmrun.client._deadline import LAST_LOOK_SECONDS, Deadline
from vlmrun.client._transport import Call, said
from vlmrun.client.config import NOT_GIVEN, NotGiven, wait_seconds
from vlmrun.client.exceptions import ExecutionFailedError, ExecutionTimeoutError, RequestTimeoutError
from vlmrun.client.pages import AsyncPages, Page
from vlmrun.client.types import AgentExecutionResponse

if TYPE_CHECKING:
    from vlmrun.protocols import ClientConfig

__all__ = ["AsyncExecutions", "Executions"]

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0


class Executions:
    """The executions of an account: `VLMRun().executions`. `client.agent.execute` starts them."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client: a client, or anything with the same four values."""
        self._connections = Connections.of(client)
        self._transport = self._connections.transport

    def list(self, *, skip: int = 0, limit: int = 10) -> Page[AgentExecutionResponse]:
        """The executions of the account: a page of them, and all of them by iterating over it.

        Args:
            skip: How many to pass over.
            limit: How many to ask for at a time, 1 to 1000.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        Source: API.md §3.6, `GET /agent/executions`.
        """
        return Page(lambda skip, limit: self._transport.send(_list(skip, limit)), skip, limit)

    def get(self, execution_id: str) -> AgentExecutionResponse:
        """An execution as it stands.

        Args:
            execution_id: Its identifier.

        Raises:
            InputError: `execution_id` cannot be an identifier.
            ResourceNotFoundError: There is no such execution.
            APIError: The call failed in another way.

        Source: API.md §3.6, `GET /agent/executions/{id}`.
        """
        return self._transport.send(_get(execution_id))

    def wait(self, execution_id: str, *, timeout: float | NotGiven | None = NOT_GIVEN) -> AgentExecutionResponse:
        """Wait until an execution is completed. It is asked for every half second at first, and less often later.

        Args:
            execution_id: Its identifier.
            timeout: Seconds to wait at most, or `None` for as long as it takes; by default the client's `timeout`.

        Returns:
            The completed execution.

        Raises:
            InputError: An argument cannot be used.
            ExecutionFailedError: The execution failed or was cancelled.
            ExecutionTimeoutError: It has not ended in time.
            ResourceNotFoundError: There is no such execution.
            APIError: A call failed in another way.

        Source: API.md §12 (waiting).
        """
        poll = _Poll(execution_id, self._connections.timeout if isinstance(timeout, NotGiven) else timeout)
        while True:
            try:
                execution = self._transport.send(poll.call, poll.deadline)
            except RequestTimeoutError as error:
                raise poll.too_late(error) from error
            pause = poll.pause(execution)
            if pause is None:
                return execution
            time.sleep(pause)


class AsyncExecutions:
    """The executions of an account, awaited: `AsyncVLMRun().executions`. The methods are those of `Executions`."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client; see `Executions`."""
        self._connections = Connections.of(client)
        self._transport = self._connections.async_transport

    def list(self, *, skip: int = 0, limit: int = 10) -> AsyncPages[AgentExecutionResponse]:
        """The executions of the account: `await` gives a page, `async for` all of them; see `Executions.list`."""
        return AsyncPages(lambda skip, limit: self._transport.send(_list(skip, limit)), skip, limit)

    async def get(self, execution_id: str) -> AgentExecutionResponse:
        """An execution as it stands; see `Executions.get`."""
        return await self._transport.send(_get(execution_id))

    async def wait(self, execution_id: str, *, timeout: float | NotGiven | None = NOT_GIVEN) -> AgentExecutionResponse:
        """Wait until an execution is completed; see `Executions.wait`."""
        poll = _Poll(execution_id, self._connections.timeout if isinstance(timeout, NotGiven) else timeout)
        while True:
            try:
                execution = await self._transport.send(poll.call, poll.deadline)
            except RequestTimeoutError as error:
                raise poll.too_late(error) from error
            pause = poll.pause(execution)
            if pause is None:
                return execution
            await anyio.sleep(pause)


class _Poll:
    """Decides, each time an execution was asked for, what comes of it: the waiting is left to the caller."""

    def __init__(self, execution_id: str, timeout: float | None) -> None:
        self.call = _get(execution_id)
        self.deadline = Deadline(wait_seconds("timeout", timeout))
        self._id = execution_id
        self._status: str | None = None
        self._pause = _FIRST_PAUSE_SECONDS
        self._is_last_look = False

    def pause(self, execution: AgentExecutionResponse) -> float | None:
        """Seconds until it should be asked for again, or `None` where it is completed."""
        self._status = execution.status
        if execution.status == "completed":
            return None
        if execution.status in ("failed", "cancelled"):
            reason = (said(execution.response) or "the server does not say why").rstrip(".")
            raise ExecutionFailedError(
                f"The execution was {execution.status}: {reason}."
                if execution.status == "cancelled"
                else f"The execution failed: {reason}.",
                execution_id=self._id,
                status=execution.status,
                body=execution.response,
            )
        left = self.deadline.left()
        if left is not None and left - LAST_LOOK_SECONDS <= self._pause:
            if self._is_last_look or left <= LAST_LOOK_SECONDS:
                raise self._timed_out()
            self._is_last_look = True
            return left - LAST_LOOK_SECONDS
        pause = self._pause
        self._pause = min(1.5 * pause, _LONGEST_PAUSE_SECONDS)
        return pause

    def too_late(self, error: RequestTimeoutError) -> Exception:
        """What to raise where the server did not answer in time: its own error, while there is time left."""
        return self._timed_out() if self.deadline.is_before(0) else error

    def _timed_out(self) -> ExecutionTimeoutError:
        return ExecutionTimeoutError(
            f"The execution has not ended in time; it was {self._status or 'not seen'}.",
            suggestion="wait again, with a longer timeout=..., in seconds: it goes on.",
            execution_id=self._id,
            status=self._status,
            error_type="timeout",
        )


# What each method sends -----------------------------------------------------------------------------------------------

_read_executions = pydantic.TypeAdapter(list[AgentExecutionResponse]).validate_json


def _list(skip: int, limit: int) -> Call[list[AgentExecutionResponse]]:
    return Call("GET", ("agent", "executions"), _read_executions, query={"skip": skip, "limit": limit})


def _get(execution_id: str) -> Call[AgentExecutionResponse]:
    require_segment("execution_id", execution_id)
    return Call("GET", ("agent", "executions", execution_id), AgentExecutionResponse.model_validate_json)
