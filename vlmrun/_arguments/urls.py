"""Validation of base URLs, and URLs built from them: pure functions of text."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

__all__ = ["InvalidURLError", "is_at", "is_in_the_clear", "is_unicode", "join", "normalize_base_url", "openai_base_url"]

_OPENAI_SEGMENT = "openai"
_MAX_LENGTH = 2048  # far below the limit of httpx2, because paths are appended

# RFC 3986: the characters of a path besides letters and digits; `%` only at the start of an escape.
_PATH_SAFE = "-._~!$&'()*+,;=:@%"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BLANK_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")
_ASCII_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+")


class InvalidURLError(ValueError):
    """A text that is not a usable base URL. The message names the problem and never quotes the text."""


def normalize_base_url(url: str) -> str:
    """Bring a base URL into its one normal form, to which paths are appended.

    Surrounding white space, empty path segments and trailing slashes go, and so does a trailing `/openai`, which
    `openai_base_url` puts back: a base URL and its OpenAI-compatible twin are the same address. Scheme, host, port,
    IPv6 literals, international domain names and percent-encoding stay.

    Args:
        url: An absolute `http` or `https` URL.

    Returns:
        The normal form, such as `https://api.vlm.run/v1`. Normalising it again changes nothing.

    Raises:
        InvalidURLError: The scheme is another one, the host is missing or malformed, or there is a user name or
            password, a query, a fragment, a dot segment, or white space inside, or it is longer than 2048 characters.
    """
    text = _str(url).strip()
    if len(text) > _MAX_LENGTH:
        raise InvalidURLError(f"it has more than {_MAX_LENGTH:,} characters")
    if _BLANK_OR_CONTROL.search(text):
        raise InvalidURLError("it contains white space or control characters")
    if not is_unicode(text):
        raise InvalidURLError("it contains a lone surrogate")
    split = _split(text)
    if split is None:
        raise InvalidURLError("its host or port is malformed")
    parts, port = split
    if parts.scheme not in ("http", "https"):
        raise InvalidURLError("it must start with http:// or https://")
    if "@" in parts.netloc:
        raise InvalidURLError("it must not contain a user name or password")
    if "?" in text or "#" in text:
        raise InvalidURLError("it must not contain a query or a fragment")
    host = _host(parts)
    authority = host if port is None else f"{host}:{port}"
    return "".join([f"{parts.scheme}://{authority}", *(f"/{segment}" for segment in _segments(parts.path))])


def openai_base_url(base_url: str) -> str:
    """The base URL of the OpenAI-compatible endpoint: `…/v1` gives `…/v1/openai`.

    Args:
        base_url: A base URL in normal form, as `normalize_base_url` returns it.
    """
    return join(base_url, _OPENAI_SEGMENT)


def join(base_url: str, *segments: str) -> str:
    """Append path segments to a base URL, each percent-encoded whole.

    Args:
        base_url: A base URL in normal form, as `normalize_base_url` returns it.
        *segments: Segments as plain text. A `/`, `?`, `#` or `%` in one is encoded, so that an identifier can never
            reach another route.

    Raises:
        InvalidURLError: A segment is empty, a dot segment or not Unicode text, which no encoding can protect.
    """
    for segment in segments:
        if _str(segment) in ("", ".", "..") or not is_unicode(segment):
            raise InvalidURLError(f"{segment!r} cannot be a path segment")
    return "/".join([_str(base_url), *(quote(segment, safe="") for segment in segments)])


def is_at(base_url: str, url: str) -> bool:
    """Whether a URL leads to the host of a base URL, on whatever port.

    Args:
        base_url: A base URL in normal form, as `normalize_base_url` returns it.
        url: Any text; one that is malformed leads nowhere.
    """
    split = _split(url)
    return split is not None and split[0].hostname == urlsplit(base_url).hostname


def is_in_the_clear(base_url: str) -> bool:
    """Whether what is sent to a base URL crosses a network unencrypted: `http:`, and not to this machine.

    Args:
        base_url: A base URL in normal form, as `normalize_base_url` returns it.
    """
    text = _str(base_url)
    try:
        parts = urlsplit(text)
    except ValueError:  # the error may quote the URL
        raise InvalidURLError("its host is malformed") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "http" or host == "localhost" or host.endswith(".localhost"):
        return False
    import ipaddress  # as idna below

    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def _split(text: str) -> tuple[SplitResult, int | None] | None:
    """A URL and its port; `None` if it is malformed: urlsplit's error would quote it, and perhaps a password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    return parts, port


def _host(parts: SplitResult) -> str:
    host = parts.hostname
    if not host:
        raise InvalidURLError("it has no host")
    if parts.netloc.startswith("["):
        return f"[{_address(host, version=6)}]"
    if host.rpartition(".")[2].isdecimal():  # no name ends in a number: httpx2, too, treats it as an address
        return _address(host, version=4)
    if host.isascii():
        if not _ASCII_HOST.fullmatch(host):
            raise InvalidURLError("its host is malformed")
        return host
    # httpx2 also encodes international names with idna. Imported here because few hosts need it, and constructing # a
    # client must be fast.
    import idna

    try:
        idna.encode(host)
    except idna.IDNAError as error:
        raise InvalidURLError("its host is not a valid international domain name") from error
    return host


def _address(host: str, version: int) -> str:
    import ipaddress  # as idna above

    try:
        valid = ipaddress.ip_address(host).version == version
    except ValueError:
        valid = False
    if not valid:
        raise InvalidURLError("its host is not a valid IP address")
    return host


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidURLError(f"it must be a str, not {type(value).__name__}")
    return value


def is_unicode(text: str) -> bool:
    """Whether a text can be encoded: a lone surrogate has no UTF-8."""
    try:
        _str(text).encode()
    except UnicodeEncodeError:
        return False
    return True


def _segments(path: str) -> list[str]:
    if _BAD_ESCAPE.search(path):
        raise InvalidURLError("a % in its path does not start a percent-encoded byte")
    segments = [quote(segment, safe=_PATH_SAFE) for segment in path.split("/") if segment]
    if any(segment.lower().replace("%2e", ".") in (".", "..") for segment in segments):
        raise InvalidURLError("it must not contain . or .. as a path segment")
    while segments and segments[-1] == _OPENAI_SEGMENT:
        segments.pop()
    return segments
