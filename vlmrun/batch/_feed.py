"""From sources to the tasks of a job: keys, the journal, and what is left of earlier runs. All of it in threads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from vlmrun._lifetimes import waiting
from vlmrun.batch._changes import Change
from vlmrun.batch._failures import as_batch_error
from vlmrun.batch._job import Task
from vlmrun.batch._journal import Entry, Journal
from vlmrun.batch._keys import Hashes, key_of, unreadable_key
from vlmrun.batch._progress import Progress
from vlmrun.batch._reader import Reader
from vlmrun.batch._results import BatchError
from vlmrun.batch._sources import Given, given, given_again
from vlmrun.batch._states import State
from vlmrun.client.exceptions import VLMRunError

__all__ = ["Feed"]

_PAGE = 500
"""How many items of the journal are read at a time."""


class Feed:
    """Yields the tasks of a job, a few at a time.

    Args:
        journal: The journal.
        job: The fingerprint of the job.
        prompt: The prompt.
        columns: The columns of rows that are files.
        under_way: The numbers of the items that are being done.
        progress: Is told how many items there are.
    """

    def __init__(
        self,
        journal: Journal,
        job: bytes,
        prompt: str | None,
        columns: Sequence[str],
        under_way: Collection[int],
        progress: Progress,
    ) -> None:
        self._journal = journal
        self._job = job
        self._prompt = prompt
        self._columns = columns
        self._under_way = under_way
        self._progress = progress
        self._reader: Reader | None = None

    async def tasks(self, sources: Iterable[object], *, waits: bool) -> AsyncIterator[Sequence[Task]]:
        """What the server works on already, then the sources, then what else is left in the journal."""
        if waits:
            async for tasks in self._running():
                yield tasks
        reader = self._reader = Reader(iter(sources), lambda source: given(source, self._prompt, self._columns))
        while (items := await waiting.async_in_time(None, reader.take)) is not None:
            yield await self._tasks_of(items)
        after = 0
        while page := await waiting.async_in_thread(self._journal.page, State.PENDING, after, _PAGE):
            after = page[-1].n
            again = [
                (row, found)
                for row in page
                if row.n not in self._under_way
                and (found := given_again(row.kind, row.source, self._prompt, self._columns)) is not None
            ]
            tasks = await self._tasks_of([item for _, item in again])
            kept = {task.n for task in tasks}
            # A file that has changed since is another item.
            await waiting.async_in_thread(self._journal.drop, [row.n for row, _ in again if row.n not in kept])
            yield tasks

    def close(self) -> None:
        """Read no more sources."""
        if self._reader is not None:
            self._reader.close()

    async def _running(self) -> AsyncIterator[Sequence[Task]]:
        after = 0
        while page := await waiting.async_in_thread(self._journal.page, State.RUNNING, after, _PAGE):
            after = page[-1].n
            self._progress.total += len(page)
            yield [Task(row.n, None, row.remote) for row in page]

    async def _tasks_of(self, items: Sequence[Given]) -> list[Task]:
        before = frozenset(self._under_way)  # first: what ends meanwhile is not pending in the journal either
        return await waiting.async_in_thread(self.added, items, before)

    def added(self, items: Sequence[Given], before: Collection[int]) -> list[Task]:
        """Add items to the journal; return the tasks of those to do, without those that were under way before."""
        hashes = Hashes(self._journal.known_hash)
        given_of: dict[bytes, Given] = {}
        errors: dict[bytes, BatchError] = {}
        for item in items:
            try:
                key = key_of(self._job, item, hashes.of)
                error = None if item.problem is None else as_batch_error(item.problem, may_be_billed=False)
            except VLMRunError as found:
                key, error = unreadable_key(self._job, item), as_batch_error(found, may_be_billed=False)
            except (OSError, ValueError) as found:
                key = unreadable_key(self._job, item)
                error = BatchError(f"The file cannot be read ({type(found).__name__}).", kind=type(found).__name__)
            if key not in given_of:
                given_of[key] = item
                if error is not None:
                    errors[key] = error
        if hashes.found:
            self._journal.remember(hashes.found)
        settled = self._journal.settled(given_of.keys())
        entries = [Entry(key, item.kind, item.source) for key, item in given_of.items() if key not in settled]
        numbers = self._journal.add(entries) if entries else {}
        pending = {key: numbers[key] for key in given_of if key in numbers and numbers[key] not in before}
        failed = [key for key in pending if key in errors]
        if failed:
            now = waiting.time()
            self._journal.apply(Change(pending[key], State.FAILED, now, error=errors[key]) for key in failed)
        self._progress.total += len(pending)
        for _ in failed:
            self._progress.see(State.FAILED, None)
        return [Task(n, given_of[key]) for key, n in pending.items() if key not in errors]
