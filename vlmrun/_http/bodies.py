"""Response bodies as JSON."""

from __future__ import annotations

import json

from pydantic import JsonValue

__all__ = ["body_of", "parsed"]


def parsed(content: bytes) -> JsonValue:
    """The JSON of a body.

    Raises:
        ValueError: The body is not JSON, or is nested too deeply.
    """
    try:
        body: JsonValue = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return body


def body_of(content: bytes) -> JsonValue:
    """The JSON of a body, its text if it is not JSON, or `None` if it is empty."""
    if not content:
        return None
    try:
        return parsed(content)
    except ValueError:
        return content.decode("utf-8", errors="replace")
