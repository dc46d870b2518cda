"""Saving the artifacts that an answer names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vlmrun.cli._errors import UsageError
from vlmrun.client.exceptions import ResourceNotFoundError, VLMRunError

if TYPE_CHECKING:
    from vlmrun.cli._session import Session

__all__ = ["make_folder", "saved"]


def make_folder(folder: Path) -> None:
    """Make the folder of `--output`, before anything is sent that it is for.

    Raises:
        UsageError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"--output: {str(folder)!r} cannot be made: {error.strerror}.", "pass another folder"
        ) from error


def saved(
    session: Session,
    ids: Iterable[str],
    folder: Path,
    *,
    session_id: str | None = None,
    execution_id: str | None = None,
) -> Iterator[tuple[str, str]]:
    """Download artifacts into a folder, which is made; yield the id and the path of each.

    An id without an artifact is a note, not an error: an answer may have words that look like ids.

    Args:
        session: The session of the command.
        ids: The ids of the artifacts.
        folder: The folder.
        session_id: The id of the chat that made them.
        execution_id: Or the id of the execution.

    Raises:
        UsageError: The folder cannot be made.
        VLMRunError: Some could not be downloaded; the others were.
    """
    make_folder(folder)
    failed: list[VLMRunError] = []
    with session.out.progress() as progress:
        for one in ids:
            report = progress.bar(f"Downloading {one}")
            try:
                path = session.client.artifacts.download(
                    one, folder=folder, session_id=session_id, execution_id=execution_id, on_progress=report
                )
            except ResourceNotFoundError:
                session.out.note(f"The answer names {one}, which the server does not have.")
            except VLMRunError as error:
                failed.append(error)
            else:
                yield one, os.fspath(path)
    if failed:
        raise failed[0]
