"""Time and threads, in both colours: the only place that asks a clock, sleeps or runs work in a thread.

Each pair does the same, awaited and blocking; what is generated uses the second of it. A test that lets time pass
without waiting replaces these functions.
"""

from __future__ import annotations

import time as _time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["async_in_thread", "async_sleep", "in_thread", "monotonic", "sleep", "time"]

T = TypeVar("T")

monotonic = _time.monotonic
"""Seconds that only grow, for timeouts."""
time = _time.time
"""Seconds since 1970, for dates."""
sleep = _time.sleep
"""Block this thread for some seconds."""


async def async_sleep(seconds: float) -> None:
    """Let other tasks run for some seconds."""
    import anyio  # not at the top: making a client is to be cheap

    await anyio.sleep(seconds)


async def async_in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run what blocks in a thread, so that other tasks go on."""
    import anyio.to_thread

    return await anyio.to_thread.run_sync(function, *arguments)


def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run what blocks: blocking code waits for it anyway."""
    return function(*arguments)
