"""A real model answers for the server: what it is asked, and what becomes of its answers.

The model is played by a server of plain OpenAI, which refuses what Ollama, vLLM and llama.cpp do not understand.
"""

from __future__ import annotations

import base64
import io
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionChunk
from PIL import Image
from pydantic import BaseModel

from support.local import CHAT, connect, data_url, encoded, url_part
from support.pdfs import GOOD, pdf
from support.plain_openai import PlainOpenAI, Raw, chunk, plain_openai
from vlmrun import VLMRun, content
from vlmrun.client.exceptions import APIError, ExecutionFailedError, InputError, PredictionFailedError, RateLimitError
from vlmrun.client.types import AgentCreationConfig, AgentExecutionConfig, GenerationConfig
from vlmrun.local import LocalServer, Upstream
from vlmrun.local.__main__ import main

PNG = encoded(Image.new("RGB", (8, 4), "red"), "PNG")
JPEG = encoded(Image.new("RGB", (8, 4), "red"), "JPEG")
THREE_PAGES = pdf(GOOD, GOOD, GOOD)
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


class Invoice(BaseModel):
    """What the tests extract."""

    total: float


@pytest.fixture(scope="module", name="running")
def _running() -> Iterator[PlainOpenAI]:
    with plain_openai() as running:
        yield running


@pytest.fixture(name="upstream")
def _upstream(running: PlainOpenAI) -> PlainOpenAI:
    running.reply = PlainOpenAI().reply
    running.pieces = None
    running.requests.clear()
    running.headers.clear()
    return running


@pytest.fixture(scope="module", name="started")
def _started(running: PlainOpenAI) -> Iterator[LocalServer]:
    with LocalServer(upstream=Upstream(running.url, model="tiny", max_pages=4, max_side=64)) as server:
        yield server


@pytest.fixture(name="server")
def _server(started: LocalServer, upstream: PlainOpenAI) -> LocalServer:
    assert upstream.requests == []
    started.reset()
    started.clock.end_at_once()
    return started


client = pytest.fixture(connect, name="client")


@pytest.fixture(name="vlmrun")
def _vlmrun(server: LocalServer) -> Iterator[VLMRun]:
    with VLMRun(server.api_key, server.base_url, max_retries=0) as made:
        yield made


def _opened(url: str) -> tuple[str | None, tuple[int, int]]:
    """The format and the size of the image in a `data:` URL."""
    with closing(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))) as image:
        return image.format, image.size


def _chat(client: httpx2.Client, content: object = "Read it.", **more: object) -> Any:
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": content}], **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _refused(client: httpx2.Client, content: object) -> tuple[int, str]:
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": content}]})
    return answer.status_code, answer.json()["error"]["message"]


# Chats ----------------------------------------------------------------------------------------------------------------


def test_a_chat(client: httpx2.Client, upstream: PlainOpenAI) -> None:
    """The answer is the model's, in VLM Run's form: its session, the model that was asked for, tokens and credits."""
    upstream.reply = lambda _: {"content": "A receipt of 25 €."}
    answer = _chat(client, model="vlmrun-orion-1:pro", temperature=0.5, max_completion_tokens=9, seed=None, tools=[])
    assert answer["choices"][0]["message"]["content"] == "A receipt of 25 €."
    assert answer["model"] == "vlmrun-orion-1:pro"
    assert answer["session_id"]
    assert answer["usage"]["total_tokens"] == 77
    assert answer["usage"]["credits_used"] == 0
    assert upstream.requests == [
        {
            "model": "tiny",
            "messages": [{"role": "user", "content": "Read it."}],
            "temperature": 0.5,
            "max_tokens": 9,
        }
    ]


def test_no_key_is_sent_but_its_own(server: LocalServer, vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """Nor any other header of the client."""
    vlmrun.agent.completions.create(
        model="m", messages=[{"role": "user", "content": "Hi"}], extra_headers={"x-secret": "s"}
    )
    sent = upstream.headers[-1]
    assert "authorization" not in sent
    assert "x-secret" not in sent
    assert server.api_key not in str(sent)
    own = Upstream(upstream.url, "tiny", "k-123")
    assert "k-123" not in repr(own)
    with LocalServer(upstream=own) as other, VLMRun(other.api_key, other.base_url) as client:
        client.agent.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
    assert upstream.headers[-1]["authorization"] == "Bearer k-123"


def test_proxies_of_the_environment_are_not_used(
    client: httpx2.Client, upstream: PlainOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent goes where the user has said."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    _chat(client)
    assert len(upstream.requests) == 1


def test_parts_become_texts_and_images(client: httpx2.Client, vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """In order, byte for byte where such servers read them."""
    file = vlmrun.files.upload(JPEG, filename="a.jpg")
    tiff = encoded(Image.new("RGB", (128, 32), "blue"), "TIFF")
    _chat(
        client,
        [
            {"type": "text", "text": "Compare."},
            url_part("image_url", data_url(PNG, "image/png")),
            {"type": "input_file", "file_id": file.id},
            url_part("image_url", data_url(tiff, "image/tiff")),
            url_part("image_url", "https://example.test/a.png"),
            url_part("file_url", data_url("Größe: 3".encode(), "text/plain")),
        ],
    )
    first, second, third, fourth = upstream.images
    assert (first, second) == (data_url(PNG, "image/png"), data_url(JPEG, "image/jpeg"))
    assert _opened(third) == ("PNG", (64, 16))
    assert fourth == "https://example.test/a.png"
    assert [part["type"] for part in upstream.parts] == ["text", *["image_url"] * 4, "text"]
    assert upstream.text == "Compare.\nGröße: 3"


@pytest.mark.parametrize("kind", ["file_url", "file", "input_file"])
def test_a_pdf_of_three_pages_becomes_three_images(
    client: httpx2.Client, vlmrun: VLMRun, upstream: PlainOpenAI, kind: str
) -> None:
    """Sent along or uploaded, each page with the longer side that the upstream may have."""
    parts: dict[str, dict[str, object]] = {
        "file_url": url_part("file_url", data_url(THREE_PAGES, "application/pdf")),
        "file": {"type": "file", "file": {"file_data": data_url(THREE_PAGES, "application/pdf"), "filename": "a.pdf"}},
        "input_file": {"type": "input_file", "file_id": vlmrun.files.upload(THREE_PAGES, filename="a.pdf").id},
    }
    answer = _chat(client, [parts[kind], {"type": "text", "text": "Read it."}])
    assert [_opened(url) for url in upstream.images] == [("PNG", (64, 32))] * 3
    assert answer["usage"]["credits_used"] == 3


def test_too_many_pages_are_refused(client: httpx2.Client, upstream: PlainOpenAI) -> None:
    """Also in two files, and before anything is sent: an answer from a part of them would look like one from all."""
    part = url_part("file_url", data_url(THREE_PAGES, "application/pdf"))
    status, message = _refused(client, [part, part])
    assert status == 422
    assert "messages.0.content.1: This request has at least 6 pages, and 4 are sent" in message
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (url_part("video_url", data_url(b"\0" * 9, "video/mp4")), "it is a video (video/mp4, 9 bytes)"),
        (url_part("audio_url", data_url(b"\0" * 9, "audio/wav")), "it is an audio (audio/wav, 9 bytes)"),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, "it is an audio"),
        (url_part("file_url", "https://example.test/a.pdf"), "does not fetch the URL of a file"),
        (url_part("video_url", "https://example.test/a.mp4"), "does not fetch the URL of a video"),
        (url_part("file_url", data_url(b"PK\3\4" + bytes(40), "application/zip")), "it is a file (application/zip"),
        (url_part("file_url", data_url(b"\xff\xfe", "text/plain")), "it is a file (text/plain"),
    ],
)
def test_what_it_cannot_read_is_refused(
    client: httpx2.Client, upstream: PlainOpenAI, part: dict[str, object], reason: str
) -> None:
    """With its place and the reason, and nothing is sent."""
    status, message = _refused(client, [part])
    assert status == 422
    assert "messages.0.content.0: The upstream cannot read this" in message
    assert reason in message
    assert upstream.requests == []


def test_a_typed_answer(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """The schema is passed on as `response_format`, by `parse` and by `run`."""
    upstream.reply = lambda _: {"content": '{"total": 25.0}'}
    messages = [content.user(content.image(PNG), "Read it.")]
    answer = vlmrun.agent.completions.parse(model="m", messages=messages, response_format=Invoice)
    assert answer.choices[0].message.parsed == Invoice(total=25.0)
    form = upstream.requests[-1]["response_format"]
    nested = form["json_schema"]
    assert (form["type"], nested["name"], nested["strict"]) == ("json_schema", "Invoice", True)
    assert list(nested["schema"]["properties"]) == ["total"]
    run = vlmrun.agent.run("Read it.", inputs=[content.image(PNG)], response_model=Invoice)
    assert run.output == Invoice(total=25.0)
    assert "total" in json.dumps(upstream.requests[-1]["response_format"])


def test_json_mode_is_passed_on(client: httpx2.Client, upstream: PlainOpenAI) -> None:
    """As it is; a text is the default and is not said."""
    _chat(client, response_format={"type": "json_object"})
    assert upstream.requests[-1]["response_format"] == {"type": "json_object"}
    _chat(client, response_format={"type": "text"})
    assert "response_format" not in upstream.requests[-1]


def test_tools(client: httpx2.Client, upstream: PlainOpenAI) -> None:
    """They are passed on, and so are calls and their results."""
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}
    upstream.reply = lambda _: {"content": "", "tool_calls": [call]}
    choice = _chat(client, tools=[WEATHER], tool_choice="auto", parallel_tool_calls=False)["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert choice["message"]["tool_calls"] == [call]
    sent = upstream.requests[-1]
    assert (sent["tools"], sent["tool_choice"], sent["parallel_tool_calls"]) == ([WEATHER], "auto", False)
    messages = [
        {"role": "system", "content": [{"type": "text", "text": "Be short."}]},
        {"role": "user", "content": "Is it warm?", "name": "ann"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "20", "tool_call_id": "call_1"},
    ]
    assert client.post(CHAT, json={"messages": messages}).status_code == 200
    assert upstream.requests[-1]["messages"] == [{"role": "system", "content": "Be short."}, *messages[1:]]


def test_a_refusal_of_the_model(client: httpx2.Client, upstream: PlainOpenAI) -> None:
    """And any reason to end that OpenAI has."""
    upstream.reply = lambda _: {"content": None, "refusal": "No.", "finish_reason": "content_filter"}
    choice = _chat(client)["choices"][0]
    assert (choice["message"]["refusal"], choice["message"]["content"]) == ("No.", None)
    assert choice["finish_reason"] == "content_filter"


def test_scripted_answers_come_first(server: LocalServer, client: httpx2.Client, upstream: PlainOpenAI) -> None:
    """The model is not asked then."""
    server.answer("Scripted.", times=1)
    assert _chat(client)["choices"][0]["message"]["content"] == "Scripted."
    assert upstream.requests == []
    assert _chat(client)["choices"][0]["message"]["content"] == "A receipt."
    assert server.work[-1].kind == "chat"


def test_a_chat_at_the_gateway(server: LocalServer, client: httpx2.Client, upstream: PlainOpenAI) -> None:
    """The model answers it, too, with a document in the gateway's own part."""
    url = f"{server.base_url.removesuffix('/v1')}/gateway/v1/openai/chat/completions"
    part = url_part("document_url", data_url(THREE_PAGES, "application/pdf"))
    answer = client.post(url, json={"model": "m", "messages": [{"role": "user", "content": [part]}]})
    assert answer.json()["choices"][0]["message"]["content"] == "A receipt."
    assert len(upstream.images) == 3


# Streams --------------------------------------------------------------------------------------------------------------


def _stream(vlmrun: VLMRun, **more: Any) -> list[ChatCompletionChunk]:
    messages: Any = [{"role": "user", "content": "Read it."}]
    return list(vlmrun.agent.completions.create(model="m", messages=messages, stream=True, **more))


def test_a_stream(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """In the pieces of the model, each with VLM Run's session; usage where the client wants it."""
    upstream.reply = lambda _: {"content": "One two\u2028three"}
    events = _stream(vlmrun)
    assert upstream.requests[-1]["stream_options"] == {"include_usage": True}
    texts = [event.choices[0].delta.content for event in events if event.choices]
    assert [text for text in texts if text] == ["One ", "two\u2028three "]
    assert events[-1].choices[0].finish_reason == "stop"
    assert events[-1].usage is not None
    assert events[-1].usage.total_tokens == 77
    assert len({(event.model_extra or {})["session_id"] for event in events}) == 1
    separate = _stream(vlmrun, stream_options={"include_usage": True})
    assert separate[-1].choices == []
    assert separate[-1].usage is not None


def test_a_piece_is_there_before_the_next_one_is_made(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """A slow model is seen at work."""
    is_read = threading.Event()

    def pieces(_: Any) -> Iterator[Any]:
        yield chunk({"content": "One "})
        assert is_read.wait(30)
        yield chunk({"content": "two."})
        yield chunk({}, "length")
        yield "[DONE]"

    upstream.pieces = pieces
    texts: list[str] = []
    reason = None
    messages: Any = [{"role": "user", "content": "Read it."}]
    for event in vlmrun.agent.completions.create(model="m", messages=messages, stream=True):
        if event.choices[0].delta.content:
            texts.append(event.choices[0].delta.content)
            is_read.set()
        reason = event.choices[0].finish_reason
    assert (texts, reason) == (["One ", "two."], "length")


def test_a_stream_of_calls(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """With their ids and arguments."""
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}
    upstream.reply = lambda _: {"tool_calls": [call]}
    with vlmrun.agent.completions.stream(
        model="m",
        messages=[{"role": "user", "content": "Is it warm?"}],
        tools=[WEATHER],  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # JSON
    ) as stream:
        calls = stream.get_final_completion().choices[0].message.tool_calls
    assert calls is not None
    assert [(item.id, item.function.name, item.function.arguments) for item in calls] == [
        ("call_1", "get_weather", '{"city":"Paris"}')
    ]


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ([], "its stream ended before the answer did"),
        ([{"error": {"message": "Out of memory."}}], "it says Out of memory."),
        (["{"], "a piece of its stream cannot be read"),
    ],
)
def test_a_stream_that_breaks(vlmrun: VLMRun, upstream: PlainOpenAI, last: list[Any], words: str) -> None:
    """It is an error for the client, after the pieces that came, and never an answer that looks whole."""
    upstream.pieces = lambda _: [chunk({"content": "One "}), *last]
    texts: list[str | None] = []

    def read() -> None:
        messages: Any = [{"role": "user", "content": "Read it."}]
        events = vlmrun.agent.completions.create(model="m", messages=messages, stream=True)
        texts.extend(event.choices[0].delta.content for event in events)

    with pytest.raises(openai.APIError, match=words):
        read()
    assert texts == ["", "One "]


def test_a_stream_that_cannot_begin(vlmrun: VLMRun, server: LocalServer, upstream: PlainOpenAI) -> None:
    """It has the status of the upstream; the session has not gone on."""
    upstream.reply = lambda _: Raw(429, b'{"error": "Slow down."}')
    with pytest.raises(openai.RateLimitError, match=r"answered 429: Slow down\."):
        _stream(vlmrun)
    assert list(server.work) == []


# Executions and predictions -------------------------------------------------------------------------------------------


def test_an_execution(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """Its prompt and its inputs, at any depth, with their names; its answer has the form of the platform."""
    upstream.reply = lambda _: {"content": "Twenty-five."}
    execution = vlmrun.agent.execute(
        config=AgentExecutionConfig(prompt="Add."),
        inputs={"invoice": content.document(THREE_PAGES), "notes": ["quickly", 3, None], "image": content.image(PNG)},
    )
    assert vlmrun.executions.wait(execution.id).response == {"text": "Twenty-five."}
    assert upstream.text == "Add.\ninvoice:\nnotes.0: quickly\nnotes.1: 3\nnotes.2: null\nimage:"
    assert len(upstream.images) == 4


def test_an_execution_with_a_schema(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """Its answer is JSON; the model is told the schema, and the server that runs it, too."""
    upstream.reply = lambda _: {"content": ' {"total": 25}\n'}
    config = AgentExecutionConfig(prompt="Add.", response_model=Invoice)
    execution = vlmrun.agent.execute(config=config)
    done = vlmrun.executions.wait(execution.id, response_model=Invoice)
    assert done.output == Invoice(total=25.0)
    assert upstream.requests[-1]["response_format"]["json_schema"]["schema"]["required"] == ["total"]
    assert '"required"' in upstream.text


def test_an_execution_of_an_agent(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """What it was created with is used; one that is not there is 404."""
    upstream.reply = lambda _: {"content": '{"total": 25}'}
    config = AgentCreationConfig(prompt="Add up.", json_schema=Invoice.model_json_schema())
    vlmrun.agent.create(config, name="adder")
    execution = vlmrun.agent.execute("adder", inputs={"note": "1 and 24"})
    assert vlmrun.executions.wait(execution.id).response == {"total": 25}
    assert upstream.text.startswith("Add up.\nnote: 1 and 24\n")
    with pytest.raises(APIError, match="Agent not found"):
        vlmrun.agent.execute("nobody")
    made = vlmrun.image.execute(images=[data_url(PNG, "image/png")], name="adder", version="latest")
    assert made.response == {"total": 25}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"content": "It is 25."}, "The model's answer is not JSON: .*It is 25"),
        ({"content": '{"total": 2', "finish_reason": "length"}, r"not JSON \(cut off at the limit of tokens\)"),
        ({"content": '{"total": NaN}'}, "not JSON"),
        ({"content": None, "refusal": "I cannot."}, r"The model refused: I cannot\."),
    ],
)
def test_an_answer_that_is_not_json_fails(
    vlmrun: VLMRun, upstream: PlainOpenAI, message: dict[str, Any], words: str
) -> None:
    """The execution and the prediction, with the words of the model."""
    upstream.reply = lambda _: message
    execution = vlmrun.agent.execute(config=AgentExecutionConfig(prompt="Add.", response_model=Invoice))
    with pytest.raises(ExecutionFailedError, match=words):
        vlmrun.executions.wait(execution.id)
    with pytest.raises(PredictionFailedError, match=words):
        vlmrun.predictions.wait(
            vlmrun.image.generate(images=[data_url(PNG, "image/png")], domain="document.invoice", batch=True).id
        )


def test_a_prediction(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """The model is told what its domain is, and gets the schema of it."""
    upstream.reply = lambda _: {"content": '{"invoice_id": "A-1"}'}
    made = vlmrun.image.generate(images=[data_url(PNG, "image/png")] * 2, domain="document.invoice")
    assert made.response == {"invoice_id": "A-1"}
    assert made.status == "completed"
    assert len(upstream.images) == 2
    assert upstream.text.startswith("Parties, line items and totals of an invoice.\n")
    assert "invoice_id" in upstream.requests[-1]["response_format"]["json_schema"]["schema"]["properties"]
    with pytest.raises(APIError, match="no domain"):
        vlmrun.image.generate(images=[data_url(PNG, "image/png")], domain="no.domain")


def test_a_prediction_with_a_model_and_pages(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """Of an uploaded PDF, as a batch: only the pages that are wanted are sent."""
    upstream.reply = lambda _: {"content": '{"total": 25}'}
    file = vlmrun.files.upload(THREE_PAGES, filename="a.pdf")
    config = GenerationConfig(prompt="Add.", page_indices=[0, 2], max_tokens=100)
    started = vlmrun.document.generate(
        file=str(file.id), domain="document.invoice", config=config, response_model=Invoice, batch=True
    )
    assert vlmrun.predictions.wait(started.id).response == {"total": 25}
    assert len(upstream.images) == 2
    assert upstream.text.startswith("Add.\n")
    assert upstream.requests[-1]["max_tokens"] == 100
    assert upstream.requests[-1]["response_format"]["json_schema"]["schema"]["required"] == ["total"]


def test_a_recording_has_no_prediction(vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """It is refused with its place."""
    file = vlmrun.files.upload(b"RIFF\x24\0\0\0WAVEfmt ", filename="a.wav")
    with pytest.raises(APIError, match="file_id: The upstream cannot read this"):
        vlmrun.audio.generate(file=str(file.id), domain="audio.transcription")
    assert upstream.requests == []


# What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "status", "words"),
    [
        (Raw(500, b'{"error": {"message": "CUDA error"}}'), 500, "answered 500: CUDA error"),
        (Raw(404, b'{"error": {"message": "model tiny not found"}}'), 404, "answered 404: model tiny not found"),
        (Raw(503, b"<html>busy</html>"), 503, "answered 503: <html>busy</html>"),
        (Raw(401, b'{"detail": "No key."}'), 401, "answered 401: No key."),
        (Raw(302, b"", {"location": "http://127.0.0.1:9/"}), 502, "answered 302: (no words)"),
        (Raw(200, b"<html>hello</html>"), 502, "is no chat completion: Invalid JSON"),
        (Raw(200, b'{"choices": []}'), 502, "is no chat completion: choices: "),
        (Raw(200, b'{"choices": [{"message": {"content": "\\ud800"}}]}'), 502, "is no chat completion"),
    ],
)
def test_an_error_of_the_upstream(
    client: httpx2.Client, server: LocalServer, upstream: PlainOpenAI, raw: Raw, status: int, words: str
) -> None:
    """It has the same status, and its words; what is no answer is 502. No work is done."""
    upstream.reply = lambda _: raw
    answered = client.post(CHAT, json={"messages": [{"role": "user", "content": "Hi"}]})
    message = answered.json()["error"]["message"]
    assert answered.status_code == status
    assert words in message
    assert upstream.url in message
    assert list(server.work) == []
    execution = client.post("/agent/execute", json={"config": {"prompt": "Add."}})
    assert (execution.status_code, words in execution.json()["detail"]) == (status, True)


def test_a_limit_of_the_upstream(client: httpx2.Client, vlmrun: VLMRun, upstream: PlainOpenAI) -> None:
    """With the time to wait, as the client understands it."""
    upstream.reply = lambda _: Raw(429, b'{"error": {"message": "Slow down."}}', {"retry-after": "7"})
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": "Hi"}]})
    assert answer.headers["retry-after"] == "7"
    with pytest.raises(RateLimitError, match=r"Slow down\."):
        vlmrun.image.generate(images=[data_url(PNG, "image/png")], domain="document.invoice")


def test_a_key_that_an_error_repeats(upstream: PlainOpenAI) -> None:
    """It is not passed on."""
    upstream.reply = lambda _: Raw(401, b'{"error": {"message": "Incorrect API key: k-123"}}')
    with LocalServer(upstream=Upstream(upstream.url, "tiny", "k-123")) as server:
        for client in connect(server):
            status, message = _refused(client, "Hi")
            assert (status, "k-123" in message, "[api_key]" in message) == (401, False, True)


def test_an_upstream_that_is_down() -> None:
    """502, which clients do not retry."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else has the port
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with LocalServer(upstream=Upstream(url, "tiny")) as server, VLMRun(server.api_key, server.base_url) as vlmrun:
            with pytest.raises(openai.InternalServerError, match=f"The upstream {url} cannot be reached"):
                vlmrun.agent.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
            with pytest.raises(openai.InternalServerError, match="cannot be reached"):
                _stream(vlmrun)
            with pytest.raises(APIError, match="cannot be reached"):
                vlmrun.image.generate(images=[data_url(PNG, "image/png")], domain="document.invoice")
            assert len(server.requests) == 3


def test_an_upstream_that_says_nothing() -> None:
    """504 when its time is over."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with LocalServer(upstream=Upstream(url, "tiny", timeout=0.05)) as server:
            for client in connect(server):
                assert _refused(client, "Hi") == (504, f"The upstream {url} did not answer within 0.05 s.")


def test_a_server_that_stops_while_its_model_thinks(upstream: PlainOpenAI) -> None:
    """It does not wait for the answer."""
    is_asked, may_answer = threading.Event(), threading.Event()

    def reply(_: Any) -> dict[str, Any]:
        is_asked.set()
        may_answer.wait(60)
        return {"content": "Too late."}

    upstream.reply = reply
    with LocalServer(upstream=Upstream(upstream.url, "tiny")) as server:
        statuses: list[int] = []
        asking = threading.Thread(target=_ask, args=(server, statuses))
        asking.start()
        assert is_asked.wait(30)
    assert not may_answer.is_set()
    asking.join(30)
    may_answer.set()
    assert not asking.is_alive()
    assert statuses in ([], [500])  # no answer, or an error


def _ask(server: LocalServer, statuses: list[int]) -> None:
    for client in connect(server):
        with suppress(httpx2.TransportError):
            statuses.append(client.post(CHAT, json={"messages": [{"role": "user", "content": "Hi"}]}).status_code)


# Arguments ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        {"url": "127.0.0.1:11434"},
        {"url": "ftp://127.0.0.1/v1"},
        {"url": "http:///v1"},
        {"url": "http://user:word@127.0.0.1/v1"},
        {"url": "http://127.0.0.1/v1?key=1"},
        {"url": 3},
        {"model": ""},
        {"api_key": "two words"},
        {"api_key": "k\r\nx: y"},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"max_pages": 0},
        {"max_pages": 2.5},
        {"max_side": 1},
    ],
)
def test_an_argument_that_is_wrong(arguments: dict[str, Any]) -> None:
    """It is named before anything is sent, and no password is repeated."""
    (name,) = arguments
    whole: dict[str, Any] = {"url": "http://127.0.0.1/v1", "model": "tiny", **arguments}
    with pytest.raises(InputError, match=f"^{name} must") as caught:
        Upstream(**whole)
    assert "word" not in str(caught.value)


def test_strict_and_upstream_contradict_each_other() -> None:
    """A strict server asks nobody."""
    with pytest.raises(InputError, match="strict and upstream"):
        LocalServer(strict=True, upstream=Upstream("http://127.0.0.1/v1", "tiny"))
    with pytest.raises(InputError, match="upstream must be an Upstream"):
        LocalServer(upstream="http://127.0.0.1/v1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # wrong on purpose


def test_health_names_the_model(client: httpx2.Client) -> None:
    """Where there is one."""
    assert client.get("/health").json()["model"] == "tiny"


# The command line -----------------------------------------------------------------------------------------------------


def test_the_command_line(upstream: PlainOpenAI) -> None:
    """It names the model, and asks it."""
    arguments = ["--port", "0", "--api-key", "k", "--upstream", upstream.url, "--model", "tiny", "--upstream-key", "u"]
    with subprocess.Popen(  # noqa: S603  # this very interpreter
        [sys.executable, "-W", "error", "-m", "vlmrun.local", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            url = re.search(r"http://127\.0\.0\.1:\d+/v1", first)
            assert url is not None
            assert f"with the model tiny at {upstream.url}." in first
            with VLMRun("k", url[0], max_retries=0) as client:
                answer = client.agent.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
            assert answer.choices[0].message.content == "A receipt."
            assert upstream.headers[-1]["authorization"] == "Bearer u"
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--upstream", "http://127.0.0.1:9/v1"], "--upstream and --model are needed together"),
        (["--model", "tiny"], "--upstream and --model are needed together"),
        (["--upstream-key", "k"], "--upstream-key is for --upstream"),
        (["--replay", "a", "--record", "b"], "--replay needs no upstream, and records nothing"),
        (["--replay", "a", "--model", "tiny"], "--replay needs no upstream, and records nothing"),
        (["--record", "a", "--model", "tiny"], "--model cannot be recorded"),
        (["--replay", "missing"], "no recorded answers in missing"),
        (["--upstream", "127.0.0.1:9", "--model", "tiny"], "url must be an http or https URL"),
        (["--upstream", "http://a/v1", "--model", "tiny", "--upstream-pages", "0"], "max_pages must be"),
    ],
)
def test_the_command_line_refuses(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not fit together, before anything is served."""
    code: object
    try:
        code = main(["--port", "0", *arguments])
    except SystemExit as ended:
        code = ended.code
    assert code in (1, 2)
    assert words in capsys.readouterr().err
