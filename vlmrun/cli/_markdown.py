"""Markdown on a terminal while it arrives: paragraphs that are complete stay, and the last one is redrawn as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vlmrun._lifetimes import waiting
from vlmrun.cli._text import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text
    from typing_extensions import Self

__all__ = ["MarkdownStream", "complete"]

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)
_SECONDS = 0.08  # between two redraws


class MarkdownStream:
    """Shows pieces of Markdown, while a `with` block runs."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live

        self._console = console
        self._rest = ""
        self._drawn = 0.0
        # It draws when it is told: a thread of its own would draw between two steps of this one.
        self._live = Live(console=console, transient=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._show("")
        self._live.stop()
        self._print(self._rest)

    def add(self, piece: str) -> None:
        """Show what has arrived."""
        self._rest += harmless(piece)
        end = complete(self._rest)
        if end:
            self._show("")
            self._print(self._rest[:end])
            self._rest = self._rest[end:]
        if end or waiting.monotonic() - self._drawn >= _SECONDS:
            self._show(self._rest)

    def _show(self, text: str) -> None:
        self._live.update(self._tail(text), refresh=True)
        self._drawn = waiting.monotonic()

    def _tail(self, text: str) -> Text:
        """As much as the terminal is high: what is above cannot be redrawn."""
        from rich.text import Text

        lines = Text(text).wrap(self._console, self._console.width)
        return Text("\n").join(lines[-max(self._console.height - 2, 1) :])

    def _print(self, markdown: str) -> None:
        from rich.markdown import Markdown

        if markdown.strip():
            self._console.print(Markdown(markdown))


def complete(markdown: str) -> int:
    """Where the last complete paragraph ends: behind an empty line that is in no block of code."""
    end = 0
    for found in re.finditer(r"\n[ \t]*\n", markdown):
        if len(_FENCE.findall(markdown[: found.end()])) % 2 == 0:
            end = found.end()
    return end
