"""`with_raw_response`: the HTTP response of a native call, beside what the call returns."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from support.colours import Colour, both_colours
from support.resources import async_classes, sending_methods
from support.wire import (
    ARTIFACT,
    COMPLETED,
    EXECUTION,
    FILE,
    MODEL,
    PROMISE,
    Answer,
    Answerer,
    Sent,
    fake_wire,
    json_answer,
    vlm_run,
    without_seconds,
)
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    ExecutionFailedError,
    InputError,
    NetworkError,
    OutputValidationError,
    ResponseValidationError,
    ServerError,
    VLMRunError,
)
from vlmrun.client.pages import AsyncPage, Page
from vlmrun.client.types import AgentExecutionResponse, FileResponse, ModelInfo
from vlmrun.results import RawResponse

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

MODELS = [ModelInfo.model_validate(MODEL)] * 2
HEADERS = {"content-type": "application/json", "X-Request-Id": "r-1", "X-RateLimit-Remaining": "9"}


@pytest.fixture(autouse=True)
def _no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps."""

    def sleep(seconds: float) -> None:
        del seconds

    async def async_sleep(seconds: float) -> None:
        del seconds

    monkeypatch.setattr(waiting, "sleep", sleep)
    monkeypatch.setattr(waiting, "async_sleep", async_sleep)


def models(client: Any) -> Any:
    """A call of one request."""
    return client.models.with_raw_response.list()


def with_headers(sent: Sent) -> Answer:
    """What VLM Run answers, with more headers."""
    answer = vlm_run(sent)
    return Answer(answer.status, answer.body, {**answer.headers, **HEADERS})


# What it has ----------------------------------------------------------------------------------------------------------


@both_colours
def test_it_has_the_response_and_the_result(colour: Colour) -> None:
    """Status, headers, request id, time and body are those of the answer; `parse()` is what the method returns."""
    with fake_wire(with_headers) as sent:
        raw = colour.run(models)
        assert colour.run(lambda c: c.models.list()) == raw.parse() == MODELS
    assert raw.status_code == 200
    assert (raw.headers["x-ratelimit-remaining"], raw.headers["X-RATELIMIT-REMAINING"]) == ("9", "9")
    assert raw.request_id == "r-1"
    assert timedelta(0) <= raw.elapsed < timedelta(seconds=60)
    assert raw.content == vlm_run(sent[0]).body
    assert raw.text == raw.content.decode()
    assert raw.json() == [MODEL, MODEL]
    assert raw.parse() is raw.parse()
    assert repr(raw) == "<RawResponse [200]>"
    assert isinstance(raw, RawResponse)


@both_colours
def test_the_request_is_the_same(colour: Colour) -> None:
    """Asking for the response changes nothing of what is sent."""
    with fake_wire() as sent:
        colour.run(lambda c: c.agent.execute("reader", extra_query={"a": 1}, timeout=5))
        colour.run(lambda c: c.agent.with_raw_response.execute("reader", extra_query={"a": 1}, timeout=5))
    assert sent[0] == sent[1]
    assert sent[0].timeout == sent[1].timeout


@both_colours
def test_a_server_may_send_no_request_id(colour: Colour) -> None:
    """Then there is none."""
    with fake_wire():
        assert colour.run(models).request_id is None


@both_colours
def test_a_body_is_decompressed_and_decoded(colour: Colour) -> None:
    """The bytes are those of JSON, however they came; text is in the encoding that the answer names."""
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    with fake_wire(lambda _: Answer(200, gzip.compress(b"[]"), headers)):
        raw = colour.run(models)
    assert (raw.content, raw.text, raw.json(), raw.parse()) == (b"[]", "[]", [], [])
    with fake_wire(lambda _: Answer(200, "Grüße".encode("latin-1"), {"content-type": "text/plain; charset=latin-1"})):
        raw = colour.run(lambda c: c.artifacts.with_raw_response.get("img_a1b2c3", session_id="s"))
    assert (raw.text, raw.parse()) == ("Grüße", "Grüße".encode("latin-1"))


@both_colours
@pytest.mark.parametrize("charset", ["martian", "base64", "punycode", "utf-16", "\x00", ""])
def test_text_can_always_be_had(colour: Colour, charset: str) -> None:
    """Whatever encoding the answer names, its text is some text."""
    with fake_wire(lambda _: Answer(200, b"\xff[]", {"content-type": f"text/plain; charset={charset}"})):
        raw = colour.run(lambda c: c.artifacts.with_raw_response.get("img_a1b2c3", session_id="s"))
    assert isinstance(raw.text, str)


@both_colours
@pytest.mark.parametrize("answer", [Answer(204), Answer(200, b"gone"), json_answer(FILE, 202)])
def test_a_call_without_a_result_has_a_response(colour: Colour, answer: Answer) -> None:
    """`parse()` is `None` where the method returns nothing, whatever the body is."""
    with fake_wire(lambda _: answer):
        raw = colour.run(lambda c: c.files.with_raw_response.delete("f-1"))
    assert (raw.status_code, raw.content, raw.parse()) == (answer.status, answer.body, None)


@both_colours
def test_a_download_has_a_response_without_its_body(colour: Colour, tmp_path: Path) -> None:
    """What was written to a file is not kept in memory; the rest is there."""
    with fake_wire(lambda _: Answer(200, ARTIFACT, {"content-type": "image/png", "x-request-id": "r-2"})):
        raw = colour.run(
            lambda c: c.artifacts.with_raw_response.download("img_a1b2c3", session_id="s", folder=tmp_path)
        )
    assert raw.parse().read_bytes() == ARTIFACT
    assert (raw.status_code, raw.request_id, raw.content, raw.text) == (200, "r-2", b"", "")
    assert raw.elapsed >= timedelta(0)


def test_every_resource_has_it() -> None:
    """All resources with methods that send have `with_raw_response`, and the methods are there."""
    for home, cls in async_classes().items():
        if home:
            assert "with_raw_response" in dir(cls), home
            assert sending_methods(cls), home


# Answers that cannot be read ------------------------------------------------------------------------------------------

BROKEN = {
    "empty": b"",
    "html": b"<html>Welcome!</html>",
    "half": b'[{"model": "vlm-1", "dom',
    "another": b'{"detail": "all is well"}',
    "null": b"null",
    "nested": b"[" * 100_000,
}


@both_colours
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_body_is_raised_when_it_is_parsed(colour: Colour, body: bytes) -> None:
    """The response is there to look at; `parse()` raises what the call would have raised, as often as it is asked."""
    with fake_wire(lambda _: Answer(200, body, HEADERS)):
        raw = colour.run(models)
        with pytest.raises(ResponseValidationError) as plain:
            colour.run(lambda c: c.models.list())
    assert (raw.status_code, raw.request_id, raw.content, raw.text) == (200, "r-1", body, body.decode())
    for _ in range(2):
        with pytest.raises(ResponseValidationError) as raised:
            raw.parse()
        assert without_seconds(raised.value) == without_seconds(plain.value)
        assert (raised.value.http_status, raised.value.request_id) == (200, "r-1")


@both_colours
@pytest.mark.parametrize("name", ["empty", "html", "half", "nested"])
def test_a_body_that_is_not_json_has_no_json(colour: Colour, name: str) -> None:
    """`json()` raises an error of this package, with all that came."""
    with fake_wire(lambda _: Answer(200, BROKEN[name], HEADERS)):
        raw = colour.run(models)
    with pytest.raises(ResponseValidationError, match="not JSON") as raised:
        raw.json()
    assert (raised.value.http_status, raised.value.request_id) == (200, "r-1")
    assert raised.value.body == BROKEN[name].decode()


@both_colours
def test_an_output_that_does_not_fit_is_raised_when_it_is_parsed(colour: Colour) -> None:
    """A run whose answer does not fit its model has a response, too."""

    class Invoice(BaseModel):
        number: int

    def run(client: Any) -> Any:
        return client.agent.with_raw_response.run("Read it.", response_model=Invoice, mode="execution")

    with fake_wire():
        raw = colour.run(run)
    assert raw.json()["response"] == {"total": 12.5}
    with pytest.raises(OutputValidationError):
        raw.parse()


@both_colours
def test_a_body_of_a_step_that_is_broken_is_the_last_response(colour: Colour) -> None:
    """A call that cannot go on after an answer has that answer."""

    def answer(sent: Sent) -> Answer:
        return Answer(200, b"oops") if sent.path.endswith("/presigned-url") else vlm_run(sent)

    with fake_wire(answer) as sent:
        raw = colour.run(lambda c: c.files.with_raw_response.upload(b"a", filename="a", method="presigned-url"))
    assert len(sent) == 2
    assert raw.text == "oops"
    with pytest.raises(ResponseValidationError):
        raw.parse()


# Errors ---------------------------------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (json_answer({"detail": "no"}, 401), AuthenticationError),
        (json_answer({"detail": "no"}, 500), ServerError),
        (Answer(304), APIError),
        (httpx2.ConnectError("refused"), NetworkError),
    ],
    ids=["401", "500", "304", "refused"],
)
def test_other_errors_are_raised_at_once(colour: Colour, outcome: Answer | Exception, kind: type[APIError]) -> None:
    """What is no success raises the error of the call: nothing comes back that has to be asked."""
    with fake_wire(lambda _: outcome), pytest.raises(kind) as raised:
        colour.run(models)
    with fake_wire(lambda _: outcome), pytest.raises(kind) as plain:
        colour.run(lambda c: c.models.list())
    assert type(raised.value) is type(plain.value)
    assert without_seconds(raised.value) == without_seconds(plain.value)


@both_colours
def test_an_execution_that_has_failed_is_raised_at_once(colour: Colour) -> None:
    """It is no fault of the response."""
    with fake_wire(lambda _: json_answer({**EXECUTION, "status": "failed"})), pytest.raises(ExecutionFailedError):
        colour.run(lambda c: c.executions.with_raw_response.wait("e-1"))


@both_colours
def test_a_bad_argument_is_refused_before_anything_is_sent(colour: Colour) -> None:
    """As by the method itself."""
    uses: list[Use] = [
        lambda c: c.files.with_raw_response.get(5),
        lambda c: c.files.with_raw_response.list(limit=0),
        lambda c: c.agent.with_raw_response.list(timeout="soon"),
    ]
    for use in uses:
        with fake_wire() as sent, pytest.raises(InputError):
            colour.run(use)
        assert sent == []


@both_colours
def test_a_closed_client_says_so(colour: Colour) -> None:
    """The methods of a response are those of the client that it is asked of."""
    client: list[Any] = []
    colour.run(client.append)
    with fake_wire() as sent, pytest.raises(VLMRunError, match="closed"):
        colour.run(lambda _: client[0].models.with_raw_response.list())
    assert sent == []


# Calls that send more than one request --------------------------------------------------------------------------------


def numbered(*special: tuple[str, Answer]) -> Answerer:
    """What VLM Run answers, each with its number; the first requests with some path have answers of their own."""
    left = list(special)
    count = iter(range(1, 100))

    def answer(sent: Sent) -> Answer:
        said = left.pop(0)[1] if left and left[0][0] in sent.url else vlm_run(sent)
        return Answer(said.status, said.body, {**said.headers, "x-request-id": str(next(count))})

    return answer


UPLOAD: dict[str, Any] = {"file": b"bytes", "filename": "a.txt"}
MANY: dict[str, tuple[Use, list[tuple[str, Answer]], int]] = {
    "direct": (lambda c: c.files.with_raw_response.upload(**UPLOAD), [], 2),
    "presigned": (lambda c: c.files.with_raw_response.upload(**UPLOAD, method="presigned-url"), [], 4),
    "public": (lambda c: c.files.with_raw_response.upload(**UPLOAD, generate_public_url=True), [], 3),
    "wait": (lambda c: c.executions.with_raw_response.wait("e-1"), [("executions/", json_answer(EXECUTION))] * 2, 3),
    "run": (lambda c: c.agent.with_raw_response.run("Read it.", mode="execution"), [], 2),
}
"""Calls of several requests, answers that some of these have, and how many there are."""


@both_colours
@pytest.mark.parametrize(("use", "special", "last"), MANY.values(), ids=MANY.keys())
def test_the_response_is_the_last(colour: Colour, use: Use, special: list[tuple[str, Answer]], last: int) -> None:
    """Of a call that sends several requests, the answer to the last one is kept."""
    with fake_wire(numbered(*special)) as sent:
        raw = colour.run(use)
    assert (len(sent), raw.request_id) == (last, str(last))
    assert raw.parse() is not None


@both_colours
def test_a_retried_call_has_the_response_of_its_last_attempt(colour: Colour) -> None:
    """What failed before is not what came of the call."""
    with fake_wire(numbered(("models", json_answer({}, 503)), ("models", json_answer({}, 500)))) as sent:
        raw = colour.run(models, max_retries=2)
    assert (len(sent), raw.status_code, raw.request_id, raw.parse()) == (3, 200, "3", MODELS)


@both_colours
def test_a_redirected_call_has_the_response_of_where_it_led(colour: Colour) -> None:
    """And not the redirect."""
    moved = Answer(307, b"", {"location": "https://vlmrun.test/v1/models"})
    with fake_wire(numbered(("models", moved))) as sent:
        raw = colour.run(models)
    assert (len(sent), raw.status_code, raw.request_id) == (2, 200, "2")


@both_colours
def test_a_run_as_a_chat_has_its_response(colour: Colour) -> None:
    """The answer to the chat."""
    pytest.importorskip("openai", reason="chats are OpenAI's")
    with fake_wire(with_headers):
        raw = colour.run(lambda c: c.agent.with_raw_response.run("Read it."))
    assert raw.request_id == "r-1"
    assert raw.parse().text == '{"total": 12.5}'
    assert raw.json()["object"] == "chat.completion"


@both_colours
def test_calls_at_once_keep_their_responses_apart(colour: Colour) -> None:
    """The same `with_raw_response` may be used for many calls."""

    def both(client: Any) -> Any:
        raw = client.files.with_raw_response
        if not colour.is_async:
            return raw.get("f-1"), raw.get("f-2")

        async def at_once() -> object:
            first, second = raw.get("f-1"), raw.get("f-2")
            return await first, await second

        return at_once()

    def answer(sent: Sent) -> Answer:
        return json_answer({**FILE, "id": sent.path.rpartition("/")[2]})

    with fake_wire(answer):
        first, second = colour.run(both)
    assert [raw.parse().id for raw in (first, second)] == ["f-1", "f-2"]
    assert [raw.json()["id"] for raw in (first, second)] == ["f-1", "f-2"]


# Pages ----------------------------------------------------------------------------------------------------------------


@both_colours
def test_pages_go_on_from_the_result(colour: Colour) -> None:
    """The response is that of the first page, whose items are there; iterating asks for those after it."""

    def collected(client: Any) -> Any:
        if not colour.is_async:
            raw = client.files.with_raw_response.list(limit=2)
            return raw, list(raw.parse())

        async def collect() -> object:
            raw = await client.files.with_raw_response.list(limit=2)
            return raw, [file async for file in raw.parse()]

        return collect()

    each = [{**FILE, "id": f"f-{number}"} for number in range(4)]
    answers = iter([each[:2], each[2:], []])
    with fake_wire(lambda _: json_answer(next(answers))) as sent:
        raw, files = colour.run(collected)
    assert isinstance(raw.parse(), AsyncPage if colour.is_async else Page)
    assert files == list(map(FileResponse.model_validate, each))
    assert raw.parse().data == files[:2]
    assert raw.json() == each[:2]
    assert [request.url.partition("?")[2] for request in sent] == [
        "skip=0&limit=2",
        "skip=2&limit=2",
        "skip=4&limit=2",
    ]


@both_colours
def test_a_page_after_the_first_that_is_broken_is_an_error(colour: Colour) -> None:
    """It is asked for by the page, and not by `with_raw_response`: its error is raised there."""

    def following(client: Any) -> Any:
        if not colour.is_async:
            return client.executions.with_raw_response.list(limit=1).parse().get_next_page()

        async def follow() -> object:
            raw = await client.executions.with_raw_response.list(limit=1)
            return await raw.parse().get_next_page()

        return follow()

    answers = iter([json_answer([COMPLETED]), Answer(200, b"oops")])
    with fake_wire(lambda _: next(answers)), pytest.raises(ResponseValidationError):
        colour.run(following)
    assert AgentExecutionResponse.model_validate(COMPLETED).status == "completed"


# Secrets --------------------------------------------------------------------------------------------------------------


@both_colours
def test_nothing_of_the_answer_is_in_its_repr(colour: Colour) -> None:
    """A presigned URL is a secret."""
    with fake_wire(lambda _: json_answer({**FILE, "public_url": PROMISE["url"]})):
        raw = colour.run(lambda c: c.files.with_raw_response.get("f-1"))
    assert "sesame" not in repr(raw)
    assert "sesame" in raw.text
