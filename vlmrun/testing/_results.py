"""Results as the client returns them, made in one line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TypeVar

from pydantic import JsonValue
from pydantic_core import to_json, to_jsonable_python

from vlmrun._resources.results import AgentRun
from vlmrun.client.types import AgentExecutionResponse, CreditUsage, JobStatus, PredictionResponse

__all__ = ["agent_run", "prediction"]

T = TypeVar("T")

_WHEN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def agent_run(
    output: T,
    *,
    text: str | None = None,
    usage: CreditUsage | None = None,
    artifacts: Sequence[str] = (),
    session_id: str | None = None,
    execution_id: str | None = "execution_test",
    finish_reason: str | None = None,
    request_id: str | None = None,
) -> AgentRun[T, AgentExecutionResponse]:
    """Make what `client.agent.run` returns.

    Args:
        output: The answer: a pydantic instance, a text, or any other JSON.
        text: The answer as text; by default the output as JSON, or itself if it is a text.
        usage: The usage.
        artifacts: The ids of artifacts.
        session_id: The id of the chat.
        execution_id: The id of the execution.
        finish_reason: Why the answer ended.
        request_id: The server's id for the request.
    """
    response: JsonValue = to_jsonable_python(output)
    raw = AgentExecutionResponse(
        id=execution_id or "execution_test",
        name="test",
        response=response,
        status="completed",
        created_at=_WHEN,
        completed_at=_WHEN,
    )
    return AgentRun(
        output=output,
        text=text if text is not None else output if isinstance(output, str) else to_json(output).decode(),
        usage=usage,
        artifacts=tuple(artifacts),
        session_id=session_id,
        execution_id=execution_id,
        raw=raw,
        finish_reason=finish_reason,
        request_id=request_id,
    )


def prediction(
    response: T,
    *,
    id: str = "prediction_test",  # as the model has it
    status: JobStatus = "completed",
    domain: str | None = None,
    usage: CreditUsage | None = None,
    message: str | None = None,
) -> PredictionResponse[T]:
    """Make what `client.document.generate` and its like return.

    Args:
        response: The answer: a pydantic instance, or any other JSON.
        id: The prediction's id.
        status: Its status.
        domain: Its domain.
        usage: The usage.
        message: The server's message about it.
    """
    # Without validation: the answer may be of any class.
    made: PredictionResponse[T] = PredictionResponse.model_construct(  # pyright: ignore[reportAssignmentType]
        id=id,
        response=response,
        status=status,
        domain=domain,
        usage=usage,
        message=message,
        created_at=_WHEN,
        completed_at=_WHEN if status in ("completed", "failed") else None,
    )
    return made
