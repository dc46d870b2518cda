"""The sources of a job, read in a thread of their own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import copy_context

from vlmrun.batch._sources import Given

__all__ = ["Reader"]

_MOST_ITEMS = 500
_MOST_BYTES = 32 << 20
"""How much is read before somebody takes it."""
_MOST_SECONDS = 0.02
"""How long to wait for more than there is."""


class Reader:
    """Reads an iterator, and hands over what there is: an iterator that waits holds up nothing that was read before.

    One thread reads all of it, because what an iterator opens, such as a database, may be bound to its thread. It reads
    while somebody waits for it, because otherwise it would slow down the threads that work. The end of the process does
    not wait for it.

    Args:
        sources: What users pass.
        make: Makes an item of each.
    """

    def __init__(self, sources: Iterator[object], make: Callable[[object], Given]) -> None:
        self._sources = sources
        self._make = make
        self._changed = threading.Condition()
        # Each of these is changed by one thread only, and appending is atomic: a lock for each of a million items would
        # take seconds.
        self._items: deque[Given] = deque()
        self._bytes_read = 0
        self._bytes_taken = 0
        self._is_awaited = False
        self._has_ended = False
        self._is_closed = False
        self._failure: BaseException | None = None
        threading.Thread(target=copy_context().run, args=(self._read,), name="vlmrun sources", daemon=True).start()

    def take(self) -> list[Given] | None:
        """The next items; `None` at the end.

        Raises:
            BaseException: What the iterator raised, once all that it yielded before was taken.
        """
        with self._changed:
            self._is_awaited = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._items or self._has_ended)
            self._changed.wait_for(lambda: self._is_full() or self._has_ended, _MOST_SECONDS)
            self._is_awaited = False
            items = [self._items.popleft() for _ in range(len(self._items))]
            self._bytes_taken += sum(item.size for item in items)
        if not items and self._failure is not None:
            raise self._failure
        return items or None

    def close(self) -> None:
        """Read no more than what is being read."""
        with self._changed:
            self._is_closed = self._has_ended = True
            self._changed.notify_all()

    def _read(self) -> None:
        failure: BaseException | None = None
        try:
            for source in self._sources:
                if not self._add(self._make(source)):
                    break
        except BaseException as error:  # noqa: BLE001  # raised again where it is taken
            failure = error
        with self._changed:
            self._failure = failure
            self._has_ended = True
            self._changed.notify_all()

    def _add(self, item: Given) -> bool:
        """Add an item, and wait until somebody waits for the next one; return whether it is wanted."""
        self._items.append(item)
        self._bytes_read += item.size
        if len(self._items) == 1 or not self._is_wanted():
            with self._changed:
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._is_wanted() or self._is_closed)
        return not self._is_closed

    def _is_wanted(self) -> bool:
        return self._is_awaited and not self._is_full()

    def _is_full(self) -> bool:
        return len(self._items) >= _MOST_ITEMS or self._bytes_read - self._bytes_taken >= _MOST_BYTES
