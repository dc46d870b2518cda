"""`client.agent.run` as tools see it that trace OpenAI: they replace a method of a class, or of one client.

langfuse and OpenLLMetry replace `Completions.create` on the class, logfire and openinference `OpenAI.request`, and
langsmith and opik `create` of one client. Each of them passes on what it was given, and returns what came.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from support.colours import BASE_URL, Colour, both_colours
from support.wire import COMPLETION, Answer, Sent, fake_wire, json_answer, vlm_run
from vlmrun import content
from vlmrun.client.exceptions import (
    APIError,
    NetworkError,
    OutputValidationError,
    RateLimitError,
    RefusalError,
    RequestTimeoutError,
    ResponseValidationError,
    ServerError,
)

openai = pytest.importorskip("openai", reason="chats are OpenAI's")

Use = Callable[[Any], Any]


class Invoice(BaseModel):
    """What the agent of these tests reads."""

    total: float


class Tracer:
    """What a tool does that wraps a method: it notes the call and what came of it, and changes neither.

    Attributes:
        calls: The keyword arguments of each call.
        results: What each returned or raised.
    """

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.results: list[Any] = []

    def wrapping(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method, traced."""

        async def awaited(answer: Awaitable[Any]) -> Any:
            with self.noting():
                self.results.append(await answer)
            return self.results[-1]

        def traced(*arguments: Any, **options: Any) -> Any:
            self.calls.append(options)
            with self.noting():
                answer = method(*arguments, **options)
            if inspect.isawaitable(answer):
                return awaited(answer)
            self.results.append(answer)
            return answer

        return traced

    @contextmanager
    def noting(self) -> Generator[None]:
        """Note an error that is raised in the block."""
        try:
            yield
        except Exception as error:
            self.results.append(error)
            raise


def completions_class(colour: Colour) -> type[Any]:
    """OpenAI's class of this colour."""
    from openai.resources.chat.completions import AsyncCompletions, Completions

    return AsyncCompletions if colour.is_async else Completions


@pytest.fixture
def tracer() -> Tracer:
    """Sees the calls of these tests."""
    return Tracer()


def trace_the_class(monkeypatch: pytest.MonkeyPatch, colour: Colour, tracer: Tracer) -> None:
    """As tools do that replace `create` for all clients."""
    owner = completions_class(colour)
    monkeypatch.setattr(owner, "create", tracer.wrapping(owner.create))


pytestmark = pytest.mark.usefixtures("no_pauses")


def run(**arguments: Any) -> Use:
    """A run in a chat."""
    return lambda client: client.agent.run("Read it.", inputs=[content.file("file_1")], **arguments)


# Who sees it ----------------------------------------------------------------------------------------------------------


@both_colours
def test_a_run_is_a_call_of_create(colour: Colour, tracer: Tracer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is traced is the question with its model and format, VLM Run's own fields, and OpenAI's own completion."""
    trace_the_class(monkeypatch, colour, tracer)
    with fake_wire() as sent:
        done = colour.run(run(response_model=Invoice, toolsets=["image"], session_id="s", timeout=12))
    (call,) = tracer.calls
    assert call["model"] == "vlmrun-orion-1:auto"
    assert call["messages"] == sent[0].json()["messages"]
    assert call["response_format"] == sent[0].json()["response_format"]
    assert call["extra_body"] == {"toolsets": ["image"], "session_id": "s"}
    assert call["timeout"] == 12
    assert tracer.results == [done.raw]
    assert done.output == Invoice(total=12.5)
    assert len(sent) == 1


@both_colours
def test_a_run_is_a_request_of_openais_client(colour: Colour, tracer: Tracer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools that replace `request` see it, too."""
    owner = openai.AsyncOpenAI if colour.is_async else openai.OpenAI
    monkeypatch.setattr(owner, "request", tracer.wrapping(owner.request))
    with fake_wire():
        done = colour.run(run())
    assert tracer.results == [done.raw]


@both_colours
def test_a_run_is_seen_where_one_client_is_traced(colour: Colour, tracer: Tracer) -> None:
    """A tool that was given `client.openai` sees the runs of that client; `client.agent.completions` is the same."""

    def use(client: Any) -> Any:
        chats = (client.async_openai if colour.is_async else client.openai).chat.completions
        chats.create = tracer.wrapping(chats.create)
        return run()(client)

    with fake_wire():
        colour.run(use)
    assert len(tracer.calls) == 1


@both_colours
def test_headers_that_a_tool_adds_are_sent(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """As OpenTelemetry passes on its trace."""
    owner = completions_class(colour)
    create = owner.create

    def traced(*arguments: Any, extra_headers: Any = None, **options: Any) -> Any:
        return create(*arguments, extra_headers={**(extra_headers or {}), "traceparent": "00-1"}, **options)

    monkeypatch.setattr(owner, "create", traced)
    with fake_wire() as sent:
        colour.run(run(extra_headers={"X-More": "m"}))
    assert (sent[0].header("traceparent"), sent[0].header("x-more")) == ("00-1", "m")


# What it costs --------------------------------------------------------------------------------------------------------

OPTIONS: dict[str, dict[str, Any]] = {
    "least": {},
    "a model and options": {"response_model": Invoice, "toolsets": ("image",), "metadata": {"environment": "dev"}},
    "extras": {
        "extra_headers": {"X-More": "m", "Authorization": "Bearer other"},
        "extra_query": {"tag": ["a", "b"], "n": 1, "none": None},
        "extra_body": {"temperature": 0.5, "model": "m", "deep": {"a": None}},
        "timeout": 7,
    },
}


@both_colours
@pytest.mark.parametrize("name", OPTIONS)
def test_a_tool_changes_nothing_on_the_wire(
    colour: Colour, tracer: Tracer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With and without one, the same single request goes out."""
    with fake_wire() as plain:
        colour.run(run(**OPTIONS[name]))
    trace_the_class(monkeypatch, colour, tracer)
    with fake_wire() as traced:
        colour.run(run(**OPTIONS[name]))
    assert plain == traced
    assert len(plain) == len(tracer.calls) == 1


@both_colours
def test_a_run_has_the_query_of_native_calls(colour: Colour) -> None:
    """A list repeats its parameter, and the client's own parameters are there."""
    with fake_wire() as sent:
        colour.run(run(extra_query={"tag": ["a", "b"], "n": 1}), default_query={"team": "blue"})
    assert sent[0].url == f"{BASE_URL}/openai/chat/completions?team=blue&tag=a&tag=b&n=1"


# What a tool sees of a failure ----------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize(
    ("status", "seen", "raised", "posts"),
    [(429, "RateLimitError", RateLimitError, 3), (500, "InternalServerError", ServerError, 1)],
)
def test_a_tool_sees_openais_error_and_the_caller_ours(
    colour: Colour,
    tracer: Tracer,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    seen: str,
    raised: type[APIError],
    posts: int,
) -> None:
    """One call, whatever native retries there were: only what cannot have done the work is sent again."""
    trace_the_class(monkeypatch, colour, tracer)
    answer = json_answer({"detail": "No."}, status, x_request_id="r-1", retry_after="0")
    with fake_wire(lambda _: answer) as sent, pytest.raises(raised) as caught:
        colour.run(run(), max_retries=2)
    assert [type(one).__name__ for one in tracer.results] == [seen]
    assert len(sent) == caught.value.attempts == posts
    assert caught.value.__context__ is None
    assert str(caught.value).startswith(f"No. (POST /openai/chat/completions: {status}")
    assert caught.value.request_id == "r-1"


FAILURES: dict[str, tuple[Answer | Exception, type[APIError]]] = {
    "no connection": (httpx2.ConnectError("refused"), NetworkError),
    "cut": (httpx2.ReadError("reset"), NetworkError),
    "too slow": (httpx2.ReadTimeout("slow"), RequestTimeoutError),
    "HTML": (Answer(200, b"<html>", {"content-type": "text/html"}), ResponseValidationError),
    "nothing": (Answer(204), ResponseValidationError),
}


@both_colours
@pytest.mark.parametrize("name", FAILURES)
def test_no_answer_is_openais_error_to_a_tool_and_is_asked_for_once(
    colour: Colour, tracer: Tracer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """OpenAI's client would ask again, for its own reasons; here native calls decide alone."""
    trace_the_class(monkeypatch, colour, tracer)
    answer, kind = FAILURES[name]
    with fake_wire(lambda _: answer) as sent, pytest.raises(APIError) as caught:
        colour.run(run(), max_retries=2)
    assert type(caught.value) is kind
    assert isinstance(tracer.results[0], openai.APIStatusError)
    assert len(tracer.calls) == 1
    assert len(sent) == (3 if name == "no connection" else 1)


@both_colours
def test_an_answer_that_is_no_success_to_us_is_one_to_a_tool(
    colour: Colour, tracer: Tracer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal, or what does not fit the model, is an answer to whoever traces, and has its tokens."""
    trace_the_class(monkeypatch, colour, tracer)
    refusal = {**COMPLETION, "choices": [{"index": 0, "message": {"content": None, "refusal": "No."}}]}
    with fake_wire(lambda _: json_answer(refusal)), pytest.raises(RefusalError):
        colour.run(run())
    with pytest.raises(OutputValidationError), fake_wire(lambda _: json_answer(COMPLETION)):
        colour.run(run(response_model=Other))
    assert [one.id for one in tracer.results] == [COMPLETION["id"]] * 2


class Other(BaseModel):
    """What the agent does not answer."""

    missing: str


# Tools that do more ---------------------------------------------------------------------------------------------------


@both_colours
def test_a_tool_may_call_the_same_client_meanwhile(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no chat, or a chat of another client, is OpenAI's own request, and fails with OpenAI's error."""
    from vlmrun import AsyncVLMRun, VLMRun

    owner = completions_class(colour)
    create = owner.create
    seen: list[str] = []
    other: Any = (AsyncVLMRun if colour.is_async else VLMRun)("other-key", base_url="https://other.test/v1")

    if colour.is_async:

        async def traced(chats: Any, **options: Any) -> Any:
            if not seen:
                seen.append("")
                await other.agent.completions.create(model="m", messages=[])
                with pytest.raises(openai.NotFoundError):
                    await chats._client.models.list()
            return await create(chats, **options)

        monkeypatch.setattr(owner, "create", traced)
    else:

        def traced_blocking(chats: Any, **options: Any) -> Any:
            if not seen:
                seen.append("")
                other.agent.completions.create(model="m", messages=[])
                with pytest.raises(openai.NotFoundError):
                    chats._client.models.list()
            return create(chats, **options)

        monkeypatch.setattr(owner, "create", traced_blocking)

    def answer(sent: Sent) -> Answer:
        return json_answer({}, 404) if sent.url.endswith("/openai/models") else vlm_run(sent)

    with fake_wire(answer) as sent:
        done = colour.run(run())
    assert done.text == '{"total": 12.5}'
    assert [one.url.partition("/openai/")[0] for one in sent] == ["https://other.test/v1", BASE_URL, BASE_URL]
    assert sent[0].header("authorization") == "Bearer other-key"


ASKED = httpx2.Request("POST", f"{BASE_URL}/openai/chat/completions")
LIMITED = httpx2.Response(429, json={"detail": "No."}, request=ASKED)
RAISED: dict[str, tuple[Callable[[], Exception], type[APIError]]] = {
    "timeout": (lambda: openai.APITimeoutError(request=ASKED), RequestTimeoutError),
    "connection": (lambda: openai.APIConnectionError(request=ASKED), NetworkError),
    "status": (lambda: openai.RateLimitError("No.", response=LIMITED, body=None), RateLimitError),
    "other": (lambda: openai.OpenAIError("Odd."), APIError),
}


@both_colours
@pytest.mark.parametrize("name", RAISED)
def test_an_error_that_a_tool_raises_is_ours(colour: Colour, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Tests replace `create` by what raises an error of OpenAI's; `run` raises none of them."""
    make, kind = RAISED[name]

    def create(*_: Any, **__: Any) -> Any:
        raise make()

    monkeypatch.setattr(completions_class(colour), "create", create)
    with fake_wire() as sent, pytest.raises(APIError) as caught:
        colour.run(run())
    assert type(caught.value) is kind
    assert sent == []
