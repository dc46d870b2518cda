"""A timeout is for an answer as a whole, however many bytes trickle in, with every openai and every httpx.

HTTP clients count each read by itself. What makes ours count them together rests on how httpx is made inside, so these
tests run in every environment of the matrix.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest

from support.colours import Colour, both_colours
from support.wire import COMPLETION, EXECUTION, event_stream
from vlmrun import VLMRun
from vlmrun._http import timeouts
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import RequestTimeoutError

TIMEOUT = 0.5
"""Seconds, of a call that is to take too long: however slow the machine is, it does."""
BEAT = 0.1
"""Seconds between two bytes: far less than the timeout, so that no read alone takes too long."""
ENOUGH = 600
"""Bytes that trickle in a minute, after which the connection ends: a call that waited for that has another error."""
LONG = 60.0
"""Seconds, of a call that is not to take too long; where a test needs that much to pass, `Clock` has it pass."""

Script = Callable[[], Iterator[bytes]]


def slowly(data: bytes) -> Iterator[bytes]:
    for index in range(len(data)):
        time.sleep(BEAT)
        yield data[index : index + 1]


def head(*headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode()


JSON = "Content-Type: application/json"
EVENTS = "Content-Type: text/event-stream"
ENDLESS = "Content-Length: 1000000"


@contextmanager
def trickling(script: Script) -> Generator[str, None, None]:
    """A server that reads a request and answers as the script says, as long as it is listened to."""
    done = threading.Event()

    def serve(connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536)
            for piece in script():
                if done.is_set():
                    return
                connection.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                thread = threading.Thread(target=serve, args=[listener.accept()[0]])
                threads.append(thread)
                thread.start()

    threads: list[threading.Thread] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            done.set()
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for thread in threads:
                thread.join()


def headers_trickle() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(ENOUGH // 8):
        yield from slowly(f"x-{number}: 1\r\n".encode())


def body_trickles() -> Iterator[bytes]:
    yield head(JSON, ENDLESS)
    yield from slowly(b" " * ENOUGH)


def bytes_without_end() -> Iterator[bytes]:
    """As fast as they go: there is always something to read."""
    yield head(JSON, "Content-Length: 1000000000000")
    end = time.monotonic() + ENOUGH * BEAT
    while time.monotonic() < end:
        yield b" " * 100


SCRIPTS = [headers_trickle, body_trickles, bytes_without_end]


@both_colours
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_native_call_ends_in_time(colour: Colour, script: Script) -> None:
    with trickling(script) as base_url, pytest.raises(RequestTimeoutError):
        colour.run(lambda client: client.agent.list(), base_url=base_url, timeout=TIMEOUT)


@both_colours
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_chat_ends_in_time(colour: Colour, script: Script) -> None:
    openai = pytest.importorskip("openai", reason="chat completions are OpenAI's")
    with trickling(script) as base_url, pytest.raises(openai.APITimeoutError):
        colour.run(ask(), base_url=base_url, timeout=TIMEOUT)


@both_colours
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_call_through_a_proxy_ends_in_time(colour: Colour, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the environment are used, and are bound to the timeout as well."""
    with trickling(script) as url:
        monkeypatch.setenv("http_proxy", url.removesuffix("/v1"))
        with pytest.raises(RequestTimeoutError):
            colour.run(lambda client: client.agent.list(), base_url="http://vlmrun.test/v1", timeout=TIMEOUT)


def ask(**options: Any) -> Callable[[Any], Any]:
    return lambda client: client.agent.completions.create(
        model="m", messages=[{"role": "user", "content": "Hello!"}], **options
    )


def drain(colour: Colour, **options: Any) -> Any:
    """The chunks of a streamed chat."""

    async def chunks(client: Any) -> list[Any]:
        return [chunk async for chunk in await ask(stream=True)(client)]

    return colour.run(chunks if colour.is_async else lambda client: list(ask(stream=True)(client)), **options)


def event_trickles() -> Iterator[bytes]:
    yield head(EVENTS, ENDLESS) + b'data: {"choices": '
    yield from slowly(b" " * ENOUGH)


def only_comments() -> Iterator[bytes]:
    """What servers send to keep a connection open."""
    yield head(EVENTS, ENDLESS)
    for _ in range(ENOUGH):
        time.sleep(BEAT)
        yield b": wait\n\n"


@both_colours
@pytest.mark.parametrize("script", [event_trickles, only_comments])
def test_an_event_of_a_stream_comes_in_time(colour: Colour, script: Script) -> None:
    openai = pytest.importorskip("openai", reason="chat completions are OpenAI's")
    with trickling(script) as base_url, pytest.raises(openai.APITimeoutError):
        drain(colour, base_url=base_url, timeout=TIMEOUT)


class Clock:
    """What timeouts are counted by. It stands still, but where a test says how long something took."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self._taken = threading.Semaphore(0)
        restart = timeouts.TotalTimeout.restart

        def noted(total: timeouts.TotalTimeout) -> None:
            restart(total)
            self._taken.release()

        monkeypatch.setattr(timeouts.TotalTimeout, "restart", noted)
        monkeypatch.setattr(waiting, "monotonic", lambda: self.now)

    def between(self, pieces: list[bytes]) -> Script:
        """A server that takes two thirds of the timeout for each piece but the first: when the last was taken."""

        def script() -> Iterator[bytes]:
            yield pieces[0]
            for piece in pieces[1:]:
                self._taken.acquire(timeout=LONG)
                self.now += LONG * 2 / 3
                yield piece

        return script


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def event_by_event() -> list[bytes]:
    body = event_stream().body
    events = [event + b"\n\n" for event in body.split(b"\n\n")[:-1]]
    return [head(EVENTS, f"Content-Length: {len(body)}"), *events]


@both_colours
def test_a_stream_may_take_as_long_as_its_events_come(colour: Colour, clock: Clock) -> None:
    """Each event has the timeout anew."""
    pytest.importorskip("openai", reason="chat completions are OpenAI's")
    events = event_stream().body.count(b"data: {")
    with trickling(clock.between(event_by_event())) as base_url:
        assert len(drain(colour, base_url=base_url, timeout=LONG)) == events
    assert clock.now > 2 * LONG


@both_colours
def test_the_parts_of_an_event_share_the_timeout(colour: Colour, clock: Clock) -> None:
    """By the same clock: the test above would pass if nothing were counted."""
    openai = pytest.importorskip("openai", reason="chat completions are OpenAI's")

    def script() -> Iterator[bytes]:
        for piece in event_trickles():
            clock.now += LONG * 2 / 3
            yield piece

    with trickling(script) as base_url, pytest.raises(openai.APITimeoutError):
        drain(colour, base_url=base_url, timeout=LONG)


def breaks_after_its_end() -> Iterator[bytes]:
    yield head(EVENTS, ENDLESS) + event_stream().body.replace(b"data: [DONE]\n\n", b"")


@both_colours
def test_a_stream_that_breaks_after_its_end_is_whole(colour: Colour) -> None:
    """A finish reason was seen, and nothing is missing."""
    pytest.importorskip("openai", reason="chat completions are OpenAI's")
    with trickling(breaks_after_its_end) as base_url:
        chunks = drain(colour, base_url=base_url, timeout=LONG)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_the_time_that_the_reader_of_a_stream_takes_is_not_counted(clock: Clock) -> None:
    """The clock runs while something is waited for."""
    pytest.importorskip("openai", reason="chat completions are OpenAI's")

    def read(client: Any) -> list[Any]:
        stream = ask(stream=True)(client)
        next(stream)
        clock.now += 2 * LONG
        return list(stream)

    with trickling(clock.between(event_by_event())) as base_url:
        assert len(Colour(VLMRun).run(read, base_url=base_url, timeout=LONG)) > 0


@both_colours
def test_a_file_may_take_as_long_as_it_goes_forward(colour: Colour, clock: Clock, tmp_path: Any) -> None:
    """Files are large, and each piece has the timeout anew."""
    pieces = [head("Content-Type: image/png", "Content-Length: 6"), *([b"."] * 6)]
    with trickling(clock.between(pieces)) as base_url:
        path = colour.run(
            lambda client: client.artifacts.download("img_a1b2c3", session_id="s", folder=tmp_path),
            base_url=base_url,
            timeout=LONG,
        )
    assert path.read_bytes() == b"......"
    assert clock.now > 2 * LONG


def in_one_piece(value: object) -> Script:
    body = json.dumps(value).encode()
    return lambda: iter([head(JSON, f"Content-Length: {len(body)}") + body])


@both_colours
def test_an_answer_in_time_is_read(colour: Colour) -> None:
    """The rejecting tests above would pass if nothing ever came through."""
    with trickling(in_one_piece([EXECUTION])) as base_url:
        page = colour.run(lambda client: client.executions.list(), base_url=base_url, timeout=LONG)
    assert page.data[0].id == EXECUTION["id"]
    if colour.is_async:
        pytest.importorskip("openai", reason="chat completions are OpenAI's")
        with trickling(in_one_piece(COMPLETION)) as base_url:
            assert colour.run(ask(), base_url=base_url, timeout=LONG).id == COMPLETION["id"]
