"""What `vlmrun.testing` makes has the types of what the client returns."""

from __future__ import annotations

from openai.resources.chat.completions import AsyncCompletions, Completions
from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun.client.types import AgentExecutionResponse, PredictionResponse
from vlmrun.protocols import SupportsAsyncCompletions, SupportsCompletions
from vlmrun.results import AgentRun
from vlmrun.testing import FakeAsyncChat, FakeChat, Webhook, agent_run, prediction, webhook
from vlmrun.testing.plugin import async_vlmrun_client, vlmrun_client, vlmrun_server, vlmrun_session_server


class Invoice(BaseModel):
    total: float


def results() -> None:
    assert_type(agent_run(Invoice(total=1)), AgentRun[Invoice, AgentExecutionResponse])
    run: AgentRun[Invoice] = agent_run(Invoice(total=1), session_id="s")
    assert_type(run.output.total, float)
    assert_type(prediction(Invoice(total=1)), PredictionResponse[Invoice])
    agent_run()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    prediction(Invoice(total=1), status=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def hooks() -> None:
    sent = webhook(prediction(Invoice(total=1)), "secret")
    assert_type(sent, Webhook)
    assert_type(sent.body, bytes)
    assert_type(sent.headers, dict[str, str])
    webhook(agent_run(Invoice(total=1)), b"secret")
    webhook(agent_run(Invoice(total=1)).raw, "secret")
    webhook(Invoice(total=1), "secret")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Webhook("text", "sha256=0")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def chats() -> None:
    chat: SupportsCompletions = FakeChat("Yes.")
    assert_type(chat.completions, Completions)
    other: SupportsAsyncCompletions = FakeAsyncChat({"total": 1})
    assert_type(other.completions, AsyncCompletions)
    FakeChat(25)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    FakeAsyncChat(25)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def fixtures() -> None:
    print(vlmrun_session_server, vlmrun_server, vlmrun_client, async_vlmrun_client)  # noqa: T201  # a use
    vlmrun_server.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    vlmrun_session_server.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    vlmrun_client.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    async_vlmrun_client.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
