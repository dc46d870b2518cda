"""The modes of Pillow images: from each to one that PNG or JPEG has, with the picture unchanged."""

from __future__ import annotations

import io
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from typing import Literal

    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsProfile

__all__ = ["for_jpeg", "for_png", "for_resizing", "profile"]

# The modes that PNG has. `P` may hold more than colours: a transparent one, or an alpha of each.
_PNG = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}

# The same picture in another mode.
_SAME = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}

# How 16 bits are laid out in memory, which the picture does not depend on; and those of files whose values are 16 bits,
# which some releases of Pillow read as integers of 32.
_SIXTEEN = {"I;16B", "I;16L", "I;16N"}
_SIXTEEN_IN = {"PNG", "PPM"}

_SPACES = {"1": b"GRAY", "L": b"GRAY", "LA": b"GRAY", "I;16": b"GRAY", "P": b"RGB ", "RGB": b"RGB ", "RGBA": b"RGB "}


def for_png(image: Image, file_format: str | None) -> Image:
    """Return the picture in a mode that PNG has.

    Args:
        image: The picture.
        file_format: The format of the file that it was opened from, if it was.

    Raises:
        InputError: The mode does not say which value is black and which is white, or Pillow cannot convert it.
    """
    if image.mode in _PNG:
        return image
    if image.mode in _SAME:
        return image.convert(_SAME[image.mode])
    if image.mode in _SIXTEEN:
        from PIL.Image import frombytes

        # Not by the mode I: the first releases of Pillow that have I;16N take it for 8 bits.
        raw = "I;16" if image.mode == "I;16L" else image.mode
        return frombytes("I;16", image.size, image.tobytes(), "raw", raw)
    if image.mode == "I" and file_format in _SIXTEEN_IN:
        return image.convert("I;16")
    if image.mode in ("I", "F"):
        raise InputError(
            f"source: the values of mode {image.mode} do not say which is black and which is white.",
            suggestion=_scaled(image),
        )
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.mode == "LAB":
        return _in_srgb(image, _profile_of("LAB"))
    raise InputError(f"source: mode {image.mode} is not supported.", suggestion='pass source.convert("RGB").')


def _scaled(image: Image) -> str:
    """How to make an image with 8 or 16 bits of values that have no scale."""
    low, high = (float(value) for value in image.getextrema() if isinstance(value, (int, float)))
    if not math.isfinite(high - low):
        return 'replace the values that are not finite, scale the others to 0-255, and pass source.convert("L").'
    if image.mode == "F" and low >= 0 and high <= 1:
        return 'pass source.point(lambda value: value * 255).convert("L").'
    if low >= 0 and high <= 255:
        return 'pass source.convert("L").'
    if image.mode == "I" and low >= 0 and high <= 65535:
        return 'pass source.convert("I;16").'
    scale = 255 / (high - low or 1)
    return f'pass source.point(lambda value: value * {scale!r} + {-low * scale!r}).convert("L").'


def _from_cmyk(image: Image) -> Image:
    from PIL import ImageCms

    # A profile that cannot be read, or is of other pixels, is as good as none.
    with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return _in_srgb(image, ImageCms.ImageCmsProfile(io.BytesIO(image.info.get("icc_profile", b""))))
    plain = image.convert("RGB")
    plain.info.pop("icc_profile", None)
    return plain


def _in_srgb(image: Image, profile: ImageCmsProfile) -> Image:
    from PIL import ImageCms

    converted = ImageCms.profileToProfile(image, profile, _profile_of("sRGB"), outputMode="RGB")
    if converted is None:  # never: it is None only if it changes the image itself
        return image
    # Pictures without a profile are sRGB. The one that is made here has the time in it, and no two are equal.
    converted.info.pop("icc_profile", None)
    return converted


def _profile_of(space: Literal["LAB", "sRGB"]) -> ImageCmsProfile:
    from PIL import ImageCms

    # Pillow has no annotations for what it makes.
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


def for_resizing(image: Image) -> Image:
    """Return the picture in a mode whose values can be averaged: those of a palette cannot."""
    if "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "P":
        return image.convert("RGBA" if image.palette is not None and image.palette.mode == "RGBA" else "RGB")
    return image.convert({"1": "L", "I;16": "I"}[image.mode]) if image.mode in ("1", "I;16") else image


def for_jpeg(image: Image) -> Image | None:
    """Return the picture in a mode that JPEG has, or `None` if something is transparent, or has 16 bits."""
    if image.mode == "I;16":
        return None
    image = for_resizing(image)
    if image.mode in ("LA", "RGBA"):
        if image.getchannel("A").getextrema() != (255, 255):
            return None
        return image.convert("L" if image.mode == "LA" else "RGB")
    return image


def profile(image: Image) -> bytes | None:
    """Return the colour profile, if there is one and it is of such pixels."""
    found: object = image.info.get("icc_profile")
    return found if isinstance(found, bytes) and found[16:20] == _SPACES.get(image.mode) else None
