"""Feedback: what an answer should have been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, overload

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import (
    MAX_INT,
    as_json,
    optional_text,
    require_id,
    require_int,
    require_one,
    require_segment,
    type_name,
)
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.call import Call
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import FeedbackListResponse, FeedbackSubmitResponse

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vlmrun._resources._raw_async.feedback import AsyncFeedbackWithRawResponse
else:
    BaseModel = later("pydantic", "BaseModel")
    AsyncFeedbackWithRawResponse = later("vlmrun._resources._raw_async.feedback", "AsyncFeedbackWithRawResponse")

__all__ = ["AsyncFeedback"]


class AsyncFeedback(AsyncResource):
    """Feedback on predictions, executions and chats: `AsyncVLMRun().feedback`."""

    @property
    def with_raw_response(self) -> AsyncFeedbackWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.feedback import AsyncFeedbackWithRawResponse

        return AsyncFeedbackWithRawResponse(self)

    @overload
    async def submit(
        self,
        request_id: str,
        response: Mapping[str, object] | BaseModel | None = None,
        notes: str | None = None,
        *,
        agent_execution_id: None = None,
        chat_id: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackSubmitResponse: ...
    @overload
    async def submit(
        self,
        request_id: None = None,
        response: Mapping[str, object] | BaseModel | None = None,
        notes: str | None = None,
        *,
        agent_execution_id: str,
        chat_id: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackSubmitResponse: ...
    @overload
    async def submit(
        self,
        request_id: None = None,
        response: Mapping[str, object] | BaseModel | None = None,
        notes: str | None = None,
        *,
        agent_execution_id: None = None,
        chat_id: str,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackSubmitResponse: ...
    async def submit(
        self,
        request_id: str | None = None,
        response: Mapping[str, object] | BaseModel | None = None,
        notes: str | None = None,
        *,
        agent_execution_id: str | None = None,
        chat_id: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackSubmitResponse:
        """Submit feedback on a prediction, an execution or a chat. Pass exactly one id, and `response` or `notes`.

        Args:
            request_id: The id of the prediction.
            response: The answer as it should have been: a mapping, or a pydantic model.
            notes: Remarks on the answer.
            agent_execution_id: Or the id of the execution.
            chat_id: Or the id of the chat.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: None or more than one of the ids is given, neither `response` nor `notes` is given, or an
                argument cannot be sent.
            APIError: The call failed. It is not retried if the server may have stored the feedback.

        HTTP: `POST /feedback/submit`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        given = require_one(require_id, request_id=request_id, agent_execution_id=agent_execution_id, chat_id=chat_id)
        if response is None and notes is None:
            raise InputError("response or notes is required; got none.", suggestion="pass one of them, or both.")
        call = Call(
            "POST",
            ("feedback", "submit"),
            FeedbackSubmitResponse.model_validate_json,
            {**given, "response": _answer(response), "notes": optional_text("notes", notes)},
        )
        return await self.__transport__.send(call, options)

    @overload
    async def get(
        self,
        request_id: str,
        offset: int = 0,
        limit: int = 10,
        *,
        agent_execution_id: None = None,
        chat_id: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackListResponse: ...
    @overload
    async def get(
        self,
        request_id: None = None,
        offset: int = 0,
        limit: int = 10,
        *,
        agent_execution_id: str,
        chat_id: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackListResponse: ...
    @overload
    async def get(
        self,
        request_id: None = None,
        offset: int = 0,
        limit: int = 10,
        *,
        agent_execution_id: None = None,
        chat_id: str,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackListResponse: ...
    async def get(
        self,
        request_id: str | None = None,
        offset: int = 0,
        limit: int = 10,
        *,
        agent_execution_id: str | None = None,
        chat_id: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FeedbackListResponse:
        """Get the feedback on a prediction, an execution or a chat. Pass exactly one id.

        Args:
            request_id: The id of the prediction.
            offset: Number of items to skip.
            limit: Maximum number of items, 1 to 1000.
            agent_execution_id: Or the id of the execution.
            chat_id: Or the id of the chat.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: None or more than one of the ids is given, or another argument is invalid.
            ResourceNotFoundError: The prediction, execution or chat does not exist.
            APIError: The call failed in another way.

        HTTP: `GET /feedback/{id}`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        given = require_one(require_id, request_id=request_id, agent_execution_id=agent_execution_id, chat_id=chat_id)
        require_int("offset", offset, 0, MAX_INT, "pass the number of items to skip.")
        require_int("limit", limit, 1, 1000, "call the method again with a higher offset to get more.")
        [(argument, id_)] = given.items()
        require_segment(argument, id_)
        kind = argument.removesuffix("_id")
        query = {"type": None if kind == "request" else kind, "limit": limit, "offset": offset}
        call = Call("GET", ("feedback", id_), FeedbackListResponse.model_validate_json, query=query)
        return await self.__transport__.send(call, options)


def _answer(response: object) -> object:
    """The answer as JSON holds it; `InputError` unless it is an object."""
    answer = as_json("response", response)
    if answer is not None and not isinstance(answer, dict):
        raise InputError(
            f"response must be a mapping or a pydantic model, not {type_name(response)}.",
            suggestion="pass the whole answer as a dict.",
        )
    return answer
