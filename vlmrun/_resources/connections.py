"""The state that the resources of a client share: its configuration and its connections, opened on first use."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from vlmrun._arguments.config import Configuration, configure, named_by, relocated, warn_of_clear_text
from vlmrun._lifetimes.once import Once, OncePerProcess

if TYPE_CHECKING:
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI
    from openai.resources.chat.completions import AsyncCompletions, Completions

    from vlmrun._arguments.connection_options import ConnectionOptions
    from vlmrun._http._async.pools import AsyncPool
    from vlmrun._http._async.transport import AsyncTransport
    from vlmrun._http._sync.pools import Pool
    from vlmrun._http._sync.transport import Transport
    from vlmrun._http.raw import Recorder
    from vlmrun._lifetimes.deadline import Deadline
    from vlmrun._lifetimes.per_loop import OncePerLoop
    from vlmrun.protocols import ClientConfig

__all__ = ["Connections", "Pools"]

T = TypeVar("T")

if TYPE_CHECKING:

    class _Resource(Protocol):
        """A resource as type checkers see it: its stub inherits from nothing."""

        def __init__(self, client: ClientConfig) -> None: ...

    R = TypeVar("R", bound=_Resource)

# `_http` and `_openai` are imported by the functions that need them: constructing a client must not import httpx2,
# pydantic or openai.


class Pools:
    """The connection pools of a client and of its copies from `with_options`, opened when needed."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._closed = False
        self._native = OncePerProcess(lambda: _open_native(options))
        self._async_native = Once(lambda: _per_loop(options))
        self._openai = Once(lambda: _open_openai(options))
        self._async_openai = Once(lambda: _open_async_openai(options))

    def native(self) -> Pool:
        """The pool for native calls."""
        return self._unless_closed(self._native.get)

    async def async_native(self) -> AsyncPool:
        """The pool for native calls in the running event loop."""
        self.refuse_if_closed()
        return await self._async_native.get().get()

    def openai(self) -> DefaultHttpxClient:
        """The pool for OpenAI's client."""
        return self._unless_closed(self._openai.get)

    def async_openai(self) -> DefaultAsyncHttpxClient:
        """The pool for OpenAI's async client, in any event loop."""
        return self._unless_closed(self._async_openai.get)

    def close(self) -> None:
        """Close the sync pools. Pools of an event loop are closed when the loop shuts down."""
        self._closed = True
        self._native.close()
        pool = self._openai.made()
        if pool is not None:
            pool.close()

    async def aclose(self) -> None:
        """Close the pools of the running event loop and the sync pools."""
        self.close()
        loops = self._async_native.made()
        if loops is not None:
            await loops.aclose()
        pool = self._async_openai.made()
        if pool is not None:
            await pool.aclose()

    def _unless_closed(self, get: Callable[[], T]) -> T:
        """The result of `get`, unless the pools are closed."""
        self.refuse_if_closed()
        value = get()
        self.refuse_if_closed()
        return value

    def refuse_if_closed(self) -> None:
        """Raise `ClientError` if the pools are closed."""
        if self._closed:
            from vlmrun.client.exceptions import ClientError

            raise ClientError("This client is closed.", suggestion="create a new client.", error_type="closed")


class Connections:
    """A configuration with its transports for native calls and OpenAI's clients, sync and async.

    It satisfies `ClientConfig`, so resources accept it.
    """

    def __init__(self, config: Configuration, pools: Pools | None = None) -> None:
        self.config = config
        self.pools: Pools = Pools(config.connections) if pools is None else pools
        self._recorder: Recorder | None = None
        self._deadline: Deadline | None = None
        self._is_gateway = False
        self._is_system_one = False
        self._forget_made()
        self._forget_openai()

    def _forget_made(self) -> None:
        self._resources: dict[type, _Resource] = {}
        self._transport: Transport | None = None
        self._async_transport: AsyncTransport | None = None

    def _forget_openai(self) -> None:
        """Have OpenAI's clients made on next use, with this configuration."""
        self._openai = Once(self._connect)
        self._async_openai = Once(self._connect_async)
        self._completions = Once(lambda: self.openai.chat.completions)
        self._async_completions = Once(lambda: self.async_openai.chat.completions)

    @classmethod
    def of(cls, client: ClientConfig) -> Connections:
        """The connections of `client`: itself, or new ones made from its four values."""
        if isinstance(client, Connections):
            return client
        from vlmrun.client.exceptions import ConfigurationError  # here, because importing the errors takes long

        try:
            config = configure(
                api_key=client.api_key,
                base_url=client.base_url,
                timeout=client.timeout,
                max_retries=client.max_retries,
                default_headers=None,
                environ={},
                require_api_key=client.api_key != "",  # a client may have no key
            )
        except (AttributeError, ConfigurationError) as error:
            raise ConfigurationError(
                f"client cannot be used: {error}",
                suggestion="pass a client, or an object with a valid api_key, base_url, timeout and max_retries.",
            ) from error
        return cls(config)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the configuration, including the API key. Unpickled connections are opened when they are needed."""
        return _restored, (self.config, self._is_gateway, self._is_system_one)

    def _copied(self) -> Connections:
        copied = Connections.__new__(Connections)
        vars(copied).update(vars(self))
        copied._forget_made()  # noqa: SLF001  # of its own class
        return copied

    def resource(self, kind: type[R]) -> R:
        """A resource of these connections; it is created on first use."""
        while not isinstance(made := self._resources.get(kind), kind):
            self._resources.setdefault(kind, kind(self))  # if two threads race, the first result is kept
        return made

    def recorded_by(self, recorder: Recorder) -> Connections:
        """A copy whose native calls also report to a recorder."""
        connections = self._copied()
        recorder.beside = self._recorder
        connections._recorder = recorder  # noqa: SLF001  # of its own class
        return connections

    def until(self, deadline: Deadline) -> Connections:
        """A copy whose native calls give up at a deadline."""
        connections = self._copied()
        connections._deadline = deadline  # noqa: SLF001  # of its own class
        return connections

    def at(self, base_url: str, api_key: str | None = None, named: str | None = None) -> Connections:
        """The same at another base URL, over the same pools.

        Args:
            base_url: The other URL, in normal form.
            api_key: Another key, or `None`.
            named: The options that name the URL, or `None` for the same.
        """
        config = self.config
        connections = self._copied()
        connections.config = relocated(config, base_url, api_key or config.api_key, named or named_by(config))
        connections._forget_openai()  # noqa: SLF001  # of its own class
        return connections

    def to_gateway(self) -> Connections:
        """The same at the gateway, which the environment may name.

        Raises:
            ConfigurationError: The URL in the environment cannot be used, or it is needed and missing.
        """
        if self._is_gateway:
            return self
        from vlmrun._arguments.gateway import ANONYMOUS, find_gateway  # as above: few clients need it

        gateway = find_gateway(os.environ, self.config.base_url)
        warn_of_clear_text(gateway.base_url)
        connections = self.at(gateway.base_url, self.config.api_key or ANONYMOUS, gateway.named_by)
        connections._is_gateway = True  # noqa: SLF001  # of its own class
        return connections

    def to_system_one(self) -> Connections:
        """The same at System One of a gateway."""
        if self._is_system_one:
            return self
        from vlmrun._arguments.gateway import system_one_root  # as above

        connections = self.at(system_one_root(self.config.base_url))
        connections._is_system_one = True  # noqa: SLF001  # of its own class
        return connections

    @property
    def api_key(self) -> str:
        """The VLM Run API key; empty if there is none."""
        return self.config.api_key

    @property
    def base_url(self) -> str:
        """The base URL in normal form."""
        return self.config.base_url

    @property
    def timeout(self) -> float | None:
        """Total seconds per attempt, or `None` for no limit."""
        return self.config.timeout

    @property
    def max_retries(self) -> int:
        """Maximum retries after the first attempt."""
        return self.config.max_retries

    @property
    def transport(self) -> Transport:
        """The transport for sync native calls."""
        if self._transport is None:
            from vlmrun._http._sync.transport import Transport

            self._transport = Transport(self.config, self.pools.native, self._recorder, self._deadline)
        return self._transport

    @property
    def async_transport(self) -> AsyncTransport:
        """The transport for async native calls."""
        if self._async_transport is None:
            from vlmrun._http._async.transport import AsyncTransport

            self._async_transport = AsyncTransport(self.config, self.pools.async_native, self._recorder, self._deadline)
        return self._async_transport

    @property
    def openai(self) -> OpenAI:
        """OpenAI's client, a shared instance."""
        self._refuse()
        return self._openai.get()

    @property
    def async_openai(self) -> AsyncOpenAI:
        """OpenAI's async client, a shared instance for any event loop."""
        self._refuse()
        return self._async_openai.get()

    @property
    def completions(self) -> Completions:
        """Chat completions of `openai`, a shared instance."""
        self._refuse()
        return self._completions.get()

    @property
    def async_completions(self) -> AsyncCompletions:
        """Chat completions of `async_openai`, a shared instance."""
        self._refuse()
        return self._async_completions.get()

    def _refuse(self) -> None:
        """Raise an error if the pools are closed, or there is no key, which OpenAI's clients do not do without."""
        self.pools.refuse_if_closed()
        if not self.config.api_key:
            from vlmrun._http.errors import no_api_key

            raise no_api_key("OpenAI's client")

    def _connect(self) -> OpenAI:
        from vlmrun._openai.clients import connect

        return connect(self.config, self.pools.openai())

    def _connect_async(self) -> AsyncOpenAI:
        from vlmrun._openai.clients import connect_async

        return connect_async(self.config, self.pools.async_openai())


def _restored(config: Configuration, is_gateway: bool, is_system_one: bool) -> Connections:
    connections = Connections(config)
    connections._is_gateway = is_gateway  # noqa: SLF001  # of this module  # pyright: ignore[reportPrivateUsage]
    connections._is_system_one = is_system_one  # noqa: SLF001  # as above  # pyright: ignore[reportPrivateUsage]
    return connections


def _open_native(options: ConnectionOptions) -> Pool:
    from vlmrun._http._sync.pools import open_pool

    return open_pool(options)


def _per_loop(options: ConnectionOptions) -> OncePerLoop[AsyncPool]:
    from vlmrun._http._async.pools import async_open_pool
    from vlmrun._lifetimes.per_loop import OncePerLoop

    return OncePerLoop(lambda: async_open_pool(options))


def _open_openai(options: ConnectionOptions) -> DefaultHttpxClient:
    from vlmrun._openai._sync.pools import open_pool

    return open_pool(options)


def _open_async_openai(options: ConnectionOptions) -> DefaultAsyncHttpxClient:
    from vlmrun._openai._async.pools import async_open_pool

    return async_open_pool(options)
