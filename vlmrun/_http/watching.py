"""What the hooks of a client are told, and when."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun._arguments.hooks import RequestInfo, ResponseInfo
from vlmrun._http.shown_urls import ASKED, shown_url
from vlmrun._lifetimes import waiting

if TYPE_CHECKING:
    import httpx2

__all__ = ["Watch", "async_hook", "hook", "mark"]

T = TypeVar("T")

_ATTEMPT = "vlmrun_attempt"
"""The extension that says which attempt it is of; requests of OpenAI's client have a header instead."""
_SENT = "vlmrun_sent"
_RETRIES = "x-stainless-retry-count"

_logger = logging.getLogger("vlmrun")


class Watch:
    """Tells hooks of requests and of what comes of them. An error of a hook is logged, and changes nothing."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._on_request = options.on_request
        self._on_response = options.on_response
        self.is_needed = bool(self._on_request or self._on_response)

    def request(self, request: httpx2.Request) -> None:
        """Tell of a request that is sent now."""
        info = RequestInfo(request.method, shown_url(request), _attempt(request))
        _tell("on_request", self._on_request, info)
        request.extensions = {**request.extensions, _SENT: (waiting.monotonic(), info)}

    def response(self, response: httpx2.Response) -> None:
        """Tell of a response whose headers have come."""
        self._came(response.request, response.status_code, None)

    def failure(self, request: httpx2.Request, error: Exception) -> None:
        """Tell of a request without a response, unless its response has been told of, or it was never sent."""
        self._came(request, None, type(error).__name__)

    def _came(self, request: httpx2.Request, status: int | None, error: str | None) -> None:
        sent: tuple[float, RequestInfo] | None = request.extensions.pop(_SENT, None)
        if sent is not None:
            seconds = waiting.monotonic() - sent[0]
            info = sent[1]
            told = ResponseInfo(info.method, info.url, info.attempt, seconds, status, error)
            _tell("on_response", self._on_response, told)


def mark(request: httpx2.Request, attempt: int) -> None:
    """Note on a request, whose extensions are its own, where it goes before redirects, and which attempt it is."""
    request.extensions[ASKED] = request.url
    request.extensions[_ATTEMPT] = attempt


def _tell(name: str, call: Callable[[T], object] | None, info: T) -> None:
    if call is None:
        return
    try:
        call(info)
    except Exception:  # an error of a log must not fail a call, which might be repeated
        _logger.exception("%s raised an error", name)


def _attempt(request: httpx2.Request) -> int:
    attempt: int | None = request.extensions.get(_ATTEMPT)
    if attempt is not None:
        return attempt
    retries = request.headers.get(_RETRIES, "")
    return int(retries) + 1 if retries.isdecimal() else 1


def async_hook(see: Callable[[T], None]) -> Callable[[T], Awaitable[None]]:
    """What an async HTTP client awaits."""

    async def seen(value: T) -> None:
        see(value)

    return seen


def hook(see: Callable[[T], None]) -> Callable[[T], None]:
    """What a blocking one calls."""
    return see
