"""How far a job is, on a terminal: a bar with rich, a line without."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from typing_extensions import Self

from vlmrun.batch._progress import Progress

__all__ = ["Bar", "bar_of", "is_wanted"]

_SECONDS_BETWEEN_LINES = 0.25


class Bar(AbstractContextManager["Bar"], Protocol):
    """Shows progress while its block runs."""

    def show(self, progress: Progress) -> None:
        """Show it, if it is time."""
        ...


def bar_of(stream: TextIO, clock: Callable[[], float]) -> Bar:
    """The bar for a stream: of rich, if it is installed."""
    try:
        from vlmrun.batch._rich_bar import RichBar
    except ImportError:
        return _Line(stream, clock)
    return RichBar(stream)


class _Line:
    """One line that is written over."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._shown = float("-inf")
        self._last: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._last is not None:
            self._write(self._last)
            self._stream.write("\n")
            self._stream.flush()

    def show(self, progress: Progress) -> None:
        self._last = progress
        if self._clock() - self._shown >= _SECONDS_BETWEEN_LINES:
            self._write(progress)

    def _write(self, progress: Progress) -> None:
        self._shown = self._clock()
        self._stream.write(f"\r\033[K{progress.line()}")
        self._stream.flush()


def is_wanted(asked: bool | None) -> bool:
    """Whether to show a bar: if asked, or on a terminal. A program without a console may have no stderr."""
    return bool(sys.stderr) and (sys.stderr.isatty() if asked is None else asked)
