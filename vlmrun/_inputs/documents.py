"""The pages of a PDF, drawn here."""

from __future__ import annotations

import sys
from collections.abc import Generator

from vlmrun._arguments.checks import type_name
from vlmrun._inputs import media
from vlmrun._inputs.addresses import looks_like_url
from vlmrun._inputs.extras import missing
from vlmrun._inputs.reading import put_back, read
from vlmrun._inputs.sources import pass_it_to
from vlmrun.client.exceptions import InputError

__all__ = ["pdf_pages"]


def pdf_pages(source: object, dpi: object) -> Generator[bytes, None, None]:
    """The pages of a PDF as PNG, drawn as they are asked for; what is wrong with the arguments is said at once.

    Raises:
        InputError: An argument cannot be used, or the source does not open as a PDF.
        DependencyError: pypdfium2 or Pillow is missing.
    """
    hint = "pass pixels per inch such as 150."
    if isinstance(dpi, bool) or not isinstance(dpi, (int, float)):
        raise InputError(f"dpi must be a number, not {type_name(dpi)}.", suggestion=hint)
    if not 1 <= dpi <= 2400:
        raise InputError("dpi must be from 1 to 2400.", suggestion=hint)
    if isinstance(source, str) and looks_like_url(source):
        raise InputError("source is a URL, which is not fetched here.", suggestion="pass a path, or the bytes.")
    with put_back(source):
        data = read("document", source, sys.maxsize)
        found = media.sniff(data)
        if found not in (None, "application/pdf"):
            raise InputError(f"source is {found}, and no PDF.", suggestion=pass_it_to(found))
        from vlmrun._inputs import pdf

        try:
            return pdf.render_pages(data, dpi=dpi)
        except ImportError as error:
            raise missing("content.document_pages", error) from error
