"""A source as a picture to look at and to draw on: an image file, a Pillow image, an array, or a page of a PDF."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, cast

from vlmrun._arguments.checks import type_name
from vlmrun._inputs import media
from vlmrun._inputs.addresses import looks_like_url
from vlmrun._inputs.documents import is_pdf, pdf_page
from vlmrun._inputs.extras import missing
from vlmrun._inputs.pixels import Encoding, encode_image, image_of_array, is_pillow, understood, upright
from vlmrun._inputs.reading import is_bytes, is_path, named, opened, put_back, read
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from vlmrun._inputs.parts import SupportsImage

__all__ = ["as_rgb", "picture"]

_HEAD = 4096  # bytes, by which a PDF is recognised


def picture(source: object, what: str, page: int = 0, dpi: object = 150, timeout: object = 60.0) -> Image:
    """A source as an image in the mode RGB, upright; what is transparent is white.

    Args:
        source: A path, bytes, an open binary file, a Pillow image, or an array.
        what: What requires it, for the message if Pillow or pypdfium2 is missing.
        page: Which page, if it is a PDF.
        dpi: The resolution of a page.
        timeout: Seconds that rendering a page may take.

    Raises:
        InputError: The source cannot be read, is no such thing, or is too large; or there is no such page.
        DependencyError: A package is missing.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise missing(what, error) from error
    if isinstance(source, str) and looks_like_url(source):
        raise InputError(
            "source is a URL, but pictures are drawn locally.", suggestion="download it, and pass a path or the bytes."
        )
    if not is_bytes(source) and not is_path(source):
        if is_pillow(source):
            return as_rgb(source, source.format)
        if hasattr(source, "__array_interface__"):
            return as_rgb(image_of_array(source, what), None)
        if hasattr(source, "mode") and hasattr(source, "save") and not hasattr(source, "read"):
            source = encode_image(cast("SupportsImage", source), Encoding(None, None))[1]
    with put_back(source):
        png = _page(source, page, dpi, timeout, what)
        data = read("picture", source, sys.maxsize) if png is None else png
        if png is None and is_pdf(data[:_HEAD]):
            data = pdf_page(data, page, dpi, timeout, what)
        found = media.sniff(data)
        if found is None or media.kind_of(found) != "image":
            got = found or "an unrecognised file format"
            raise InputError(
                f"source: expected an image or a PDF, got {got}{named(source)}.",
                suggestion="pass the image or the PDF that the prediction is about.",
            )
        with understood(f"source cannot be opened as {found}{named(source)}"):
            image = Image.open(io.BytesIO(data))
            _check_size(image)
            image.load()
            return as_rgb(image, image.format)


def _page(source: object, page: int, dpi: object, timeout: object, what: str) -> bytes | None:
    """The page of a PDF that lies at a path, which is not read into memory; `None` for any other source."""
    if not is_path(source):
        return None
    with opened("source", source, "a path") as stream:
        if not stream.stated_size():  # a pipe, of which nothing may be read twice
            return None
        head = stream.read(_HEAD)
    return pdf_page(source, page, dpi, timeout, what) if is_pdf(head) else None


def _check_size(image: Image) -> None:
    if image.width * image.height > media.MAX_PIXELS:
        raise InputError(f"source has more than {media.MAX_PIXELS:,} pixels.", suggestion="resize the image.")


def as_rgb(image: Image, file_format: str | None) -> Image:
    """An image in the mode RGB, upright; what is transparent is white.

    Args:
        image: The image.
        file_format: The format of the file that it was opened from, if it was.

    Raises:
        InputError: It has no pixels, or its values have no scale.
    """
    from PIL.Image import new

    from vlmrun._inputs import modes

    with understood(f"source cannot be drawn on: {type_name(image)}"):
        if not image.width or not image.height:
            raise InputError("source has no pixels.", suggestion="pass an image that is not empty.")
        plain = modes.for_png(upright(image), file_format)
        if plain.mode == "I;16":
            plain = plain.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        if plain.mode in ("LA", "RGBA") or "transparency" in plain.info:
            over = plain.convert("RGBA")
            under = new("RGBA", over.size, "white")
            under.alpha_composite(over)
            plain = under
        made = plain.convert("RGB")
        made.info = {}  # neither the place nor the camera go along, and no profile of other pixels
        return made.copy() if made is image else made
