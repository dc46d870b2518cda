"""The program of a process that renders pages: `_inputs/pdf_process.py` starts it.

It reads requests from stdin and answers to stdout, until stdin ends. A request that takes too long ends the process:
the watchdog is a thread of C, which needs nothing that PDFium holds, and which goes on if the parent has died.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import struct
import sys
from typing import TYPE_CHECKING, TypedDict

from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from typing import IO

    from vlmrun._inputs.pdf import Document

__all__ = ["Answer", "Request", "main", "read_frame", "write_frame"]

_LENGTHS = struct.Struct(">II")


class Request(TypedDict):
    """What the parent asks for."""

    path: str | None
    """Where the PDF is; `None` only closes the document that is open."""
    document: int
    """A number that only this document has; it stays open until another one is asked for."""
    page: int | None
    """The page to render, from 0; `None` only opens the document."""
    scale: float
    """Pixels per point (1/72 inch)."""
    seconds: float
    """How long this may take."""


class Answer(TypedDict, total=False):
    """What the parent gets, beside the PNG of a page."""

    pages: int
    """How many pages the document has."""
    error: str
    """The message of an error."""
    suggestion: str | None
    """Its remedy."""
    missing: str
    """The package that cannot be imported."""


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which may go on
    requests = sys.stdin.buffer
    with open(os.devnull, "wb") as nowhere, os.fdopen(os.dup(1), "wb", buffering=0) as answers:
        os.dup2(nowhere.fileno(), 1)  # whatever else prints must not be taken for an answer
        write_frame(answers, {}, b"")
        opened = _Opened()
        while (frame := read_frame(requests)) is not None:
            request: Request = json.loads(frame[0])
            faulthandler.dump_traceback_later(request["seconds"], exit=True, file=nowhere)
            answer, png = _answered(opened, request)
            faulthandler.cancel_dump_traceback_later()
            write_frame(answers, answer, png)


class _Opened:
    """The document that is open, if there is one."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._document: Document | None = None

    def get(self, path: str, number: int) -> Document:
        from vlmrun._inputs.pdf import Document

        if self._document is None or self._number != number:
            self.close()
            self._document = Document(path)
            self._number = number
        return self._document

    def close(self) -> None:
        if self._document is not None:
            self._document.close()
            self._document = None


def _answered(opened: _Opened, request: Request) -> tuple[Answer, bytes]:
    path = request["path"]
    try:
        if path is None:
            opened.close()
            return {}, b""
        document = opened.get(path, request["document"])
        page = request["page"]
        return {"pages": document.pages}, b"" if page is None else document.png(page, request["scale"])
    except ImportError as error:
        return {"missing": error.name or "a package"}, b""
    except InputError as error:
        return {"error": error.message, "suggestion": error.suggestion}, b""


# What goes through the pipes: two lengths, JSON, and bytes ------------------------------------------------------------


def write_frame(stream: IO[bytes], message: Request | Answer, data: bytes) -> None:
    """Write a message, and the bytes that belong to it, to a pipe."""
    text = json.dumps(message).encode()
    for piece in (_LENGTHS.pack(len(text), len(data)) + text, data):
        left = memoryview(piece)
        while left:
            left = left[stream.write(left) :]
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Read a message, and the bytes that belong to it; `None` if the other side has ended."""
    head = _read(stream, _LENGTHS.size)
    if head is None:
        return None
    lengths: tuple[int, int] = _LENGTHS.unpack(head)
    text = _read(stream, lengths[0])
    data = _read(stream, lengths[1])
    return None if text is None or data is None else (text, data)


def _read(stream: IO[bytes], length: int) -> bytes | None:
    """Exactly so many bytes; `None` if there are fewer."""
    pieces: list[bytes] = []
    while length and (piece := stream.read(length)):
        pieces.append(piece)
        length -= len(piece)
    return None if length else b"".join(pieces)
