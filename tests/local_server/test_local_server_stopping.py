"""`stop()` ends at once whatever is under way, also while freezegun has stopped the clock.

No test here measures time. What must not be waited for is tried with a grace that nobody would wait for; what is
waited for is given up after a grace, which is a constant.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from urllib.parse import urlsplit

import pytest

from vlmrun.client.exceptions import DependencyError

pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

from vlmrun.local import Answer, Fault, LocalServer, ReceivedRequest
from vlmrun.local._server import running

LONG = 60.0
"""Seconds that nothing takes which is not to hang."""

CHAT = b'{"messages": [{"role": "user", "content": "one two"}], "stream": true}'


@pytest.fixture(name="clock", params=["running", "frozen"])
def _clock(request: pytest.FixtureRequest) -> Generator[Callable[[], AbstractContextManager[object]], None, None]:
    """What surrounds a server: nothing, or freezegun."""
    if request.param == "running":
        yield nullcontext
        return
    freezegun = pytest.importorskip("freezegun", reason="it freezes time")
    yield lambda: freezegun.freeze_time("2026-01-01")


@contextmanager
def connected(
    server: LocalServer, method: str, path: str, body: bytes = b"", *, left: int = 0, more: str = ""
) -> Generator[socket.socket, None, None]:
    """A connection on which a request was sent but for so many bytes of its body."""
    where = urlsplit(server.base_url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=LONG) as connection:
        connection.sendall(
            f"{method} {path} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {server.api_key}\r\n"
            f"content-type: multipart/form-data; boundary=b\r\n{more}"
            f"content-length: {len(body) + left}\r\n\r\n".encode()
            + body
        )
        yield connection


def ends(server: LocalServer) -> bool:
    """Whether `stop` comes back, and without an error."""
    done: list[bool] = []

    def stop() -> None:
        server.stop()
        done.append(True)

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    thread.join(LONG)
    return done == [True]


def until_asked(server: LocalServer) -> None:
    """Wait for the first request."""
    while not server.requests:
        time.sleep(0.01)  # which freezegun leaves alone


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed it, after whatever it had said."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


HEAD = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF'

AT_ONCE: dict[str, tuple[Fault | None, str, str]] = {
    "idle": (None, "GET", "/v1/agent"),
    "stalled headers": (Fault("stalled_headers"), "GET", "/v1/agent"),
    "stalled body": (Fault("stalled_body"), "GET", "/v1/agent"),
    "trickle": (Fault("trickle", seconds=3600), "GET", "/v1/agent"),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_who_has_nothing_under_way_is_not_waited_for(
    name: str, clock: Callable[[], AbstractContextManager[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle connection, and one that a fault holds: they are closed, and no grace is given."""
    monkeypatch.setattr(running, "GRACE", 10 * LONG)
    fault, method, path = AT_ONCE[name]
    with clock():
        server = LocalServer(faults=[] if fault is None else [fault])
        server.start()
        with connected(server, method, path) as connection:
            until_asked(server)
            if fault is None or fault.kind == "stalled_body":
                assert connection.recv(1)
            assert ends(server)
            assert is_closed(connection)


UPGRADE = (
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def test_a_web_socket_is_not_waited_for(
    clock: Callable[[], AbstractContextManager[object]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is closed, as an idle connection is."""
    monkeypatch.setattr(running, "GRACE", 10 * LONG)
    with caplog.at_level(logging.WARNING), clock():
        server = LocalServer()
        server.start()
        with connected(server, "GET", "/gateway/typesafe/ws", more=UPGRADE) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 101")
            assert ends(server)
            assert is_closed(connection)
    assert caplog.records == []


def blocked(release: threading.Event) -> Callable[[ReceivedRequest], str]:
    """A function of a test that does not come back."""

    def reply(_: ReceivedRequest) -> str:
        release.wait(LONG)
        return "late"

    return reply


UNDERWAY: dict[str, tuple[Callable[[threading.Event], object], str, str, bytes, int]] = {
    "slow stream": (lambda _: Answer(chunks=["a", "b"], delay=3600), "POST", "/v1/openai/chat/completions", CHAT, 0),
    "blocked": (blocked, "POST", "/v1/openai/chat/completions", CHAT, 0),
    "half body": (lambda _: "a", "POST", "/v1/openai/chat/completions", CHAT, 1),
    "half upload": (lambda _: "a", "POST", "/v1/files", HEAD, 1000),
}


@pytest.mark.parametrize("name", UNDERWAY)
def test_what_is_under_way_is_given_up(
    name: str,
    clock: Callable[[], AbstractContextManager[object]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After the grace, without a word in the log; the server can be started again."""
    reply, method, path, body, left = UNDERWAY[name]
    arrived, release = threading.Event(), threading.Event()
    called = running.QuietH11.data_received

    def data_received(self: running.QuietH11, data: bytes) -> None:
        called(self, data)
        arrived.set()

    monkeypatch.setattr(running.QuietH11, "data_received", data_received)
    with caplog.at_level(logging.WARNING), clock():
        server = LocalServer()
        server.answer(reply(release))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # each is one
        server.start()
        try:
            with connected(server, method, path, body, left=left) as connection:
                assert arrived.wait(LONG)
                if left == 0:
                    until_asked(server)
                assert ends(server)
                assert is_closed(connection)
            with server, connected(server, "GET", "/v1/health") as connection:
                assert connection.recv(12) == b"HTTP/1.1 200"
        finally:
            release.set()
    assert caplog.records == []


def test_a_second_is_enough() -> None:
    """The graces of what is under way and of its threads, both of which may be used up."""
    assert running.GRACE + running.THREADS_GRACE <= 0.75


def test_an_answer_that_is_soon_ready_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that ends within the grace gets its answer."""
    monkeypatch.setattr(running, "GRACE", 10 * LONG)
    asked, release = threading.Event(), threading.Event()

    def reply(_: ReceivedRequest) -> str:
        asked.set()
        release.wait(LONG)
        return "in time"

    server = LocalServer()
    server.answer(reply)
    server.start()
    with connected(server, "POST", "/v1/openai/chat/completions", CHAT) as connection:
        assert asked.wait(LONG)
        stopping = threading.Thread(target=server.stop, daemon=True)
        stopping.start()
        release.set()
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
        stopping.join(LONG)
    assert not stopping.is_alive()
    assert b"in " in answer
    assert b"[DONE]" in answer


DELAYS: dict[str, tuple[Fault | None, float]] = {
    "stream": (None, 0.001),
    "trickle": (Fault("trickle", seconds=0.0001), 0.0),
    "reset": (Fault("reset_in_body"), 0.0),
}


@pytest.mark.parametrize("name", DELAYS)
def test_delays_end_while_time_is_frozen(name: str) -> None:
    """The clock of the server's own waits goes on."""
    freezegun = pytest.importorskip("freezegun", reason="it freezes time")
    fault, delay = DELAYS[name]
    with freezegun.freeze_time("2026-01-01"), LocalServer(faults=[] if fault is None else [fault]) as server:
        server.answer("a b c")
        server.stream_delay = delay
        with connected(server, "POST", "/v1/openai/chat/completions", CHAT) as connection:
            if fault is None:
                received = b""
                while b"[DONE]" not in received:
                    received += connection.recv(4096)
            else:
                assert is_closed(connection)
