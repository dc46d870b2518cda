"""Places for so many at a time."""

from __future__ import annotations

import threading
from collections import deque
from heapq import heappop, heappush

from vlmrun._lifetimes import waiting

__all__ = ["AsyncPlaces"]


class AsyncPlaces:
    """Places that are numbered from 0. Whoever comes gets the lowest that is free; who waits longest is next.

    Args:
        amount: How many there are.
    """

    def __init__(self, amount: int) -> None:
        self._amount = amount
        self._taken = 0  # numbers from here on were never given
        self._free: list[int] = []
        self._queue: deque[_AsyncTurn] = deque()
        self._lock = threading.RLock()  # reentrant, because a signal handler may make a call as well

    async def take(self, seconds: float | None) -> int | None:
        """The number of a place, or `None` where none is free in time."""
        turn = self._take_or_queue()
        if isinstance(turn, int):
            return turn
        try:
            await waiting.async_wait_for(turn.event, seconds)
        except BaseException:
            number = self._leave(turn)
            if number is not None:
                self.give(number)
            raise
        return self._leave(turn)

    def give(self, number: int) -> None:
        """Give a place back."""
        with self._lock:
            if self._queue:
                turn = self._queue.popleft()
                turn.number = number
                turn.event.set()
            else:
                heappush(self._free, number)

    def _take_or_queue(self) -> int | _AsyncTurn:
        with self._lock:
            if self._free:
                return heappop(self._free)
            if self._taken < self._amount:
                self._taken += 1
                return self._taken - 1
            turn = _AsyncTurn()
            self._queue.append(turn)
            return turn

    def _leave(self, turn: _AsyncTurn) -> int | None:
        """Wait no longer: the number of a place that has come meanwhile."""
        with self._lock:
            if turn.number is None:
                self._queue.remove(turn)
            return turn.number


class _AsyncTurn:
    """A caller that waits for a place."""

    def __init__(self) -> None:
        self.event = waiting.async_event()
        """Set once there is a place."""
        self.number: int | None = None
        """The place."""
