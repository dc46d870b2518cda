"""Results in files: JSON lines, CSV and Parquet. A file takes its place once it is whole."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import type_name
from vlmrun.batch._results import BatchResult
from vlmrun.client.exceptions import InputError

__all__ = ["write"]

_OWN = ("source", "key", "status", "error", "may_be_billed", "credits", "seconds", "id")


def write(path: str, results: Iterable[BatchResult[object]], model: type[BaseModel] | None) -> int:
    """Write results to a file, and return how many there are.

    Args:
        path: The file, whose name ends in `.jsonl`, `.csv` or `.parquet`.
        results: The results.
        model: The `response_model`, whose fields are columns.

    Raises:
        InputError: The name ends in something else.
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
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
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
        "error": None if error is None else f"{error.kind}: {error.message}",
        "may_be_billed": result.may_be_billed,
        "credits": result.credits,
        "seconds": None if result.seconds is None else round(result.seconds, 3),
        "id": result.id,
    }


def _write_lines(path: str, results: Iterable[BatchResult[object]], model: type[BaseModel] | None) -> int:
    del model
    amount = 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for result in results:
            json.dump({**_own(result), "output": _plain(result)}, file, ensure_ascii=False)
            file.write("\n")
            amount += 1
    return amount


def _write_csv(path: str, results: Iterable[BatchResult[object]], model: type[BaseModel] | None) -> int:
    names = _fields(model)
    amount = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*_OWN, *names] if names is not None else [*_OWN, "output"])
        for result in results:
            own, output = _own(result), _plain(result)
            fields = [output.get(name) for name in names] if names and isinstance(output, dict) else None
            rest = [output] if names is None else fields or [None] * len(names)
            table.writerow([_cell(value) for value in (*own.values(), *rest)])
            amount += 1
    return amount


def _fields(model: type[BaseModel] | None) -> list[str] | None:
    """The columns of a model, by the names that its JSON has; `None` for one without fields."""
    if model is None or model.model_json_schema(mode="serialization").get("type") != "object":
        return None
    return list(model.model_json_schema(mode="serialization").get("properties", {}))


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

_WRITERS: Mapping[str, _Writer] = {".jsonl": _write_lines, ".csv": _write_csv}
