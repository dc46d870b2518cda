"""Time and threads, in both colours: the only module that reads a clock, sleeps or runs work in a thread.

Each pair does the same, async and sync; generated code uses the second. Tests replace these functions to let time
pass without waiting.
"""

from __future__ import annotations

import threading
import time as _time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import anyio

__all__ = [
    "async_event",
    "async_in_thread",
    "async_in_time",
    "async_sleep",
    "async_wait_for",
    "event",
    "in_thread",
    "in_time",
    "monotonic",
    "sleep",
    "time",
    "wait_for",
]

T = TypeVar("T")

monotonic = _time.monotonic
"""A monotonic clock, for timeouts."""
time = _time.time
"""Seconds since 1970, for dates."""
sleep = _time.sleep
"""Block this thread for some seconds."""


async def async_sleep(seconds: float) -> None:
    """Let other tasks run for some seconds."""
    import anyio  # not at the top: constructing a client must be fast

    await anyio.sleep(seconds)


async def async_in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run a blocking function in a thread, so that other tasks continue."""
    import anyio.to_thread

    return await anyio.to_thread.run_sync(function, *arguments)


def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run a blocking function in this thread."""
    return function(*arguments)


async def async_in_time(seconds: float | None, function: Callable[..., T], *arguments: object) -> T:
    """Run a blocking function in a thread, and abandon it after some seconds.

    Raises:
        TimeoutError: It takes longer.
    """
    import anyio
    import anyio.to_thread

    with anyio.fail_after(seconds):
        return await anyio.to_thread.run_sync(function, *arguments, abandon_on_cancel=True)


def in_time(seconds: float | None, function: Callable[..., T], *arguments: object) -> T:
    """Run a blocking function in a thread of its own, and abandon it after some seconds.

    Raises:
        TimeoutError: It takes longer.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(function(*arguments))
        except BaseException as error:  # noqa: BLE001  # raised again in the thread that waits
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="vlmrun", daemon=True).start()
    if not done.wait(seconds):
        raise TimeoutError
    if errors:
        raise errors[0]
    return results[0]


def async_event() -> anyio.Event:
    """An event that tasks wait for."""
    import anyio

    return anyio.Event()


def event() -> threading.Event:
    """An event that threads wait for."""
    return threading.Event()


async def async_wait_for(happening: anyio.Event, seconds: float | None) -> bool:
    """Let other tasks run until something happens, and return whether it did in time."""
    import anyio

    with anyio.move_on_after(seconds):
        await happening.wait()
    return happening.is_set()


def wait_for(happening: threading.Event, seconds: float | None) -> bool:
    """Block this thread until something happens, and return whether it did in time."""
    return happening.wait(seconds)
