"""Connections to hosts that nobody vouches for, in place of a pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx2

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun._http._async.pools import async_open_pool
from vlmrun._http.strangers import UNKNOWN, Inflating, pinned, public, resolved, without_body
from vlmrun._lifetimes import waiting

__all__ = ["AsyncGuard"]


class AsyncGuard:
    """Sends requests to public addresses only, and bounds what comes back.

    Args:
        options: The options of the connections; no client certificate is shown. Proxies are used only if private
            addresses are allowed: a proxy looks up the address by itself, so that nothing could be checked.
        allow_private: Whether addresses that are not public may be reached.
    """

    def __init__(self, options: ConnectionOptions, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        if not allow_private:
            options = options.without_proxy()
        self._pool = async_open_pool(options.without_cert())

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, follow_redirects: bool = False
    ) -> httpx2.Response:
        """Send one request. Only the body of a success is received, as the others are not used."""
        response = await self._sent(request, stream=stream, follow_redirects=follow_redirects)
        response.request = request
        is_done = False
        try:
            if not response.is_success:
                return without_body(response, request)
            encoding = response.headers.pop("content-encoding", "identity")
            if encoding != "identity":
                response.headers.pop("content-length", None)  # of the compressed bytes
                response.stream = _AsyncInflated(cast(httpx2.AsyncByteStream, response.stream), Inflating(encoding))
            is_done = True
            return response
        finally:
            if not is_done:
                await response.aclose()

    async def _sent(self, request: httpx2.Request, *, stream: bool, follow_redirects: bool) -> httpx2.Response:
        if self._allow_private:
            return await self._pool.send(request, stream=stream, follow_redirects=follow_redirects)
        found: httpx2.Response | httpx2.RequestError = httpx2.ConnectError(UNKNOWN, request=request)
        for address in public(await _addresses(request), request):
            found = await self._sent_to(address, request, stream=stream, follow_redirects=follow_redirects)
            if not isinstance(found, (httpx2.ConnectError, httpx2.ConnectTimeout)):
                break
        if isinstance(found, httpx2.RequestError):
            raise found
        return found

    async def _sent_to(
        self, address: str, request: httpx2.Request, *, stream: bool, follow_redirects: bool
    ) -> httpx2.Response | httpx2.RequestError:
        to_address = pinned(request, address)
        try:
            return await self._pool.send(to_address, stream=stream, follow_redirects=follow_redirects)
        except httpx2.RequestError as error:
            error.request = request  # the user knows the name
            return error

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


async def _addresses(request: httpx2.Request) -> list[str]:
    seconds: float | None = request.extensions.get("timeout", {}).get("connect")
    try:
        return await waiting.async_in_time(seconds, resolved, request)
    except TimeoutError as error:
        raise httpx2.ConnectTimeout(UNKNOWN, request=request) from error
    except (OSError, UnicodeError) as error:
        raise httpx2.ConnectError(str(error), request=request) from error


class _AsyncInflated(httpx2.AsyncByteStream):
    """A compressed body, decompressed."""

    def __init__(self, stream: httpx2.AsyncByteStream, inflating: Inflating) -> None:
        self._stream = stream
        self._inflating = inflating

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._stream:
            self._inflating.take(data)
            while piece := self._inflating.piece():
                yield piece
        self._inflating.end()

    async def aclose(self) -> None:
        await self._stream.aclose()
