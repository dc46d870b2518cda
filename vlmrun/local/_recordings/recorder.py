"""The app of a server that forwards requests to another one, and records its answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import ssl
from contextlib import aclosing
from pathlib import Path

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vlmrun.local._recordings.answered import recorded_response, sent
from vlmrun.local._recordings.asked import read_all, recorded_request
from vlmrun.local._recordings.exchange import Exchange, recordings, save
from vlmrun.local._recordings.secrets import HERE, Discretion
from vlmrun.local._recordings.serving import serve
from vlmrun.local._requests.json_body import Body
from vlmrun.local._requests.reading import origin_of
from vlmrun.local._wire.errors import RefusalError
from vlmrun.local._wire.paths import STORAGE

__all__ = ["Recorder"]

_TIMEOUT = httpx2.Timeout(600.0, connect=10.0)
"""Seconds; a chat may take minutes."""

_PRIVATE = ("/v1/files", "/v1/artifacts", "/v1/skills")
"""Where answers have URLs that let anybody in, whether or not they have a query."""

# The key is replaced, and httpx2 has its own connection and compression.
_OWN_HEADERS = frozenset(
    {"accept-encoding", "authorization", "connection", "content-length", "cookie", "expect", "host", "keep-alive"}
    | {"proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "x-api-key"}
)


class Recorder:
    """An ASGI app.

    Args:
        folder: Where to write.
        upstream: The URL of the other server, in normal form, including `/v1`.
        api_key: Its key.
        trusted: The certificates that are trusted.
    """

    def __init__(self, folder: Path, upstream: str, api_key: str, trusted: ssl.SSLContext) -> None:
        self._folder = folder
        self._upstream = upstream
        self._api_key = api_key
        self._trusted = trusted
        self._discretion = Discretion(api_key, upstream)
        self._numbers = itertools.count(len(recordings(folder)) + 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve(self._answer, scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        number = next(self._numbers)
        data = await read_all(request)
        asked = await recorded_request(request, data, self._discretion.asked)
        answer = await self._forward(request, data)
        is_private = asked.path.startswith(_PRIVATE)
        headers = dict(answer.headers)
        if "location" in headers:
            headers["location"] = self._place(answer.url.join(headers["location"]))
        response = recorded_response(
            answer.status_code,
            headers,
            answer.content,
            text=lambda text: self._discretion.answered(text, is_private=is_private),
            without_key=self._discretion.without_key,
        )
        try:
            await asyncio.to_thread(save, self._folder, number, Exchange(request=asked, response=response))
        except OSError as error:
            raise RefusalError(400, f"The answer cannot be written to {self._folder}: {error.strerror}.") from error
        return sent(response, origin_of(request))

    def _place(self, url: httpx2.URL) -> str:
        """Where a redirect leads, as a URL of this server."""
        told = self._discretion.answered(str(url))
        return told if told.startswith(HERE) else self._discretion.stored(str(url))

    async def _forward(self, request: Request, data: bytes) -> httpx2.Response:
        url = self._target(request)
        headers = {name: value for name, value in request.headers.items() if name not in _OWN_HEADERS}
        # Only where the client sent one: a signed URL comes without, and may be of the same server.
        if "authorization" in request.headers and _origin(url) == _origin(httpx2.URL(self._upstream)):
            headers["authorization"] = f"Bearer {self._api_key}"
        # Redirects are answers, too: a long chat polls. Proxies and certificates of the environment count, as they do
        # for the client whose place this takes.
        async with aclosing(httpx2.AsyncClient(timeout=_TIMEOUT, verify=self._trusted)) as client:
            try:
                return await client.request(
                    request.method, url, content=self._with_urls(request, data), headers=headers
                )
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                # Not quoted: it may have the URL.
                raise RefusalError(502, f"{url.host} did not answer: {type(error).__name__}.") from error

    def _target(self, request: Request) -> httpx2.URL:
        path, query = request.scope["raw_path"].decode("latin-1").partition("?")[0], request.url.query
        if path.startswith(STORAGE):
            url = self._discretion.url_of(path.removeprefix(STORAGE))
            if url is None:
                raise RefusalError(404, "There is nothing here: this URL was not given out by this server.")
            return httpx2.URL(url)
        if not path.startswith("/v1/"):
            raise RefusalError(404, "Only what is below /v1 is recorded.")
        return httpx2.URL(self._upstream + path.removeprefix("/v1") + (f"?{query}" if query else ""))

    def _with_urls(self, request: Request, data: bytes) -> bytes:
        """A body in which URLs of this server are those that they stand for."""
        if not isinstance(getattr(request.state, "body", None), Body) or request.state.body.value is None:
            return data
        place = re.escape(f"{origin_of(request)}{STORAGE}".encode())

        def real(found: re.Match[bytes]) -> bytes:
            url = self._discretion.url_of(found[1].decode())
            return found[0] if url is None else json.dumps(url)[1:-1].encode()

        return re.sub(place + rb"([0-9a-f]{24})", real, data)


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
