"""Values created on first use: one per event loop."""

from __future__ import annotations

import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["OncePerLoop"]


class AsyncClosable(Protocol):
    """Can be closed within a running event loop."""

    def aclose(self) -> Awaitable[None]:
        """Close it."""
        ...


C = TypeVar("C", bound=AsyncClosable)


class OncePerLoop(Generic[C]):
    """A value for each running event loop, closed when its loop shuts down or this object is garbage-collected.

    Connections belong to the loop that opened them, and programs run more than one: `asyncio.run` several times, a
    loop in each thread, a loop for each test. A forked process runs loops of its own.
    """

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        # No lock: each loop only uses its own entry.
        self._open: dict[Hashable, tuple[C, AsyncGenerator[C, None]]] = {}
        # The finalizer holds the values, which would otherwise be collected with this object, without being closed.
        weakref.finalize(self, _let_go, self._open).atexit = False

    async def get(self) -> C:
        """The value of the running loop. No other task runs while it is created."""
        loop = _running_loop()
        found = self._open.get(loop)
        if found is None:
            # A loop closes the asynchronous generators that are open in it when it shuts down, or when they are
            # garbage: that is how the value is closed where closing still works.
            lifetime = _lifetime(self._make(), loop, self._open)
            found = (await lifetime.__anext__(), lifetime)
            self._forget_closed_loops()
            self._open[loop] = found
        return found[0]

    async def aclose(self) -> None:
        """Close the value of the running loop. Those of other loops are closed when their loops shut down."""
        found = self._open.get(_running_loop())
        if found is not None:
            await found[1].aclose()

    def _forget_closed_loops(self) -> None:
        from asyncio import AbstractEventLoop  # see _running_loop

        # A loop that was closed without `shutdown_asyncgens` did not notify us; its connections cannot be closed.
        for loop in list(self._open):
            if isinstance(loop, AbstractEventLoop) and loop.is_closed():
                self._open.pop(loop, None)


async def _lifetime(value: C, loop: Hashable, open_values: dict[Hashable, Any]) -> AsyncGenerator[C, None]:
    try:
        yield value
    finally:
        open_values.pop(loop, None)
        await value.aclose()


def _let_go(open_values: dict[Hashable, tuple[C, AsyncGenerator[C, None]]]) -> None:
    """Let each loop close its value. asyncio does so when the generator is garbage-collected; trio only warns."""
    for loop, (_, lifetime) in list(open_values.items()):
        run_sync_soon = getattr(loop, "run_sync_soon", None)
        if run_sync_soon is not None:
            from trio import RunFinishedError
            from trio.lowlevel import spawn_system_task

            with suppress(RunFinishedError):
                run_sync_soon(spawn_system_task, lifetime.aclose)
    open_values.clear()


def _running_loop() -> Hashable:
    # Imported here because importing asyncio is slow, and constructing a client must be fast.
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        # No asyncio loop is running, so it is trio, the other one that httpx2 and openai support.
        from trio.lowlevel import current_trio_token

        return current_trio_token()
