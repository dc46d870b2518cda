"""Sessions of System One over real WebSockets, in both colours: with the local server, and with a rude one."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio
import trustme

from support.colours import API_KEY, Colour, both_colours
from support.patience import patiently
from support.web_sockets import CREATED, Peer, decision, peer
from support.wire import ARTIFACT, nothing_left_over
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client import exceptions
from vlmrun.client.exceptions import (
    APIError,
    ClientError,
    DependencyError,
    InputError,
    NetworkError,
    PermissionDeniedError,
    RequestTimeoutError,
    ResponseValidationError,
)
from vlmrun.hooks import RequestInfo
from vlmrun.local import LocalServer

QUESTIONS: Any = {"late": {"type": "noul"}}
PORT = "VLMRUN_GATEWAY_BASE_URL"

# `Any`, because what is done with a session is written once for both colours.
Steps = Generator[Any, Any, Any]
Use = Callable[[Any], Steps]


def in_session(colour: Colour, use: Use, *, client: dict[str, Any] | None = None, **options: Any) -> Any:
    """Open a session, use it, and close it. `use` is a generator that yields what is to be awaited."""
    made: dict[str, Any] = {"api_key": API_KEY, "base_url": "https://vlmrun.test/v1", "max_retries": 0} | (client or {})
    if not colour.is_async:
        with VLMRun(**made) as blocking, blocking.gateway.systemone.stream(QUESTIONS, **options) as stream:
            return _drive(use(stream))

    async def main() -> Any:
        async with AsyncVLMRun(**made) as twin, twin.gateway.systemone.stream(QUESTIONS, **options) as stream:
            return await _drive_awaiting(use(stream))

    return asyncio.run(main())


def _drive(steps: Any) -> Any:
    value: Any = None
    try:
        while True:
            asked: Any = steps.send(value)
            value = list(asked) if hasattr(asked, "__next__") else asked
    except StopIteration as end:
        return end.value


async def _drive_awaiting(steps: Any) -> Any:
    try:
        asked = next(steps)
        while True:
            try:
                value = [item async for item in asked] if hasattr(asked, "__aiter__") else await asked
            except exceptions.VLMRunError as error:  # noqa: PERF203  # each step may fail
                asked = steps.throw(error)
            else:
                asked = steps.send(value)
    except StopIteration as end:
        return end.value


def one(stream: Any) -> Steps:
    """One decision."""
    found: Any = yield stream.send(ARTIFACT)
    return found


def many(stream: Any) -> Steps:
    """Ten decisions."""
    found: Any = yield stream.map([ARTIFACT] * 10)
    return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A local server whose gateway is used."""
    with LocalServer() as running:
        monkeypatch.setenv(PORT, running.gateway_url)
        yield running


@both_colours
def test_without_its_package_a_stream_says_what_to_install(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it connects to anything."""
    monkeypatch.setitem(sys.modules, "wsproto.utilities", None)
    monkeypatch.setenv(PORT, "http://127.0.0.1:1/v1")
    with pytest.raises(DependencyError, match=r"stream requires wsproto.*vlmrun\[systemone\]"):
        in_session(colour, one)


@both_colours
def test_decisions_come_in_order(colour: Colour, server: LocalServer) -> None:
    """One, many, and one about another state; the totals come at the end."""
    kept: list[Any] = []

    def use(stream: Any) -> Steps:
        kept.append(stream)
        assert stream.is_open
        assert stream.limits["max_inflight"] == 3
        first: Any = yield stream.send(ARTIFACT)
        rest: Any = yield stream.map([ARTIFACT] * 10)
        other: Any = yield stream.send(state="Is it early?")
        return first, rest, other

    with nothing_left_over():
        first, rest, other = in_session(
            colour, use, state={"door": "open"}, concurrency=3, client={"api_key": server.api_key}
        )
    assert first.nouls["late"].noul == other.nouls["late"].noul == 0.5
    assert first.latency_ms == 1.0
    assert [found.index for found in rest] == list(range(10))
    assert (kept[0].is_open, kept[0].count, kept[0].stats["decisions"]) == (False, 12, 12)
    assert [work.kind for work in server.work] == ["decision"] * 12


@both_colours
def test_a_refused_key(colour: Colour, server: LocalServer) -> None:
    """The error of the handshake is that of any call; the key is in none of it."""
    with pytest.raises(PermissionDeniedError) as caught:
        in_session(colour, one, client={"api_key": "sesame"})
    assert "/gateway/typesafe/ws: 403" in str(caught.value)
    assert "sesame" not in repr(vars(caught.value))
    assert server.requests[-1].path == "/gateway/typesafe/ws"


def test_in_trio(server: LocalServer) -> None:
    """As everything else of an async client."""

    async def main() -> int:
        client = AsyncVLMRun(api_key=server.api_key, base_url=server.base_url)
        async with client, client.gateway.systemone.stream(QUESTIONS) as stream:
            return len([found async for found in stream.map([ARTIFACT] * 5)])

    assert trio.run(main) == 5


def test_in_one_event_loop_after_another(server: LocalServer) -> None:
    """A client is for any number of them; a session is for one."""
    client = AsyncVLMRun(api_key=server.api_key, base_url=server.base_url)

    async def main() -> float:
        async with client.gateway.systemone.stream(QUESTIONS) as stream:
            return (await stream.send(ARTIFACT)).nouls["late"].noul

    assert [asyncio.run(main()) for _ in range(2)] == [0.5, 0.5]


@both_colours
def test_the_options_of_the_client_hold(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """Its key, headers, query and hooks; those of the session; and no key in a log."""
    heads: list[bytes] = []
    seen: list[str] = []

    def note(info: RequestInfo) -> None:
        seen.append(info.url)

    def script(other: Peer) -> None:
        asked = other.open()
        heads.append(other.head)
        assert asked == {
            "type": "session.create",
            "model": "a/b",
            "questions": QUESTIONS,
            "max_inflight": 4,
            "new": 1,
        }
        assert other.hear() == {"type": "state", "state": "Late?"}
        other.say(decision(other.hear()["id"]))
        other.hear()

    options: dict[str, Any] = {
        "model": "a/b",
        "state": "Late?",
        "extra_headers": {"x-call": "c"},
        "extra_body": {"new": 1},
    }
    client: dict[str, Any] = {
        "default_headers": {"x-team": "blue"},
        "default_query": {"trace": "t"},
        "on_request": note,
    }
    with caplog.at_level(logging.DEBUG), peer(script) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(PORT, url)
        in_session(colour, one, client=client, **options)
    (head,) = heads
    for line in (b"GET /typesafe/ws?trace=t HTTP/1.1", b"x-team: blue", b"x-call: c", b"Bearer " + API_KEY.encode()):
        assert line in head
    assert b"content-length" not in head.lower()
    assert seen == [url.replace("/v1", "/typesafe/ws")]
    assert API_KEY not in caplog.text


def _broken(colour: Colour, script: Callable[[Peer], object], use: Use = one, **options: Any) -> APIError:
    """The error that a session ends with."""
    with peer(script) as url, pytest.MonkeyPatch.context() as patch, nothing_left_over():
        patch.setenv(PORT, url)
        with pytest.raises(APIError) as caught:
            in_session(colour, use, **options)
    assert API_KEY not in repr(vars(caught.value))
    return caught.value


@both_colours
def test_a_server_that_closes_early(colour: Colour) -> None:
    """The error says why, and has the decisions that had come and could not be returned in order."""

    def script(other: Peer) -> None:
        other.open()
        ids = [other.hear()["id"] for _ in range(4)]
        other.say(decision(ids[1], 0.1), decision(ids[2], 0.2))
        other.close(1011, "Out of memory.")

    error = _broken(colour, script, many)
    assert type(error) is NetworkError
    assert error.message == "The server closed the session with code 1011: Out of memory."
    assert error.error_type == "session_closed"
    body: Any = error.body
    assert [found["answers"]["late"]["noul"] for found in body] == [0.1, 0.2]


@both_colours
@pytest.mark.parametrize("answered", [1, 2])
def test_a_server_that_closes_with_its_answer(colour: Colour, answered: int) -> None:
    """What was to be sent after that is not; what came before the end is returned first."""

    def script(other: Peer) -> None:
        other.open()
        ids = [other.hear()["id"] for _ in range(2)]
        other.say(*map(decision, ids[:answered]), closing=1011)
        assert other.hear() is None

    error = _broken(colour, script, many, concurrency=2)
    assert (error.error_type, error.message) == ("session_closed", "The server closed the session with code 1011.")
    assert not error.body


def _says(*messages: Any) -> Callable[[Peer], object]:
    def script(other: Peer) -> None:
        other.open()
        other.hear()
        other.say(*messages)
        other.hear()

    return script


RUDE: dict[str, tuple[Callable[[Peer], object], type[APIError], str]] = {
    "error": (
        _says({"type": "error", "message": "No such model.", "error_type": "not_found", "status": 404}),
        exceptions.ResourceNotFoundError,
        "No such model.",
    ),
    "bare error": (_says({"type": "error"}), APIError, "The server refused."),
    "no object": (_says([1]), ResponseValidationError, "cannot be read"),
    "no decision": (_says({"type": "decision", "id": "0", "answers": 5}), ResponseValidationError, "answers"),
    "hung up": (lambda other: (other.open(), other.hear()), NetworkError, "closed the session without a reason"),
    "no frames": (
        lambda other: (other.open(), other.hear(), other.write(b"\xff" * 100)),
        NetworkError,
        "with code 1002",
    ),
    "no handshake": (
        lambda other: (
            other.connection.recv(65_536),
            other.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"),
        ),
        ResponseValidationError,
        "did not open a WebSocket",
    ),
    "wrong handshake": (
        lambda other: (
            other.connection.recv(65_536),
            other.write(b"HTTP/1.1 101 Yes\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
            other.connection.recv(10),
        ),
        ResponseValidationError,
        "did not open a WebSocket",
    ),
    "refused": (
        lambda other: (
            other.connection.recv(65_536),
            other.write(b'HTTP/1.1 402 No\r\ncontent-length: 16\r\n\r\n{"detail":"Pay"}'),
        ),
        exceptions.PaymentRequiredError,
        "Pay",
    ),
}


@both_colours
@pytest.mark.parametrize(("script", "kind", "message"), RUDE.values(), ids=RUDE.keys())
def test_a_rude_server(colour: Colour, script: Callable[[Peer], object], kind: type[APIError], message: str) -> None:
    """Whatever it does, the error is one of this package, and nothing is left open."""
    error = _broken(colour, script)
    assert type(error) is kind
    assert message in str(error)
    assert error.url is not None
    assert error.url.endswith("/typesafe/ws")


@both_colours
def test_a_decision_that_does_not_come(colour: Colour) -> None:
    """It is waited for as long as the session's timeout says; a ping is no answer."""

    def script(other: Peer) -> None:
        other.open()
        other.hear()
        other.ping()
        assert other.hear() is None
        assert other.pongs == 1

    def holds(timeout: float) -> None:
        error = _broken(colour, script, timeout=timeout)
        assert type(error) is RequestTimeoutError
        assert f"within {timeout:g} s" in error.message

    patiently(holds)


@both_colours
def test_a_late_decision_is_not_taken_for_another(colour: Colour) -> None:
    """After a time-out the session goes on; what comes late is for nobody."""

    def script(other: Peer) -> None:
        other.open()
        late = other.hear()["id"]
        following = other.hear()["id"]
        other.say(decision(late, 0.1), decision(following, 0.2))
        other.hear()

    def use(stream: Any) -> Steps:
        with suppress(RequestTimeoutError):
            yield stream.send(ARTIFACT)
        found: Any = yield stream.send(ARTIFACT)
        return found

    def holds(timeout: float) -> None:
        with peer(script) as url, pytest.MonkeyPatch.context() as patch:
            patch.setenv(PORT, url)
            assert in_session(colour, use, timeout=timeout).nouls["late"].noul == 0.2

    patiently(holds)


@both_colours
def test_a_session_that_was_closed_while_idle_is_opened_again(colour: Colour) -> None:
    """With its questions and its state: nothing is lost. The close comes with the answer, so it has come in time."""

    def first(other: Peer) -> None:
        other.open()
        other.say(decision(other.hear()["id"], 0.1), closing=1001)
        assert other.hear() is None

    def second(other: Peer) -> None:
        assert other.open()["questions"] == QUESTIONS
        other.say(decision(other.hear()["id"], 0.2))
        other.hear()

    def use(stream: Any) -> Steps:
        one: Any = yield stream.send(ARTIFACT)
        two: Any = yield stream.send(ARTIFACT)
        return one.nouls["late"].noul, two.nouls["late"].noul

    with peer(first, second) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(PORT, url)
        assert in_session(colour, use) == (0.1, 0.2)


@both_colours
def test_the_server_says_how_many_at_once(colour: Colour) -> None:
    """More than it allows are never under way."""

    def script(other: Peer) -> None:
        other.shake_hands()
        assert other.hear()["max_inflight"] == 8
        other.say({**CREATED, "max_inflight": 2})
        for _ in range(5):
            ids = [other.hear()["id"], other.hear()["id"]]
            other.connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                other.hear()
            other.connection.settimeout(20)
            other.say(*map(decision, ids))
        other.hear()

    with peer(script) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(PORT, url)
        assert len(in_session(colour, many, concurrency=8)) == 10


def test_a_cancelled_task_leaves_nothing_open() -> None:
    """The session is closed, and its connection is free again."""
    is_asked = threading.Event()

    def script(other: Peer) -> None:
        other.open()
        other.hear()
        is_asked.set()
        assert other.hear() is None

    async def main() -> None:
        client = AsyncVLMRun(api_key=API_KEY)
        async with client, client.gateway.systemone.stream(QUESTIONS) as stream:
            await stream.send(ARTIFACT)

    async def cancelled() -> None:
        task = asyncio.create_task(main())
        await asyncio.to_thread(is_asked.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with peer(script) as url, pytest.MonkeyPatch.context() as patch, nothing_left_over():
        patch.setenv(PORT, url)
        asyncio.run(cancelled())


@both_colours
def test_what_cannot_be_done(colour: Colour, server: LocalServer) -> None:
    """Errors of the caller name what is wrong; the session goes on."""

    def use(stream: Any) -> Steps:
        try:
            yield stream.send("https://files.test/a.png")
        except InputError as error:
            assert "image is not an image with its bytes" in error.message  # noqa: PT017  # in either colour
        found: Any = yield stream.send(ARTIFACT)
        return found

    assert in_session(colour, use, client={"api_key": server.api_key}).nouls["late"].noul == 0.5
    wrong: list[dict[str, Any]] = [{"concurrency": 9}, {"detail": "most"}, {"model": ""}, {"state": object()}]
    for options in wrong:
        with pytest.raises(InputError):
            in_session(colour, one, **options)


def test_a_session_is_used_in_its_block_and_by_one_call() -> None:
    """Before and after there is nothing to use; two calls at once would take each other's answers."""
    with VLMRun(api_key=API_KEY) as client:
        stream = client.gateway.systemone.stream(QUESTIONS)
        assert repr(stream) == "<DecisionStream of https://gateway.vlm.run/typesafe, closed>"
        with pytest.raises(ClientError, match="not open"):
            stream.send(ARTIFACT)
        stream.close()


def test_two_tasks_at_once(server: LocalServer) -> None:
    """The second is told to open a session of its own."""

    async def main() -> list[Any]:
        client = AsyncVLMRun(api_key=server.api_key, base_url=server.base_url)
        async with client, client.gateway.systemone.stream(QUESTIONS) as stream:
            asked = [stream.send(ARTIFACT), stream.send(ARTIFACT)]
            return await asyncio.gather(*asked, return_exceptions=True)

    first, second = asyncio.run(main())
    assert first.nouls["late"].noul == 0.5
    assert isinstance(second, ClientError)


# TLS and proxies ------------------------------------------------------------------------------------------------------

HOST = "gateway.test"


class Authority(NamedTuple):
    """Who has signed the certificate of the gateway."""

    file: str
    """Its own certificate."""
    context: ssl.SSLContext
    """What the gateway shows."""


@pytest.fixture(scope="module", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that no machine knows, and the certificate of a gateway."""
    made: Any = trustme.CA()  # its types name a class of another library
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert("127.0.0.1", HOST).configure_cert(context)
    file: Path = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    return Authority(str(file), context)


def _answered(other: Peer) -> None:
    other.open()
    other.say(decision(other.hear()["id"], 0.25))
    other.hear()


@both_colours
def test_the_certificate_is_verified(colour: Colour, authority: Authority) -> None:
    """By the authorities of `verify=`; nobody else's are enough, and nothing is sent to such a server."""
    heads: list[bytes] = []

    def script(other: Peer) -> None:
        other.secure(authority.context)
        _answered(other)
        heads.append(other.head)

    with peer(script, script) as url, pytest.MonkeyPatch.context() as patch, nothing_left_over():
        patch.setenv(PORT, url.replace("http:", "https:"))
        with pytest.raises(NetworkError, match="certificate") as caught:
            in_session(colour, one)
        assert in_session(colour, one, client={"verify": authority.file}).nouls["late"].noul == 0.25
    assert len(heads) == 1
    assert API_KEY not in repr(vars(caught.value))


@both_colours
def test_a_proxy_passes_sessions_on(colour: Colour, authority: Authority) -> None:
    """`proxy=` of the client: through a tunnel, where the proxy sees neither key nor route, or in the clear."""
    asked: list[bytes] = []
    heads: list[bytes] = []

    def tunnel(other: Peer) -> None:
        asked.append(other.tunnel())
        other.secure(authority.context)
        _answered(other)
        heads.append(other.head)

    def clear(other: Peer) -> None:
        _answered(other)
        heads.append(other.head)

    with peer(tunnel, clear) as url, pytest.MonkeyPatch.context() as patch, nothing_left_over():
        client = {"proxy": url.removesuffix("/v1"), "verify": authority.file}
        patch.setenv(PORT, f"https://{HOST}/v1")
        assert in_session(colour, one, client=client).nouls["late"].noul == 0.25
        patch.setenv(PORT, f"http://{HOST}/v1")
        with pytest.warns(UserWarning, match="in the clear"):
            assert in_session(colour, one, client=client).nouls["late"].noul == 0.25
    (connect,) = asked
    assert connect.startswith(b"CONNECT gateway.test:443 HTTP/1.1\r\n")
    assert API_KEY.encode() not in connect
    assert heads[0].startswith(b"GET /typesafe/ws HTTP/1.1\r\n")
    assert heads[1].startswith(b"GET http://gateway.test/typesafe/ws HTTP/1.1\r\n")


@both_colours
def test_a_proxy_that_refuses_is_named(colour: Colour) -> None:
    """As for any other call: it is the proxy that said no, and not System One."""

    def script(other: Peer) -> None:
        other.read_head()
        other.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")

    with peer(script) as url, pytest.MonkeyPatch.context() as patch, nothing_left_over():
        patch.setenv(PORT, f"https://{HOST}/v1")
        with pytest.raises(NetworkError, match="proxy"):
            in_session(colour, one, client={"proxy": url.removesuffix("/v1")})
