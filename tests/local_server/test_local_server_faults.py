"""Faults on demand: what a client sees of each on the wire, who meets it, and what was done all the same."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import httpx2
import pytest
from PIL import Image

from support.local import CHAT, data_url, encoded, url_part
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import AgentExecutionResponse, AgentInfo, ArtifactInfo, FileResponse, WireModel
from vlmrun.local import Fault, FaultKind, LocalServer, ReceivedRequest, random_faults
from vlmrun.local._faults.breaker import Breaker

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}
EXECUTE: dict[str, Any] = {"config": {"prompt": "Read."}}


LONG = 60.0
"""Seconds that nothing takes which is not to hang."""


@contextmanager
def meeting(*faults: Fault) -> Generator[tuple[LocalServer, httpx2.Client], None, None]:
    """A server with faults, and a plain client of it."""
    with LocalServer(faults=faults) as server:
        headers = {"authorization": f"Bearer {server.api_key}"}
        with closing(httpx2.Client(base_url=server.base_url, headers=headers, timeout=LONG)) as client:
            yield server, client


def ask(server: LocalServer, path: str = "/v1/agent", *, method: str = "GET") -> socket.socket:
    """A connection on which something was asked for and nothing read."""
    where = urlsplit(server.base_url)
    connection = socket.socket()
    connection.settimeout(LONG)
    # Small, so that who does not read is soon not sent to any more.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((where.hostname or "", where.port or 0))
    # A signed URL is its own key.
    key = "" if path.startswith("/storage/") else f"authorization: Bearer {server.api_key}\r\n"
    connection.sendall(f"{method} {path} HTTP/1.1\r\nhost: here\r\n{key}\r\n".encode())
    return connection


def eventually(condition: Callable[[], object]) -> None:
    """Wait for what the server is about to do."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.005)


def rest(connection: socket.socket, seconds: float = LONG) -> tuple[bytes, str]:
    """All bytes that come, and how it ended: `end`, `reset` or, for so many seconds, `nothing more`."""
    connection.settimeout(seconds)
    received = bytearray()
    with closing(connection):
        while True:
            try:
                data = connection.recv(65536)
            except ConnectionResetError:
                return bytes(received), "reset"
            except TimeoutError:
                return bytes(received), "nothing more"
            if not data:
                return bytes(received), "end"
            received += data


def raw(server: LocalServer, *, method: str = "GET") -> tuple[bytes, str]:
    """All bytes that come for the list of agents, and how it ended."""
    return rest(ask(server, method=method))


def begun(connection: socket.socket, expected: bytes) -> bytes:
    """The bytes that come until one after the head ends as expected, however long that takes."""
    received = b""
    while not (b"\r\n\r\n" in received and received.endswith(expected)):
        data = connection.recv(1)
        assert data, received
        received += data
    return received


def give_up_on(server: LocalServer, client: httpx2.Client, path: str, **body: Any) -> None:
    """POST what is not answered, and stop the server once it has done the work."""
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.post, path, **body)
        try:
            eventually(lambda: server.work)
        finally:
            server.stop()
        with pytest.raises(httpx2.TransportError):
            call.result()


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
        connection = ask(server)
        eventually(lambda: server.requests)
        received = begun(connection, b"[") if kind == "stalled_body" else b""
        more, end = rest(connection, 0.3 if "stalled" in kind else LONG)
        received += more
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
    pause, received = 0.02, 0
    with meeting(Fault("trickle", seconds=pause)) as (server, _):
        start = time.monotonic()
        with closing(ask(server)) as connection:
            while received < 20:
                received += len(connection.recv(65536))
                # However late we look, no byte has come before its time.
                assert received <= (time.monotonic() - start) / pause + 1


def test_a_held_client_holds_nobody_else_and_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """Others are served meanwhile, and a server that is stopped lets go at once."""
    outcome: list[object] = []
    with meeting(Fault("stalled_headers", path="/v1/agent", times=None)) as (server, client):

        def wait() -> None:
            outcome.append(raw(server))

        held = threading.Thread(target=wait)
        held.start()
        eventually(lambda: server.requests)
        assert client.post(CHAT, json=HELLO).status_code == 200
        assert outcome == []
    held.join()
    assert outcome in ([(b"", "end")], [(b"", "reset")])
    # The server would say that it had waited, and for how long.
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "fault",
    [Fault("stalled_headers"), Fault("stalled_body"), Fault("trickle", seconds=60)],
    ids=lambda fault: fault.kind,
)
def test_stop_leaves_nothing_of_held_clients(fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    """No thread, no descriptor and no complaint, however long the next byte would have taken."""

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    gc.collect()
    threads, files = set(threading.enumerate()), descriptors()
    server = LocalServer(faults=[fault])
    with caplog.at_level(logging.INFO, "uvicorn.error"):
        server.start()
        with closing(ask(server)):
            eventually(lambda: server.requests)
            time.sleep(0.1)
            server.stop()
    gc.collect()
    # Not more: an idle thread or connection of the plugin's server, which serves all tests, may end meanwhile.
    assert set(threading.enumerate()) <= threads
    assert descriptors() <= files
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


class Line(asyncio.Transport):
    """A connection that nobody is at the other end of."""

    is_cut = False

    def abort(self) -> None:
        self.is_cut = True

    def is_closing(self) -> bool:
        return self.is_cut

    def write(self, data: Any) -> None:
        assert data


async def _answered(breaker: Breaker, fault: Fault, line: Line) -> None:
    """A request that meets a fault, of a client that goes when the connection does, or at once."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"[]"})

    async def receive() -> Any:
        while fault.kind == "stalled_headers" and not line.is_cut:  # noqa: ASYNC110  # as plain as can be
            await asyncio.sleep(0.001)
        return {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        raise AssertionError("it is sent on the connection")

    scope: Any = {"method": "GET", "path": "/v1/agent", "state": {"request_id": "req-1", "transport": line}}
    await asyncio.wait_for(breaker.answer(fault, app, scope, receive, send), LONG)


def test_a_trickle_ends_with_its_client() -> None:
    """At once, and not when the next byte is due."""
    asyncio.run(_answered(Breaker(), Fault("trickle", seconds=60), Line()))


def test_who_stalls_while_the_server_stops_is_let_go() -> None:
    """Work that was under way when clients were let go does not begin to hold one."""
    breaker, line = Breaker(), Line()
    breaker.release()
    asyncio.run(_answered(breaker, Fault("stalled_headers"), line))
    assert line.is_cut


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what was not received yet")
@pytest.mark.parametrize("size", [100_000, 16 << 20], ids=["the system holds it", "the server holds it"])
def test_a_reset_after_the_answer_loses_none_of_it(size: int) -> None:
    """Wherever it waits for a client that reads slowly."""
    with meeting(Fault("reset_after", path="/storage/")) as (server, client):
        form = {"file": ("a.bin", b"x" * size, "application/octet-stream")}
        public = client.post("/files", files=form, params={"generate_public_url": True}).json()["public_url"]
        connection = ask(server, urlsplit(str(public)).path)
        time.sleep(0.3)
        received, end = rest(connection)
    assert end == "reset"
    assert len(received.partition(b"\r\n\r\n")[2]) == size


def test_what_is_said_on_the_connection_is_an_answer_like_others() -> None:
    """It has the server's name for the request; and one for HEAD has no body."""
    with meeting(Fault("reset_after", times=None)) as (server, client):
        assert client.get("/agent").headers["x-request-id"].startswith("req-")
        head, _, body = raw(server, method="HEAD")[0].partition(b"\r\n\r\n")
        assert b"content-length: 2" in head
        assert body == b""


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "trickle", "no_content", "unavailable"])
def test_uploads_that_meet_a_fault_are_noted(kind: FaultKind) -> None:
    """Once, like any other request."""
    fault = Fault(kind, path="/v1/files", seconds=60) if kind == "trickle" else Fault(kind, path="/v1/files")
    with meeting(fault) as (server, client):
        body: dict[str, Any] = {"files": {"file": ("a.txt", b"words", "text/plain")}}
        if kind == "trickle":
            give_up_on(server, client, "/files", **body)
        else:
            try:
                client.post("/files", **body)
            except httpx2.TransportError:
                assert kind == "reset_before"
        assert [entry.path for entry in server.requests] == ["/v1/files"]
        assert len(server.work) == (0 if kind == "unavailable" else 1)


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


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("status", "role", "refusal")},
    "required": ["status", "role", "refusal"],
}
"""Names that the API has for its own members, too."""


def answers(kind: FaultKind) -> dict[type[WireModel], dict[str, Any]]:
    """An answer of each model, from a server where one fault is met by whatever reads."""
    picture = url_part("image_url", data_url(encoded(Image.new("RGB", (2, 2)), "PNG"), "image/png"))
    with meeting(Fault(kind, method="GET", times=None)) as (_, client):
        config = {"prompt": "Read.", "json_schema": SCHEMA}
        agent = client.post("/agent/create", json={"config": config}).json()["id"]
        body = {"config": config, "inputs": {"picture": picture}}
        execution = client.post("/agent/execute", json=body).json()["id"]
        file = client.post("/files", files={"file": ("a.txt", b"words", "text/plain")}).json()["id"]
        client.get(f"/agent/executions/{execution}")
        return {
            AgentInfo: client.get(f"/agents/{agent}").json(),
            AgentExecutionResponse: client.get(f"/agent/executions/{execution}").json(),
            FileResponse: client.get(f"/files/{file}").json(),
            ArtifactInfo: client.get("/artifacts/list", params={"execution_id": execution}).json()["items"][0],
        }


def test_missing_fields_are_all_that_are_optional() -> None:
    """What is left is what the models of the wire need, and an execution's answer, which would be missed."""
    for model, answer in answers("missing_fields").items():
        needed = {name for name, of in model.model_fields.items() if of.is_required()}
        assert answer.keys() == needed | ({"response"} if model is AgentExecutionResponse else set())
        model.model_validate(answer)


def test_unknown_values_are_the_servers_own() -> None:
    """An answer that somebody's schema describes, and the schema, are not the API's to change."""
    new = answers("unknown_values")
    assert new[AgentInfo]["json_schema"] == SCHEMA
    assert new[AgentExecutionResponse]["response"].keys() == {"status", "role", "refusal"}
    assert new[AgentExecutionResponse]["response"]["status"] != "brand_new"
    assert [new[model]["status"] for model in (AgentInfo, AgentExecutionResponse)] == ["brand_new"] * 2
    assert new[AgentExecutionResponse]["usage"]["element_type"] == "brand_new"
    assert (new[FileResponse]["purpose"], new[ArtifactInfo]["source"]) == ("brand_new", "brand_new")
    assert answers("missing_fields")[AgentExecutionResponse]["response"].keys() == {"status", "role", "refusal"}


def test_enormous_lists() -> None:
    """They are as enormous as objects are, whether or not there is anything in them."""
    with meeting(Fault("enormous_json", method="GET", size=100_000, times=None)) as (_, client):
        nothing = client.get("/agent")
        assert nothing.json() == []
        for _ in range(3):
            client.post("/agent/create", json={"config": {"prompt": "Read."}})
        three = client.get("/agent")
    assert [len(item.get("padding", "")) for item in three.json()] == [100_000, 0, 0]
    assert all(100_000 <= len(answer.content) < 110_000 for answer in (nothing, three))


def test_a_failure_has_the_shape_of_its_route() -> None:
    """As a refusal has."""
    with meeting(Fault("server_error", path="/v1/agent")) as (_, client):
        answer = client.get("/agent")
    assert (answer.status_code, answer.json()) == (500, {"detail": "This server was told to fail."})


def test_a_stream_that_was_refused_is_left() -> None:
    """There is no stream to cut."""
    with meeting(Fault("stream_cut")) as (_, client):
        answer = client.post(CHAT, json={"messages": [], "stream": True})
    assert (answer.status_code, answer.json()["error"]["type"]) == (422, "invalid_request_error")


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


def test_a_redirect_loop_of_any_path() -> None:
    """What was escaped stays so."""
    with meeting(Fault("redirect_loop")) as (_, client):
        answer = client.get("/agents/%E6%97%A5%20x", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/v1/agents/%E6%97%A5%20x")


# Who meets it, and what was done --------------------------------------------------------------------------------------


def test_a_fault_meets_what_it_says() -> None:
    """As often as it says, in the order of the list; never the health, nor what has no key."""
    faults = [
        Fault("bad_gateway", method="POST", path="/v1/agent/execute", times=2),
        Fault("unavailable", path="/v1/agent", times=None),
    ]
    with meeting(*faults) as (server, client):
        assert client.get("/agent/execute").status_code == 503
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


@pytest.mark.parametrize("said", [Fault("refused"), "trickle"], ids=["refused", "a word"])
def test_a_function_that_says_what_cannot_be_is_told_so(said: Any, caplog: pytest.LogCaptureFixture) -> None:
    """In the log; who asked gets 500, as from any defect."""
    with LocalServer(faults=lambda _: said) as server:
        answer = httpx2.get(f"{server.base_url}/agent", headers={"authorization": f"Bearer {server.api_key}"})
    assert answer.status_code == 500
    assert "InputError: faults " in caplog.text


DOES_NO_WORK = {"rate_limited", "unavailable", "redirect_loop"}
KINDS: list[FaultKind] = [kind for kind in get_args(FaultKind) if kind != "refused"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_done_is_counted(kind: FaultKind) -> None:
    """Once for each request that was worked on, whether or not its answer arrived."""
    fault = Fault(kind, times=None, seconds=60) if kind == "trickle" else Fault(kind, times=None)
    with meeting(fault) as (server, client):
        stream = kind.startswith("stream")
        client.headers["x-call"] = "7"
        body: dict[str, Any] = {"json": {**HELLO, "stream": stream}}
        if kind in ("stalled_headers", "stalled_body", "trickle"):
            give_up_on(server, client, CHAT, **body)
        else:
            try:
                client.post(CHAT, **body)
            except httpx2.TransportError:
                assert kind in ("reset_before", "reset_in_body")
        assert [work.kind for work in server.work] == ([] if kind in DOES_NO_WORK else ["chat"])
        for work in server.work:
            assert work.headers["x-call"] == "7"
            assert server.api_key not in repr(work)


def test_all_kinds_of_work_are_counted() -> None:
    with meeting() as (server, client):
        chat = client.post(CHAT, json=HELLO).json()["id"]
        agent = client.post("/agent/create", json={"config": {"prompt": "Read."}}).json()["id"]
        execution = client.post("/agent/execute", json=EXECUTE).json()["id"]
        picture = data_url(encoded(Image.new("RGB", (2, 2)), "PNG"), "image/png")
        asked = {"images": [picture], "domain": "image.caption"}
        prediction = client.post("/image/generate", json=asked).json()["id"]
        file = client.post("/files", files={"file": ("a.txt", b"words", "text/plain")}).json()["id"]
        promise = client.post("/files/presigned-url", json={"filename": "b.txt"}).json()
        assert len(server.work) == 5
        httpx2.put(promise["url"], content=b"words", headers={"content-type": promise["content_type"]})
        client.get("/agent")
        client.post("/agent/lookup", json={"id": agent})
        client.post("/agent/execute", json={"config": 7})
        client.get(f"/predictions/{prediction}")
        done = [(work.kind, work.id) for work in server.work]
    assert done == [
        ("chat", chat),
        ("agent", agent),
        ("execution", execution),
        ("prediction", prediction),
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
    assert set(kinds(7, 1)) == set(KINDS) - {"long_poll", "stream_cut", "stream_unfinished"}
    chosen = map(random_faults(1, 1, ["trickle", "no_content"]), map(request, range(100)))
    assert {fault.kind for fault in chosen if fault is not None} == {"trickle", "no_content"}


@pytest.mark.parametrize("seed", range(5))
def test_a_random_schedule_meets_the_share_that_was_asked_for(seed: int) -> None:
    """Also of requests that not all faults fit: a chat is met by all, others by those that they can meet."""
    streamed = ReceivedRequest("POST", f"/v1{CHAT}", {}, {"stream": True}, {})
    rule = random_faults(seed, 0.5)
    for asked, possible in (
        (streamed, set(KINDS)),
        (request(1), set(KINDS) - {"long_poll", "stream_cut", "stream_unfinished"}),
    ):
        met = [fault.kind for fault in map(rule, [asked] * 4_000) if fault is not None]
        assert 1_850 < len(met) < 2_150
        assert set(met) == possible
    assert [random_faults(seed, 1, ["stream_cut"])(request(number)) for number in range(3)] == [None] * 3


def test_polls_are_kept_as_they_were() -> None:
    """A fault is a value, whatever its polls came in."""
    listed = [202, 303]
    fault = Fault("long_poll", polls=listed)
    listed.clear()
    once: Any = iter([202, 303])
    assert {fault, Fault("long_poll", polls=once)} == {Fault("long_poll", polls=(202, 303))}


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
    *(("polls", {"kind": "long_poll", "polls": polls}) for polls in (7, None, "ab", [None], [True], [202.0])),
    *(("seconds", {"kind": "trickle", "seconds": seconds}) for seconds in (True, "1", 10**400, 1e300, float("nan"))),
    *(("retry_after", {"kind": "unavailable", "retry_after": text}) for text in (" 1", "1 ", 1, "é")),
    ("kind", {"kind": []}),
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
    bad: Any
    for bad in (7, None, "trickle"):
        with pytest.raises(InputError, match="faults"):
            LocalServer(faults=bad)
    for bad in (7, "trickle"):
        with pytest.raises(InputError, match="kinds"):
            random_faults(1, 0.5, bad)
    for bad in (None, "7", True, 0.5):
        with pytest.raises(InputError, match="seed"):
            random_faults(bad, 0.5)
    with pytest.raises(InputError, match="share"):
        random_faults(1, True)


@pytest.mark.parametrize("argument", ["port", "keep_requests", "api_key"])
def test_arguments_of_another_type_are_refused(argument: str) -> None:
    """By name, and not by an error from within."""
    options: dict[str, Any] = {argument: 7 if argument == "api_key" else "7"}
    with pytest.raises(InputError, match=argument):
        LocalServer(**options)


# From a shell ---------------------------------------------------------------------------------------------------------


def _shell(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  # this very interpreter
        [sys.executable, "-W", "error", "-m", "vlmrun.local", "--port", "0", "--api-key", "k", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
    )


def test_faults_from_a_shell() -> None:
    """Every request meets the first of them that it can meet."""
    with _shell("--fault", "stream_unfinished", "--fault", "no_content") as process:
        try:
            assert process.stdout is not None
            base_url = process.stdout.readline().split()[2]
            with closing(
                httpx2.Client(base_url=base_url, headers={"authorization": "Bearer k"}, timeout=LONG)
            ) as client:
                assert [client.get("/agent").status_code for _ in range(2)] == [204, 204]
                assert "data: " in client.post(CHAT, json={**HELLO, "stream": True}).text
        finally:
            process.terminate()
            process.communicate(timeout=300)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--fault", "gremlins"], "invalid choice"), (["--fault", "refused", "--fault", "trickle"], "refused")],
    ids=["unknown", "not alone"],
)
def test_faults_that_cannot_be_are_refused_in_a_shell(arguments: list[str], said: str) -> None:
    with _shell(*arguments) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode in (1, 2)
    assert out == ""
    assert said in err
    assert "Traceback" not in err
