"""Columns of tables: every model has them, and every answer goes there, in the types of the columns, and comes back."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Optional

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel, Field, RootModel, create_model
from typing_extensions import NotRequired, TypedDict

from vlmrun.batch import _columns as columns
from vlmrun.batch._columns import Column, List, Scalar, Struct, column_of, flat, flattened, from_cell, to_cell, whole


class Colour(str, enum.Enum):
    RED = "red"
    BLUE = "blue"


class Node(BaseModel):
    """A model that contains itself."""

    name: str
    children: list[Node] = []


class Kind(NamedTuple):
    """A type of a field, what it may hold, and its column."""

    type: Any
    values: SearchStrategy[Any]
    column: Column


_MOMENTS = st.datetimes(timezones=st.just(dt.timezone.utc))
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)


class Line(TypedDict):
    """A part that may be absent, which is not the same as null."""

    text: str
    amount: NotRequired[float]


_LINES = st.fixed_dictionaries({"text": st.text()}, optional={"amount": _FLOATS})

PLAIN: dict[str, Kind] = {
    "text": Kind(str, st.text(), Scalar("string")),
    "integer": Kind(int, st.integers(-(2**63), 2**63 - 1), Scalar("integer")),
    "float": Kind(float, _FLOATS, Scalar("number")),
    "boolean": Kind(bool, st.booleans(), Scalar("boolean")),
    "time": Kind(dt.datetime, _MOMENTS, Scalar("timestamp")),
    "date": Kind(dt.date, st.dates(), Scalar("date")),
    "line": Kind(Line, _LINES, Struct((("text", Scalar("string")), ("amount", Scalar("number"))))),
    "any float": Kind(float, st.floats(allow_nan=False), Scalar("number")),
    "floats": Kind(dict[str, float], st.dictionaries(st.text(), st.floats(allow_nan=False)), Scalar("json")),
    "decimal": Kind(Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=2), Scalar("string")),
    "uuid": Kind(uuid.UUID, st.uuids(), Scalar("string")),
    "enumeration": Kind(Colour, st.sampled_from(Colour), Scalar("string")),
    "literal": Kind(Literal[1, 2], st.sampled_from([1, 2]), Scalar("integer")),
    "mapping": Kind(dict[str, int], st.dictionaries(st.text(), st.integers()), Scalar("json")),
    "either": Kind(int | str, st.integers() | st.text(), Scalar("json")),
    "pair": Kind(tuple[int, str], st.tuples(st.integers(), st.text()), Scalar("json")),
}


def _kinds(inner: SearchStrategy[Kind]) -> SearchStrategy[Kind]:
    """Kinds that are made of others: lists, values that may be null, nested models."""
    return st.one_of(
        inner.map(lambda kind: Kind(list[kind.type], st.lists(kind.values, max_size=3), List(kind.column))),  # type: ignore[name-defined]  # at run time it is a type
        inner.map(lambda kind: Kind(Optional[kind.type], st.none() | kind.values, kind.column)),  # noqa: UP045  # `|` is not for all of them
        st.dictionaries(st.sampled_from(["a", "b", "class"]), inner, min_size=1, max_size=3).map(_model),
    )


def _model(fields: Mapping[str, Kind]) -> Kind:
    """A model with the fields; one that is named by a keyword has an alias."""
    named: dict[str, Any] = {f"{name}_": (kind.type, Field(alias=name)) for name, kind in fields.items()}
    made: Any = create_model("Inner", **named)
    values = st.fixed_dictionaries({name: kind.values for name, kind in fields.items()})
    column = Struct(tuple((name, kind.column) for name, kind in fields.items()))
    return Kind(made, values.map(lambda found: made(**found)), column)


KINDS = st.recursive(st.sampled_from(list(PLAIN.values())), _kinds, max_leaves=5)
MODELS = st.dictionaries(st.sampled_from(["number", "total", "items"]), KINDS, min_size=1).map(_model)

TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "timestamp": dt.datetime,
    "date": dt.date,
    "json": str,
}


def fits(column: Column, cell: Any) -> bool:
    """Whether a cell is null, or of the type of its column."""
    if cell is None:
        return True
    if isinstance(column, List):
        items: list[Any] = cell
        return isinstance(cell, Sequence) and all(fits(column.items, item) for item in items)
    if isinstance(column, Struct):
        named = dict(column.fields)
        return type(cell) is dict and cell.keys() == named.keys() and all(fits(named[key], cell[key]) for key in named)
    return type(cell) is TYPES[column.kind]


Cells = Callable[[Column, Any], object]


def check_cells(kind: Kind, answer: BaseModel, cells: Cells) -> None:
    """The law: an answer's cells have the types of the columns, and are the answer again."""
    found = column_of(kind.type)
    assert found == kind.column
    values = flat(found, answer.model_dump(mode="json", by_alias=True))
    row = {name: cells(column, values.get(name)) for name, column in flattened(found).items()}
    assert all(fits(column, row[name]) for name, column in flattened(found).items())
    again = whole(found, {name: from_cell(column, row[name]) for name, column in flattened(found).items()})
    assert kind.type.model_validate_json(json.dumps(again)) == answer


@settings(max_examples=25)
@given(st.data())
def test_answers_become_cells_and_come_back(data: st.DataObject) -> None:
    """Nothing is lost on the way into a table, whatever the model."""
    kind = data.draw(MODELS)
    check_cells(kind, data.draw(kind.values), to_cell)


def test_a_broken_table_fails_the_law() -> None:
    """Dates that stay texts are no dates."""
    kind = _model({"when": PLAIN["date"]})
    check_cells(kind, kind.type(when="2026-01-02"), to_cell)
    with pytest.raises(AssertionError):
        check_cells(kind, kind.type(when="2026-01-02"), lambda _, value: value)


@settings(max_examples=25)
@given(st.data())
def test_arrow_holds_every_cell(data: st.DataObject) -> None:
    """What a table of pyarrow is made of is what it holds."""
    pyarrow = pytest.importorskip("pyarrow", reason="in the session `engines`, which has it")
    kind = data.draw(MODELS)
    values = data.draw(kind.values).model_dump(mode="json", by_alias=True)
    named = flattened(kind.column)
    row = {name: to_cell(column, values[name]) for name, column in named.items()}
    assert pyarrow.Table.from_pylist([row], schema=columns.arrow_schema(named)).to_pylist() == [row]


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (None, Scalar("string")),
        (RootModel[list[str]], List(Scalar("string"))),
        (Node, Struct((("name", Scalar("string")), ("children", List(Scalar("json")))))),
        (create_model("Empty"), Scalar("json")),
        (create_model("Anything", value=(Any, ...)), Struct((("value", Scalar("json")),))),
        (create_model("Nothing", value=(None, ...)), Struct((("value", Scalar("json")),))),
        (create_model("Number", value=(int | float, ...)), Struct((("value", Scalar("number")),))),
        (RootModel[Node | None], Scalar("json")),
    ],
)
def test_columns_of_unusual_models(model: type[BaseModel] | None, column: Column) -> None:
    """Text, a list, a tree, and fields of which nothing is known."""
    assert column_of(model) == column


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 2**63),
        ("integer", True),
        ("integer", "1"),
        ("number", 2**53 + 1),
        ("number", 10**400),
        ("boolean", 1),
        ("string", 1),
        ("string", "\ud800"),
        ("date", "yesterday"),
        ("timestamp", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error(kind: Any, value: Any) -> None:
    """It is never changed quietly, and the error does not quote it."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the kind is what callers catch
        to_cell(Scalar(kind), value)
    if isinstance(caught.value, UnicodeError):
        return  # of a text without documents
    assert "yesterday" in str(value) or str(value) not in str(caught.value)


def test_not_finite_numbers_are_numbers() -> None:
    """As a model with `ser_json_inf_nan="strings"` writes them."""
    assert to_cell(Scalar("number"), "-Infinity") == float("-inf")


def test_moments_without_a_zone_are_in_utc() -> None:
    """A column of times has one zone."""
    assert to_cell(Scalar("timestamp"), "2026-01-02T03:04:05") == dt.datetime(
        2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc
    )
    assert to_cell(Scalar("timestamp"), "2026-01-02T03:04:05+02:00") == dt.datetime(
        2026, 1, 2, 1, 4, 5, tzinfo=dt.timezone.utc
    )


NAN = float("nan")


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (Scalar("timestamp"), dt.datetime(2026, 1, 2), "2026-01-02T00:00:00+00:00"),  # as Ray has it
        (Scalar("timestamp"), pd.NaT, None),
        (Scalar("date"), pd.NaT, None),
        (Scalar("string"), NAN, None),
        (Scalar("integer"), NAN, None),
        (Scalar("integer"), 1.0, 1.0),
        (Scalar("json"), NAN, None),
        (List(Scalar("string")), NAN, None),
        (Struct((("a", Scalar("string")),)), NAN, None),
        (List(Scalar("integer")), np.array([1, 2]), [1, 2]),
        (
            List(List(Scalar("string"))),
            np.array([np.array(["a", "b"]), np.array(["c"])], dtype=object),
            [["a", "b"], ["c"]],
        ),
    ],
)
def test_cells_of_other_libraries_come_back(column: Column, cell: Any, value: Any) -> None:
    """Of pandas, where a null is a number or a moment, and a list an array; and of Ray, where moments have no zone."""
    assert from_cell(column, cell) == value


def test_numbers_that_are_none_are_numbers() -> None:
    """In a column of numbers, where a null is something else."""
    assert str(from_cell(Scalar("number"), NAN)) == "nan"
