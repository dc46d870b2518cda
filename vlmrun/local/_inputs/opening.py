"""Opening bytes, wherever they are: images and PDFs are opened, others are measured."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from vlmrun.local._media.data_urls import read_data_url, sniff
from vlmrun.local._media.facts import BytesFact, Fact, ImageFact, PDFFact, ReferenceFact
from vlmrun.local._media.images import open_image
from vlmrun.local._media.pdf import open_pdf
from vlmrun.local._store.disk import HEAD
from vlmrun.local._store.files import StoredFile

__all__ = ["open_file", "open_url"]

_NOUNS = {"image": "an image", "video": "a video", "audio": "an audio file", "file": "a file"}


def open_url(url: str, kind: str) -> Fact:
    """Open what a URL holds. Only `data:` URLs hold anything: nothing is ever fetched.

    Args:
        url: A `data:`, `http:` or `https:` URL.
        kind: What it should be: `image`, `video`, `audio` or `file` (which may be anything).

    Returns:
        What was found.

    Raises:
        UnreadableError: The URL does not decode, or an image or a PDF does not open.
    """
    if url[:5].lower() != "data:":
        return ReferenceFact(_NOUNS[kind], url)
    url_content = read_data_url(url)
    data = url_content.data
    digest = hashlib.sha256(data).hexdigest()
    return _open(_Content(url_content.media_type, data[:HEAD], len(data), digest, lambda: data), kind)


def open_file(file: StoredFile) -> Fact:
    """Open an uploaded file, as if it were a part that may hold anything.

    Args:
        file: The file.

    Returns:
        What was found. What is neither an image nor a PDF is not read: it may be larger than the memory.

    Raises:
        UnreadableError: An image or a PDF does not open.
        OSError: It was removed in the meantime.
    """
    blob = file.blob
    return _open(_Content(file.media_type, blob.head, blob.size, blob.sha256, blob.path.read_bytes), "file")


@dataclass(frozen=True)
class _Content:
    """Bytes, and what is known of them before they are read."""

    declared: str | None
    head: bytes
    size: int
    sha256: str
    read: Callable[[], bytes]


def _open(content: _Content, kind: str) -> Fact:
    found = sniff(content.head)
    spoken = found or content.declared or "application/octet-stream"
    if kind == "image" or (kind == "file" and spoken.startswith("image/")):
        image = open_image(content.read())
        return ImageFact(
            image.format,
            image.mode,
            image.width,
            image.height,
            image.frames,
            content.size,
            content.sha256,
            image.thumbnail,
        )
    if kind == "file" and "application/pdf" in (found, content.declared):
        pdf = open_pdf(content.read())
        return PDFFact(pdf.pages, pdf.width, pdf.height, pdf.text, content.size, content.sha256)
    return BytesFact(kind, spoken, content.size, content.sha256)
