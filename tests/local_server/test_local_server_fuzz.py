"""Whatever bytes come, the server never says that the fault is its own."""

from __future__ import annotations

import base64
import io
import random
import zipfile
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote_from_bytes

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.local import CHAT, connect, serve
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")

BODIES = [
    *("/files", "/files/presigned-url", CHAT, "/agent/create", "/agent/execute", "/agent/lookup"),
    *("/image/generate", "/document/execute", "/audio/schema"),
]
LOOKS = [
    "/predictions/{}",
    "/files/{}",
    "/files/verify-upload/{}",
    "/artifacts?{}",
    "/artifacts/list?{}",
    "/artifacts?object_id={}",
]
TYPES = [
    "multipart/form-data; boundary=b",
    "application/json",
    'multipart/form-data; boundary="',
    "multipart/form-data;;",
]

fuzzed = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

# Pieces of forms, so that chance finds its way into the parser.
FORMS = st.lists(
    st.sampled_from(
        [b"--b", b"--b--", b"\r\n", b"\r\n\r\n", b"content-disposition: form-data; ", b'name="file"; ', b'filename="a"']
    )
    | st.binary(max_size=8)
).map(b"".join)


@fuzzed
@given(path=st.sampled_from(BODIES), content_type=st.sampled_from(TYPES), content=st.binary(max_size=200) | FORMS)
def test_random_bodies_are_refused(client: httpx2.Client, path: str, content_type: str, content: bytes) -> None:
    """Any body is an upload or is 422."""
    answer = client.post(path, content=content, headers={"content-type": content_type})
    assert answer.status_code in ((201, 422) if path == "/files" else (422,)), answer.text


@fuzzed
@given(content_type=st.binary(max_size=80).map(lambda tail: b"multipart/form-data; " + tail), content=FORMS)
def test_random_content_types_are_refused(server: LocalServer, content_type: bytes, content: bytes) -> None:
    """Any Content-Type that HTTP can carry is read or refused."""
    header = bytes(byte for byte in content_type if byte > 31 and byte != 127)
    with closing(HTTPConnection("127.0.0.1", httpx2.URL(server.base_url).port or 0)) as connection:
        connection.request(
            "POST",
            "/v1/files",
            body=content,
            headers={"authorization": f"Bearer {server.api_key}", "content-type": header.strip().decode("latin-1")},
        )
        assert connection.getresponse().status in (201, 400, 422)


@fuzzed
@given(look=st.sampled_from(LOOKS), thing=st.binary(min_size=1, max_size=40))
def test_random_looks_find_nothing(client: httpx2.Client, look: str, thing: bytes) -> None:
    """Any id and any query is 404 or 422; any hash is that of no file."""
    answer = client.get(look.format(quote_from_bytes(thing, safe="")))
    assert answer.status_code in (404, 422), answer.text
    assert client.get(f"/files/hash/{quote_from_bytes(thing, safe='').replace('%2F', '')}").status_code in (200, 404)
    assert client.delete(f"/files/{quote_from_bytes(thing, safe='')}").status_code in (404, 405)


@fuzzed
@given(token=st.binary(min_size=1, max_size=40), host=st.text("[]:/@#?%a1. ", max_size=8), content=st.binary())
def test_random_storage_paths_are_refused(server: LocalServer, token: bytes, host: str, content: bytes) -> None:
    """Any path, header and body is a refusal of the object store."""
    with closing(HTTPConnection("127.0.0.1", httpx2.URL(server.base_url).port or 0)) as connection:
        for method in ("PUT", "GET", "DELETE"):
            path = f"/storage/{quote_from_bytes(token, safe='')}"
            connection.request(method, path, body=content, headers={"host": host.strip() or "a"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status in (400, 404, 405)


@fuzzed
@given(
    skills=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "name", "source", "data", "skill_id", "bundle"]), inner, max_size=3
            )
        ),
        max_leaves=10,
    )
)
def test_random_skills_are_read_or_refused(client: httpx2.Client, skills: Any) -> None:
    """Any JSON in the place of skills is read or refused."""
    body = {"messages": [{"role": "user", "content": "hi"}], "skills": skills}
    assert client.post(CHAT, json=body).status_code in (200, 422)


def test_spoiled_zips_are_read_or_refused() -> None:
    """A bundle with some bytes changed is read or refused; not over the wire, which would take minutes."""
    from vlmrun.local._inputs.skills import open_skills
    from vlmrun.local._requests.skills import Archive, InlineSkill
    from vlmrun.local._wire.errors import RefusalError

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SKILL.md", "---\nname: a\n---\n" * 9)
        archive.writestr("b.txt", "text")
    good = buffer.getvalue()
    chance = random.Random(7)  # noqa: S311  # no secret
    refused = 0
    for _ in range(3_000):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        source = Archive(data=base64.b64encode(data).decode())
        try:
            open_skills([InlineSkill(type="inline", name="a", source=source)], ("body",))
        except RefusalError:
            refused += 1
    assert 0 < refused < 3_000
