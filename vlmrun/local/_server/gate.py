"""The gate that every request passes: it is noted, named, its key is checked, and its body is read."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable
from dataclasses import replace

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vlmrun.local._faults.breaker import Breaker
from vlmrun.local._faults.schedule import Schedule
from vlmrun.local._requests.json_body import Body, read_json
from vlmrun.local._requests.received import ReceivedRequest, UploadedBytes
from vlmrun.local._wire.errors import refuse
from vlmrun.local._wire.journal import Journal, shown
from vlmrun.local._wire.paths import GATEWAY, POLLS, WITHOUT_KEY, has_own_reader, is_open

__all__ = ["Gate"]


class _Meter:
    """What a client sends, counted while somebody receives it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.count = 0
        self.is_gone = False
        """Whether the client went away."""

    async def receive(self) -> Message:
        message = await self._receive()
        self.count += len(message.get("body", b""))
        self.is_gone = self.is_gone or message["type"] == "http.disconnect"
        return message


class Gate:
    """An ASGI app around the routes.

    It leaves `request_id`, `body` (a `Body`), `data` (its bytes) and `received` in the request's state, and
    `x-request-id` on every answer. The body of an upload it leaves to the route, which may leave `received`.

    Args:
        app: The routes; they may be exchanged while the server runs.
        api_key: The one key that is let in, where one is needed.
        journal: Where requests are noted. One whose client goes away before it has sent all is not.
        schedule: Which requests meet a fault.
        breaker: What answers those.
        uploaded: Finds an uploaded file by its id.
    """

    def __init__(
        self,
        app: ASGIApp,
        api_key: str,
        journal: Journal[ReceivedRequest],
        schedule: Schedule,
        breaker: Breaker,
        uploaded: Callable[[str], UploadedBytes | None],
    ) -> None:
        self.app = app
        self._uploaded = uploaded
        self._api_key = api_key.encode("ascii")
        self._journal = journal
        self._schedule = schedule
        self._breaker = breaker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._open_web_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, path, headers = str(scope["method"]), str(scope["path"]), Headers(scope=scope)
        request_id = f"req-{uuid.uuid4().hex}"
        state: dict[str, object] = {**scope.get("state", {}), "request_id": request_id}
        scope["state"] = state
        meter = _Meter(receive)
        is_upload = has_own_reader(method, path)
        if not is_upload:
            data = await _read_all(meter.receive)
            if data is None:
                return
            body = read_json(data)
            state["body"], state["data"] = body, data
            received = _received(scope, headers, body.value, meter.count, self._uploaded)
            state["received"] = received
            self._journal.add(received)

        is_noted = not is_upload

        def named(send: Send) -> Send:
            async def send_named(message: Message) -> None:
                nonlocal is_noted
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)["x-request-id"] = request_id
                    if not is_noted and not meter.is_gone:
                        is_noted = True
                        # A route that reads a form leaves what it has read.
                        read = state.get("received")
                        noted = read if isinstance(read, ReceivedRequest) else _received(scope, headers, None, 0)
                        self._journal.add(replace(noted, content_length=meter.count))
                await send(message)

            return send_named

        # What a fault makes of an answer may never be sent: the routes have it named before.
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app(scope, receive, named(send))

        problem = None if is_open(path) else self._stranger(path, headers.get("authorization"))
        if problem is not None:
            answer = refuse(path, request_id, 401, problem, {"www-authenticate": "Bearer"})
            await answer(scope, meter.receive, named(send))
        elif self._schedule.is_empty:
            await app(scope, meter.receive, send)
        elif path.startswith(POLLS):
            await self._breaker.poll(scope, meter.receive, named(send))
        else:
            read = state.get("body")
            value = read.value if isinstance(read, Body) else None
            fault = self._schedule.meet(_received(scope, headers, value, meter.count))
            if fault is None:
                await app(scope, meter.receive, send)
            else:
                await self._breaker.answer(fault, app, scope, meter.receive, named(send))

    async def _open_web_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._journal.add(_received({**scope, "method": "GET"}, headers, None, 0))
        if self._stranger(str(scope["path"]), headers.get("authorization")) is None:
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted, this is 403

    def _stranger(self, path: str, authorization: str | None) -> str | None:
        is_optional = path.startswith(GATEWAY)
        if is_optional and (authorization or "").partition(" ")[2].strip() in ("", WITHOUT_KEY):
            return None
        if authorization is None:
            return "Not authenticated: send the header 'Authorization: Bearer <api key>'."
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return "Not authenticated: the authorization scheme must be Bearer."
        # Constant time, and bytes: compare_digest refuses text that is not ASCII.
        if not hmac.compare_digest(key.strip().encode("latin-1"), self._api_key):
            return "Invalid API key."
        return None


def _received(
    scope: Scope,
    headers: Headers,
    body: object,
    count: int,
    uploaded: Callable[[str], UploadedBytes | None] | None = None,
) -> ReceivedRequest:
    return ReceivedRequest(
        method=scope["method"],
        path=scope["path"],
        query=dict(QueryParams(scope["query_string"])),
        body=body,
        headers=shown(headers),
        content_length=count,
        uploaded=uploaded,
    )


async def _read_all(receive: Receive) -> bytes | None:
    """The whole body, or `None` where the client went away before its end."""
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)
