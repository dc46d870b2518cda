"""Values created on first use: one for all threads, or one per process."""

from __future__ import annotations

import _thread  # not threading, which takes long to import
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import weakref
    from typing import Protocol

    class Closable(Protocol):
        """Can be closed."""

        def close(self) -> None:
            """Close it."""
            ...


__all__ = ["Once", "OncePerProcess"]

T = TypeVar("T")
S = TypeVar("S", bound="Closable")

# A client creates several of these and uses few, so `forks` and `weakref` are imported when a value is created.


class Once(Generic[T]):
    """A value that is created by the first `get`, once, however many threads call it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = _thread.allocate_lock()
        self._made: tuple[T] | None = None

    def after_fork(self) -> None:
        """Replace the lock, which a thread of the parent may hold."""
        self._lock = _thread.allocate_lock()

    def get(self) -> T:
        """The value. An error of `make` is raised here, and the next `get` tries again."""
        if self._made is None:
            from vlmrun._lifetimes.forks import watch_forks

            watch_forks(self)
            with self._lock:
                if self._made is None:
                    self._made = (self._make(),)
        return self._made[0]

    def made(self) -> T | None:
        """The value if it was created already."""
        return None if self._made is None else self._made[0]


class OncePerProcess(Generic[S]):
    """A value for each process, closed when this object is garbage-collected.

    A forked process inherits the connections of its parent; if both used one, they would get each other's responses.
    """

    def __init__(self, make: Callable[[], S]) -> None:
        self._make = make
        self._begin()

    def _begin(self) -> None:
        self._lock = _thread.allocate_lock()
        self._made: list[S] = []
        self._finalizer: weakref.finalize[[list[S]], OncePerProcess[S]] | None = None

    def after_fork(self) -> None:
        """Drop the value of the parent without closing it there."""
        if self._finalizer is not None:
            self._finalizer.detach()
        self._begin()

    def get(self) -> S:
        """The value of this process. An error of `make` is raised here, and the next `get` tries again."""
        if not self._made:
            import weakref

            from vlmrun._lifetimes.forks import watch_forks

            watch_forks(self)
            with self._lock:
                if self._finalizer is None:
                    # It holds the value, which would otherwise be collected together with this object.
                    self._finalizer = weakref.finalize(self, _close, self._made)
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]

    def close(self) -> None:
        """Close the value of this process, if there is one."""
        _close(self._made)


def _close(made: list[S]) -> None:
    for value in made:
        value.close()
