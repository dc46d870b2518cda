"""Long chats, polled until their response is ready."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from vlmrun._http.long_polls import Library, LongPoll
from vlmrun._lifetimes import waiting

if TYPE_CHECKING:
    import httpx2

__all__ = ["async_follow"]


async def async_follow(
    send: Callable[[httpx2.Request], Awaitable[httpx2.Response]], request: httpx2.Request, library: Library
) -> httpx2.Response:
    """Send a request; if it becomes a long chat, poll until its response is ready.

    Args:
        send: Sends one request and follows redirects.
        request: The request; its `TotalTimeout` covers all polls together.
        library: The httpx that `send` belongs to.
    """
    poll = LongPoll(request)
    while True:
        response = None
        try:
            response = await send(request)
        except library.transport_error as error:
            request = poll.after(error)
        else:
            if not (poll.is_polling or response.history):
                return response  # the common case
            request = response.request
        pause = poll.pause(response)
        if pause is None:
            return poll.answer(response, request, library)
        if response is not None:
            await response.aclose()
        await waiting.async_sleep(pause)
