"""Connections for native calls."""

from __future__ import annotations

from typing import Any

import httpx2
from httpcore2 import ConnectError, ReadError, ReadTimeout  # httpx2 stands on it

from vlmrun._http.sockets import AsyncSockets, Failures, Sockets

__all__ = ["open_async_pool", "open_pool"]


class _Pool(httpx2.Client):
    """Connections that end what goes over them when they are closed."""

    def __init__(self) -> None:
        super().__init__(limits=_LIMITS)
        self._sockets = Sockets(self, _FAILURES)

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return super().send(request, **options)
        except RuntimeError as error:
            if not self.is_closed:
                raise
            raise httpx2.ConnectError(_CLOSED, request=request) from error  # since the call asked for these connections

    def close(self) -> None:
        self._sockets.close()
        super().close()


class _AsyncPool(httpx2.AsyncClient):
    """As `_Pool`, awaited."""

    def __init__(self) -> None:
        super().__init__(limits=_LIMITS)
        self._sockets = AsyncSockets(self, _FAILURES)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return await super().send(request, **options)
        except RuntimeError as error:
            if not self.is_closed:
                raise
            raise httpx2.ConnectError(_CLOSED, request=request) from error  # since the call asked for these connections

    async def aclose(self) -> None:
        self._sockets.close()
        await super().aclose()


_FAILURES = Failures(ReadTimeout, ReadError, ConnectError)

# All are kept for a while: httpx2 keeps 20, so that threads or tasks that take turns would connect again and again.
_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=100)


_CLOSED = "the client was closed"


def open_pool() -> httpx2.Client:
    """Connections for native calls. Proxies of the environment are used, credentials of `.netrc` are not."""
    return _Pool()


def open_async_pool() -> httpx2.AsyncClient:
    """Connections for native calls within one event loop."""
    return _AsyncPool()
