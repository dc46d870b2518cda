"""Doing what faults say, on the connection of a request."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import uuid
from collections import deque
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vlmrun.local._faults.broken_answers import Answer, broken
from vlmrun.local._faults.fault import Fault
from vlmrun.local._wire.errors import refuse
from vlmrun.local._wire.paths import POLLS

__all__ = ["LONG_CHATS", "Breaker"]

if sys.platform == "linux":
    import fcntl
    import termios

_FLUSH_SECONDS = 0.02
"""How long a client has to receive what was sent, before it is looked whether it did, or its connection is reset."""


LONG_CHATS = 1_000
"""How many chats that nobody has polled to their end are kept, the newest ones."""


@dataclass
class _LongChat:
    """A chat that was answered, and polls that do not know it yet."""

    statuses: deque[int]
    answer: Answer


class Breaker:
    """Answers requests that meet a fault. Of one event loop."""

    def __init__(self) -> None:
        self._held: set[asyncio.Transport] = set()
        self._is_released = False
        self._chats: dict[str, _LongChat] = {}

    def release(self) -> None:
        """Release the clients that are held by faults of their connection, and hold none from now on."""
        self._is_released = True
        for transport in list(self._held):
            transport.abort()

    async def answer(self, fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as a fault has it.

        Args:
            fault: What goes wrong.
            app: What does the work.
            scope: The request, with `request_id` and `transport` in its state.
            receive: Where the rest of it comes from.
            send: Where the answer goes, unless it is broken on the connection itself.
        """
        path, request_id = scope["path"], str(scope["state"]["request_id"])
        match fault.kind:
            case "rate_limited" | "unavailable":
                status = 429 if fault.kind == "rate_limited" else 503
                headers = {} if fault.retry_after is None else {"retry-after": fault.retry_after}
                refusal = refuse(path, request_id, status, "This server was told to do nothing now.", headers)
                await refusal(scope, receive, send)
            case "redirect_loop":
                place, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
                there = f"{place}?{query}" if query else place
                await Response(status_code=307, headers={"location": there})(scope, receive, send)
            case "server_error":
                await _work(app, scope, receive)
                await refuse(path, request_id, 500, "This server was told to fail.")(scope, receive, send)
            case "long_poll":
                place = f"{POLLS}{uuid.uuid4()}"
                self._chats[place] = _LongChat(deque(fault.polls), await _work(app, scope, receive))
                if len(self._chats) > LONG_CHATS:
                    del self._chats[next(iter(self._chats))]
                await Response(status_code=303, headers={"location": place})(scope, receive, send)
            case "reset_before" | "reset_in_body" | "reset_after" | "stalled_headers" | "stalled_body" | "trickle":
                await self._break(fault, await _work(app, scope, receive), scope, receive)
            case _:
                await _say(broken(fault, await _work(app, scope, receive)), send)

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

    async def _break(self, fault: Fault, answer: Answer, scope: Scope, receive: Receive) -> None:
        """Answer on the connection itself, which is ours until the client is gone: uvicorn says nothing on it."""
        transport: asyncio.Transport = scope["state"]["transport"]
        head, body = answer.on_wire()
        if scope["method"] == "HEAD":
            body = b""
        half = head + body[: len(body) // 2]
        self._held.add(transport)
        if self._is_released:
            transport.abort()
        gone = asyncio.create_task(_gone(receive))
        try:
            match fault.kind:
                case "reset_before":
                    _reset(transport)
                case "reset_in_body":
                    transport.write(half)
                    await _received(transport)
                    _reset(transport)
                case "reset_after":
                    transport.write(head + body)
                    await _received(transport)
                    _reset(transport)
                case "stalled_body":
                    transport.write(half)
                case "trickle":
                    await _trickle(transport, head + body, fault.seconds, gone)
                case _:
                    pass
            await gone
        finally:
            gone.cancel()
            self._held.discard(transport)


async def _work(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Do what was asked for, and keep the answer."""
    status, headers, body = 0, list[tuple[str, str]](), bytearray()

    async def keep(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.extend((name.decode("latin-1"), text.decode("latin-1")) for name, text in message["headers"])
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return Answer(status, headers, bytes(body))


async def _say(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _gone(receive: Receive) -> None:
    """Wait until the client is."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _trickle(transport: asyncio.Transport, data: bytes, seconds: float, gone: asyncio.Task[None]) -> None:
    """Write a byte at a time, and close; or end as soon as the client is gone."""
    for byte in data:
        await asyncio.wait({gone}, timeout=seconds)
        if gone.done():
            return
        transport.write(bytes([byte]))
    transport.close()


async def _received(transport: asyncio.Transport) -> None:
    """Wait until all that was written has reached the client, which a reset would otherwise discard."""
    await asyncio.sleep(_FLUSH_SECONDS)
    while not transport.is_closing() and (transport.get_write_buffer_size() or _underway(transport)):  # noqa: ASYNC110  # the system has no event for it
        await asyncio.sleep(_FLUSH_SECONDS)


def _underway(transport: asyncio.Transport) -> int:
    """How many bytes the other end has not acknowledged; 0 where the system does not say."""
    opened: socket.socket | None = transport.get_extra_info("socket")
    if sys.platform != "linux" or opened is None:
        return 0
    return int.from_bytes(fcntl.ioctl(opened.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def _reset(transport: asyncio.Transport) -> None:
    """Close a connection with RST."""
    opened: socket.socket | None = transport.get_extra_info("socket")
    if opened is not None and not transport.is_closing():
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
