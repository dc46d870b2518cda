"""The parts of a JSON schema as typed values, and the error for one that cannot be filled."""

from __future__ import annotations

import json

from vlmrun.local._wire.json_values import json_list, json_object

__all__ = ["Path", "Schema", "UnfillableError", "count_of", "is_same_json", "json_children"]

Schema = dict[str, object]
Path = tuple[str | int, ...]


class UnfillableError(Exception):
    """A schema that this server cannot fill.

    Args:
        path: Where in the instance.
        reason: Why.
    """

    def __init__(self, path: Path, reason: str) -> None:
        place = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        # The reason may quote a value, and a value may be long.
        super().__init__(f"vlmrun.local cannot fill this schema at {place}: {reason[:300]}")


def json_children(node: object) -> list[object]:
    """The members of an object, or the items of a list."""
    return list(json_object(node).values()) or json_list(node)


def count_of(schema: Schema, key: str, default: int) -> int:
    """The value of a keyword that counts, such as `minItems`."""
    value = schema.get(key)
    return int(value) if isinstance(value, int | float) else default


def is_same_json(one: object, other: object) -> bool:
    """Equality of JSON, where true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
