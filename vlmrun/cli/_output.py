"""Everything that a command writes: results to stdout, and everything else to stderr.

For people stdout has tables, Markdown and colours; in a pipe it has plain text without them, and tables become lines
with tabs. With `--json` it has exactly one JSON document, with `--jsonl` one a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TextIO, TypeVar

from vlmrun.cli._text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel
    from rich.console import Console, RenderableType

    from vlmrun.cli._progress import Progress

__all__ = ["Mode", "Output"]

Mode = Literal["people", "json", "jsonl"]
M = TypeVar("M", bound="BaseModel")


class Output:
    """Where a command writes.

    Args:
        mode: For whom.
        quiet: Whether to leave out notes and progress.
        on_result: Called with each result that is written.
    """

    def __init__(
        self, mode: Mode = "people", *, quiet: bool = False, on_result: Callable[[object], None] = lambda _: None
    ) -> None:
        self.mode: Mode = mode
        self.quiet = quiet
        self._on_result = on_result
        self._consoles: dict[str, Console] = {}

    @property
    def is_for_people(self) -> bool:
        """Whether stdout is read by people, or by a program that takes plain text."""
        return self.mode == "people"

    @property
    def is_terminal(self) -> bool:
        """Whether people see stdout as it is written."""
        return self.is_for_people and sys.stdout.isatty()

    @property
    def console(self) -> Console:
        """A rich console on stdout, for what `document` and `rows` do not show. For people only."""
        return self._console("stdout", sys.stdout)

    @property
    def notes(self) -> Console:
        """A rich console on stderr: progress and notes."""
        return self._console("stderr", sys.stderr)

    def document(self, result: BaseModel | Mapping[str, object], people: RenderableType | None = None) -> None:
        """Write the one result of a command.

        Args:
            result: What programs get, as JSON.
            people: What people see: text, or anything that rich can render; by default the fields with their values.
        """
        self._on_result(result)
        if not self.is_for_people:
            self._write(_json(result, indent=None if self.mode == "jsonl" else 2))
        elif people is None:
            self.fields(result)
        elif isinstance(people, str):
            self._write(people)
        else:
            self.console.print(people)

    def markdown(self, text: str) -> RenderableType:
        """What people see of a text in Markdown: rendered on a terminal, and else as it is."""
        if not self.is_terminal:
            return text
        from rich.markdown import Markdown

        return Markdown(harmless(text))

    def rows(
        self,
        items: Iterable[M],
        columns: Mapping[str, Callable[[M], object]],
        *,
        empty: str = "Nothing found.",
    ) -> None:
        """Write a list: a table for people, an array with `--json`, a line an item, as it arrives, with `--jsonl`.

        Args:
            items: The items; may come page by page.
            columns: The columns of the table: their headings, and what each shows of an item.
            empty: What to tell people, on stderr, if there are no items.
        """
        if self.mode == "jsonl":
            for item in items:
                self._on_result(item)
                self._write(_json(item))
            return
        every = list(items)
        for item in every:
            self._on_result(item)
        if self.mode == "json":
            self._write(_dumped([json.loads(_json(item)) for item in every], 2))
            return
        cells = [[_cell(show(item)) for show in columns.values()] for item in every]
        if not every:
            self.note(empty)
        elif self.is_terminal:
            fitting = _fitting(list(columns), cells, self.console.width)
            self.console.print(_table(list(columns)[:fitting], [row[:fitting] for row in cells]))
        else:
            for row in cells:
                self._write("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))

    def fields(self, result: BaseModel | Mapping[str, object]) -> None:
        """Write a result for people, a field a line, without those that are empty."""
        values: Mapping[str, object] = json.loads(_json(result))
        shown = {name: value for name, value in values.items() if value not in (None, [], {}, "")}
        width = max(map(len, shown), default=0)
        for name, value in shown.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            self._write(f"{name:<{width}}  {text}")

    def text(self, text: str) -> None:
        """Write plain text that is a result, for people. A line end is added."""
        self._write(text)

    def piece(self, text: str) -> None:
        """Write a piece of a result that arrives bit by bit, for people."""
        print(self._shown(text), end="", flush=True)  # noqa: T201  # a program prints

    def event(self, event: BaseModel) -> None:
        """Write an event of a stream, with `--jsonl`."""
        self._write(_json(event))

    @property
    def shows_progress(self) -> bool:
        """Whether people see progress on stderr."""
        return sys.stderr.isatty() and not self.quiet

    def progress(self) -> Progress:
        """Progress on stderr, if people see it."""
        from vlmrun.cli._progress import Progress

        return Progress(self.notes if self.shows_progress else None)

    def note(self, text: str) -> None:
        """Tell people something that is no result, on stderr; not with `-q`."""
        if not self.quiet:
            print(harmless(text), file=sys.stderr, flush=True)  # noqa: T201  # a program prints

    def error(self, text: str, style: str = "red") -> None:
        """Write an error, or what people have asked for, to stderr, also with `-q`."""
        text = harmless(text)  # it may have the server's words
        if sys.stderr.isatty():
            self.notes.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)  # noqa: T201  # a program prints

    def _write(self, text: str) -> None:
        print(self._shown(text), flush=True)  # noqa: T201  # a program prints

    def _shown(self, text: str) -> str:
        return harmless(text) if self.is_terminal else text

    def _console(self, name: str, file: TextIO) -> Console:
        if name not in self._consoles:
            from rich.console import Console

            self._consoles[name] = Console(file=file, highlight=False)
        return self._consoles[name]


def _json(result: BaseModel | Mapping[str, object], *, indent: int | None = None) -> str:
    from pydantic import BaseModel
    from pydantic_core import to_json

    plain = result.model_dump(mode="json") if isinstance(result, BaseModel) else json.loads(to_json(result))
    return _dumped(plain, indent)


def _dumped(plain: object, indent: int | None) -> str:
    """As JSON text that stdout takes: with escapes, unless it takes any character."""
    takes_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(plain, indent=indent, ensure_ascii=not takes_all)


def _cell(value: object) -> str:
    import datetime

    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return "" if value is None else str(value)


_LEAST = 16
"""The width that a column needs at least, unless all that is in it is shorter."""


def _fitting(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> int:
    """How many columns can be read on a terminal: those on the left, the first of them always."""
    left = width - 2  # the edges
    for number, heading in enumerate(headings):
        longest = max(len(heading), *(len(row[number]) for row in rows))
        left -= (longest if number == 0 else min(longest, _LEAST)) + 2  # and what is between columns
        if left < 0 and number > 0:
            return number
    return len(headings)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style="bold")
    first = max((len(row[0]) for row in rows), default=0)
    for number, heading in enumerate(headings):
        # The first column has ids, which people copy: the others give way, the widest first, each on one line.
        table.add_column(heading, no_wrap=number == 0, min_width=None if number else first)
    for row in rows:
        table.add_row(*(Text(harmless(cell), no_wrap=True, overflow="ellipsis") for cell in row))
    return table
