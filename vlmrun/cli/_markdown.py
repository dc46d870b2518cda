"""Markdown on a terminal while it arrives: paragraphs that are complete stay, and the last one is redrawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vlmrun.cli._text import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from typing_extensions import Self

__all__ = ["MarkdownStream", "complete"]

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)


class MarkdownStream:
    """Shows pieces of Markdown, while a `with` block runs."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live

        self._console = console
        self._rest = ""
        self._live = Live(console=console, transient=True, refresh_per_second=8, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        self._print(self._rest)

    def add(self, piece: str) -> None:
        """Show what has arrived."""
        from rich.text import Text

        self._rest += harmless(piece)
        end = complete(self._rest)
        if end:
            self._print(self._rest[:end])
            self._rest = self._rest[end:]
        # Its end only, where it is longer than the terminal is high: what is above cannot be redrawn.
        lines = self._rest.splitlines()[-max(self._console.height - 2, 1) :]
        self._live.update(Text("\n".join(lines)))

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
