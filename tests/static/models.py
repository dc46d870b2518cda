"""The models of the wire to a checker."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun.client.types import (
    AgentCreationConfig,
    AgentCreationResponse,
    AgentExecutionConfig,
    AgentExecutionResponse,
    AgentInfo,
    AgentSkill,
    CreditUsage,
    Environment,
    ExecutionMode,
    JobStatus,
    RequestMetadata,
    ServiceTier,
    WireModel,
)


class Invoice(BaseModel):
    total: float


def open_enumerations() -> None:
    status: JobStatus = "completed"
    tier: ServiceTier = "flex"
    mode: ExecutionMode = "program"
    environment: Environment = "prod"
    del status, tier, mode, environment


def closed_to_what_is_no_text() -> None:
    status: JobStatus = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    tier: ServiceTier = 2.0  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    mode: ExecutionMode = b"program"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    environment: Environment = ["prod"]  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del status, tier, mode, environment


def what_is_sent() -> None:
    skill = AgentSkill(type="skill_reference", skill_id="reader", skill_version="latest")
    assert_type(AgentCreationConfig(prompt="p", skills=[skill], service_tier="flex"), AgentCreationConfig)
    assert_type(AgentExecutionConfig(json_schema={"type": "object"}, orchestration_mode=True), AgentExecutionConfig)
    assert_type(AgentExecutionConfig(response_model=Invoice).response_model, type[BaseModel] | None)
    assert_type(RequestMetadata(environment="prod", session_id="s", allow_training=False), RequestMetadata)

    by_name = AgentSkill(skill_name="reader", version="3")
    assert_type(by_name.skill_name, str | None)
    assert_type(by_name.skill_version, str | None)
    assert_type(AgentSkill({"type": "of-tomorrow", "url": "https://example.com"}), AgentSkill)

    AgentSkill("reader")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentSkill(skill="reader")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    AgentSkill(skill_version=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentCreationConfig()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AgentCreationConfig(promt="p")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AgentExecutionConfig(response_model=Invoice(total=1.0))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    RequestMetadata(allow_training=[])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def what_comes_back(
    info: AgentInfo, created: AgentCreationResponse, execution: AgentExecutionResponse, usage: CreditUsage
) -> None:
    models: list[WireModel] = [info, created, execution, usage]
    assert_type(info.id, str)
    assert_type(info.description, str | None)
    assert_type(info.json_schema, dict[str, JsonValue] | None)
    assert_type(created.updated_at, datetime)
    assert_type(execution.response, JsonValue)
    assert_type(execution.usage, CreditUsage | None)
    assert_type(execution.completed_at, datetime | None)
    assert_type(usage.credits_used, float | None)

    AgentInfo(id="i")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AgentCreationResponse()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AgentExecutionResponse(id=1)  # type: ignore[arg-type, call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[invalid-argument-type, missing-argument]  # pyrefly: ignore[bad-argument-type, missing-argument]
    CreditUsage(credits_used=[])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    wire: list[AgentInfo] = [WireModel()]  # type: ignore[list-item]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    info.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    execution.usage.credits_used  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    del models, wire
