"""Types that JSON can hold, with their values: scalars, containers, models, and these in each other."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, NamedTuple, Optional, cast
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel, RootModel, create_model


class Kind(NamedTuple):
    """A type, and the values that are of it."""

    type: Any
    values: SearchStrategy[Any]


class Colour(Enum):
    """A type with few values."""

    RED = "red"
    ONE = 1


@cache
def texts() -> SearchStrategy[str]:
    """Texts that JSON can hold, and those that look like JSON themselves."""
    looks = st.sampled_from(["", "null", "12", "true", '"a"', '{"a": 1}', "[1", " ", "NaN", "2026-05-19"])
    return st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), looks)


@cache
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


@cache
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
