"""Calls of a client's hooks."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun._http.shown_urls import ASKED, shown_url
from vlmrun._lifetimes import waiting

if TYPE_CHECKING:
    import httpx2

    from vlmrun._arguments.hooks import RequestInfo

__all__ = ["Watch", "async_hook", "hook", "mark"]

T = TypeVar("T")

_ATTEMPT = "vlmrun_attempt"
"""The extension with the number of the attempt; requests of OpenAI's client have a header instead."""
_SENT = "vlmrun_sent"
_RETRIES = "x-stainless-retry-count"

_logger = logging.getLogger("vlmrun")


class Watch:
    """Calls the hooks for requests and their outcomes. An error of a hook is logged and otherwise ignored."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._on_request = options.on_request
        self._on_response = options.on_response
        self.is_needed = bool(self._on_request or self._on_response)

    def request(self, request: httpx2.Request) -> None:
        """Report a request that is about to be sent."""
        from vlmrun._arguments.hooks import RequestInfo  # here, because few clients have hooks

        info = RequestInfo(request.method, shown_url(request), _attempt(request))
        _tell("on_request", self._on_request, info)
        request.extensions = {**request.extensions, _SENT: (waiting.monotonic(), info)}

    def response(self, response: httpx2.Response) -> None:
        """Report a response whose headers have arrived."""
        self._came(response.request, response.status_code, None)

    def failure(self, request: httpx2.Request, error: Exception) -> None:
        """Report a request without a response, unless its response was already reported, or it was never sent."""
        self._came(request, None, type(error).__name__)

    def _came(self, request: httpx2.Request, status: int | None, error: str | None) -> None:
        sent: tuple[float, RequestInfo] | None = request.extensions.pop(_SENT, None)
        if sent is not None:
            from vlmrun._arguments.hooks import ResponseInfo  # as above

            seconds = waiting.monotonic() - sent[0]
            info = sent[1]
            told = ResponseInfo(info.method, info.url, info.attempt, seconds, status, error)
            _tell("on_response", self._on_response, told)


def mark(request: httpx2.Request, attempt: int) -> None:
    """Record the URL before redirects and the number of the attempt in the extensions of a request."""
    request.extensions[ASKED] = request.url
    request.extensions[_ATTEMPT] = attempt


def _tell(name: str, call: Callable[[T], object] | None, info: T) -> None:
    if call is None:
        return
    try:
        call(info)
    except Exception:  # a failing hook must not fail the call
        _logger.exception("%s raised an error", name)


def _attempt(request: httpx2.Request) -> int:
    attempt: int | None = request.extensions.get(_ATTEMPT)
    if attempt is not None:
        return attempt
    retries = request.headers.get(_RETRIES, "")
    return int(retries) + 1 if retries.isdecimal() else 1


def async_hook(see: Callable[[T], None]) -> Callable[[T], Awaitable[None]]:
    """The hook for an async HTTP client."""

    async def seen(value: T) -> None:
        see(value)

    return seen


def hook(see: Callable[[T], None]) -> Callable[[T], None]:
    """The hook for a sync HTTP client."""
    return see
