"""Executions: runs of agents in the background, and waiting for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, overload

import pydantic

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import require_segment
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._http.call import Call
from vlmrun._http.pages import AsyncPages
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.paging import paged
from vlmrun._resources._async.polling import polled
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.outputs import run_of
from vlmrun._resources.polls import ExecutionPoll, interval_of
from vlmrun._resources.results import AgentRun
from vlmrun._resources.schemas import require_model
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.client.types._executions import read_executions

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.executions import AsyncExecutionsWithRawResponse
else:
    AsyncExecutionsWithRawResponse = later("vlmrun._resources._raw_async.executions", "AsyncExecutionsWithRawResponse")

__all__ = ["AsyncExecutions"]

_M = TypeVar("_M", bound=pydantic.BaseModel)


class AsyncExecutions(AsyncResource):
    """The executions of an account: `AsyncVLMRun().executions`. `client.agent.execute` starts one."""

    @property
    def with_raw_response(self) -> AsyncExecutionsWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.executions import AsyncExecutionsWithRawResponse

        return AsyncExecutionsWithRawResponse(self)

    def list(
        self,
        skip: int = 0,
        limit: int = 10,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPages[AgentExecutionResponse]:
        """List the executions of the account: `await` returns one page, `async for` iterates over all of them.

        Args:
            skip: Number of executions to skip.
            limit: Number of executions per page, 1 to 1000.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        HTTP: [`GET /agent/executions`](https://docs.vlm.run/agents/api-reference/v1/get-agent-executions).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return paged(self.__transport__, ("agent", "executions"), read_executions, skip, limit, options)

    async def get(
        self,
        id: str,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentExecutionResponse:
        """Get an execution with its current status.

        Args:
            id: The id of the execution.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `id` is not a valid id.
            ResourceNotFoundError: The execution does not exist.
            APIError: The call failed in another way.

        HTTP: [`GET /agent/executions/{id}`](https://docs.vlm.run/agents/api-reference/v1/get-agent-executions-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(_get(id), options)

    @overload
    async def wait(
        self,
        id: str,
        timeout: float | NotGiven | None = NOT_GIVEN,
        sleep: float | None = None,
        *,
        poll_interval: float | None = None,
        response_model: None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentExecutionResponse: ...
    @overload
    async def wait(
        self,
        id: str,
        timeout: float | NotGiven | None = NOT_GIVEN,
        sleep: float | None = None,
        *,
        poll_interval: float | None = None,
        response_model: type[_M],
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentRun[_M, AgentExecutionResponse]: ...
    async def wait(
        self,
        id: str,
        timeout: float | NotGiven | None = NOT_GIVEN,
        sleep: float | None = None,
        *,
        poll_interval: float | None = None,
        response_model: type[_M] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentExecutionResponse | AgentRun[_M | str, AgentExecutionResponse]:
        """Poll an execution until it is completed.

        Args:
            id: The id of the execution.
            timeout: Maximum seconds to wait, or `None` for no limit; defaults to the client's `timeout`.
            sleep: The official SDK's name for `poll_interval`.
            poll_interval: Seconds between two polls; by default 0.1 at first, growing to 5.
            response_model: A pydantic model that the answer is parsed into, as in `client.agent.run`.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The completed execution; with a `response_model`, the `AgentRun` that contains the parsed answer.

        Raises:
            InputError: An argument cannot be used.
            ExecutionFailedError: The execution failed or was cancelled.
            ExecutionTimeoutError: The execution did not finish in time; it is still running.
            OutputValidationError: The answer does not match `response_model`.
            ResourceNotFoundError: The execution does not exist.
            APIError: A call failed in another way.

        HTTP: [`GET /agent/executions/{id}`](https://docs.vlm.run/agents/api-reference/v1/get-agent-executions-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        call = _get(id)
        require_model(response_model)
        poll = ExecutionPoll(
            id,
            self.__connections__.timeout if isinstance(timeout, NotGiven) else timeout,
            interval_of(poll_interval, sleep),
        )
        execution, ending = await polled(self.__connections__, poll, call, options.without_timeout())
        if response_model is None:
            return execution
        with discreet_errors():
            return run_of(execution, response_model, ending)


def _get(id: str) -> Call[AgentExecutionResponse]:
    require_segment("id", id)
    return Call("GET", ("agent", "executions", id), AgentExecutionResponse.model_validate_json)
