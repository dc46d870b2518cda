"""Connections for native calls."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from http.cookiejar import CookieJar
from typing import cast

import httpx2
from httpcore2 import ConnectError, ReadError, ReadTimeout  # httpx2 stands on it

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun._http._async.places import AsyncPlaces
from vlmrun._http.opening import Opener, named_errors, no_free_connection, proxy_of, trusted
from vlmrun._http.sockets import AsyncSockets, Failures, note_proxy
from vlmrun._http.watching import Watch, async_hook

__all__ = ["AsyncPool", "async_open_pool"]


class _AsyncConnections(httpx2.AsyncClient):
    """Connections whose calls end when they are closed."""

    def __init__(
        self,
        verify: ssl.SSLContext,
        proxy: httpx2.Proxy | None,
        amount: int,
        cookies: CookieJar,
        watch: Watch,
        *,
        uses_environment: bool,
    ) -> None:
        super().__init__(
            verify=verify,
            proxy=proxy,
            trust_env=uses_environment,
            # All are kept alive for a while: otherwise alternating threads or tasks would reconnect again and again.
            limits=httpx2.Limits(max_connections=amount, max_keepalive_connections=amount),
            cookies=cookies,
            event_hooks=(
                {"request": [async_hook(watch.request)], "response": [async_hook(watch.response)]}
                if watch.is_needed
                else None
            ),
        )
        self._sockets = AsyncSockets(self, _FAILURES)

    async def aclose(self) -> None:
        self._sockets.close()
        await super().aclose()


class AsyncPool:
    """Connections in groups; a group is created when those before it are full.

    For each request, httpcore2 searches all connections of a pool. With a thousand of them, that takes longer than
    everything else.
    """

    def __init__(self, options: ConnectionOptions) -> None:
        self.is_closed: bool = False
        self._options = options
        self._watch = Watch(options)
        self._cookies = CookieJar()  # one jar for all groups, as in a single client
        self._places = AsyncPlaces(options.max_connections)
        self._lock = threading.RLock()  # reentrant, because a signal handler may close the client that opens another
        with named_errors(options, _OPENER, os.environ):
            self._verify = trusted(options, _OPENER)
            self._groups = [self._open()]

    def _open(self) -> _AsyncConnections:
        proxy = proxy_of(self._options, self._verify, _OPENER)
        amount = min(GROUP, self._options.max_connections)
        return _AsyncConnections(
            self._verify, proxy, amount, self._cookies, self._watch, uses_environment=self._options.uses_environment
        )

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, follow_redirects: bool = False
    ) -> httpx2.Response:
        """Send one request as soon as a connection is free."""
        place = await self._places.take(request.extensions.get("timeout", {}).get("pool"))
        if place is None:
            raise httpx2.PoolTimeout(no_free_connection(request), request=request)
        is_kept = False
        try:
            group = self._group(place // GROUP)
            try:
                response = await group.send(request, stream=stream, follow_redirects=follow_redirects)
            except httpx2.TransportError as error:
                note_proxy(group, error)
                raise
            if stream:
                body = cast(httpx2.AsyncByteStream, response.stream)
                response.stream = _AsyncHeld(body, partial(self._places.give, place))
                is_kept = True
        except RuntimeError as error:
            if not self.is_closed:
                raise
            raise httpx2.ConnectError(_CLOSED, request=request) from error  # closed after the call had begun
        except httpx2.TransportError as error:
            self._watch.failure(error.request, error)
            raise
        finally:
            if not is_kept:
                self._places.give(place)
        return response

    def _group(self, index: int) -> _AsyncConnections:
        with self._lock:
            if self.is_closed:
                raise RuntimeError(_CLOSED)
            while len(self._groups) <= index:
                self._groups.append(self._open())
            return self._groups[index]

    async def aclose(self) -> None:
        """Close all groups."""
        with self._lock:
            self.is_closed = True
        for group in self._groups:
            await group.aclose()


class _AsyncHeld(httpx2.AsyncByteStream):
    """A streamed body, which keeps its place until it is closed."""

    def __init__(self, stream: httpx2.AsyncByteStream, give: Callable[[], None]) -> None:
        self._stream = stream
        self._give: Callable[[], None] | None = give

    @property
    def elapsed(self) -> timedelta | None:
        """The duration of the response, once it is closed: httpx2 reads it from the body."""
        found: object = getattr(self._stream, "elapsed", None)
        return found if isinstance(found, timedelta) else None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        give, self._give = self._give, None
        try:
            await self._stream.aclose()
        finally:
            if give is not None:
                give()


GROUP = 4
"""The number of connections in a group."""

_FAILURES = Failures(ReadTimeout, ReadError, ConnectError)
_OPENER = Opener(httpx2.create_ssl_context, httpx2.Proxy, httpx2.InvalidURL)
_CLOSED = "the client was closed"


def async_open_pool(options: ConnectionOptions) -> AsyncPool:
    """Connections for native calls. Proxies of the environment are used, credentials of `.netrc` are not."""
    return AsyncPool(options)
