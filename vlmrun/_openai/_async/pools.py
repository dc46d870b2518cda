"""The connections that OpenAI's client is given: they see to what OpenAI's client does not.

They raise OpenAI's errors, or answer in the server's place where only an answer can tell OpenAI's client not to send a
POST again.
"""

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import Any

from vlmrun._http._async.following import async_follow
from vlmrun._http.sockets import AsyncSockets
from vlmrun._http.timeouts import share_timeout
from vlmrun._lifetimes.forks import watch_forks
from vlmrun._lifetimes.per_loop import OncePerLoop
from vlmrun._openai.bodies import copied, no_answer, watched
from vlmrun._openai.chats import is_chat, problem
from vlmrun._openai.door import DefaultAsyncHttpxClient, httpx
from vlmrun._openai.pool_rules import (
    FAILURES,
    LIBRARY,
    keep_to_asked_host,
    refuse_if_closed,
    remember_host,
    say_if_closed,
)

__all__ = ["async_open_pool"]


class _AsyncConnections(DefaultAsyncHttpxClient):
    """Connections that end what goes over them when they are closed, and take no header to another host."""

    def __init__(self, cookies: CookieJar) -> None:
        super().__init__(cookies=cookies, event_hooks={"request": [_keep_to_host]})
        self._sockets = AsyncSockets(self, FAILURES)

    async def aclose(self) -> None:
        self._sockets.close()
        await super().aclose()


async def _keep_to_host(request: httpx.Request) -> None:
    keep_to_asked_host(request)


class _AsyncPool(DefaultAsyncHttpxClient):
    """Keeps to timeouts, follows long chats and lets no broken answer through.

    One pool for OpenAI, and connections underneath that are opened anew where others cannot be used: in each process
    that is forked, and in each event loop. So a client, and whatever was taken from it, goes on working there. They are
    closed when nobody holds the pool any more, as OpenAI's own are.
    """

    def __init__(self) -> None:
        super().__init__(transport=httpx.AsyncBaseTransport())  # it sends nothing itself
        self._pools = OncePerLoop(self._open)
        watch_forks(self)

    def _open(self) -> _AsyncConnections:
        return _AsyncConnections(self.cookies.jar)  # one jar, as one plain client would have

    def after_fork(self) -> None:
        """Have a jar whose lock nobody holds."""
        self.cookies = httpx.Cookies()

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        try:
            refuse_if_closed(self)
            pool = await self._pools.get()
            refuse_if_closed(self)  # or was meanwhile, by another thread
            total = share_timeout(request, httpx.ByteStream)
            remember_host(request)
            response = await async_follow(
                lambda request: pool.send(request, stream=stream, **options), request, LIBRARY
            )
        except RuntimeError as error:
            say_if_closed(self, request, error)
            raise
        asks_chat = is_chat(request)
        why = problem(response, is_stream=stream) if asks_chat else None
        if stream and (why is not None or not response.is_success):
            # Here, as OpenAI's client reads it where it lets httpx's errors through.
            try:
                await response.aread()
            except httpx.TransportError:
                response = copied(response)
        if why is not None:
            return no_answer(response, why)
        return watched(response, total, is_chat=asks_chat) if stream else response

    async def aclose(self) -> None:
        await super().aclose()  # first, so that nobody opens another pool meanwhile
        await self._pools.aclose()


def async_open_pool() -> DefaultAsyncHttpxClient:
    """Connections for OpenAI's client, with OpenAI's own defaults."""
    return _AsyncPool()
