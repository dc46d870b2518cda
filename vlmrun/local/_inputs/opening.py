"""Opening bytes, wherever they are: images and PDFs are opened, others are measured."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from vlmrun.local._media.data_urls import is_data_url, read_data_url, sniff
from vlmrun.local._media.facts import BytesFact, Fact, ImageFact, PDFFact, ReferenceFact
from vlmrun.local._media.images import open_image
from vlmrun.local._media.pdf import open_pdf
from vlmrun.local._store.disk import HEAD
from vlmrun.local._store.files import StoredFile

__all__ = ["Content", "load_file", "load_url", "open_content", "open_url"]

_NOUNS = {"image": "an image", "video": "a video", "audio": "an audio file", "file": "a file"}


@dataclass(frozen=True)
class Content:
    """Bytes, and what is known of them before they are read."""

    declared: str | None
    head: bytes
    size: int
    sha256: str
    open: Callable[[], BinaryIO]

    def read(self) -> bytes:
        """All of them."""
        with self.open() as opened:
            return opened.read()


def load_url(url: str) -> Content | None:
    """What a `data:` URL holds; `None` for any other URL, since nothing is ever fetched.

    Args:
        url: A `data:`, `http:` or `https:` URL.

    Raises:
        UnreadableError: The URL does not decode.
    """
    if not is_data_url(url):
        return None
    url_content = read_data_url(url)
    data = url_content.data
    digest = hashlib.sha256(data).hexdigest()
    return Content(url_content.media_type, data[:HEAD], len(data), digest, lambda: BytesIO(data))


def load_file(file: StoredFile) -> Content:
    """What an uploaded file holds; it is not read, since it may be larger than the memory."""
    blob = file.blob
    return Content(file.media_type, blob.head, blob.size, blob.sha256, lambda: blob.path.open("rb"))


def open_url(url: str, kind: str) -> Fact:
    """Open what a URL holds.

    Args:
        url: A `data:`, `http:` or `https:` URL.
        kind: What it should be: `image`, `video`, `audio` or `file` (which may be anything).

    Returns:
        What was found.

    Raises:
        UnreadableError: The URL does not decode, or an image or a PDF does not open.
    """
    content = load_url(url)
    return ReferenceFact(_NOUNS[kind], url) if content is None else open_content(content, kind)


def open_content(content: Content, kind: str) -> Fact:
    """Open bytes: images and PDFs are read, others are not.

    Args:
        content: The bytes.
        kind: What they should be: `image`, `video`, `audio` or `file` (which may be anything).

    Returns:
        What was found.

    Raises:
        UnreadableError: An image or a PDF does not open.
        OSError: An uploaded file was removed in the meantime.
    """
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
