"""The clients: configuration in, resources out.

Source: API.md §1 (configuration), §3.1 (health).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from vlmrun.client._connections import Connections
from vlmrun.client._discretion import discreet_errors
from vlmrun.client._lazy import Once
from vlmrun.client.config import DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT, NOT_GIVEN, NotGiven, configure, reconfigure
from vlmrun.client.exceptions import ServerError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from typing_extensions import Self

    from vlmrun.client.agent import Agent, AsyncAgent
    from vlmrun.client.artifacts import Artifacts, AsyncArtifacts
    from vlmrun.client.executions import AsyncExecutions, Executions
    from vlmrun.client.files import AsyncFiles, Files

__all__ = ["AsyncVLMRun", "VLMRun"]


class _Client:
    """What the two clients share: everything but the waiting."""

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
            api_key: The VLM Run API key; by default that of `VLMRUN_API_KEY`.
            base_url: Where VLM Run is; by default `VLMRUN_BASE_URL`, then `https://api.vlm.run/v1`.
            timeout: Seconds to wait for an answer, or `None` to wait without limit. Connecting never takes over 5 s.
            max_retries: How often a failed request is repeated after the first attempt, where that is safe.
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
        _warn_of_clear_text(config.base_url)
        self._use(Connections(config))

    def _use(self, connections: Connections) -> None:
        """Finish making a client, or a copy of one."""
        self._connections = connections

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
        """How often a failed request is repeated after the first attempt."""
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
        """A copy of this client with some options changed: `client.with_options(timeout=5).agent.list()`.

        The copy shares this client's connections, so making one for a single call is cheap, and closing either closes
        both.

        Args:
            api_key: Another API key.
            base_url: Another base URL.
            timeout: Another timeout in seconds, or `None` to wait without limit.
            max_retries: Another number of retries.
            default_headers: Headers to add to those of this client.
            set_default_headers: Headers instead of those of this client.

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
            _warn_of_clear_text(config.base_url)
        return self._of(Connections(config, self._connections.pools))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles the configuration, the API key among it; the connections are opened anew where it is unpickled."""
        config = self._connections.config
        headers = dict(config.default_headers)
        return self._restore, (config.api_key, config.base_url, config.timeout, config.max_retries, headers)

    @classmethod
    def _restore(
        cls, api_key: str, base_url: str, timeout: float | None, max_retries: int, default_headers: Mapping[str, str]
    ) -> Self:
        """What was pickled; the environment of this process has no say in it."""
        config = configure(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            default_headers=default_headers,
            environ={},
        )
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


def _warn_of_clear_text(base_url: str) -> None:
    if base_url.startswith("https:"):
        return
    from vlmrun.client.urls import is_in_the_clear  # see config: most clients do without

    if is_in_the_clear(base_url):
        warnings.warn(
            f"The API key and all that is sent to {base_url} cross the network in the clear. Try: https.",
            UserWarning,
            stacklevel=3,  # where the client is made
        )


class VLMRun(_Client):
    """VLM Run's client.

        client = VLMRun(api_key="...")
        answer = client.agent.completions.create(
            model="vlmrun-orion-1:auto", messages=[{"role": "user", "content": "Hello!"}]
        )

    It may be shared by threads. Close it with `close()` or `with`, or let it go. Worker processes may be sent one by
    pickle, which carries the API key: keep it as you keep the key.
    """

    def _use(self, connections: Connections) -> None:
        super()._use(connections)
        self._agent = Once(lambda: _make_agent(connections))
        self._files = Once(lambda: _make_files(connections))
        self._executions = Once(lambda: _make_executions(connections))
        self._artifacts = Once(lambda: _make_artifacts(connections))

    @property
    def agent(self) -> Agent:
        """VLM Run's agents: the native API, and OpenAI's chat completions as `agent.completions`."""
        return self._agent.get()

    @property
    def files(self) -> Files:
        """The files of the account: `upload`, `list`, `get`, `delete`."""
        return self._files.get()

    @property
    def executions(self) -> Executions:
        """What agents do in the background: `wait`, `get`, `list`; `agent.execute` starts it."""
        return self._executions.get()

    @property
    def artifacts(self) -> Artifacts:
        """What agents have made: `list`, `get`, `download`."""
        return self._artifacts.get()

    @property
    def openai(self) -> OpenAI:
        """OpenAI's own client, for VLM Run's OpenAI-compatible endpoint; one for all who ask.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self._connections.openai

    @property
    def async_openai(self) -> AsyncOpenAI:
        """OpenAI's own async client, for VLM Run's OpenAI-compatible endpoint; one for all who ask, in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self._connections.async_openai

    def healthcheck(self) -> bool:
        """Whether VLM Run is up: `False` where it answers with a 5xx, after the retries.

        Raises:
            NetworkError: It cannot be reached.
            APIError: It answered something else that is not a success.

        Source: API.md §3.1, `GET /health`.
        """
        from vlmrun.client._transport import HEALTH

        try:
            self._connections.transport.send(HEALTH)
        except ServerError:
            return False
        return True

    def close(self) -> None:
        """Close the connections, also those of copies made by `with_options`. Closing twice is fine."""
        self._connections.pools.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncVLMRun(_Client):
    """VLM Run's client for asyncio and trio: the names of `VLMRun`, with methods to await.

        async with AsyncVLMRun(api_key="...") as client:
            answer = await client.agent.completions.create(
                model="vlmrun-orion-1:auto", messages=[{"role": "user", "content": "Hello!"}]
            )

    It may be shared by tasks, used in one event loop after another, and pickled with the API key in it.
    """

    def _use(self, connections: Connections) -> None:
        super()._use(connections)
        self._agent = Once(lambda: _make_async_agent(connections))
        self._files = Once(lambda: _make_async_files(connections))
        self._executions = Once(lambda: _make_async_executions(connections))
        self._artifacts = Once(lambda: _make_async_artifacts(connections))

    @property
    def agent(self) -> AsyncAgent:
        """VLM Run's agents: the native API, and OpenAI's async chat completions as `agent.completions`."""
        return self._agent.get()

    @property
    def files(self) -> AsyncFiles:
        """The files of the account: `upload`, `list`, `get`, `delete`."""
        return self._files.get()

    @property
    def executions(self) -> AsyncExecutions:
        """What agents do in the background: `wait`, `get`, `list`; `agent.execute` starts it."""
        return self._executions.get()

    @property
    def artifacts(self) -> AsyncArtifacts:
        """What agents have made: `list`, `get`, `download`."""
        return self._artifacts.get()

    @property
    def openai(self) -> AsyncOpenAI:
        """OpenAI's own async client, for VLM Run's OpenAI-compatible endpoint; one for all who ask, in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self._connections.async_openai

    @property
    def async_openai(self) -> AsyncOpenAI:
        """The same object as `openai`, so that code for `VLMRun().async_openai` runs on both."""
        return self._connections.async_openai

    async def healthcheck(self) -> bool:
        """Whether VLM Run is up; see `VLMRun.healthcheck`."""
        from vlmrun.client._transport import HEALTH

        try:
            await self._connections.async_transport.send(HEALTH)
        except ServerError:
            return False
        return True

    async def close(self) -> None:
        """Close the connections, also those of copies made by `with_options`. Closing twice is fine.

        Those opened in another event loop are closed when that loop shuts down.
        """
        await self._connections.pools.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


# Each resource, and what it imports (httpx2, pydantic), loads when it is first asked for.


def _make_agent(connections: Connections) -> Agent:
    from vlmrun.client.agent import Agent

    return Agent(connections)


def _make_files(connections: Connections) -> Files:
    from vlmrun.client.files import Files

    return Files(connections)


def _make_executions(connections: Connections) -> Executions:
    from vlmrun.client.executions import Executions

    return Executions(connections)


def _make_artifacts(connections: Connections) -> Artifacts:
    from vlmrun.client.artifacts import Artifacts

    return Artifacts(connections)


def _make_async_agent(connections: Connections) -> AsyncAgent:
    from vlmrun.client.agent import AsyncAgent

    return AsyncAgent(connections)


def _make_async_files(connections: Connections) -> AsyncFiles:
    from vlmrun.client.files import AsyncFiles

    return AsyncFiles(connections)


def _make_async_executions(connections: Connections) -> AsyncExecutions:
    from vlmrun.client.executions import AsyncExecutions

    return AsyncExecutions(connections)


def _make_async_artifacts(connections: Connections) -> AsyncArtifacts:
    from vlmrun.client.artifacts import AsyncArtifacts

    return AsyncArtifacts(connections)
