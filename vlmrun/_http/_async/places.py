"""A limit on how many calls run at a time."""

from __future__ import annotations

import threading
from collections import deque
from heapq import heappop, heappush

from vlmrun._lifetimes import waiting

__all__ = ["AsyncPlaces"]


class AsyncPlaces:
    """Places numbered from 0. A caller gets the lowest free one; waiting callers are served in order.

    Args:
        amount: The number of places.
    """

    def __init__(self, amount: int) -> None:
        self._amount = amount
        self._taken = 0  # numbers from here on are unused so far
        self._free: list[int] = []
        self._queue: deque[_AsyncTurn] = deque()
        self._lock = threading.RLock()  # reentrant, because a signal handler may make a call as well

    async def take(self, seconds: float | None) -> int | None:
        """The number of a free place; `None` if none becomes free in time."""
        turn = self._take_or_queue()
        if isinstance(turn, int):
            return turn
        is_cancelled = True
        try:
            await waiting.async_wait_for(turn.event, seconds)
            is_cancelled = False
        finally:
            number = self._leave(turn)
            if is_cancelled and number is not None:
                self.give(number)
        return number

    def give(self, number: int) -> None:
        """Release a place."""
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
        """Stop waiting; the number of the place if one was assigned meanwhile."""
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
