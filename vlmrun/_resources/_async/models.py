"""Models: which of them serve which domains."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.call import Call
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun.client.types import ModelInfo
from vlmrun.client.types._schemas import read_models

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.models import AsyncModelsWithRawResponse
else:
    AsyncModelsWithRawResponse = later("vlmrun._resources._raw_async.models", "AsyncModelsWithRawResponse")

__all__ = ["AsyncModels"]


class AsyncModels(AsyncResource):
    """The models of VLM Run: `AsyncVLMRun().models`."""

    @property
    def with_raw_response(self) -> AsyncModelsWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.models import AsyncModelsWithRawResponse

        return AsyncModelsWithRawResponse(self)

    async def list(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> builtins.list[ModelInfo]:
        """List all pairs of a model and a domain that it serves, in one response: this endpoint has no pages.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET /models`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(Call("GET", ("models",), read_models), options)
