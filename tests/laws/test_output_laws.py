"""Typed answers: whatever a pydantic model can say comes back equal, from a chat and from an execution alike.

An execution answers in JSON, of which a text may be one; a chat answers in a text that is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from pydantic import BaseModel, RootModel, create_model

from support.broken import breaks
from support.colours import API_KEY, BASE_URL
from support.kinds import answers, json_values
from support.wire import COMPLETED, COMPLETION, EXECUTION, Answer, Answerer, fake_wire, json_answer
from vlmrun import AgentRun, VLMRun
from vlmrun.client.exceptions import OutputValidationError
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.results import response_text, run_from_execution

# The laws -------------------------------------------------------------------------------------------------------------

Reader = Callable[[AgentExecutionResponse, type[BaseModel]], BaseModel]


def ours(execution: AgentExecutionResponse, model: type[BaseModel]) -> BaseModel:
    """What this package reads, which is right."""
    return run_from_execution(execution, model).output


def of_the_text(execution: AgentExecutionResponse, model: type[BaseModel]) -> BaseModel:
    """Takes a text for JSON, which it need not be."""
    return model.model_validate_json(response_text(execution.response))


def of_the_value(execution: AgentExecutionResponse, model: type[BaseModel]) -> BaseModel:
    """Takes the value as Python has it, where a date is no text."""
    return model.model_validate(execution.response, strict=True)


def an_execution_says_what_was_meant(read: Reader) -> Callable[[BaseModel], None]:
    """The response of an execution is read as the model that it was made of."""

    def law(answer: BaseModel) -> None:
        response = json.loads(answer.model_dump_json())
        execution = AgentExecutionResponse.model_validate({**COMPLETED, "response": response})
        assert read(execution, type(answer)) == answer

    return law


@given(answers())
def test_an_execution_says_what_was_meant(answer: BaseModel) -> None:
    """Also where it is a text, nothing, or a text that looks like JSON."""
    an_execution_says_what_was_meant(ours)(answer)


@pytest.mark.parametrize("broken", [of_the_text, of_the_value])
def test_readers_that_are_wrong_are_noticed(broken: Reader) -> None:
    """Each fails the law for some model."""
    assert breaks(an_execution_says_what_was_meant(broken), answers(), Exception)


def in_turn(answers: Iterator[Answer]) -> Answerer:
    """Answer with these."""
    return lambda _: next(answers)


@settings(max_examples=60)
@given(answers())
def test_both_modes_say_what_was_meant(answer: BaseModel) -> None:
    """Over the wire, as a chat and as an execution."""
    pytest.importorskip("openai", reason="chats are OpenAI's")
    text = answer.model_dump_json()
    message = {"role": "assistant", "content": text}
    said = {**COMPLETION, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    came: dict[Literal["chat", "execution"], list[Answer]] = {
        "chat": [json_answer(said)],
        "execution": [json_answer(EXECUTION), json_answer({**COMPLETED, "response": json.loads(text)})],
    }
    for mode, wire in came.items():
        left = iter(wire)
        with fake_wire(in_turn(left)), VLMRun(API_KEY, base_url=BASE_URL, max_retries=0) as client:
            run: AgentRun[BaseModel] = client.agent.run("Read it.", response_model=type(answer), mode=mode)
        assert run.output == answer


@given(json_values())
@pytest.mark.parametrize("model", [RootModel[date], RootModel[int], create_model("M", total=(float, ...))])
def test_what_is_read_is_a_model_or_an_error_of_this_package(model: type[BaseModel], response: Any) -> None:
    """Whatever a server answers."""
    execution = AgentExecutionResponse.model_validate({**COMPLETED, "response": response})
    with suppress(OutputValidationError):
        assert isinstance(run_from_execution(execution, model).output, model)
