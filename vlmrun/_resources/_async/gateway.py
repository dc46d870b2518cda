"""The gateway: models of other makers for chats, embeddings and transcriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._arguments.gateway import gateway_root
from vlmrun._arguments.urls import openai_base_url
from vlmrun._http.call import Call, nothing
from vlmrun._lifetimes.names import later
from vlmrun._resources.gateway_accessors import AsyncGatewayAccessors
from vlmrun.client.exceptions import ServerError
from vlmrun.client.types import GatewayModel
from vlmrun.client.types._gateway import read_gateway_models

if TYPE_CHECKING:
    from vlmrun._resources._async.systemone import AsyncSystemOne
    from vlmrun._resources._raw_async.gateway import AsyncGatewayWithRawResponse
else:
    AsyncSystemOne = later("vlmrun._resources._async.systemone", "AsyncSystemOne")
    AsyncGatewayWithRawResponse = later("vlmrun._resources._raw_async.gateway", "AsyncGatewayWithRawResponse")

__all__ = ["AsyncGateway"]


class AsyncGateway(AsyncGatewayAccessors):
    """VLM Run's gateway: `AsyncVLMRun().gateway`.

    It uses the options of the client except its base URL: the gateway is at `VLMRUN_GATEWAY_BASE_URL`, then
    `VLMRUN_GATEWAY_URL`, then, for clients of VLM Run, `https://gateway.vlm.run/v1`. It needs no key: a client that was
    made with `require_api_key=False` is anonymous there.
    """

    @property
    def with_raw_response(self) -> AsyncGatewayWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.gateway import AsyncGatewayWithRawResponse

        return AsyncGatewayWithRawResponse(self)

    @property
    def systemone(self) -> AsyncSystemOne:
        """System One, typed decisions: `decide`, `models`."""
        from vlmrun._resources._async.systemone import AsyncSystemOne

        return self.__connections__.resource(AsyncSystemOne)

    @property
    def base_url(self) -> str:
        """The base URL of the gateway in normal form."""
        return self.__connections__.base_url

    @property
    def openai_base_url(self) -> str:
        """The base URL of its OpenAI-compatible endpoint."""
        return openai_base_url(self.__connections__.base_url)

    async def models(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> list[GatewayModel]:
        """List the models of the gateway with their capabilities, in one response: this endpoint has no pages.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET {gateway}/openai/models`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(Call("GET", ("openai", "models"), read_gateway_models), options)

    async def health(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> bool:
        """Whether the gateway is up: `False` if it responds with a 5xx status, after the retries.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            NetworkError: The server cannot be reached.
            APIError: Any other non-2xx response.

        HTTP: `GET /health` of the gateway's host, outside `/v1`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        root = self.__connections__.at(gateway_root(self.__connections__.base_url))
        try:
            await root.async_transport.send(Call("GET", ("health",), nothing), options)
        except ServerError:
            return False
        return True
