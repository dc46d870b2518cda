"""A request and its answer as they stand in a file, and the folder of these files."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vlmrun.client.exceptions import InputError

__all__ = ["Exchange", "RecordedRequest", "RecordedResponse", "load", "recordings", "save", "text_of"]

_NUMBERED = re.compile(r"[0-9]{4,9}-")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordedRequest(_Part):
    """What was asked. Requests that are equal here get the same answer."""

    method: str
    path: str
    query: str = ""
    """Sorted by names."""
    body: object = Field(default=None, alias="json")
    """A JSON body, in which files are named by their digests; the parts of a form; or the digest of other bytes."""


class RecordedResponse(_Part):
    """What was answered, with one body at most."""

    status: int = Field(ge=200, le=599)
    headers: dict[str, str] = {}
    body: object = Field(default=None, alias="json")
    events: list[dict[str, object]] | None = None
    """The events of a stream."""
    text: str | None = None
    base64: str | None = None


class Exchange(_Part):
    """The content of a file."""

    request: RecordedRequest
    response: RecordedResponse


def text_of(value: object, *, indent: int | None = None) -> str:
    """A value as JSON that can be encoded."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    # JSON may escape half of a surrogate pair, which no file can hold.
    return text if text.isascii() or _is_unicode(text) else json.dumps(value, indent=indent, separators=separators)


def save(folder: Path, number: int, exchange: Exchange) -> None:
    """Write a file.

    Args:
        folder: Where.
        number: The place among the files.
        exchange: What to write.

    Raises:
        OSError: It cannot be written.
    """
    request = exchange.request
    name = re.sub(r"[^a-z0-9]+", "-", f"{request.method}{request.path}".lower()).strip("-")[:80]
    told = exchange.model_dump(by_alias=True, exclude_defaults=True)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{number:04}-{name}.json").open("x", encoding="utf-8", newline="\n") as file:
        file.write(text_of(told, indent=2) + "\n")


def recordings(folder: Path) -> list[Path]:
    """The files of a folder, in the order in which the requests came."""
    found = [path for path in folder.glob("*.json") if _NUMBERED.match(path.name)]
    return sorted(found, key=lambda path: int(path.name.partition("-")[0]))


def load(path: Path) -> Exchange:
    """Read a file.

    Raises:
        InputError: It cannot be read, or is no recorded answer.
    """
    try:
        # Not by pydantic, which refuses half of a surrogate pair.
        told: object = json.loads(path.read_bytes())
        return Exchange.model_validate(told)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        what = ": ".join(filter(None, [".".join(map(str, problem["loc"])), problem["msg"]]))
    except (ValueError, RecursionError) as error:
        what = f"it is not JSON: {error}"
    raise InputError(
        f"{path} is no recorded answer: {what}.", suggestion="record it again.", error_type="invalid_recording"
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
