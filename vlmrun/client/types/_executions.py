"""Executions of agents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import JsonValue, TypeAdapter

from vlmrun.client.types._agents import ExecutionMode
from vlmrun.client.types._base import TIMESTAMP, CreditUsage, JobStatus, WireModel, markdown_of

__all__ = ["AgentExecutionResponse", "read_executions"]


class AgentExecutionResponse(WireModel):
    """An execution: one run of an agent in the background."""

    id: str
    """The execution's id, which `client.executions.wait` takes."""
    name: str | None = None
    """The agent's name; `None` if the prompt identified the agent."""
    created_at: Annotated[datetime, TIMESTAMP]
    """When the execution was submitted."""
    completed_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the execution ended; `None` while it is running."""
    response: JsonValue = None
    """The answer, once `status` is `completed`."""
    execution_mode: ExecutionMode | None = None
    """How the execution ran: `agent` or `program`."""
    status: JobStatus
    """The current status."""
    usage: CreditUsage | None = None
    """The usage so far."""

    def _repr_markdown_(self) -> str:
        """The answer, in a notebook; while there is none, the execution."""
        return markdown_of(self.response, self)


read_executions = TypeAdapter(list[AgentExecutionResponse]).validate_json
"""Parses a JSON list of executions."""
