"""Items as a table, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pydantic import BaseModel

__all__ = ["table"]

_LONGEST_CELL = 80  # characters


def table(items: Sequence[object]) -> str:
    """Items as an HTML table: of a model the fields that its `repr` shows, else its `repr`."""
    if not items:
        return "<p>No items</p>"
    rows = [_cells(item) for item in items]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(_short(row.get(name)))}</td>' for name in columns)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(item: object) -> dict[str, object]:
    if not isinstance(item, BaseModel):
        return {type(item).__name__: repr(item)}
    known = type(item).model_fields
    return {name: value for name, value in item.__repr_args__() if name in known}


def _short(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}..."
