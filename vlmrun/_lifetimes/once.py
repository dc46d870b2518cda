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
    """A value that is created by the first `get`, once, however many threads call it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[T] | None = None
        watch_forks(self)

    def after_fork(self) -> None:
        """Replace the lock, which a thread of the parent may hold."""
        self._lock = threading.Lock()

    def get(self) -> T:
        """The value. An error of `make` is raised here, and the next `get` tries again."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (self._make(),)
        return self._made[0]

    def made(self) -> T | None:
        """The value if it was created already."""
        return None if self._made is None else self._made[0]


class Closable(Protocol):
    """Can be closed."""

    def close(self) -> None:
        """Close it."""
        ...


S = TypeVar("S", bound=Closable)


class OncePerProcess(Generic[S]):
    """A value for each process, closed when this object is garbage-collected.

    A forked process inherits the connections of its parent; if both used one, they would get each other's responses.
    """

    def __init__(self, make: Callable[[], S]) -> None:
        self._make = make
        self._begin()
        watch_forks(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._made: list[S] = []
        # The finalizer holds the value, which would otherwise be collected together with this object.
        self._finalizer = weakref.finalize(self, _close, self._made)

    def after_fork(self) -> None:
        """Drop the value of the parent without closing it there."""
        self._finalizer.detach()
        self._begin()

    def get(self) -> S:
        """The value of this process. An error of `make` is raised here, and the next `get` tries again."""
        if not self._made:
            with self._lock:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]

    def close(self) -> None:
        """Close the value of this process, if there is one."""
        _close(self._made)


def _close(made: list[S]) -> None:
    for value in made:
        value.close()
