"""Changes of items, and the statement that notes them in the journal."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vlmrun.batch._results import BatchError
from vlmrun.batch._states import FROM, OPEN, State

__all__ = ["Change", "note_changes", "parts"]


@dataclass(frozen=True)
class Change:
    """What happened to one item."""

    n: int
    """Its number."""
    state: State
    """Its state from now on."""
    now: float = 0.0
    """The time: when it began, or when it ended."""
    remote: str | None = None
    """The id of its execution or prediction, if it is known now."""
    answer: str | None = None
    """Its answer, as JSON."""
    credits: float | None = None
    """What it cost, beside what earlier answers of the item cost."""
    error: BatchError | None = None
    """Why it has no output."""


_MOST = 64
"""How many changes one statement makes; SQLite allows 999 values in one, where it is old."""


def parts(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Some changes in order, in parts in which no item is twice."""
    part: dict[int, Change] = {}
    for change in changes:
        if change.n in part or len(part) == _MOST:
            yield list(part.values())
            part = {}
        part[change.n] = change
    if part:
        yield list(part.values())


def note_changes(connection: sqlite3.Connection, changes: Sequence[Change]) -> int:
    """Note changes of different items, each if it is in a state in which it can happen; return how many are.

    One statement does it: with each one the thread loses its turn to that of the event loop, for milliseconds.
    """
    values: list[object] = []
    for change in changes:
        error = change.error
        values += (
            change.n,
            change.state,
            change.now,
            change.remote,
            change.answer,
            change.credits,
            None if error is None else error.kind,
            None if error is None else _told(error),
        )
    before = connection.total_changes
    connection.execute(_CHANGE.replace("?", ", ".join([_VALUES] * len(changes)), 1), values)
    return connection.total_changes - before


_NEW = ("n", "state", "now", "remote", "answer", "credits", "error_kind", "error")
_VALUES = f"({', '.join('?' * len(_NEW))})"
_ALLOWED = " OR ".join(
    f"new.state = {state:d} AND items.state IN ({', '.join(f'{before:d}' for before in allowed)})"
    for state, allowed in FROM.items()
)
_CHANGE = f"""
WITH new ({", ".join(_NEW)}) AS (VALUES ?)
UPDATE items SET (state, began, remote, answer, credits, error_kind, error, seconds) = (
    SELECT
        new.state,
        CASE new.state WHEN {State.STARTED:d} THEN new.now WHEN {State.PENDING:d} THEN NULL ELSE items.began END,
        coalesce(new.remote, items.remote),
        new.answer,
        CASE WHEN new.credits IS NULL THEN items.credits ELSE new.credits + coalesce(items.credits, 0) END,
        new.error_kind,
        new.error,
        CASE WHEN new.state >= {len(OPEN)} THEN new.now - items.began END
    FROM new WHERE new.n = items.n
)
WHERE n IN (SELECT n FROM new) AND (SELECT {_ALLOWED} FROM new WHERE new.n = items.n)
"""  # noqa: S608  # names and numbers only


def _told(error: BatchError) -> str:
    told = {"message": error.message, "kind": error.kind, "http_status": error.http_status}
    more = {"may_be_billed": error.may_be_billed, "suggestion": error.suggestion, "error_type": error.error_type}
    return json.dumps({name: value for name, value in {**told, **more}.items() if value})
