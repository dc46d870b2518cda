"""What comes from JSON, as the object or the list that it should be.

Casts: it is made of dicts and lists, and nothing narrower is known of them.
"""

from __future__ import annotations

from typing import cast

__all__ = ["json_list", "json_object"]


def json_object(value: object) -> dict[str, object]:
    """The value if it is an object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def json_list(value: object) -> list[object]:
    """The value if it is a list, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []
