"""What every resource of predictions has: `list`, `get` and `wait`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, overload

from pydantic import BaseModel

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.pages import AsyncPages
from vlmrun._resources._async.paging import paged
from vlmrun._resources._async.polling import polled
from vlmrun._resources._async.predicting import answered, get_call
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.polls import PredictionPoll, interval_of
from vlmrun._resources.schemas import require_model
from vlmrun.client.types import PredictionResponse
from vlmrun.client.types._predictions import read_predictions

__all__ = ["AsyncPredictionResource"]

_M = TypeVar("_M", bound=BaseModel)


class AsyncPredictionResource(AsyncResource):
    """The predictions of an account."""

    def list(
        self,
        skip: int = 0,
        limit: int = 10,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPages[PredictionResponse]:
        """List the predictions of the account: `await` returns one page, `async for` iterates over all of them.

        Args:
            skip: Number of predictions to skip.
            limit: Number of predictions per page, 1 to 1000.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        HTTP: [`GET /predictions`](https://docs.vlm.run/api-reference/v1/predictions/get-predictions).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return paged(self.__transport__, ("predictions",), read_predictions, skip, limit, options)

    async def get(
        self,
        id: str,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse:
        """Get a prediction with its current status.

        Args:
            id: The id of the prediction.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The prediction; its `response` is JSON, and `None` while it is running.

        Raises:
            InputError: `id` is not a valid id.
            ResourceNotFoundError: The prediction does not exist.
            APIError: The call failed in another way.

        HTTP: [`GET /predictions/{id}`](https://docs.vlm.run/api-reference/v1/predictions/get-prediction-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(get_call(id), options)

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
    ) -> PredictionResponse: ...
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
    ) -> PredictionResponse[_M]: ...
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
    ) -> PredictionResponse[object]:
        """Poll a prediction until it is completed.

        Args:
            id: The id of the prediction.
            timeout: Maximum seconds to wait, or `None` for no limit; defaults to the client's `timeout`.
            sleep: The official SDK's name for `poll_interval`.
            poll_interval: Seconds between two polls; by default 0.1 at first, growing to 5.
            response_model: A pydantic model that the answer is parsed into; without it, the answer is JSON.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The completed prediction.

        Raises:
            InputError: An argument cannot be used.
            PredictionFailedError: The prediction failed or was cancelled.
            PredictionTimeoutError: The prediction did not finish in time; it is still running.
            OutputValidationError: The answer does not match `response_model`.
            ResourceNotFoundError: The prediction does not exist.
            APIError: A call failed in another way.

        HTTP: [`GET /predictions/{id}`](https://docs.vlm.run/api-reference/v1/predictions/get-prediction-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_model(response_model)
        call = get_call(id)
        connections = self.__connections__
        seconds = connections.timeout if isinstance(timeout, NotGiven) else timeout
        poll = PredictionPoll(id, seconds, interval_of(poll_interval, sleep))
        prediction, ending = await polled(connections, poll, call, options.without_timeout())
        return answered(prediction, response_model, ending)
