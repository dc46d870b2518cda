"""Opening PDFs with pypdfium2, which is not typed and not safe to enter from two threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from ctypes import byref, c_int
from dataclasses import dataclass
from io import BytesIO
from math import inf
from typing import Protocol, cast

# The package has neither annotations nor py.typed.
import pypdfium2  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
import pypdfium2.raw  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
from PIL import Image

from vlmrun._inputs.pdf import lock
from vlmrun.local._media.data_urls import UnreadableError

__all__ = ["PDF", "Finder", "finder", "open_pdf", "page_images", "page_texts"]

TEXT_LIMIT = 2_000
"""Characters: a PDF with more text than this is described without it."""


Finder = Callable[[Sequence[str]], "list[dict[str, object]]"]
"""Finds a text in one of its forms on the pages of a PDF: its boxes, or none if it is not there."""

_SIDE = 100_000  # parts of a page's side, of which PDFium gives whole numbers


class _Searcher(Protocol):
    def get_next(self) -> tuple[int, int] | None: ...

    def close(self) -> object: ...


class _TextPage(Protocol):
    def count_chars(self) -> int: ...

    def search(self, text: str, *, match_case: bool, match_whole_word: bool) -> _Searcher: ...

    def count_rects(self, index: int, count: int) -> int: ...

    def get_rect(self, index: int) -> tuple[float, float, float, float]: ...

    def get_text_bounded(self) -> str: ...

    def close(self) -> object: ...


class _Bitmap(Protocol):
    def to_pil(self) -> Image.Image: ...

    def close(self) -> object: ...


class _Drawable(Protocol):
    def render(self, *, scale: float) -> _Bitmap: ...


class _Page(Protocol):
    @property
    def raw(self) -> object: ...

    def get_size(self) -> tuple[float, float]: ...

    def get_textpage(self) -> _TextPage: ...

    def close(self) -> object: ...


class _Document(Protocol):
    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> _Page: ...

    def init_forms(self) -> object: ...

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


def page_images(data: bytes, indices: Iterable[int], side: int) -> list[bytes]:
    """Pages of a PDF as images, with what is filled into its forms.

    Args:
        data: Its bytes.
        indices: Which pages, from 0.
        side: Pixels that the longer side of each image has.

    Returns:
        One PNG for each of them.

    Raises:
        UnreadableError: It does not open, or a page cannot be drawn.
    """
    with _opened(data) as document:
        document.init_forms()
        return [_image_of(document, index, side) for index in indices]


@contextmanager
def finder(data: bytes, indices: Iterable[int]) -> Generator[Finder]:
    """A search for texts on the pages of a PDF.

    Whole words are found. If a text is searched for again, its next occurrence is found, and at last the last one.

    Args:
        data: The PDF's bytes.
        indices: The pages to search, from 0.

    Raises:
        UnreadableError: It does not open.
    """
    with _opened(data) as document, ExitStack() as stack:
        pages = {index: stack.enter_context(closing(document[index])) for index in indices}
        texts = {index: stack.enter_context(closing(page.get_textpage())) for index, page in pages.items()}
        times = Counter[str]()

        def find(forms: Sequence[str]) -> list[dict[str, object]]:
            for form in forms:
                found = [(index, hit) for index, text in texts.items() for hit in _hits(text, form)]
                if found:
                    index, (start, count) = found[min(times[form], len(found) - 1)]
                    times[form] += 1
                    boxes = _boxes(pages[index], texts[index], start, count)
                    return [{"xywh": box, "page": index, "content": form} for box in boxes]
            return []

        yield find


def _hits(text: _TextPage, form: str) -> Iterator[tuple[int, int]]:
    with closing(text.search(form, match_case=True, match_whole_word=True)) as searcher:
        while (hit := searcher.get_next()) is not None:
            yield hit


def _boxes(page: _Page, text: _TextPage, start: int, count: int) -> list[list[float]]:
    """A box for each line of a text: left, top, width and height, as parts of the page as it is seen."""
    boxes: list[list[float]] = []
    for number in range(text.count_rects(start, count)):
        left, bottom, right, top = text.get_rect(number)
        (x1, y1), (x2, y2) = _seen(page, left, top), _seen(page, right, bottom)
        boxes.append([min(x1, x2), min(y1, y2), round(abs(x2 - x1), 6), round(abs(y2 - y1), 6)])
    return boxes


def _seen(page: _Page, x: float, y: float) -> tuple[float, float]:
    """Where a point is on the page, which may be rotated and cropped."""
    column, row = c_int(), c_int()
    to_device = pypdfium2.raw.FPDF_PageToDevice  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    to_device(page.raw, 0, 0, _SIDE, _SIDE, 0, x, y, byref(column), byref(row))
    return column.value / _SIDE, row.value / _SIDE


@contextmanager
def _opened(data: bytes) -> Generator[_Document]:
    with lock:
        try:
            document: _Document = pypdfium2.PdfDocument(data)
            with closing(document):
                yield document
        except pypdfium2.PdfiumError as error:
            raise UnreadableError(f"This PDF does not open: {error}") from error


def _image_of(document: _Document, index: int, side: int) -> bytes:
    with closing(document[index]) as page:
        longest = max(page.get_size())
        if not 0 < longest < inf:
            raise UnreadableError(f"Page {index + 1} of this PDF has no area.")
        # A cast: the type of a default makes type checkers think that the scale is an int.
        drawable = cast("_Drawable", page)
        with closing(drawable.render(scale=side / longest)) as bitmap:
            buffer = BytesIO()
            bitmap.to_pil().save(buffer, "PNG")
            return buffer.getvalue()


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
