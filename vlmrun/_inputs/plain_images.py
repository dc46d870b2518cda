"""Images as the official SDK's helpers have them: upright, and in modes that every reader knows."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

from vlmrun._inputs import modes, pixels
from vlmrun._inputs.pictures import as_rgb
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["encoded", "exceeded", "in_rgb", "loaded"]

_KEPT = ("icc_profile", "transparency")
"""What the pixels mean. The rest says, among other things, how to turn them, which is done."""


def exceeded(image: Image) -> int | None:
    """Pillow's own limit of pixels, if an image has more: Pillow only warns, and a small file may fill the memory."""
    from PIL import Image

    most = Image.MAX_IMAGE_PIXELS
    return most if most is not None and image.width * image.height > most else None


def loaded(data: bytes) -> Image:
    """Decode an image, unless it has more pixels than Pillow's own limit.

    Raises:
        InputError: It has.
        Exception: Whatever decoders raise.
    """
    from PIL import Image

    image = Image.open(io.BytesIO(data))
    most = exceeded(image)
    if most is not None:
        raise InputError(
            f"The image has {image.width:,} x {image.height:,} pixels; the maximum is {most:,}.",
            suggestion="raise PIL.Image.MAX_IMAGE_PIXELS if you trust it.",
        )
    image.load()
    return image


def in_rgb(image: Image) -> Image:
    """The picture upright and in RGB; what is transparent becomes white."""
    return as_rgb(image, image.format)


def encoded(image: Image, file_format: Literal["PNG", "JPEG"], quality: int) -> bytes:
    """The picture upright, as a file: PNG is lossless; JPEG has neither transparency nor 16 bits.

    Args:
        image: The picture.
        file_format: The format.
        quality: The quality of a JPEG.

    Raises:
        InputError: The picture cannot be encoded.
    """
    if file_format == "JPEG":
        return pixels.encode_image(in_rgb(image), pixels.Encoding(quality, None))[1]
    return pixels.encode_image(_plain(image), pixels.Encoding(None, None))[1]


def _plain(image: Image) -> Image:
    image.load()
    plain = modes.for_png(pixels.upright(image), image.format).copy()  # a copy does not know the format of its file
    plain.info = {name: plain.info[name] for name in _KEPT if name in plain.info}
    return plain
