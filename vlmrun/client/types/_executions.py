"""Executions of agents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import JsonValue, TypeAdapter

from vlmrun.client.types._agents import ExecutionMode
from vlmrun.client.types._base import TIMESTAMP, CreditUsage, JobStatus, WireModel

__all__ = ["AgentExecutionResponse", "read_executions"]


class AgentExecutionResponse(WireModel):
    """One run of an agent. Source: API.md §3.6.

    Attributes:
        id: Its identifier.
        name: The agent's name; `None` where the prompt identified the agent.
        created_at: When it was submitted.
        completed_at: When it ended.
        response: The answer, once `status` is `completed`.
        execution_mode: How it ran.
        status: Where it stands.
        usage: What it has used so far.
    """

    id: str
    name: str | None = None
    created_at: Annotated[datetime, TIMESTAMP]
    completed_at: Annotated[datetime, TIMESTAMP] | None = None
    response: JsonValue = None
    execution_mode: ExecutionMode | None = None
    status: JobStatus
    usage: CreditUsage | None = None


read_executions = TypeAdapter(list[AgentExecutionResponse]).validate_json
"""Reads a list of them."""
