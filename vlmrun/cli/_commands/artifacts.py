"""`vlmrun artifacts`: the files that agents create."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from vlmrun.cli._artifacts import make_folder
from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._errors import UsageError
from vlmrun.cli._session import session_of
from vlmrun.client.types import ArtifactInfo

__all__ = ["OUTPUTS", "SavedArtifact", "app"]

app = new_app("List and download the files that agents create.")


class SavedArtifact(BaseModel):
    """What `vlmrun artifacts get` prints."""

    object_id: str
    """The id of the artifact."""
    path: str
    """Where it was written."""


OUTPUTS: dict[str, object] = {"artifacts list": list[ArtifactInfo], "artifacts get": SavedArtifact}

SessionId = Annotated[
    str | None, typer.Option("--session-id", "-s", metavar="ID", help="The id of the chat that made them.")
]
ExecutionId = Annotated[
    str | None, typer.Option("--execution-id", "-e", metavar="ID", help="The id of the execution that made them.")
]


@app.command("list", epilog=examples("vlmrun artifacts list -s 9f1f0a52", "vlmrun artifacts list -e 5e7d9c1a --json"))
def list_(context: typer.Context, session_id: SessionId = None, execution_id: ExecutionId = None) -> None:
    """List the artifacts of a chat or an execution."""
    session = session_of(context)
    _check(session_id, execution_id)
    session.out.rows(
        session.client.artifacts.list(session_id=session_id, execution_id=execution_id),
        {
            "ID": lambda artifact: artifact.object_id,
            "NAME": lambda artifact: artifact.filename,
            "SOURCE": lambda artifact: artifact.source,
        },
    )


@app.command(
    epilog=examples(
        "vlmrun artifacts get img_a1b2c3 -s 9f1f0a52 -o out", "vlmrun artifacts get img_a1b2c3 -e 5e7d --raw"
    )
)
def get(
    context: typer.Context,
    object_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the artifact, such as img_a1b2c3.")],
    session_id: SessionId = None,
    execution_id: ExecutionId = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write it to, which is created.")
    ] = Path(),
    raw: Annotated[bool, typer.Option("--raw", help="Write its bytes to stdout instead.")] = False,
) -> None:
    """Download an artifact. What a URL artifact leads to is downloaded, too."""
    session = session_of(context)
    _check(session_id, execution_id)
    if raw:
        if not session.out.is_for_people:
            raise UsageError("--raw writes bytes to stdout, where --json has no place.", "leave out one of the two")
        sys.stdout.buffer.write(
            session.client.artifacts.get(object_id, session_id=session_id, execution_id=execution_id)
        )
        sys.stdout.buffer.flush()
        return
    make_folder(output)
    with session.out.progress() as progress:
        on_progress = progress.bar(f"Downloading {object_id}")
        path = session.client.artifacts.download(
            object_id, folder=output, session_id=session_id, execution_id=execution_id, on_progress=on_progress
        )
    session.out.document(SavedArtifact(object_id=object_id, path=str(path)), str(path))


def _check(session_id: str | None, execution_id: str | None) -> None:
    if (session_id is None) == (execution_id is None):
        raise UsageError("Pass exactly one of --session-id and --execution-id.", "-s ID of the chat that made them")
