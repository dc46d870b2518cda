"""HTTP for native calls.

What to send, whether to repeat it and how to read the answer is decided once, by functions of values; the two
transports at the end differ only in how they wait.

Source: API.md §1 (headers), §3.2 (uploads), §10 (errors), §11 (retries).
"""

from __future__ import annotations

import io
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Generic, Literal, TypeVar, cast

import anyio
import httpx2
import pydantic
from httpcore2 import ConnectError, ReadError, ReadTimeout  # httpx2 stands on it
from pydantic import JsonValue
from pydantic_core import ErrorDetails

from vlmrun._version import __version__
from vlmrun.client import exceptions
from vlmrun.client._checks import encode
from vlmrun.client._deadline import NEVER, Deadline
from vlmrun.client._discretion import discreet_errors
from vlmrun.client._log_records import DiscreetLogs
from vlmrun.client._long_poll import Library, follow, follow_async, gave_up
from vlmrun.client._network import AsyncSockets, Failures, Sockets
from vlmrun.client._redirects import keep_to_host
from vlmrun.client._total_timeout import TotalTimeout, share_timeout
from vlmrun.client.config import NOT_GIVEN, Configuration, NotGiven
from vlmrun.client.urls import InvalidURLError, is_unicode, join

__all__ = [
    "CHUNK_BYTES",
    "HEALTH",
    "AsyncTransport",
    "Call",
    "FilePart",
    "Storage",
    "SyncTransport",
    "open_async_pool",
    "open_pool",
    "problems",
    "said",
    "validated",
]

T = TypeVar("T")
V = TypeVar("V")

MAX_RETRY_AFTER_SECONDS = 60.0
FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 8.0
CHUNK_BYTES = 1 << 20


# What to send ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FilePart:
    """A file for a multipart body. It is read from its first byte whenever the request is sent, a chunk at a time.

    Attributes:
        file: The file; it can seek.
        filename: What the server is told that it is called.
        media_type: What the server is told that it is.
    """

    file: BinaryIO = field(repr=False)
    filename: str
    media_type: str


@dataclass(frozen=True)
class Storage:
    """A presigned URL and the bytes that go there. The URL is a secret, and the storage is not VLM Run's API.

    Attributes:
        url: The presigned URL.
        media_type: The `Content-Type` that the URL was made for.
        file: What is sent, as `FilePart.file`.
        size: How many bytes that is.
    """

    url: str = field(repr=False)
    media_type: str
    file: BinaryIO = field(repr=False)
    size: int


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call of the API: what to send, and how to read what comes back.

    Attributes:
        method: The HTTP method.
        path: Path segments below the base URL, not yet encoded.
        read: Makes the result from the body of an answer that says success, or raises pydantic's `ValidationError`.
        body: The JSON body; members that are `None` are left out.
        query: The query; members that are `None` are left out.
        part: The `file` of a multipart body, in place of `body`.
        accept: The media type to ask for.
        timeout: Seconds that an attempt may take, or `None` for as long as it takes; by default the client's.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: tuple[str, ...]
    read: Callable[[bytes], T]
    body: Mapping[str, object] | None = field(default=None, repr=False)
    query: Mapping[str, str | int | bool | None] = field(default_factory=dict[str, "str | int | bool | None"])
    part: FilePart | None = None
    accept: str = "application/json"
    timeout: float | NotGiven | None = NOT_GIVEN


HEALTH: Call[None] = Call("GET", ("health",), lambda _: None)
"""Whether the server is up: any body will do. Source: API.md §3.1."""


def _build(config: Configuration, call: Call[T]) -> httpx2.Request:
    try:
        url = join(config.base_url, *call.path)
    except InvalidURLError as error:
        raise exceptions.InputError(
            f"An identifier cannot be used in a URL: {error}.", suggestion="pass the id as the API returned it."
        ) from None
    headers = httpx2.Headers(
        {
            "Accept": call.accept,
            "Authorization": f"Bearer {config.api_key}",
            "User-Agent": f"vlmrun-python/{__version__}",
        }
    )
    content: bytes | None = None
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = encode(call.body)
    headers.update(config.default_headers)
    if call.part is not None:
        headers.pop("Content-Type", None)  # only the form knows its boundary
    query = {name: value for name, value in call.query.items() if value is not None}
    part = call.part
    files = None if part is None else {"file": (part.filename, _whole(part.file), part.media_type)}
    for argument, value in (*query.items(), ("filename", part and part.filename)):
        if isinstance(value, str) and not is_unicode(value):
            raise exceptions.InputError(
                f"{argument} cannot be used: it holds half of a surrogate pair.", suggestion="pass whole text."
            )
    return httpx2.Request(call.method, url, headers=headers, params=query or None, content=content, files=files)


def _build_put(storage: Storage) -> httpx2.Request:
    try:
        url = httpx2.URL(storage.url)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in ("http", "https") or not url.host or not 0 <= (url.port or 0) < 65_536:
        raise exceptions.ResponseValidationError("The server names a URL for the upload that is none.")
    if not (storage.media_type.isascii() and storage.media_type.isprintable()):
        raise exceptions.ResponseValidationError("The server names a media type for the upload that is none.")
    # Neither the key nor the client's headers: they are for VLM Run.
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Content-Type": storage.media_type,
        "Content-Length": str(storage.size),
        "User-Agent": f"vlmrun-python/{__version__}",
    }
    request = httpx2.Request("PUT", url, headers=headers, stream=_Chunks(storage.file))
    request.url = _SecretURL(url)  # afterwards, as a request makes its own of what it is given
    return request


class _SecretURL(httpx2.URL):
    """A presigned URL. httpx2 logs the URL of every request as text, which is where this one ends at the host."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.decode('ascii')}/..."

    def __repr__(self) -> str:
        return f"URL('{self}')"

    def join(self, url: httpx2.URL | str) -> httpx2.URL:
        return httpx2.URL(self).join(url)  # which would take it from the text


class _Chunks(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """The bytes of a file, from the first one each time it is sent."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(CHUNK_BYTES):
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        while chunk := await anyio.to_thread.run_sync(self._file.read, CHUNK_BYTES):
            yield chunk


class _Whole(io.RawIOBase):
    """A file that httpx2 is to ask for its length, and not what it lies on, which may be compressed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _whole(file: BinaryIO) -> BinaryIO:
    # A cast: httpx2 reads, seeks and tells, and its types ask for all that a file can do.
    return cast("BinaryIO", _Whole(file))


def validated(check: Callable[[V], T], value: V) -> T | pydantic.ValidationError:
    """What pydantic makes of a value, or its error: that quotes the value, and is not to be the context of another."""
    try:
        return check(value)
    except pydantic.ValidationError as error:
        return error


# Whether to repeat it -------------------------------------------------------------------------------------------------

Outcome = httpx2.Response | httpx2.RequestError

# Raised before a byte of the request has left: the server cannot have acted on it.
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


def retry_delay(method: str, outcome: Outcome, retries_done: int, max_retries: int) -> float | None:
    """Seconds to wait before the same request is sent again, or `None` to leave it at this outcome.

    Only what cannot do the work twice is repeated: a GET after any passing failure, a POST only where the server
    cannot have acted on it, that is where no connection came about, or it said 429 or 503.

    Args:
        method: The HTTP method.
        outcome: The answer, or why there is none.
        retries_done: How many retries have been made, from which the backoff grows.
        max_retries: How many may be made.
    """
    if retries_done >= max_retries or not _may_repeat(method, outcome):
        return None
    doublings = min(retries_done, 10)  # far past the longest backoff, and far from overflow
    backoff = min(FIRST_BACKOFF_SECONDS * 2.0**doublings, MAX_BACKOFF_SECONDS)
    asked = _retry_after(outcome)
    if asked is None:
        return backoff * _jitter(0.5, 1.0)
    if asked > MAX_RETRY_AFTER_SECONDS:
        return None  # sooner than the server asks would be rude, and waiting that long belongs to the caller
    # Never before the moment asked for, and not all clients at that very moment.
    return asked + _jitter(0.0, FIRST_BACKOFF_SECONDS)


def _jitter(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311  # spreads clients over time, and guards nothing


def _may_repeat(method: str, outcome: Outcome) -> bool:
    if isinstance(outcome, httpx2.RequestError):
        return isinstance(outcome, _NEVER_SENT if method == "POST" else httpx2.TransportError)
    status = outcome.status_code
    return status in (429, 503) or (method != "POST" and (status == 408 or status >= 500))


def _retry_after(outcome: Outcome) -> float | None:
    """Seconds that the server asks to wait, from `Retry-After` as a number or a date; `None` where it does not say."""
    if isinstance(outcome, httpx2.RequestError):
        return None
    text = outcome.headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        if moment.tzinfo is None:  # the form that names no zone means UTC, as all dates of HTTP do
            moment = moment.replace(tzinfo=timezone.utc)
        return max(moment.timestamp() - time.time(), 0.0)
    return seconds if seconds >= 0 else None


# How to read the answer -----------------------------------------------------------------------------------------------

# Keyed by status: what to raise, and what to do about it.
_BY_STATUS: Mapping[int, tuple[type[exceptions.APIError], str | None]] = {
    400: (exceptions.ValidationError, None),
    401: (exceptions.AuthenticationError, "check the API key, from api_key=... or VLMRUN_API_KEY."),
    402: (exceptions.PaymentRequiredError, "add credits in the VLM Run dashboard."),
    403: (exceptions.PermissionDeniedError, "check what the API key may do in the VLM Run dashboard."),
    404: (exceptions.ResourceNotFoundError, None),
    408: (exceptions.RequestTimeoutError, None),
    409: (exceptions.ConflictError, None),
    413: (exceptions.RequestTooLargeError, None),
    422: (exceptions.UnprocessableEntityError, None),
    429: (exceptions.RateLimitError, "send fewer requests at a time, or raise max_retries."),
}


def _result(call: Call[T], outcome: Outcome) -> T:
    """What the call returns or raises, given its last outcome."""
    response = _success(outcome)
    result = validated(call.read, response.content)
    if isinstance(result, pydantic.ValidationError):
        raise exceptions.ResponseValidationError(
            f"The server said {response.status_code}, but its answer cannot be read: {problems(result)}.",
            http_status=response.status_code,
            headers=response.headers,
            body=_body(response.content),
            request_id=response.headers.get("x-request-id"),
        )
    return result


def _answered(outcome: Outcome) -> httpx2.Response:
    """The answer, whatever it says."""
    if isinstance(outcome, httpx2.RequestError):
        raise _no_answer(outcome) from outcome
    return outcome


def _success(outcome: Outcome) -> httpx2.Response:
    response = _answered(outcome)
    if gave_up(response):
        raise _too_late("The chat was not answered in time.")
    if not response.is_success:
        raise _refusal(response)
    return response


def _downloaded(outcome: Outcome) -> Mapping[str, str]:
    """The headers of a body that was written to a file."""
    return _success(outcome).headers


def _stored(outcome: Outcome) -> None:
    """What comes of a presigned upload. The storage's own words are left out: they may quote the signature."""
    response = _answered(outcome)
    if not response.is_success:
        status = response.status_code
        kind, _ = _kind(status)
        raise kind(
            f"The storage refused the upload with {status}.", http_status=status, suggestion="upload the file again."
        )


def _no_answer(error: httpx2.RequestError) -> exceptions.APIError:
    url = error.request.url
    where = f"{url.scheme}://{url.netloc.decode('ascii')}"
    if isinstance(error, httpx2.TimeoutException):
        return _too_late(f"No answer from {where} in time ({type(error).__name__}).")
    return exceptions.NetworkError(
        f"No answer from {where}: {str(error) or type(error).__name__}.",
        suggestion="check base_url=... or VLMRUN_BASE_URL, and the network.",
        error_type="connection",
    )


def _too_late(message: str) -> exceptions.RequestTimeoutError:
    return exceptions.RequestTimeoutError(
        message,
        suggestion="raise the client's timeout=..., in seconds, or pass None to wait without limit.",
        error_type="timeout",
    )


def _refusal(response: httpx2.Response) -> exceptions.APIError:
    """The error that an answer other than a success is."""
    kind, suggestion = _kind(response.status_code)
    body = _body(response.content)
    said = _read_error(body)
    message = said.message or f"The server answered {response.status_code} {response.reason_phrase}".rstrip()
    return kind(
        message,
        http_status=response.status_code,
        headers=response.headers,
        body=body,
        request_id=said.id or response.headers.get("x-request-id"),
        suggestion=suggestion,
        error_type=said.type,
    )


def _kind(status: int) -> tuple[type[exceptions.APIError], str | None]:
    return _BY_STATUS.get(status, (exceptions.ServerError if status >= 500 else exceptions.APIError, None))


def _body(content: bytes) -> JsonValue:
    """The body as JSON where it is JSON, else as text, or `None` where there is none."""
    if not content:
        return None
    try:
        body: JsonValue = json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", errors="replace")
    return body


@dataclass(frozen=True)
class _ErrorBody:
    """What an error's body says, whichever of the shapes of API.md §10 it has."""

    message: str | None = None
    type: str | None = None
    id: str | None = None


def said(body: JsonValue) -> str | None:
    """What an error's body says to people, whichever shape it has; text is what it says."""
    return _text(body) or _read_error(body).message


def _read_error(body: JsonValue) -> _ErrorBody:
    if not isinstance(body, dict):
        return _ErrorBody()
    detail = body.get("detail")
    error = body.get("error")
    if error is None and isinstance(detail, dict):
        error = detail.get("error", detail)
    if isinstance(error, dict):
        return _ErrorBody(_text(error.get("message")), _text(error.get("type")), _text(error.get("id")))
    if isinstance(detail, list):
        return _ErrorBody("; ".join(filter(None, map(_problem, detail))))
    return _ErrorBody(_text(error) or _text(detail))


def _problem(item: JsonValue) -> str | None:
    """One entry of a 422: where, and what."""
    if not isinstance(item, dict):
        return _text(item)
    message, place = _text(item.get("msg")), item.get("loc")
    return f"{_place(place)}: {message}" if message and isinstance(place, list) else message


def problems(error: pydantic.ValidationError, *within: str) -> str:
    """What pydantic found, each by place and kind only: its own text quotes the value, which may be a document."""
    found = error.errors(include_input=False)
    return "; ".join(f"{_place([*within, *item['loc']])}: {_unquoted(item)}" for item in found)


def _unquoted(item: ErrorDetails) -> str:
    """What is said of one value. Of a tag that no member of a union has, pydantic says which it is."""
    context = item.get("ctx", {})
    return item["msg"].replace(f" '{context.get('tag')}'", "", 1)


def _place(parts: Iterable[object]) -> str:
    return ".".join(map(str, parts)) or "body"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


# The two ways to wait -------------------------------------------------------------------------------------------------


_LIBRARY = Library(httpx2.Response, httpx2.TransportError)


class _Pool(httpx2.Client):
    """Connections that end what goes over them when they are closed."""

    def __init__(self) -> None:
        super().__init__(limits=_LIMITS)
        self._sockets = Sockets(self, _FAILURES)

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return super().send(request, **options)
        except RuntimeError as error:
            if not self.is_closed:
                raise
            raise httpx2.ConnectError(_CLOSED, request=request) from error  # since the call asked for these connections

    def close(self) -> None:
        self._sockets.close()
        super().close()


class _AsyncPool(httpx2.AsyncClient):
    """As `_Pool`, awaited."""

    def __init__(self) -> None:
        super().__init__(limits=_LIMITS)
        self._sockets = AsyncSockets(self, _FAILURES)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return await super().send(request, **options)
        except RuntimeError as error:
            if not self.is_closed:
                raise
            raise httpx2.ConnectError(_CLOSED, request=request) from error  # since the call asked for these connections

    async def aclose(self) -> None:
        self._sockets.close()
        await super().aclose()


_FAILURES = Failures(ReadTimeout, ReadError, ConnectError)

# All are kept for a while: httpx2 keeps 20, so that threads or tasks that take turns would connect again and again.
_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=100)


_CLOSED = "the client was closed"


def open_pool() -> httpx2.Client:
    """Connections for native calls. Proxies of the environment are used, credentials of `.netrc` are not."""
    return _Pool()


def open_async_pool() -> httpx2.AsyncClient:
    """Connections for native calls within one event loop."""
    return _AsyncPool()


def _configured(config: Configuration, call: Call[T]) -> Configuration:
    """The client's configuration, as a call has it."""
    return config if isinstance(call.timeout, NotGiven) else config.with_timeout(call.timeout)


def _limit(request: httpx2.Request, config: Configuration, deadline: Deadline) -> TotalTimeout | None:
    """Set the time that an attempt may take, and give what all reads of its answer share."""
    left = deadline.left()
    seconds = config.timeout if left is None else left if config.timeout is None else min(config.timeout, left)
    connect = config.connect_timeout if seconds is None else min(config.connect_timeout, seconds)
    request.extensions = {**request.extensions, "timeout": httpx2.Timeout(seconds, connect=connect).as_dict()}
    return share_timeout(request, httpx2.ByteStream)


def _redirect(response: httpx2.Response) -> httpx2.Request | None:
    """What a redirect asks for; `None` where this is the answer, or where the storage of an upload sends elsewhere.

    Redirects are not left to httpx2, because what it follows it logs: a file may lie at a presigned URL.
    """
    request, asked = response.next_request, response.request
    if request is None or asked.method == "PUT":
        return None
    if len(response.history) == _MOST_REDIRECTS:
        raise httpx2.TooManyRedirects("It was redirected too often.", request=asked)
    keep_to_host(request, asked.url)
    request.url = _SecretURL(request.url)
    return request


_MOST_REDIRECTS = 20


def _send(pool: httpx2.Client, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
    """Send a request, and follow where it is redirected to."""
    history: list[httpx2.Response] = []
    while True:
        with DiscreetLogs():
            response = pool.send(request, stream=stream, follow_redirects=False)
        response.history = list(history)
        redirect = _redirect(response)
        if redirect is None:
            return response
        response.close()
        history.append(response)
        request = redirect


async def _send_async(pool: httpx2.AsyncClient, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
    """Send a request, and follow where it is redirected to."""
    history: list[httpx2.Response] = []
    while True:
        with DiscreetLogs():
            response = await pool.send(request, stream=stream, follow_redirects=False)
        response.history = list(history)
        redirect = _redirect(response)
        if redirect is None:
            return response
        await response.aclose()
        history.append(response)
        request = redirect


def _go_on(total: TotalTimeout | None) -> None:
    """Give the next piece of a file its time: a file may take as long as it goes forward."""
    if total is not None:
        total.restart()


def _empty(file: BinaryIO) -> None:
    """Forget what an attempt that failed has written."""
    file.seek(0)
    file.truncate()


class SyncTransport:
    """Makes calls, blocking."""

    def __init__(self, config: Configuration, pool: Callable[[], httpx2.Client]) -> None:
        self._config = config
        self._pool = pool

    def send(self, call: Call[T], deadline: Deadline = NEVER) -> T:
        """Make a call: its result, or the `APIError` that its last attempt ended with.

        Args:
            call: What to send.
            deadline: When to give up; each attempt has the client's timeout as well.
        """
        config = _configured(self._config, call)
        with discreet_errors():
            return _result(call, self._attempts(config, _build(config, call), deadline))

    def put(self, storage: Storage) -> None:
        """Send a file to a presigned URL."""
        with discreet_errors():
            _stored(self._attempts(self._config, _build_put(storage), NEVER))

    def download(self, call: Call[T], file: BinaryIO) -> Mapping[str, str]:
        """Write the body of the answer to a file that is empty, and read nothing of it; the answer's headers."""
        return _downloaded(self._attempts(self._config, _build(self._config, call), NEVER, file))

    def _attempts(
        self, config: Configuration, request: httpx2.Request, deadline: Deadline, file: BinaryIO | None = None
    ) -> Outcome:
        retries_done = 0
        while True:
            total = _limit(request, config, deadline)
            outcome = self._attempt(request, file, total)
            delay = retry_delay(request.method, outcome, retries_done, config.max_retries)
            if delay is None or deadline.is_before(delay):
                return outcome
            time.sleep(delay)
            retries_done += 1

    def _attempt(self, request: httpx2.Request, file: BinaryIO | None, total: TotalTimeout | None) -> Outcome:
        pool = self._pool()
        try:
            if file is None:
                return follow(lambda request: _send(pool, request), request, _LIBRARY)
            response = _send(pool, request, stream=True)
            try:
                if not response.is_success:
                    response.read()
                    return response
                _empty(file)
                _go_on(total)
                for chunk in response.iter_bytes():
                    file.write(chunk)
                    _go_on(total)
            finally:
                response.close()
        except httpx2.RequestError as error:
            return error
        return response


class AsyncTransport:
    """Makes calls, awaiting."""

    def __init__(self, config: Configuration, pool: Callable[[], Awaitable[httpx2.AsyncClient]]) -> None:
        self._config = config
        self._pool = pool

    async def send(self, call: Call[T], deadline: Deadline = NEVER) -> T:
        """Make a call; see `SyncTransport.send`."""
        config = _configured(self._config, call)
        with discreet_errors():
            return _result(call, await self._attempts(config, _build(config, call), deadline))

    async def put(self, storage: Storage) -> None:
        """Send a file to a presigned URL."""
        with discreet_errors():
            _stored(await self._attempts(self._config, _build_put(storage), NEVER))

    async def download(self, call: Call[T], file: BinaryIO) -> Mapping[str, str]:
        """Write the body of the answer to a file; see `SyncTransport.download`."""
        return _downloaded(await self._attempts(self._config, _build(self._config, call), NEVER, file))

    async def _attempts(
        self, config: Configuration, request: httpx2.Request, deadline: Deadline, file: BinaryIO | None = None
    ) -> Outcome:
        retries_done = 0
        while True:
            total = _limit(request, config, deadline)
            outcome = await self._attempt(request, file, total)
            delay = retry_delay(request.method, outcome, retries_done, config.max_retries)
            if delay is None or deadline.is_before(delay):
                return outcome
            await anyio.sleep(delay)
            retries_done += 1

    async def _attempt(self, request: httpx2.Request, file: BinaryIO | None, total: TotalTimeout | None) -> Outcome:
        pool = await self._pool()
        try:
            if file is None:
                return await follow_async(lambda request: _send_async(pool, request), request, _LIBRARY)
            response = await _send_async(pool, request, stream=True)
            try:
                if not response.is_success:
                    await response.aread()
                    return response
                _empty(file)
                _go_on(total)
                async for chunk in response.aiter_bytes():
                    await anyio.to_thread.run_sync(file.write, chunk)
                    _go_on(total)
            finally:
                await response.aclose()
        except httpx2.RequestError as error:
            return error
        return response
