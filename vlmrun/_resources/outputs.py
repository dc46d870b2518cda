"""From an agent's answer to the output that was asked for."""

from __future__ import annotations

import json
from typing import TypeVar, overload

import pydantic
from pydantic import BaseModel, JsonValue, RootModel

from vlmrun._arguments.checks import type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._arguments.validation import problems
from vlmrun._http.ending import Ending, telling
from vlmrun._resources.polls import failure
from vlmrun._resources.results import AgentRun, artifact_ids, reading, response_text, unfinished
from vlmrun._resources.schemas import require_model
from vlmrun.client.exceptions import OutputValidationError
from vlmrun.client.types import AgentExecutionResponse

__all__ = ["output_of", "output_of_response", "run_from_execution", "run_of", "whole"]

M = TypeVar("M", bound=BaseModel)


@overload
def output_of(text: str, model: type[M], answer: object) -> M: ...
@overload
def output_of(text: str, model: type[M] | None, answer: object) -> M | str: ...
def output_of(text: str, model: type[M] | None, answer: object) -> M | str:
    """The output of a chat: its text, or the `response_model` that the text contains as JSON.

    Args:
        text: The text.
        model: The `response_model`, if one was given.
        answer: The whole answer, for the error.

    Raises:
        OutputValidationError: The answer does not match the model.
    """
    if model is None:
        return text
    output = _read(model, text)
    if isinstance(output, Exception):
        raise _unfit(output, model, text, answer)
    return output


def output_of_response(response: JsonValue, model: type[M], answer: object) -> M:
    """The model that the response of an execution or a prediction is: any JSON value, or a text that contains JSON.

    Args:
        response: The response.
        model: The `response_model`.
        answer: The whole answer, for the error.

    Raises:
        OutputValidationError: The response does not match the model.
    """
    # The value first: for `RootModel[str]`, the text "12" is not the number.
    output = _read(model, json.dumps(response))
    if isinstance(output, pydantic.ValidationError) and isinstance(response, str):
        within = _read(model, response)
        # An object is expected as JSON in a text, and anything else as the value.
        if not isinstance(within, pydantic.ValidationError) or not _is_value(model):
            output = within
    if isinstance(output, Exception):
        raise _unfit(output, model, response_text(response), answer)
    return output


def _is_value(model: type[BaseModel]) -> bool:
    return issubclass(model, RootModel)


def _read(model: type[M], text: str) -> M | Exception:
    """The model that a text contains as JSON, or the error: pydantic's, or whatever a validator of the model raises."""
    try:
        return model.model_validate_json(text)
    except Exception as error:  # noqa: BLE001  # validators are code of users
        return error


def _unfit(error: Exception, model: type[BaseModel], text: str, answer: object) -> OutputValidationError:
    """The error for an answer that does not match the model; its cause is what a validator raised.

    pydantic's own error is no cause, because it quotes the values.
    """
    message = f"a validator raised {type_name(error)}"
    cause: Exception | None = error
    found: list[dict[str, object]] = []
    if isinstance(error, pydantic.ValidationError):
        message, cause = problems(error), None
        found = [dict(one) for one in error.errors(include_url=False, include_context=False, include_input=False)]
    unfit = OutputValidationError(
        f"The answer does not match {model.__name__}: {message}.",
        suggestion="see error.text for the raw answer.",
        text=text,
        errors=found,
        body=whole(answer),
        error_type="output_validation",
    )
    unfit.__cause__ = cause
    return unfit


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
        output = text if model is None else output_of_response(execution.response, model, execution)
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
