"""PDFium, which is not safe to enter from two threads: the lock of this process, and pages as images.

Source: https://github.com/pypdfium2-team/pypdfium2#thread-incompatibility
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

# Reentrant, because an abandoned generator of pages may be collected, and so closed, while its own thread holds it.
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
    """Draw the pages of a PDF, one at a time as they are asked for.

    Args:
        data: The PDF. Whether it opens is found out at once.
        dpi: Pixels per inch.

    Returns:
        A PNG for each page.

    Raises:
        InputError: The PDF does not open, as one without pages does not; later, a page is too large or cannot be
            drawn.
        ImportError: pypdfium2 or Pillow cannot be imported.
    """
    import_module("PIL.Image")  # pypdfium2 would do so only when the first page is drawn
    with _opened(data):  # not left open for the generator: one that is never started has no end, either
        pass
    return _pages(data, dpi / 72)


def _pages(data: bytes, scale: float) -> Generator[bytes, None, None]:
    import io

    with _opened(data) as document:
        with lock:
            count = len(document)
        for index in range(count):
            with lock, _errors(f"page {index + 1} of source cannot be drawn"):
                image = _draw(document, index, scale)
            png = io.BytesIO()
            image.save(png, format="PNG")
            yield png.getvalue()


@contextmanager
def _opened(data: bytes) -> Generator[_Document, None, None]:
    # The package has neither annotations nor py.typed.
    import pypdfium2  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]

    with lock, _errors("source does not open as a PDF"):
        # A cast: what checkers infer of code without annotations is that a scale is an int.
        document = cast("_Document", pypdfium2.PdfDocument(data))
    try:
        with lock, _errors("the forms of source do not open"):
            document.init_forms()  # without it, what was filled in is not drawn
        yield document
    finally:
        with lock:
            document.close()


@contextmanager
def _errors(what: str) -> Generator[None, None, None]:
    try:
        yield
    except RuntimeError as error:  # PdfiumError is one
        raise InputError(f"{what}: {error}", suggestion="pass a PDF that is whole and has no password.") from error


def _draw(document: _Document, index: int, scale: float) -> _Image:
    with closing(document[index]) as page:
        width, height = (math.ceil(side * scale) for side in page.get_size())
        if width * height > MAX_PIXELS:
            raise InputError(
                f"page {index + 1} of source has {width:,} x {height:,} pixels; at most {MAX_PIXELS:,} are drawn.",
                suggestion="pass a lower dpi.",
            )
        with closing(page.render(scale=scale)) as bitmap:
            return bitmap.to_pil()  # a copy, as PDFium draws BGR and Pillow keeps RGB
