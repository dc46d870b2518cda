"""Results: the `AgentRun` that `client.agent.run` returns, and functions that read and convert answers."""

from vlmrun._http.raw import RawResponse
from vlmrun._resources.outputs import run_from_execution
from vlmrun._resources.results import (
    AgentRun,
    artifact_ids,
    backend,
    completion_from_execution,
    cost_usd,
    credit_usage,
    credits_used,
    execution_from_completion,
    response_text,
    served_model_id,
    session_id,
)

__all__ = [
    "AgentRun",
    "RawResponse",
    "artifact_ids",
    "backend",
    "completion_from_execution",
    "cost_usd",
    "credit_usage",
    "credits_used",
    "execution_from_completion",
    "response_text",
    "run_from_execution",
    "served_model_id",
    "session_id",
]
