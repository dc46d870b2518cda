"""The gate that every request passes: its body is read, it is noted, named, and its key is checked.

Source: API.md §1 (authentication).
"""

from __future__ import annotations

import hmac
import math
import uuid
from dataclasses import dataclass
from typing import cast

from pydantic_core import from_json
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vlmrun.local._errors import Problem, refuse
from vlmrun.local._journal import Journal, ReceivedRequest

__all__ = ["Body", "Gate", "read_json"]

HEALTH = "/v1/health"
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "x-api-key"})


@dataclass(frozen=True)
class Body:
    """A body that was read: its JSON, or the problem that kept it from being read."""

    value: object
    problem: Problem | None = None


def _is_finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    # Casts: what comes from JSON is made of dicts and lists and nothing narrower is known of them.
    if isinstance(value, dict):
        return all(map(_is_finite, cast("dict[str, object]", value).values()))
    return not isinstance(value, list) or all(map(_is_finite, cast("list[object]", value)))


def read_json(data: bytes) -> Body:
    """Read a body as JSON in the narrow sense: UTF-8, no NaN, no number beyond a float, no endless nesting.

    Args:
        data: The bytes of the body.

    Returns:
        The value, or the problem in its place.
    """
    try:
        value: object = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        return Body(None, Problem(("body",), f"The body is not JSON: {error}", "json_invalid"))
    if not _is_finite(value):
        return Body(None, Problem(("body",), "The body is not JSON: a number is out of range", "json_invalid"))
    return Body(value)


class Gate:
    """An ASGI app around the routes.

    It leaves `request_id` and `body` (a `Body`) in the request's state, and `x-request-id` on every answer.

    Args:
        app: The routes.
        api_key: The one key that is let in. `/v1/health` answers everybody, since whether the platform's checks the key
            is not known.
        journal: Where requests are noted.
    """

    def __init__(self, app: ASGIApp, api_key: str, journal: Journal) -> None:
        self._app = app
        self._api_key = api_key.encode("ascii")
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        chunks: list[bytes] = []
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = read_json(b"".join(chunks))

        headers = Headers(scope=scope)
        path: str = scope["path"]
        self._journal.add(
            ReceivedRequest(
                method=scope["method"],
                path=path,
                query=dict(QueryParams(scope["query_string"])),
                body=body.value,
                headers={name: value for name, value in headers.items() if name not in _SECRET_HEADERS},
            )
        )
        request_id = f"req-{uuid.uuid4().hex}"
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "body": body}

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        problem = None if path == HEALTH else self._stranger(headers.get("authorization"))
        if problem is not None:
            answer = refuse(path, request_id, 401, problem, {"www-authenticate": "Bearer"})
            await answer(scope, receive, send_named)
        else:
            # The body is already read: what is left to receive is the client's going away.
            await self._app(scope, receive, send_named)

    def _stranger(self, authorization: str | None) -> str | None:
        if authorization is None:
            return "Not authenticated: send the header 'Authorization: Bearer <api key>'."
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return "Not authenticated: the authorization scheme must be Bearer."
        # Constant time, and bytes: compare_digest refuses text that is not ASCII.
        if not hmac.compare_digest(key.strip().encode("latin-1"), self._api_key):
            return "Invalid API key."
        return None
