"""The hub: the catalogue of domains, with their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import require_segment
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.call import Call
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.schemas import schema_call, type_call
from vlmrun.client.types import GenerationConfig, HubDomainInfo, HubInfoResponse, SchemaResponse
from vlmrun.client.types._schemas import read_flag, read_hub_domains

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vlmrun._resources._raw_async.hub import AsyncHubWithRawResponse
else:
    BaseModel = later("pydantic", "BaseModel")
    AsyncHubWithRawResponse = later("vlmrun._resources._raw_async.hub", "AsyncHubWithRawResponse")

__all__ = ["AsyncHub"]


class AsyncHub(AsyncResource):
    """The hub of VLM Run: `AsyncVLMRun().hub`."""

    @property
    def with_raw_response(self) -> AsyncHubWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.hub import AsyncHubWithRawResponse

        return AsyncHubWithRawResponse(self)

    async def info(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> HubInfoResponse:
        """Get the version of the hub.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET /hub/info`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(Call("GET", ("hub", "info"), HubInfoResponse.model_validate_json), options)

    async def list_domains(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> list[HubDomainInfo]:
        """List all domains of the hub, in one response: this endpoint has no pages.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET /hub/domains`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(Call("GET", ("hub", "domains"), read_hub_domains), options)

    async def has_domain(
        self,
        domain: str,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> bool:
        """Whether the hub has a domain.

        Args:
            domain: The name of the domain, such as `document.invoice`.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `domain` cannot be a name.
            APIError: The call failed.

        HTTP: `GET /hub/domains/{domain}`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("domain", domain)
        return await self.__transport__.send(Call("GET", ("hub", "domains", domain), read_flag), options)

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

        HTTP: `POST /hub/schema`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(schema_call(("hub", "schema"), domain, config), options)

    async def get_pydantic_model(
        self,
        domain: str,
        config: GenerationConfig | Mapping[str, object] | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> type[BaseModel]:
        """Get a pydantic class for the answers of a domain, made from its schema; see `client.get_type`.

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
            ResponseValidationError: The schema cannot be expressed as a class.
            APIError: The call failed in another way.

        HTTP: `POST /hub/schema`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(type_call(("hub", "schema"), domain, config), options)
