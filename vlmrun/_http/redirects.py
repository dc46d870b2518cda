"""Which headers follow a redirect to another host: none that are meant for VLM Run only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._http.shown_urls import origin

if TYPE_CHECKING:
    import httpx2

__all__ = ["keep_to_host"]

_FOR_ANY_HOST = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)


def keep_to_host(request: httpx2.Request, asked: httpx2.URL) -> None:
    """Remove the headers meant for the host of `asked` if a request goes to another host.

    httpx removes the key by itself; a client's own headers may be secret, too. Cookie jars sort cookies by host.

    Args:
        request: The request that follows a redirect.
        asked: The URL of the request that was redirected.
    """
    if origin(request.url) != origin(asked):
        for name in set(request.headers) - _FOR_ANY_HOST:
            del request.headers[name]
