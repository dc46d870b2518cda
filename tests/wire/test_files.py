"""Files on the wire: what goes out per API.md §3.2, to VLM Run and to the storage behind it."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import FILE, NO_FILE, PROMISE, Answer, Answerer, LoopbackServer, Sent, fake_wire, json_answer, vlm_run
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    InputError,
    NetworkError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ResourceNotFoundError,
    ResponseValidationError,
    ServerError,
)
from vlmrun.client.types import FileResponse

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

PDF = b"%PDF-1.7\n\x00\xff\r\n--"
MD5 = hashlib.md5(PDF, usedforsecurity=False).hexdigest()
FOUND = FileResponse.model_validate(FILE)
STORAGE, _, SIGNATURE = str(PROMISE["url"]).partition("?")
SECRETS = (str(PROMISE["url"]), SIGNATURE, "sesame-4711", "X-Signature")
METHODS = ("direct", "presigned-url")
both_methods = pytest.mark.parametrize("method", METHODS)


@dataclass(frozen=True)
class Part:
    """The one part of a form."""

    filename: str
    media_type: str
    content: bytes


def form(sent: Sent) -> Part:
    """What a form holds, read as strictly as a server may: one part, two headers, and a length that is right."""
    media_type, _, boundary = (sent.header("content-type") or "").partition("; boundary=")
    assert media_type == "multipart/form-data"
    first, last = f"--{boundary}\r\n".encode(), f"\r\n--{boundary}--\r\n".encode()
    assert sent.body.startswith(first)
    assert sent.body.endswith(last)
    assert sent.header("content-length") == str(len(sent.body))
    assert sent.header("transfer-encoding") is None
    head, _, content = sent.body[len(first) : -len(last)].partition(b"\r\n\r\n")
    told = re.fullmatch(
        rb'Content-Disposition: form-data; name="file"; filename="([^"\r\n\0]+)"\r\nContent-Type: ([\x21-\x7e]+)', head
    )
    assert told is not None, head
    return Part(told[1].decode(), told[2].decode(), content)


def query(sent: Sent) -> dict[str, str]:
    """The query, in which nothing stands twice."""
    pairs = parse_qsl(urlsplit(sent.url).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def step(sent: Sent) -> str:
    """Which step of an upload a request is."""
    if sent.method == "PUT":
        return "put"
    segments = sent.path.partition("/v1/")[2].split("/")
    if sent.method == "POST":
        return "presign" if segments == ["files", "presigned-url"] else "post"
    return {"hash": "find", "verify-upload": "verify"}.get(segments[1], "get")


def steps(sent: list[Sent]) -> list[str]:
    """The steps of an upload."""
    return list(map(step, sent))


Reply = Answer | Exception | list[Answer | Exception]


def instead(**replies: Reply) -> Answerer:
    """VLM Run, which answers some steps in another way; a list is answered with in turn."""
    left: Mapping[str, Iterator[Answer | Exception]] = {
        name: iter(reply) for name, reply in replies.items() if isinstance(reply, list)
    }

    def answer(sent: Sent) -> Answer | Exception:
        reply = replies.get(step(sent))
        if isinstance(reply, list):
            reply = next(left[step(sent)], None)
        return vlm_run(sent) if reply is None else reply

    return answer


def upload(source: object, **arguments: Any) -> Use:
    """An upload, for a client of either colour."""
    return lambda client: client.files.upload(source, **arguments)


def sent_by(colour: Colour, use: Use, answer: Answerer = vlm_run, **options: Any) -> list[Sent]:
    """The requests of a call."""
    with fake_wire(answer) as sent:
        colour.run(use, **options)
    return sent


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited before requests were repeated; no time passes."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(waiting, "sleep", waited.append)
    monkeypatch.setattr(waiting, "async_sleep", sleep)
    return waited


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file."""
    file = tmp_path / "invoice.pdf"
    file.write_bytes(PDF)
    return file


# What goes out --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A call, and the request that it is to make."""

    use: Use
    method: str
    path: str
    query: Mapping[str, str]


CASES = {
    "list": Case(lambda c: c.files.list(), "GET", "/files", {"skip": "0", "limit": "10"}),
    "list, a part": Case(lambda c: c.files.list(skip=20, limit=1000), "GET", "/files", {"skip": "20", "limit": "1000"}),
    "get": Case(lambda c: c.files.get("f-1"), "GET", "/files/f-1", {"generate_public_url": "false"}),
    "get with a URL": Case(
        lambda c: c.files.get("f-1", generate_public_url=True), "GET", "/files/f-1", {"generate_public_url": "true"}
    ),
    "get, any text": Case(
        lambda c: c.files.get("../x?a=b#c/ü"),
        "GET",
        "/files/..%2Fx%3Fa%3Db%23c%2F%C3%BC",
        {"generate_public_url": "false"},
    ),
    "delete": Case(lambda c: c.files.delete("f-1"), "DELETE", "/files/f-1", {}),
    "delete, any text": Case(lambda c: c.files.delete("../x"), "DELETE", "/files/..%2Fx", {}),
}


@both_colours
@pytest.mark.parametrize("name", CASES)
def test_a_call_makes_its_request(colour: Colour, name: str) -> None:
    """Each method sends the documented request, with the key, and nothing besides."""
    case = CASES[name]
    (sent,) = sent_by(colour, case.use)
    assert (sent.method, sent.url.partition("?")[0]) == (case.method, f"{BASE_URL}{case.path}")
    assert query(sent) == case.query
    assert sent.body == b""
    assert sent.header("authorization") == f"Bearer {API_KEY}"


@both_colours
def test_answers_are_files(colour: Colour) -> None:
    """What comes back are files, a page of them, or nothing."""
    with fake_wire():
        assert colour.run(lambda c: c.files.get("f-1")) == FOUND
        assert colour.run(lambda c: c.files.list()).data == [FOUND, FOUND]
        assert colour.run(lambda c: c.files.delete("f-1")) is None


@both_colours
def test_a_direct_upload_is_a_lookup_and_a_form(colour: Colour, path: Path) -> None:
    """The server is asked for the hash, then gets the bytes with their name and type; no URL is made for anybody."""
    find, post = sent_by(colour, upload(path))
    assert (find.method, find.url, find.body) == ("GET", f"{BASE_URL}/files/hash/{MD5}", b"")
    assert (post.method, post.url.partition("?")[0]) == ("POST", f"{BASE_URL}/files")
    assert query(post) == {"purpose": "assistants", "generate_public_url": "false"}
    assert form(post) == Part("invoice.pdf", "application/pdf", PDF)
    for sent in (find, post):
        assert sent.header("authorization") == f"Bearer {API_KEY}"
        assert sent.header("accept") == "application/json"


@both_colours
def test_the_query_of_a_direct_upload(colour: Colour) -> None:
    """The purpose and the wish for a URL are the query, also where the purpose is not known here."""
    public = json_answer({**FILE, "public_url": "https://files.test/a"}, 201)
    sent = sent_by(colour, upload(PDF, purpose="of & tomorrow", generate_public_url=True), instead(post=public))
    assert steps(sent) == ["find", "post"]
    assert query(sent[1]) == {"purpose": "of & tomorrow", "generate_public_url": "true"}


@both_colours
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"filename": "invoice.pdf", "purpose": "assistants", "expiration": 86_400}),
        (
            {"filename": "a/ü\n.txt", "purpose": "vision", "expiration": 60},
            {"filename": "a/ü_.txt", "purpose": "vision", "expiration": 60},
        ),
    ],
)
def test_a_presigned_upload(colour: Colour, path: Path, arguments: dict[str, Any], expected: dict[str, Any]) -> None:
    """A promise is asked for, kept with a PUT of the bytes to the storage, and verified."""
    find, presign, put, verify = sent_by(colour, upload(path, method="presigned-url", **arguments))
    assert find.url == f"{BASE_URL}/files/hash/{MD5}"
    assert (presign.method, presign.url, presign.json()) == ("POST", f"{BASE_URL}/files/presigned-url", expected)
    assert (put.method, put.url, put.body) == ("PUT", PROMISE["url"], PDF)
    assert put.header("content-type") == "application/vnd.invoice"
    assert put.header("content-length") == str(len(PDF))
    assert (verify.method, verify.url) == ("GET", f"{BASE_URL}/files/verify-upload/{FILE['id']}")


@both_colours
def test_the_storage_learns_nothing_of_the_client(colour: Colour, path: Path) -> None:
    """Neither the key nor the client's headers go to the storage: they are for VLM Run, where they do go."""
    headers = {"X-Team": "blue", "Authorization": "Basic eA==", "X-Api-Key": "k", "Content-Type": "text/x"}
    sent = sent_by(colour, upload(path, method="presigned-url"), default_headers=headers)
    put = sent[2]
    free = {"accept", "accept-encoding", "connection"}
    assert put.header_names - free == {"host", "content-type", "content-length", "user-agent"}
    assert put.header("host") == "storage.test"
    assert API_KEY not in str(put.headers)
    assert [request.header("x-team") for request in sent] == ["blue", "blue", None, "blue"]


@both_colours
def test_default_headers_leave_a_form_readable(colour: Colour) -> None:
    """A `Content-Type` that somebody set for all requests cannot be that of a form, whose boundary only it knows."""
    sent = sent_by(colour, upload(PDF), default_headers={"content-type": "application/json", "X-Team": "blue"})
    assert form(sent[1]).content == PDF
    assert sent[1].header("x-team") == "blue"


@both_colours
def test_the_type_for_the_storage_is_the_returned_one_or_ours(colour: Colour) -> None:
    """A promise without a content type is kept with the type of the bytes; `upload_method` may be in lower case."""
    promise = {name: PROMISE[name] for name in ("id", "url")}
    for more in ({}, {"content_type": None}, {"upload_method": "put"}, {"method": "PUT"}):
        sent = sent_by(colour, upload(PDF, method="presigned-url"), instead(presign=json_answer({**promise, **more})))
        assert sent[2].header("content-type") == "application/pdf"


@both_colours
@pytest.mark.parametrize("size", [9, 10, 11])
@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_the_size_decides_unless_the_caller_does(
    colour: Colour, size: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to and including the limit goes through the API, one byte more to the storage; `method` overrules it."""
    monkeypatch.setattr("vlmrun._inputs.uploads.MAX_DIRECT_BYTES", 10)
    sent = sent_by(colour, upload(b"x" * size, method=method))
    direct = method == "direct" or (method == "auto" and size <= 10)
    assert steps(sent) == (["find", "post"] if direct else ["find", "presign", "put", "verify"])
    assert (form(sent[1]).content if direct else sent[2].body) == b"x" * size


def test_the_limit_is_that_of_the_api() -> None:
    """32 MiB."""
    from vlmrun.client.files import DEFAULT_EXPIRATION, MAX_DIRECT_BYTES

    assert (MAX_DIRECT_BYTES, DEFAULT_EXPIRATION) == (33_554_432, 86_400)


@both_colours
@both_methods
def test_an_upload_returns_what_the_server_says_at_last(colour: Colour, method: str) -> None:
    """The file is that of the form's answer, or of the verification."""
    other = json_answer({**FILE, "id": "f-2", "new": 1})
    with fake_wire(instead(post=other, verify=other)):
        found = colour.run(upload(PDF, method=method))
    assert isinstance(found, FileResponse)
    assert (found.id, found.model_extra) == ("f-2", {"new": 1})


# Names and types ------------------------------------------------------------------------------------------------------

NAMED: dict[str, tuple[bytes, str | None, str, str]] = {
    "bytes that say what they are": (PDF, None, "upload.pdf", "application/pdf"),
    "bytes that say nothing": (b"hello", None, "upload.bin", "application/octet-stream"),
    "a name that says it": (b"a;b\n", "table.csv", "table.csv", "text/csv"),
    "a name that is wrong": (PDF, "scan.txt", "scan.txt", "application/pdf"),
    "a name that says nothing": (b"hello", "README", "README", "application/octet-stream"),
}


@both_colours
@pytest.mark.parametrize("name", NAMED)
def test_names_and_types(colour: Colour, name: str) -> None:
    """The type is what the bytes say, else what the name says; bytes without a name get one of their type."""
    content, given, filename, media_type = NAMED[name]
    sent = sent_by(colour, upload(content, filename=given))
    assert form(sent[1]) == Part(filename, media_type, content)


@both_colours
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_all_kinds(colour: Colour, kind: Callable[[bytes], object]) -> None:
    """What holds bytes is uploaded as bytes."""
    assert form(sent_by(colour, upload(kind(PDF)))[1]).content == PDF


@both_colours
def test_paths_of_all_kinds(colour: Colour, path: Path) -> None:
    """A path may be text or an object; its last part is the name, unless another is given."""
    for source in (path, str(path)):
        assert form(sent_by(colour, upload(source))[1]) == Part("invoice.pdf", "application/pdf", PDF)
    assert form(sent_by(colour, upload(path, filename="other.pdf"))[1]).filename == "other.pdf"


WEIRD = {
    "quotes": 'a"b.pdf',
    "quotes that would end it": '"; name="purpose',
    "newlines": "a\r\nX-Injected: 1\r\n\r\nb.pdf",
    "a NUL": "a\0b.pdf",
    "a backslash": "C:\\a\\b.pdf",
    "an escape": "a%22b.pdf",
    "other scripts": "請求書 é 🧾.pdf",
    "long": "x" * 5000,
    "blanks": "  ",
    "half a character": "scan-\udcff.pdf",
}

# What is no text in a name, or would end it, is replaced.
FIT = {
    "quotes": "a_b.pdf",
    "quotes that would end it": "_; name=_purpose",
    "newlines": "a__X-Injected: 1____b.pdf",
    "a NUL": "a_b.pdf",
    "half a character": "scan-?.pdf",
}


@both_colours
@both_methods
@pytest.mark.parametrize("name", WEIRD)
def test_no_name_breaks_the_upload(colour: Colour, method: str, name: str) -> None:
    """Whatever a file is called, the request is one part with its bytes, and JSON where that is asked for."""
    sent = sent_by(colour, upload(PDF, filename=WEIRD[name], method=method))
    if method == "direct":
        part = form(sent[1])
        assert part.content == PDF
        assert part.filename.replace("\\\\", "\\") == FIT.get(name, WEIRD[name])  # as a quoted string has it
    else:
        told = sent[1].json()["filename"]
        assert told == FIT.get(name, WEIRD[name])
        assert sent[2].body == PDF


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are not bytes there")
@both_colours
@both_methods
def test_a_name_on_disk_that_is_no_text(colour: Colour, method: str, tmp_path: Path) -> None:
    """A file whose name is not UTF-8 can be uploaded: what is no text in its name is replaced."""
    path = os.fsencode(tmp_path) + b"/scan-\xff.pdf"
    with open(path, "wb") as file:
        file.write(PDF)
    sent = sent_by(colour, upload(os.fsdecode(path), method=method))
    assert (form(sent[1]).filename if method == "direct" else sent[1].json()["filename"]) == "scan-?.pdf"


# Open files -----------------------------------------------------------------------------------------------------------


def _of_bytes(_: Path) -> BinaryIO:
    return io.BytesIO(PDF)


def _of_path(path: Path) -> BinaryIO:
    return path.open("rb")


def _unbuffered(path: Path) -> BinaryIO:
    return path.open("rb", buffering=0)


def _unflushed(path: Path) -> BinaryIO:
    file = path.with_name("unflushed.pdf").open("w+b")
    file.write(PDF)
    return file


def _temporary(_: Path) -> Any:
    file = tempfile.NamedTemporaryFile(suffix=".pdf")  # noqa: SIM115  # the test closes it
    file.write(PDF)
    return file


def _spooled(_: Path) -> Any:
    file = tempfile.SpooledTemporaryFile(max_size=100)  # noqa: SIM115  # the test closes it
    file.write(PDF)
    return file


def _by_number(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb")


def _compressed(path: Path) -> Any:
    packed = path.with_name("invoice.pdf.gz")
    packed.write_bytes(gzip.compress(PDF))
    return gzip.open(packed, "rb")


OPEN: dict[str, tuple[Callable[[Path], BinaryIO], str | None]] = {
    "of bytes": (_of_bytes, "upload.pdf"),
    "of a path": (_of_path, "invoice.pdf"),
    "unbuffered": (_unbuffered, "invoice.pdf"),
    "with bytes that are not yet written": (_unflushed, "unflushed.pdf"),
    "temporary": (_temporary, None),
    "spooled": (_spooled, "upload.pdf"),
    "by its number": (_by_number, "upload.pdf"),
    "compressed": (_compressed, None),
}


@both_colours
@both_methods
@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize("position", [0, 3, len(PDF)])
def test_an_open_file_is_uploaded_whole_and_left_where_it_stood(
    colour: Colour, path: Path, method: str, name: str, position: int
) -> None:
    """An open file goes from its first byte to its last wherever it stands, and is not moved or closed."""
    make, filename = OPEN[name]
    with make(path) as file:
        file.seek(position)
        sent = sent_by(colour, upload(file, method=method))
        assert file.tell() == position
        assert file.read() == PDF[position:]
    assert sent[0].path.endswith(MD5)
    assert (form(sent[1]).content if method == "direct" else sent[2].body) == PDF
    if filename is not None:
        assert (form(sent[1]).filename if method == "direct" else sent[1].json()["filename"]) == filename


@both_colours
@both_methods
def test_an_open_file_is_left_where_it_stood_after_a_failure(colour: Colour, method: str) -> None:
    """Also where the upload fails, and where the file is there already."""
    broken = instead(post=Answer(400), put=Answer(400))
    file = io.BytesIO(PDF)
    file.seek(5)
    with fake_wire(broken), pytest.raises(APIError):
        colour.run(upload(file, method=method))
    assert file.tell() == 5
    sent_by(colour, upload(file, method=method), instead(find=json_answer(FILE)))
    assert file.tell() == 5


# What is there already ------------------------------------------------------------------------------------------------


@both_colours
@both_methods
def test_what_is_there_for_the_purpose_is_not_uploaded(colour: Colour, method: str) -> None:
    """The file that the server has of these bytes is returned."""
    with fake_wire(instead(find=json_answer(FILE))) as sent:
        assert colour.run(upload(PDF, method=method)) == FOUND
    assert steps(sent) == ["find"]


UPLOADED_ALL_THE_SAME = {
    "there for another purpose": json_answer({**FILE, "purpose": "vision"}),
    "there for a purpose that is not told": json_answer({**FILE, "purpose": None}),
    "nothing": json_answer(NO_FILE),
    "nothing, in other words": json_answer({"id": ""}),
    "nothing, in few words": json_answer({}),
    "404": json_answer({"detail": "Not found."}, 404),
}


@both_colours
@both_methods
@pytest.mark.parametrize("name", UPLOADED_ALL_THE_SAME)
def test_what_is_not_there_for_the_purpose_is_uploaded(colour: Colour, method: str, name: str) -> None:
    """A file for another purpose is another file, and an older server says with a 404 that there is none."""
    sent = sent_by(colour, upload(PDF, method=method), instead(find=UPLOADED_ALL_THE_SAME[name]))
    assert steps(sent)[1:] == (["post"] if method == "direct" else ["presign", "put", "verify"])


@both_colours
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({"detail": "Who?"}, 401), AuthenticationError),
        (json_answer({}, 500), ServerError),
        (json_answer([]), ResponseValidationError),
        (Answer(200, b"<html>"), ResponseValidationError),
        (httpx2.ConnectError("refused"), NetworkError),
    ],
)
def test_a_lookup_that_fails_is_raised(colour: Colour, answer: Answer | Exception, error: type[APIError]) -> None:
    """Any other failure of the lookup is the upload's: nothing is uploaded."""
    with fake_wire(instead(find=answer)) as sent, pytest.raises(error):
        colour.run(upload(PDF))
    assert steps(sent) == ["find"]


@both_colours
def test_a_storage_that_is_not_there(colour: Colour) -> None:
    """The server has named it, so its host is nothing that an option of the client could change."""
    for error in (httpx2.ConnectTimeout(""), httpx2.ReadError(""), httpx2.ConnectError("")):
        with fake_wire(instead(put=error)), pytest.raises(APIError) as caught:
            colour.run(upload(PDF, method="presigned-url"))
        assert "storage.test" in str(caught.value)
        assert "BASE_URL" not in str(caught.value)
        assert "the network and the proxy." in str(caught.value)


@both_colours
@both_methods
def test_force_makes_no_lookup(colour: Colour, method: str) -> None:
    """With `force` the bytes go out whatever is there."""
    sent = sent_by(colour, upload(PDF, method=method, force=True), instead(find=json_answer(FILE)))
    assert steps(sent) == (["post"] if method == "direct" else ["presign", "put", "verify"])


@both_colours
def test_a_public_url_is_asked_for_where_none_came(colour: Colour) -> None:
    """A file that was there, or went to the storage, comes without a URL: where one is wanted it is asked for."""
    public = {**FILE, "public_url": "https://files.test/a?signature=s"}
    with fake_wire(instead(find=json_answer(FILE), get=json_answer(public))) as sent:
        found = colour.run(upload(PDF, generate_public_url=True))
    assert steps(sent) == ["find", "get"]
    assert (sent[1].path, query(sent[1])) == (f"/v1/files/{FILE['id']}", {"generate_public_url": "true"})
    assert found.public_url == public["public_url"]
    assert "signature" not in repr(found)

    sent = sent_by(
        colour,
        upload(PDF, generate_public_url=True, method="presigned-url"),
        instead(get=json_answer(public)),
    )
    assert steps(sent) == ["find", "presign", "put", "verify", "get"]
    # Where one came, none is asked for.
    for answers in (instead(find=json_answer(public)), instead(post=json_answer(public))):
        assert "get" not in steps(sent_by(colour, upload(PDF, generate_public_url=True), answers))


# Again ----------------------------------------------------------------------------------------------------------------

LONG = b"%PDF-" + bytes(range(256)) * 1200
"""Longer than what is read and sent at a time."""


@both_colours
@pytest.mark.parametrize("opened", [False, True])
def test_a_form_is_repeated_whole(colour: Colour, opened: bool, waits: list[float]) -> None:
    """Each attempt has all the bytes, from the first one, and is the same request; there are no more than may be."""
    source = io.BytesIO(LONG) if opened else LONG
    passing: Reply = [Answer(429), Answer(503), httpx2.ConnectError("refused")]
    sent = sent_by(colour, upload(source), instead(post=passing), max_retries=3)
    assert steps(sent) == ["find", "post", "post", "post", "post"]
    assert sent[1:] == [sent[1]] * 4
    assert form(sent[4]).content == LONG
    assert len(waits) == 3


@both_colours
@pytest.mark.parametrize("name", ["500", "408", "read error", "write error", "read timeout"])
def test_a_form_is_not_sent_twice(colour: Colour, name: str, waits: list[float]) -> None:
    """Where the server may have the file, it is not uploaded again."""
    failures: dict[str, Answer | Exception] = {
        "500": Answer(500),
        "408": Answer(408),
        "read error": httpx2.ReadError("reset"),
        "write error": httpx2.WriteError("reset"),
        "read timeout": httpx2.ReadTimeout("slow"),
    }
    with fake_wire(instead(post=failures[name])) as sent, pytest.raises(APIError):
        colour.run(upload(PDF), max_retries=5)
    assert steps(sent) == ["find", "post"]
    assert waits == []


@both_colours
@pytest.mark.parametrize("opened", [False, True])
def test_a_put_is_repeated_whole(colour: Colour, opened: bool, waits: list[float]) -> None:
    """A PUT puts the same bytes to the same place, so it is repeated after any passing failure, whole each time."""
    source = io.BytesIO(LONG) if opened else LONG
    passing: Reply = [Answer(500), httpx2.WriteError("reset"), httpx2.ReadError("reset"), Answer(503), Answer(408)]
    sent = sent_by(colour, upload(source, method="presigned-url"), instead(put=passing), max_retries=5)
    assert steps(sent) == ["find", "presign", *["put"] * 6, "verify"]
    assert sent[2:8] == [sent[2]] * 6
    assert sent[2].body == LONG
    assert len(waits) == 5


@both_colours
def test_a_put_that_was_cut_off_is_repeated_whole(colour: Colour, waits: list[float]) -> None:
    """The same over a socket, with bytes by the megabyte: the connection breaks after them, and they come again."""
    content = bytes(range(256)) * 12_000

    def answer(sent: Sent) -> Answer | Exception:
        if step(sent) == "presign":
            return json_answer({**PROMISE, "url": f"{server.origin}/bucket/a?X-Signature=s"})
        if step(sent) == "put" and steps(server.sent).count("put") < 3:
            return ConnectionResetError()
        return vlm_run(sent)

    with LoopbackServer(answer) as server:
        found = colour.run(upload(content, method="presigned-url"), base_url=server.base_url, max_retries=3)
    assert found == FOUND
    puts = [sent for sent in server.sent if step(sent) == "put"]
    assert [put.body == content for put in puts] == [True, True, True]
    assert len(waits) == 2


@both_colours
@both_methods
def test_over_a_socket(colour: Colour, method: str, path: Path) -> None:
    """What a real server gets is what was sent: the length is told, and the bytes are those of the file."""

    def answer(sent: Sent) -> Answer:
        if step(sent) == "presign":
            return json_answer({**PROMISE, "url": f"{server.origin}/bucket/a?X-Signature=s"})
        return vlm_run(sent)

    with LoopbackServer(answer) as server:
        assert colour.run(upload(path, method=method), base_url=server.base_url) == FOUND
        with path.open("rb") as file:
            assert colour.run(upload(file, method=method), base_url=server.base_url) == FOUND
    half = len(server.sent) // 2
    for sent in (server.sent[:half], server.sent[half:]):
        if method == "direct":
            assert form(sent[1]) == Part("invoice.pdf", "application/pdf", PDF)
        else:
            assert (sent[2].body, sent[2].header("content-length")) == (PDF, str(len(PDF)))
            assert sent[2].header("transfer-encoding") is None


# What does not go out -------------------------------------------------------------------------------------------------


def refused(colour: Colour, use: Use) -> InputError:
    """The error of a call that must be refused on this side."""
    with fake_wire() as sent, pytest.raises(InputError) as caught:
        colour.run(use)
    assert sent == []
    assert caught.value.message
    assert caught.value.suggestion
    return caught.value


@both_colours
def test_files_that_are_none_are_refused(colour: Colour, tmp_path: Path, path: Path) -> None:
    """What cannot be read is refused before anything is sent, and the message says which argument it was."""
    empty = tmp_path / "empty.pdf"
    empty.touch()
    closed = path.open("rb")
    closed.close()
    with (
        path.open(encoding="latin-1") as text,
        (tmp_path / "w").open("wb") as write_only,
        empty.open("rb") as empty_file,
    ):
        sources: list[object] = [
            tmp_path / "missing.pdf",
            str(tmp_path / "missing.pdf"),
            tmp_path,
            f"{path}\0",
            "",
            closed,
            text,
            write_only,
            io.StringIO("text"),
            empty,
            empty_file,
            b"",
            io.BytesIO(),
            None,
            17,
            [path],
            object(),
        ]
        for source in sources:
            assert "file" in refused(colour, upload(source)).message
            refused(colour, upload(source, force=True, method="presigned-url"))


@both_colours
@pytest.mark.parametrize(
    "url",
    ["https://example.com/a.pdf", "HTTP://example.com", "data:application/pdf;base64,AA==", Path("https://e.com/a")],
)
def test_a_url_is_no_file(colour: Colour, url: object) -> None:
    """Whoever passes a URL is told that it needs no upload."""
    assert "content.file" in str(refused(colour, upload(url)))


@both_colours
@pytest.mark.parametrize("name", ["data", "http", "HTTPS"])
def test_a_file_may_be_called_like_a_scheme(
    colour: Colour, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes a URL is the colon, and not the letters before it."""
    (tmp_path / name).write_bytes(b"%PDF-1.7")
    monkeypatch.chdir(tmp_path)
    with fake_wire() as sent:
        colour.run(lambda c: c.files.upload(name, force=True))
    assert f'filename="{name}"'.encode() in sent[0].body


@both_colours
@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"method": "post"}, "method"),
        ({"method": None}, "method"),
        ({"method": []}, "method"),
        ({"expiration": 0}, "expiration"),
        ({"expiration": -1}, "expiration"),
        ({"expiration": True}, "expiration"),
        ({"expiration": 60.5}, "expiration"),
        ({"expiration": "60"}, "expiration"),
        ({"expiration": None}, "expiration"),
        ({"purpose": "half a character: \ud800", "force": True}, "purpose"),
        ({"filename": ""}, "filename"),
        ({"filename": 5}, "filename"),
        ({"filename": Path("a.pdf")}, "filename"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(colour: Colour, arguments: dict[str, Any], argument: str) -> None:
    """The message names the argument."""
    assert refused(colour, upload(PDF, **arguments)).message.startswith(argument)


@both_colours
@pytest.mark.parametrize("file_id", ["", None, 5, b"f-1", ".", ".."])
def test_an_id_that_is_none_is_refused(colour: Colour, file_id: object) -> None:
    """What cannot be an identifier is sent nowhere."""
    refused(colour, lambda c: c.files.get(file_id))
    refused(colour, lambda c: c.files.delete(file_id))


@both_colours
@pytest.mark.parametrize("window", [{"skip": -1}, {"skip": True}, {"limit": 0}, {"limit": 1001}, {"limit": None}])
def test_a_window_out_of_range_is_refused(colour: Colour, window: dict[str, Any]) -> None:
    """`skip` is from 0, `limit` from 1 to 1000."""
    refused(colour, lambda c: c.files.list(**window))


# What comes back ------------------------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize(
    "answer",
    [
        Answer(204),
        Answer(200),
        json_answer(FILE),
        json_answer({"deleted": True}),
        json_answer(None),
        Answer(200, b"OK"),
    ],
)
def test_delete_takes_any_success(colour: Colour, answer: Answer) -> None:
    """Servers differ in what they say of a deleted file; all that counts is that it is gone."""
    with fake_wire(lambda _: answer):
        assert colour.run(lambda c: c.files.delete("f-1")) is None


@both_colours
def test_a_file_that_is_not_there(colour: Colour) -> None:
    """A 404 is a `ResourceNotFoundError`, with the server's words."""
    both: list[Use] = [lambda c: c.files.get("f-1"), lambda c: c.files.delete("f-1")]
    for use in both:
        with fake_wire(lambda _: json_answer({"detail": "No file."}, 404)), pytest.raises(ResourceNotFoundError) as got:
            colour.run(use)
        assert got.value.message == "No file."


@both_colours
def test_an_upload_that_is_refused(colour: Colour, waits: list[float]) -> None:
    """What the server says of a form, a promise or a verification is raised, and nothing follows."""
    answer = json_answer({"detail": "Too many."}, 429)
    for refused_step, expected in (
        ("post", ["find", "post"]),
        ("presign", ["find", "presign"]),
        ("verify", ["find", "presign", "put", "verify"]),
    ):
        method = "direct" if refused_step == "post" else "presigned-url"
        with fake_wire(instead(**{refused_step: answer})) as sent, pytest.raises(RateLimitError, match="Too many"):
            colour.run(upload(PDF, method=method))
        assert steps(sent) == expected
    assert waits == []


def _told(error: BaseException | None) -> Iterator[str]:
    """All that an error says to whoever prints or pickles it, and those behind it."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield from (str(error), repr(error), repr(error.args))
        yield from traceback.format_exception_only(type(error), error)
        if isinstance(error, APIError):
            yield repr(vars(error))
        error = error.__cause__ or error.__context__


XML = f"<Error><Code>AccessDenied</Code><Url>{PROMISE['url']}</Url><Signature>sesame-4711</Signature></Error>".encode()


@both_colours
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(403, XML, {"content-type": "application/xml", "x-url": "sesame-4711"}), PermissionDeniedError),
        (Answer(404, XML), ResourceNotFoundError),
        (Answer(400, XML), APIError),
        (Answer(503, XML), ServerError),
        (Answer(304, XML), APIError),
        (Answer(302, XML, {"location": "https://elsewhere.test/?X-Signature=sesame-4711"}), APIError),
        (Answer(307, XML, {"location": "https://elsewhere.test/?X-Signature=sesame-4711"}), APIError),
        (httpx2.ConnectError("refused"), NetworkError),
        (httpx2.ReadTimeout("slow"), RequestTimeoutError),
    ],
    ids=["403", "404", "400", "503", "304", "302", "307", "connect error", "timeout"],
)
def test_the_signature_is_a_secret(
    colour: Colour, answer: Answer | Exception, error: type[APIError], caplog: pytest.LogCaptureFixture
) -> None:
    """The storage's refusal is the error of its status; neither errors nor logs have its words or the signature."""
    caplog.set_level(logging.DEBUG)
    with fake_wire(instead(put=answer)) as sent, pytest.raises(error) as caught:
        colour.run(upload(PDF, method="presigned-url"))
    assert steps(sent) == ["find", "presign", "put"]
    assert caught.value.http_status == (answer.status if isinstance(answer, Answer) else None)
    assert caught.value.suggestion
    told = "\n".join(_told(caught.value))
    for secret in (*SECRETS, "AccessDenied", API_KEY):
        assert secret not in told
        assert secret not in caplog.text
    if not isinstance(answer, Answer):
        assert "https://storage.test" in told


@both_colours
def test_the_signature_is_not_logged(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """Where all goes well, the log says where the file went, and not with which signature."""
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(
        lambda sent: (
            json_answer({**PROMISE, "url": f"{server.origin}/bucket/a?{SIGNATURE}"})
            if step(sent) == "presign"
            else vlm_run(sent)
        )
    ) as server:
        colour.run(upload(PDF, method="presigned-url"), base_url=server.base_url)
    assert server.sent[2].url.endswith(SIGNATURE)
    assert f"PUT {server.origin}" in caplog.text  # so logs are seen here
    for secret in (SIGNATURE, "sesame-4711"):
        assert secret not in caplog.text


ODD: dict[str, Mapping[str, object]] = {
    "no URL": {"url": None},
    "an empty URL": {"url": ""},
    "no text": {"url": 5},
    "not a URL": {"url": "not a URL: sesame-4711"},
    "a path": {"url": "/bucket/a?X-Signature=sesame-4711"},
    "no host": {"url": "https://?X-Signature=sesame-4711"},
    "another scheme": {"url": "file:///etc/passwd?X-Signature=sesame-4711"},
    "a bad port": {"url": "https://storage.test:99999999/?X-Signature=sesame-4711"},
    "control characters": {"url": "https://storage.test/\n?X-Signature=sesame-4711"},
    "another method": {"upload_method": "POST"},
    "another method, by its other name": {"upload_method": None, "method": "POST"},
    "no id": {"id": None},
}


@both_colours
@pytest.mark.parametrize("name", ODD)
def test_an_odd_promise_is_not_kept(colour: Colour, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """An answer that names no way to upload is an error that says so, and the file goes nowhere."""
    caplog.set_level(logging.DEBUG)
    with (
        fake_wire(instead(presign=json_answer({**PROMISE, **ODD[name]}))) as sent,
        pytest.raises(ResponseValidationError) as caught,
    ):
        colour.run(upload(PDF, method="presigned-url"))
    assert steps(sent) == ["find", "presign"]
    assert "sesame-4711" not in str(caught.value) + repr(caught.value) + caplog.text


@both_colours
def test_a_promise_without_a_url(colour: Colour) -> None:
    """Neither is one in which nothing of the kind is named."""
    with fake_wire(instead(presign=json_answer({"id": "f-1"}))) as sent, pytest.raises(ResponseValidationError):
        colour.run(upload(PDF, method="presigned-url"))
    assert steps(sent) == ["find", "presign"]


@both_colours
@pytest.mark.parametrize("media_type", ["a/b\r\nX-Injected: 1", "a/b\0", "a/é", "a/\U0001f9fe"])
def test_a_type_for_the_storage_that_no_header_can_carry(colour: Colour, media_type: str) -> None:
    """A content type that is no header's value is an error, and never a header of its own."""
    answer = json_answer({**PROMISE, "content_type": media_type})
    with fake_wire(instead(presign=answer)) as sent, pytest.raises(ResponseValidationError):
        colour.run(upload(PDF, method="presigned-url"))
    assert steps(sent) == ["find", "presign"]
