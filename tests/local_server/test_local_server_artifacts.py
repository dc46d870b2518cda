"""Sessions that remember, and the artifacts that are made of images (API.md §3.7, §4, §14)."""

from __future__ import annotations

import io
import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import httpx2
import pytest

pytest.importorskip("PIL", reason="needs the extra 'local'")

from PIL import Image

from support.local import CHAT, connect, data_url, encoded, serve, url_part

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")

OBJECT = {"type": "json_object"}


def _picture(
    shade: int = 0, size: tuple[int, int] = (400, 200), mode: str = "L", format_: str = "PNG"
) -> dict[str, object]:
    data = encoded(Image.new("L", size, shade).convert(mode), format_)
    return url_part("image_url", data_url(data, "image/x"))


def _ask(client: httpx2.Client, *parts: dict[str, object], **more: object) -> Any:
    content: object = list(parts) or "hello"
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": content}], **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _content(body: Any) -> str:
    return str(body["choices"][0]["message"]["content"])


def _listed(client: httpx2.Client, **namespace: str) -> list[dict[str, str]]:
    answer = client.get("/artifacts/list", params=namespace)
    assert answer.status_code == 200, answer.text
    assert answer.json()["namespace_id"] in namespace.values()
    return list(answer.json()["items"])


def test_session_remembers_how_much_was_said(client: httpx2.Client) -> None:
    """Each chat adds its messages and its answer; the next one of the session tells of them."""
    first = _ask(client)
    assert "remember" not in _content(first)
    again = {"session_id": first["session_id"]}
    assert "I remember 2 earlier messages of this session." in _content(_ask(client, **again))
    assert json.loads(_content(_ask(client, response_format=OBJECT, **again)))["remembered"] == 4
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": "hi"}] * 3, "stream": True, **again})
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "I remember 10 earlier messages" in _content(_ask(client, **again))
    assert "remember" not in _content(_ask(client))


def test_refused_chat_leaves_its_session_as_it_was(client: httpx2.Client) -> None:
    """What was refused was not said; and a session of which all was refused is none."""
    mine = str(uuid.uuid4())
    schema = {"type": "json_schema", "schema": {"type": "object", "properties": {"a": False}, "required": ["a"]}}
    body = {"messages": [{"role": "user", "content": [_picture()]}], "session_id": mine, "response_format": schema}
    assert client.post(CHAT, json=body).status_code == 422
    assert client.get("/artifacts/list", params={"session_id": mine}).status_code == 404
    assert "remember" not in _content(_ask(client, session_id=mine))


def test_structured_answers_stay_valid_in_a_session(client: httpx2.Client) -> None:
    """An answer that a schema describes is that and nothing more; the session goes on all the same."""
    schema = {"type": "object", "properties": {"width": {"type": "integer"}}, "additionalProperties": False}
    mine = str(uuid.uuid4())
    for _ in range(2):
        body = _ask(client, _picture(), session_id=mine, response_format={"type": "json_schema", "schema": schema})
        assert json.loads(_content(body)) == {"width": 400}
    assert "I remember 4 earlier" in _content(_ask(client, session_id=mine))
    assert len(_listed(client, session_id=mine)) == 1


_UUID = "9f1f0a52-0000-4000-8000-000000000000"


@pytest.mark.parametrize("session_id", ["", "mine", "1" * 32, f"{{{_UUID}}}", f"{_UUID}\n", 5])
def test_session_id_must_be_a_uuid(client: httpx2.Client, session_id: object) -> None:
    """A session id is a UUID in its usual form (API.md §4)."""
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": "hi"}], "session_id": session_id})
    assert answer.status_code == 422
    assert "session_id" in answer.json()["error"]["message"]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("size", [(400, 200), (3, 5), (1, 2000)])
def test_image_becomes_a_thumbnail(client: httpx2.Client, mode: str, size: tuple[int, int]) -> None:
    """The answer ends with the id of a small PNG, which is served by id and by file name."""
    body = _ask(client, _picture(200, size, mode))
    found = re.search(r" Thumbnail: (img_[0-9a-f]{6})\.$", _content(body))
    assert found is not None
    session = {"session_id": body["session_id"]}
    assert _listed(client, **session) == [{"object_id": found[1], "filename": "thumbnail-1.png", "source": "store"}]
    for key in ({"object_id": found[1]}, {"filename": "thumbnail-1.png"}):
        answer = client.get("/artifacts", params={**key, **session})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with closing(Image.open(io.BytesIO(answer.content))) as image:
        image.load()
        assert image.format == "PNG"
        assert max(image.size) == min(128, *[max(size)])
        assert image.size[0] * size[1] == pytest.approx(image.size[1] * size[0], rel=0.05) or 1 in image.size


def test_each_image_has_its_own_thumbnail(client: httpx2.Client) -> None:
    """Ids follow from the image: the same one again has the same id, in this session and in others."""
    body = _ask(client, _picture(1), _picture(2), _picture(1), response_format=OBJECT)
    ids = json.loads(_content(body))["artifacts"]
    assert len(set(ids)) == len(ids) == 2
    session = body["session_id"]
    more = _ask(client, _picture(2), _picture(3), session_id=session, response_format=OBJECT)
    same, new = json.loads(_content(more))["artifacts"]
    assert (same, new in ids) == (ids[1], False)
    assert [item["object_id"] for item in _listed(client, session_id=session)] == [*ids, new]
    assert [item["filename"] for item in _listed(client, session_id=session)] == [
        "thumbnail-1.png",
        "thumbnail-2.png",
        "thumbnail-3.png",
    ]
    assert json.loads(_content(_ask(client, _picture(3), response_format=OBJECT)))["artifacts"] == [new]
    assert _listed(client, session_id=_ask(client)["session_id"]) == []


def test_streamed_chat_makes_artifacts_too(client: httpx2.Client) -> None:
    """The ids arrive in the deltas, and the session id in each chunk."""
    body = {"messages": [{"role": "user", "content": [_picture(7)]}], "stream": True}
    events = [event.removeprefix("data: ") for event in client.post(CHAT, json=body).text.split("\n\n")[:-2]]
    chunks = [json.loads(event) for event in events]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    (item,) = _listed(client, session_id=chunks[0]["session_id"])
    assert said.endswith(f"Thumbnail: {item['object_id']}.")


def test_artifacts_of_an_execution_come_with_its_completion(client: httpx2.Client) -> None:
    """Before an execution is completed its namespace is 404; then it has what the response names."""
    asked: object = {"config": {"prompt": "p"}, "inputs": {"a": [_picture(8), _picture(9)]}}
    id_: str = client.post("/agent/execute", json=asked).json()["id"]
    body: Any = None
    for _ in range(2):
        assert client.get("/artifacts/list", params={"execution_id": id_}).status_code == 404
        body = client.get(f"/agent/executions/{id_}").json()
    assert body["status"] == "completed"
    ids: list[str] = body["response"]["artifacts"]
    assert body["response"]["text"].endswith(f"Thumbnails: {ids[0]}, {ids[1]}.")
    assert [item["object_id"] for item in _listed(client, execution_id=id_)] == ids
    answer = client.get("/artifacts", params={"object_id": ids[0], "execution_id": id_})
    assert answer.content.startswith(b"\x89PNG")
    assert client.get("/artifacts/list", params={"session_id": id_}).status_code == 404


def test_thumbnail_tells_no_secrets() -> None:
    """Neither the place nor the profile of a photo goes into its thumbnail."""
    from vlmrun.local._media.images import open_image

    exif = Image.Exif()
    exif[0x010F] = "a camera"
    data = encoded(Image.new("RGB", (300, 300)), "JPEG", exif=exif, icc_profile=b"a profile", comment=b"a comment")
    with closing(Image.open(io.BytesIO(open_image(data).thumbnail))) as image:
        image.load()
        assert image.info == {}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/artifacts", ""),
        ("/artifacts", "object_id=img_aaaaaa"),
        ("/artifacts", "session_id=x"),
        ("/artifacts", "object_id=img_aaaaaa&filename=a&session_id=x"),
        ("/artifacts", "object_id=img_aaaaaa&session_id=x&execution_id=y"),
        ("/artifacts/list", ""),
        ("/artifacts/list", "session_id=x&execution_id=y"),
    ],
)
def test_artifact_needs_one_name_and_one_namespace(client: httpx2.Client, path: str, query: str) -> None:
    """Exactly one of each pair is needed."""
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query"]


def test_unknown_artifact_is_404(client: httpx2.Client) -> None:
    """An unknown namespace, and an unknown artifact in a known one, are not found."""
    session = _ask(client, _picture())["session_id"]
    for query in ("object_id=img_000000", "filename=thumbnail-9.png", "filename=", "object_id=thumbnail-1.png"):
        assert client.get(f"/artifacts?{query}&session_id={session}").status_code == 404
    for query in ("session_id=", "execution_id=", f"session_id={uuid.uuid4()}", f"execution_id={session}"):
        assert client.get(f"/artifacts?filename=thumbnail-1.png&{query}").status_code == 404
        assert client.get(f"/artifacts/list?{query}").status_code == 404


def test_many_chats_of_one_session_lose_nothing(client: httpx2.Client) -> None:
    """Chats of one session at the same time are all counted, and all of their thumbnails are kept."""
    mine = str(uuid.uuid4())

    def ask(shade: int) -> None:
        _ask(client, _picture(shade), session_id=mine)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(32)))
    assert "I remember 64 earlier messages" in _content(_ask(client, session_id=mine))
    assert len({item["object_id"] for item in _listed(client, session_id=mine)}) == 32


def test_ids_that_collide_are_told_apart() -> None:
    """Two images whose digests begin alike have different ids."""
    from vlmrun.local._media.facts import ImageFact
    from vlmrun.local._store.artifacts import Shelf

    facts = [ImageFact("PNG", "L", 1, 1, 1, 1, "a" * 63 + last, b"") for last in "bcd"]
    shelf, ids = Shelf().with_thumbnails(facts)
    assert len(set(ids)) == 3
    assert shelf.with_thumbnails(facts) == (shelf, ids)
    assert all(re.fullmatch("img_[0-9a-f]{6}", id_) for id_ in ids)
