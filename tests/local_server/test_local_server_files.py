"""Files: uploaded in a form and to a signed URL, found, served and deleted (API.md §3.2)."""

from __future__ import annotations

import gc
import glob
import hashlib
import os
import tempfile
import tracemalloc
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from typing import Any

import httpx2
import pytest

from support.local import connect, serve
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")

SIZE = 128 * 1024 * 1024
PIECE = bytes(64 * 1024)


def _upload(client: httpx2.Client, name: str = "a.txt", data: bytes = b"hello", **query: str) -> Any:
    answer = client.post("/files", params=query, files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _promise(client: httpx2.Client, name: str = "a.txt", **more: object) -> Any:
    answer = client.post("/files/presigned-url", json={"filename": name, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _put(promise: Any, data: bytes, **headers: str) -> httpx2.Response:
    return httpx2.put(promise["url"], content=data, headers={"content-type": promise["content_type"], **headers})


def _code(answer: httpx2.Response) -> tuple[int, str | None]:
    """The status and the code of an object store's refusal."""
    assert answer.headers["content-type"].startswith("application/xml")
    # The server's own few words.
    return answer.status_code, ElementTree.fromstring(answer.content).findtext("Code")  # noqa: S314


def test_uploaded_file_is_told_and_served(client: httpx2.Client) -> None:
    """An upload is 201 with all of FileResponse; its bytes are at the public URL, without a key."""
    body = _upload(client, "notes.txt", b"hello")
    assert set(body) == {"id", "filename", "bytes", "purpose", "created_at", "object", "public_url"}
    assert (body["filename"], body["bytes"], body["purpose"], body["object"]) == ("notes.txt", 5, "assistants", "file")
    assert datetime.fromisoformat(body["created_at"].replace("Z", "+00:00")).tzinfo is not None
    assert client.get(f"/files/{body['id']}").json() == body
    assert "/v1/" not in body["public_url"]
    served = httpx2.get(body["public_url"])
    assert (served.status_code, served.content) == (200, b"hello")
    assert served.headers["content-type"].startswith("text/plain")
    assert served.headers["content-length"] == "5"
    assert httpx2.head(body["public_url"]).content == b""


def test_public_url_is_made_unless_it_is_declined(client: httpx2.Client) -> None:
    """`generate_public_url` is true unless it is said to be false, in any spelling; a list has no URLs."""
    for spelling in ("false", "False", "0"):
        body = _upload(client, generate_public_url=spelling)
        assert body["public_url"] is None
    path = f"/files/{body['id']}"
    assert client.get(path, params={"generate_public_url": "false"}).json()["public_url"] is None
    assert client.get(path, params={"generate_public_url": "true"}).json()["public_url"] is not None
    assert client.get(path).json()["public_url"] is not None
    assert client.get("/files").json()[0]["public_url"] is None


def test_purpose_is_open(client: httpx2.Client) -> None:
    """Any purpose is kept."""
    assert _upload(client, purpose="of-tomorrow")["purpose"] == "of-tomorrow"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "naïve 日本語.pdf", "a;b=c.txt", "x" * 300, "CON", "."]
)
def test_file_name_is_kept_and_never_a_path(client: httpx2.Client, name: str) -> None:
    """A name comes back as it was given, by both ways of uploading, and leads nowhere."""
    before = os.stat("/etc/passwd").st_mtime if os.path.exists("/etc/passwd") else None
    assert _upload(client, name)["filename"] == name
    promise = _promise(client, name)
    assert _put(promise, b"x").status_code == 200
    assert client.get(f"/files/verify-upload/{promise['id']}").json()["filename"] == name
    assert before == (os.stat("/etc/passwd").st_mtime if os.path.exists("/etc/passwd") else None)


def test_files_are_paged_newest_first() -> None:
    """A page is cut by skip and limit from a list that begins with the newest; the default is 10."""
    with LocalServer() as own, closing(httpx2.Client(base_url=own.base_url)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        ids = [_upload(client)["id"] for _ in range(12)][::-1]

        def page(query: str) -> list[str]:
            return [body["id"] for body in client.get(f"/files{query}").json()]

        assert page("") == ids[:10]
        assert page("?limit=1000") == ids
        assert page("?skip=3&limit=2") == ids[3:5]
        assert client.get("/files?limit=0").status_code == 422


def test_file_is_found_by_its_md5(client: httpx2.Client) -> None:
    """The newest file of the bytes is found; an unknown hash is 200 without id and file name."""
    data = b"found by hash"
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    missing = client.get(f"/files/hash/{digest}")
    assert missing.status_code == 200
    assert (missing.json()["id"], missing.json()["filename"]) == (None, None)
    _upload(client, "old.txt", data)
    body = _upload(client, "new.txt", data)
    assert client.get(f"/files/hash/{digest}").json() == body


def test_deleted_file_is_gone(client: httpx2.Client) -> None:
    """Deleting answers with what was deleted; then neither id, hash nor public URL lead to it."""
    body = _upload(client, data=b"soon gone")
    answer = client.delete(f"/files/{body['id']}")
    assert (answer.status_code, answer.json()["id"]) == (200, body["id"])
    assert client.get(f"/files/{body['id']}").status_code == 404
    assert client.delete(f"/files/{body['id']}").status_code == 404
    assert (
        client.get(f"/files/hash/{hashlib.md5(b'soon gone', usedforsecurity=False).hexdigest()}").json()["id"] is None
    )
    assert _code(httpx2.get(body["public_url"])) == (404, "NoSuchKey")


def test_form_may_have_other_parts(client: httpx2.Client) -> None:
    """Fields and files beside `file` are passed over, however long they are."""
    files = {"other": ("b.bin", bytes(100_000)), "file": ("a.txt", b"the one"), "last": ("c.bin", b"x")}
    body = client.post("/files", data={"purpose": "ignored"}, files=files).json()
    assert (body["filename"], body["bytes"], body["purpose"]) == ("a.txt", 7, "assistants")


_BOUNDARY = "multipart/form-data; boundary=b"
_END = b"--b--\r\n"


def _part(disposition: str) -> bytes:
    return f"--b\r\ncontent-disposition: form-data; {disposition}\r\n\r\nx\r\n".encode()


_FILE = _part('name="file"; filename="a"')


@pytest.mark.parametrize(
    ("content_type", "content", "loc", "kind"),
    [
        ("application/json", b"{}", ["body"], "not_multipart"),
        (None, b"", ["body"], "not_multipart"),
        ("multipart/form-data", b"", ["body"], "not_multipart"),
        (f"multipart/form-data; boundary={'b' * 300}", b"", ["body"], "multipart_invalid"),
        (_BOUNDARY, b"", ["body"], "multipart_invalid"),
        (_BOUNDARY, b"rubbish", ["body"], "multipart_invalid"),
        (_BOUNDARY, _FILE, ["body"], "multipart_invalid"),
        (_BOUNDARY, b"--b\r\nx: " + b"y" * 100_000 + b"\r\n\r\nx\r\n" + _END, ["body"], "multipart_invalid"),
        (_BOUNDARY, _part('name="f"; filename="a"') + _END, ["body", "file"], "missing"),
        (_BOUNDARY, _part('name="file"') + _END, ["body", "file"], "not_a_file"),
        (_BOUNDARY, _part('name="file"; filename=""') + _END, ["body", "file"], "not_a_file"),
        (_BOUNDARY, _FILE + _FILE + _END, ["body", "file"], "too_many"),
    ],
)
def test_broken_form_is_422(
    client: httpx2.Client, content_type: str | None, content: bytes, loc: list[str], kind: str
) -> None:
    """A body that is no form, is cut short, or has not one file, is refused where it is; nothing is kept of it."""
    before = [body["id"] for body in client.get("/files?limit=1000").json()]
    headers = {} if content_type is None else {"content-type": content_type}
    answer = client.post("/files", content=content, headers=headers)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert (problem["loc"], problem["type"]) == (loc, kind)
    assert [body["id"] for body in client.get("/files?limit=1000").json()] == before


def test_signed_url_takes_a_file(client: httpx2.Client) -> None:
    """A promise, a PUT without a key, and a verification make a file; before that it is not there."""
    promise = _promise(client, "scan.pdf", purpose="vision", expiration=60)
    assert (promise["filename"], promise["content_type"]) == ("scan.pdf", "application/pdf")
    assert (promise["upload_method"], promise["expiration"]) == ("PUT", 60)
    assert "/v1/" not in promise["url"]
    verify = f"/files/verify-upload/{promise['id']}"
    assert client.get(verify).status_code == 409
    first, second = _put(promise, b"first"), _put(promise, b"second")
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.headers["etag"] == f'"{hashlib.md5(b"second", usedforsecurity=False).hexdigest()}"'
    assert client.get(f"/files/{promise['id']}").status_code == 404
    body = client.get(verify).json()
    assert (body["id"], body["bytes"], body["purpose"]) == (promise["id"], 6, "vision")
    assert client.get(verify).json() == client.get(f"/files/{promise['id']}").json() == body
    assert httpx2.get(body["public_url"]).content == b"second"
    assert _code(_put(promise, b"third")) == (404, "NoSuchKey")
    assert client.get("/files/verify-upload/nobody").status_code == 404


def test_object_store_is_strict(client: httpx2.Client) -> None:
    """As S3 does, it refuses a key beside a signature, another Content-Type, and a body of unknown length."""
    promise = _promise(client, "a.png")
    key = {"authorization": client.headers["authorization"]}
    assert _code(_put(promise, b"x", **key)) == (400, "InvalidArgument")
    assert _code(httpx2.get(_upload(client)["public_url"], headers=key)) == (400, "InvalidArgument")
    assert _code(_put(promise, b"x", **{"content-type": "image/jpeg"})) == (403, "AccessDenied")
    assert _code(httpx2.put(promise["url"], content=b"x")) == (403, "AccessDenied")
    chunked = httpx2.put(promise["url"], content=iter([b"x"]), headers={"content-type": "image/png"})
    assert _code(chunked) == (411, "MissingContentLength")
    assert _code(httpx2.post(promise["url"], content=b"x")) == (405, "MethodNotAllowed")
    assert _code(_put({**promise, "url": f"{promise['url']}x"}, b"x")) == (404, "NoSuchKey")
    assert client.get(f"/files/verify-upload/{promise['id']}").status_code == 409


def test_signed_url_expires(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time a signed URL is refused."""
    promise = _promise(client, expiration=30)
    monkeypatch.setattr("vlmrun.local._store.files.Promise.is_expired", True)
    assert _code(_put(promise, b"x")) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["body", "filename"]),
        ({"filename": ""}, ["body", "filename"]),
        ({"filename": "a", "purpose": 5}, ["body", "purpose"]),
        ({"filename": "a", "expiration": 0}, ["body", "expiration"]),
        ({"filename": "a", "expiration": 10**400}, ["body"]),
    ],
)
def test_malformed_promise_names_the_field(client: httpx2.Client, body: object, loc: list[str]) -> None:
    """A promise needs a file name, and a time that is neither past nor endless."""
    answer = client.post("/files/presigned-url", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][: len(loc)] == loc


def test_key_is_checked_before_a_file_is_read(server: LocalServer) -> None:
    """Without the key nothing is kept, and the client learns so however much it sends."""
    for method, path in [("POST", "/files"), ("GET", "/files"), ("POST", "/files/presigned-url")]:
        answer = httpx2.request(method, server.base_url + path, content=bytes(5_000_000))
        assert answer.status_code == 401


def _zeros() -> Iterator[bytes]:
    for _ in range(SIZE // len(PIECE)):
        yield PIECE


def _zeros_in_a_form() -> Iterator[bytes]:
    yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="zeros"\r\n\r\n'
    yield from _zeros()
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("way", ["form", "signed URL"])
def test_large_file_takes_no_memory(client: httpx2.Client, server: LocalServer, way: str) -> None:
    """128 MiB pass through upload and download, and at no moment is more than a few MiB of them in memory."""
    tracemalloc.start()
    try:
        if way == "form":
            headers = {"content-type": _BOUNDARY}
            body = client.post("/files", content=_zeros_in_a_form(), headers=headers).json()
        else:
            promise = _promise(client, "zeros")
            headers = {"content-type": promise["content_type"], "content-length": str(SIZE)}
            assert httpx2.put(promise["url"], content=_zeros(), headers=headers, timeout=60).status_code == 200
            body = client.get(f"/files/verify-upload/{promise['id']}").json()
        assert body["bytes"] == SIZE
        with httpx2.stream("GET", body["public_url"]) as served:
            assert sum(map(len, served.iter_raw())) == SIZE
        message = {"role": "user", "content": [{"type": "input_file", "file_id": body["id"]}]}
        said = client.post("/openai/chat/completions", json={"messages": [message]})
        assert f"{SIZE:,} bytes" in said.json()["choices"][0]["message"]["content"]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * 1024 * 1024
    received = [request for request in server.requests if request.content_length >= SIZE]
    assert received[-1].body is None
    assert client.delete(f"/files/{body['id']}").status_code == 200


def test_file_is_closed_however_the_client_leaves(client: httpx2.Client, server: LocalServer) -> None:
    """Clients that read only the headers, or a beginning, leave no file open: that would be a ResourceWarning."""
    url = _upload(client, data=bytes(5_000_000))["public_url"]
    for _ in range(30):
        httpx2.head(url)
        with httpx2.stream("GET", url) as served:
            next(served.iter_raw())
    gc.collect()
    assert httpx2.get(f"{server.base_url}/health").status_code == 200


def test_uploads_are_noted_with_their_length() -> None:
    """An upload is among the received requests, without its bytes; one whose client goes away is forgotten."""
    with LocalServer() as own, closing(httpx2.Client(base_url=own.base_url)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        sent = client.post("/files?purpose=vision", files={"file": ("a.txt", b"hello")})
        promise = _promise(client)
        _put(promise, b"12345")
        form, asked, put = own.requests
        assert (form.method, form.path, dict(form.query)) == ("POST", "/v1/files", {"purpose": "vision"})
        assert (form.body, form.content_length) == (None, int(sent.request.headers["content-length"]))
        assert "authorization" not in form.headers
        assert (asked.body, asked.content_length) == ({"filename": "a.txt"}, 20)
        assert (put.method, put.body, put.content_length) == ("PUT", None, 5)

        url = httpx2.URL(promise["url"])
        connection = HTTPConnection("127.0.0.1", url.port or 0)
        connection.putrequest("PUT", url.path)
        connection.putheader("content-type", promise["content_type"])
        connection.putheader("content-length", "100")
        connection.endheaders(b"12")
        connection.close()
        assert client.get("/health").status_code == 200
        assert [request.method for request in own.requests] == ["POST", "POST", "PUT", "GET"]


def test_directory_is_made_late_and_removed_with_the_server(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no directory before the first file; files outlive a stop, and nothing outlives the server object."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def found() -> list[str]:
        return glob.glob(f"{tmp_path}/vlmrun-local-*/*")

    own = LocalServer()
    with own, closing(httpx2.Client(headers={"authorization": f"Bearer {own.api_key}"})) as client:
        assert client.get(f"{own.base_url}/files").json() == []
        assert os.listdir(tmp_path) == []
        one, two = (client.post(f"{own.base_url}/files", files={"file": ("a", b"kept")}).json()["id"] for _ in range(2))
        client.post(f"{own.base_url}/files", content=b"--b\r\nbroken", headers={"content-type": _BOUNDARY})
        assert len(found()) == 2
        client.delete(f"{own.base_url}/files/{one}")
        assert len(found()) == 1
    with own, closing(httpx2.Client(headers={"authorization": f"Bearer {own.api_key}"})) as client:
        assert httpx2.get(client.get(f"{own.base_url}/files/{two}").json()["public_url"]).content == b"kept"
    del own
    gc.collect()
    assert os.listdir(tmp_path) == []


def test_full_disk_is_507(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing is no defect of this server, and is said."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vlmrun.local._store.disk.Incoming.write", fail)
    answer = client.post("/files", files={"file": ("a", b"x")})
    assert answer.status_code == 507
    assert "No space left" in answer.json()["detail"]


def test_many_upload_at_once(client: httpx2.Client) -> None:
    """Uploads at the same time do not mix."""

    def upload(data: bytes) -> str:
        return str(_upload(client, data=data)["public_url"])

    with ThreadPoolExecutor(16) as pool:
        sent = [str(number).encode() * 50_000 for number in range(32)]
        got = list(pool.map(upload, sent))
    assert [httpx2.get(url).content for url in got] == sent
