"""HTTP for native calls.

What to send, whether to repeat it and how to read the answer is decided once, by functions of values; the two
transports at the end differ only in how they wait.

Source: API.md §1 (headers), §10 (errors), §11 (retries).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Generic, Literal, TypeVar

import anyio
import httpx2
import pydantic
from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_jsonable_python

from vlmrun._version import __version__
from vlmrun.client import exceptions
from vlmrun.client.config import Configuration
from vlmrun.client.urls import InvalidURLError, join

__all__ = ["HEALTH", "AsyncTransport", "Call", "SyncTransport", "open_async_pool", "open_pool", "problems"]

T = TypeVar("T")

MAX_RETRY_AFTER_SECONDS = 60.0
FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 8.0


# What to send ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call of the API: what to send, and how to read what comes back.

    Attributes:
        method: The HTTP method.
        path: Path segments below the base URL, not yet encoded.
        read: Makes the result from the body of an answer that says success, or raises pydantic's `ValidationError`.
        body: The JSON body; members that are `None` are left out.
    """

    method: Literal["GET", "POST"]
    path: tuple[str, ...]
    read: Callable[[bytes], T]
    body: Mapping[str, object] | None = field(default=None, repr=False)


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
            "Accept": "application/json",
            "Authorization": f"Bearer {config.api_key}",
            "User-Agent": f"vlmrun-python/{__version__}",
        }
    )
    content: bytes | None = None
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = _encode(call.body)
    headers.update(config.default_headers)
    timeout = httpx2.Timeout(config.timeout, connect=config.connect_timeout)
    return httpx2.Request(call.method, url, headers=headers, content=content, extensions={"timeout": timeout.as_dict()})


def _encode(body: Mapping[str, object]) -> bytes:
    present = {name: value for name, value in body.items() if value is not None}
    try:
        plain = to_jsonable_python(present, exclude_none=True)
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (PydanticSerializationError, ValueError, TypeError, RecursionError) as error:
        # The value is not quoted: it may be a document.
        raise exceptions.InputError(
            f"An argument cannot be sent as JSON ({type(error).__name__}).",
            suggestion="pass str, finite numbers, bool, None, lists, dicts, pydantic models, dates, UUIDs or paths.",
        ) from error


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
    if isinstance(outcome, httpx2.RequestError):
        raise _no_answer(outcome) from outcome
    if not outcome.is_success:
        raise _refusal(outcome)
    try:
        return call.read(outcome.content)
    except pydantic.ValidationError as error:
        raise exceptions.ResponseValidationError(
            f"The server said {outcome.status_code}, but its answer cannot be read: {problems(error)}.",
            http_status=outcome.status_code,
            headers=outcome.headers,
            body=_body(outcome),
            request_id=outcome.headers.get("x-request-id"),
        ) from None


def _no_answer(error: httpx2.RequestError) -> exceptions.APIError:
    url = error.request.url
    where = f"{url.scheme}://{url.netloc.decode('ascii')}"
    if isinstance(error, httpx2.TimeoutException):
        return exceptions.RequestTimeoutError(
            f"No answer from {where} in time ({type(error).__name__}).",
            suggestion="raise the client's timeout=..., in seconds, or pass None to wait without limit.",
            error_type="timeout",
        )
    return exceptions.NetworkError(
        f"No answer from {where}: {str(error) or type(error).__name__}.",
        suggestion="check base_url=... or VLMRUN_BASE_URL, and the network.",
        error_type="connection",
    )


def _refusal(response: httpx2.Response) -> exceptions.APIError:
    status = response.status_code
    otherwise = exceptions.ServerError if status >= 500 else exceptions.APIError
    kind, suggestion = _BY_STATUS.get(status, (otherwise, None))
    body = _body(response)
    said = _read_error(body)
    message = said.message or f"The server answered {status} {response.reason_phrase}".rstrip()
    return kind(
        message,
        http_status=status,
        headers=response.headers,
        body=body,
        request_id=said.id or response.headers.get("x-request-id"),
        suggestion=suggestion,
        error_type=said.type,
    )


def _body(response: httpx2.Response) -> JsonValue:
    """The body as JSON where it is JSON, else as text, or `None` where there is none."""
    if not response.content:
        return None
    try:
        body: JsonValue = json.loads(response.content)
    except (ValueError, RecursionError):
        return response.text
    return body


@dataclass(frozen=True)
class _ErrorBody:
    """What an error's body says, whichever of the shapes of API.md §10 it has."""

    message: str | None = None
    type: str | None = None
    id: str | None = None


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
    return "; ".join(f"{_place([*within, *item['loc']])}: {item['msg']}" for item in found)


def _place(parts: Iterable[object]) -> str:
    return ".".join(map(str, parts)) or "body"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


# The two ways to wait -------------------------------------------------------------------------------------------------


class _Pool(httpx2.Client):
    """Closes its connections when nobody holds it any more, as OpenAI's clients do."""

    def __del__(self) -> None:
        self.close()


def open_pool() -> httpx2.Client:
    """Connections for native calls. Proxies of the environment are used, credentials of `.netrc` are not."""
    return _Pool(follow_redirects=True)


def open_async_pool() -> httpx2.AsyncClient:
    """Connections for native calls within one event loop."""
    return httpx2.AsyncClient(follow_redirects=True)


class SyncTransport:
    """Makes calls, blocking."""

    def __init__(self, config: Configuration, pool: Callable[[], httpx2.Client]) -> None:
        self._config = config
        self._pool = pool

    def send(self, call: Call[T]) -> T:
        """Make a call: its result, or the `APIError` that its last attempt ended with."""
        request = _build(self._config, call)
        retries_done = 0
        while True:
            outcome = self._attempt(request)
            delay = retry_delay(request.method, outcome, retries_done, self._config.max_retries)
            if delay is None:
                return _result(call, outcome)
            time.sleep(delay)
            retries_done += 1

    def _attempt(self, request: httpx2.Request) -> Outcome:
        try:
            return self._pool().send(request)
        except httpx2.RequestError as error:
            return error


class AsyncTransport:
    """Makes calls, awaiting."""

    def __init__(self, config: Configuration, pool: Callable[[], Awaitable[httpx2.AsyncClient]]) -> None:
        self._config = config
        self._pool = pool

    async def send(self, call: Call[T]) -> T:
        """Make a call: its result, or the `APIError` that its last attempt ended with."""
        request = _build(self._config, call)
        retries_done = 0
        while True:
            outcome = await self._attempt(request)
            delay = retry_delay(request.method, outcome, retries_done, self._config.max_retries)
            if delay is None:
                return _result(call, outcome)
            await anyio.sleep(delay)
            retries_done += 1

    async def _attempt(self, request: httpx2.Request) -> Outcome:
        try:
            return await (await self._pool()).send(request)
        except httpx2.RequestError as error:
            return error
