"""A server that runs for long does not fill the memory: it keeps the newest of everything."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from support.local import CHAT, connect, data_url, encoded, url_part
from vlmrun.local import Fault, LocalServer
from vlmrun.local._faults import breaker
from vlmrun.local._store import newest

client = pytest.fixture(connect, name="client")

KEPT = 3


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    for name in ("KEPT", "SESSIONS", "ARTIFACTS"):
        monkeypatch.setattr(newest, name, KEPT)
    with LocalServer() as server:
        yield server


def _id(answer: httpx2.Response) -> str:
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def image_part(shade: int) -> dict[str, object]:
    """An image that no other shade has."""
    return url_part("image_url", data_url(encoded(Image.new("L", (2, 2), shade), "PNG"), "image/png"))


def chat(client: httpx2.Client, session_id: str | None, *parts: object) -> Any:
    """A chat in a session; it is in the answer."""
    messages = [{"role": "user", "content": [{"type": "text", "text": "Read."}, *parts]}]
    more = {} if session_id is None else {"session_id": session_id}
    answer = client.post(CHAT, json={"messages": messages, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["session_id"]


def upload(client: httpx2.Client, number: int) -> str:
    """An uploaded file."""
    return _id(client.post("/files", files={"file": (f"{number}.txt", b"%d" % number)}))


def promise(client: httpx2.Client, number: int) -> str:
    """A file that is uploaded to a signed URL, and not verified yet."""
    made = client.post("/files/presigned-url", json={"filename": f"{number}.txt"})
    put = httpx2.put(made.json()["url"], content=b"%d" % number, headers={"content-type": "text/plain"})
    assert put.is_success, put.text
    return _id(made)


IMAGE = data_url(encoded(Image.new("L", (2, 2)), "PNG"), "image/png")

MADE: dict[str, tuple[Callable[[httpx2.Client, int], str], str]] = {
    "execution": (
        lambda client, _: _id(client.post("/agent/execute", json={"config": {"prompt": "a"}})),
        "GET /agent/executions/{}",
    ),
    "prediction": (
        lambda client, _: _id(
            client.post("/image/generate", json={"images": [IMAGE], "domain": "document.invoice", "batch": True})
        ),
        "GET /predictions/{}",
    ),
    "agent": (
        lambda client, number: _id(client.post("/agent/create", json={"config": {"prompt": f"{number}"}})),
        "GET /agents/{}",
    ),
    "file": (upload, "GET /files/{}"),
    "promise": (promise, "GET /files/verify-upload/{}"),
    "session": (lambda client, _: chat(client, None), "GET /artifacts/list?session_id={}"),
}


@pytest.mark.parametrize("kind", MADE)
def test_the_newest_are_kept(client: httpx2.Client, kind: str) -> None:
    """Of so many and one more, the oldest is gone, and the others are there."""
    make, look = MADE[kind]
    made = [make(client, number) for number in range(KEPT + 1)]
    method, _, path = look.partition(" ")
    assert [client.request(method, path.format(id_)).status_code for id_ in made] == [404, *[200] * KEPT]


@pytest.mark.parametrize("kind", ["file", "promise"])
def test_the_bytes_of_a_file_go_with_it(client: httpx2.Client, server: LocalServer, kind: str) -> None:
    """The disk is not filled, either."""
    for number in range(KEPT + 2):
        MADE[kind][0](client, number)
    folder = server._store.files.disk._directory  # pyright: ignore[reportPrivateUsage]  # nobody else knows it
    assert folder is not None
    assert len(list(Path(folder).iterdir())) == KEPT


def test_a_session_that_goes_on_is_new(client: httpx2.Client) -> None:
    """What counts is when it was used last."""
    first = chat(client, None)
    for _ in range(2 * KEPT):
        chat(client, None)
        chat(client, first)
    assert client.get("/artifacts/list", params={"session_id": first}).status_code == 200


def test_artifacts_of_a_long_session(client: httpx2.Client) -> None:
    """A session with ever new images keeps the thumbnails of the newest."""
    session = None
    for shade in range(KEPT + 2):
        session = chat(client, session, image_part(shade))
    items = client.get("/artifacts/list", params={"session_id": session}).json()["items"]
    assert len(items) == KEPT
    assert len({item["filename"] for item in items}) == KEPT


def test_feedback_and_versions_of_skills(client: httpx2.Client, server: LocalServer) -> None:
    """Both are lists, of which the beginning is forgotten."""
    execution = _id(client.post("/agent/execute", json={"config": {"prompt": "a"}}))
    for number in range(KEPT + 2):
        answer = client.post("/feedback/submit", json={"agent_execution_id": execution, "notes": f"{number}"})
        assert answer.is_success, answer.text
        answer = client.post("/skills/create", json={"prompt": f"Read {number}."})
        assert answer.is_success, answer.text
    assert len(server._store.feedback._items) == KEPT  # pyright: ignore[reportPrivateUsage]  # a page has fewer anyway
    assert len(server._store.skills.newest_first()) == KEPT  # pyright: ignore[reportPrivateUsage]  # as above


def test_a_job_that_is_no_longer_kept_ends(client: httpx2.Client, server: LocalServer) -> None:
    """A prediction is finished after it was added; another may have pushed it out meanwhile."""
    newest_first = newest.KEPT
    assert newest_first == KEPT
    newest.KEPT = 0
    try:
        body = {"images": [IMAGE], "domain": "document.invoice", "batch": False}
        assert client.post("/image/generate", json=body).json()["status"] == "completed"
    finally:
        newest.KEPT = newest_first
    assert len(server.work) == 1


def test_chats_that_nobody_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that follows no redirect leaves its answer behind."""
    monkeypatch.setattr(breaker, "LONG_CHATS", KEPT)
    with LocalServer(faults=[Fault("long_poll", polls=(), times=None)]) as server:
        for client in connect(server):
            body = {"messages": [{"role": "user", "content": "a"}]}
            places = [client.post(CHAT, json=body).headers["location"] for _ in range(KEPT + 1)]
            root = client.base_url.copy_with(path="/")
            assert [client.get(root.join(place)).status_code for place in places] == [404, *[200] * KEPT]


@pytest.mark.parametrize("keep", [0, 2])
def test_requests_and_work(keep: int) -> None:
    """Each has a number of its own."""
    with LocalServer(keep_requests=keep, keep_work=keep + 1) as server:
        for client in connect(server):
            for _ in range(5):
                chat(client, None)
        assert (len(server.requests), len(server.work)) == (keep, keep + 1)


def test_numbers_that_are_generous() -> None:
    """None of them is unlimited, and a test with thousands of jobs under way works."""
    arguments = inspect.signature(LocalServer).parameters
    kept = [arguments["keep_requests"].default, arguments["keep_work"].default, newest.KEPT]
    assert kept == [10_000] * 3
    assert (newest.SESSIONS, newest.ARTIFACTS, breaker.LONG_CHATS) == (1_000, 1_000, 1_000)
