"""What checkers say of responses with their HTTP side: `with_raw_response`, and the options of a call."""

from __future__ import annotations

from datetime import timedelta

from openai.types.chat import ChatCompletion
from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun import AgentRun, AsyncVLMRun, VLMRun
from vlmrun.client.pages import AsyncPage, Page
from vlmrun.client.types import AgentExecutionResponse, AgentInfo, ArtifactInfo, FileResponse
from vlmrun.results import RawResponse


class Invoice(BaseModel):
    total: float


def accepted(client: VLMRun) -> None:
    raw = client.agent.with_raw_response.list(timeout=5, extra_headers={"x-a": "b"})
    assert_type(raw, RawResponse[list[AgentInfo]])
    assert_type(raw.status_code, int)
    assert_type(raw.headers["content-type"], str)
    assert_type(raw.request_id, str | None)
    assert_type(raw.elapsed, timedelta)
    assert_type(raw.content, bytes)
    assert_type(raw.text, str)
    assert_type(raw.json(), JsonValue)
    assert_type(raw.parse(), list[AgentInfo])
    assert_type(client.files.with_raw_response.list().parse(), Page[FileResponse])
    assert_type(client.artifacts.with_raw_response.list(session_id="s").parse(), list[ArtifactInfo])
    assert_type(client.agent.with_raw_response.get(id="a").parse(), AgentInfo)
    assert_type(client.agent.with_raw_response.run("Read it.").parse(), AgentRun[str, ChatCompletion])
    run = client.agent.with_raw_response.run("Read it.", response_model=Invoice, mode="execution")
    assert_type(run.parse(), AgentRun[Invoice, AgentExecutionResponse])
    waited = client.executions.with_raw_response.wait("e", response_model=Invoice)
    assert_type(waited.parse(), AgentRun[Invoice, AgentExecutionResponse])
    client.files.delete("f", timeout=None, extra_query={"a": 1, "b": ["c", "d"]}, extra_body={"e": {"f": None}})


async def accepted_awaited(client: AsyncVLMRun) -> None:
    raw = await client.files.with_raw_response.list(limit=5)
    assert_type(raw.parse(), AsyncPage[FileResponse])
    assert_type(await client.agent.with_raw_response.list(), RawResponse[list[AgentInfo]])
    await client.files.get("f", timeout=5, extra_headers={"x-a": "b"})


def rejected(client: VLMRun) -> None:
    raw = client.agent.with_raw_response.list()
    raw.status_code = 200  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    raw.headers = {}  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    raw.request_id = "r"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    raw.elapsed = timedelta()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    raw.content = b""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    raw.text = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    raw.json(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    raw.parse(AgentInfo)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    RawResponse()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.files.with_raw_response.lists()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    client.agent.list(timeouts=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.agent.list(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.agent.list(extra_headers={"a": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-assignment]
