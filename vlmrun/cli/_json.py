"""JSON on a command line: in a file, or as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from vlmrun.cli._errors import UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["object_of"]


def object_of(option: str, given: str) -> dict[str, JsonValue]:
    """A JSON object from a file, or from the command line itself if it begins with a brace or a bracket.

    Args:
        option: The option, for errors.
        given: The path, or the JSON.

    Raises:
        UsageError: The file cannot be read, or has no JSON object.
    """
    try:
        text = given if given.lstrip()[:1] in ("{", "[") else Path(given).read_text(encoding="utf-8")
        found: JsonValue = json.loads(text)
    except OSError as error:
        raise UsageError(f"{option}: cannot read {given!r}: {error.strerror}.", "check the path") from error
    except ValueError as error:  # of JSON, of the encoding, or of a path with a null byte
        raise UsageError(f"{option}: this is not JSON: {error}.", "check it with python -m json.tool") from error
    if not isinstance(found, dict):
        raise UsageError(f"{option}: expected a JSON object.", "check what it begins with")
    return found
