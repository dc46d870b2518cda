"""Local rendering of the pages of a PDF."""

from __future__ import annotations

import io
import logging
import os
import stat
import sys
import tempfile
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from vlmrun._arguments.checks import type_name
from vlmrun._arguments.config import wait_seconds
from vlmrun._arguments.urls import is_unicode
from vlmrun._inputs import media
from vlmrun._inputs.addresses import looks_like_url
from vlmrun._inputs.extras import missing
from vlmrun._inputs.reading import Stream, is_bytes, is_path, named, opened, put_back, read
from vlmrun._inputs.sources import pass_it_to
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from vlmrun._inputs import pdf, pdf_process

__all__ = ["is_pdf", "pdf_page", "pdf_pages"]

_PDF = "application/pdf"
_HEADER = 1028  # bytes: like other readers, PDFium takes a header of four that begins within the first 1,024
_HEAD = 65_536  # bytes, by which other formats are recognised
_CHUNK = 1 << 20
_MOST_SECONDS = 31_536_000  # the watchdog's clock counts up to some centuries

_logger = logging.getLogger("vlmrun")


def pdf_pages(
    source: object, dpi: object, timeout: object, on_error: object, chosen: Sequence[int] | None = None
) -> Generator[bytes, None, None]:
    """Render the pages of a PDF as PNG, one at a time. Invalid arguments raise before the first page.

    Args:
        source: The PDF.
        dpi: Pixels per inch.
        timeout: Seconds for opening it, and for each page.
        on_error: What happens to a page that cannot be rendered.
        chosen: The pages, from 0, or `None` for all.

    Raises:
        InputError: An argument is invalid, or the source is not a readable PDF.
        DependencyError: pypdfium2 or Pillow is missing.
    """
    scale = _dpi(dpi) / 72
    seconds = wait_seconds("timeout", timeout)
    if not isinstance(on_error, str) or on_error not in ("raise", "skip"):
        raise InputError('on_error must be "raise" or "skip".', suggestion='pass on_error="skip", or omit it.')
    if isinstance(source, str) and looks_like_url(source):
        raise InputError(
            "source is a URL, but pages are rendered locally.", suggestion="download it, and pass a path or the bytes."
        )
    pages = _pages(source, scale, seconds, chosen, is_skipping=on_error == "skip")
    with put_back(source):
        next(pages)
    return pages


def pdf_page(source: object, index: int, dpi: object, timeout: object, what: str) -> bytes:
    """Render one page of a PDF as PNG; `index` counts from 0.

    Raises:
        InputError: An argument is invalid, the source is not a readable PDF, or has no such page.
        DependencyError: pypdfium2 or Pillow is missing, which `what` requires.
    """
    scale = _dpi(dpi) / 72
    seconds = wait_seconds("timeout", timeout)
    try:
        with _on_disk(source) as path, closing(_document(path, seconds)) as document:
            if index >= document.pages:
                last = "only page 0" if document.pages == 1 else f"pages 0 to {document.pages - 1}"
                raise InputError(f"page is out of range: source has {last}.", suggestion="pass one of them.")
            return document.png(index, scale)
    except ImportError as error:
        raise missing(what, error) from error


def is_pdf(head: bytes) -> bool:
    """Whether bytes are the beginning of a PDF."""
    return media.sniff(head) in (None, _PDF) and b"%PDF" in head[:_HEADER]


def _dpi(value: object) -> float:
    hint = "pass pixels per inch, such as 150."
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"dpi must be a number, not {type_name(value)}.", suggestion=hint)
    if not 1 <= value <= 2400:
        raise InputError("dpi must be between 1 and 2400.", suggestion=hint)
    return value


def _pages(
    source: object, scale: float, seconds: float | None, chosen: Sequence[int] | None, *, is_skipping: bool
) -> Generator[bytes, None, None]:
    try:
        with _on_disk(source) as path, closing(_document(path, seconds)) as document:
            # Nothing yet: but what has begun, the garbage collector closes, even if no page is ever asked for.
            yield b""
            for index in range(document.pages) if chosen is None else chosen:
                if index >= document.pages:
                    raise InputError(
                        f"pages contains {index}, but source has {document.pages} pages, counted from 0.",
                        suggestion="pass pages that exist.",
                    )
                png = _png(document, index, scale, is_skipping=is_skipping)
                if png is not None:
                    yield png
    except ImportError as error:
        raise missing("content.document_pages", error) from error


def _png(document: pdf.Document | pdf_process.Document, index: int, scale: float, *, is_skipping: bool) -> bytes | None:
    try:
        return document.png(index, scale)
    except InputError as error:
        if not is_skipping:
            hint = f'{(error.suggestion or "").rstrip(".")}; or pass on_error="skip" to get the other pages.'
            raise InputError(error.message, suggestion=hint) from error.__cause__
        _logger.warning("content.document_pages left out a page: %s", error.message)
        return None


def _document(path: str, seconds: float | None) -> pdf.Document | pdf_process.Document:
    from vlmrun._inputs import pdf, pdf_process  # not at the top: content is to be imported quickly

    if seconds is None:
        return pdf.Document(path)
    return pdf_process.Document(path, min(seconds, _MOST_SECONDS))


# The file that PDFium reads -------------------------------------------------------------------------------------------


@contextmanager
def _on_disk(source: object) -> Generator[str, None, None]:
    """The path of a PDF: of the source itself, or of a temporary file that has its bytes."""
    # BytesIO shares the memory of bytes. Of what can change or be released, `read` makes a copy.
    data = source if isinstance(source, bytes) else read("document", source, sys.maxsize) if is_bytes(source) else None
    copy = None
    with opened("source", source if data is None else io.BytesIO(data), "a path, bytes or an open file") as stream:
        head = _head(stream)
        _check_head(head, named(source))
        path = _lasting(source)
        if path is None:
            copy = _Copy(head, stream)
            path = copy.path
    try:
        yield path
    finally:
        if copy is not None:
            copy.remove()


def _head(stream: Stream) -> bytes:
    head = b""
    while len(head) < _HEAD and (chunk := stream.read(_HEAD - len(head))):
        head += chunk
    return head


def _check_head(head: bytes, name: str) -> None:
    """Raise if a file is no PDF, before more of it is read."""
    found = media.sniff(head)
    if found not in (None, _PDF):
        raise InputError(f"source: expected a PDF, got {found}{name}.", suggestion=pass_it_to(found))
    if not is_pdf(head):
        what = "an unrecognised file format" if head else "an empty file"
        raise InputError(
            f"source: expected a PDF, got {what}{name}.",
            suggestion="check that it is complete, from its beginning; call seek(0) on an open file that was read.",
        )


def _lasting(source: object) -> str | None:
    """The path of a source where another process finds the same file: not `/dev/stdin`, and no pipe."""
    if not is_path(source):
        return None
    with suppress(OSError, ValueError):
        path = os.path.realpath(os.fsdecode(source))
        status = os.stat(path)
        if not is_unicode(path):  # pypdfium2 before 5 cannot open it
            return None
        if stat.S_ISREG(status.st_mode) and status.st_size and os.path.samestat(status, os.stat(source)):
            return path
    return None


class _Copy:
    """A temporary file, which only this user can read, with the bytes of a stream. It is removed with this object."""

    def __init__(self, head: bytes, stream: Stream) -> None:
        try:
            number, self.path = tempfile.mkstemp(prefix="vlmrun-", suffix=".pdf")
            self._finalizer = weakref.finalize(self, _remove, self.path, os.getpid())
            with open(number, "wb") as file:
                file.write(head)
                while chunk := stream.read(_CHUNK):
                    file.write(chunk)
        except OSError as error:
            raise InputError(
                f"source cannot be copied to a temporary file: {error.strerror or type_name(error)}.",
                suggestion="make room for it, set the environment variable TMPDIR, or pass the path of a file.",
            ) from error

    def remove(self) -> None:
        self._finalizer()


def _remove(path: str, process: int) -> None:
    if os.getpid() == process:  # and not in one that was forked from it
        with suppress(OSError):
            os.unlink(path)
