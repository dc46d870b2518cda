"""What the two pools of connections under OpenAI's clients decide alike."""

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
"""How many connections OpenAI's client keeps open while nobody uses them."""
_CLOSED = "This client is closed."


def limits(options: ConnectionOptions) -> httpx.Limits:
    """How many connections there may be: by default as many as OpenAI's client has."""
    return httpx.Limits(max_connections=options.max_connections, max_keepalive_connections=_KEPT)


def remember_host(request: httpx.Request) -> None:
    """Note where a request goes, before redirects."""
    request.extensions[ASKED] = request.url


def keep_to_asked_host(request: httpx.Request) -> None:
    """Take no header to another host than the one that was asked first."""
    asked = request.extensions[ASKED]
    if request.url is not asked:
        keep_to_host(request, asked)


def refuse_if_closed(pool: DefaultHttpxClient | DefaultAsyncHttpxClient) -> None:
    """Raise what `say_if_closed` translates."""
    if pool.is_closed:
        raise RuntimeError(_CLOSED)


def say_if_closed(
    pool: DefaultHttpxClient | DefaultAsyncHttpxClient, request: httpx.Request, error: RuntimeError
) -> None:
    """Raise OpenAI's error for the bare one that httpx has for a client that is closed, or is while it sends."""
    if pool.is_closed:
        raise openai.APIConnectionError(message=_CLOSED, request=request) from error
