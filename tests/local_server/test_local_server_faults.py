"""Faults on demand: what a client sees of each on the wire, who meets it, and what was done all the same."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import Any, get_args
from urllib.parse import urlsplit

import httpx2
import pytest

from support.local import CHAT
from vlmrun.client.exceptions import InputError
from vlmrun.local import Fault, FaultKind, LocalServer, ReceivedRequest, random_faults

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}
EXECUTE: dict[str, Any] = {"config": {"prompt": "Read."}}


@contextmanager
def meeting(*faults: Fault) -> Generator[tuple[LocalServer, httpx2.Client], None, None]:
    """A server with faults, and a plain client of it."""
    with LocalServer(faults=faults) as server:
        headers = {"authorization": f"Bearer {server.api_key}"}
        with closing(httpx2.Client(base_url=server.base_url, headers=headers, timeout=5)) as client:
            yield server, client


def raw(server: LocalServer, path: str = "/v1/agent", *, seconds: float = 5.0) -> tuple[bytes, str]:
    """All bytes that come for a GET, and how it ended: `end`, `reset` or `nothing more`."""
    where = urlsplit(server.base_url)
    with closing(socket.create_connection((where.hostname or "", where.port or 0), timeout=seconds)) as connection:
        head = f"GET {path} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {server.api_key}\r\n\r\n"
        connection.sendall(head.encode())
        received = b""
        while True:
            try:
                data = connection.recv(65536)
            except ConnectionResetError:
                return received, "reset"
            except TimeoutError:
                return received, "nothing more"
            if not data:
                return received, "end"
            received += data


# On the connection ----------------------------------------------------------------------------------------------------


def test_refused() -> None:
    """Nothing listens, and nobody else can take the port."""
    server = LocalServer(faults=[Fault("refused")])
    for _ in range(2):
        with server:
            with pytest.raises(httpx2.ConnectError):
                httpx2.get(f"{server.base_url}/health")
            with pytest.raises(OSError, match="in use"), closing(socket.socket()) as other:
                other.bind(("127.0.0.1", urlsplit(server.base_url).port or 0))


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("reset_before", "reset"),
        ("reset_in_body", "reset"),
        ("reset_after", "reset"),
        ("stalled_headers", "nothing more"),
        ("stalled_body", "nothing more"),
        ("trickle", "end"),
    ],
)
def test_what_is_done_to_a_connection(kind: FaultKind, ends: str) -> None:
    fault = Fault(kind, seconds=0.001) if kind == "trickle" else Fault(kind)
    with meeting(fault) as (server, client):
        received, end = raw(server, seconds=0.5 if "stalled" in kind else 5.0)
        assert end == ends
        head, _, body = received.partition(b"\r\n\r\n")
        if kind in ("reset_before", "stalled_headers"):
            assert received == b""
        else:
            assert head.startswith(b"HTTP/1.1 200 ")
            assert body == (b"[" if kind in ("reset_in_body", "stalled_body") else b"[]")
            assert b"content-length: 2" in head
        # The next request meets nothing.
        assert client.get("/agent").json() == []


def test_a_trickle_comes_byte_by_byte() -> None:
    """Its status line, too."""
    with meeting(Fault("trickle", seconds=0.05)) as (server, _):
        received, end = raw(server, seconds=0.03)
    assert end == "nothing more"
    assert len(received) <= 1


def test_a_held_client_holds_nobody_else_and_not_the_end() -> None:
    """Others are served meanwhile, and a server that is stopped lets go at once."""
    outcome: list[object] = []
    with meeting(Fault("stalled_headers", path="/v1/agent", times=None)) as (server, client):

        def wait() -> None:
            outcome.append(raw(server, seconds=60))

        held = threading.Thread(target=wait)
        held.start()
        while not server.requests:
            time.sleep(0.01)
        assert client.post(CHAT, json=HELLO).status_code == 200
        start = time.monotonic()
    held.join(10)
    assert time.monotonic() - start < 4
    assert outcome


# In what is said ------------------------------------------------------------------------------------------------------


def body_of(kind: FaultKind, **options: Any) -> httpx2.Response:
    with meeting(Fault(kind, **options)) as (_, client):
        return client.post(CHAT, json=HELLO)


@pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("unavailable", 503)])
@pytest.mark.parametrize("retry_after", [None, "7", "Wed, 21 Oct 2015 07:28:00 GMT", "whenever", "-1", "99999999999"])
def test_a_refusal_says_when_to_come_back(kind: FaultKind, status: int, retry_after: str | None) -> None:
    answer = body_of(kind, retry_after=retry_after)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)


def test_errors_and_pages() -> None:
    failed = body_of("server_error")
    assert (failed.status_code, failed.json()["error"]["type"]) == (500, "server_error")
    gateway = body_of("bad_gateway")
    assert (gateway.status_code, gateway.headers["content-type"]) == (502, "text/html")
    nothing = body_of("no_content")
    assert (nothing.status_code, nothing.content) == (204, b"")
    portal = body_of("wrong_content_type")
    assert (portal.status_code, portal.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_json_that_is_broken() -> None:
    """Well framed, whatever it holds."""
    half = body_of("truncated_json")
    assert half.status_code == 200
    assert half.headers["content-type"] == "application/json"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        half.json()
    assert body_of("wrong_json").json() == {"unexpected": True}
    assert body_of("enormous_json", size=1_000_000).json()["padding"] == "x" * 1_000_000
    assert body_of("deep_json").content.startswith(b"[" * 100_000 + b"]")


def test_json_that_is_new_or_bare() -> None:
    new = body_of("unknown_values").json()
    assert new["choices"][0]["finish_reason"] == "brand_new"
    assert new["brand_new"] == {"known": False}
    assert new["choices"][0]["message"]["content"]
    bare = body_of("missing_fields").json()
    assert bare.keys() == {"id", "model", "choices"}
    assert bare["choices"][0]["message"].keys() == {"role", "content"}


def test_what_is_not_json_is_left() -> None:
    """A picture has no JSON to break."""
    with meeting(Fault("truncated_json", path="/storage/", times=None)) as (server, client):
        form = {"file": ("a.txt", b"words", "text/plain")}
        public = client.post("/files", files=form, params={"generate_public_url": True}).json()["public_url"]
        assert httpx2.get(public).content == b"words"
        assert server.work[0].kind == "file"


@pytest.mark.parametrize("kind", ["stream_cut", "stream_unfinished"])
def test_streams_that_end_early(kind: FaultKind) -> None:
    """The body ends as a whole one does; the events do not."""
    with meeting(Fault(kind, times=None)) as (_, client):
        assert client.post(CHAT, json=HELLO).json()["choices"]  # no stream: nothing to meet
        answer = client.post(CHAT, json={**HELLO, "stream": True})
    events = answer.text.split("\n\n")
    assert "[DONE]" not in answer.text
    assert '"finish_reason": "' not in answer.text
    assert (events[-1] == "") == (kind == "stream_unfinished")
    for event in events[:-1]:
        assert json.loads(event.removeprefix("data: "))["choices"]


@pytest.mark.parametrize("stream", [False, True])
def test_long_polls(stream: bool) -> None:
    """303, then what each poll was told to be, then the answer; once."""
    with meeting(Fault("long_poll", polls=[202, 303, 204, 500])) as (server, client):
        assert client.get("/agent").json() == []
        answer = client.post(CHAT, json={**HELLO, "stream": stream}, follow_redirects=False)
        assert answer.status_code == 303
        place = str(httpx2.URL(server.base_url).join(answer.headers["location"]))
        polls = [client.get(place, follow_redirects=False) for _ in range(6)]
        assert [poll.status_code for poll in polls] == [202, 303, 204, 500, 200, 404]
        assert polls[1].headers["location"] in place
        assert polls[4].text.startswith("data: " if stream else "{")
        assert [work.kind for work in server.work] == ["chat"]


def test_a_redirect_loop() -> None:
    with meeting(Fault("redirect_loop", times=None)) as (server, client):
        with pytest.raises(httpx2.TooManyRedirects):
            client.post(CHAT, json=HELLO, params={"a": "b"}, follow_redirects=True)
        assert {(entry.method, entry.path, entry.query["a"]) for entry in server.requests} == {
            ("POST", f"/v1{CHAT}", "b")
        }
        assert server.work == ()


# Who meets it, and what was done --------------------------------------------------------------------------------------


def test_a_fault_meets_what_it_says() -> None:
    """As often as it says, in the order of the list; never the health, nor what has no key."""
    faults = [
        Fault("bad_gateway", method="POST", path="/v1/agent/execute", times=2),
        Fault("unavailable", path="/v1/agent", times=None),
    ]
    with meeting(*faults) as (server, client):
        sent = [client.post("/agent/execute", json=EXECUTE).status_code for _ in range(3)]
        assert sent == [502, 502, 503]
        assert [client.get("/agent").status_code for _ in range(3)] == [503, 503, 503]
        assert client.get("/files").status_code == 200
        assert client.get("/health").status_code == 200
        assert httpx2.get(f"{server.base_url}/agent").status_code == 401


def test_a_function_may_say_who_meets_what() -> None:
    def rule(request: ReceivedRequest) -> Fault | None:
        return Fault("no_content") if request.headers.get("x-call") == "7" else None

    with LocalServer(faults=rule) as server:
        headers = {"authorization": f"Bearer {server.api_key}"}
        with closing(httpx2.Client(base_url=server.base_url, headers=headers)) as client:
            statuses = [client.get("/agent", headers={"x-call": str(number)}).status_code for number in range(6, 9)]
    assert statuses == [200, 204, 200]


DOES_NO_WORK = {"rate_limited", "unavailable", "redirect_loop"}
KINDS: list[FaultKind] = [kind for kind in get_args(FaultKind) if kind != "refused"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_done_is_counted(kind: FaultKind) -> None:
    """Once for each request that was worked on, whether or not its answer arrived."""
    fault = Fault(kind, times=None, seconds=1) if kind == "trickle" else Fault(kind, times=None)
    with meeting(fault) as (server, client):
        stream = kind.startswith("stream")
        client.headers["x-call"] = "7"
        try:
            client.post(CHAT, json={**HELLO, "stream": stream}, timeout=0.3)
        except httpx2.TransportError:
            assert kind in ("reset_before", "reset_in_body", "stalled_headers", "stalled_body", "trickle")
        assert [work.kind for work in server.work] == ([] if kind in DOES_NO_WORK else ["chat"])
        for work in server.work:
            assert work.headers["x-call"] == "7"
            assert server.api_key not in repr(work)


def test_all_kinds_of_work_are_counted() -> None:
    with meeting() as (server, client):
        chat = client.post(CHAT, json=HELLO).json()["id"]
        agent = client.post("/agent/create", json={"config": {"prompt": "Read."}}).json()["id"]
        execution = client.post("/agent/execute", json=EXECUTE).json()["id"]
        file = client.post("/files", files={"file": ("a.txt", b"words", "text/plain")}).json()["id"]
        promise = client.post("/files/presigned-url", json={"filename": "b.txt"}).json()
        assert len(server.work) == 4
        httpx2.put(promise["url"], content=b"words", headers={"content-type": promise["content_type"]})
        client.get("/agent")
        client.post("/agent/lookup", json={"id": agent})
        client.post("/agent/execute", json={"config": 7})
        done = [(work.kind, work.id) for work in server.work]
    assert done == [
        ("chat", chat),
        ("agent", agent),
        ("execution", execution),
        ("file", file),
        ("file", promise["id"]),
    ]


# The schedule, and what is refused ------------------------------------------------------------------------------------


def request(number: int) -> ReceivedRequest:
    return ReceivedRequest("GET", f"/v1/{number}", {}, None, {})


def test_a_random_schedule_is_the_same_for_a_seed() -> None:
    def kinds(seed: int, share: float) -> list[str | None]:
        rule = random_faults(seed, share)
        return [None if fault is None else fault.kind for fault in map(rule, map(request, range(1_000)))]

    assert kinds(7, 0.3) == kinds(7, 0.3)
    assert kinds(7, 0.3) != kinds(8, 0.3)
    assert kinds(7, 0) == [None] * 1_000
    assert 200 < sum(kind is not None for kind in kinds(7, 0.3)) < 400
    assert set(kinds(7, 1)) == set(KINDS)
    chosen = map(random_faults(1, 1, ["trickle", "no_content"]), map(request, range(100)))
    assert {fault.kind for fault in chosen if fault is not None} == {"trickle", "no_content"}


BAD: list[tuple[str, dict[str, Any]]] = [
    ("kind", {"kind": "gremlins"}),
    ("kind", {"kind": None}),
    ("method", {"kind": "trickle", "method": "post"}),
    ("method", {"kind": "trickle", "method": 7}),
    ("path", {"kind": "trickle", "path": "v1"}),
    ("times", {"kind": "trickle", "times": 0}),
    ("times", {"kind": "trickle", "times": True}),
    ("retry_after", {"kind": "trickle", "retry_after": "1"}),
    ("retry_after", {"kind": "unavailable", "retry_after": "1\r\nx: 1"}),
    ("seconds", {"kind": "trickle", "seconds": 0}),
    ("seconds", {"kind": "no_content", "seconds": 1}),
    ("polls", {"kind": "long_poll", "polls": [200]}),
    ("polls", {"kind": "trickle", "polls": [202]}),
    ("size", {"kind": "enormous_json", "size": -1}),
    ("size", {"kind": "trickle", "size": 1}),
]


@pytest.mark.parametrize(("argument", "arguments"), BAD, ids=[f"{index}-{bad[0]}" for index, bad in enumerate(BAD)])
def test_a_fault_that_cannot_be_is_refused(argument: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"\b{argument}\b"):
        Fault(**arguments)


def test_faults_that_cannot_be_together_are_refused() -> None:
    with pytest.raises(InputError, match="refused"):
        LocalServer(faults=[Fault("refused"), Fault("trickle")])
    words: Any = ["trickle"]
    with pytest.raises(InputError, match="faults"):
        LocalServer(faults=words)
    with pytest.raises(InputError, match="share"):
        random_faults(1, 2)
    with pytest.raises(InputError, match="kinds"):
        random_faults(1, 0.5, [])
    with pytest.raises(InputError, match="refused"):
        random_faults(1, 0.5, ["refused"])
