"""PDFium in this process: the lock, and pages as images.

PDFium is not thread-safe, and a hostile page can keep it busy for ever: `_inputs/pdf_process.py` runs it in another
process.

See https://github.com/pypdfium2-team/pypdfium2#thread-incompatibility
"""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import IO, Protocol, cast

from vlmrun._arguments.checks import type_name
from vlmrun._inputs.media import MAX_PIXELS
from vlmrun._inputs.user_units import Exporting, has_user_units, user_unit
from vlmrun.client.exceptions import InputError

__all__ = ["Document", "lock"]

# Reentrant: the garbage collector may close an abandoned generator of pages while its own thread holds the lock.
lock = threading.RLock()

_REPAIR = "check that the PDF is complete and has no password."
_PNG_LEVEL = 3  # two thirds of the time of Pillow's 6; pages of text come out as small or smaller


class Document:
    """A PDF that is open in this process.

    Args:
        path: Where it is. PDFium reads from the file what each page needs, so it must stay unchanged.

    Raises:
        InputError: It cannot be opened, or has no pages.
        ImportError: pypdfium2 or Pillow cannot be imported.
    """

    def __init__(self, path: str) -> None:
        import_module("PIL.Image")  # pypdfium2 would import it only for the first page
        self._pdfium = cast("_PDFium", import_module("pypdfium2"))
        self._raw = cast("_Raw", import_module("pypdfium2.raw"))
        self._path = path
        self._has_units: bool | None = None
        with lock, _errors("source cannot be opened as a PDF", _REPAIR):
            self._document = self._pdfium.PdfDocument(path)
        try:
            with lock, _errors("the forms of source cannot be opened", _REPAIR):
                self._document.init_forms()  # without it, filled-in values are not rendered
                self.pages = len(self._document)
        except InputError:
            self.close()
            raise

    def png(self, index: int, scale: float) -> bytes:
        """Render a page.

        Args:
            index: Which page, from 0.
            scale: Pixels per point (1/72 inch).

        Raises:
            InputError: The page is empty, too large, or cannot be rendered.
        """
        import io

        buffer = io.BytesIO()
        with _errors(f"page {index + 1} of source cannot be rendered", _REPAIR):
            with lock:
                image = self._image(index, scale)
            image.save(buffer, format="PNG", compress_level=_PNG_LEVEL)
        return buffer.getvalue()

    def close(self) -> None:
        """Close it; once more does nothing."""
        with lock:
            self._document.close()

    def _image(self, index: int, scale: float) -> _Image:
        with closing(self._document[index]) as page:
            scale *= self._unit(index)
            width, height = _size(index, [side * scale for side in page.get_size()])
            raw = self._raw
            # Not `page.render`, which rounds up: US Letter at 150 dpi would have 1651 rows, as 792 * (150 / 72) is a
            # little more than 1650.
            bitmap = self._pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR, rev_byteorder=True)
            with closing(bitmap):
                flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
                raw.FPDFBitmap_FillRect(bitmap.raw, 0, 0, width, height, 0xFFFFFFFF)
                raw.FPDF_RenderPageBitmap(bitmap.raw, page.raw, 0, 0, width, height, 0, flags)
                if (forms := self._document.formenv) is not None:
                    raw.FPDF_FFLDraw(forms.raw, bitmap.raw, page.raw, 0, 0, width, height, 0, flags)
                return bitmap.to_pil()  # a copy: Pillow has four bytes for a pixel

    def _unit(self, index: int) -> float:
        if self._has_units is None:
            self._has_units = has_user_units(self._path)
        return user_unit(self._pdfium.PdfDocument.new(), self._document, index) if self._has_units else 1.0


def _size(index: int, sides: list[float]) -> tuple[int, int]:
    """The size of a page in pixels, rounded to the nearest."""
    if not all(0 < side < math.inf for side in sides):
        raise InputError(
            f"page {index + 1} of source is empty: its CropBox lies outside its MediaBox, or has no area.",
            suggestion="give it an area in the program that made it.",
        )
    width, height = (max(1, math.floor(side + 0.5)) for side in sides)
    if width * height > MAX_PIXELS:
        raise InputError(
            f"page {index + 1} of source has {width:,} x {height:,} pixels; the maximum is {MAX_PIXELS:,}.",
            suggestion="pass a lower dpi.",
        )
    return width, height


@contextmanager
def _errors(what: str, hint: str) -> Generator[None, None, None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # pypdfium2, ctypes and Pillow raise many types
        raise InputError(f"{what}: {str(error) or type_name(error)}", suggestion=hint) from error


# What is used of pypdfium2, which has neither annotations nor py.typed ------------------------------------------------


class _Image(Protocol):
    def save(self, fp: IO[bytes], /, *, format: str, compress_level: int) -> object: ...


class _Handle(Protocol):
    @property
    def raw(self) -> object: ...


class _Bitmap(_Handle, Protocol):
    def to_pil(self) -> _Image: ...

    def close(self) -> object: ...


class _Page(_Handle, Protocol):
    def get_size(self) -> tuple[float, float]: ...

    def close(self) -> object: ...


class _Document(Exporting, Protocol):
    @property
    def formenv(self) -> _Handle | None: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> _Page: ...

    def init_forms(self) -> object: ...


class _DocumentClass(Protocol):
    def __call__(self, path: str, /) -> _Document: ...

    def new(self) -> Exporting: ...


class _BitmapClass(Protocol):
    def new_native(self, width: int, height: int, format: int, *, rev_byteorder: bool) -> _Bitmap: ...


class _PDFium(Protocol):
    @property
    def PdfDocument(self) -> _DocumentClass: ...  # noqa: N802  # pypdfium2's name

    @property
    def PdfBitmap(self) -> _BitmapClass: ...  # noqa: N802  # pypdfium2's name


class _Raw(Protocol):
    FPDFBitmap_BGR: int
    FPDF_ANNOT: int
    FPDF_REVERSE_BYTE_ORDER: int

    def FPDFBitmap_FillRect(self, *arguments: object) -> object: ...  # noqa: N802  # PDFium's name

    def FPDF_RenderPageBitmap(self, *arguments: object) -> object: ...  # noqa: N802  # PDFium's name

    def FPDF_FFLDraw(self, *arguments: object) -> object: ...  # noqa: N802  # PDFium's name
