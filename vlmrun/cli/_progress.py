"""Progress on stderr: of uploads and downloads, and of what takes a time that nobody knows.

It is shown on a terminal only, without `-q`, and vanishes when it is over.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from vlmrun.cli._text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from typing_extensions import Self

__all__ = ["Progress"]


class Progress:
    """Bars and spinners, while a `with` block runs.

    Args:
        console: Where they are shown; `None` shows none.
    """

    def __init__(self, console: Console | None) -> None:
        self._stack = ExitStack()
        self._shown = None
        if console is not None:
            from rich import progress

            self._shown = progress.Progress(
                progress.SpinnerColumn(),
                progress.TextColumn("{task.description}", markup=False),
                progress.BarColumn(bar_width=24),
                progress.TextColumn("{task.fields[size]}", markup=False),
                progress.TimeElapsedColumn(),
                console=console,
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._shown is not None:
            self._stack.enter_context(self._shown)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def wait(self, what: str) -> None:
        """Show that something takes a time that nobody knows."""
        if self._shown is not None:
            self._shown.add_task(harmless(what), total=None, size="")

    def bar(self, what: str) -> Callable[[int, int | None], None]:
        """Show a bar; what is returned is an `on_progress`."""
        shown = self._shown
        if shown is None:
            return lambda _done, _total: None
        task = shown.add_task(harmless(what), total=None, size="")

        def report(done: int, total: int | None) -> None:
            size = _bytes(done) if total is None else f"{_bytes(done)} of {_bytes(total)}"
            shown.update(task, completed=done, total=total, size=size)

        return report


def _bytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            break
        number /= 1000
    return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
