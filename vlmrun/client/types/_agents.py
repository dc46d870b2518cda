"""Agents: what creates them, what runs them, and what they are."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, model_validator
from typing_extensions import Self

from vlmrun._inputs.skills import Skill
from vlmrun.client.types._base import JobStatus, ServiceTier, WireModel

__all__ = [
    "AgentCreationConfig",
    "AgentCreationResponse",
    "AgentExecutionConfig",
    "AgentInfo",
    "AgentSkill",
    "ExecutionMode",
    "read_agents",
]

ExecutionMode: TypeAlias = Literal["agent", "program"] | str
"""How an Orion-2 model runs an execution."""

AgentSkill: TypeAlias = Skill
"""The name under which the official SDK has `vlmrun.skills.Skill`."""


class _AgentConfig(WireModel):
    """What creation and execution share."""

    json_schema: dict[str, JsonValue] | None = None
    skills: list[Skill] | None = None
    service_tier: ServiceTier | None = None
    orchestration_mode: bool | None = None
    response_model: type[BaseModel] | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _schema_of_response_model(self) -> Self:
        if self.response_model is not None:
            if self.json_schema is not None:
                raise ValueError("json_schema and response_model say the same thing: set one of them")
            if self.response_model is BaseModel:
                raise ValueError("response_model must have fields: pass a model of your own")
            self.json_schema = self.response_model.model_json_schema()
        return self


class AgentCreationConfig(_AgentConfig):
    """How a new agent works. Source: API.md §3.6, `POST /agent/create`.

    Attributes:
        prompt: What the agent is to do.
        json_schema: The JSON schema that its answers fit.
        response_model: A pydantic model instead of `json_schema`, which is made from it. Stays on this side.
        skills: Skills the agent may use.
        service_tier: How urgently it runs.
        orchestration_mode: Whether it plans with other agents.
    """

    prompt: str


class AgentExecutionConfig(_AgentConfig):
    """How one execution runs. Source: API.md §3.6, `POST /agent/execute`.

    Attributes:
        prompt: What to do; without an agent's name, this is what identifies the agent.
        json_schema: The JSON schema that the answer fits.
        response_model: A pydantic model instead of `json_schema`, which is made from it. Stays on this side.
        skills: Skills the agent may use.
        service_tier: How urgently it runs.
        orchestration_mode: Whether it plans with other agents.
        mode: `agent` or `program`; Orion-2 only.
    """

    prompt: str | None = None
    mode: ExecutionMode | None = None


class AgentInfo(WireModel):
    """An agent. Source: API.md §3.6.

    Attributes:
        id: Its identifier.
        name: Its name.
        description: What it is for.
        prompt: What it does.
        json_schema: The JSON schema that its answers fit.
        json_sample: An example of an answer.
        created_at: When it was created.
        updated_at: When it was last changed.
        status: Where its creation stands.
    """

    id: str
    name: str
    description: str | None = None
    prompt: str | None = None
    json_schema: dict[str, JsonValue] | None = None
    json_sample: JsonValue = None
    created_at: datetime
    updated_at: datetime
    status: JobStatus


class AgentCreationResponse(WireModel):
    """An agent as it was just created. Source: API.md §3.6.

    Attributes:
        id: Its identifier.
        name: Its name; the server makes one up where none was given.
        created_at: When it was created.
        updated_at: When it was last changed.
        status: Where its creation stands.
        description: What it is for.
        prompt: What it does.
        json_schema: The JSON schema that its answers fit.
        json_sample: An example of an answer.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    status: JobStatus
    description: str | None = None
    prompt: str | None = None
    json_schema: dict[str, JsonValue] | None = None
    json_sample: JsonValue = None


read_agents = TypeAdapter(list[AgentInfo]).validate_json
"""Reads a list of them."""
