"""What a server that records and one that replays have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vlmrun.local._wire.errors import RefusalError, refuse

__all__ = ["serve"]


async def serve(answer: Callable[[Request], Awaitable[Response]], scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, as an ASGI app does.

    Args:
        answer: Makes the answer.
        scope: The request, with `request_id` in its state.
        receive: Where the rest of it comes from.
        send: Where the answer goes.
    """
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1008, "reason": "WebSockets are not recorded."})
        return
    request = Request(scope, receive)
    try:
        response = await answer(request)
    except RefusalError as error:
        response = refuse(scope["path"], request.state.request_id, error.status, error.detail)
    except ClientDisconnect:
        return  # nobody reads it
    await response(scope, receive, send)
