"""Native calls that fail: every status, every shape of API.md §10 and every fault of the wire, as our own errors."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx2
import pytest

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.patience import patiently
from support.statuses import STATUSES
from support.wire import AGENT, Answer, Answerer, LoopbackServer, Sent, closed_port, fake_wire, json_answer, vlm_run
from vlmrun.client import exceptions
from vlmrun.client.exceptions import APIError, NetworkError, RequestTimeoutError, VLMRunError

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]


def read(client: Any) -> Any:
    return client.agent.list()


def start(client: Any) -> Any:
    return client.agent.execute("reader")


read_and_start = pytest.mark.parametrize("use", [read, start], ids=["GET", "POST"])


def failure(colour: Colour, answer: Answerer | Answer | Exception, use: Use = read, **options: Any) -> APIError:
    """The error that a call ends with where this is the answer."""
    answerer: Answerer = answer if callable(answer) else lambda _: answer
    with fake_wire(answerer), pytest.raises(APIError) as caught:
        colour.run(use, **options)
    return caught.value


# Statuses -------------------------------------------------------------------------------------------------------------


@both_colours
@read_and_start
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_its_error(colour: Colour, use: Use, status: int) -> None:
    """A status maps to one class, with everything that the answer said on it."""
    error = failure(colour, json_answer({"detail": "Because."}, status, x_request_id="r-1", x_more="m"), use)
    assert type(error) is STATUSES[status]
    assert isinstance(error, VLMRunError)
    assert error.message == "Because."
    assert error.http_status == status
    assert error.body == {"detail": "Because."}
    assert error.headers["x-more"] == "m"
    assert error.headers["content-type"] == "application/json"
    assert error.request_id == "r-1"
    assert error.error_type is None
    call = f"(GET /agent: {status}" if use is read else f"(POST /agent/execute: {status}"
    assert str(error).startswith(f"Because. {call}")
    assert "request id r-1)" in str(error)
    assert str(error).endswith(")" if error.suggestion is None else f") Try: {error.suggestion}")


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "VLMRUN_API_KEY"), (402, "credits"), (403, "API key"), (429, "max_retries")]
)
@both_colours
def test_an_error_that_one_can_do_something_about_says_what(colour: Colour, status: int, hint: str) -> None:
    """A suggestion names the thing to look at."""
    error = failure(colour, json_answer({"detail": "No."}, status))
    assert error.suggestion is not None
    assert hint in error.suggestion
    assert hint in str(error)


@both_colours
def test_422_is_also_a_validation_error(colour: Colour) -> None:
    """Code that catches the official SDK's `ValidationError` for a bad request catches 422 as well as 400."""
    with fake_wire(lambda _: json_answer({"detail": "No."}, 422)), pytest.raises(exceptions.ValidationError):
        colour.run(read)


# Shapes ---------------------------------------------------------------------------------------------------------------

# An error's body, per API.md §10: what is sent, and the message, error_type and request_id that are to be read from it.
# `None` as the message is "whatever says the status".
DEEP = b"[" * 100_000 + b"]" * 100_000
SHAPES: dict[str, tuple[bytes, str | None, str | None, str | None]] = {
    "detail text": (b'{"detail": "No such agent."}', "No such agent.", None, "r-1"),
    "detail list": (
        json.dumps(
            {
                "detail": [
                    {"loc": ["body", "config", 0, "prompt"], "msg": "Field required", "type": "missing", "input": None},
                    {"loc": ["query", "limit"], "msg": "Too big", "type": "less_than", "ctx": {"lt": 9}},
                ]
            }
        ).encode(),
        "body.config.0.prompt: Field required; query.limit: Too big",
        None,
        "r-1",
    ),
    "detail list of texts": (b'{"detail": ["One.", "Two."]}', "One.; Two.", None, "r-1"),
    "detail list without loc": (b'{"detail": [{"msg": "Wrong"}]}', "Wrong", None, "r-1"),
    "detail list of oddities": (b'{"detail": [7, null, {}, {"loc": 3, "msg": 4}]}', None, None, "r-1"),
    "detail list, empty": (b'{"detail": []}', None, None, "r-1"),
    "error object": (
        b'{"error": {"message": "Slow down.", "type": "rate_limit", "id": "e-7"}}',
        "Slow down.",
        "rate_limit",
        "e-7",
    ),
    "error object without id": (b'{"error": {"message": "M.", "type": "t"}}', "M.", "t", "r-1"),
    "error object with numbers": (b'{"error": {"message": 5, "type": 6, "id": 7}}', None, None, "r-1"),
    "error object, empty": (b'{"error": {}}', None, None, "r-1"),
    "detail.error": (
        b'{"detail": {"error": {"message": "Bad model.", "type": "invalid_request_error", "code": "x", "param": "y"}}}',
        "Bad model.",
        "invalid_request_error",
        "r-1",
    ),
    "detail object": (b'{"detail": {"message": "M.", "type": "t"}}', "M.", "t", "r-1"),
    "detail.error text": (b'{"detail": {"error": "Just text."}}', "Just text.", None, "r-1"),
    "error text": (b'{"error": "Just text."}', "Just text.", None, "r-1"),
    "error null, detail text": (b'{"error": null, "detail": "Text."}', "Text.", None, "r-1"),
    "HTML": (b"<html><h1>502 Bad Gateway</h1></html>", None, None, "r-1"),
    "text": (b"upstream connect error", None, None, "r-1"),
    "empty": (b"", None, None, "r-1"),
    "invalid JSON": (b'{"detail": "No', None, None, "r-1"),
    "not text": (b"\xff\xfe", None, None, "r-1"),
    "deeply nested JSON": (DEEP, None, None, "r-1"),
    "a huge number": (b'{"detail": ' + b"9" * 10_000 + b"}", None, None, "r-1"),
    "JSON list": (b'["No."]', None, None, "r-1"),
    "JSON text": (b'"No."', None, None, "r-1"),
    "JSON null": (b"null", None, None, "r-1"),
    "other keys": (b'{"status": "error"}', None, None, "r-1"),
    "empty text": (b'{"detail": ""}', None, None, "r-1"),
}


@both_colours
@pytest.mark.parametrize("status", [422, 500])
@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_of_an_error_is_read(colour: Colour, name: str, status: int) -> None:
    """Whatever shape an error comes in: the right class, a message in words, and the body kept."""
    raw, message, error_type, request_id = SHAPES[name]
    error = failure(colour, Answer(status, raw, {"x-request-id": "r-1"}))
    assert type(error) is STATUSES[status]
    if message is None:
        assert str(status) in error.message
        assert "\n" not in error.message
        assert len(error.message) < 100
    else:
        assert error.message == message
    assert error.error_type == error_type
    assert error.request_id == request_id
    assert error.body == _body(raw)


def _body(raw: bytes) -> object:
    """A body as it is to be kept: parsed where Python's JSON can, else its text, or `None`."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode(errors="replace")


@both_colours
def test_no_request_id_is_none(colour: Colour) -> None:
    """Where neither the body nor a header names the request, nothing is made up."""
    assert failure(colour, json_answer({"detail": "No."}, 400)).request_id is None


# Faults of the wire ---------------------------------------------------------------------------------------------------


@both_colours
@read_and_start
def test_a_refused_connection_is_a_network_error(colour: Colour, use: Use) -> None:
    """A port where nobody listens: the error says where it tried, and what to look at."""
    with closed_port() as base_url, pytest.raises(NetworkError) as caught:
        colour.run(use, base_url=base_url)
    error = caught.value
    assert base_url.removesuffix("/v1") in error.message
    assert error.suggestion is not None
    assert "base_url" in error.suggestion
    assert (error.http_status, error.body, error.error_type) == (None, None, "connection")
    assert isinstance(error.__cause__, httpx2.ConnectError)


@both_colours
@read_and_start
@pytest.mark.parametrize(
    "fault",
    [httpx2.ConnectTimeout("t"), httpx2.ReadTimeout("t"), httpx2.WriteTimeout("t"), httpx2.PoolTimeout("t")],
    ids=lambda fault: type(fault).__name__,
)
def test_no_answer_in_time_is_a_timeout_error(colour: Colour, use: Use, fault: httpx2.TimeoutException) -> None:
    """Each kind of waiting that takes too long is a `RequestTimeoutError` that says what to change."""
    error = failure(colour, fault, use)
    assert type(error) is RequestTimeoutError
    is_connecting = isinstance(fault, httpx2.ConnectTimeout)
    said = "Could not connect to https://vlmrun.test within 5 s." if is_connecting else "No response from "
    if isinstance(fault, httpx2.PoolTimeout):
        said = "No request to https://vlmrun.test was sent: no connection was free within "
    assert error.message.startswith(said)
    assert error.suggestion is not None
    assert ("timeout" in error.suggestion) is not is_connecting
    assert (error.http_status, error.error_type) == (None, "timeout")
    assert error.__cause__ is fault


@both_colours
@pytest.mark.parametrize("fault", [httpx2.PoolTimeout("t"), httpx2.ConnectTimeout("t"), httpx2.ReadTimeout("t")])
def test_what_took_too_long_names_the_timeout_that_was_chosen(colour: Colour, fault: httpx2.TimeoutException) -> None:
    """Not what was left of it when the waiting began, such as 3.99 s."""

    def run(client: Any) -> Any:
        return client.agent.run("Read.", mode="execution", timeout=4)

    assert " within 4 s" in failure(colour, fault, run).message


@both_colours
@read_and_start
@pytest.mark.parametrize(
    "fault",
    [
        httpx2.ConnectError("name not known"),
        httpx2.ReadError("connection reset"),
        httpx2.WriteError("broken pipe"),
        httpx2.RemoteProtocolError("server disconnected"),
        httpx2.LocalProtocolError("illegal header"),
        httpx2.ProxyError("407 Proxy Authentication Required"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_broken_connection_is_a_network_error(colour: Colour, use: Use, fault: httpx2.TransportError) -> None:
    """Whatever breaks on the way is a `NetworkError` with the reason in it, raised from httpx2's own."""
    error = failure(colour, fault, use)
    assert type(error) is NetworkError
    assert str(fault) in error.message
    assert error.__cause__ is fault


@both_colours
def test_a_fault_without_words_is_named(colour: Colour) -> None:
    """Some faults come without a text, a reset under asyncio for one; then the kind of the fault is the reason."""
    error = failure(colour, httpx2.ReadError(""))
    assert "ReadError" in error.message


@both_colours
def test_a_timeout_over_a_real_socket(colour: Colour) -> None:
    """A server that takes its time longer than `timeout` is a `RequestTimeoutError`."""

    def ends_in_time(timeout: float) -> None:
        released = threading.Event()

        def slow(sent: Sent) -> Answer:
            released.wait(60)
            return vlm_run(sent)

        with LoopbackServer(slow) as server:
            try:
                with pytest.raises(RequestTimeoutError, match="no response"):
                    colour.run(read, base_url=server.base_url, timeout=timeout)
            finally:
                released.set()
        assert len(server.sent) == 1

    patiently(ends_in_time)


@both_colours
@read_and_start
def test_a_connection_that_ends_without_an_answer_is_a_network_error(colour: Colour, use: Use) -> None:
    """A server that hangs up instead of answering, over a real socket."""
    with LoopbackServer(lambda _: ConnectionError("hang up")) as server, pytest.raises(NetworkError) as caught:
        colour.run(use, base_url=server.base_url)
    assert isinstance(caught.value.__cause__, httpx2.TransportError)


@both_colours
def test_an_answer_that_is_not_http_is_a_network_error(colour: Colour) -> None:
    """An answer that breaks off before its promised end is no answer."""
    half = Answer(200, b"[]", {"content-type": "application/json", "content-length": "2000", "connection": "close"})
    with LoopbackServer(lambda _: half) as server, pytest.raises(NetworkError) as caught:
        colour.run(read, base_url=server.base_url)
    assert isinstance(caught.value.__cause__, httpx2.RemoteProtocolError)


@both_colours
@read_and_start
@pytest.mark.parametrize("status", [200, 400])
def test_a_body_that_cannot_be_unpacked_is_a_network_error(colour: Colour, use: Use, status: int) -> None:
    """A body that says gzip and is none is an error of this package, whatever its status."""
    bad = Answer(status, b"this is not gzip", {"content-encoding": "gzip", "content-type": "application/json"})
    with LoopbackServer(lambda _: bad) as server, pytest.raises(NetworkError) as caught:
        colour.run(use, base_url=server.base_url)
    assert isinstance(caught.value.__cause__, httpx2.DecodingError)


@both_colours
def test_a_compressed_body_is_unpacked(colour: Colour) -> None:
    """The counterpart: honest gzip is read."""
    packed = Answer(200, gzip.compress(json.dumps([AGENT]).encode()), {"content-encoding": "gzip"})
    with LoopbackServer(lambda _: packed) as server:
        (agent,) = colour.run(read, base_url=server.base_url)
    assert agent.id == AGENT["id"]


# Redirects ------------------------------------------------------------------------------------------------------------


def redirect(location: str, status: int = 307) -> Answer:
    """An answer that sends the client elsewhere."""
    return Answer(status, b"", {"location": location})


@both_colours
@read_and_start
def test_a_redirect_loop_is_a_network_error(colour: Colour, use: Use) -> None:
    """A redirect to itself ends, in an error of this package."""
    with fake_wire(lambda sent: redirect(sent.url)) as sent, pytest.raises(NetworkError, match=r"(?i)redirect"):
        colour.run(use)
    assert 2 <= len(sent) <= 50


@both_colours
@pytest.mark.parametrize("location", ["ftp://vlmrun.test/v1/agent", "https://[bad/agent", "https:///agent"])
def test_a_redirect_to_nowhere_is_an_error_of_this_package(colour: Colour, location: str) -> None:
    """A `Location` that HTTP cannot follow does not surface as an exception from inside."""
    with LoopbackServer(lambda _: redirect(location)) as server, pytest.raises(NetworkError):
        colour.run(read, base_url=server.base_url)
    assert len(server.sent) == 1


@both_colours
def test_a_redirect_without_location_is_an_error_with_its_status(colour: Colour) -> None:
    """There is nothing to follow, so the answer is the answer."""
    error = failure(colour, Answer(303, b""))
    assert type(error) is APIError
    assert error.http_status == 303


def _elsewhere(location: str, status: int = 307) -> Answerer:
    return lambda sent: redirect(location, status) if sent.url.startswith(BASE_URL) else vlm_run(sent)


@both_colours
@read_and_start
@pytest.mark.parametrize("host", ["https://other.test", "http://vlmrun.test", "https://vlmrun.test:8443"])
def test_a_redirect_to_another_host_carries_no_key(colour: Colour, use: Use, host: str) -> None:
    """Another host, port or an unencrypted scheme is not trusted with the key, and may still answer."""
    path = "/v1/agent" if use is read else "/v1/agent/execute"
    with fake_wire(_elsewhere(f"{host}{path}")) as sent:
        colour.run(use)
    assert [one.header("authorization") for one in sent] == [f"Bearer {API_KEY}", None]
    assert sent[1].url == f"{host}{path}"
    assert not any(API_KEY in f"{one.url} {one.headers}" for one in sent[1:])


@both_colours
def test_a_redirect_on_the_same_host_keeps_the_key(colour: Colour) -> None:
    """Where the server moved a path of its own, the call goes on; 303 turns it into a GET without a body."""

    def answer(sent: Sent) -> Answer:
        if sent.path.endswith("/lookup"):
            return redirect("/v1/agents/i-1", 303)
        return vlm_run(sent)

    with fake_wire(answer) as sent:
        assert colour.run(lambda client: client.agent.get(name="a")).id == AGENT["id"]
    assert [(one.method, one.path, one.body) for one in sent] == [
        ("POST", "/v1/agent/lookup", b'{"name":"a"}'),
        ("GET", "/v1/agents/i-1", b""),
    ]
    assert sent[1].header("authorization") == f"Bearer {API_KEY}"


# Secrets --------------------------------------------------------------------------------------------------------------

HEADER_SECRET = "another-secret"
FAULTS: dict[str, Answerer] = {
    "401": lambda _: json_answer({"detail": "Invalid API key."}, 401),
    "422": lambda _: json_answer({"detail": [{"loc": ["body"], "msg": "Wrong"}]}, 422),
    "500": lambda _: Answer(500, b"<html>"),
    "unreadable": lambda _: Answer(200, b"<html>"),
    "timeout": lambda _: httpx2.ReadTimeout("timed out"),
    "reset": lambda _: httpx2.ReadError("connection reset"),
    "loop": lambda sent: redirect(sent.url),
    "elsewhere": _elsewhere("https://other.test/v1/nowhere"),
}


@both_colours
@pytest.mark.parametrize("name", FAULTS)
def test_no_error_shows_the_key(colour: Colour, name: str) -> None:
    """Neither the text, nor the representation, nor the traceback of an error holds the API key."""
    with fake_wire(FAULTS[name]) as sent, pytest.raises(APIError) as caught:
        colour.run(read, default_headers={"X-Secret": HEADER_SECRET})
    assert sent[0].header("authorization") == f"Bearer {API_KEY}"
    shown = "".join(traceback.format_exception(caught.value))
    error: BaseException | None = caught.value
    seen: list[BaseException] = []  # respx makes a circle of what it raises
    while error is not None and error not in seen:
        seen.append(error)
        shown += f"{error} {error!r} {vars(error)!r}"
        error = error.__cause__ or error.__context__
    assert API_KEY not in shown
    assert HEADER_SECRET not in shown


@both_colours
def test_no_log_shows_the_key(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """Not at DEBUG level either, not from this package and not from httpx2 underneath."""
    caplog.set_level(logging.DEBUG)
    answers = iter([vlm_run, *FAULTS.values()])
    with LoopbackServer(lambda sent: _quietly(next(answers)(sent))) as server:
        for _ in range(1 + len(FAULTS)):
            with suppress(APIError):
                colour.run(read, base_url=server.base_url)
    assert len(server.sent) >= 1 + len(FAULTS)
    assert all(sent.header("authorization") == f"Bearer {API_KEY}" for sent in server.sent)
    loggers = {record.name.split(".")[0] for record in caplog.records}
    assert {"httpx2", "httpcore2"} <= loggers
    assert API_KEY not in caplog.text
    assert not any(API_KEY in f"{record.__dict__!r}" for record in caplog.records)


def _quietly(outcome: Answer | Exception) -> Answer | Exception:
    """A real server can hang up, and knows nothing of httpx2's errors; nor is there a network to be sent to."""
    if isinstance(outcome, Exception):
        return ConnectionError("hang up")
    return Answer(500, outcome.body) if outcome.status == 307 else outcome
