"""The decisions that both pools below OpenAI's clients share."""

from __future__ import annotations

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun._http.long_polls import Library
from vlmrun._http.opening import Opener
from vlmrun._http.redirects import keep_to_host
from vlmrun._http.shown_urls import ASKED
from vlmrun._http.sockets import Failures
from vlmrun._openai.door import DefaultAsyncHttpxClient, DefaultHttpxClient, core, httpx, openai

__all__ = [
    "FAILURES",
    "LIBRARY",
    "OPENER",
    "keep_to_asked_host",
    "limits",
    "refuse_if_closed",
    "remember_host",
    "say_if_closed",
]

LIBRARY = Library(httpx.Response, httpx.TransportError)
FAILURES = Failures(core.ReadTimeout, core.ReadError, core.ConnectError)
OPENER = Opener(httpx.create_ssl_context, httpx.Proxy, httpx.InvalidURL)

_KEPT = 100
"""The number of idle connections that OpenAI's client keeps open."""
_CLOSED = "This client is closed."


def limits(options: ConnectionOptions) -> httpx.Limits:
    """The limits of connections, by default those of OpenAI's client."""
    return httpx.Limits(max_connections=options.max_connections, max_keepalive_connections=_KEPT)


def remember_host(request: httpx.Request) -> None:
    """Record the URL of a request before redirects."""
    request.extensions[ASKED] = request.url


def keep_to_asked_host(request: httpx.Request) -> None:
    """Send no header to a host other than that of the original request."""
    asked = request.extensions[ASKED]
    if request.url is not asked:
        keep_to_host(request, asked)


def refuse_if_closed(pool: DefaultHttpxClient | DefaultAsyncHttpxClient) -> None:
    """Raise the error that `say_if_closed` translates."""
    if pool.is_closed:
        raise RuntimeError(_CLOSED)


def say_if_closed(
    pool: DefaultHttpxClient | DefaultAsyncHttpxClient, request: httpx.Request, error: RuntimeError
) -> None:
    """Raise OpenAI's error instead of the bare one that httpx raises for a closed client."""
    if pool.is_closed:
        raise openai.APIConnectionError(message=_CLOSED, request=request) from error
