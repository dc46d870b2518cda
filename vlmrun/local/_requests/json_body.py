"""Parsing the body of a request as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from pydantic_core import from_json

from vlmrun.local._wire.errors import Problem

__all__ = ["Body", "read_json"]


@dataclass(frozen=True)
class Body:
    """A body that was read: its JSON, or the problem that kept it from being read."""

    value: object
    problem: Problem | None = None


def _is_finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    # Casts: what comes from JSON is made of dicts and lists and nothing narrower is known of them.
    if isinstance(value, dict):
        return all(map(_is_finite, cast("dict[str, object]", value).values()))
    return not isinstance(value, list) or all(map(_is_finite, cast("list[object]", value)))


def read_json(data: bytes) -> Body:
    """Read a body as JSON in the narrow sense: UTF-8, no NaN, no number beyond a float, no endless nesting.

    Args:
        data: The bytes of the body.

    Returns:
        The value, or the problem in its place.
    """
    try:
        value: object = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        return Body(None, Problem(("body",), f"The body is not JSON: {error}", "json_invalid"))
    if not _is_finite(value):
        return Body(None, Problem(("body",), "The body is not JSON: a number is out of range", "json_invalid"))
    return Body(value)
