"""Reading `data:` URLs (RFC 2397); `sniff` tells what the bytes in them are."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from vlmrun._inputs.media import sniff

__all__ = ["DataURL", "UnreadableError", "as_data_url", "is_data_url", "looks_like_data_url", "read_data_url", "sniff"]

_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?P<parameters>(?:;[^;,]*)*),", re.IGNORECASE)


class UnreadableError(Exception):
    """Bytes that are not what they should be; the message says why."""


@dataclass(frozen=True)
class DataURL:
    """What a `data:` URL holds."""

    media_type: str | None
    """The declared media type in lower case, or `None` where none is declared."""
    data: bytes
    """The decoded bytes."""


def looks_like_data_url(text: str) -> bool:
    """Whether a text is meant as a `data:` URL, and is not a sentence that begins with `data:`."""
    match = _DATA_URL.match(text)
    return match is not None and (match["type"] is not None or match["parameters"] != "")


def is_data_url(url: str) -> bool:
    """Whether a URL is a `data:` URL."""
    return url[:5].lower() == "data:"


def as_data_url(data: str) -> str:
    """Bytes in base64 as a `data:` URL; some clients send one already."""
    return data if is_data_url(data) else f"data:application/octet-stream;base64,{data}"


def read_data_url(url: str) -> DataURL:
    """Decode a `data:` URL.

    Args:
        url: The whole URL.

    Returns:
        Its media type and bytes.

    Raises:
        UnreadableError: It has no comma, or its base64 is broken.
    """
    match = _DATA_URL.match(url)
    if match is None:
        raise UnreadableError("This data: URL has no media type and comma, as in 'data:image/png;base64,...'.")
    payload = unquote_to_bytes(url[match.end() :])
    if match["parameters"].lower().split(";")[-1].strip() == "base64":
        try:
            payload = base64.b64decode(payload, validate=True)
        except ValueError as error:
            raise UnreadableError(f"The base64 of this data: URL does not decode: {error}.") from error
    return DataURL(match["type"].lower() if match["type"] else None, payload)
