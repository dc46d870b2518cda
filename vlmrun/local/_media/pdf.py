"""Opening PDFs with pypdfium2, which is not typed and not safe to enter from two threads."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

# The package has neither annotations nor py.typed.
import pypdfium2  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]

from vlmrun._inputs.pdf import lock
from vlmrun.local._media.data_urls import UnreadableError

__all__ = ["PDF", "open_pdf", "page_texts"]

TEXT_LIMIT = 2_000
"""Characters: a PDF with more text than this is described without it."""


class _TextPage(Protocol):
    def count_chars(self) -> int: ...

    def get_text_bounded(self) -> str: ...

    def close(self) -> object: ...


class _Page(Protocol):
    def get_size(self) -> tuple[float, float]: ...

    def get_textpage(self) -> _TextPage: ...

    def close(self) -> object: ...


class _Document(Protocol):
    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> _Page: ...

    def close(self) -> object: ...


@dataclass(frozen=True)
class PDF:
    """What there is to say of a PDF."""

    pages: int
    """How many pages it has."""
    width: float
    """The width of its first page, in points (1/72 inch)."""
    height: float
    """The height of its first page, in points."""
    text: str | None
    """Its text, or `None` where that is longer than `TEXT_LIMIT` characters."""


def open_pdf(data: bytes) -> PDF:
    """Open a PDF.

    Args:
        data: Its bytes.

    Returns:
        What was found.

    Raises:
        UnreadableError: It does not open, or has no page.
    """
    with _opened(data) as document:
        return _describe(document)


def page_texts(data: bytes, indices: Iterable[int]) -> list[str]:
    """The text of pages of a PDF, however long it is.

    Args:
        data: Its bytes.
        indices: Which pages, from 0.

    Returns:
        One text for each of them; the empty text for a page that has none, such as a scanned one.

    Raises:
        UnreadableError: It does not open.
    """
    with _opened(data) as document:
        return [_text_of(document, index) for index in indices]


@contextmanager
def _opened(data: bytes) -> Generator[_Document]:
    with lock:
        try:
            document: _Document = pypdfium2.PdfDocument(data)
            with closing(document):
                yield document
        except pypdfium2.PdfiumError as error:
            raise UnreadableError(f"This PDF does not open: {error}") from error


def _text_of(document: _Document, index: int) -> str:
    with closing(document[index]) as page, closing(page.get_textpage()) as text_page:
        # PDFium ends lines with CR and LF.
        return text_page.get_text_bounded().replace("\r\n", "\n").strip()


def _describe(document: _Document) -> PDF:
    pages = len(document)
    if pages == 0:
        raise UnreadableError("This PDF has no page.")
    width = height = 0.0
    texts: list[str] = []
    length = 0
    for index in range(pages):
        with closing(document[index]) as page:
            if index == 0:
                width, height = page.get_size()
            with closing(page.get_textpage()) as text_page:
                length += text_page.count_chars()
                if length > TEXT_LIMIT:
                    return PDF(pages, width, height, None)
                texts.append(text_page.get_text_bounded())
    return PDF(pages, width, height, "\n".join(texts).strip())
