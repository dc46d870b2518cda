"""Typed answers: whatever a pydantic model can say comes back equal, from a chat and from an execution alike.

An execution answers in JSON, of which a text may be one; a chat answers in a text that is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, NamedTuple, Optional, cast
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel, RootModel, create_model

from support.broken import breaks
from support.colours import API_KEY, BASE_URL
from support.wire import COMPLETED, COMPLETION, EXECUTION, Answer, Answerer, fake_wire, json_answer
from vlmrun import AgentRun, VLMRun
from vlmrun.client.exceptions import OutputValidationError
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.results import response_text, run_from_execution

# The examples ---------------------------------------------------------------------------------------------------------


class Kind(NamedTuple):
    """A type, and the values that are of it."""

    type: Any
    values: SearchStrategy[Any]


class Colour(Enum):
    """A type with few values."""

    RED = "red"
    ONE = 1


def texts() -> SearchStrategy[str]:
    """Texts that JSON can hold, and those that look like JSON themselves."""
    looks = st.sampled_from(["", "null", "12", "true", '"a"', '{"a": 1}', "[1", " ", "NaN", "2026-05-19"])
    return st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), looks)


def json_values() -> SearchStrategy[Any]:
    """Any JSON."""
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts()
    )
    return st.recursive(
        leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts(), inner, max_size=3))
    )


SCALARS = [
    Kind(str, texts()),
    Kind(int, st.integers()),
    Kind(float, st.floats(allow_nan=False, allow_infinity=False)),
    Kind(bool, st.booleans()),
    Kind(type(None), st.none()),
    Kind(date, st.dates()),
    Kind(datetime, st.datetimes(timezones=st.sampled_from([None, timezone.utc, timezone(timedelta(hours=5))]))),
    Kind(time, st.times()),
    Kind(timedelta, st.timedeltas(timedelta(days=-1000), timedelta(days=1000))),
    Kind(Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=3)),
    Kind(UUID, st.uuids()),
    Kind(Colour, st.sampled_from(Colour)),
    Kind(Literal["yes", 7], st.sampled_from(["yes", 7])),
    Kind(Any, json_values()),
]


# `Any`, because these types are made of values that no checker knows.
LIST, DICT, TUPLE, OPTIONAL, ROOT = cast("tuple[Any, ...]", (list, dict, tuple, Optional, RootModel))


def _containers(kinds: SearchStrategy[Kind]) -> SearchStrategy[Kind]:
    return st.one_of(kinds.flatmap(_containers_of), st.tuples(kinds, kinds).map(_pair))


def _containers_of(kind: Kind) -> SearchStrategy[Kind]:
    return st.sampled_from(
        [
            Kind(LIST[kind.type], st.lists(kind.values, max_size=3)),
            Kind(DICT[str, kind.type], st.dictionaries(texts(), kind.values, max_size=3)),
            Kind(OPTIONAL[kind.type], st.none() | kind.values),
            _model(kind),
        ]
    )


def _pair(kinds: tuple[Kind, Kind]) -> Kind:
    first, second = kinds
    return Kind(TUPLE[first.type, second.type], st.tuples(first.values, second.values))


def _model(kind: Kind) -> Kind:
    model: Any = create_model("Inner", value=(kind.type, ...), other=(int, 7))

    def made(value: object, other: int) -> object:
        return model(value=value, other=other)

    return Kind(model, st.builds(made, kind.values, st.integers()))


def kinds() -> SearchStrategy[Kind]:
    """Types that JSON can hold: scalars, containers, models, and these in each other."""
    return st.recursive(st.sampled_from(SCALARS), _containers, max_leaves=4)


@st.composite
def answers(draw: st.DrawFn) -> BaseModel:
    """Instances of models: of one with fields, or of a value alone."""
    if draw(st.booleans()):
        kind = draw(kinds())
        return made_of(ROOT[kind.type], draw(kind.values))
    fields = {f"field_{number}": draw(kinds()) for number in range(draw(st.integers(1, 3)))}
    types: dict[str, Any] = {name: (kind.type, ...) for name, kind in fields.items()}
    made: BaseModel = create_model("Answer", **types)(**{name: draw(kind.values) for name, kind in fields.items()})
    return made


def made_of(model: Any, value: object) -> BaseModel:
    """An instance of a model of a value alone."""
    made: BaseModel = model(value)
    return made


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
