"""PDFium, which is not thread-safe: the lock of this process, and pages as images.

See https://github.com/pypdfium2-team/pypdfium2#thread-incompatibility
"""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import IO, Protocol, cast

from vlmrun._inputs.media import MAX_PIXELS
from vlmrun.client.exceptions import InputError

__all__ = ["lock", "render_pages"]

# Reentrant: the garbage collector may close an abandoned generator of pages while its own thread holds the lock.
lock = threading.RLock()


class _Image(Protocol):
    def save(self, fp: IO[bytes], /, *, format: str) -> object: ...


class _Bitmap(Protocol):
    def to_pil(self) -> _Image: ...

    def close(self) -> object: ...


class _Page(Protocol):
    def get_size(self) -> tuple[float, float]: ...

    def render(self, *, scale: float) -> _Bitmap: ...

    def close(self) -> object: ...


class _Document(Protocol):
    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> _Page: ...

    def init_forms(self) -> object: ...

    def close(self) -> object: ...


def render_pages(data: bytes, *, dpi: float) -> Generator[bytes, None, None]:
    """Render the pages of a PDF, one at a time.

    Args:
        data: The PDF. It is opened immediately, to detect errors.
        dpi: Pixels per inch.

    Returns:
        A PNG for each page.

    Raises:
        InputError: The PDF cannot be opened or has no pages. While iterating: a page is too large or cannot be
            rendered.
        ImportError: pypdfium2 or Pillow cannot be imported.
    """
    import_module("PIL.Image")  # pypdfium2 would import it only for the first page
    with _opened(data):  # not kept open: a generator that is never started is never closed
        pass
    return _pages(data, dpi / 72)


def _pages(data: bytes, scale: float) -> Generator[bytes, None, None]:
    import io

    with _opened(data) as document:
        with lock:
            count = len(document)
        for index in range(count):
            with lock, _errors(f"page {index + 1} of source cannot be rendered"):
                image = _draw(document, index, scale)
            png = io.BytesIO()
            image.save(png, format="PNG")
            yield png.getvalue()


@contextmanager
def _opened(data: bytes) -> Generator[_Document, None, None]:
    # The package has neither annotations nor py.typed.
    import pypdfium2  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]

    with lock, _errors("source cannot be opened as a PDF"):
        # A cast: from code without annotations, checkers infer that a scale is an int.
        document = cast("_Document", pypdfium2.PdfDocument(data))
    try:
        with lock, _errors("the forms of source cannot be opened"):
            document.init_forms()  # without it, filled-in values are not rendered
        yield document
    finally:
        with lock:
            document.close()


@contextmanager
def _errors(what: str) -> Generator[None, None, None]:
    try:
        yield
    except RuntimeError as error:  # PdfiumError is one
        raise InputError(
            f"{what}: {error}", suggestion="check that the PDF is complete and has no password."
        ) from error


def _draw(document: _Document, index: int, scale: float) -> _Image:
    with closing(document[index]) as page:
        width, height = (math.ceil(side * scale) for side in page.get_size())
        if width * height > MAX_PIXELS:
            raise InputError(
                f"page {index + 1} of source has {width:,} x {height:,} pixels; the maximum is {MAX_PIXELS:,}.",
                suggestion="pass a lower dpi.",
            )
        with closing(page.render(scale=scale)) as bitmap:
            return bitmap.to_pil()  # a copy: PDFium renders BGR, Pillow keeps RGB
