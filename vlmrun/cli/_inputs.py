"""What a command line names: files, folders, globs, URLs and stdin, prompts, and schemas."""

from __future__ import annotations

import asyncio
import glob
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vlmrun.cli._errors import UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vlmrun._inputs.parts import Part
    from vlmrun._inputs.skills import Skill
    from vlmrun.cli._progress import Progress
    from vlmrun.cli._session import Session
    from vlmrun.client import AsyncVLMRun
    from vlmrun.client.types import FileResponse

__all__ = ["Given", "Schema", "given", "parts_of", "prompt_of", "read_schema", "read_skills", "upload"]

_AT_A_TIME = 4
"""How many files are uploaded at once."""
_URL = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Given:
    """One input of a command line."""

    name: str
    """What people call it."""
    source: str | Path | bytes = field(repr=False)
    """A URL, a file, or what was read from stdin."""

    @property
    def is_url(self) -> bool:
        """Whether the server fetches it."""
        return isinstance(self.source, str)


def given(arguments: Sequence[str]) -> list[Given]:
    """The inputs that arguments name, in their order.

    A folder stands for the files in it and below it, sorted, without hidden ones; a glob for the files that it matches,
    sorted; `-` for stdin; what begins with http:// or https:// for a URL.

    Raises:
        UsageError: There is no such file, or a folder or glob has none.
    """
    found: list[Given] = []
    for argument in arguments:
        if argument == "-":
            found.append(Given("stdin", _read_stdin()))
        elif _URL.match(argument):
            found.append(Given(argument.partition("?")[0], argument))
        else:
            found += [Given(os.fspath(path), path) for path in _files(argument)]
    if sum(one.name == "stdin" for one in found) > 1:
        raise UsageError("stdin is named twice.", "name - once")
    return found


def _files(argument: str) -> list[Path]:
    path = Path(argument).expanduser()
    if path.is_dir():
        files = [below for below in sorted(path.rglob("*")) if below.is_file() and not _is_hidden(below, path)]
        if not files:
            raise UsageError(f"{argument} has no files.")
        return files
    if path.exists() or not glob.has_magic(argument):
        if not path.exists():
            raise UsageError(f"there is no file {argument}.")
        return [path]
    matched = [
        Path(name) for name in sorted(glob.glob(os.path.expanduser(argument), recursive=True))
    ]  # ** and ~ as in a shell
    files = [file for file in matched if file.is_file()]
    if not files:
        raise UsageError(f"{argument} matches no files.")
    return files


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _read_stdin() -> bytes:
    if sys.stdin.isatty():
        raise UsageError("stdin is a terminal.", "pipe a file into it: cat photo.jpg | vlmrun ... -i -")
    data = sys.stdin.buffer.read()
    if not data:
        raise UsageError("stdin is empty.")
    return data


def prompt_of(argument: str | None, option: str | None, *, stdin_is_taken: bool = False) -> str | None:
    """The prompt: the argument, where `-` is stdin; then `-p`, which is a text, a file or `stdin`; then piped stdin.

    Args:
        argument: The argument.
        option: The value of `-p`.
        stdin_is_taken: Whether stdin is an input.

    Returns:
        The prompt; `None` if there is none.

    Raises:
        UsageError: The prompt is empty or cannot be read.
    """
    text: str | None = None
    if argument == "-" or (argument is None and option in ("stdin", "-")):
        if stdin_is_taken:
            raise UsageError("stdin cannot be both the prompt and an input.")
        text = _as_text("stdin", _read_stdin())
    elif argument is not None:
        text = argument
    elif option is not None:
        text = _as_text(option, Path(option).read_bytes()) if _is_file(option) else option
    elif not (stdin_is_taken or sys.stdin.isatty()):
        text = _as_text("stdin", sys.stdin.buffer.read())
        if not text.strip():
            return None
    if text is not None and not text.strip():
        raise UsageError("the prompt is empty.")
    return None if text is None else text.strip()


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or no path at all
        return False


def _as_text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is no text, so it cannot be the prompt.", "pass it as an input with -i") from None


def parts_of(session: Session, inputs: Sequence[Given]) -> list[Part]:
    """The inputs as parts of a message, in their order: URLs as they are, and files uploaded.

    Raises:
        InputError: A file cannot be read.
        APIError: An upload failed.
    """
    if not inputs:
        return []
    from vlmrun._inputs import parts

    uploaded = upload(session, inputs)
    return [_url_part(one.source) if isinstance(one.source, str) else parts.file(uploaded[one].id) for one in inputs]


def _url_part(url: str) -> Part:
    """The part for a URL, which the server fetches: what it leads to is known by its suffix alone."""
    import mimetypes

    from vlmrun._inputs import parts

    kind = (mimetypes.guess_type(url.partition("?")[0])[0] or "").partition("/")[0]
    make = {"image": parts.image, "video": parts.video, "audio": parts.audio}.get(kind, parts.file)
    return make(url)


def upload(session: Session, inputs: Sequence[Given]) -> dict[Given, FileResponse]:
    """Upload the inputs that are no URLs, several at a time, each once.

    Returns:
        What each was uploaded as.

    Raises:
        InputError: A file cannot be read.
        APIError: An upload failed.
    """
    distinct = {_key(one): one for one in inputs if not one.is_url}
    if not distinct:
        return {}
    import anyio

    with session.out.progress() as progress:
        # Not asyncio.run: on Python 3.10 it leaves idle threads behind after Ctrl-C, and the process never ends.
        try:
            files = anyio.run(_upload_all, session, distinct, progress)
        except asyncio.CancelledError:  # what Ctrl-C is there on Python 3.10
            raise KeyboardInterrupt from None
    return {one: files[_key(one)] for one in inputs if not one.is_url}


def _key(one: Given) -> str | bytes:
    """The same for the same file, however it is named."""
    return one.source if isinstance(one.source, bytes) else os.path.realpath(one.source)


async def _upload_all(
    session: Session, distinct: Mapping[str | bytes, Given], progress: Progress
) -> dict[str | bytes, FileResponse]:
    # Tasks, as Ctrl-C cancels them; threads would be waited for.

    limit = asyncio.Semaphore(_AT_A_TIME)

    async def one(client: AsyncVLMRun, source: Given) -> FileResponse:
        async with limit:
            name = source.name if isinstance(source.source, bytes) else None
            file = await client.files.upload(
                source.source if not isinstance(source.source, str) else Path(source.source),
                filename=name,
                on_progress=progress.bar(f"Uploading {os.path.basename(source.name)}"),
            )
            session.remember(f"{source.name} is uploaded: its id is {file.id}.")
        return file

    async with session.async_client() as client:
        done = await asyncio.gather(*(one(client, source) for source in distinct.values()))
    return dict(zip(distinct, done, strict=True))


@dataclass(frozen=True)
class Schema:
    """The schema of an answer."""

    json_schema: dict[str, object]
    """As JSON schema."""
    model: type[BaseModel] | None = None
    """The pydantic model that it was made of, if it was."""


def read_schema(text: str) -> Schema:
    """Read `--schema`: a file with a JSON schema, or `package.module:Model`, a pydantic model.

    Raises:
        UsageError: It is neither.
    """
    if _is_file(text):
        try:
            found: object = json.loads(Path(text).read_bytes())
        except ValueError as error:
            raise UsageError(f"{text} is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise UsageError(f"{text} is no JSON schema.", "pass a file that holds a JSON object")
        return Schema(cast("dict[str, object]", found))
    module, _, name = text.partition(":")
    if not name or not all(part.isidentifier() for part in [*module.split("."), *name.split(".")]):
        raise UsageError(f"there is no file {text}.", "pass a file with a JSON schema, or package.module:Model")
    return _of_model(text, module, name)


def _of_model(text: str, module: str, name: str) -> Schema:
    from pydantic import BaseModel

    sys.path.insert(0, os.getcwd())  # as `python -m` finds modules
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{text} cannot be imported: {error}") from error
    finally:
        sys.path.pop(0)
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise UsageError(f"{text} is no pydantic model.")
    return Schema(found.model_json_schema(), found)


def read_skills(folders: Sequence[str], ids: Sequence[str]) -> list[Skill]:
    """The skills of `-k` and `--skill-id`.

    Args:
        folders: Folders with a `SKILL.md`, which are sent inside the request.
        ids: Names or ids of stored skills, or `NAME:VERSION`.

    Raises:
        InputError: A folder is no skill.
    """
    from vlmrun._inputs.skills import Skill

    references = [one.partition(":") for one in ids]
    return [
        *(Skill.from_directory(Path(folder).expanduser()) for folder in folders),
        *(Skill.reference(name, version=version or "latest") for name, _, version in references),
    ]
