"""Domains: kinds of input, each with a schema of its answers."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.call import Call
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.schemas import schema_call
from vlmrun.client.types import DomainInfo, GenerationConfig, SchemaResponse
from vlmrun.client.types._schemas import read_domains

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.domains import AsyncDomainsWithRawResponse
else:
    AsyncDomainsWithRawResponse = later("vlmrun._resources._raw_async.domains", "AsyncDomainsWithRawResponse")

__all__ = ["AsyncDomains"]


class AsyncDomains(AsyncResource):
    """The domains of VLM Run: `AsyncVLMRun().domains`."""

    @property
    def with_raw_response(self) -> AsyncDomainsWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.domains import AsyncDomainsWithRawResponse

        return AsyncDomainsWithRawResponse(self)

    async def list(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> builtins.list[DomainInfo]:
        """List all domains, in one response: this endpoint has no pages.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET /domains`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(Call("GET", ("domains",), read_domains), options)

    async def get_schema(
        self,
        domain: str,
        config: GenerationConfig | Mapping[str, object] | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SchemaResponse:
        """Get the schema of the answers of a domain.

        Args:
            domain: The name of the domain, such as `document.invoice`.
            config: What the schema depends on, such as `gql_stmt`, as a model or a mapping of the same fields.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: An argument cannot be sent.
            ResourceNotFoundError: The domain does not exist.
            APIError: The call failed in another way.

        HTTP: `POST /schema`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(schema_call(("schema",), domain, config), options)
