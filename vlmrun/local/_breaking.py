"""Doing what faults say, on the connection of a request.

Source: API.md §4 (long requests).
"""

from __future__ import annotations

import asyncio
import socket
import struct
import uuid
from collections import deque
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vlmrun.local._errors import refuse
from vlmrun.local._faults import Answer, Fault, broken
from vlmrun.local._paths import POLLS

__all__ = ["Breaker"]

_FLUSH_SECONDS = 0.02
"""How long a client has to read what was sent before its connection is reset, and with it what it has not read."""


@dataclass
class _LongChat:
    """A chat that was answered, and polls that do not know it yet."""

    statuses: deque[int]
    answer: Answer


class Breaker:
    """Answers requests that meet a fault. Of one event loop.

    Args:
        app: What does the work.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held: set[asyncio.Transport] = set()
        self._chats: dict[str, _LongChat] = {}

    def release(self) -> None:
        """Let go of the clients that are held by stalls and trickles."""
        for transport in list(self._held):
            transport.abort()

    async def answer(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as a fault has it."""
        path, request_id = scope["path"], str(scope["state"]["request_id"])
        match fault.kind:
            case "rate_limited" | "unavailable":
                status = 429 if fault.kind == "rate_limited" else 503
                headers = {} if fault.retry_after is None else {"retry-after": fault.retry_after}
                refusal = refuse(path, request_id, status, "This server was told to do nothing now.", headers)
                await refusal(scope, receive, send)
            case "redirect_loop":
                query = scope["query_string"].decode("latin-1")
                there = f"{path}?{query}" if query else path
                await Response(status_code=307, headers={"location": there})(scope, receive, send)
            case "long_poll":
                place = f"{POLLS}{uuid.uuid4()}"
                self._chats[place] = _LongChat(deque(fault.polls), await self._work(scope, receive))
                await Response(status_code=303, headers={"location": place})(scope, receive, send)
            case _:
                await self._break(fault, await self._work(scope, receive), scope, receive, send)

    async def poll(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a poll of a long chat."""
        place = scope["path"]
        chat = self._chats.get(place)
        if chat is None:
            await refuse(place, str(scope["state"]["request_id"]), 404, "There is no such chat.")(scope, receive, send)
        elif chat.statuses:
            status = chat.statuses.popleft()
            headers = {"location": place} if status == 303 else {}
            await Response(status_code=status, headers=headers)(scope, receive, send)
        else:
            await _say(self._chats.pop(place).answer, send)

    async def _work(self, scope: Scope, receive: Receive) -> Answer:
        """Do what was asked for, and keep the answer."""
        status, headers, body = 0, list[tuple[str, str]](), bytearray()

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.extend((name.decode("latin-1"), text.decode("latin-1")) for name, text in message["headers"])
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        return Answer(status, headers, bytes(body))

    async def _break(self, fault: Fault, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["state"]["transport"]
        head, body = answer.on_wire()
        match fault.kind:
            case "reset_before":
                await _reset(transport)
            case "reset_in_body":
                transport.write(head + body[: len(body) // 2])
                await _reset(transport)
            case "reset_after":
                transport.write(head + body)
                await _reset(transport)
            case "stalled_headers":
                pass
            case "stalled_body":
                transport.write(head + body[: len(body) // 2])
            case "trickle":
                await self._trickle(transport, head + body, fault.seconds)
            case _:
                await _say(broken(fault, answer), send)
                return
        # The connection is ours until the client is gone, or the server: nothing is left for uvicorn to say on it.
        self._held.add(transport)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._held.discard(transport)

    async def _trickle(self, transport: asyncio.Transport, data: bytes, seconds: float) -> None:
        self._held.add(transport)
        for byte in data:
            await asyncio.sleep(seconds)
            if transport.is_closing():
                return
            transport.write(bytes([byte]))
        transport.close()


async def _say(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _reset(transport: asyncio.Transport) -> None:
    """Close a connection with RST."""
    await asyncio.sleep(_FLUSH_SECONDS)
    opened: socket.socket | None = transport.get_extra_info("socket")
    if opened is not None and not transport.is_closing():
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
