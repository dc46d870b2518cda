"""A chat that takes minutes comes back as a completion or as an error, and is asked for once. Source: API.md §4."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from support.colours import BASE_URL, Colour, both_colours

openai = pytest.importorskip("openai", reason="chat completions are OpenAI's")

# The error of a connection that breaks, in the httpx that this openai stands on.
BROKEN: Any = importlib.import_module(openai.DefaultHttpxClient.__base__.__module__).ReadError("broken")

CHAT = f"{BASE_URL}/openai/chat/completions"
POLL = f"{BASE_URL}/openai/chat/polls/1"
COMPLETION = {
    "id": "chat-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "At last."}},
    ],
}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between polls, made without waiting; the clock goes on by as much."""
    made: list[float] = []

    def pause(seconds: float) -> None:
        made.append(seconds)

    async def async_pause(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("vlmrun._lifetimes.waiting.sleep", pause)
    monkeypatch.setattr("vlmrun._lifetimes.waiting.async_sleep", async_pause)
    start = itertools.count()
    monkeypatch.setattr("vlmrun._lifetimes.waiting.monotonic", lambda: sum(made) + next(start) / 1000)
    return made


def ask(**options: Any) -> Callable[[Any], Any]:
    return lambda client: client.agent.completions.create(
        model="m", messages=[{"role": "user", "content": "Hello!"}], **options
    )


@both_colours
@pytest.mark.parametrize("unfinished", [202, 204, 408, 409, 429, 500, 502, 503])
def test_a_poll_without_an_answer_is_repeated(
    colour: Colour, respx_mock: respx.MockRouter, pauses: list[float], unfinished: int
) -> None:
    """The address that a 303 names is asked, with the key, until the completion is there; the POST is sent once."""
    post = respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    poll = respx_mock.get(POLL).mock(
        side_effect=[httpx.Response(unfinished), httpx.Response(unfinished), httpx.Response(200, json=COMPLETION)]
    )
    answer = colour.run(ask(), max_retries=2)
    assert answer.choices[0].message.content == "At last."
    assert post.call_count == 1
    assert poll.call_count == 3
    polls: list[Any] = list(poll.calls)
    assert all(call.request.headers["authorization"].startswith("Bearer ") for call in polls)
    assert pauses == [1.0, 2.0]


@both_colours
def test_a_poll_may_send_on(colour: Colour, respx_mock: respx.MockRouter) -> None:
    """A poll that answers 303 in its turn is followed, and what comes after it as well."""
    respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    respx_mock.get(POLL).mock(
        side_effect=[httpx.Response(202), httpx.Response(303, headers={"Location": f"{POLL}/next"})]
    )
    respx_mock.get(f"{POLL}/next").mock(side_effect=[httpx.Response(204), httpx.Response(200, json=COMPLETION)])
    assert colour.run(ask()).id == "chat-1"


@both_colours
@pytest.mark.parametrize("unfinished", [202, 204, 503])
def test_a_chat_that_is_not_finished_in_time_is_an_error(
    colour: Colour, respx_mock: respx.MockRouter, pauses: list[float], unfinished: int
) -> None:
    """Never an empty answer, and never a second POST: the polls end with the timeout, and the retries do not count."""
    post = respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    respx_mock.get(POLL).respond(unfinished)
    with pytest.raises(openai.InternalServerError, match="not finished within the timeout"):
        colour.run(ask(), timeout=30.0, max_retries=2)
    assert post.call_count == 1
    assert sum(pauses) == pytest.approx(30.0, abs=0.1)


@both_colours
def test_without_a_timeout_polling_goes_on(colour: Colour, respx_mock: respx.MockRouter, pauses: list[float]) -> None:
    """`timeout=None` waits without limit, never more than ten seconds between polls."""
    respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    respx_mock.get(POLL).mock(side_effect=[*[httpx.Response(202)] * 500, httpx.Response(200, json=COMPLETION)])
    assert colour.run(ask(), timeout=None).id == "chat-1"
    assert max(pauses) == 10.0


@both_colours
@pytest.mark.parametrize("status", [400, 404])
def test_a_poll_that_fails_is_openais_error(colour: Colour, respx_mock: respx.MockRouter, status: int) -> None:
    """A poll's 4xx is final."""
    respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    respx_mock.get(POLL).respond(status, json={"detail": "gone"})
    with pytest.raises(openai.APIStatusError) as info:
        colour.run(ask())
    assert info.value.status_code == status


@both_colours
def test_a_long_chat_is_streamed(colour: Colour, respx_mock: respx.MockRouter) -> None:
    """A stream may begin after polls, too."""
    respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    respx_mock.get(POLL).mock(
        side_effect=[
            httpx.Response(202),
            httpx.Response(200, headers={"content-type": "text/event-stream"}, content=b"data: [DONE]\n\n"),
        ]
    )
    with_chunks = ask(stream=True)
    if colour.is_async:

        async def drain(client: Any) -> list[Any]:
            return [chunk async for chunk in await with_chunks(client)]

        assert colour.run(drain) == []
    else:
        assert colour.run(lambda client: list(with_chunks(client))) == []


@both_colours
@pytest.mark.parametrize("status", [202, 204, 500])
def test_only_a_303_starts_polling(
    colour: Colour, respx_mock: respx.MockRouter, pauses: list[float], status: int
) -> None:
    """An answer that was not sent elsewhere is no chat to be followed: it is an error, once."""
    post = respx_mock.post(CHAT).respond(status)
    with pytest.raises(openai.InternalServerError):
        colour.run(ask(), max_retries=0)
    assert post.call_count == 1
    assert pauses == []


@both_colours
def test_a_poll_whose_connection_breaks_is_repeated(
    colour: Colour, respx_mock: respx.MockRouter, pauses: list[float]
) -> None:
    """The POST, which did the work, is not: neither by us nor by OpenAI's client."""
    post = respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    poll = respx_mock.get(POLL).mock(
        side_effect=[
            BROKEN,
            httpx.Response(202),
            BROKEN,
            httpx.Response(200, json=COMPLETION),
        ]
    )
    assert colour.run(ask(), max_retries=2).id == "chat-1"
    assert (post.call_count, poll.call_count) == (1, 4)
    assert pauses == [1.0, 2.0, 4.0]


@both_colours
def test_polls_whose_connections_break_end_with_the_timeout(colour: Colour, respx_mock: respx.MockRouter) -> None:
    """Not with a second POST."""
    post = respx_mock.post(CHAT).respond(303, headers={"Location": POLL})
    respx_mock.get(POLL).mock(side_effect=BROKEN)
    with pytest.raises(openai.InternalServerError, match="not finished within the timeout"):
        colour.run(ask(), timeout=30.0, max_retries=2)
    assert post.call_count == 1


@both_colours
def test_a_post_whose_connection_breaks_is_left_to_openai(
    colour: Colour, respx_mock: respx.MockRouter, pauses: list[float]
) -> None:
    """It is no poll: OpenAI's client repeats it as often as `max_retries` says, and we do not."""
    post = respx_mock.post(CHAT).mock(side_effect=BROKEN)
    with pytest.raises(openai.APIConnectionError):
        colour.run(ask(), max_retries=0)
    assert post.call_count == 1
    assert pauses == []
