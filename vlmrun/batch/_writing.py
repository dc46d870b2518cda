"""Results in files: JSON lines, CSV and Parquet. A file takes its place once it is whole."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from itertools import islice
from typing import Any

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import type_name
from vlmrun.batch._columns import Column, Scalar, arrow, arrow_schema, column_of, fitted, flat, flattened
from vlmrun.batch._results import BatchResult
from vlmrun.client.exceptions import InputError, VLMRunError

__all__ = ["write"]

_OWN: Mapping[str, Column] = {
    "source": Scalar("string"),
    "key": Scalar("string"),
    "status": Scalar("string"),
    "error": Scalar("string"),
    "may_be_billed": Scalar("boolean"),
    "credits": Scalar("number"),
    "seconds": Scalar("number"),
    "id": Scalar("string"),
}
"""The columns that every item has beside those of its answer."""


def write(path: str, results: Iterable[BatchResult[object]], model: type[BaseModel] | None) -> int:
    """Write results to a file, and return how many there are.

    Args:
        path: The file, whose name ends in `.jsonl`, `.csv` or `.parquet`.
        results: The results.
        model: The `response_model`, whose fields are columns.

    Raises:
        InputError: The name ends in something else, or the file cannot be written.
        DependencyError: Parquet is asked for, and pyarrow is not installed.
    """
    ending = os.path.splitext(path)[1].lower()
    writer = _WRITERS.get(ending)
    if writer is None:
        raise InputError(
            f"path must end in {', '.join(_WRITERS)}, not {ending or 'nothing'}.",
            suggestion="pass a path such as invoices.jsonl.",
        )
    part = f"{path}.part"
    try:
        amount = writer(part, results, model)
        os.replace(part, path)
    except BaseException as error:
        if os.path.exists(part):
            os.remove(part)
        if isinstance(error, OSError) and not isinstance(error, VLMRunError):
            raise InputError(f"path cannot be written: {error.strerror}.", suggestion="check the folder.") from error
        raise
    return amount


def _plain(result: BatchResult[object]) -> JsonValue:
    """The output as JSON; `None` if there is none."""
    if result.error is not None:
        return None
    output = result.output
    if isinstance(output, BaseModel):
        dumped: JsonValue = output.model_dump(mode="json", by_alias=True)
        return dumped
    if output is None or isinstance(output, (str, int, float, bool, list, dict)):
        return output  # pyright: ignore[reportUnknownVariableType]  # it was read from JSON
    raise TypeError(type_name(output))  # a bug: outputs are read from JSON


def _own(result: BatchResult[object]) -> dict[str, JsonValue]:
    error = result.error
    return {
        "source": result.source,
        "key": result.key,
        "status": result.status,
        "error": None if error is None else _unicode(f"{error.kind}: {error.message}"),
        "may_be_billed": result.may_be_billed,
        "credits": result.credits,
        "seconds": None if result.seconds is None else round(result.seconds, 3),
        "id": result.id,
    }


def _write_lines(path: str, results: Iterable[BatchResult[object]], model: type[BaseModel] | None) -> int:
    del model
    amount = 0
    with open(path, "w", encoding="utf-8", errors=_ESCAPED, newline="\n") as file:
        for result in results:
            line = {**_own(result), "output": _plain(result)}
            try:
                text = json.dumps(line, ensure_ascii=False, allow_nan=False)
            except ValueError:  # JSON has no infinite numbers
                text = json.dumps(_finite(line), ensure_ascii=False)
            file.write(f"{text}\n")
            amount += 1
    return amount


def _write_csv(path: str, results: Iterable[BatchResult[object]], model: type[BaseModel] | None) -> int:
    answer = column_of(model)
    names = list(flattened(answer))
    amount = 0
    with open(path, "w", encoding="utf-8", errors=_ESCAPED, newline="") as file:
        table = csv.writer(file)
        table.writerow([*_OWN, *map(_named, names)])
        for result in results:
            values = _values(answer, _plain(result))
            row = [*_own(result).values(), *(values.get(name) for name in names)]
            table.writerow([_cell(value) for value in row])
            amount += 1
    return amount


def _write_parquet(path: str, results: Iterable[BatchResult[object]], model: type[BaseModel] | None) -> int:
    answer = column_of(model)
    columns = flattened(answer)
    names = {_named(name): column for name, column in columns.items()}
    # pyarrow has no types.
    pyarrow: Any = arrow()
    schema = pyarrow.schema(arrow_schema({**_OWN, **names}))
    amount = 0
    with import_module("pyarrow.parquet").ParquetWriter(path, schema) as file:
        remaining = iter(results)
        while page := list(islice(remaining, _ROWS)):
            rows: list[dict[str, object]] = []
            for result in page:
                values = _values(answer, _plain(result))
                own: dict[str, object] = dict(_own(result))
                cells, unfit = fitted(columns, values)
                if unfit is not None:
                    own["error"] = unfit
                rows.append(own | {_named(name): cell for name, cell in cells.items()})
            file.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
            amount += len(page)
    return amount


def _finite(value: JsonValue) -> JsonValue:
    """A value with `null` for what is no finite number, as pydantic has it in JSON."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _unicode(text: str) -> str:
    return text.encode("utf-8", _ESCAPED).decode()


_ESCAPED = "backslashreplace"
"""What is written for a lone surrogate, which UTF-8 does not have: an escape, as in JSON."""
_ROWS = 5000
"""Rows of a table that are in memory at a time."""


def _named(name: str) -> str:
    """The column of a field of the answer; items have columns of their own."""
    return f"output.{name}" if name in _OWN else name


def _values(answer: Column, output: JsonValue) -> Mapping[str, JsonValue]:
    """The fields of an answer by their names; none if there is no answer."""
    if output is None:
        return {}
    if answer == Scalar("string") and not isinstance(output, str):  # of a domain, without a model
        return flat(answer, json.dumps(output, ensure_ascii=False))
    return flat(answer, output)


def _cell(value: JsonValue) -> str | int | float:
    """A value in a table. Text that a spreadsheet would run as a formula is preceded by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return value if isinstance(value, (int, float)) else json.dumps(value, ensure_ascii=False)


_Writer = Callable[[str, Iterable[BatchResult[object]], "type[BaseModel] | None"], int]

_WRITERS: Mapping[str, _Writer] = {".jsonl": _write_lines, ".csv": _write_csv, ".parquet": _write_parquet}
