"""Agents: the configurations that create and run them, and their descriptions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import JsonValue, TypeAdapter

from vlmrun._inputs.skills import Skill
from vlmrun.client.types._base import TIMESTAMP, AnswerConfig, JobStatus, ServiceTier, WireModel

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
"""How an Orion-2 model runs an execution: `agent` or `program`. Open: other values are accepted."""

AgentSkill: TypeAlias = Skill
"""The official SDK's name for `vlmrun.skills.Skill`."""


class _AgentConfig(AnswerConfig):
    """The fields that creation and execution share."""

    skills: list[Skill] | None = None
    """The skills that the agent may use."""
    service_tier: ServiceTier | None = None
    """The priority, and the price, of the run."""
    orchestration_mode: bool | None = None
    """Whether the agent coordinates other agents."""


class AgentCreationConfig(_AgentConfig):
    """The configuration of a new agent.

    HTTP: the `config` of [`POST /agent/create`](https://docs.vlm.run/api-reference/v1/post-agent-create).
    """

    prompt: str
    """The agent's task."""


class AgentExecutionConfig(_AgentConfig):
    """The configuration of an execution.

    HTTP: the `config` of [`POST /agent/execute`](https://docs.vlm.run/api-reference/v1/post-agent-execute).
    """

    prompt: str | None = None
    """The task. Without an agent's name, the prompt identifies the agent."""
    mode: ExecutionMode | None = None
    """`agent` or `program`; Orion-2 models only."""


class AgentInfo(WireModel):
    """An agent, as `client.agent.get`, `list` and `get_by_id` return it."""

    id: str
    """The agent's id."""
    name: str
    """The agent's name."""
    description: str | None = None
    """A description of the agent."""
    prompt: str | None = None
    """The agent's task."""
    json_schema: dict[str, JsonValue] | None = None
    """The JSON schema that the agent's answers match."""
    json_sample: JsonValue = None
    """An example of an answer."""
    created_at: Annotated[datetime, TIMESTAMP]
    """When the agent was created."""
    updated_at: Annotated[datetime, TIMESTAMP]
    """When the agent was last changed."""
    status: JobStatus
    """The current status of the agent's creation."""


class AgentCreationResponse(WireModel):
    """A newly created agent, as `client.agent.create` returns it."""

    id: str
    """The agent's id."""
    name: str
    """The agent's name; the server chooses one if none was given."""
    created_at: Annotated[datetime, TIMESTAMP]
    """When the agent was created."""
    updated_at: Annotated[datetime, TIMESTAMP]
    """When the agent was last changed."""
    status: JobStatus
    """The current status of the agent's creation."""
    description: str | None = None
    """A description of the agent."""
    prompt: str | None = None
    """The agent's task."""
    json_schema: dict[str, JsonValue] | None = None
    """The JSON schema that the agent's answers match."""
    json_sample: JsonValue = None
    """An example of an answer."""


read_agents = TypeAdapter(list[AgentInfo]).validate_json
"""Parses a JSON list of agents."""
