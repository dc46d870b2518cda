"""The connections of OpenAI's client, which add what it lacks.

They raise OpenAI's errors, or return a response of their own if only a response can tell OpenAI's client not to send
a POST again.
"""

from __future__ import annotations

import os
from http.cookiejar import CookieJar
from typing import Any

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun._http._async.following import async_follow
from vlmrun._http.opening import named_errors, no_free_connection, proxy_of, trusted
from vlmrun._http.sockets import AsyncSockets
from vlmrun._http.timeouts import share_timeout
from vlmrun._http.watching import Watch, async_hook
from vlmrun._lifetimes.forks import watch_forks
from vlmrun._lifetimes.per_loop import OncePerLoop
from vlmrun._openai._async.current_run import async_handover_of
from vlmrun._openai.bodies import copied, no_answer, watched
from vlmrun._openai.chats import is_chat, problem
from vlmrun._openai.door import DefaultAsyncHttpxClient, httpx
from vlmrun._openai.pool_rules import (
    FAILURES,
    LIBRARY,
    OPENER,
    keep_to_asked_host,
    limits,
    refuse_if_closed,
    remember_host,
    say_if_closed,
)

__all__ = ["async_open_pool"]


class _AsyncConnections(DefaultAsyncHttpxClient):
    """Connections whose calls end when they are closed, and that send no header to another host."""

    def __init__(self, options: ConnectionOptions, cookies: CookieJar, watch: Watch) -> None:
        with named_errors(options, OPENER, os.environ):
            context = trusted(options, OPENER)
            super().__init__(
                cookies=cookies,
                verify=context,
                proxy=proxy_of(options, context, OPENER),
                limits=limits(options),
                event_hooks=(
                    {
                        "request": [async_hook(keep_to_asked_host), async_hook(watch.request)],
                        "response": [async_hook(watch.response)],
                    }
                    if watch.is_needed
                    else {"request": [async_hook(keep_to_asked_host)]}
                ),
            )
        self._sockets = AsyncSockets(self, FAILURES)

    async def aclose(self) -> None:
        self._sockets.close()
        await super().aclose()


class _AsyncPool(DefaultAsyncHttpxClient):
    """Enforces timeouts, polls long chats and turns broken responses into errors.

    One pool for OpenAI, and connections underneath that are reopened where others cannot be used: in each process
    that is forked, and in each event loop. So a client, and whatever was taken from it, goes on working there. They are
    closed when nobody holds the pool any more, as OpenAI's own are.
    """

    def __init__(self, options: ConnectionOptions) -> None:
        super().__init__(transport=httpx.AsyncBaseTransport())  # this pool itself sends nothing
        self._options = options
        self._watch = Watch(options)
        self._pools = OncePerLoop(self._open)
        watch_forks(self)

    def _open(self) -> _AsyncConnections:
        # One jar, as in a single client.
        return _AsyncConnections(self._options, self.cookies.jar, self._watch)

    def after_fork(self) -> None:
        """Replace the jar, whose lock a thread of the parent may hold."""
        self.cookies = httpx.Cookies()

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        try:
            refuse_if_closed(self)
            handover = async_handover_of(request)
            if handover is not None:
                return await handover.send(request)
            pool = await self._pools.get()
            refuse_if_closed(self)  # possibly meanwhile, by another thread
            total = share_timeout(request, httpx.ByteStream)
            remember_host(request)
            response = await async_follow(
                lambda request: self._sent(pool, request, stream=stream, **options), request, LIBRARY
            )
        except RuntimeError as error:
            say_if_closed(self, request, error)
            raise
        asks_chat = is_chat(request)
        why = problem(response, is_stream=stream) if asks_chat else None
        if stream and (why is not None or not response.is_success):
            # Read here, because OpenAI's client does not wrap httpx's errors when it reads it.
            try:
                await response.aread()
            except httpx.TransportError:
                response = copied(response)
        if why is not None:
            return no_answer(response, why)
        return watched(response, total, is_chat=asks_chat) if stream else response

    async def _sent(
        self, pool: DefaultAsyncHttpxClient, request: httpx.Request, *, stream: bool, **options: Any
    ) -> httpx.Response:
        try:
            return await pool.send(request, stream=stream, **options)
        except httpx.TransportError as error:
            self._watch.failure(error.request, error)
            if isinstance(error, httpx.PoolTimeout):
                raise httpx.PoolTimeout(
                    f"{no_free_connection(request)}: raise max_connections", request=request
                ) from error
            raise

    async def aclose(self) -> None:
        await super().aclose()  # first, so that no other pool is opened meanwhile
        await self._pools.aclose()


def async_open_pool(options: ConnectionOptions) -> DefaultAsyncHttpxClient:
    """Connections for OpenAI's client, with OpenAI's own defaults."""
    return _AsyncPool(options)
