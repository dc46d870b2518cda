"""From a pydantic model to the columns of a table and back: types of Arrow, from the JSON schema of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar, cast

from vlmrun._arguments.checks import type_name
from vlmrun._arguments.validation import no_schema
from vlmrun.client.exceptions import DependencyError

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue

__all__ = [
    "OUTPUT",
    "ArrowSchema",
    "ArrowTable",
    "Column",
    "List",
    "Scalar",
    "Struct",
    "arrow",
    "arrow_schema",
    "as_table",
    "cells_of",
    "column_of",
    "fitted",
    "flat",
    "flattened",
    "from_cell",
    "to_cell",
    "whole",
    "with_columns",
]

_T = TypeVar("_T")

OUTPUT = "output"
"""The column of an answer that has no fields: of text, and of a model such as `RootModel[list[str]]`."""

Kind: TypeAlias = Literal["string", "integer", "number", "boolean", "timestamp", "date", "json"]

_INTEGERS = range(-(2**63), 2**63)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


@dataclass(frozen=True)
class Scalar:
    """A value without parts; `json` is the JSON text of what a table has no type for."""

    kind: Kind


@dataclass(frozen=True)
class List:
    """A list of values of one type."""

    items: Column


@dataclass(frozen=True)
class Struct:
    """A nested model: values by their names."""

    fields: tuple[tuple[str, Column], ...]
    optional: frozenset[str] = field(default=frozenset(), compare=False)
    """The names that are absent where they are null, as `NotRequired` parts of a `TypedDict` are."""


Column: TypeAlias = "Scalar | List | Struct"

_JSON = Scalar("json")
_PLAIN: Mapping[object, Kind] = {"integer": "integer", "number": "number", "boolean": "boolean"}


# From a model --------------------------------------------------------------------------------------------------------


def column_of(model: type[BaseModel] | None) -> Column:
    """The column of a whole answer: a struct of the model's fields, by their names in JSON, for most models.

    Args:
        model: The model; without one, answers are text.

    Raises:
        InputError: The model has no JSON schema.
    """
    if model is None:
        return Scalar("string")
    try:
        schema: dict[str, object] = model.model_json_schema(mode="serialization")
    except Exception as error:  # the model's own code may raise anything
        raise no_schema("response_model", error) from error
    column = _column(schema, _mapping(schema.get("$defs")), frozenset())
    # `RootModel[Invoice | None]`: in columns, null would be an invoice whose fields are null.
    return _JSON if isinstance(column, Struct) and "anyOf" in schema else column


def flattened(column: Column) -> dict[str, Column]:
    """The column of a whole answer as columns of a table."""
    return dict(column.fields) if isinstance(column, Struct) else {OUTPUT: column}


def _column(schema: Mapping[str, object], models: Mapping[str, object], above: frozenset[str]) -> Column:
    """The column of a schema.

    Args:
        schema: The schema.
        models: The schemas that it refers to.
        above: The models that it is part of: one that contains itself has no type in a table.
    """
    name = _referred(schema)
    if name is not None:
        return _JSON if name in above else _column(_mapping(models.get(name)), models, above | {name})
    several = schema.get("anyOf", schema.get("oneOf", schema.get("allOf")))
    if several is not None:
        return _of_any([_mapping(one) for one in _list(several)], models, above)
    if "enum" in schema or "const" in schema:
        return _of_values(_list(schema.get("enum", [schema.get("const")])))
    kind = schema.get("type")
    if kind == "string":
        known: dict[object, Kind] = {"date-time": "timestamp", "date": "date"}
        return Scalar(known.get(schema.get("format"), "string"))
    if kind in _PLAIN:
        return Scalar(_PLAIN[kind])
    if kind == "array" and isinstance(schema.get("items"), dict) and "prefixItems" not in schema:
        return List(_column(_mapping(schema["items"]), models, above))
    fields = _mapping(schema.get("properties"))
    if kind == "object" and fields:
        columns = tuple((name, _column(_mapping(part), models, above)) for name, part in fields.items())
        optional = (name for name, part in fields.items() if not _may_be_null(_mapping(part)))
        return Struct(columns, frozenset(optional) - {*_list(schema.get("required"))})
    return _JSON


def _referred(schema: Mapping[str, object]) -> str | None:
    reference = schema.get("$ref")
    return reference.rpartition("/")[2].replace("~1", "/").replace("~0", "~") if isinstance(reference, str) else None


def _of_any(
    alternatives: Sequence[Mapping[str, object]], models: Mapping[str, object], above: frozenset[str]
) -> Column:
    """The one column that alternatives have in common; every column may be null."""
    found = {_column(one, models, above) for one in alternatives if one.get("type") != "null"}
    if found == {Scalar("integer"), Scalar("number")}:
        return Scalar("number")
    return found.pop() if len(found) == 1 else _JSON


def _may_be_null(schema: Mapping[str, object]) -> bool:
    return schema.get("type") == "null" or {"type": "null"} in _list(schema.get("anyOf"))


def _of_values(values: Sequence[object]) -> Column:
    kinds: dict[frozenset[type], Kind] = {
        frozenset({str}): "string",
        frozenset({bool}): "boolean",
        frozenset({int}): "integer",
        frozenset({float}): "number",
        frozenset({int, float}): "number",
    }
    return Scalar(kinds.get(frozenset(type(value) for value in values if value is not None), "json"))


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


# Values --------------------------------------------------------------------------------------------------------------


def to_cell(column: Column, value: JsonValue) -> object:
    """A JSON value as a table has it: dates and times are such objects.

    Raises:
        ValueError: The column cannot hold it, such as an integer of more than 64 bits. The message does not quote it.
    """
    if value is None:
        return None
    if isinstance(column, List):
        items = cast("list[JsonValue]", _is(list, value))
        return [to_cell(column.items, item) for item in items]
    if isinstance(column, Struct):
        parts = cast("dict[str, JsonValue]", _is(dict, value))
        return {name: to_cell(part, parts.get(name)) for name, part in column.fields}
    return _scalar(column.kind, value)


def fitted(columns: Mapping[str, Column], values: Mapping[str, JsonValue]) -> tuple[dict[str, object], str | None]:
    """The cells of a row, and the error that names the columns which cannot hold their values; `None` if all do."""
    cells: dict[str, object] = {}
    unfit: list[str] = []
    for name, column in columns.items():
        try:
            cells[name] = to_cell(column, values.get(name))
        except (ValueError, RecursionError):  # noqa: PERF203  # each column by itself
            cells[name] = None
            unfit.append(name)
    return cells, f"OutputValidationError: the table cannot hold the value of {', '.join(unfit)}." if unfit else None


def _scalar(kind: Kind, value: JsonValue) -> object:
    if kind == "json":
        return json.dumps(value)
    if kind == "boolean":
        return _is(bool, value)
    if kind == "integer":
        if _is(int, value) not in _INTEGERS or isinstance(value, bool):
            raise ValueError("an integer of more than 64 bits, or no integer")
        return value
    if kind == "number":
        return _number(value)
    text = _is(str, value)
    if kind == "string":
        text.encode()  # a lone surrogate is an error
        return text
    if kind == "date":
        return date.fromisoformat(text)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))  # which Python 3.10 requires
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("a time before the year 1 or after 9999 in UTC") from None


def _number(value: JsonValue) -> float:
    if isinstance(value, str) and value in _NOT_FINITE:  # as a model with `ser_json_inf_nan="strings"` has it
        return float(value)
    if isinstance(value, float):
        return value
    whole = _is(int, value)
    try:
        number = float(whole)
    except OverflowError:
        number = 0.0
    if number != whole or isinstance(value, bool):
        raise ValueError("an integer that a float cannot hold, or no number")
    return number


def _is(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise ValueError(f"a value that is no {kind.__name__} ({type_name(value)})")  # noqa: TRY004  # it is caught as one
    return value


def from_cell(column: Column, value: object) -> JsonValue:
    """What `to_cell` made a cell of, as JSON again. A moment is in UTC."""
    if _is_null(column, value):
        return None
    if isinstance(column, List):
        return [from_cell(column.items, item) for item in _items(value)]
    if isinstance(column, Struct):
        parts = cast("dict[str, object]", _is(dict, value))
        made = {name: from_cell(part, parts.get(name)) for name, part in column.fields}
        return {name: part for name, part in made.items() if part is not None or name not in column.optional}
    if column.kind == "json":
        parsed: JsonValue = json.loads(_is(str, value))
        return parsed
    if isinstance(value, datetime) and column.kind == "timestamp" and value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)  # Ray takes the zone off
    if isinstance(value, date):  # a datetime, too
        return value.isoformat()
    if isinstance(value, (str, int, float)):
        return value
    raise ValueError(f"a value of a kind that no table has ({type_name(value)})")


def _is_null(column: Column, value: object) -> bool:
    """Whether a cell is null, which pandas writes as NaN or NaT: both are unequal to themselves."""
    if isinstance(value, float) and column == Scalar("number"):
        return False
    return value is None or (isinstance(value, (float, date)) and value != value)


def _items(value: object) -> list[object]:
    """A list, which pandas has as an array."""
    listed: object = getattr(value, "tolist", None)
    return cast("list[object]", _is(list, listed() if callable(listed) else value))


# Arrow ---------------------------------------------------------------------------------------------------------------


class ArrowSchema(Protocol):
    """The names and types of columns: a `pyarrow.Schema`, and whatever `pyarrow.schema` takes."""

    def __arrow_c_schema__(self) -> object:
        """The schema, as Arrow libraries hand it to each other."""
        ...


class ArrowTable(Protocol):
    """Columns with their values: a `pyarrow.Table`, and whatever `pyarrow.table` takes, such as a polars DataFrame."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The values, as Arrow libraries hand them to each other."""
        ...


def arrow() -> ModuleType:
    """The module `pyarrow`, which has no types.

    Raises:
        DependencyError: It is not installed.
    """
    try:
        return import_module("pyarrow")
    except ImportError as error:
        raise DependencyError(
            f"Tables require {error.name or 'pyarrow'}, which cannot be imported.",
            suggestion="pip install 'vlmrun[parquet]'",
            error_type="missing_dependency",
        ) from error


def arrow_schema(columns: Mapping[str, Column]) -> ArrowSchema:
    """The columns as a `pyarrow.Schema`.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    pyarrow = arrow()
    schema: ArrowSchema = pyarrow.schema([(name, _arrow_type(pyarrow, column)) for name, column in columns.items()])
    return schema


def _arrow_type(pyarrow: ModuleType, column: Column) -> object:
    if isinstance(column, List):
        return pyarrow.list_(_arrow_type(pyarrow, column.items))
    if isinstance(column, Struct):
        return pyarrow.struct([(name, _arrow_type(pyarrow, part)) for name, part in column.fields])
    types: dict[Kind, object] = {
        "string": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "timestamp": pyarrow.timestamp("us", "UTC"),
        "date": pyarrow.date32(),
        "json": pyarrow.string(),
    }
    return types[column.kind]


def flat(column: Column, value: JsonValue) -> dict[str, JsonValue]:
    """A whole answer as values by the names of columns."""
    return value if isinstance(column, Struct) and isinstance(value, dict) else {OUTPUT: value}


def whole(column: Column, values: Mapping[str, JsonValue]) -> JsonValue:
    """What `flat` took apart."""
    return dict(values) if isinstance(column, Struct) else values[OUTPUT]


def with_columns(table: ArrowTable, rows: Sequence[Mapping[str, object]], schema: ArrowSchema) -> ArrowTable:
    """A `pyarrow.Table` with further columns, which replace those of the same name.

    Args:
        table: The table.
        rows: The values of the further columns, a mapping for each row.
        schema: The further columns.
    """
    pyarrow = arrow()
    further = pyarrow.Table.from_pylist(list(rows), schema=pyarrow.schema(schema))
    result = pyarrow.table(table)
    names = {*further.column_names}
    result = result.select([index for index, name in enumerate(result.column_names) if name not in names])
    for name in further.column_names:
        result = result.append_column(further.schema.field(name), further.column(name))
    made: ArrowTable = result
    return made


def as_table(table: ArrowTable) -> ArrowTable:
    """A table as a `pyarrow.Table`: a stream, such as a `pyarrow.RecordBatchReader`, can be read once."""
    made: ArrowTable = arrow().table(table)
    return made


def cells_of(table: ArrowTable, name: str) -> Sequence[object]:
    """The values of one column.

    Raises:
        LookupError: There is no such column.
    """
    cells: list[object] = arrow().table(table).column(name).to_pylist()
    return cells
