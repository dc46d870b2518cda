"""The client: configuration in, resources out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from vlmrun._arguments.clear_text import warn_of_clear_text
from vlmrun._arguments.config import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    NOT_GIVEN,
    Configuration,
    NotGiven,
    configure,
    reconfigure,
)
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._resources.client_accessors import AsyncClientAccessors
from vlmrun._resources.connections import Connections
from vlmrun.client.exceptions import ServerError

if TYPE_CHECKING:
    from typing_extensions import Self

    from vlmrun._resources._async.agent import AsyncAgent
    from vlmrun._resources._async.artifacts import AsyncArtifacts
    from vlmrun._resources._async.executions import AsyncExecutions
    from vlmrun._resources._async.files import AsyncFiles
    from vlmrun._resources._async.resource import AsyncResource

    R = TypeVar("R", bound=AsyncResource)

__all__ = ["AsyncVLMRun"]


class AsyncVLMRun(AsyncClientAccessors):
    """VLM Run's client.

    ```python
    async with AsyncVLMRun(api_key="...") as client:
        answer = await client.agent.completions.create(
            model="vlmrun-orion-1:auto", messages=[{"role": "user", "content": "Hello!"}]
        )
    ```

    One client may be shared by tasks and threads, used in one event loop after another, and pickled. A pickle contains
    the API key: keep it as you keep the key.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        *,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Configure a client. Nothing is read but the arguments and the environment, and nothing is sent.

        Args:
            api_key: The VLM Run API key; defaults to `VLMRUN_API_KEY`.
            base_url: Where VLM Run is; defaults to `VLMRUN_BASE_URL`, then `https://api.vlm.run/v1`.
            timeout: Seconds to wait for an answer, or `None` for no limit. Connecting is limited to 5 s.
            max_retries: How many times a failed request is retried after the first attempt, where that is safe.
            default_headers: Headers added to every request.

        Raises:
            ConfigurationError: The key is missing, or a value cannot be used.
        """
        with discreet_errors():
            config = configure(
                api_key=api_key,
                base_url=base_url,
                timeout=timeout,
                max_retries=max_retries,
                default_headers=default_headers,
                environ=os.environ,
            )
        warn_of_clear_text(config.base_url)
        if os.environ.get("VLMRUN_LOG"):
            from vlmrun._http.logs import print_logs  # here, because few programs need it

            print_logs(os.environ["VLMRUN_LOG"])
        self._use(Connections(config))

    def _use(self, connections: Connections) -> None:
        """Finish making a client, or a copy of one."""
        self._connections = connections
        self._made: dict[type, AsyncResource] = {}

    def _resource(self, kind: type[R]) -> R:
        """The resource of this client, made when it is first asked for."""
        while not isinstance(made := self._made.get(kind), kind):
            self._made.setdefault(kind, kind(self._connections))  # of two threads, the first one's is kept
        return made

    # Each resource, and what it imports (httpx2, pydantic), loads when it is first asked for.

    @property
    def agent(self) -> AsyncAgent:
        """VLM Run's agents: the native API, and OpenAI's chat completions as `agent.completions`."""
        from vlmrun._resources._async.agent import AsyncAgent

        return self._resource(AsyncAgent)

    @property
    def files(self) -> AsyncFiles:
        """The files of the account: `upload`, `list`, `get`, `delete`."""
        from vlmrun._resources._async.files import AsyncFiles

        return self._resource(AsyncFiles)

    @property
    def executions(self) -> AsyncExecutions:
        """Executions of agents, which run in the background: `wait`, `get`, `list`; `agent.execute` starts one."""
        from vlmrun._resources._async.executions import AsyncExecutions

        return self._resource(AsyncExecutions)

    @property
    def artifacts(self) -> AsyncArtifacts:
        """What agents have made: `list`, `get`, `download`."""
        from vlmrun._resources._async.artifacts import AsyncArtifacts

        return self._resource(AsyncArtifacts)

    @property
    def api_key(self) -> str:
        """The VLM Run API key."""
        return self._connections.api_key

    @property
    def base_url(self) -> str:
        """The base URL in normal form: without a trailing slash, and without `/openai`."""
        return self._connections.base_url

    @property
    def timeout(self) -> float | None:
        """Seconds to wait for an answer, or `None` for no limit."""
        return self._connections.timeout

    @property
    def max_retries(self) -> int:
        """How many times a failed request is retried after the first attempt."""
        return self._connections.max_retries

    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
        set_default_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """A copy of this client with some options changed: `client.with_options(timeout=5)`.

        The copy shares this client's connections, so making one for a single call is cheap, and closing either closes
        both.

        Args:
            api_key: Another API key.
            base_url: Another base URL.
            timeout: Another timeout in seconds, or `None` for no limit.
            max_retries: Another number of retries.
            default_headers: Headers to add to those of this client.
            set_default_headers: Headers that replace those of this client.

        Raises:
            ConfigurationError: A value cannot be used, or both kinds of headers are given.
        """
        with discreet_errors():
            config = reconfigure(
                self._connections.config,
                api_key=api_key,
                base_url=base_url,
                timeout=timeout,
                max_retries=max_retries,
                default_headers=default_headers,
                set_default_headers=set_default_headers,
            )
        if config.base_url != self.base_url:
            warn_of_clear_text(config.base_url)
        return self._of(Connections(config, self._connections.pools))

    async def healthcheck(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> bool:
        """Whether VLM Run is up: `False` if it answers with a 5xx, after the retries.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            NetworkError: The server cannot be reached.
            APIError: Any other non-2xx response.

        HTTP: `GET /health`.
        """
        from vlmrun._arguments.call_options import CallOptions
        from vlmrun._http.call import Call, nothing

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        try:
            await self._connections.async_transport.send(Call("GET", ("health",), nothing), options)
        except ServerError:
            return False
        return True

    async def close(self) -> None:
        """Close the connections, also those of copies made by `with_options`. Closing twice is harmless.

        Connections that were opened in another event loop are closed when that loop shuts down.
        """
        await self._connections.pools.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles the configuration, including the API key; connections are opened anew after unpickling."""
        return self._restore, (self._connections.config,)

    @classmethod
    def _restore(cls, config: Configuration) -> Self:
        """What was pickled; the environment of this process is ignored."""
        return cls._of(Connections(config))

    @classmethod
    def _of(cls, connections: Connections) -> Self:
        """A client of this class, without what making one does."""
        client = cls.__new__(cls)
        client._use(connections)  # noqa: SLF001  # of its own class
        return client

    def __repr__(self) -> str:
        if not hasattr(self, "_connections"):  # a debugger looks at one whose arguments were refused
            return f"<{type(self).__name__} that was not made>"
        return (
            f"{type(self).__name__}"
            f"(base_url={self.base_url!r}, timeout={self.timeout!r}, max_retries={self.max_retries!r})"
        )
