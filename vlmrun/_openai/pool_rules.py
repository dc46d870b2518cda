"""What the two pools of connections under OpenAI's clients decide alike."""

from __future__ import annotations

from vlmrun._http.long_polls import Library
from vlmrun._http.redirects import keep_to_host
from vlmrun._http.sockets import Failures
from vlmrun._openai.door import DefaultAsyncHttpxClient, DefaultHttpxClient, core, httpx, openai

__all__ = ["FAILURES", "LIBRARY", "keep_to_asked_host", "refuse_if_closed", "remember_host", "say_if_closed"]

LIBRARY = Library(httpx.Response, httpx.TransportError)
FAILURES = Failures(core.ReadTimeout, core.ReadError, core.ConnectError)

_CLOSED = "This client is closed."
_ASKED = "vlmrun_asked"
"""Where a request went at first; the requests that redirects ask for have it, too."""


def remember_host(request: httpx.Request) -> None:
    """Note where a request goes, before redirects."""
    request.extensions[_ASKED] = request.url


def keep_to_asked_host(request: httpx.Request) -> None:
    """Take no header to another host than the one that was asked first."""
    asked = request.extensions[_ASKED]
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
