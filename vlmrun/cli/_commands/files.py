"""`vlmrun files`: uploaded files."""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from pydantic import BaseModel

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._commands._jobs import Limit, Skip, page_size
from vlmrun.cli._errors import UsageError
from vlmrun.cli._session import session_of
from vlmrun.client.exceptions import ResponseValidationError
from vlmrun.client.types import FileResponse

if TYPE_CHECKING:
    from vlmrun.cli._session import Session

__all__ = ["OUTPUTS", "DeletedFile", "SavedFile", "app"]

app = new_app("Upload files once, and use them in any number of requests.")


class DeletedFile(BaseModel):
    """What `vlmrun files delete` prints."""

    id: str
    """The id of the file."""
    deleted: bool = True
    """Always true."""


class SavedFile(FileResponse):
    """What `vlmrun files get --output` prints."""

    path: str
    """Where the file was written."""


OUTPUTS: dict[str, object] = {
    "files list": list[FileResponse],
    "files upload": FileResponse,
    "files get": FileResponse,
    "files get --output": SavedFile,
    "files delete": DeletedFile,
}

_MOST_BYTES = 4 << 30


@app.command("list", epilog=examples("vlmrun files list -n 100", "vlmrun files list --json | jq '.[].id'"))
def list_(context: typer.Context, skip: Skip = 0, limit: Limit = 10) -> None:
    """List the files of the account."""
    session = session_of(context)
    session.out.rows(
        islice(session.client.files.list(skip, page_size(limit)), limit),
        {
            "ID": lambda file: file.id,
            "NAME": lambda file: file.filename,
            "BYTES": lambda file: None if file.bytes is None else f"{file.bytes:,}",
            "PURPOSE": lambda file: file.purpose,
            "CREATED": lambda file: file.created_at,
        },
    )


@app.command(epilog=examples("vlmrun files upload invoice.pdf", "cat invoice.pdf | vlmrun files upload - --name a.pdf"))
def upload(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The path of a file, or - for stdin.")],
    purpose: Annotated[str, typer.Option(metavar="PURPOSE", help="What the file is for.")] = "assistants",
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The name of the file at VLM Run.")] = None,
    public_url: Annotated[
        bool, typer.Option("--public-url", help="Create a URL that lets anyone read the file for some time.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Upload it even if the same bytes were uploaded.")] = False,
) -> None:
    """Upload a file, unless the same bytes were uploaded before."""
    session = session_of(context)
    with session.out.progress() as progress:
        on_progress = progress.bar(f"Uploading {name or Path(file).name}")
        uploaded = session.client.files.upload(
            sys.stdin.buffer if file == "-" else Path(file),
            purpose,
            force=force,
            filename=name or ("stdin" if file == "-" else None),
            generate_public_url=public_url,
            on_progress=on_progress,
        )
    session.out.document(uploaded)


@app.command(epilog=examples("vlmrun files get file_1", "vlmrun files get file_1 -o invoice.pdf"))
def get(
    context: typer.Context,
    file_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the file.")],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="PATH", help="Download it to this file or folder; - for stdout."),
    ] = None,
    public_url: Annotated[
        bool, typer.Option("--public-url", help="Create a URL that lets anyone read the file for some time.")
    ] = False,
) -> None:
    """Show what is known of a file, or download it."""
    session = session_of(context)
    if output is None:
        session.out.document(session.client.files.get(file_id, generate_public_url=public_url))
        return
    if output == "-" and not session.out.is_for_people:
        raise UsageError("--output - writes the file to stdout, where --json has no place.", "leave out one of the two")
    file = session.client.files.get(file_id, generate_public_url=True)
    with tempfile.TemporaryDirectory(prefix=".vlmrun-", dir=None if output == "-" else _folder(output)) as folder:
        found = _downloaded(session, file, folder)
        if output == "-":
            sys.stdout.buffer.write(found.read_bytes())
            sys.stdout.buffer.flush()
            return
        target = Path(output) / _name(file) if Path(output).is_dir() else Path(output)
        found.replace(target)
    session.out.document(
        SavedFile.model_validate({**file.model_dump(exclude={"public_url"}), "path": str(target)}), str(target)
    )


def _folder(output: str) -> Path:
    folder = Path(output) if Path(output).is_dir() else Path(output).parent
    if not folder.is_dir():
        raise UsageError(f"--output: the folder {str(folder)!r} does not exist.", "create the folder first")
    return folder


def _name(file: FileResponse) -> str:
    """The name of a file in a folder: the server's, but never a path."""
    return os.path.basename((file.filename or "").replace("\\", "/")).lstrip(".") or file.id


def _downloaded(session: Session, file: FileResponse, folder: str) -> Path:
    from vlmrun._resources.remote_files import kept_from, within

    if file.public_url is None:
        raise ResponseValidationError(f"The server made no URL to download {file.id}.")
    # A server on this machine or in this network may say that its files are there, too.
    is_of_server = urlsplit(file.public_url).netloc == urlsplit(session.client.base_url).netloc
    with session.out.progress() as progress:
        on_progress = progress.bar(f"Downloading {file.filename or file.id}")
        return kept_from(file.public_url, within(None, _MOST_BYTES, is_of_server), folder, on_progress)


@app.command(epilog=examples("vlmrun files delete file_1", "vlmrun files delete file_1 --json"))
def delete(
    context: typer.Context, file_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the file.")]
) -> None:
    """Delete a file."""
    session = session_of(context)
    session.client.files.delete(file_id)
    session.out.document(DeletedFile(id=file_id), f"Deleted {file_id}.")
