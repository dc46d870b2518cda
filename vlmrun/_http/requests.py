"""Requests built from calls: URL, headers and body."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import lru_cache
from typing import BinaryIO, TypeVar, cast

import anyio
import httpx2
from pydantic import JsonValue

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import encode, encode_value
from vlmrun._arguments.config import Configuration, named_by
from vlmrun._arguments.urls import InvalidURLError, is_unicode, join
from vlmrun._http.call import Call, FilePart, Storage
from vlmrun._http.errors import NAMED_BY, no_api_key
from vlmrun._http.redirects import keep_to_host
from vlmrun._http.shown_urls import PRESIGNED, origin
from vlmrun._version import __version__
from vlmrun.client import exceptions

__all__ = ["CHUNK_BYTES", "build", "build_get", "build_put", "keep_secret", "next_request"]

T = TypeVar("T")

CHUNK_BYTES = 1 << 20
_PUBLIC = ("health", "hub")  # the routes that are documented to need no key


def build(config: Configuration, call: Call[T], options: CallOptions) -> httpx2.Request:
    """The request of a call."""
    try:
        url = _url(config.base_url, call.path)
    except InvalidURLError as error:
        raise exceptions.InputError(
            f"An identifier cannot be used in a URL: {error}.", suggestion="pass the id as the API returned it."
        ) from None
    headers = httpx2.Headers(
        {
            "Accept": call.accept,
            **({"Authorization": f"Bearer {config.api_key}"} if config.api_key else {}),
            "User-Agent": f"vlmrun-python/{__version__}",
        }
    )
    content: bytes | None = None
    part, extra = call.part, options.extra_body
    if part is None and (call.body is not None or extra):
        headers["Content-Type"] = "application/json"
        content = encode({**_present(call.body or {}), **(extra or {})})
    for more in (config.default_headers, options.extra_headers):
        if more:
            headers.update(more)
    if not config.api_key and "Authorization" not in headers and call.path[0] not in _PUBLIC:
        raise no_api_key(f"{call.method} /{'/'.join(call.path)}")
    if part is not None:
        headers.pop("Content-Type", None)  # the multipart encoder sets it, with the boundary
    query = _query({**config.default_query, **_present(call.query), **(options.extra_query or {})})
    files = None if part is None else {"file": (part.filename, _whole(part), part.media_type)}
    data = None if part is None else _form(extra or {})
    for argument, value in (*query.items(), ("filename", part and part.filename)):
        if isinstance(value, str) and not is_unicode(value):
            raise exceptions.InputError(
                f"{argument} cannot be used: it contains a lone surrogate.", suggestion="pass valid Unicode text."
            )
    return httpx2.Request(
        call.method,
        url,
        headers=headers,
        params=query or None,
        content=content,
        data=data,
        files=files,
        extensions={NAMED_BY: named_by(config)},
    )


@lru_cache(maxsize=100)
def _url(base_url: str, path: tuple[str, ...]) -> httpx2.URL:
    """The URL of a route, without its query. Parsing one takes longer than all else here, and most are called again."""
    return httpx2.URL(join(base_url, *path))


_QueryValue = str | int | float | bool


def _present(body: Mapping[str, object]) -> dict[str, object]:
    """The members of a body or query that are not `None`: unset values are not sent."""
    return {name: value for name, value in body.items() if value is not None}


def _query(given: Mapping[str, object]) -> dict[str, _QueryValue | list[_QueryValue]]:
    """The parameters of a query, without those that are `None`; a list repeats its parameter, an empty one omits it."""
    query: dict[str, _QueryValue | list[_QueryValue]] = {}
    for name, value in given.items():
        if isinstance(value, list):
            items = cast("list[JsonValue]", value)  # from JSON
            if items:  # of an empty list httpx2 makes a bare `?`
                query[name] = [item if isinstance(item, (str, int, float)) else encode_value(item) for item in items]
        elif isinstance(value, (str, int, float)):
            query[name] = value
        elif value is not None:
            raise exceptions.InputError(
                f"extra_query[{name!r}] is a mapping, which a query cannot contain.",
                suggestion="pass str, numbers, bool or lists of them.",
            )
    return query


def _form(extra: Mapping[str, object]) -> dict[str, str]:
    """Additional form fields: strings unmodified, other values as JSON."""
    return {
        name: value if isinstance(value, str) else encode_value(cast("JsonValue", value))  # from JSON
        for name, value in extra.items()
    }


def build_put(storage: Storage) -> httpx2.Request:
    if not (storage.media_type.isascii() and storage.media_type.isprintable()):
        raise exceptions.ResponseValidationError("The server sent an invalid media type for the upload.")
    headers = {"Content-Type": storage.media_type, "Content-Length": str(storage.size)}
    return _presigned("PUT", "upload", storage.url, headers, _Chunks(storage))


def build_get(url: str) -> httpx2.Request:
    """The request for what lies at a presigned URL, as its bytes are stored."""
    return _presigned("GET", "download", url, {"Accept": "*/*", "Accept-Encoding": "identity"})


def _presigned(
    method: str, purpose: str, presigned_url: str, headers: dict[str, str], stream: _Chunks | None = None
) -> httpx2.Request:
    try:
        url = httpx2.URL(presigned_url)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in ("http", "https") or not url.host or not 0 <= (url.port or 0) < 65_536:
        raise exceptions.ResponseValidationError(f"The server sent an invalid URL for the {purpose}.")
    # Without the key and the client's headers, which are meant for VLM Run.
    own = {"Host": url.netloc.decode("ascii"), "User-Agent": f"vlmrun-python/{__version__}"}
    request = httpx2.Request(method, url, headers={**own, **headers}, stream=stream, extensions={PRESIGNED: True})
    keep_secret(request)
    return request


def keep_secret(request: httpx2.Request) -> None:
    """Have the URL of a request end after the host wherever it is printed."""
    request.url = _SecretURL(request.url)  # of a request that there is, because it copies the URL that it is given


def next_request(response: httpx2.Response) -> httpx2.Request | None:
    """The request that follows a redirect; `None` if this is the final response, or the response to an upload.

    Redirects are not left to httpx2, because it would log their URLs, which may be presigned.
    """
    request, asked = response.next_request, response.request
    if request is None or asked.method == "PUT":
        return None
    if len(response.history) == _MOST_REDIRECTS:
        raise httpx2.TooManyRedirects("It was redirected too often.", request=asked)
    keep_to_host(request, asked.url)
    keep_secret(request)
    return request


_MOST_REDIRECTS = 20


class _SecretURL(httpx2.URL):
    """A presigned URL, whose text ends after the host, because httpx2 logs the URL of every request."""

    def __str__(self) -> str:
        return f"{origin(self)}/..."

    def __repr__(self) -> str:
        return f"URL('{self}')"

    def join(self, url: httpx2.URL | str) -> httpx2.URL:
        return httpx2.URL(self).join(url)  # because `join` uses the text


class _Chunks(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """The bytes of a file; each attempt starts at the first byte."""

    def __init__(self, storage: Storage) -> None:
        self._file = storage.file
        self._report = storage.report or _nobody

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        self._report(done := 0)
        while chunk := self._file.read(CHUNK_BYTES):
            yield chunk
            self._report(done := done + len(chunk))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        self._report(done := 0)
        while chunk := await anyio.to_thread.run_sync(self._file.read, CHUNK_BYTES):
            yield chunk
            self._report(done := done + len(chunk))


def _nobody(done: int) -> None:
    """Nobody asks."""


class _Whole(io.RawIOBase):
    """A file without `fileno`, so that httpx2 measures the stream, not the file below it, which may be compressed."""

    def __init__(self, part: FilePart) -> None:
        self._file = part.file
        self._report = part.report or _nobody

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self._report(self._file.tell())  # whoever asks for the next chunk has sent those before it
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _whole(part: FilePart) -> BinaryIO:
    # A cast: httpx2 only reads, seeks and tells, but its types require a whole file.
    return cast("BinaryIO", _Whole(part))
