"""The client: its options, its resources and its connections."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from vlmrun._arguments.config import (
    DEFAULT_MAX_CONNECTIONS,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    NOT_GIVEN,
    Configuration,
    NotGiven,
    QueryValue,
    configure,
    reconfigure,
    warn_of_clear_text,
)
from vlmrun._arguments.connection_options import (
    Certificate,
    OnRequest,
    OnResponse,
    Verify,
    warn_of_no_verification,
)
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._lifetimes.names import later
from vlmrun._resources.client_accessors import AsyncClientAccessors
from vlmrun._resources.connections import Connections
from vlmrun._version import __version__

if TYPE_CHECKING:
    from pydantic import BaseModel
    from typing_extensions import Self

    from vlmrun._resources._async.agent import AsyncAgent
    from vlmrun._resources._async.artifacts import AsyncArtifacts
    from vlmrun._resources._async.audio import AsyncAudio
    from vlmrun._resources._async.datasets import AsyncDatasets
    from vlmrun._resources._async.document import AsyncDocument
    from vlmrun._resources._async.domains import AsyncDomains
    from vlmrun._resources._async.executions import AsyncExecutions
    from vlmrun._resources._async.feedback import AsyncFeedback
    from vlmrun._resources._async.files import AsyncFiles
    from vlmrun._resources._async.fine_tuning import AsyncFinetuning
    from vlmrun._resources._async.gateway import AsyncGateway
    from vlmrun._resources._async.hub import AsyncHub
    from vlmrun._resources._async.image import AsyncImage
    from vlmrun._resources._async.models import AsyncModels
    from vlmrun._resources._async.predictions import AsyncPredictions
    from vlmrun._resources._async.skills import AsyncSkills
    from vlmrun._resources._async.video import AsyncVideo
    from vlmrun.client.types import DomainInfo, GenerationConfig, SchemaResponse
    from vlmrun.protocols import SupportsTimeouts
else:
    BaseModel = later("pydantic", "BaseModel")
    Self = later("typing_extensions", "Self")
    AsyncAgent = later("vlmrun._resources._async.agent", "AsyncAgent")
    AsyncArtifacts = later("vlmrun._resources._async.artifacts", "AsyncArtifacts")
    AsyncDomains = later("vlmrun._resources._async.domains", "AsyncDomains")
    AsyncExecutions = later("vlmrun._resources._async.executions", "AsyncExecutions")
    AsyncFiles = later("vlmrun._resources._async.files", "AsyncFiles")
    AsyncGateway = later("vlmrun._resources._async.gateway", "AsyncGateway")
    AsyncHub = later("vlmrun._resources._async.hub", "AsyncHub")
    AsyncImage = later("vlmrun._resources._async.image", "AsyncImage")
    AsyncAudio = later("vlmrun._resources._async.audio", "AsyncAudio")
    AsyncDocument = later("vlmrun._resources._async.document", "AsyncDocument")
    AsyncVideo = later("vlmrun._resources._async.video", "AsyncVideo")
    AsyncModels = later("vlmrun._resources._async.models", "AsyncModels")
    AsyncFeedback = later("vlmrun._resources._async.feedback", "AsyncFeedback")
    AsyncDatasets = later("vlmrun._resources._async.datasets", "AsyncDatasets")
    AsyncFinetuning = later("vlmrun._resources._async.fine_tuning", "AsyncFinetuning")
    AsyncPredictions = later("vlmrun._resources._async.predictions", "AsyncPredictions")
    AsyncSkills = later("vlmrun._resources._async.skills", "AsyncSkills")
    DomainInfo = later("vlmrun.client.types", "DomainInfo")
    GenerationConfig = later("vlmrun.client.types", "GenerationConfig")
    SchemaResponse = later("vlmrun.client.types", "SchemaResponse")
    SupportsTimeouts = later("vlmrun.protocols", "SupportsTimeouts")

__all__ = ["AsyncVLMRun"]

C = TypeVar("C", bound="AsyncVLMRun")


class AsyncVLMRun(AsyncClientAccessors):
    """A client for VLM Run.

    ```python
    async with AsyncVLMRun(api_key="...") as client:
        answer = await client.agent.completions.create(
            model="vlmrun-orion-1:auto", messages=[{"role": "user", "content": "Hello!"}]
        )
    ```

    Tasks and threads may share one client, and it works in one event loop after another. A pickled client contains the
    API key: protect it as you protect the key.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | SupportsTimeouts | None = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        *,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, QueryValue] | None = None,
        verify: Verify = True,
        cert: Certificate | None = None,
        proxy: str | None = None,
        max_connections: int = DEFAULT_MAX_CONNECTIONS,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
        require_api_key: bool = True,
    ) -> None:
        """Configure a client. This reads the arguments and the environment, and sends nothing.

        Args:
            api_key: The VLM Run API key; defaults to `VLMRUN_API_KEY`.
            base_url: Where VLM Run is; defaults to `VLMRUN_BASE_URL`, then `https://api.vlm.run/v1`.
            timeout: Seconds to wait for an answer, or `None` for no limit. Connecting is limited to 5 s. A
                `httpx2.Timeout` or the like sets both: `read` limits the answer, `connect` limits connecting.
            max_retries: How many times a failed request is retried after the first attempt, where that is safe.
            default_headers: Headers added to every request.
            default_query: Query parameters added to every request.
            verify: The CA certificates to trust: the path of a PEM file or folder, or an `ssl.SSLContext`; `False`
                verifies nothing.
            cert: A client certificate: the path of a PEM file, `(certificate, key)` or `(certificate, key, password)`.
            proxy: The URL of an HTTP or SOCKS proxy, which may include a user name and password; defaults to the proxy
                variables of the environment (`HTTPS_PROXY`, `ALL_PROXY`, …).
            max_connections: How many connections may be open at once, for native calls and for OpenAI's clients each.
            on_request: Called with a `vlmrun.hooks.RequestInfo` before each request, retries included. Must not block.
            on_response: Called with a `vlmrun.hooks.ResponseInfo` after each response or failed request.
            require_api_key: Whether a missing key is an error here. If `False`, `healthcheck`, `hub` and `gateway` work
                without a key, and every other call raises `AuthenticationError` before it is sent.

        Raises:
            ConfigurationError: The key is missing, or a value cannot be used. What a path leads to is read when
                connections are opened, and such an error is raised then.
        """
        with discreet_errors():
            config = configure(
                api_key=api_key,
                base_url=base_url,
                timeout=timeout,
                max_retries=max_retries,
                default_headers=default_headers,
                environ=os.environ,
                default_query=default_query,
                verify=verify,
                cert=cert,
                proxy=proxy,
                max_connections=max_connections,
                on_request=on_request,
                on_response=on_response,
                require_api_key=require_api_key,
            )
        warn_of_clear_text(config.base_url)
        warn_of_no_verification(config.connections)
        if os.environ.get("VLMRUN_LOG"):
            from vlmrun._http.logs import print_logs  # here, because few programs need it

            print_logs(os.environ["VLMRUN_LOG"])
        self.__connections__ = Connections(config)

    # Each resource, and what it imports (httpx2, pydantic), loads on first use.

    @property
    def agent(self) -> AsyncAgent:
        """VLM Run's agents: the native API, and OpenAI's chat completions as `agent.completions`."""
        from vlmrun._resources._async.agent import AsyncAgent

        return self.__connections__.resource(AsyncAgent)

    @property
    def files(self) -> AsyncFiles:
        """The files of the account: `upload`, `list`, `get`, `delete`."""
        from vlmrun._resources._async.files import AsyncFiles

        return self.__connections__.resource(AsyncFiles)

    @property
    def executions(self) -> AsyncExecutions:
        """Executions, which run in the background: `wait`, `get`, `list`. `agent.execute` starts one."""
        from vlmrun._resources._async.executions import AsyncExecutions

        return self.__connections__.resource(AsyncExecutions)

    @property
    def artifacts(self) -> AsyncArtifacts:
        """The files that agents create: `list`, `get`, `image`, `array`, `download`."""
        from vlmrun._resources._async.artifacts import AsyncArtifacts

        return self.__connections__.resource(AsyncArtifacts)

    @property
    def image(self) -> AsyncImage:
        """What VLM Run extracts from images: `generate`, `execute`, `schema`."""
        from vlmrun._resources._async.image import AsyncImage

        return self.__connections__.resource(AsyncImage)

    @property
    def document(self) -> AsyncDocument:
        """What VLM Run extracts from documents: `generate`, `execute`, `schema`."""
        from vlmrun._resources._async.document import AsyncDocument

        return self.__connections__.resource(AsyncDocument)

    @property
    def audio(self) -> AsyncAudio:
        """What VLM Run extracts from audio: `generate`, `execute`, `schema`."""
        from vlmrun._resources._async.audio import AsyncAudio

        return self.__connections__.resource(AsyncAudio)

    @property
    def video(self) -> AsyncVideo:
        """What VLM Run extracts from videos: `generate`, `execute`, `schema`."""
        from vlmrun._resources._async.video import AsyncVideo

        return self.__connections__.resource(AsyncVideo)

    @property
    def predictions(self) -> AsyncPredictions:
        """Predictions, which the four above make: `wait`, `get`, `list`."""
        from vlmrun._resources._async.predictions import AsyncPredictions

        return self.__connections__.resource(AsyncPredictions)

    @property
    def models(self) -> AsyncModels:
        """The models of VLM Run, with the domains that they serve: `list`."""
        from vlmrun._resources._async.models import AsyncModels

        return self.__connections__.resource(AsyncModels)

    @property
    def domains(self) -> AsyncDomains:
        """The domains of VLM Run, with the schemas of their answers: `list`, `get_schema`."""
        from vlmrun._resources._async.domains import AsyncDomains

        return self.__connections__.resource(AsyncDomains)

    @property
    def hub(self) -> AsyncHub:
        """The hub, the catalogue of domains: `info`, `list_domains`, `get_schema`, `get_pydantic_model`."""
        from vlmrun._resources._async.hub import AsyncHub

        return self.__connections__.resource(AsyncHub)

    @property
    def skills(self) -> AsyncSkills:
        """The skills that VLM Run stores: `list`, `get`, `create`, `create_from_directory`, `update`, `download`."""
        from vlmrun._resources._async.skills import AsyncSkills

        return self.__connections__.resource(AsyncSkills)

    @property
    def feedback(self) -> AsyncFeedback:
        """Feedback on answers: `submit`, `get`."""
        from vlmrun._resources._async.feedback import AsyncFeedback

        return self.__connections__.resource(AsyncFeedback)

    @property
    def datasets(self) -> AsyncDatasets:
        """The datasets for fine-tuning: `create`, `get`, `list`. The server's routes are unconfirmed."""
        from vlmrun._resources._async.datasets import AsyncDatasets

        return self.__connections__.resource(AsyncDatasets)

    @property
    def fine_tuning(self) -> AsyncFinetuning:
        """Fine-tuning: `create`, `get`, `list`, `list_models`, `provision`, `generate`. The routes are unconfirmed."""
        from vlmrun._resources._async.fine_tuning import AsyncFinetuning

        return self.__connections__.resource(AsyncFinetuning)

    @property
    def gateway(self) -> AsyncGateway:
        """The gateway to models of other makers: `completions`, `embeddings`, `transcriptions`, `models`, `health`."""
        from vlmrun._resources._async.gateway import AsyncGateway

        return self.__connections__.resource(AsyncGateway)

    @property
    def api_key(self) -> str:
        """The VLM Run API key; empty if there is none."""
        return self.__connections__.api_key

    @property
    def version(self) -> str:
        """The version of this package, as `vlmrun.__version__`."""
        return __version__

    @property
    def base_url(self) -> str:
        """The base URL in normal form: without a trailing slash, and without `/openai`."""
        return self.__connections__.base_url

    @property
    def timeout(self) -> float | None:
        """Total seconds per attempt, or `None` for no limit."""
        return self.__connections__.timeout

    @property
    def max_retries(self) -> int:
        """Maximum retries after the first attempt."""
        return self.__connections__.max_retries

    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | SupportsTimeouts | NotGiven | None = NOT_GIVEN,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
        set_default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, QueryValue] | None = None,
        verify: Verify | NotGiven = NOT_GIVEN,
        cert: Certificate | NotGiven | None = NOT_GIVEN,
        proxy: str | NotGiven | None = NOT_GIVEN,
        max_connections: int | None = None,
        on_request: OnRequest | NotGiven | None = NOT_GIVEN,
        on_response: OnResponse | NotGiven | None = NOT_GIVEN,
    ) -> Self:
        """Return a copy of this client with other options: `client.with_options(timeout=5)`.

        The copy shares this client's connections, so making one for a single call is cheap, and closing either closes
        both. A copy with another `verify`, `cert`, `proxy`, `max_connections` or hook opens connections of its own:
        close it as well.

        Args:
            api_key: Another API key.
            base_url: Another base URL.
            timeout: Another timeout in seconds, or `None` for no limit. A number leaves the limit of connecting as it
                is; a `httpx2.Timeout` or the like sets both.
            max_retries: Another number of retries.
            default_headers: Headers to add to those of this client.
            set_default_headers: Headers that replace those of this client.
            default_query: Query parameters to add to those of this client.
            verify: Other CA certificates to trust.
            cert: Another client certificate, or `None` for none.
            proxy: Another proxy, or `None` for those of the environment.
            max_connections: Another limit of connections.
            on_request: Another hook, or `None` for none.
            on_response: Another hook, or `None` for none.

        Raises:
            ConfigurationError: A value is invalid, or both kinds of headers are given.
        """
        with discreet_errors():
            config = reconfigure(
                self.__connections__.config,
                api_key=api_key,
                base_url=base_url,
                timeout=timeout,
                max_retries=max_retries,
                default_headers=default_headers,
                set_default_headers=set_default_headers,
                default_query=default_query,
                verify=verify,
                cert=cert,
                proxy=proxy,
                max_connections=max_connections,
                on_request=on_request,
                on_response=on_response,
            )
        if config.base_url != self.base_url:
            warn_of_clear_text(config.base_url)
        before = self.__connections__.config.connections
        if config.connections == before:
            return _of(type(self), Connections(config, self.__connections__.pools))
        if before.verify is not False:
            warn_of_no_verification(config.connections)
        return _of(type(self), Connections(config))

    async def healthcheck(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> bool:
        """Whether VLM Run is up: `False` if it responds with a 5xx status, after the retries.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            NetworkError: The server cannot be reached.
            APIError: Any other non-2xx response.

        HTTP: [`GET /health`](https://docs.vlm.run/agents/api-reference/v1/health).
        """
        from vlmrun._arguments.call_options import CallOptions
        from vlmrun._http.call import Call, nothing
        from vlmrun.client.exceptions import ServerError

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        try:
            await self.__connections__.async_transport.send(Call("GET", ("health",), nothing), options)
        except ServerError:
            return False
        return True

    async def list_domains(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> list[DomainInfo]:
        """List all domains: the same as `domains.list`.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET /domains`.
        """
        from vlmrun._arguments.call_options import CallOptions
        from vlmrun._http.call import Call
        from vlmrun.client.types._schemas import read_domains

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__connections__.async_transport.send(Call("GET", ("domains",), read_domains), options)

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
        """Get the schema of the answers of a domain: the same as `domains.get_schema`.

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
        from vlmrun._arguments.call_options import CallOptions
        from vlmrun._resources.schemas import schema_call

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__connections__.async_transport.send(schema_call(("schema",), domain, config), options)

    async def get_type(
        self,
        domain: str,
        config: GenerationConfig | Mapping[str, object] | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> type[BaseModel]:
        """Get a pydantic class for the answers of a domain, made from its schema.

        ```python
        Invoice = await client.get_type("document.invoice")
        prediction = await client.document.generate(file=path, domain="document.invoice", response_model=Invoice)
        ```

        Nothing in the schema is run as code. Each call makes a new class: keep it for further calls. A property that
        is not required may also be null. A property whose name cannot be a field, such as `class`, becomes `class_`
        with an alias; `model_dump(by_alias=True)` restores the name. Keywords without a counterpart in pydantic, such
        as `not`, are ignored.

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

        HTTP: `POST /schema`.
        """
        from vlmrun._arguments.call_options import CallOptions
        from vlmrun._resources.schemas import type_call

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__connections__.async_transport.send(type_call(("schema",), domain, config), options)

    async def close(self) -> None:
        """Close the connections, including those of copies from `with_options`. Closing twice is harmless.

        Connections that were opened in another event loop are closed when that loop shuts down.
        """
        await self.__connections__.pools.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the configuration, including the API key. An unpickled client opens new connections."""
        return _restored, (type(self), self.__connections__.config)

    def __repr__(self) -> str:
        if not hasattr(self, "__connections__"):  # a debugger may show one whose constructor raised
            return f"<{type(self).__name__} that was not made>"
        return (
            f"{type(self).__name__}"
            f"(base_url={self.base_url!r}, timeout={self.timeout!r}, max_retries={self.max_retries!r})"
        )


def _of(kind: type[C], connections: Connections) -> C:
    """Make a client without calling its constructor."""
    client = kind.__new__(kind)
    client.__connections__ = connections
    return client


def _restored(kind: type[C], config: Configuration) -> C:
    """Restore a pickled client; the environment of this process is ignored."""
    return _of(kind, Connections(config))
