"""Results: the `AgentRun` that `client.agent.run` returns, and functions that read and convert answers."""

from vlmrun._http.raw import RawResponse
from vlmrun._resources.outputs import run_from_execution
from vlmrun._resources.results import (
    AgentRun,
    artifact_ids,
    completion_from_execution,
    credit_usage,
    credits_used,
    execution_from_completion,
    response_text,
    session_id,
)

__all__ = [
    "AgentRun",
    "RawResponse",
    "artifact_ids",
    "completion_from_execution",
    "credit_usage",
    "credits_used",
    "execution_from_completion",
    "response_text",
    "run_from_execution",
    "session_id",
]
