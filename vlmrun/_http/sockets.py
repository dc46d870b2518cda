"""The sockets under a client's connections.

They add three things to httpx. A timeout covers a response as a whole. Closing a client ends its running calls, which
would otherwise wait for their timeouts, and keeps new sockets from being opened. A forked process releases the sockets
of its parent.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, cast
from weakref import WeakSet

from vlmrun._http.timeouts import TotalTimeout
from vlmrun._lifetimes.forks import watch_forks

if TYPE_CHECKING:
    import httpx2
    from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream, NetworkBackend, NetworkStream

__all__ = ["PROXY", "AsyncSockets", "Failures", "Sockets", "note_proxy"]

_CLOSED = "the client was closed"

PROXY = "vlmrun_proxy"
"""The extension of a failed request with the proxy that it was sent through, without credentials."""


class Failures(NamedTuple):
    """The exceptions of httpcore2, or of httpcore."""

    read_timeout: type[Exception]
    """Its `ReadTimeout`."""
    read_error: type[Exception]
    """Its `ReadError`."""
    connect_error: type[Exception]
    """Its `ConnectError`."""


class _Sockets:
    def __init__(self, failures: Failures) -> None:
        self.failures = failures
        self.is_closed = False

    def left(self, timeout: float | None) -> float | None:
        """The remaining time of a timeout."""
        if isinstance(timeout, TotalTimeout):
            timeout = timeout.left()
            if timeout <= 0:
                raise self.failures.read_timeout("The answer takes too long as a whole.")
        return timeout

    def refuse_if_closed(self) -> None:
        """Raise if the client was closed."""
        if self.is_closed:
            raise self.failures.connect_error(_CLOSED)


class Sockets(_Sockets):
    """The sockets of a sync client; call `close` before closing the client.

    Args:
        client: A new client.
        failures: The exceptions of the httpcore below it.
    """

    def __init__(self, client: httpx2.Client, failures: Failures) -> None:
        super().__init__(failures)
        self._streams: WeakSet[_Stream] = WeakSet()
        self._lock = threading.Lock()
        for pool in _pools(client):
            setattr(pool, _NETWORK, _Network(cast("NetworkBackend", getattr(pool, _NETWORK)), self))
            # httpcore's own is not reentrant, and the garbage collector may close an abandoned stream while the same
            # thread holds it: https://github.com/encode/httpcore/pull/1108. httpcore2's is reentrant.
            setattr(pool, _LOCK, threading.RLock())

    def opened(self, stream: NetworkStream) -> _Stream:
        """Register a new socket; if the client was closed meanwhile, close it and raise."""
        ours = _Stream(stream, self)
        with self._lock:
            self._streams.add(ours)
        if self.is_closed:
            ours.close()
        self.refuse_if_closed()
        return ours

    def close(self) -> None:
        """Close all sockets and refuse to open new ones."""
        self.is_closed = True
        with self._lock:
            streams = list(self._streams)
        for stream in streams:
            stream.close()


class AsyncSockets(_Sockets):
    """The sockets of an async client; call `close` before closing the client, which closes the open ones.

    Args:
        client: A new client.
        failures: The exceptions of the httpcore below it.
    """

    def __init__(self, client: httpx2.AsyncClient, failures: Failures) -> None:
        super().__init__(failures)
        for pool in _pools(client):
            setattr(pool, _NETWORK, _AsyncNetwork(cast("AsyncNetworkBackend", getattr(pool, _NETWORK)), self))

    async def opened(self, stream: AsyncNetworkStream) -> _AsyncStream:
        """Register a new socket; if the client was closed meanwhile, close it and raise."""
        if self.is_closed:
            await stream.aclose()
        self.refuse_if_closed()
        return _AsyncStream(stream, self)

    def close(self) -> None:
        """Refuse to open new sockets."""
        self.is_closed = True


def _pools(client: object) -> Iterator[object]:
    """The pools of httpcore in a client of httpx."""
    # This module alone uses internals of httpx: httpcore accepts a custom network backend, but httpx has no public way
    # to pass one that keeps its proxies and certificates. If a release changes these internals, httpx behaves as usual,
    # and tests/integration/test_total_timeouts.py and test_concurrency.py fail.
    mounts: dict[object, object] = getattr(client, "_mounts", {})
    for transport in (getattr(client, "_transport", None), *mounts.values()):
        pool = getattr(transport, "_pool", None)
        if hasattr(pool, _NETWORK):
            yield pool


def note_proxy(client: httpx2.Client | httpx2.AsyncClient, error: httpx2.TransportError) -> None:
    """Note the proxy of a request that has failed, so that its error blames the right host."""
    choose = getattr(client, "_transport_for_url", None)  # private; in a release without it the server is blamed
    transport = choose(error.request.url) if choose else None
    proxy = getattr(getattr(transport, "_pool", None), "_proxy_url", None)
    if proxy is not None:
        shown = f"{proxy.scheme.decode()}://{proxy.host.decode()}:{proxy.port}"
        error.request.extensions = {**error.request.extensions, PROXY: shown}


_NETWORK = "_network_backend"
_LOCK = "_optional_thread_lock"


# httpcore's interfaces of a network backend. They are not inherited from, because there are two httpcores.

_SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class _Network:
    def __init__(self, network: NetworkBackend, sockets: Sockets) -> None:
        self._network = network
        self._sockets = sockets

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> _Stream:
        self._sockets.refuse_if_closed()
        return self._sockets.opened(self._network.connect_tcp(host, port, timeout, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._network.sleep(seconds)


class _Stream:
    def __init__(self, stream: NetworkStream, sockets: Sockets) -> None:
        self._stream = stream
        self._sockets = sockets
        # Reentrant, because a signal handler may close the client whose call it interrupts.
        self._in_use = threading.RLock()
        watch_forks(self)

    def after_fork(self) -> None:
        self._in_use = threading.RLock()
        self._stream.close()  # not shut down, which would end the connection of the parent, too

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            with self._in_use:
                data = self._stream.read(max_bytes, self._sockets.left(timeout))
        except Exception as error:
            if self._sockets.is_closed:  # the cause of whatever error the read raised
                raise self._sockets.failures.read_error(_CLOSED) from error
            raise
        if not data and self._sockets.is_closed:
            raise self._sockets.failures.read_error(_CLOSED)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._in_use:
            self._stream.write(buffer, self._sockets.left(timeout))

    def close(self) -> None:
        # Closing a socket does not wake a thread that waits for it; the thread might then read from another socket
        # with the same file number.
        _shut_down(self._stream.get_extra_info("socket"))
        is_ours = self._in_use.acquire(timeout=_PATIENCE)
        try:
            self._stream.close()
        finally:
            if is_ours:
                self._in_use.release()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        return self._sockets.opened(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


_PATIENCE = 1.0
"""Seconds for a thread to notice that its socket was shut down; usually far less."""


def _shut_down(connection: object) -> None:
    with suppress(OSError):  # the other side may have reset it, or it is closed
        if isinstance(connection, socket.SocketType):
            # Not `SSLSocket.shutdown`, which removes the TLS layer under a thread that still reads or writes.
            socket.SocketType.shutdown(connection, socket.SHUT_RDWR)
        elif (shutdown := getattr(connection, "shutdown", None)) is not None:
            # eventlet replaces `socket.socket` with a class that wraps a socket.
            cast("Callable[[int], None]", shutdown)(socket.SHUT_RDWR)


class _AsyncNetwork:
    def __init__(self, network: AsyncNetworkBackend, sockets: AsyncSockets) -> None:
        self._network = network
        self._sockets = sockets

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> _AsyncStream:
        self._sockets.refuse_if_closed()
        stream = await self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return await self._sockets.opened(stream)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class _AsyncStream:
    def __init__(self, stream: AsyncNetworkStream, sockets: AsyncSockets) -> None:
        self._stream = stream
        self._sockets = sockets
        self._readable: Callable[[], bool] | None = None
        watch_forks(self)

    def after_fork(self) -> None:
        # Not closed, because that would remove it from the selector of the event loop, which the parent still uses.
        connection = cast("_Socket | None", self._stream.get_extra_info("socket"))
        if connection is not None and connection.fileno() >= 0:
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, connection.fileno(), inheritable=False)
            os.close(nothing)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return await self._stream.read(max_bytes, self._sockets.left(timeout))
        except Exception as error:
            if self._sockets.is_closed:
                raise self._sockets.failures.read_error(_CLOSED) from error
            if isinstance(error, ssl.SSLError):  # of anyio; httpcore expects none
                raise self._sockets.failures.read_error(str(error)) from error
            raise

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            await self._stream.write(buffer, self._sockets.left(timeout))
        except ssl.SSLError as error:  # as above
            raise self._sockets.failures.read_error(str(error)) from error

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _AsyncStream:
        return await self._sockets.opened(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        if info != "is_readable":
            return self._stream.get_extra_info(info)
        # Asked of each idle connection before and after each request. anyio looks up both addresses for each question.
        if self._readable is None:
            self._readable = _readable(cast("_Socket | None", self._stream.get_extra_info("socket")))
        return self._stream.get_extra_info(info) if self._readable is None else self._readable()


class _Socket(Protocol):
    """A socket, or the equivalent of an event loop."""

    def fileno(self) -> int: ...


def _readable(connection: _Socket | None) -> Callable[[], bool] | None:
    """Tells whether a socket has something to read or is closed; `None` where there is no `select.poll`."""
    if connection is None or not hasattr(select, "poll"):
        return None
    number = connection.fileno()
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return lambda: connection.fileno() != number or bool(poll.poll(0))
