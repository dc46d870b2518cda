"""`--schema` and skills on a command line."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from vlmrun.cli._errors import UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from vlmrun.skills import Skill

__all__ = ["json_of", "object_of", "schema_of", "skills_of"]

_EXPECTED = "pass a file with a JSON schema, or package.module:Model"


def schema_of(given: str) -> dict[str, JsonValue]:
    """The JSON schema of a file, or of a pydantic model.

    Args:
        given: The path of a JSON file, or `package.module:Model`, which is found from the working folder, too.

    Raises:
        UsageError: There is no such file or model, or the file has no JSON object.
    """
    if re.fullmatch(r"[\w.]+:\w+", given) and not Path(given).exists():
        return _of_model(*given.split(":"))
    return object_of("--schema", given)


def object_of(option: str, given: str) -> dict[str, JsonValue]:
    """A JSON object, as `json_of` reads it."""
    found = json_of(option, given)
    if not isinstance(found, dict):
        raise UsageError(f"{option}: expected a JSON object.", "check what it begins with")
    return found


def json_of(option: str, given: str) -> JsonValue:
    """JSON from a file, or from the command line itself if it begins with a brace or a bracket.

    Args:
        option: The option, for errors.
        given: The path, or the JSON.

    Raises:
        UsageError: The file cannot be read, or there is no JSON.
    """
    try:
        text = given if given.lstrip()[:1] in ("{", "[") else Path(given).read_text(encoding="utf-8")
        found: JsonValue = json.loads(text)
    except OSError as error:
        raise UsageError(f"{option}: cannot read {given!r}: {error.strerror}.", "check the path") from error
    except ValueError as error:  # of JSON, of the encoding, or of a path with a null byte
        raise UsageError(f"{option}: this is not JSON: {error}.", "check it with python -m json.tool") from error
    return found


def _of_model(module: str, name: str) -> dict[str, JsonValue]:
    from pydantic import BaseModel

    sys.path.insert(0, os.getcwd())
    try:
        model: object = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"--schema: {module}:{name} cannot be imported: {error}.", _EXPECTED) from error
    finally:
        sys.path.remove(os.getcwd())
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise UsageError(f"--schema: {module}:{name} is not a pydantic model.", _EXPECTED)
    return model.model_json_schema()


def skills_of(folders: Sequence[Path], ids: Sequence[str]) -> list[Skill]:
    """The skills that are named on a command line.

    Args:
        folders: Folders with a `SKILL.md`, which are sent along.
        ids: Names or ids of stored skills, each with its version after a colon, or without one for the newest.

    Raises:
        InputError: A folder is no skill.
        DependencyError: PyYAML is missing.
    """
    from vlmrun.skills import Skill

    stored = [named.partition(":") for named in ids]
    return [Skill.from_directory(folder) for folder in folders] + [
        Skill.reference(name, version=version or "latest") for name, _, version in stored
    ]
