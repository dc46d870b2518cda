"""URLs as errors, logs and hooks show them: without credentials, query and fragment.

A presigned URL, whose path may be a secret as well, is shown as its host only: the server names it, or a redirect leads
to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

__all__ = ["ASKED", "NAMED", "PRESIGNED", "is_named_by_server", "origin", "shown_path", "shown_url"]

ASKED = "vlmrun_asked"
"""The extension of a request with its URL before redirects; the requests that follow redirects have it, too."""

NAMED = "vlmrun_named"
"""The extension of a request to an address with the URL that has the name of its host."""

PRESIGNED = "vlmrun_presigned"
"""The extension of a request for a presigned URL that the server has named."""


def origin(url: httpx2.URL) -> str:
    """The scheme, host and port of a URL, such as `https://api.vlm.run`."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def shown_url(request: httpx2.Request) -> str:
    """The URL of a request, such as `https://api.vlm.run/v1/agent`; `https://storage.example.com/...` if presigned."""
    url = request.extensions.get(NAMED, request.url)
    return f"{origin(url)}/..." if is_named_by_server(request) else origin(url) + _path(url)


def shown_path(request: httpx2.Request) -> str:
    """The path of a request, such as `/v1/agent`; the host of a presigned URL."""
    return request.url.host if is_named_by_server(request) else _path(request.url)


def is_named_by_server(request: httpx2.Request) -> bool:
    """Whether the server has named the URL of a request, or a redirect leads to it: it may be presigned."""
    return PRESIGNED in request.extensions or origin(request.url) != origin(request.extensions.get(ASKED, request.url))


def _path(url: httpx2.URL) -> str:
    return url.raw_path.partition(b"?")[0].decode("ascii")
