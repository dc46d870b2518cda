"""Results: the `AgentRun` that `client.agent.run` returns, and functions that read VLM Run's fields of OpenAI's models.

Importing this module is cheap; pydantic and openai are imported by the functions that need them.
"""

from vlmrun._http.raw import RawResponse
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
    "session_id",
]
