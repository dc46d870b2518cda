"""URLs as sources: how they are recognised, and which are valid."""

from __future__ import annotations

import re

from vlmrun.client.exceptions import InputError

__all__ = ["check_http_url", "looks_like_url", "shown"]


def looks_like_url(value: str) -> bool:
    """Whether a `str` is a URL rather than a path."""
    return re.match(r"\s*(?:https?:|data:|[a-z][a-z0-9+.-]+://)", value, re.IGNORECASE) is not None


def check_http_url(value: str, argument: str = "source", hint: str | None = None) -> None:
    """Raise `InputError` for a URL that the server could not fetch.

    Args:
        value: The URL.
        argument: Whose it is.
        hint: What to do; without it, the argument also takes a `data:` URL and a path.
    """
    from urllib.parse import urlsplit

    kinds = "http:, https: or data:" if hint is None else "http: or https:"
    hint = hint or "pass a URL such as https://example.com/invoice.pdf, or a path."
    if not re.match(r"\s*https?:", value, re.IGNORECASE):
        raise InputError(f"{argument} must be an {kinds} URL.", suggestion=hint)
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the host or the port
        usable = False
    if not usable or " " in value or not value.isprintable():
        raise InputError(f"{argument} is a URL with an invalid host, or with white space.", suggestion=hint)


def shown(url: str) -> str:
    """A URL for people: of a `data:` URL the type and the size, and of any other no query, which may be signed."""
    if url[:5].lower() == "data:":
        header, _, data = url.partition(",")
        return f"{header},... ({len(data):,} characters)"
    bare, mark, _ = url.partition("?")
    return f"{bare}?..." if mark else bare
