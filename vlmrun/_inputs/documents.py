"""Local rendering of the pages of a PDF."""

from __future__ import annotations

import sys
from collections.abc import Generator

from vlmrun._arguments.checks import type_name
from vlmrun._inputs import media
from vlmrun._inputs.addresses import looks_like_url
from vlmrun._inputs.extras import missing
from vlmrun._inputs.reading import named, put_back, read
from vlmrun._inputs.sources import pass_it_to
from vlmrun.client.exceptions import InputError

__all__ = ["pdf_pages"]


def pdf_pages(source: object, dpi: object) -> Generator[bytes, None, None]:
    """Render the pages of a PDF as PNG, one at a time. Invalid arguments raise before the first page.

    Raises:
        InputError: An argument is invalid, or the source is not a readable PDF.
        DependencyError: pypdfium2 or Pillow is missing.
    """
    hint = "pass pixels per inch, such as 150."
    if isinstance(dpi, bool) or not isinstance(dpi, (int, float)):
        raise InputError(f"dpi must be a number, not {type_name(dpi)}.", suggestion=hint)
    if not 1 <= dpi <= 2400:
        raise InputError("dpi must be between 1 and 2400.", suggestion=hint)
    if isinstance(source, str) and looks_like_url(source):
        raise InputError(
            "source is a URL, but pages are rendered locally.", suggestion="download it, and pass a path or the bytes."
        )
    with put_back(source):
        data = read("document", source, sys.maxsize)
        found = media.sniff(data)
        if found not in (None, "application/pdf"):
            raise InputError(f"source: expected a PDF, got {found}{named(source)}.", suggestion=pass_it_to(found))
        from vlmrun._inputs import pdf

        try:
            return pdf.render_pages(data, dpi=dpi)
        except ImportError as error:
            raise missing("content.document_pages", error) from error
