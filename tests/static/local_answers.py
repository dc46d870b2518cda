"""What a test tells `vlmrun.local` to answer, and what it sees of the requests."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun.local import (
    Answer,
    LocalServer,
    PredictionRequest,
    ReceivedFile,
    ReceivedRequest,
    Reply,
    ToolCall,
    Upstream,
    When,
)


class Invoice(BaseModel):
    total: float


def what_it_answers(server: LocalServer) -> None:
    server.answer("Twenty-five.")
    server.answer(Invoice(total=25.0), when="total", times=2)
    server.answer({"total": 25.0}, when=re.compile("total"))
    server.answer(lambda request: request.prompt_text, when=lambda request: bool(request.images))
    server.answer(Answer(tool_calls=[ToolCall("add", {"a": 1})]), when=When(model="m", path="/v1/agent", file="a.pdf"))
    server.answer(Answer(status=429, error="Slow down.", headers={"retry-after": "1"}))
    reply: Reply = Answer(chunks=["a", "b"], delay=0.1, artifacts={"img_a1b2c3": b""}, outcome="failed")
    server.answer(reply)
    server.answer(Invoice, when=When(path="/v1/image/schema"))
    server.answer([0.1, 0.2], when=When(path="/gateway/v1/openai/embeddings"))
    server.answer(lambda request: [float(len(request.embedding.inputs))])
    server.answer(["a"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    server.answer(25)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    server.answer("a", when=25)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    wrong: Reply = 25  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del wrong
    Answer(status="429")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Answer(outcome="paused")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ToolCall()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    When(prompt=b"total")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    LocalServer(strict=True)
    LocalServer(strict="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def what_was_asked(request: ReceivedRequest) -> None:
    assert_type(request.chat.messages[0].role, str)
    assert_type(request.chat.model, str)
    assert_type(request.execution.name, str | None)
    assert_type(request.prediction, PredictionRequest)
    assert_type(request.schema.batch, bool)
    assert_type(request.embedding.model, str)
    assert_type(request.transcription.language, str | None)
    assert_type(request.decision.state, object)
    assert_type(request.prompt_text, str)
    assert_type(request.images, Sequence[ReceivedFile])
    assert_type(request.files[0].read(), bytes)
    assert_type(request.files[0].filename, str | None)
    ReceivedFile()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    wrong: PredictionRequest = request.chat  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del wrong


def who_answers() -> None:
    upstream = Upstream(
        "http://127.0.0.1:11434/v1", model="qwen2.5vl", api_key="k", timeout=60, max_pages=5, max_side=800
    )
    assert_type(upstream.url, str)
    assert_type(upstream.api_key, str | None)
    LocalServer(upstream=upstream)
    LocalServer(upstream="http://127.0.0.1:11434/v1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Upstream("http://127.0.0.1:11434/v1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    upstream.model = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]


def how_it_goes_on(server: LocalServer) -> None:
    server.clock.end_at_once()
    server.clock.never_end()
    server.clock.end_by_steps()
    server.chunk_size = 3
    server.chunk_size = None
    server.stream_delay = 0.5
    server.reset()
    server.chunk_size = "3"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-argument-type]
    server.add_fault("trickle")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def how_answers_are_recorded() -> None:
    assert_type(LocalServer.record("answers"), LocalServer)
    assert_type(LocalServer.record(Path("answers"), upstream="https://api.vlm.run/v1", api_key="key"), LocalServer)
    LocalServer.record("answers", verify=ssl.create_default_context())
    assert_type(LocalServer.replay(Path("answers")), LocalServer)
    with LocalServer.replay("answers") as server:
        assert_type(server, LocalServer)
    LocalServer.record("answers", host="::1", port=8000, server_key="key", keep_requests=None)
    LocalServer.replay("answers", host="::1", port=8000, server_key="key", keep_requests=None)
    LocalServer.replay("answers", port="8000")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    LocalServer.record()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    LocalServer.record("answers", "https://api.vlm.run/v1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    LocalServer.record("answers", verify=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    LocalServer.replay(b"answers")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
