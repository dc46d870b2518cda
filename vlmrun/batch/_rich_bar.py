"""The progress bar of rich."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Display
from typing_extensions import Self

from vlmrun.batch._progress import Progress, in_words

__all__ = ["RichBar", "columns"]


def columns() -> list[BarColumn | MofNCompleteColumn | TextColumn]:
    """The columns of the bar."""
    return [
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]}", style="red"),
        TextColumn("{task.fields[rate]}", style="cyan"),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[credits]}", style="dim"),
    ]


class RichBar:
    """Shows progress while its block runs.

    Args:
        stream: Where to.
        console: The console, in place of one for the stream.
    """

    def __init__(self, stream: TextIO | None = None, console: Console | None = None) -> None:
        self.display = Display(*columns(), console=console or Console(file=stream), expand=True)
        """What rich draws."""
        self._task = self.display.add_task("", total=None, failed="", rate="", left="", credits="")

    def __enter__(self) -> Self:
        self.display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.display.stop()

    def show(self, progress: Progress) -> None:
        """Show it; rich draws it some times a second."""
        left = progress.seconds_left()
        self.display.update(
            self._task,
            total=progress.total,
            completed=progress.ended,
            failed=f"{progress.failed:,} failed" if progress.failed else "",
            rate=f"{progress.per_minute():,.0f}/min",
            left=f"{in_words(left)} left" if left is not None and progress.ended < progress.total else "",
            credits=f"{progress.credits:,.1f} credits" if progress.credits else "",
        )
