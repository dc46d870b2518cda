"""Reading `data:` URLs (RFC 2397), and telling what bytes are from how they begin."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

__all__ = ["DataURL", "UnreadableError", "looks_like_data_url", "read_data_url", "sniff"]

_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?P<parameters>(?:;[^;,]*)*),", re.IGNORECASE)

# (offset, how it begins there, media type); the first that fits counts.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"PK\x03\x04", "application/zip"),
)


class UnreadableError(Exception):
    """Bytes that are not what they should be; the message says why."""


@dataclass(frozen=True)
class DataURL:
    """What a `data:` URL holds.

    Attributes:
        media_type: The declared media type in lower case, or `None` where none is declared.
        data: The decoded bytes.
    """

    media_type: str | None
    data: bytes


def looks_like_data_url(text: str) -> bool:
    """Whether a text is meant as a `data:` URL, and is not a sentence that begins with `data:`."""
    match = _DATA_URL.match(text)
    return match is not None and (match["type"] is not None or match["parameters"] != "")


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


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes speak of, or `None` where they say nothing."""
    return next((kind for at, magic, kind in _SIGNATURES if data[at : at + len(magic)] == magic), None)
