"""The clients and the native agent API to a checker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.agent import Agent, AsyncAgent
from vlmrun.client.exceptions import APIError, ConfigurationError, DependencyError, VLMRunError
from vlmrun.client.types import (
    AgentCreationConfig,
    AgentCreationResponse,
    AgentExecutionConfig,
    AgentExecutionResponse,
    AgentInfo,
    CreditUsage,
    RequestMetadata,
)


class Invoice(BaseModel):
    total: float


class FourValues:
    api_key = "k"
    base_url = "http://127.0.0.1/v1"
    timeout: float | None = None
    max_retries = 0


def a_client_is_made_of_these() -> None:
    assert_type(VLMRun(), VLMRun)
    assert_type(VLMRun("k", "https://api.vlm.run/v1", None, 0, default_headers={"X-A": "b"}), VLMRun)
    assert_type(AsyncVLMRun(api_key="k", timeout=5), AsyncVLMRun)

    VLMRun(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun(max_retries=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun("k", "u", 1.0, 0, {"X-A": "b"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    AsyncVLMRun(organization="o")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]


def its_options_are_read_only_and_copied(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.api_key, str)
    assert_type(client.base_url, str)
    assert_type(client.timeout, float | None)
    assert_type(twin.max_retries, int)
    assert_type(client.with_options(timeout=None), VLMRun)
    assert_type(twin.with_options(max_retries=0, set_default_headers={}), AsyncVLMRun)
    assert_type(client.healthcheck(), bool)

    client.healthcheck(deep=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.timeout = 5.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.with_options(retries=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    with client as same:
        assert_type(same, VLMRun)
    with twin:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]  # ty: ignore[invalid-context-manager]  # pyrefly: ignore[bad-context-manager]
        pass


async def the_twin_is_awaited(twin: AsyncVLMRun) -> None:
    async with twin as same:
        assert_type(same, AsyncVLMRun)
        assert_type(await same.healthcheck(), bool)
        assert_type(same.agent, AsyncAgent)
        assert_type(await same.agent.get(id="i"), AgentInfo)
        assert_type(await same.agent.list(), list[AgentInfo])
        assert_type(await same.agent.create({"prompt": "p"}), AgentCreationResponse)
        assert_type(await same.agent.execute("a:1"), AgentExecutionResponse)
        assert_type(await same.agent.get_by_id("i"), AgentInfo)

        AsyncAgent(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
        await same.agent.get("a", prompt="p")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]


def get_takes_exactly_one(agent: Agent) -> None:
    assert_type(agent.get("name"), AgentInfo)
    assert_type(agent.get(name="name"), AgentInfo)
    assert_type(agent.get(id="id"), AgentInfo)
    assert_type(agent.get(prompt="prompt"), AgentInfo)

    agent.get()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    agent.get("name", "id")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    agent.get(id="id", prompt="prompt")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    agent.get(1)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def the_agent_api(client: VLMRun) -> None:
    agent = client.agent
    assert_type(agent, Agent)
    assert_type(Agent(client), Agent)
    assert_type(Agent(FourValues()), Agent)
    assert_type(agent.list(), list[AgentInfo])
    assert_type(agent.create(AgentCreationConfig(prompt="p", response_model=Invoice), "name"), AgentCreationResponse)
    assert_type(
        agent.execute(
            "name",
            {"document": {"type": "file_url", "file_url": {"url": "https://example.com/a.pdf"}}},
            config=AgentExecutionConfig(prompt="p", mode="program"),
            metadata=RequestMetadata(environment="prod"),
            toolsets=["document", "web"],
        ),
        AgentExecutionResponse,
    )
    assert_type(agent.get_by_id("id"), AgentInfo)

    Agent("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    agent.create()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    agent.create(AgentCreationConfig())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    agent.execute(toolsets=["imgae"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    agent.execute(inputs=["a"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    agent.get_by_id(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def the_models(info: AgentInfo, execution: AgentExecutionResponse) -> None:
    assert_type(info.name, str)
    assert_type(info.created_at, datetime)
    assert_type(execution.usage, CreditUsage | None)
    assert_type(execution.completed_at, datetime | None)

    info.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    execution.usage.credits_used  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]


def the_errors(error: APIError) -> None:
    assert_type(error.message, str)
    assert_type(error.http_status, int | None)
    assert_type(error.headers, Mapping[str, str])
    assert_type(error.body, object)
    assert_type(error.request_id, str | None)
    assert_type(error.suggestion, str | None)
    assert_type(error.error_type, str | None)
    parents: list[type[VLMRunError]] = [ConfigurationError, DependencyError]
    as_import_error: type[ImportError] = DependencyError

    not_an_import_error: type[ImportError] = ConfigurationError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    error.http_status + 1  # type: ignore[operator]  # pyright: ignore[reportOptionalOperand, reportUnusedExpression]  # ty: ignore[unsupported-operator]  # pyrefly: ignore[unsupported-operation]
    del parents, as_import_error, not_an_import_error
