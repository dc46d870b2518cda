"""The journal of a job: a SQLite file. What a method wrote is on the disk when it returns."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from vlmrun.batch._changes import Change, note_changes, parts
from vlmrun.batch._keys import KEY_BYTES
from vlmrun.batch._results import BatchCounts
from vlmrun.batch._states import OPEN, State
from vlmrun.client.exceptions import ClientError, InputError

__all__ = ["Entry", "Journal", "Kept", "Row", "readable"]

_VERSION = 1
"""Of what follows; SQLite keeps it in the file."""
_SCHEMA = f"""
PRAGMA user_version = {_VERSION};
CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, about TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    n INTEGER PRIMARY KEY,
    job INTEGER NOT NULL,
    key BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    state INTEGER NOT NULL,
    remote TEXT,
    answer TEXT,
    error_kind TEXT,
    error TEXT,
    credits REAL,
    began REAL,
    seconds REAL
);
CREATE INDEX IF NOT EXISTS open_items ON items (state) WHERE state < 3;
CREATE INDEX IF NOT EXISTS remote_items ON items (remote) WHERE remote IS NOT NULL AND state <> 3;
CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, size INTEGER, changed INTEGER, hash BLOB) WITHOUT ROWID;
"""

_WAITED_FOR = ("ExecutionTimeoutError", "PredictionTimeoutError", "ResponseValidationError")
"""The errors after which a retry waits for what has an id: the server did the work, or still does."""


class Entry(NamedTuple):
    """An item as it is added."""

    key: bytes
    """What identifies it."""
    kind: str
    """The kind of its source."""
    source: str
    """Its source, as a text."""


class Row(NamedTuple):
    """An item as the journal has it."""

    n: int
    """Its number."""
    key: bytes
    """What identifies it."""
    kind: str
    """The kind of its source."""
    source: str
    """Its source, as a text."""
    state: State
    """Its state."""
    remote: str | None
    """The id of its execution or prediction."""


class Kept(NamedTuple):
    """All that the journal has of an item."""

    n: int
    """Its number."""
    key: bytes
    """What identifies it."""
    source: str
    """Its source, as a text."""
    state: int
    """Its state."""
    remote: str | None
    """The id of its execution or prediction."""
    answer: str | None
    """Its answer, as JSON."""
    error: str | None
    """Its error, as JSON."""
    credits: float | None
    """What it cost."""
    seconds: float | None
    """How long it took."""


class Journal:
    """The journal of one job; the file may hold others.

    Args:
        path: The file.
        fingerprint: What the job asks of each item.
        about: The same as JSON, for people.
    """

    def __init__(self, path: str, fingerprint: bytes, about: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._after: int | None = None
        """The item after which those of the next sources are likely to stand."""
        with readable(path):
            with suppress(FileExistsError):  # its answers are private
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            self._connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            try:
                self._begin(fingerprint, about)
            except BaseException:
                self._connection.close()
                raise

    def _begin(self, fingerprint: bytes, about: str) -> None:
        is_new = _version(self.path, self._connection.execute) < _VERSION
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut as well
        with self._transaction() as run:
            for statement in _SCHEMA.split(";\n") if is_new else ():
                run(statement)
            run("INSERT OR IGNORE INTO jobs (fingerprint, about) VALUES (?, ?)", (fingerprint, about))
            ((self._job,),) = run("SELECT id FROM jobs WHERE fingerprint = ?", (fingerprint,)).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Generator[Callable[..., sqlite3.Cursor]]:
        """What runs in the block is on the disk when it ends, or nothing of it."""
        with self._lock, readable(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    # Writing

    def recover(self) -> int:
        """Note as interrupted what was on its way when the last process ended; return how many that are."""
        with self._transaction() as run:
            return run(
                "UPDATE items SET state = ? WHERE state < 3 AND state = ?", (State.INTERRUPTED, State.STARTED)
            ).rowcount

    def ask_again(self, kinds: Collection[str] | None, *, interrupted: bool) -> None:
        """Have items done again that have no output.

        Args:
            kinds: The kinds of errors; `None` for all.
            interrupted: Whether to send again what was interrupted.
        """
        with self._transaction() as run:
            if interrupted:
                run(
                    "UPDATE items SET state = ? WHERE job = ? AND state = ?",
                    (State.PENDING, self._job, State.INTERRUPTED),
                )
            names = "" if kinds is None else f" AND error_kind IN ({_marks(kinds)})"
            marks = _marks(_WAITED_FOR)
            run(
                f"UPDATE items SET state = CASE WHEN remote IS NOT NULL AND error_kind IN ({marks}) THEN ? ELSE ? END,"  # noqa: S608  # only marks
                f" remote = CASE WHEN error_kind IN ({marks}) THEN remote END, error = NULL, error_kind = NULL,"
                f" answer = NULL WHERE job = ? AND state = ?{names}",
                (*_WAITED_FOR, State.RUNNING, State.PENDING, *_WAITED_FOR, self._job, State.FAILED, *(kinds or ())),
            )

    def settled(self, keys: AbstractSet[bytes]) -> AbstractSet[bytes]:
        """Those of some keys whose items are known and not pending."""
        # Sources are mostly given in the order of before, and a search for each key takes five times as long.
        next_items = "n IN (SELECT n FROM items WHERE n > ? AND state > 0 ORDER BY n LIMIT ?)"
        found = {} if self._after is None else self._numbers(next_items, (self._after, len(keys)))
        found = {key: n for key, n in found.items() if key in keys}
        left = [key for key in keys if key not in found]
        if left:
            found |= self._numbers(f"key IN ({_marks(left)}) AND state > 0", left)
        last = max(found.values(), default=0)
        is_in_order = bool(found) and last - min(found.values()) < 2 * len(keys)
        self._after = last if is_in_order else None
        return found.keys()

    def add(self, entries: Sequence[Entry]) -> dict[bytes, int]:
        """Add items that are not known, and return the numbers of all that are pending, by their keys."""
        job = self._job
        with self._transaction() as run:
            for begin in range(0, len(entries), _MOST_ADDED):
                some = entries[begin : begin + _MOST_ADDED]
                rows = ", ".join(["(?, ?, ?, ?, 0)"] * len(some))
                run(
                    f"INSERT INTO items (job, key, kind, source, state) VALUES {rows} ON CONFLICT (key) DO UPDATE"  # noqa: S608  # only marks
                    " SET kind = excluded.kind, source = excluded.source"
                    " WHERE state = 0 AND source <> excluded.source",
                    [value for entry in some for value in (job, *entry)],
                )
        return self._numbers(f"key IN ({_marks(entries)}) AND state = 0", [entry.key for entry in entries])

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget items that nothing was sent of: their files have changed since."""
        with self._transaction():
            self._connection.executemany("DELETE FROM items WHERE n = ? AND state = 0", ((n,) for n in numbers))

    def apply(self, changes: Iterable[Change]) -> list[bool]:
        """Note what happened to items; return for each whether it could happen to the item in its state."""
        changes = list(changes)
        with suppress(_ImpossibleError), self._transaction():
            if sum(note_changes(self._connection, part) for part in parts(changes)) < len(changes):
                raise _ImpossibleError
            return [True] * len(changes)
        with self._transaction():
            return [note_changes(self._connection, [change]) == 1 for change in changes]

    def remember(self, hashes: Iterable[tuple[str, int, int, bytes]]) -> None:
        """Remember hashes of files, with their sizes and times of change."""
        with self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?)", hashes)

    # Reading

    def has_started(self) -> bool:
        """Whether anything is on its way, or was when its process ended."""
        return bool(self._read("SELECT 1 FROM items WHERE state < 3 AND state = ? LIMIT 1", (State.STARTED,)))

    def known_hash(self, path: str, size: int, changed: int) -> bytes | None:
        """The hash of a file that has not changed since."""
        found: list[tuple[bytes]] = self._read(
            "SELECT hash FROM hashes WHERE path = ? AND size = ? AND changed = ?", (path, size, changed)
        )
        return found[0][0] if found else None

    def page(self, state: State, after: int, size: int) -> list[Row]:
        """The next items in an open state, in order."""
        with self._lock, readable(self.path):
            return _rows(
                self._connection.execute(
                    f"SELECT {_ROW} FROM items WHERE state < 3 AND state = ? AND job = ? AND n > ? ORDER BY n LIMIT ?",  # noqa: S608  # names only
                    (state, self._job, after, size),
                )
            )

    def kept(self, after: int, size: int, states: Collection[State]) -> list[Kept]:
        """The next items in some states, in order."""
        return [
            Kept(*row)
            for row in self._read(
                f"SELECT {_KEPT} FROM items WHERE n > ? AND job = ? AND state IN ({_marks(states)}) ORDER BY n LIMIT ?",  # noqa: S608  # names and marks only
                (after, self._job, *states, size),
            )
        ]

    def of_remote(self, remote: str) -> Kept | None:
        """The item whose execution or prediction has an id, unless it is done."""
        found = self._read(
            f"SELECT {_KEPT} FROM items WHERE remote = ? AND state <> 3 AND job = ?",  # noqa: S608  # names only
            (remote, self._job),
        )
        return Kept(*found[0]) if found else None

    def of_number(self, n: int) -> Kept:
        """An item."""
        return Kept(*self._read(f"SELECT {_KEPT} FROM items WHERE n = ?", (n,))[0])  # noqa: S608  # names only

    def counts(self) -> BatchCounts:
        """How many items are in each state."""
        found: list[tuple[int, int, float]] = self._read(
            "SELECT state, count(*), coalesce(sum(credits), 0) FROM items WHERE job = ? GROUP BY state", (self._job,)
        )
        amounts = {State(state): amount for state, amount, _ in found}
        return BatchCounts(
            pending=amounts.get(State.PENDING, 0),
            running=amounts.get(State.STARTED, 0) + amounts.get(State.RUNNING, 0),
            done=amounts.get(State.DONE, 0),
            failed=amounts.get(State.FAILED, 0),
            interrupted=amounts.get(State.INTERRUPTED, 0),
            credits=float(sum(cost for _, _, cost in found)),
        )

    def _numbers(self, condition: str, values: Sequence[object]) -> dict[bytes, int]:
        """The numbers of the items for which a condition holds, by their keys.

        They are one row: with each row the thread loses its turn to that of the event loop, for milliseconds.
        """
        statement = f"SELECT group_concat(hex(key) || n) FROM items WHERE {condition}"  # noqa: S608  # of this class
        ((found,),) = self._read(statement, values)
        return {bytes.fromhex(item[:_HEX]): int(item[_HEX:]) for item in found.split(",")} if found else {}

    def _read(self, statement: str, values: Sequence[object]) -> list[Any]:  # what SQLite returns
        with self._lock, readable(self.path):
            return self._connection.execute(statement, values).fetchall()


_HEX = 2 * KEY_BYTES
"""How many characters a key has in hexadecimal."""
_MOST_ADDED = 200
"""How many items one statement adds; SQLite allows 999 values in one, where it is old."""
_ROW = "n, key, kind, source, state, remote"
_KEPT = "n, key, source, state, remote, answer, error, credits, seconds"


def _rows(found: Iterable[tuple[int, bytes, str, str, int, str | None]]) -> list[Row]:
    return [Row(n, key, kind, source, State(state), remote) for n, key, kind, source, state, remote in found]


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


class _ImpossibleError(Exception):
    """Not all of some changes could happen."""


def _version(path: str, run: Callable[..., sqlite3.Cursor]) -> int:
    """The version of a journal; 0 for a file that is empty, which will be one.

    Raises:
        InputError: It belongs to another program, or to a newer version of this one, and nothing is written to it.
    """
    version: int
    tables = {name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
    ((version,),) = run("PRAGMA user_version").fetchall()
    if tables and not tables >= {"jobs", "items", "hashes"}:
        raise _no_journal(path)
    if version > _VERSION:
        raise InputError(
            f"journal was written by a newer version of vlmrun: {path}.",
            suggestion="update vlmrun, or use another journal.",
            error_type="journal",
        )
    return version


def _no_journal(path: str) -> InputError:
    return InputError(
        f"journal names a file that vlmrun.batch has not written: {path}.",
        suggestion="pass the path of a new file, or of one that Batch has made.",
        error_type="journal",
    )


@contextmanager
def readable(path: str) -> Generator[None]:
    """What goes wrong with the file in the block is an error of the journal.

    Raises:
        InputError: It is no journal.
        ClientError: It cannot be read or written.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if "file is not a database" in str(error):  # Python 3.10 has no codes of errors
            raise _no_journal(path) from error
        raise ClientError(
            f"The journal {path} cannot be used: {getattr(error, 'strerror', None) or error}.",
            suggestion="check the path, its permissions and the space on the disk.",
            error_type="journal",
        ) from error


assert len(OPEN) == 3  # noqa: S101  # the statements above say `state < 3`
