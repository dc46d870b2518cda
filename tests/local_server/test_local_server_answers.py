"""A test says what the server answers, looks at what was asked, and changes how the server goes on."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import httpx2
import pytest
from PIL import Image
from pydantic import BaseModel, Field

from support.local import CHAT, connect, data_url, encoded, url_part
from vlmrun import VLMRun
from vlmrun.client.exceptions import (
    APIError,
    ClientError,
    ExecutionFailedError,
    InputError,
    RateLimitError,
)
from vlmrun.client.types import AgentCreationConfig, AgentExecutionConfig, AgentExecutionResponse
from vlmrun.local import Answer, Fault, LocalServer, ReceivedRequest, Reply, ToolCall, When

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


class Invoice(BaseModel):
    """What the tests extract."""

    total: float


@pytest.fixture(scope="module", name="started")
def _started() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture(name="server")
def _server(started: LocalServer) -> LocalServer:
    started.reset()
    return started


client = pytest.fixture(connect, name="client")


@pytest.fixture(name="vlmrun")
def _vlmrun(server: LocalServer) -> Iterator[VLMRun]:
    with VLMRun(server.api_key, server.base_url, max_retries=0) as made:
        yield made


def _execute(vlmrun: VLMRun, prompt: str = "Read it.", **inputs: Any) -> AgentExecutionResponse:
    return vlmrun.agent.execute(config=AgentExecutionConfig(prompt=prompt), **inputs)


def _chat(client: httpx2.Client, content: object = "Read it.", **more: object) -> Any:
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": content}], **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _said(client: httpx2.Client, content: object = "Read it.", **more: object) -> Any:
    return _chat(client, content, **more)["choices"][0]["message"]["content"]


def _streamed(client: httpx2.Client, **more: object) -> list[Any]:
    body = {"messages": [{"role": "user", "content": "Read it."}], "stream": True, **more}
    events = client.post(CHAT, json=body).text.split("\n\n")
    return [json.loads(event[6:])["choices"][0] for event in events if event not in ("", "data: [DONE]")]


# What is answered -----------------------------------------------------------------------------------------------------

REPLIES: dict[str, tuple[Reply, str]] = {
    "text": ("Twenty-five.", "Twenty-five."),
    "model": (Invoice(total=25.0), '{"total":25.0}'),
    "dict": ({"total": 25}, '{"total": 25}'),
    "answer": (Answer(output=[1, "ä"]), '[1, "ä"]'),
    "chunks": (Answer(chunks=["Twenty", "-five."]), "Twenty-five."),
    "function": (lambda request: request.prompt_text.upper(), "READ IT."),
    "function of an answer": (lambda _: Answer(text="Yes."), "Yes."),
}


@pytest.mark.parametrize("name", REPLIES)
def test_a_chat_says_what_was_told(server: LocalServer, client: httpx2.Client, name: str) -> None:
    """Whole and streamed."""
    reply, text = REPLIES[name]
    server.answer(reply)
    assert _said(client) == text
    assert "".join(choice["delta"].get("content") or "" for choice in _streamed(client)) == text


@pytest.mark.parametrize("name", ["text", "model", "dict", "answer", "function"])
def test_jobs_respond_with_what_was_told(server: LocalServer, vlmrun: VLMRun, name: str) -> None:
    """An execution and a prediction; without the agent and the domain that they name."""
    reply, text = REPLIES[name]
    server.answer(reply)
    server.clock.end_at_once()
    expected = text if name in ("text", "function") else json.loads(text)
    execution = vlmrun.agent.execute("nobody", config=AgentExecutionConfig(prompt="Read it."))
    assert vlmrun.executions.wait(execution.id).response == expected
    if name != "function":
        assert vlmrun.image.generate(images=[IMAGE], domain="no.domain").response == expected


def test_a_typed_answer_is_typed(server: LocalServer, vlmrun: VLMRun) -> None:
    """`assert invoice.total == 25.0`: of a run in both modes, and of a prediction."""
    pytest.importorskip("openai", reason="a run is a chat")
    server.answer(Invoice(total=25.0))
    assert vlmrun.agent.run("Read it.", response_model=Invoice).output.total == 25.0
    run = vlmrun.agent.run("Read it.", response_model=Invoice, mode="execution")
    assert run.output.total == 25.0
    made = vlmrun.image.generate(images=[IMAGE], domain="document.invoice", response_model=Invoice)
    assert made.response is not None
    assert made.response.total == 25.0


class Bill(BaseModel):
    """What has values that JSON has not."""

    due: date
    total: Decimal = Field(serialization_alias="sum")


BILL = Bill(due=date(2026, 5, 19), total=Decimal("25.00"))
ON_WIRE = {"due": "2026-05-19", "sum": "25.00"}

NESTED: dict[str, tuple[Reply, object]] = {
    "list of models": (Answer(output=[BILL]), [ON_WIRE]),
    "dict of models": ({"bills": (BILL,)}, {"bills": [ON_WIRE]}),
    "dict of values": ({"due": date(2026, 5, 19)}, {"due": "2026-05-19"}),
    "mapping": (MappingProxyType({"total": 25}), {"total": 25}),
}


@pytest.mark.parametrize("name", NESTED)
def test_an_answer_has_models_and_values_in_it(
    server: LocalServer, client: httpx2.Client, vlmrun: VLMRun, name: str
) -> None:
    """As pydantic writes them; in a chat, an execution and the arguments of a tool."""
    reply, on_wire = NESTED[name]
    server.clock.end_at_once()
    server.answer(reply)
    assert json.loads(_said(client)) == on_wire
    assert vlmrun.executions.wait(_execute(vlmrun).id).response == on_wire


def test_arguments_of_a_tool_have_models_in_them(server: LocalServer, client: httpx2.Client) -> None:
    """As an answer has."""
    server.answer(Answer(tool_calls=[ToolCall("pay", {"bill": BILL}), ToolCall("pay", BILL)]))
    calls = _chat(client)["choices"][0]["message"]["tool_calls"]
    assert [json.loads(call["function"]["arguments"]) for call in calls] == [{"bill": ON_WIRE}, ON_WIRE]


SCHEMA = {"type": "object", "properties": {"sum": {"type": "number"}}}

SCHEMAS: dict[str, tuple[Reply, object]] = {
    "schema": (SCHEMA, SCHEMA),
    "class": (Invoice, Invoice.model_json_schema()),
    "answer": (Answer(output=Invoice, usage={"credits_used": 7}), Invoice.model_json_schema()),
    "response": ({"json_schema": SCHEMA, "domain": "document.acme"}, SCHEMA),
    "function": (lambda request: {**SCHEMA, "title": request.schema.model}, {**SCHEMA, "title": "vlm-1"}),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_that_is_inferred_is_told(server: LocalServer, vlmrun: VLMRun, name: str) -> None:
    """Of an image and of a document; with the rest of the response."""
    reply, expected = SCHEMAS[name]
    server.answer(reply)
    inferred = vlmrun.image.schema(images=[IMAGE])
    assert inferred.response is not None
    assert inferred.response.json_schema == expected
    assert inferred.response.domain == ("document.acme" if name == "response" else "image.received")
    if name == "answer":
        assert inferred.usage is not None
        assert inferred.usage.credits_used == 7
    made = vlmrun.document.schema(url="https://a.test/b.pdf").response
    assert made is not None
    assert made.json_schema == expected
    assert [file.url for file in server.requests[-1].files] == ["https://a.test/b.pdf"]


@pytest.mark.parametrize("reply", ["Hi.", {"total": 25.0}, {"type": "money"}, Answer(refusal="No.")])
def test_what_is_no_schema_is_said(server: LocalServer, vlmrun: VLMRun, reply: Reply) -> None:
    """And a class is none of a chat's answers."""
    server.answer(reply)
    with pytest.raises(APIError, match=r"does not fit /v1/image/schema: expected"):
        vlmrun.image.schema(images=[IMAGE])
    server.reset()
    server.answer(Invoice)
    with pytest.raises(APIError, match=r"Invoice is a class.*/v1/agent/execute.*Invoice\(\.\.\.\)"):
        _execute(vlmrun)
    assert list(server.work) == []


def test_an_answer_need_not_fit(server: LocalServer, vlmrun: VLMRun) -> None:
    """So that a test sees what its application does then."""
    server.answer({"sum": 25})
    execution = _execute(vlmrun)
    with pytest.raises(APIError, match="total"):
        vlmrun.executions.wait(execution.id, response_model=Invoice)


def test_tool_calls(server: LocalServer, client: httpx2.Client) -> None:
    """In OpenAI's form; the arguments of a stream join to the same JSON."""
    server.answer(Answer(tool_calls=[ToolCall("add", {"a": 1, "b": 2}), ToolCall("stop", "{", id="call_1")]))
    choice = _chat(client)["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    first, second = choice["message"]["tool_calls"]
    assert first["function"] == {"name": "add", "arguments": '{"a": 1, "b": 2}'}
    assert second == {"id": "call_1", "type": "function", "function": {"name": "stop", "arguments": "{"}}
    arguments = ["", ""]
    for event in _streamed(client):
        for delta in event["delta"].get("tool_calls", ()):
            arguments[delta["index"]] += delta["function"]["arguments"]
    assert arguments == ['{"a": 1, "b": 2}', "{"]


TOOL = {
    "type": "function",
    "function": {
        "name": "book",
        "parameters": {"type": "object", "properties": {"seats": {"type": "integer"}}, "required": ["seats"]},
    },
}


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "book"}}])
@pytest.mark.usefixtures("server")
def test_a_tool_that_is_required_is_called(client: httpx2.Client, choice: object) -> None:
    """Without any answer that was set: with arguments that fit its schema."""
    made = _chat(client, tools=[TOOL], tool_choice=choice)["choices"][0]
    assert made["finish_reason"] == "tool_calls"
    (call,) = made["message"]["tool_calls"]
    assert call["function"]["name"] == "book"
    assert isinstance(json.loads(call["function"]["arguments"])["seats"], int)
    assert _chat(client, tools=[TOOL])["choices"][0]["finish_reason"] == "stop"
    body = {"messages": [{"role": "user", "content": "a"}], "tools": [TOOL]}
    other = client.post(CHAT, json={**body, "tool_choice": {"type": "function", "function": {"name": "fly"}}})
    assert (other.status_code, "fly" in other.text) == (422, True)


def _allowed(mode: str) -> object:
    named = {"type": "function", "function": {"name": "pay"}}
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [named]}}


@pytest.mark.usefixtures("server")
def test_only_tools_that_are_allowed_are_called(client: httpx2.Client) -> None:
    """OpenAI's `allowed_tools`, which may require a call, or leave it to the model."""
    tools = [TOOL, {"type": "function", "function": {"name": "pay"}}]
    (call,) = _chat(client, tools=tools, tool_choice=_allowed("required"))["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "pay"
    assert _chat(client, tools=tools, tool_choice=_allowed("auto"))["choices"][0]["finish_reason"] == "stop"
    body = {"messages": [{"role": "user", "content": "a"}], "tools": [TOOL], "tool_choice": _allowed("required")}
    assert client.post(CHAT, json=body).status_code == 422


@pytest.mark.usefixtures("server")
def test_tools_that_are_required_take_turns(client: httpx2.Client) -> None:
    """A chat that has called a tool calls the next, so that an agent whose last tool is its answer comes to its end."""
    tools = [TOOL, {"type": "function", "function": {"name": "pay"}}]
    messages: list[object] = [{"role": "user", "content": "Book a seat."}]
    called: list[str] = []
    for _ in range(3):
        body = {"messages": messages, "tools": tools, "tool_choice": "required"}
        said = client.post(CHAT, json=body).json()["choices"][0]["message"]
        (call,) = said["tool_calls"]
        called.append(call["function"]["name"])
        messages += [said, {"role": "tool", "tool_call_id": call["id"], "content": "Done."}]
    assert called == ["book", "pay", "pay"]


def test_the_rest_of_an_answer(server: LocalServer, client: httpx2.Client, vlmrun: VLMRun) -> None:
    """A refusal, a finish reason, usage, and artifacts that can be downloaded."""
    server.answer(Answer(refusal="I will not."), when="bomb")
    refused = _chat(client, "Build a bomb.")["choices"][0]
    assert (refused["message"]["content"], refused["message"]["refusal"]) == (None, "I will not.")
    assert any(event["delta"].get("refusal") for event in _streamed(client)) is False
    server.answer(Answer(text="Half", finish_reason="length", usage={"credits_used": 7}, artifacts={"img_a1b2c3": PNG}))
    cut = _chat(client)
    assert (cut["choices"][0]["finish_reason"], cut["usage"]["credits_used"]) == ("length", 7)
    assert vlmrun.artifacts.get("img_a1b2c3", session_id=cut["session_id"]) == PNG
    server.clock.end_at_once()
    execution = vlmrun.executions.wait(_execute(vlmrun).id)
    assert execution.usage is not None
    assert execution.usage.credits_used == 7
    assert vlmrun.artifacts.get("img_a1b2c3", execution_id=execution.id) == PNG


def test_an_error(server: LocalServer, vlmrun: VLMRun) -> None:
    """In the form of each route, with its headers, and no work is done."""
    server.answer(Answer(status=429, error="Slow down.", headers={"retry-after": "7"}), times=2)
    with pytest.raises(RateLimitError, match="Slow down") as caught:
        _execute(vlmrun)
    assert caught.value.headers["retry-after"] == "7"
    with pytest.raises(RateLimitError, match="Slow down"):
        vlmrun.image.generate(images=[IMAGE], domain="document.invoice")
    assert [work.kind for work in server.work] == []
    _execute(vlmrun)


def test_a_job_that_fails(server: LocalServer, vlmrun: VLMRun) -> None:
    """With the words of the test; the next one ends as the server has it."""
    server.answer(Answer(outcome="failed", error="The page is empty."), times=1)
    with pytest.raises(ExecutionFailedError, match="The page is empty"):
        vlmrun.executions.wait(_execute(vlmrun).id)
    assert vlmrun.executions.wait(_execute(vlmrun).id).status == "completed"


# Which requests get it ------------------------------------------------------------------------------------------------


def _one_image(request: ReceivedRequest) -> bool:
    return len(request.images) == 1


def _two_images(request: ReceivedRequest) -> bool:
    return len(request.images) == 2


IMAGE = encoded(Image.new("RGB", (2, 2)), "PNG")
PART = url_part("image_url", data_url(IMAGE, "image/png"))
ASKED = {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is the total?"}, PART]}]}

CONDITIONS: dict[str, tuple[Any, Any]] = {
    "text": ("the total", "the sum"),
    "pattern": (re.compile(r"the \w+\?$"), re.compile("^the")),
    "model": (When(model="vlmrun-orion-2:auto"), When(model="vlmrun-orion-1:auto")),
    "path": (When(path="/v1/openai"), When(path="/v1/agent")),
    "digest in capitals": (When(file=hashlib.sha256(IMAGE).hexdigest().upper()), When(file="a" * 64)),
    "digest": (When(file=hashlib.sha256(IMAGE).hexdigest()), When(file=hashlib.sha256(b"").hexdigest())),
    "several": (When(prompt="total", model="vlmrun-orion-2:auto"), When(prompt="total", model="m")),
    "function": (_one_image, _two_images),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_only_who_fits_gets_it(server: LocalServer, client: httpx2.Client, name: str) -> None:
    """The first of those that fit."""
    right, wrong = CONDITIONS[name]
    server.answer("Wrong.", when=wrong)
    server.answer("Right.", when=right)
    server.answer("Late.")
    said = client.post(CHAT, json={**ASKED, "model": "vlmrun-orion-2:auto"}).json()
    assert said["choices"][0]["message"]["content"] == "Right."


def test_a_file_by_its_name(server: LocalServer, vlmrun: VLMRun) -> None:
    """Of an uploaded file, by name and by id."""
    file = vlmrun.files.upload(IMAGE, filename="invoice.png")
    assert file.id is not None
    server.answer("By name.", when=When(file="invoice.png"), times=1)
    server.answer("By id.", when=When(file=file.id))
    server.clock.end_at_once()
    for expected in ("By name.", "By id."):
        prediction = vlmrun.document.generate(file=file.id, domain="document.invoice")
        assert vlmrun.predictions.wait(prediction.id).response == expected
    (received,) = server.requests[-2].files
    assert (received.filename, received.media_type, received.read()) == ("invoice.png", "image/png", IMAGE)


def test_times(server: LocalServer, client: httpx2.Client) -> None:
    """An answer is given so many times, then the next one, then the computed one."""
    server.answer("One.", times=1)
    server.answer("Two.", times=2)
    assert [_said(client) for _ in range(3)] == ["One.", "Two.", "Two."]
    assert _said(client).startswith("This is vlmrun.local")


@pytest.mark.parametrize("argument", ["when", "reply"])
def test_a_function_that_raises_is_told(server: LocalServer, vlmrun: VLMRun, argument: str) -> None:
    """To the application, at once and not after retries: the test sees it fail."""

    def fails(_: ReceivedRequest) -> Any:
        raise AssertionError("there is no image")

    if argument == "when":
        server.answer("a", when=fails)
    else:
        server.answer(fails)
    with pytest.raises(APIError, match=f"function {argument} .* AssertionError: there is no image"):
        _execute(vlmrun.with_options(max_retries=2))
    assert len(server.requests) == 1


def test_a_strict_server_says_what_it_expected() -> None:
    """What came, and for what answers are set; other routes go on."""
    with LocalServer(strict=True) as server, VLMRun(server.api_key, server.base_url) as vlmrun:
        server.answer("a", when="total")
        with pytest.raises(APIError, match=r"no answer fits .*'Read it\.'.*prompt='total'"):
            _execute(vlmrun)
        assert vlmrun.agent.list() == []
        _execute(vlmrun, "Read the total.")


# What is refused ------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[LocalServer], object], str]] = {
    "class": (lambda server: server.answer(dict), "reply"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "number": (lambda server: server.answer(25), "reply"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "when": (lambda server: server.answer("a", when=25), "when"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "times": (lambda server: server.answer("a", times=0), "times"),
    "text": (lambda _: Answer(text=b"a"), "text"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "both": (lambda _: Answer(text="a", output={}), "text and output"),
    "chunks": (lambda _: Answer(text="a", chunks=["b"]), "chunks"),
    "tool": (lambda _: Answer(tool_calls=["a"]), "tool_calls"),  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # is refused
    "status": (lambda _: Answer(status=302), "status"),
    "delay": (lambda _: Answer(delay=-1), "delay"),
    "outcome": (lambda _: Answer(outcome="paused"), "outcome"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "finish": (lambda _: Answer(finish_reason="tired"), "finish_reason"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    "artifacts": (lambda _: Answer(artifacts={"a": "b"}), "artifacts"),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]  # is refused
    "output": (lambda _: Answer(output={"a": object()}), "output"),
    "reply": (lambda server: server.answer({"a": object()}), "output"),
    "no number": (lambda _: Answer(output=[float("nan")]), "output"),
    "arguments": (lambda _: ToolCall("a", {"a": object()}), "arguments"),
    "usage": (lambda _: Answer(usage={"a": object()}), "usage"),
    "header": (lambda _: Answer(headers={"a": "b\r\nc: d"}), "headers"),
    "name of a header": (lambda _: Answer(headers={"a b": "c"}), "headers"),
    "headers": (lambda _: Answer(headers={"a": 1}), "headers"),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]  # is refused
    "name": (lambda _: ToolCall(""), "name"),
    "path": (lambda _: When(path="v1"), "path"),
    "fault": (lambda server: server.add_fault(Fault("refused")), "fault"),
    "chunk_size": (lambda server: setattr(server, "chunk_size", 0), "chunk_size"),
    "stream_delay": (lambda server: setattr(server, "stream_delay", -1), "stream_delay"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(server: LocalServer, name: str) -> None:
    """At once, with the argument's name."""
    call, argument = REFUSED[name]
    with pytest.raises(InputError, match=f"^{argument} "):
        call(server)


def test_faults_of_a_function_cannot_be_added_to() -> None:
    """Two sources of faults would have an order that nobody sees."""
    with pytest.raises(InputError, match="function was passed"):
        LocalServer(faults=lambda _: None).add_fault(Fault("server_error"))


# What was asked -------------------------------------------------------------------------------------------------------


def test_a_request_is_typed(server: LocalServer, client: httpx2.Client, vlmrun: VLMRun) -> None:
    """The body as the model of its route, its text and its files; no header has the key, and no `repr` the body."""
    _said(client, [{"type": "text", "text": "What is it?"}, PART, url_part("file_url", "https://a.test/b.pdf")])
    _execute(vlmrun, "Add.", inputs={"numbers": [1, 2], "note": "quickly", "image": PART})
    vlmrun.document.generate(url="https://a.test/b.pdf", domain="document.invoice")
    chat, execution, prediction = server.requests
    assert [message.role for message in chat.chat.messages] == ["user"]
    assert chat.prompt_text == "What is it?"
    image, document = chat.files
    assert [file.read() for file in chat.images] == [IMAGE]
    assert (image.sha256, image.media_type) == (hashlib.sha256(IMAGE).hexdigest(), "image/png")
    assert (document.kind, document.url) == ("file", "https://a.test/b.pdf")
    with pytest.raises(ClientError, match=r"not on the local server: https://a\.test"):
        document.read()
    assert execution.execution.config is not None
    assert execution.prompt_text == "Add.\nquickly"
    assert [file.read() for file in execution.files] == [IMAGE]
    assert prediction.prediction.model == "vlm-1"
    assert [file.url for file in prediction.files] == ["https://a.test/b.pdf"]
    assert "base64" not in repr(chat)
    assert server.api_key not in repr([dict(request.headers) for request in server.requests])
    for wrong, name in ((chat, "execution"), (execution, "chat"), (chat, "prediction")):
        with pytest.raises(ClientError, match=f"has no {name}"):
            getattr(wrong, name)


@pytest.mark.parametrize(
    ("part", "kind", "name", "data"),
    [
        (
            {"type": "file", "file": {"file_data": data_url(b"%PDF", "application/pdf"), "filename": "a.pdf"}},
            *("file", "a.pdf", b"%PDF"),
        ),
        ({"type": "file", "file": {"file_data": "JVBERg=="}}, "file", None, b"%PDF"),
        ({"type": "input_audio", "input_audio": {"data": "YWJj", "format": "wav"}}, "audio", None, b"abc"),
        (url_part("video_url", data_url(b"abc", "video/mp4")), "video", None, b"abc"),
        (url_part("document_url", data_url(b"abc", "application/pdf")), "file", None, b"abc"),
        (url_part("file_url", "data:text/plain,a%20b"), "file", None, b"a b"),
        (url_part("image_url", "data:image/png;BASE64,YWJj"), "image", None, b"abc"),
        ({"type": "input_file", "file_url": {"url": data_url(b"abc", "text/plain")}}, "file", None, b"abc"),
    ],
)
def test_every_part_is_a_file(part: object, kind: str, name: str | None, data: bytes) -> None:
    """Also OpenAI's own."""
    body = {"messages": [{"role": "user", "content": [part]}]}
    (file,) = ReceivedRequest("POST", "/v1/openai/chat/completions", {}, body, {}).files
    assert (file.kind, file.filename, file.read()) == (kind, name, data)


def test_a_file_that_does_not_decode(server: LocalServer, client: httpx2.Client) -> None:
    """It is no error of the test's condition: the request is refused for what it is, and reading the file says why."""
    server.answer("a", when=When(file=hashlib.sha256(b"").hexdigest()))
    content = [url_part("image_url", "data:image/png;base64,a")]
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": content}]})
    assert answer.status_code == 422
    with pytest.raises(ClientError, match="base64"):
        server.requests[-1].files[0].read()


def test_the_gateway_is_told_too(server: LocalServer, vlmrun: VLMRun) -> None:
    """A chat at the gateway: whole, streamed, and as a request that a test looks at."""
    del vlmrun
    server.answer("From the gateway.", when=When(path="/gateway/", file=hashlib.sha256(IMAGE).hexdigest()))
    part = url_part("document_url", data_url(IMAGE, "image/png"))
    body = {"model": "local/chat", "messages": [{"role": "user", "content": [{"type": "text", "text": "Go."}, part]}]}
    url = f"{server.gateway_url}/openai/chat/completions"
    said = httpx2.post(url, json=body).json()
    assert said["choices"][0]["message"]["content"] == "From the gateway."
    assert "gateway" in httpx2.post(url, json={**body, "stream": True}).text
    request = server.requests[-1]
    assert (request.prompt_text, request.model, request.chat.stream) == ("Go.", "local/chat", True)
    assert [file.read() for file in request.files] == [IMAGE]


def test_a_fine_tuned_model_is_told_too(server: LocalServer, client: httpx2.Client) -> None:
    """Without the model that it names; with its images and videos as files."""
    server.answer(Invoice(total=25.0), when=When(path="/v1/fine_tuning/generate", prompt="total"))
    config = {"prompt": "Read the total.", "json_schema": Invoice.model_json_schema()}
    video = data_url(b"abc", "video/mp4")
    body = {"model": "ft:mine", "images": [data_url(IMAGE, "image/png")], "videos": [video], "config": config}
    answer = client.post("/fine_tuning/generate", json=body)
    assert (answer.status_code, answer.json()["response"]) == (201, {"total": 25.0})
    request = server.requests[-1]
    assert [(file.kind, file.read()) for file in request.files] == [("image", IMAGE), ("video", b"abc")]
    assert request.tuned.model == "ft:mine"
    server.answer(Answer(status=429), when=When(model="ft:other"))
    assert client.post("/fine_tuning/generate", json={**body, "model": "ft:other", "videos": None}).status_code == 201
    assert client.post("/fine_tuning/generate", json={**body, "config": {**config, "prompt": "a"}}).status_code == 404


def test_times_are_exact_among_threads(server: LocalServer, vlmrun: VLMRun) -> None:
    """Of many requests at once, so many get an answer as it has times."""
    del vlmrun
    server.answer("first", times=5)
    server.answer("second")
    headers = {"authorization": f"Bearer {server.api_key}"}
    body = {"messages": [{"role": "user", "content": "a"}]}

    def ask(_: int) -> str:
        answer = httpx2.post(f"{server.base_url}{CHAT}", json=body, headers=headers, timeout=60)
        return str(answer.json()["choices"][0]["message"]["content"])

    with ThreadPoolExecutor(16) as pool:
        said = Counter(pool.map(ask, range(40)))
    assert said == {"first": 5, "second": 35}


def test_a_body_that_is_not_valid_is_said(server: LocalServer, client: httpx2.Client) -> None:
    """With its problem, not as a model that is half of it."""
    client.post(CHAT, json={"messages": []})
    with pytest.raises(ClientError, match="is not valid: messages"):
        _ = server.requests[-1].chat


# How it goes on -------------------------------------------------------------------------------------------------------


def test_the_clock(server: LocalServer, vlmrun: VLMRun) -> None:
    """A job ends at once, by steps or never, also one that was started before."""
    started = _execute(vlmrun)
    server.clock.never_end()
    assert [vlmrun.executions.get(started.id).status for _ in range(4)] == ["pending"] * 4
    server.clock.end_by_steps()
    assert [vlmrun.executions.get(started.id).status for _ in range(3)] == ["running", "completed", "completed"]
    later = _execute(vlmrun)
    server.clock.end_at_once()
    assert vlmrun.executions.get(later.id).status == "completed"


def test_the_pieces_of_a_stream(server: LocalServer, client: httpx2.Client) -> None:
    """By words, by characters, or as the answer has them."""
    server.answer("one two three")

    def pieces() -> list[str]:
        return [choice["delta"]["content"] for choice in _streamed(client) if choice["delta"].get("content")]

    assert pieces() == ["one ", "two ", "three"]
    server.chunk_size = 5
    assert pieces() == ["one t", "wo th", "ree"]
    server.reset()
    server.answer(Answer(chunks=["one", "", " two"]))
    assert pieces() == ["one", " two"]


def test_a_fault_that_is_added(server: LocalServer, vlmrun: VLMRun) -> None:
    """After those of the beginning; a reset forgets it."""
    server.add_fault(Fault("rate_limited", path="/v1/agent/execute"))
    with pytest.raises(RateLimitError):
        _execute(vlmrun)
    _execute(vlmrun)
    server.add_fault(Fault("rate_limited", times=None))
    server.reset()
    _execute(vlmrun)


def test_a_reset_forgets_everything(vlmrun: VLMRun, server: LocalServer) -> None:
    """But the URL and the key, so that clients go on; faults of the beginning have their times again."""
    file = vlmrun.files.upload(IMAGE, filename="a.png")
    vlmrun.agent.create(AgentCreationConfig(prompt="Read it."), name="reader")
    server.answer("a", when="nothing")
    url = server.base_url
    server.reset()
    assert (server.base_url, list(server.requests), list(server.work)) == (url, [], [])
    assert vlmrun.agent.list() == []
    assert vlmrun.files.list().data == []
    with pytest.raises(APIError):
        vlmrun.files.get(str(file.id))
    with LocalServer(faults=[Fault("server_error")]) as other, VLMRun(other.api_key, other.base_url) as client:
        for _ in range(2):
            with pytest.raises(APIError):
                client.with_options(max_retries=0).agent.list()
            client.agent.list()
            other.reset()
