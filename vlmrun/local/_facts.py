"""What can be said of what arrived: text is counted, images and PDFs are opened, other bytes are measured.

Each kind of fact can say itself in words (`describe`) and in data (`fields`).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from vlmrun.local._data_urls import DataURL, UnreadableError, read_data_url, sniff
from vlmrun.local._pdf import open_pdf

__all__ = ["BytesFact", "Fact", "ImageFact", "PDFFact", "ReferenceFact", "TextFact", "ValuesFact", "open_url"]

# Pillow knows more formats; one of them starts a program (EPS).
IMAGE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")

# Pillow's own limit. It only warns there, and the application may have lifted it.
MAX_PIXELS = 89_478_485

# What Pillow's decoders are known to raise on broken data.
_BROKEN_IMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    NotImplementedError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass(frozen=True)
class TextFact:
    """A text."""

    text: str

    @property
    def words(self) -> int:
        """How many words it has: what white space separates."""
        return len(self.text.split())

    def describe(self) -> str:
        """In words."""
        return f"text ({_plural(self.words, 'word')})"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": "text", "words": self.words, "characters": len(self.text), "text": self.text}


@dataclass(frozen=True)
class ImageFact:
    """An image that was opened and decoded; sizes in pixels, `size` in bytes."""

    format: str
    mode: str
    width: int
    height: int
    frames: int
    size: int
    sha256: str

    def describe(self) -> str:
        """In words."""
        frames = f"{_plural(self.frames, 'frame')}, " if self.frames > 1 else ""
        return (
            f"an image ({self.format}, {self.width}x{self.height}, {self.mode}, {frames}{_plural(self.size, 'byte')})"
        )

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {
            "kind": "image",
            "format": self.format,
            "media_type": Image.MIME.get(self.format, f"image/{self.format.lower()}"),
            "mode": self.mode,
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "bytes": self.size,
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class PDFFact:
    """A PDF that was opened; the size of its first page in points, `size` in bytes."""

    pages: int
    width: float
    height: float
    text: str | None
    size: int
    sha256: str

    def describe(self) -> str:
        """In words."""
        return f"a PDF ({_plural(self.pages, 'page')}, {self.width:.0f}x{self.height:.0f} pt)"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        fields: dict[str, object] = {
            "kind": "pdf",
            "format": "PDF",
            "media_type": "application/pdf",
            "pages": self.pages,
            "width": round(self.width),
            "height": round(self.height),
            "bytes": self.size,
            "sha256": self.sha256,
        }
        return fields if self.text is None else {**fields, "text": self.text}


@dataclass(frozen=True)
class BytesFact:
    """Bytes that are neither an image nor a PDF; they are measured and not opened.

    Attributes:
        kind: `video`, `audio` or `file`: what the part that held them says.
        media_type: What their beginning speaks of, else what was declared.
        size: How many.
        sha256: Their digest, in hex.
    """

    kind: str
    media_type: str
    size: int
    sha256: str

    def describe(self) -> str:
        """In words."""
        article = "an" if self.kind[0] in "aeiou" else "a"
        return f"{article} {self.kind} ({self.media_type}, {_plural(self.size, 'byte')})"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": self.kind, "media_type": self.media_type, "bytes": self.size, "sha256": self.sha256}


@dataclass(frozen=True)
class ReferenceFact:
    """Something that is somewhere else, where this server does not look."""

    kind: str
    reference: str
    is_url: bool

    def describe(self) -> str:
        """In words."""
        if self.is_url:
            return f"the URL of {self.kind} (not opened: this server opens data: URLs only)"
        return "the id of a file (not opened: this server keeps no files)"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": "url" if self.is_url else "file_id", "reference": self.reference, "opened": False}


@dataclass(frozen=True)
class ValuesFact:
    """Numbers, booleans and nulls among an agent's inputs."""

    count: int

    def describe(self) -> str:
        """In words."""
        return _plural(self.count, "other JSON value")

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": "values", "count": self.count}


Fact = TextFact | ImageFact | PDFFact | BytesFact | ReferenceFact | ValuesFact
"""Any fact."""

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
        return ReferenceFact(_NOUNS[kind], url, is_url=True)
    content = read_data_url(url)
    found = sniff(content.data)
    spoken = found or content.media_type or "application/octet-stream"
    if kind == "image" or (kind == "file" and spoken.startswith("image/")):
        return _open_image(content.data)
    if kind == "file" and "application/pdf" in (found, content.media_type):
        pdf = open_pdf(content.data)
        return PDFFact(pdf.pages, pdf.width, pdf.height, pdf.text, len(content.data), _digest(content))
    return BytesFact(kind, spoken, len(content.data), _digest(content))


def _digest(content: DataURL) -> str:
    return hashlib.sha256(content.data).hexdigest()


def _open_image(data: bytes) -> ImageFact:
    try:
        with closing(Image.open(BytesIO(data), formats=IMAGE_FORMATS)) as image:
            mode, (width, height) = image.mode, image.size
            if width * height > MAX_PIXELS:
                raise UnreadableError(f"This image has {width * height:,} pixels; at most {MAX_PIXELS:,} are opened.")
            # Only this reads the pixels, and finds that an image is cut short.
            image.load()
            frames = int(getattr(image, "n_frames", 1))
            kind = image.format or "unknown"
    except UnidentifiedImageError as error:
        known = ", ".join(IMAGE_FORMATS)
        raise UnreadableError(f"This image does not open: it is none of {known}.") from error
    except _BROKEN_IMAGE as error:
        raise UnreadableError(f"This image does not open: {error}") from error
    return ImageFact(kind, mode, width, height, frames, len(data), hashlib.sha256(data).hexdigest())
