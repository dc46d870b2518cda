"""Images that are pixels in memory, as PNG: Pillow images and arrays."""

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

# Of the modes that PNG has, those that Pillow writes without loss.
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I;16B"}

_ARRAY_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def image_png(image: _Image) -> bytes:
    """A Pillow image as PNG.

    Raises:
        InputError: It has a mode that PNG has not, or cannot be read.
    """
    import io

    mode = str(image.mode)
    if mode not in _PNG_MODES:
        raise InputError(f"source has the mode {mode}, which PNG has not.", suggestion='pass source.convert("RGB").')
    png = io.BytesIO()
    try:
        image.save(png, format="PNG")
    except Exception as error:  # it may be read only now, and decoders raise all kinds
        raise InputError(
            f"source cannot be saved as PNG: {error}", suggestion="pass an image that is whole."
        ) from error
    if media.sniff(png.getvalue()) != "image/png":
        raise InputError(
            f"source was asked for a PNG, and is no image: {type_name(image)}.", suggestion="pass an image."
        )
    return png.getvalue()


def array_png(array: object) -> bytes:
    """An array as PNG.

    Args:
        array: Of uint8; (height, width), or with 1, 3 or 4 channels after them.

    Raises:
        InputError: It is of another type or shape, is empty or has too many pixels.
        DependencyError: Pillow is missing.
    """
    try:
        # It is asked what it is, and answers with an error where it is no buffer.
        view = memoryview(array)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, BufferError):  # memory elsewhere, or a dtype that no buffer has
        view = memoryview(b"").cast("b")
    with view:
        shape = tuple(view.shape or ())
        height, width, channels = {2: (*shape, 1), 3: shape}.get(len(shape), (0, 0, 0))
        if view.format != "B" or 0 in shape or channels not in _ARRAY_MODES:
            raise InputError(
                f"source is an array of {getattr(array, 'dtype', 'unknown type')} and shape"
                f" {getattr(array, 'shape', shape)}, and no image.",
                suggestion="pass uint8, and (height, width) or (height, width, channels) with 1, 3 or 4 channels.",
            )
        if height * width > media.MAX_PIXELS:
            raise InputError(f"source has more than {media.MAX_PIXELS:,} pixels.", suggestion="make it smaller.")
        try:
            from PIL import Image
        except ImportError as error:
            raise missing("content.image of an array", error) from error
        return image_png(Image.frombytes(_ARRAY_MODES[channels], (width, height), view.tobytes()))
