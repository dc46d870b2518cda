"""The pages of a PDF as the official SDK's helper has them."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from vlmrun._arguments.checks import is_list, require_int, type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs.documents import pdf_pages
from vlmrun._inputs.reading import naming
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["pages_of"]

_MOST_PAGES = 1_000_000
_SECONDS = 60.0


def pages_of(path: object, dpi: object, pages: object, backend: object) -> Iterator[tuple[Image, int]]:
    """`pdf_images`: images and numbers. Invalid arguments raise before the first page."""
    if not isinstance(backend, str) or backend != "pypdfium2":
        raise InputError('backend must be "pypdfium2".', suggestion="omit it.")
    chosen = None if pages is None else _chosen(pages)
    with discreet_errors(), naming("path"):
        rendered = pdf_pages(path, dpi, _SECONDS, "raise", chosen)
    return _images(rendered, chosen)


def _chosen(pages: object) -> list[int]:
    hint = "pass the pages counted from 0, such as [0, 1]."
    if not is_list(pages):
        raise InputError(f"pages must be a list or a tuple, not {type_name(pages)}.", suggestion=hint)
    chosen: list[int] = []
    for index, page in enumerate(pages):
        require_int(f"pages[{index}]", page, 0, _MOST_PAGES, hint)
        if isinstance(page, int):
            chosen.append(page)
    return chosen


def _images(rendered: Generator[bytes, None, None], chosen: list[int] | None) -> Iterator[tuple[Image, int]]:
    from PIL.Image import open as opened

    try:
        with discreet_errors(), naming("path"):
            for index, png in enumerate(rendered):
                image: Image = opened(io.BytesIO(png))
                image.load()
                yield image, index if chosen is None else chosen[index]
    finally:
        rendered.close()
