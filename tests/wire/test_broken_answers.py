"""An answer to a chat that is broken is an error of OpenAI's, and never a short success. Source: API.md §4."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from inspect import isawaitable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.colours import Colour, both_colours
from support.patience import patiently
from support.wire import COMPLETION, PIECES, Answer, LoopbackServer, event_stream, fake_wire, json_answer
from vlmrun import VLMRun
from vlmrun._openai.chats import EventWatch

openai = pytest.importorskip("openai", reason="chat completions are OpenAI's")


DEEP = b"[" * 100_000 + b"]" * 100_000
EVENTS = event_stream().body
END = EVENTS.index(b'"finish_reason": "stop"')
"""Where the first sign of the end begins."""


def ask(**options: Any) -> Callable[[Any], Any]:
    return lambda client: client.agent.completions.create(
        model="m", messages=[{"role": "user", "content": "Hello!"}], **options
    )


def streamed(colour: Colour, **options: Any) -> list[str]:
    """The pieces of a streamed chat."""
    pieces: list[str] = []

    def note(chunk: Any) -> None:
        pieces.extend(choice.delta.content or "" for choice in chunk.choices)

    if colour.is_async:

        async def drain(client: Any) -> None:
            async for chunk in await ask(stream=True)(client):
                note(chunk)

        colour.run(drain, **options)
    else:

        def drain_now(client: Any) -> None:
            for chunk in ask(stream=True)(client):
                note(chunk)

        colour.run(drain_now, **options)
    return pieces


LONGER = {"content-length": "1000"}
"""More than comes."""
each_end = pytest.mark.parametrize("connection", ["keep-alive", "close"], ids=["stalls", "is cut"])

BROKEN = {
    "no content": Answer(204),
    "accepted, and nothing": Answer(202),
    "an empty answer": Answer(200, headers={"content-type": "application/json"}),
    "half of it": Answer(200, json.dumps(COMPLETION).encode()[:60], {"content-type": "application/json"}),
    "another JSON": json_answer({"unexpected": True}),
    "a list": json_answer([COMPLETION]),
    "null": json_answer(None),
    "choices of another kind": json_answer({**COMPLETION, "choices": "none"}),
    "endless nesting": Answer(200, DEEP, {"content-type": "application/json"}),
    "a page of a portal": Answer(200, b"<html>Please log in.</html>", {"content-type": "text/html"}),
    "no media type": Answer(200, json.dumps(COMPLETION).encode()),
}


@both_colours
@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_is_none_is_an_error(colour: Colour, name: str) -> None:
    """It says what came, keeps it, and is not asked for again: the server said success."""
    answer = BROKEN[name]
    with fake_wire(lambda _: answer) as sent, pytest.raises(openai.InternalServerError) as caught:
        colour.run(ask(), max_retries=3)
    assert len(sent) == 1
    assert f"The server said {answer.status}, but sent no answer" in str(caught.value)
    (came,) = caught.value.response.history
    assert (came.status_code, came.content) == (answer.status, answer.body)


@both_colours
@pytest.mark.parametrize("name", BROKEN)
def test_a_streamed_answer_that_is_none_is_an_error(colour: Colour, name: str) -> None:
    """The same of a chat that is to be streamed, which would else end before its first piece."""
    with fake_wire(lambda _: BROKEN[name]) as sent, pytest.raises(openai.InternalServerError, match="sent no answer"):
        streamed(colour, max_retries=3)
    assert len(sent) == 1


@both_colours
def test_an_error_of_the_server_is_its_own(colour: Colour) -> None:
    """Only answers that say success are looked at."""
    page = Answer(401, b"<html>", {"content-type": "text/html"})
    with fake_wire(lambda _: page), pytest.raises(openai.AuthenticationError) as caught:
        colour.run(ask())
    assert caught.value.response.text == "<html>"


@both_colours
@each_end
def test_an_error_of_a_stream_has_its_status_though_its_words_do_not_come(colour: Colour, connection: str) -> None:
    """OpenAI's client reads them where it no longer looks for errors of the connection, and lets httpx's through."""
    refusal = Answer(401, b'{"error": ', {"content-type": "application/json", **LONGER, "connection": connection})

    def has_its_status(timeout: float) -> None:
        with LoopbackServer(lambda _: refusal) as server:
            with pytest.raises(openai.AuthenticationError) as caught:
                streamed(colour, base_url=server.base_url, timeout=timeout)
            assert len(server.sent) == 1
        assert caught.value.response.content == b""

    patiently(has_its_status)


@both_colours
@each_end
def test_a_page_that_is_not_whole_is_no_stream(colour: Colour, connection: str) -> None:
    """It is an error as a whole one is, and is not asked for again."""
    page = Answer(200, b"<html>", {"content-type": "text/html", **LONGER, "connection": connection})

    def is_no_stream(timeout: float) -> None:
        with LoopbackServer(lambda _: page) as server:
            with pytest.raises(openai.InternalServerError, match="no stream of events"):
                streamed(colour, base_url=server.base_url, timeout=timeout, max_retries=3)
            assert len(server.sent) == 1

    patiently(is_no_stream)


def raw_body(client: Any, way: str, **options: Any) -> Any:
    """The status and the body that a raw way of asking gives, from the sync accessor or the async one."""
    ways = getattr(client.agent.completions, way)
    asked = ways.create(model="m", messages=[], **options)
    if way == "with_raw_response":
        if not isawaitable(asked):
            return asked.status_code, asked.http_response.read()

        async def raw() -> tuple[int, bytes]:
            response = await asked
            return response.status_code, await response.http_response.aread()

        return raw()
    if hasattr(asked, "__enter__"):
        with asked as response:
            return response.status_code, response.read()

    async def streaming() -> tuple[int, bytes]:
        async with asked as response:
            return response.status_code, await response.read()

    return streaming()


RAW_WAYS = pytest.mark.parametrize("way", ["with_raw_response", "with_streaming_response"])


@both_colours
@RAW_WAYS
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_raw_response_is_as_the_server_sent_it(colour: Colour, way: str, name: str, *, stream: bool) -> None:
    """Whoever asks for the raw response judges it: an empty or odd body is handed out, as by OpenAI's plain client."""
    answer = BROKEN[name]
    options = {"stream": True} if stream else {}
    with fake_wire(lambda _: answer) as sent:
        assert colour.run(lambda client: raw_body(client, way, **options)) == (answer.status, answer.body)
    assert len(sent) == 1


@both_colours
@RAW_WAYS
def test_a_raw_stream_is_as_the_server_sent_it(colour: Colour, way: str) -> None:
    """Its headers too; where it is cut off, its bytes just end."""
    compressed = gzip.compress(EVENTS[:END])
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    with fake_wire(lambda _: Answer(200, compressed, headers)):
        assert colour.run(lambda client: raw_body(client, way, stream=True)) == (200, EVENTS[:END])


# Streams --------------------------------------------------------------------------------------------------------------


def cut_after(size: int, **headers: str) -> Answer:
    """A stream that ends, as if it were whole, after so many bytes."""
    return Answer(200, EVENTS[:size], {"content-type": "text/event-stream", **headers})


@both_colours
@pytest.mark.parametrize("size", [0, 1, 40, EVENTS.index(b"\n\n") + 2, END - 1, END + len(b'"finish_reason": ')])
def test_a_stream_that_is_cut_is_an_error(colour: Colour, size: int) -> None:
    """After a whole event as well as within one."""
    with fake_wire(lambda _: cut_after(size)) as sent, pytest.raises(openai.APIConnectionError, match="not whole"):
        streamed(colour, max_retries=3)
    assert len(sent) == 1


@both_colours
@pytest.mark.parametrize(
    "body",
    [EVENTS, EVENTS.replace(b"data: [DONE]\n\n", b""), EVENTS.replace(b'"stop"', b"null"), b"data: [DONE]\n\n"],
    ids=["both signs", "a finish reason", "an end mark", "an end mark alone"],
)
def test_a_stream_with_a_sign_of_its_end_is_whole(colour: Colour, body: bytes) -> None:
    """Its end mark, or a finish reason."""
    with fake_wire(lambda _: Answer(200, body, {"content-type": "text/event-stream"})):
        assert "".join(streamed(colour)) == ("" if body.startswith(b"data: [DONE]") else "".join(PIECES))


@both_colours
@pytest.mark.parametrize("size", [len(EVENTS), END])
def test_a_compressed_stream_is_watched(colour: Colour, size: int) -> None:
    """It is read and judged as any other."""
    answer = Answer(
        200, gzip.compress(EVENTS[:size]), {"content-type": "text/event-stream", "content-encoding": "gzip"}
    )
    with fake_wire(lambda _: answer):
        if size == END:
            with pytest.raises(openai.APIConnectionError, match="not whole"):
                streamed(colour)
        else:
            assert "".join(streamed(colour)) == "".join(PIECES)


@both_colours
def test_a_stream_may_be_left_early(colour: Colour) -> None:
    """Whoever has read enough has no error."""

    async def first(client: Any) -> Any:
        async with await ask(stream=True)(client) as stream:
            return await stream.__anext__()

    def first_now(client: Any) -> Any:
        with ask(stream=True)(client) as stream:
            return next(stream)

    with fake_wire(lambda _: cut_after(END)):
        assert colour.run(first if colour.is_async else first_now).id == "chatcmpl-1"


@both_colours
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_stream_says_how_long_it_took(colour: Colour, encoding: str) -> None:
    """`stream.response.elapsed`, once it is closed, as with OpenAI's plain client."""
    body = gzip.compress(EVENTS) if encoding == "gzip" else EVENTS
    answer = Answer(200, body, {"content-type": "text/event-stream", "content-encoding": encoding})

    async def elapsed(client: Any) -> float:
        async with await ask(stream=True)(client) as stream:
            async for _ in stream:
                pass
        return float(stream.response.elapsed.total_seconds())

    def elapsed_now(client: Any) -> float:
        with ask(stream=True)(client) as stream:
            for _ in stream:
                pass
        return float(stream.response.elapsed.total_seconds())

    with fake_wire(lambda _: answer):
        assert colour.run(elapsed if colour.is_async else elapsed_now) > 0


@both_colours
def test_what_is_said_in_a_stream_is_no_sign_of_its_end(colour: Colour) -> None:
    """The signs may be quoted in an answer."""
    said = json.dumps('data: [DONE]\n"finish_reason": "stop"')
    body = EVENTS[:END].replace(json.dumps(PIECES[0]).encode(), said.encode())
    assert said.encode() in body
    answer = Answer(200, body, {"content-type": "text/event-stream"})
    with fake_wire(lambda _: answer), pytest.raises(openai.APIConnectionError, match="not whole"):
        streamed(colour)


def test_a_body_that_is_read_as_it_comes_is_handed_on() -> None:
    """`with_streaming_response` of a chat that is not streamed is nobody's stream of events."""

    def read(client: Any) -> bytes:
        with client.agent.completions.with_streaming_response.create(model="m", messages=[]) as response:
            return b"".join(response.iter_bytes())

    with fake_wire():
        assert json.loads(Colour(VLMRun).run(read)) == COMPLETION


# The watch ------------------------------------------------------------------------------------------------------------


def pieces_of(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield data[start : start + size]
        start += size
    yield data[start:]


WHOLE = st.sampled_from(
    [EVENTS, EVENTS.replace(b"\n", b"\r\n"), EVENTS.replace(b"data: [DONE]\n\n", b""), b": wait\n\n" + EVENTS]
)
SIZES = st.lists(st.integers(0, 60), max_size=60)


@given(WHOLE, SIZES)
def test_a_whole_stream_is_seen_to_be_whole_however_it_is_cut_into_pieces(data: bytes, sizes: list[int]) -> None:
    watch = EventWatch()
    for piece in pieces_of(data, sizes):
        watch.ends_event(piece)
    assert watch.is_whole


@given(st.integers(0, END + len(b'"finish_reason": "') - 1), SIZES)
def test_a_cut_stream_is_not_seen_to_be_whole(size: int, sizes: list[int]) -> None:
    watch = EventWatch()
    for piece in pieces_of(EVENTS[:size], sizes):
        watch.ends_event(piece)
    assert not watch.is_whole


@given(SIZES, st.sampled_from([b"\n", b"\r\n"]))
def test_an_event_ends_where_its_last_byte_comes(sizes: list[int], line_end: bytes) -> None:
    """As often as pieces hold the last byte of an event with data; a comment is no event."""
    data = (b": wait\n\n" + EVENTS.replace(b"data: [DONE]", b": wait\n\ndata: [DONE]")).replace(b"\n", line_end)
    watch, seen, position, events = EventWatch(), 0, 0, data.split(2 * line_end)[:-1]
    ends: dict[int, bool] = {}
    for event in events:
        position += len(event) + 2 * len(line_end)
        ends[position] = event.startswith(b"data")
    position = 0
    for piece in pieces_of(data, sizes):
        expected = any(is_event for end, is_event in ends.items() if position < end <= position + len(piece))
        assert watch.ends_event(piece) == expected
        position += len(piece)
        seen += expected
    assert seen > 0
