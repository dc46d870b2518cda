"""What the official SDK's helpers for images do, by the means of this package."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vlmrun._arguments.checks import require_int, type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs.extras import missing
from vlmrun._inputs.pixels import Encoding, encode_array, is_pillow
from vlmrun._inputs.reading import CHUNK_BYTES, is_bytes, is_path, naming, opened
from vlmrun._inputs.sources import data_url, url
from vlmrun._resources.remote_files import image_in
from vlmrun.client.exceptions import InputError, VLMRunError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["data_url_of_frame", "data_url_of_video", "encoded_image", "image_of_file"]


def encoded_image(image: object, file_format: object, quality: object) -> str | bytes:
    """`encode_image`: a `data:` URL, or bytes."""
    require_int("quality", quality, 1, 100, "pass the quality of a JPEG, such as 90.")
    if not isinstance(file_format, str) or file_format not in ("PNG", "JPEG", "binary"):
        raise InputError("format must be PNG, JPEG or binary.", suggestion='pass format="PNG".')
    with discreet_errors(), naming("image"):
        picture = image if is_pillow(image) else _opened("image", image)
        with _understood("image cannot be encoded", "check the file: it may be truncated."):
            from vlmrun._inputs.plain_images import encoded

            data = encoded(picture, "JPEG" if file_format == "JPEG" else "PNG", int(str(quality)))
        if file_format == "binary":
            return data
        return data_url(f"image/{file_format.lower()}", data, 'pass format="JPEG", or a smaller image.')


def image_of_file(argument: str, path: object) -> Image:
    """The image in a file, upright and in RGB."""
    with discreet_errors():
        data = _bytes(argument, path)
        with _understood(*_no_image(argument)):
            return image_in(data)


def data_url_of_video(path: object) -> str:
    """`encode_video`."""
    if not is_path(path):
        raise InputError(f"path must be a str or a path, not {type_name(path)}.", suggestion='pass "video.mp4".')
    with discreet_errors(), naming("path"):
        return url("video", path, None)


def data_url_of_frame(frame: object, quality: object) -> str:
    """`encode_frame`."""
    require_int("quality", quality, 1, 100, "pass the quality of a JPEG, such as 85.")
    with discreet_errors(), naming("frame"), _understood("frame cannot be encoded", "pass an array of uint8."):
        return data_url(*encode_array(frame, Encoding(int(str(quality)), None)))


def _opened(argument: str, path: object) -> Image:
    data = _bytes(argument, path)
    with _understood(*_no_image(argument)):
        from vlmrun._inputs.plain_images import loaded

        return loaded(data)


def _no_image(argument: str) -> tuple[str, str]:
    what = f"{argument} is a file that cannot be read as an image"
    return what, "check the file: it may be truncated, or of another format."


@contextmanager
def _understood(problem: str, suggestion: str) -> Generator[None]:
    """Whatever Pillow, or an object of the caller, raises inside is an `InputError` outside, without its text."""
    try:
        yield
    except VLMRunError:
        raise
    except ImportError as error:
        raise missing("encode_image", error) from error
    except Exception as error:  # an image may read its file only now, and decoders raise many types
        raise InputError(f"{problem} ({type_name(error)}).", suggestion=suggestion) from error


def _bytes(argument: str, path: object) -> bytes:
    if is_bytes(path) or not is_path(path):
        raise InputError(
            f"{argument} must be an image or a path, not {type_name(path)}.", suggestion='pass a path: "photo.jpg".'
        )
    data = bytearray()
    with opened(argument, path, "an image or a path") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            data += chunk
    return bytes(data)
