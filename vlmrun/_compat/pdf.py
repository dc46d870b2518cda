"""The pages of a PDF as images. `vlmrun.content.document_pages` makes message parts of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vlmrun._compat.pages import pages_of
from vlmrun._inputs.reading import Source
from vlmrun._lifetimes.names import later

if TYPE_CHECKING:
    from PIL.Image import Image
else:
    Image = later("PIL.Image", "Image")

__all__ = ["Page", "pdf_images"]


@dataclass
class Page:
    """A page of a PDF."""

    image: Image
    """The page as an image, in RGB."""
    page_number: int
    """Which page it is, counted from 0."""


def pdf_images(
    path: Source, dpi: float = 150, pages: Sequence[int] | None = None, backend: Literal["pypdfium2"] = "pypdfium2"
) -> Iterator[Page]:
    """Render pages of a PDF, one at a time, in another process, which a hostile page cannot outlive.

    Args:
        path: A path, bytes or an open binary file.
        dpi: Pixels per inch, from 1 to 2400.
        pages: The pages, counted from 0, or `None` for all.
        backend: The renderer; there is one.

    Returns:
        The pages, in order.

    Raises:
        InputError: An argument is invalid, or the PDF cannot be read. While iterating: a page does not exist, or cannot
            be rendered.
        DependencyError: pypdfium2 or Pillow is missing.
    """
    return (Page(image, number) for image, number in pages_of(path, dpi, pages, backend))
