"""Opening images with Pillow, and making them small."""

from __future__ import annotations

import struct
import zlib
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from vlmrun.local._media.data_urls import UnreadableError

__all__ = ["OpenedImage", "as_png", "open_image"]

# Pillow knows more formats; one of them starts a program (EPS).
IMAGE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")

# Pillow's own limit. It only warns there, and the application may have lifted it.
MAX_PIXELS = 89_478_485

THUMBNAIL_SIDE = 128
"""Pixels that a thumbnail has on its longest side at most."""

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


@dataclass(frozen=True)
class OpenedImage:
    """What there is to say of an image; sizes in pixels."""

    format: str
    mode: str
    width: int
    height: int
    frames: int
    thumbnail: bytes
    """A small one of it, as PNG."""


def open_image(data: bytes) -> OpenedImage:
    """Open an image, and decode it.

    Args:
        data: Its bytes.

    Returns:
        What was found.

    Raises:
        UnreadableError: It does not open, or is too large.
    """
    try:
        with closing(Image.open(BytesIO(data), formats=IMAGE_FORMATS)) as image:
            mode, (width, height) = image.mode, image.size
            if width * height > MAX_PIXELS:
                raise UnreadableError(f"This image has {width * height:,} pixels; at most {MAX_PIXELS:,} are opened.")
            # Only this reads the pixels, and finds that an image is cut short.
            image.load()
            thumbnail = _png(image, THUMBNAIL_SIDE)
            frames = int(getattr(image, "n_frames", 1))
            kind = image.format or "unknown"
    except UnidentifiedImageError as error:
        known = ", ".join(IMAGE_FORMATS)
        raise UnreadableError(f"This image does not open: it is none of {known}.") from error
    except _BROKEN_IMAGE as error:
        raise UnreadableError(f"This image does not open: {error}") from error
    return OpenedImage(kind, mode, width, height, frames, thumbnail)


def as_png(data: bytes, side: int) -> bytes:
    """An image in any of the formats as PNG, made smaller where a side is longer than `side` pixels.

    Raises:
        UnreadableError: It does not open.
    """
    try:
        with closing(Image.open(BytesIO(data), formats=IMAGE_FORMATS)) as image:
            return _png(image, side)
    except _BROKEN_IMAGE as error:
        raise UnreadableError(f"This image does not open: {error}") from error


def _png(image: Image.Image, side: int) -> bytes:
    if image.mode == "LAB":
        # Pillow converts it by a colour profile only.
        small = image.getchannel("L")
    elif image.mode.startswith(("I", "F")):
        small = image.convert("L")
    elif image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        small = image.convert("RGBA")
    else:
        small = image.convert("RGB")
    small.thumbnail((side, side))
    # Neither profile nor place and camera go along.
    small.info = {}
    buffer = BytesIO()
    small.save(buffer, "PNG")
    return buffer.getvalue()
