"""Skills: references are named, bundles are unpacked (API.md §15)."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx2
import pytest

from support.local import CHAT, connect, serve

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")

MAIN = b"---\nname: invoice-reader\ndescription: reads invoices\n---\nRead it.\n"


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _inline(data: bytes, key: str = "source") -> dict[str, object]:
    source = {"type": "base64", "media_type": "application/zip", "data": base64.b64encode(data).decode()}
    return {"type": "inline", "name": "invoice-reader", "description": "reads invoices", key: source}


def _ask(client: httpx2.Client, *skills: dict[str, object], **more: object) -> httpx2.Response:
    return client.post(CHAT, json={"messages": [{"role": "user", "content": "hi"}], "skills": list(skills), **more})


def _said(client: httpx2.Client, *skills: dict[str, object], **more: object) -> str:
    answer = _ask(client, *skills, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


GOOD = _zip({"SKILL.md": MAIN, "schema.json": b"{}", "resources/a.txt": b"a" * 100_000, "resources/": b""})


@pytest.mark.parametrize("key", ["source", "bundle"])
def test_bundle_is_unpacked(client: httpx2.Client, key: str) -> None:
    """The answer tells how many files there are in words, and which in data; the legacy key is taken too."""
    assert "I have the skill invoice-reader (3 files)." in _said(client, _inline(GOOD, key))
    content = json.loads(_said(client, _inline(GOOD, key), response_format={"type": "json_object"}))
    files = ["SKILL.md", "resources/a.txt", "schema.json"]
    assert content["skills"] == [{"name": "invoice-reader", "version": None, "files": files}]


def test_front_matter_may_follow_a_byte_order_mark(client: httpx2.Client) -> None:
    """What editors on Windows write is read."""
    data = b"\xef\xbb\xbf" + MAIN.replace(b"\n", b"\r\n")
    assert "(1 file)" in _said(client, _inline(_zip({"SKILL.md": data}, zipfile.ZIP_STORED)))


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ({"skill_id": "an-id"}, "an-id:latest"),
        ({"skill_name": "a-name"}, "a-name:latest"),
        ({"skill_id": "an-id", "skill_name": "a-name", "skill_version": "20260219-abc123"}, "an-id:20260219-abc123"),
        ({"skill_id": "an-id", "version": "3"}, "an-id:3"),
    ],
)
def test_reference_is_named(client: httpx2.Client, reference: dict[str, object], named: str) -> None:
    """A skill that is kept elsewhere is named with its version; the id wins."""
    skill = {"type": "skill_reference", **reference}
    assert f"I was referred to the skill {named}, which is not here." in _said(client, skill)
    # The type is that of a reference where none is said, as in the platform's examples.
    assert _said(client, reference) == _said(client, skill)
    content = json.loads(_said(client, skill, response_format={"type": "json_object"}))
    name, version = named.split(":")
    assert content["skills"] == [{"name": name, "version": version, "files": []}]


def _many() -> bytes:
    return _zip({"SKILL.md": MAIN, **{f"{number}.txt": b"" for number in range(1_000)}})


def _large() -> bytes:
    return _zip({"SKILL.md": MAIN, "big": bytes(65 * 1024 * 1024)})


def _lying() -> bytes:
    """An archive that says of 65 MiB that they are one byte."""
    data = bytearray(_large())
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = (1).to_bytes(4, "little")
    return bytes(data)


def _encrypted() -> bytes:
    data = bytearray(_zip({"SKILL.md": MAIN}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


_OUTSIDE = ["../a", "a/../../b", "a/../", "/etc/a", "C:/a", "a\\b"]
_BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (bytes, "not a base64 zip"),
    "no zip": (lambda: b"no zip", "not a base64 zip"),
    "cut": (lambda: GOOD[:-30], "not a base64 zip"),
    "two names": (lambda: GOOD.replace(b"SKILL.md", b"SKILL.mD", 1), "not a base64 zip"),
    "no main": (lambda: _zip({"readme.md": MAIN}), "no SKILL.md"),
    "in a folder": (lambda: _zip({"skill/SKILL.md": MAIN}), "no SKILL.md"),
    "no front matter": (lambda: _zip({"SKILL.md": b"# Read it"}), "front matter"),
    "empty main": (lambda: _zip({"SKILL.md": b""}), "front matter"),
    **{name: (partial(_zip, {"SKILL.md": MAIN, name: b""}), "no path within") for name in _OUTSIDE},
    "many": (_many, "1,001 entries"),
    "large": (_large, "more than 67,108,864 bytes"),
    "lying": (_lying, "not a base64 zip"),
    "encrypted": (_encrypted, "not a base64 zip"),
    "lzma": (lambda: _zip({"SKILL.md": MAIN}, zipfile.ZIP_LZMA), "deflate"),
    "bzip2": (lambda: _zip({"SKILL.md": MAIN}, zipfile.ZIP_BZIP2), "deflate"),
}


@pytest.mark.parametrize("case", _BAD)
def test_bad_bundle_is_422(client: httpx2.Client, case: str) -> None:
    """A bundle that is none, would leave its folder, or is too large, is refused where it stands."""
    make, said = _BAD[case]
    data = make()
    answer = _ask(client, {"type": "skill_reference", "skill_id": "x"}, _inline(data))
    assert answer.status_code == 422
    message = answer.json()["error"]["message"]
    assert message.startswith("skills.1.source.data: ")
    assert said in message
    body = {"config": {"prompt": "p", "skills": [_inline(data, "bundle")]}}
    for path in ("/agent/create", "/agent/execute"):
        refused = client.post(path, json=body)
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "config", "skills", 0, "bundle", "data"]


@pytest.mark.parametrize(
    "skill",
    [
        {},
        {"type": "unheard_of"},
        {"type": None, "skill_id": "x"},
        {"skill_version": "latest"},
        {"type": "skill_reference"},
        {"type": "skill_reference", "skill_id": ""},
        {"type": "inline", "name": "a"},
        {"type": "inline", "source": {"data": ""}},
        {"type": "inline", "name": "a", "source": {"type": "url", "data": ""}},
        {"type": "inline", "name": "a", "source": {"data": "!!!"}},
        {"type": "inline", "name": "a", "source": {"data": "ä"}},
        {"type": "inline", "name": "a", "source": "UEs="},
    ],
)
def test_malformed_skill_is_422(client: httpx2.Client, skill: dict[str, object]) -> None:
    """A skill is one of the two kinds, and has what its kind needs."""
    answer = _ask(client, skill)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("skills.0")


def test_agent_has_its_skills(client: httpx2.Client) -> None:
    """The skills of an agent come with it, unless the call brings its own."""

    def run(**body: object) -> Any:
        id_ = client.post("/agent/execute", json=body).json()["id"]
        return [client.get(f"/agent/executions/{id_}").json() for _ in range(2)][1]["response"]["text"]

    made = client.post("/agent/create", json={"name": "able", "config": {"prompt": "p", "skills": [_inline(GOOD)]}})
    assert made.status_code == 201
    assert "I have the skill invoice-reader (3 files)." in run(name="able")
    other = run(name="able", config={"skills": [{"type": "skill_reference", "skill_id": "other"}]})
    assert "the skill other:latest" in other
    assert "invoice-reader" not in other
    assert "I have the skill" in run(config={"prompt": "q", "skills": [_inline(GOOD)]})
