"""Values that are made when they are first asked for: one for all threads, for each process or for each event loop."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from typing import Generic, Protocol, TypeVar

from vlmrun.client._fork import watch_forks

__all__ = ["Once", "OncePerLoop", "OncePerProcess"]

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is made at the first `get`, and only once, however many threads ask."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[T] | None = None
        watch_forks(self)

    def after_fork(self) -> None:
        """Have a lock that nobody holds."""
        self._lock = threading.Lock()

    def get(self) -> T:
        """The value; what `make` raises is raised here, and the next `get` tries again."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (self._make(),)
        return self._made[0]

    def made(self) -> T | None:
        """The value where there is one already."""
        return None if self._made is None else self._made[0]


class Closable(Protocol):
    """Can be closed."""

    def close(self) -> None:
        """Close it."""
        ...


S = TypeVar("S", bound=Closable)


class OncePerProcess(Generic[S]):
    """A value for each process, closed when nobody holds this any more.

    A process that is forked has the connections of its parent, and two that use the same one get each other's answers.
    """

    def __init__(self, make: Callable[[], S]) -> None:
        self._make = make
        self._once = Once(make)
        watch_forks(self)

    def after_fork(self) -> None:
        """Let go of the parent's value, and leave it open there."""
        self._once = Once(self._make)

    def get(self) -> S:
        """The value of this process."""
        return self._once.get()

    def close(self) -> None:
        """Close the value of this process, where there is one."""
        value = self._once.made()
        if value is not None:
            value.close()

    def __del__(self) -> None:
        self.close()


class AsyncClosable(Protocol):
    """Can be closed within a running event loop."""

    def aclose(self) -> Awaitable[None]:
        """Close it."""
        ...


C = TypeVar("C", bound=AsyncClosable)


class OncePerLoop(Generic[C]):
    """A value for each running event loop, closed when its loop shuts down.

    Connections belong to the loop that opened them, and programs run more than one: `asyncio.run` again and again, a
    loop in each thread, a loop for each test.
    """

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._open: dict[Hashable, tuple[C, AsyncGenerator[C, None]]] = {}
        watch_forks(self)

    def after_fork(self) -> None:
        """Have a lock that nobody holds. The values stay: their loops run in the parent, and no loop gets them here."""
        self._lock = threading.Lock()

    async def get(self) -> C:
        """The value of the running loop. No other task runs while it is made."""
        loop = _running_loop()
        with self._lock:
            found = self._open.get(loop)
        if found is None:
            # A loop closes the asynchronous generators that are open in it when it shuts down, or when they are
            # garbage: that is how the value is closed where closing still works.
            lifetime = self._lifetime(loop)
            found = (await lifetime.__anext__(), lifetime)
            with self._lock:
                self._forget_closed_loops()
                self._open[loop] = found
        return found[0]

    async def aclose(self) -> None:
        """Close the value of the running loop. Those of other loops are closed as their loops shut down."""
        with self._lock:
            found = self._open.get(_running_loop())
        if found is not None:
            await found[1].aclose()

    async def _lifetime(self, loop: Hashable) -> AsyncGenerator[C, None]:
        value = self._make()
        try:
            yield value
        finally:
            with self._lock:
                self._open.pop(loop, None)
            await value.aclose()

    def _forget_closed_loops(self) -> None:
        from asyncio import AbstractEventLoop  # see _running_loop

        # A loop that was closed without `shutdown_asyncgens` has not told us; its connections are beyond closing.
        closed = [loop for loop in self._open if isinstance(loop, AbstractEventLoop) and loop.is_closed()]
        for loop in closed:
            del self._open[loop]


def _running_loop() -> Hashable:
    # Imported here because making a client is to be cheap, and asyncio is not.
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        # No asyncio loop runs this code, so it is trio: the other one that httpx2 and openai support.
        from trio.lowlevel import current_trio_token

        return current_trio_token()
