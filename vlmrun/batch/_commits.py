"""Changes of many items, written together: one commit for all that happened while the last one was on its way."""

from __future__ import annotations

from vlmrun._lifetimes import waiting
from vlmrun.batch._journal import Change, Journal

__all__ = ["Commits"]


class Commits:
    """Writes changes to a journal, each commit in a thread.

    Args:
        journal: The journal.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._group = _Group()
        self._wake = waiting.async_event()

    async def write(self, change: Change) -> bool:
        """Write a change, which is on the disk when this returns; return whether it could happen to the item."""
        group = self._group
        group.changes.append(change)
        index = len(group.changes) - 1
        self._wake.set()
        await group.written.wait()
        if group.error is not None:
            raise group.error
        return group.happened[index]

    async def run(self) -> None:
        """Write changes until this is cancelled."""
        while True:
            await self._wake.wait()
            group, self._group, self._wake = self._group, _Group(), waiting.async_event()
            try:
                group.happened = await waiting.async_in_thread(self._journal.apply, group.changes)
            except Exception as error:  # noqa: BLE001  # raised by those that wait for it
                group.error = error
            group.written.set()

    def flush(self) -> None:
        """Write what is left, after everything was cancelled."""
        group, self._group = self._group, _Group()
        self._journal.apply(group.changes)


class _Group:
    """Changes that are committed together."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.happened: list[bool] = []
        self.written = waiting.async_event()
        self.error: Exception | None = None
