"""URLs that lead to any host: the decisions of `_async/guards.py`.

A URL that an agent, a document or another user wrote may name an address of this machine or of its network. So a host
is resolved once, and the request goes to the address that was checked, not to what the name means a moment later.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from socket import SOCK_STREAM, getaddrinfo

import httpx2

from vlmrun._http.call import Sink
from vlmrun._http.public_addresses import is_public
from vlmrun._http.requests import build_get, keep_secret
from vlmrun._http.shown_urls import NAMED, origin
from vlmrun.client.exceptions import APIError, InputError, ResponseValidationError

__all__ = ["UNKNOWN", "Bounded", "Inflating", "Limits", "pinned", "public", "resolved", "without_body"]

UNKNOWN = "the host has no address"
"""The reason for a `ConnectError` without a cause."""

_MOST_ADDRESSES = 4
_PIECE_BYTES = 1 << 16
_REDIRECTED = "vlmrun_redirected"
"""The extension of a request that follows a redirect."""
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(frozen=True)
class Limits:
    """What a download may take."""

    timeout: float | None
    """Seconds for the whole download, or `None` for no limit."""
    max_bytes: int | None
    """Bytes of content, decompressed; `None` for no limit."""
    allow_private: bool
    """Whether addresses that are not public may be reached."""


class Bounded:
    """A sink that takes a number of bytes at most.

    Args:
        sink: Receives them.
        most: The number, or `None` for no limit.
    """

    def __init__(self, sink: Sink, most: int | None) -> None:
        self._sink = sink
        self._most = most
        self._size = 0

    def write(self, data: bytes) -> None:
        """Hand on a chunk; `ResponseValidationError` if there are too many bytes."""
        self._size += len(data)
        if self._most is not None and self._size > self._most:
            raise ResponseValidationError(
                f"The download has more than {self._most:,} bytes.", suggestion="pass a higher max_bytes=...."
            )
        self._sink.write(data)

    def clear(self) -> None:
        """Discard what was received."""
        self._size = 0
        self._sink.clear()

    def report(self, done: int, total: int | None) -> None:
        """Hand on how far the download is."""
        self._sink.report(done, total)


def resolved(request: httpx2.Request) -> list[str]:
    """The addresses of the host of a request, in the order of the system; raises `OSError` or `UnicodeError`."""
    host, port = request.url.raw_host.decode("ascii"), request.url.port or 80  # a port, for systems that require one
    found = getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def public(addresses: list[str], request: httpx2.Request) -> list[str]:
    """The addresses that a request may go to.

    Raises:
        InputError: There are none.
        APIError: There are none, and the request follows a redirect.
    """
    found = [address for address in addresses if is_public(address)]
    if found:
        return found[:_MOST_ADDRESSES]
    where, suggestion = origin(request.url), "pass allow_private=True if you trust the URL."
    if _REDIRECTED in request.extensions:
        raise APIError(f"The URL was redirected to {where}, which is not a public address.", suggestion=suggestion)
    raise InputError(f"The URL leads to {where}, which is not a public address.", suggestion=suggestion)


def pinned(request: httpx2.Request, address: str) -> httpx2.Request:
    """The same request to one address of its host. TLS still verifies the name."""
    name = request.url.raw_host.decode("ascii").rstrip(".")
    to_address = httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        # Connections are shared by address, but one that was verified for another name must not serve this one.
        headers={**request.headers, "Connection": "close"},
        extensions={**request.extensions, NAMED: request.url, **({} if name == address else {"sni_hostname": name})},
    )
    keep_secret(to_address)
    return to_address


def without_body(response: httpx2.Response, request: httpx2.Request) -> httpx2.Response:
    """A response that is no success, with the request that follows if it is a redirect.

    Raises:
        ResponseValidationError: It redirects to something that is not the URL of a download.
    """
    told = httpx2.Response(response.status_code, headers=response.headers, request=request)
    told.headers.pop("content-encoding", None)
    if response.next_request is not None:
        told.next_request = _following(request, response.headers["location"])
    return told


def _following(request: httpx2.Request, location: str) -> httpx2.Request:
    try:
        target = str(request.url.join(location))
    except httpx2.InvalidURL:
        target = ""
    follows = build_get(target)
    follows.extensions = {**request.extensions, _REDIRECTED: True}
    return follows


class Inflating:
    """The content of a compressed body, in pieces of limited size, so that a small body cannot fill the memory.

    Args:
        encoding: The header `Content-Encoding`.

    Raises:
        ResponseValidationError: The encoding is not supported.
    """

    def __init__(self, encoding: str) -> None:
        window = _WINDOW.get(encoding.strip().lower())
        if window is None:
            raise ResponseValidationError("The download is compressed in a way that was not asked for.")
        self._window: int = window
        self._inflater = zlib.decompressobj(window)
        self._data = b""
        self._is_whole = True

    def take(self, data: bytes) -> None:
        """Take a chunk of the body."""
        self._data += data

    def piece(self) -> bytes:
        """The next piece of the content; empty if there is none before the next chunk of the body."""
        piece = b""
        while self._data and not piece:
            if self._inflater.eof:  # a file may have several members
                self._inflater = zlib.decompressobj(self._window)
            try:
                piece = self._inflater.decompress(self._data, _PIECE_BYTES)
            except zlib.error as error:
                raise httpx2.DecodingError(f"the compressed content is broken ({error})") from error
            self._data = self._inflater.unconsumed_tail or self._inflater.unused_data
            self._is_whole = self._inflater.eof
        return piece

    def end(self) -> None:
        """Raise if the body has ended too early."""
        if not self._is_whole:
            raise httpx2.RemoteProtocolError("the compressed content was cut off")
