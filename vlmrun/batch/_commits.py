"""Changes of many items, written together: one commit for all that happened while the last one was on its way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from vlmrun._lifetimes import waiting
from vlmrun.batch._changes import Change
from vlmrun.batch._journal import Journal

__all__ = ["Commits"]


class Commits:
    """Writes changes to a journal in the order in which they come, each commit in a thread.

    Args:
        journal: The journal.
        written: Called with each change that is on the disk.
        most: How many changes one commit makes at most. With those of all items in one, their requests would leave at
            one time, and their answers would arrive at one time, with nothing to do in between.
    """

    def __init__(self, journal: Journal, written: Callable[[Change], None], most: int) -> None:
        self._journal = journal
        self._written = written
        self._most = most
        self._groups: deque[_Group] = deque()
        self._wake = waiting.async_event()

    def note(self, change: Change) -> None:
        """Write a change soon, and before whatever is written later."""
        self._add(change)

    async def write(self, change: Change) -> bool:
        """Write a change, which is on the disk when this returns; return whether it could happen to the item."""
        group = self._add(change)
        index = len(group.changes) - 1
        await group.written.wait()
        return group.happened[index]

    async def run(self) -> None:
        """Write changes until this is cancelled.

        Raises:
            ClientError: The journal cannot be written.
        """
        while True:
            await self._wake.wait()
            self._wake = waiting.async_event()
            while self._groups:
                group = self._groups[0]
                group.is_full = True
                group.happened = await waiting.async_in_thread(self._journal.apply, group.changes)
                self._end(group)

    def flush(self) -> None:
        """Write what is left, after everything was cancelled. To write a change again does nothing."""
        while self._groups:
            group = self._groups[0]
            group.happened = self._journal.apply(group.changes)
            self._end(group)

    def _add(self, change: Change) -> _Group:
        if not self._groups or self._groups[-1].is_full:
            self._groups.append(_Group())
        group = self._groups[-1]
        group.changes.append(change)
        group.is_full = len(group.changes) == self._most
        self._wake.set()
        return group

    def _end(self, group: _Group) -> None:
        self._groups.popleft()
        group.written.set()
        for change in group.changes:
            self._written(change)


class _Group:
    """Changes that are committed together."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.is_full = False
        self.happened: list[bool] = []
        self.written = waiting.async_event()
