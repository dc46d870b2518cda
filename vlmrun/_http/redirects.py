"""What of a request goes on to another host, where it is redirected to one: nothing that is for VLM Run only."""

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
    """Leave out the headers that are for the host of `asked`, where a request goes to another.

    httpx leaves out the key by itself; a client's own headers may be secrets as well. Cookies are sorted by host.

    Args:
        request: The request that a redirect asks for.
        asked: Where the request went that was redirected.
    """
    if origin(request.url) != origin(asked):
        for name in set(request.headers) - _FOR_ANY_HOST:
            del request.headers[name]
