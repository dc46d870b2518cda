"""Artifacts as Pillow images or NumPy arrays."""

from __future__ import annotations

import io
from importlib import import_module
from typing import TYPE_CHECKING

from vlmrun._inputs import media
from vlmrun._inputs.extras import missing
from vlmrun._inputs.plain_images import exceeded
from vlmrun.client.exceptions import ResponseValidationError, VLMRunError

if TYPE_CHECKING:
    from PIL.Image import Image

    from vlmrun._resources.arrays import Array

__all__ = ["array_of", "image_of", "require"]


def require(module: str, what: str) -> None:
    """Raise `DependencyError` if a module of an extra cannot be imported.

    Args:
        module: The module.
        what: What requires it.
    """
    try:
        import_module(module)
    except ImportError as error:
        raise missing(what, error) from error


# An error is returned, and raised elsewhere: the traceback of one that is raised here would hold the artifact.


def image_of(data: bytes, name: str) -> Image | VLMRunError:
    """The artifact as a Pillow image, whatever its declared type; or the error to raise.

    Args:
        data: The artifact's bytes.
        name: The name of the artifact in messages.
    """
    try:
        from PIL import Image
    except ImportError as error:
        return missing("client.artifacts.array of an image", error)
    try:
        image = Image.open(io.BytesIO(data))
        most = exceeded(image)
        if most is not None:
            return _too_large(image.size, name, most)
        image.load()
    except Exception as error:  # noqa: BLE001  # decoders raise many types
        return _unusable(data, name, "an image", error)
    return image


def array_of(data: bytes, name: str) -> Array | VLMRunError:
    """The artifact as an array, from a NumPy file or an image; or the error to raise."""
    import numpy

    from vlmrun._resources.arrays import loaded

    if not data.startswith((b"\x93NUMPY", b"PK\x03\x04")):
        image = image_of(data, name)
        return image if isinstance(image, VLMRunError) else numpy.asarray(image)
    try:
        return loaded(data)
    except Exception as error:  # noqa: BLE001  # NumPy raises what its headers, zipfile and the memory do
        return _unusable(data, name, "an array", error)


def _too_large(size: tuple[int, int], name: str, most: int) -> ResponseValidationError:
    return ResponseValidationError(
        f"Artifact {name} has {size[0]:,} x {size[1]:,} pixels; the maximum is {most:,}.",
        http_status=200,
        suggestion="raise PIL.Image.MAX_IMAGE_PIXELS, or write it into a folder with client.artifacts.download(...).",
    )


def _unusable(data: bytes, name: str, what: str, error: Exception) -> ResponseValidationError:
    found = media.sniff(data)
    is_one = found is not None and what == "an image" and media.kind_of(found) == "image"
    but = f"is {found}, not {what}" if found and not is_one else f"cannot be read as {what} ({type(error).__name__})"
    return ResponseValidationError(
        f"Artifact {name} {but}.",
        http_status=200,
        suggestion="client.artifacts.get(...) returns its bytes, and download(...) writes them into a folder.",
    )
