"""The UserUnit of a page: how many points (1/72 inch) a unit of its sizes is, if not one.

PDFium ignores it and has no function for it. But it copies a page with all its entries, and what it saves is plain
text except for streams. Copying each page would take time, so a document is first searched for the name.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO, Protocol

__all__ = ["Exporting", "has_user_units", "user_unit"]

_NAME = b"/UserUnit"
_OBJECTS = b"/ObjStm"  # a compressed stream of objects, a page perhaps among them
_CHUNK = 1 << 20
_MOST = 64 << 20  # bytes of objects: what has more than any drawing is not searched to its end


class Exporting(Protocol):
    """A document of pypdfium2, which takes pages of another, and can be saved."""

    def import_pages(self, pdf: Exporting, pages: Sequence[int]) -> object:
        """Copy pages."""
        ...

    def save(self, dest: IO[bytes]) -> object:
        """Write the document."""
        ...

    def close(self) -> object:
        """Close it."""
        ...


def has_user_units(path: str) -> bool:
    """Whether a page may have a UserUnit: the file has the name, or objects that cannot be searched."""
    with open(path, "rb") as file:
        for start, chunk in _chunks(file):
            if _NAME in chunk:
                return True
            found = chunk.find(_OBJECTS)
            while found >= 0:
                here = file.tell()
                if _objects_may_have_it(file, start + found):
                    return True
                file.seek(here)
                found = chunk.find(_OBJECTS, found + 1)
    return False


def _chunks(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The file in pieces that overlap, so that each name is whole in one of them; and where they begin."""
    start = 0
    tail = b""
    while new := file.read(_CHUNK):
        chunk = tail + new
        yield start, chunk
        tail = chunk[1 - len(_NAME) :]
        start += len(chunk) - len(tail)


def _objects_may_have_it(file: IO[bytes], start: int) -> bool:
    file.seek(start)
    begin = re.search(rb"stream\r?\n", file.read(1024))
    if begin is None:
        return False  # the name stands in a text
    file.seek(start + begin.end())
    inflate = zlib.decompressobj()
    tail = b""
    total = 0
    try:
        while not inflate.eof and (packed := inflate.unconsumed_tail or file.read(65_536)):
            plain = tail + inflate.decompress(packed, _CHUNK)
            if _NAME in plain:
                return True
            tail = plain[1 - len(_NAME) :]
            total += len(plain)
            if total > _MOST:
                return True
    except zlib.error:  # encrypted, or compressed in another way
        return True
    return False


def user_unit(empty: Exporting, document: Exporting, index: int) -> float:
    """The UserUnit of a page.

    Args:
        empty: A new document, which is closed.
        document: The one that has the page.
        index: Which page, from 0.
    """
    import io

    copy = io.BytesIO()
    with closing(empty):
        empty.import_pages(document, [index])
        empty.save(copy)
    saved = copy.getvalue()
    # PDFium sorts the entries of a dictionary: this stands right after the type.
    found = re.search(rb"/Type/Page/UserUnit\s+([-+.\d]+)(\s+\d+\s+R)?", saved)
    number = found and (_object(saved, found[1]) if found[2] else found[1])
    try:
        value = float(number) if number else 1.0
    except ValueError:
        return 1.0
    return value if 0 < value < math.inf else 1.0


def _object(saved: bytes, number: bytes) -> bytes | None:
    found = re.search(rb"[\r\n]%b 0 obj\s+([-+.\d]+)\s+endobj" % re.escape(number), saved)
    return found and found[1]
