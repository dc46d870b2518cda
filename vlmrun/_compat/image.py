"""Images as `data:` URLs. `vlmrun.content` makes message parts of more sources."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, overload

from vlmrun._compat.images import data_url_of_frame, data_url_of_video, encoded_image
from vlmrun._lifetimes.names import later

if TYPE_CHECKING:
    from PIL.Image import Image

    from vlmrun._resources.arrays import Array
else:
    Image = later("PIL.Image", "Image")
    Array = later("vlmrun._resources.arrays", "Array")

__all__ = ["encode_frame", "encode_image", "encode_video"]


@overload
def encode_image(
    image: Image | str | os.PathLike[str], format: Literal["PNG", "JPEG"] = "PNG", quality: int = 90
) -> str: ...
@overload
def encode_image(image: Image | str | os.PathLike[str], format: Literal["binary"], quality: int = 90) -> bytes: ...
def encode_image(
    image: Image | str | os.PathLike[str], format: Literal["PNG", "JPEG", "binary"] = "PNG", quality: int = 90
) -> str | bytes:
    """Encode an image, upright: as a `data:` URL, or as the bytes of a PNG.

    Args:
        image: A Pillow image, or the path of a file.
        format: `PNG`, which is lossless and keeps transparency; `JPEG`, where what is transparent becomes white; or
            `binary` for the bytes of a PNG.
        quality: The quality of a JPEG, from 1 to 100.

    Raises:
        InputError: An argument is invalid, or the image cannot be read.
        DependencyError: Pillow is missing.
    """
    return encoded_image(image, format, quality)


def encode_video(path: str | os.PathLike[str]) -> str:
    """Encode a video file of up to 32 MiB as a `data:` URL; larger ones are uploaded with `client.files.upload`.

    Args:
        path: The path of the file.

    Raises:
        InputError: The file cannot be read, is not a video or is too large.
    """
    return data_url_of_video(path)


def encode_frame(frame: Array, quality: int = 85) -> str:
    """Encode a frame of a video as the `data:` URL of a JPEG.

    Args:
        frame: The pixels, uint8: (height, width), or with 1, 3 (RGB) or 4 channels after them.
        quality: The quality of the JPEG, from 1 to 100.

    Raises:
        InputError: An argument is invalid.
        DependencyError: Pillow is missing.
    """
    return data_url_of_frame(frame, quality)
