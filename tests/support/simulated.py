"""An event loop whose time passes only while it waits, so that hours of a job take milliseconds of a test."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import TypeVar

import pytest

from vlmrun._lifetimes import waiting

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Waits for nothing: the time jumps to where somebody is waiting for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everybody waits for something that never happens")
        self.now += timeout
        return super().select(0)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """The loop. Nothing in it may use threads or sockets."""

    def __init__(self) -> None:
        self._simulated = _Selector()
        super().__init__(self._simulated)

    def time(self) -> float:
        return self._simulated.now


async def _in_thread(function: Callable[..., T], *arguments: object) -> T:
    return function(*arguments)


async def _in_time(seconds: float | None, function: Callable[..., T], *arguments: object) -> T:
    del seconds
    return function(*arguments)


def simulate(main: Callable[[SimulatedLoop], Coroutine[object, object, T]]) -> T:
    """Run a coroutine in simulated time; an exception that ends it leaves no task behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "async_in_thread", _in_thread)
        patch.setattr(waiting, "async_in_time", _in_time)
        loop = SimulatedLoop()
        try:
            return loop.run_until_complete(main(loop))
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
