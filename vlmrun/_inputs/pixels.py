"""PNG encoding of Pillow images and arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._arguments.checks import type_name
from vlmrun._inputs import media
from vlmrun._inputs.extras import missing
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from typing import IO, Protocol

    class _Image(Protocol):
        @property
        def mode(self) -> str: ...

        def save(self, fp: IO[bytes], /, *, format: str) -> object: ...


__all__ = ["array_png", "image_png"]

# The modes that Pillow writes to PNG without loss.
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I;16B"}

_ARRAY_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def image_png(image: _Image) -> bytes:
    """Encode a Pillow image as PNG.

    Raises:
        InputError: PNG does not support the mode, or the image cannot be read.
    """
    import io

    mode = str(image.mode)
    if mode not in _PNG_MODES:
        raise InputError(f"source: mode {mode} is not supported by PNG.", suggestion='pass source.convert("RGB").')
    png = io.BytesIO()
    try:
        image.save(png, format="PNG")
    except Exception as error:  # Pillow may read the file only now, and decoders raise many types
        raise InputError(
            f"source cannot be saved as PNG: {error}", suggestion="check the file: the image is truncated or corrupt."
        ) from error
    if media.sniff(png.getvalue()) != "image/png":
        raise InputError(
            f"source is not an image: saving {type_name(image)} did not produce a PNG.", suggestion="pass an image."
        )
    return png.getvalue()


def array_png(array: object) -> bytes:
    """Encode an array as PNG.

    Args:
        array: Of uint8; (height, width), or with 1, 3 or 4 channels after them.

    Raises:
        InputError: The array has another type or shape, is empty or has too many pixels.
        DependencyError: Pillow is missing.
    """
    try:
        # Raises if the array is not a buffer.
        view = memoryview(array)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, BufferError):  # memory of another device, or a dtype that buffers do not support
        view = memoryview(b"").cast("b")
    with view:
        shape = tuple(view.shape or ())
        height, width, channels = {2: (*shape, 1), 3: shape}.get(len(shape), (0, 0, 0))
        if view.format != "B" or 0 in shape or channels not in _ARRAY_MODES:
            raise InputError(
                f"source is not an image: an array of {getattr(array, 'dtype', 'unknown type')} with shape"
                f" {getattr(array, 'shape', shape)}.",
                suggestion="pass uint8 with shape (height, width) or (height, width, channels), of 1, 3 or 4 channels.",
            )
        if height * width > media.MAX_PIXELS:
            raise InputError(f"source has more than {media.MAX_PIXELS:,} pixels.", suggestion="resize the image.")
        try:
            from PIL import Image
        except ImportError as error:
            raise missing("content.image of an array", error) from error
        return image_png(Image.frombytes(_ARRAY_MODES[channels], (width, height), view.tobytes()))
