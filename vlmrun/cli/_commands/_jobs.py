"""What executions and predictions have in common on the command line: lists, waiting, and what people see of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer
from pydantic_core import to_jsonable_python

from vlmrun.cli._session import Session
from vlmrun.client.exceptions import (
    AuthenticationError,
    ClientError,
    ExecutionFailedError,
    PermissionDeniedError,
    PredictionFailedError,
    ResourceNotFoundError,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "Limit",
    "PollInterval",
    "Since",
    "Skip",
    "Status",
    "Until",
    "Wait",
    "WaitLimit",
    "chosen",
    "page_size",
    "show",
    "waited",
]

Skip = Annotated[int, typer.Option(min=0, metavar="N", help="How many to skip.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="How many to list.")]
Status = Annotated[
    str | None, typer.Option(metavar="STATUS", help="Only those of this status, such as completed or failed.")
]
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
Since = Annotated[
    datetime | None,
    typer.Option(
        metavar="DAY", formats=_FORMATS, help="Only those created since this day, or 2026-11-29T14:00:00, UTC."
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(metavar="DAY", formats=_FORMATS, help="Only those created before this day or time, UTC."),
]

Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is completed.")]
WaitLimit = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="How long to wait.")]
PollInterval = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="How often to ask; by default 0.1 s at first, 5 s at last.")
]

_MOST_PER_PAGE = 1000


class Job(Protocol):
    """An execution or a prediction."""

    @property
    def status(self) -> str:
        """The current status."""
        ...

    @property
    def created_at(self) -> datetime | None:
        """When it was submitted."""
        ...


class Answered(Job, Protocol):
    """A job with an answer."""

    @property
    def id(self) -> str:
        """The id."""
        ...

    @property
    def response(self) -> object:
        """The answer, once there is one."""
        ...


J = TypeVar("J", bound=Job)


def page_size(limit: int) -> int:
    """How many items to ask for at a time."""
    return min(limit, _MOST_PER_PAGE)


def chosen(
    jobs: Iterable[J], limit: int, status: str | None, since: datetime | None, until: datetime | None
) -> Iterator[J]:
    """The first jobs that fit; no more pages are requested than are needed.

    Args:
        jobs: All jobs, page by page.
        limit: How many.
        status: Their status.
        since: When the first was created.
        until: Before when the last was created.
    """

    def fits(job: J) -> bool:
        created = None if job.created_at is None else _aware(job.created_at)
        if status is not None and job.status != status:
            return False
        if since is not None and (created is None or created < _aware(since)):
            return False
        return until is None or (created is not None and created < _aware(until))

    return islice(filter(fits, jobs), limit)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=timezone.utc)


_OVER = (
    AuthenticationError,
    ClientError,
    ExecutionFailedError,
    PermissionDeniedError,
    PredictionFailedError,
    ResourceNotFoundError,
)
"""Errors after which nothing goes on that could be fetched."""


@contextmanager
def waited(session: Session, what: str, fetch: str) -> Generator[None]:
    """Wait for a job within the block. If it is left early, people learn how to fetch the job.

    Args:
        session: The session of the command.
        what: The job with its id: `execution 1b2c`.
        fetch: The command that fetches it.
    """
    session.goes_on(what, fetch)
    try:
        with session.out.progress() as progress:
            progress.wait(f"Waiting for {what}")
            yield
    except _OVER:
        session.ended()
        raise
    session.ended()


def show(session: Session, kind: str, job: Answered, write: Callable[[RenderableType | None], None]) -> None:
    """Write a job: for people its answer, or what is known of it if there is none; its status goes to stderr.

    Args:
        session: The session of the command.
        kind: `execution` or `prediction`.
        job: The job.
        write: Writes it; takes what people see, `None` for its fields.
    """
    if job.response is None:
        write(None)
        return
    if session.out.is_for_people:
        session.out.note(f"The {kind} {job.id} is {job.status}.")
    answer = to_jsonable_python(job.response)
    is_text = isinstance(answer, str)
    write(session.out.markdown(answer) if is_text else json.dumps(answer, indent=2, ensure_ascii=False))
