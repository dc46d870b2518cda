"""Results: what `client.agent.run` gives, and readers for what OpenAI's models have no names for.

Light to import; what a function needs of pydantic or openai loads when it is called.

Source: API.md §3.6, §4 (what answers carry), §14 (artifact ids).
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
