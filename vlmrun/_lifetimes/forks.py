"""Cleanup in a forked process, which inherits its parent's sockets, and locks that other threads hold."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["watch_forks"]


class Forkable(Protocol):
    """An object with state that a forked process must not reuse."""

    def after_fork(self) -> None:
        """Replace that state. This runs in the new process, which has one thread, and takes no lock."""
        ...


_alive: WeakSet[Forkable] = WeakSet()


def watch_forks(thing: Forkable) -> None:
    """Call `thing.after_fork()` in each process that is forked while the object is alive."""
    _alive.add(thing)


def _in_child() -> None:
    for thing in list(_alive):
        thing.after_fork()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_in_child)
