"""Reading the bodies of uploads, piece by piece as they arrive.

See RFC 7578.
"""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from vlmrun.local._store.disk import Incoming
from vlmrun.local._wire.errors import Problem, RefusalError

__all__ = ["read_form", "read_raw"]

_PART = "file"
_LOC = ("body", _PART)
_HEADERS_LIMIT = 16 * 1024
"""Bytes: what is not the file is kept in memory."""


async def read_raw(request: Request, incoming: Incoming) -> None:
    """Write a body as it is.

    Args:
        request: The request.
        incoming: Where to write.

    Raises:
        ClientDisconnect: The client went away.
    """
    async for piece in request.stream():
        incoming.write(piece)


async def read_form(request: Request, incoming: Incoming) -> str:
    """Write the part `file` of a form; other parts are passed over.

    Args:
        request: The request.
        incoming: Where to write.

    Returns:
        The part's file name.

    Raises:
        ClientDisconnect: The client went away.
        RefusalError: 422, the body is no form, is cut short, or has not one part `file` with a name.
    """
    form = _Form(incoming)
    try:
        media_type, options = parse_options_header(request.headers.get("content-type"))
        if media_type != b"multipart/form-data" or not options.get(b"boundary"):
            raise _refusal(("body",), "The Content-Type must be multipart/form-data, with a boundary", "not_multipart")
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": form.begin_part,
                "on_header_field": form.add_header_name,
                "on_header_value": form.add_header_value,
                "on_header_end": form.end_header,
                "on_headers_finished": form.end_headers,
                "on_part_data": form.add_data,
                "on_end": form.end,
            },
        )
        async for piece in request.stream():
            parser.write(piece)
    # Some releases raise a UnicodeError for names that are not Latin-1.
    except (FormParserError, UnicodeError) as error:
        raise _refusal(("body",), f"The body is not multipart/form-data: {error}", "multipart_invalid") from error
    if not form.is_complete:
        raise _refusal(("body",), "The body is cut short: its last boundary is missing", "multipart_invalid")
    if form.filename is None:
        raise _refusal(_LOC, "Field required", "missing")
    return form.filename


def _refusal(loc: tuple[str, ...], message: str, kind: str) -> RefusalError:
    return RefusalError(422, [Problem(loc, message, kind)])


class _Form:
    """What the parser finds."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._name = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._spent = 0
        self._is_wanted = False
        self.filename: str | None = None
        self.is_complete = False

    def begin_part(self) -> None:
        self._disposition = b""
        self._is_wanted = False
        self._spent = 0

    def add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._spend(end - start)
        self._name += data[start:end]

    def add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._spend(end - start)
        self._value += data[start:end]

    def end_header(self) -> None:
        if bytes(self._name).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._is_wanted = options.get(b"name") == _PART.encode()
        if not self._is_wanted:
            return
        if self.filename is not None:
            raise _refusal(_LOC, "There must be one part of this name", "too_many")
        name = options.get(b"filename")
        if not name:
            raise _refusal(_LOC, "The part must be a file, with a file name", "not_a_file")
        try:
            self.filename = name.decode()
        except UnicodeDecodeError:
            self.filename = name.decode("latin-1")

    def add_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_wanted:
            self._incoming.write(memoryview(data)[start:end])

    def end(self) -> None:
        self.is_complete = True

    def _spend(self, count: int) -> None:
        self._spent += count
        if self._spent > _HEADERS_LIMIT:
            raise FormParserError("The headers of a part are too long")
