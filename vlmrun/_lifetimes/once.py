"""Values created on first use: one for all threads, or one per process."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from vlmrun._lifetimes.forks import watch_forks

__all__ = ["Once", "OncePerProcess"]

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
        self._begin()
        watch_forks(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._made: list[S] = []
        # The finalizer holds the value, which would else be garbage together with this, and its sockets with it.
        self._finalizer = weakref.finalize(self, _close, self._made)

    def after_fork(self) -> None:
        """Let go of the parent's value, and leave it open there."""
        self._finalizer.detach()
        self._begin()

    def get(self) -> S:
        """The value of this process; what `make` raises is raised here, and the next `get` tries again."""
        if not self._made:
            with self._lock:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]

    def close(self) -> None:
        """Close the value of this process, where there is one."""
        _close(self._made)


def _close(made: list[S]) -> None:
    for value in made:
        value.close()
