"""From an agent's answer to the output that was asked for."""

from __future__ import annotations

from typing import TypeVar, overload

import pydantic
from pydantic import BaseModel

from vlmrun._arguments.discretion import discreet_errors
from vlmrun._arguments.validation import problems, validated
from vlmrun._http.ending import Ending, telling
from vlmrun._resources.polls import failure
from vlmrun._resources.results import AgentRun, artifact_ids, reading, response_text, unfinished
from vlmrun._resources.schemas import require_model
from vlmrun.client.exceptions import OutputValidationError
from vlmrun.client.types import AgentExecutionResponse

__all__ = ["output_of", "run_from_execution", "run_of", "whole"]

M = TypeVar("M", bound=BaseModel)


def output_of(text: str, model: type[M] | None, answer: object) -> M | str:
    """The text of an answer, or what it says in the form of the `response_model`.

    Args:
        text: The text.
        model: The `response_model`, if one was asked for.
        answer: The whole answer, for the error.

    Raises:
        OutputValidationError: It does not match the model.
    """
    if model is None:
        return text
    output = validated(model.model_validate_json, text)
    if isinstance(output, pydantic.ValidationError):
        found = output.errors(include_url=False, include_context=False, include_input=False)
        raise OutputValidationError(
            f"The answer does not match {model.__name__}: {problems(output)}.",
            suggestion="see error.text for the raw answer.",
            text=text,
            errors=[dict(one) for one in found],
            body=whole(answer),
            error_type="output_validation",
        )
    return output


def whole(answer: object) -> object:
    """A response as JSON, even if it does not match its model."""
    return answer.model_dump(mode="json", warnings=False) if isinstance(answer, BaseModel) else answer


def run_of(
    execution: AgentExecutionResponse, model: type[M] | None, ending: Ending | None = None
) -> AgentRun[M | str, AgentExecutionResponse]:
    """The run that a completed execution was.

    Args:
        execution: The execution.
        model: The `response_model`, if one was asked for.
        ending: The call that it came by.

    Raises:
        OutputValidationError: Its answer does not match the model.
    """
    text = response_text(execution.response)
    with telling(ending):
        output = output_of(text, model, execution)
    return AgentRun(
        output=output,
        text=text,
        usage=execution.usage,
        artifacts=artifact_ids(execution.response),
        session_id=None,
        execution_id=execution.id,
        raw=execution,
        request_id=None if ending is None else ending.request_id,
    )


@overload
def run_from_execution(
    execution: AgentExecutionResponse, response_model: None = None
) -> AgentRun[str, AgentExecutionResponse]: ...
@overload
def run_from_execution(
    execution: AgentExecutionResponse, response_model: type[M]
) -> AgentRun[M, AgentExecutionResponse]: ...
def run_from_execution(
    execution: AgentExecutionResponse, response_model: type[M] | None = None
) -> AgentRun[M | str, AgentExecutionResponse]:
    """Convert an execution, such as one that a webhook received, to what `client.agent.run` returns.

    Args:
        execution: The completed execution.
        response_model: A pydantic model that the answer is parsed into; without it, the output is text.

    Returns:
        The run: output, text, usage and ids of artifacts.

    Raises:
        InputError: The execution is not completed, or an argument cannot be used.
        ExecutionFailedError: The execution failed or was cancelled.
        OutputValidationError: The answer does not match `response_model`.
    """
    require_model(response_model)
    with reading("execution"):
        failed = failure(execution)
        if failed is None and execution.status != "completed":
            raise unfinished(execution)
    if failed is not None:
        raise failed
    with discreet_errors():
        return run_of(execution, response_model)
