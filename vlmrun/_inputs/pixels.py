"""Pillow images and arrays as files: PNG, which is lossless; or JPEG, for a picture that came from one."""

from __future__ import annotations

import io
import math
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from vlmrun._arguments.checks import MAX_INT, require_int, type_name
from vlmrun._inputs import media
from vlmrun._inputs.extras import missing
from vlmrun.client.exceptions import InputError, VLMRunError

if TYPE_CHECKING:
    from PIL.Image import Image
    from typing_extensions import TypeIs

    class _Savable(Protocol):
        @property
        def mode(self) -> str: ...

        def save(self, fp: IO[bytes], /, *, format: str) -> object: ...


__all__ = [
    "PIXELS_HINT",
    "Encoding",
    "encode_array",
    "encode_file",
    "encode_image",
    "image_of_array",
    "is_pillow",
    "understood",
    "upright",
]

PIXELS_HINT = "pass max_pixels=4_000_000, or quality=85."
"""What to do about a picture that is too large for a message."""

_LARGE_PIXELS = 1_000_000

_ARRAY_MODES = {1: "L", 3: "RGB", 4: "RGBA"}

# How to turn what a camera saw, by the EXIF orientation; 1 is upright. As `PIL.Image.Transpose` names it.
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Encoding:
    """How to encode a picture: `quality` and `max_pixels` of `content.image`, checked."""

    quality: int | None
    max_pixels: int | None

    def __post_init__(self) -> None:
        if self.quality is not None:
            require_int("quality", self.quality, 1, 100, "pass the quality of a JPEG, such as 85, or omit it.")
        if self.max_pixels is not None:
            require_int("max_pixels", self.max_pixels, 1, MAX_INT, "pass a number such as 4_000_000, or omit it.")

    @property
    def is_asked_for(self) -> bool:
        """Whether the caller chose anything."""
        return self.quality is not None or self.max_pixels is not None


def encode_image(source: _Savable, encoding: Encoding) -> tuple[str, bytes]:
    """Encode a Pillow image, or another object that can be saved as PNG.

    Returns:
        The media type, and the file.

    Raises:
        InputError: The image cannot be read, its values have no scale, or JPEG cannot hold it.
    """
    with understood("source cannot be saved as an image"):
        if not is_pillow(source):
            return _other(source, encoding)
        return _encode(source, encoding)


def encode_file(data: bytes, media_type: str, encoding: Encoding) -> tuple[str, bytes]:
    """Encode the bytes of an image file again, where the encoding requires it.

    Raises:
        InputError: Pillow cannot read them.
        DependencyError: Pillow is missing.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise missing("content.image with quality or max_pixels", error) from error
    with understood("source cannot be encoded again"):
        try:
            image = Image.open(io.BytesIO(data))
        except UnidentifiedImageError as error:
            raise InputError(
                f"source cannot be opened by Pillow as {media_type}.",
                suggestion="omit quality and max_pixels, and the bytes are sent as they are.",
            ) from error
        if image.width * image.height > media.MAX_PIXELS:
            raise InputError(f"source has more than {media.MAX_PIXELS:,} pixels.", suggestion="resize the image.")
        few = encoding.max_pixels is None or image.width * image.height <= encoding.max_pixels
        return (media_type, data) if few and encoding.quality is None else _encode(image, encoding)


def encode_array(array: object, encoding: Encoding) -> tuple[str, bytes]:
    """Encode an array; the arrays and the errors are those of `image_of_array`."""
    return encode_image(image_of_array(array, "content.image of an array"), encoding)


def image_of_array(array: object, what: str) -> Image:
    """The Pillow image of an array.

    Args:
        array: (height, width), or with 1, 3 or 4 channels after them, of uint8 or bool; of uint16, with one channel.
        what: What requires it, for the message if Pillow is missing.

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
        # Formats of the module struct: `>H` and `<H` are 16 bits in an order that is not this machine's.
        sixteen = view.format in ("H", "<H", ">H")
        if 0 in shape or channels not in ((1,) if sixteen else _ARRAY_MODES) or not (sixteen or view.format in "B?"):
            raise InputError(
                f"source is not an image: an array of {getattr(array, 'dtype', 'unknown type')} with shape"
                f" {getattr(array, 'shape', shape)}.",
                suggestion=_array_hint(view.format, shape),
            )
        if height * width > media.MAX_PIXELS:
            raise InputError(f"source has more than {media.MAX_PIXELS:,} pixels.", suggestion="resize the image.")
        try:
            from PIL import Image
        except ImportError as error:
            raise missing(what, error) from error
        data = view.tobytes()
        if sixteen:
            raw = "I;16B" if view.format == ">H" or (view.format == "H" and not _IS_LITTLE) else "I;16"
            return Image.frombytes("I;16", (width, height), data, "raw", raw)
        data = data.translate(_WHITE) if view.format == "?" else data
        return Image.frombytes(_ARRAY_MODES[channels], (width, height), data)


_IS_LITTLE = memoryview(b"\1\0").cast("H")[0] == 1
_WHITE = bytes([0, *[255] * 255])  # of a bool: True is white


def _array_hint(item: str, shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and shape[0] in _ARRAY_MODES and shape[2] not in _ARRAY_MODES:
        return "pass numpy.moveaxis(source, 0, -1): the channels come last."
    fits = len(shape) == 2 or (len(shape) == 3 and shape[2] in _ARRAY_MODES)
    if fits and 0 not in shape and item.lstrip("@=<>!") in "efdg":
        return 'pass (source * 255).round().astype("uint8") if its values are from 0 to 1.'
    if fits and 0 not in shape and item.lstrip("@=<>!") == "H":
        return 'pass (source // 257).astype("uint8"): 16 bits are for gray images only.'
    if fits and 0 not in shape and item.lstrip("@=<>!") in "bhiIlLqQnN":
        return 'pass source.astype("uint8") if its values are from 0 to 255.'
    return "pass uint8 with shape (height, width) or (height, width, channels), of 1, 3 or 4 channels."


def is_pillow(source: object) -> TypeIs[Image]:
    """Whether a source is an image of Pillow itself."""
    import sys

    module = sys.modules.get("PIL.Image")  # whoever has an image has it
    return module is not None and isinstance(source, module.Image)


def _other(source: _Savable, encoding: Encoding) -> tuple[str, bytes]:
    png = io.BytesIO()
    source.save(png, format="PNG")
    if media.sniff(png.getvalue()) != "image/png":
        raise InputError(
            f"source is not an image: saving {type_name(source)} did not produce a PNG.", suggestion="pass an image."
        )
    if encoding.is_asked_for:
        return encode_file(png.getvalue(), "image/png", encoding)
    return "image/png", png.getvalue()


def _encode(source: Image, encoding: Encoding) -> tuple[str, bytes]:
    from vlmrun._inputs import modes

    source.load()
    image = modes.for_png(upright(source), source.format)
    if encoding.max_pixels is not None and image.width * image.height > encoding.max_pixels:
        image = _smaller(image, encoding.max_pixels)
    came_from_jpeg = source.format in ("JPEG", "MPO") and image.mode in ("L", "RGB")
    # Metadata stays here: it may say where a picture was taken.
    file = io.BytesIO()
    if encoding.quality is None and not came_from_jpeg:
        # Level 6 takes five times as long for a photo, and does not make it smaller.
        level = 1 if image.width * image.height > _LARGE_PIXELS else 6
        image.save(file, format="PNG", icc_profile=modes.profile(image), exif=b"", compress_level=level)
        return "image/png", file.getvalue()
    flat = modes.for_jpeg(image)
    if flat is None:
        raise InputError(
            "source cannot be saved as JPEG, which has no transparency and no 16 bits.", suggestion="omit quality."
        )
    options = _quality_of(source) if encoding.quality is None else {"quality": encoding.quality}
    flat.save(file, format="JPEG", icc_profile=modes.profile(flat), exif=b"", comment=b"", **options)
    return "image/jpeg", file.getvalue()


def upright(image: Image) -> Image:
    """The picture as it is to be looked at, turned as its EXIF says."""
    from PIL.Image import Transpose

    if image.format == "TIFF":  # Pillow turns these when it loads them; its first releases that do so keep the tag
        return image
    turn: str | None = None
    with suppress(Exception):  # EXIF that cannot be read says nothing
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return image if turn is None else image.transpose(Transpose[turn])


def _smaller(image: Image, most: int) -> Image:
    from PIL.Image import Resampling

    from vlmrun._inputs import modes

    scale = math.sqrt(most / (image.width * image.height))
    width = max(1, min(int(image.width * scale), most))
    height = max(1, min(int(image.height * scale), most // width))
    # HAMMING oversteps no range, which the mode I would not limit, and takes a third of the time of LANCZOS.
    resized = modes.for_resizing(image).resize((width, height), Resampling.HAMMING, reducing_gap=3)
    return resized.convert("I;16") if resized.mode == "I" else resized


def _quality_of(image: Image) -> dict[str, object]:
    """The options that save a JPEG as it was: with its own tables, it loses little and stays as large."""
    from PIL.JpegImagePlugin import JpegImageFile, get_sampling

    if isinstance(image, JpegImageFile):
        tables = image.quantization
        if 0 < len(tables) <= 4 and all(max(table) < 256 for table in tables.values()):
            return {"qtables": tables, "subsampling": get_sampling(image)}
    return {"quality": 95}


@contextmanager
def understood(what: str) -> Generator[None, None, None]:
    """Whatever Pillow raises inside is an `InputError` outside, whose message begins with `what`."""
    try:
        yield
    except VLMRunError:
        raise
    except Exception as error:  # Pillow may read the file only now, and decoders raise many types
        raise InputError(f"{what}: {error}", suggestion=_remedy(error)) from error


def _remedy(error: Exception) -> str:
    """What to do about an error of Pillow, which tells most of its errors apart by their texts alone."""
    if "Ghostscript" in str(error):
        return "install Ghostscript, or convert the picture to PNG first: Pillow draws no PostScript itself."
    if "cannot find loader" in str(error):
        return "convert the picture to PNG first: Pillow recognises this format, and cannot read it here."
    if type(error).__name__ == "DecompressionBombError":
        return "resize the image, or check the file: it has more pixels than Pillow reads."
    return "check the file: the image is truncated or corrupt."
