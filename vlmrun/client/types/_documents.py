"""Answers of VLM Run's own domains: documents as Markdown, and transcriptions of audio and video."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from pydantic import Field, JsonValue

from vlmrun._lifetimes.names import later
from vlmrun.client.exceptions import DependencyError, InputError
from vlmrun.client.types._base import WireModel

if TYPE_CHECKING:
    from pandas import DataFrame
else:
    DataFrame = later("pandas", "DataFrame")

__all__ = [
    "AudioSegment",
    "AudioTranscription",
    "MarkdownBox",
    "MarkdownCell",
    "MarkdownDocument",
    "MarkdownFigure",
    "MarkdownPage",
    "MarkdownTable",
    "MarkdownTableHeader",
    "MarkdownTableMetadata",
    "MediaMetadata",
    "SegmentContent",
    "TableHeaderName",
    "VideoSegment",
    "VideoTranscription",
]

TableHeaderName: TypeAlias = Literal["name", "id", "none"]
"""What the columns of a table are called: their names, their ids, or nothing but their numbers."""


class MarkdownBox(WireModel):
    """Where something is on a page."""

    xywh: tuple[float, float, float, float]
    """Left, top, width and height, as fractions of the page."""

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        left, top, width, height = self.xywh
        return (left, top, left + width, top + height)


class MarkdownTableHeader(WireModel):
    """A column of a table."""

    id: str | None = None
    """The key of the column in `MarkdownTable.data`."""
    column: int | None = None
    """The number of the column, from 0."""
    name: str | None = None
    """The heading of the column."""
    dtype: str | None = None
    """The type of its values, such as `str`, `float`, `date` or `currency`."""


class MarkdownCell(WireModel):
    """A cell of a table, with its place."""

    content: str | None = None
    """The text of the cell."""
    bbox: MarkdownBox | None = None
    """Where the cell is on its page."""
    index: tuple[int, int] | None = None
    """The row and the column of the cell, from 0."""
    span: JsonValue = None
    """How many rows and columns the cell covers, as the server wrote it."""


class MarkdownTableMetadata(WireModel):
    """What stands around a table."""

    title: str | None = None
    """The title."""
    caption: str | None = None
    """The caption."""
    notes: str | None = None
    """The notes below it."""


class MarkdownTable(WireModel):
    """A table of a page."""

    metadata: MarkdownTableMetadata | None = None
    """The title, the caption and the notes."""
    content: str | None = None
    """The table as the server wrote it, such as Markdown or HTML."""
    headers: list[MarkdownTableHeader] = Field(default_factory=list[MarkdownTableHeader])
    """The columns."""
    data: list[dict[str, JsonValue]] | None = None
    """The rows: values by the ids of the columns."""
    bbox: MarkdownBox | None = None
    """Where the table is on its page."""
    cells: list[MarkdownCell] | None = None
    """The cells with their places; `None` if the server sent none."""

    def column_names(self, header: TableHeaderName = "name") -> list[str]:
        """What the columns are called.

        Args:
            header: `name`, `id`, or `none` for their numbers from 0. A column without a name is called by its id.

        Raises:
            InputError: `header` is none of these.
        """
        _check_header(header)
        keys = self._keys()
        if header == "none":
            return [str(number) for number in range(len(keys))]
        names = {one.id: one.name for one in self.headers}
        return [names.get(key) or key if header == "name" else key for key in keys]

    def to_rows(self) -> list[list[JsonValue]]:
        """The values of the table, a list for each row, in the order of `column_names`."""
        keys = self._keys()
        return [[row.get(key) for key in keys] for row in self.data or []]

    def to_dataframe(self, header: TableHeaderName = "name") -> DataFrame:
        """The table as a pandas `DataFrame`.

        Args:
            header: What the columns are called: `name`, `id`, or `none` for their numbers.

        Raises:
            InputError: `header` is none of these.
            DependencyError: pandas is not installed; `to_rows` needs none.
        """
        names = self.column_names(header)
        try:
            import pandas
        except ImportError as error:
            raise DependencyError(
                "to_dataframe requires pandas.", suggestion="run pip install pandas, or call to_rows()."
            ) from error
        return pandas.DataFrame(self.to_rows(), columns=None if header == "none" else names)

    def render(self) -> str:
        """The table as Markdown, with its title above and its caption below it."""
        names = self.column_names()
        if names:
            lines = [_line(names), _line(["---"] * len(names)), *map(_line, self.to_rows())]
        else:
            lines = [self.content or ""]
        around = self.metadata or MarkdownTableMetadata()
        parts = [f"**{around.title}**" if around.title else "", "\n".join(lines), around.caption, around.notes]
        return "\n\n".join(part for part in parts if part)

    def _keys(self) -> list[str]:
        """The keys of the columns, in the order of the page, and then those that no header names."""
        places = enumerate(self.headers)
        ordered = sorted(places, key=lambda place: place[0] if place[1].column is None else place[1].column)
        keys = dict.fromkeys(header.id for _, header in ordered if header.id is not None)
        keys.update(dict.fromkeys(key for row in self.data or [] for key in row))
        return list(keys)


class MarkdownFigure(WireModel):
    """A figure of a page."""

    id: int | str | None = None
    """The number of the figure."""
    title: str | None = None
    """The title."""
    caption: str | None = None
    """The caption."""
    content: str | None = None
    """A description of what the figure shows."""

    def render(self) -> str:
        """The figure as Markdown: its title, its description and its caption."""
        title = f"**{self.title}**" if self.title else ""
        return "\n\n".join(part for part in (title, self.content, self.caption) if part)


class MarkdownPage(WireModel):
    """A page of a document."""

    content: str = ""
    """The text as Markdown, with a placeholder such as `<Table id="tb-0"/>` for each table and figure."""
    tables: list[MarkdownTable] | None = None
    """The tables of the page; `None` if the server sent none."""
    figures: list[MarkdownFigure] | None = None
    """The figures of the page; `None` if the server sent none."""

    @property
    def markdown_content(self) -> str:
        """The page as Markdown: the same as `render()`."""
        return self.render()

    def render(self) -> str:
        """The text with the tables and the figures in place of their placeholders."""
        tables = iter(self.tables or [])
        figures = {str(figure.id): figure for figure in self.figures or []}
        rendered: dict[str, str] = {}
        for found in _PLACEHOLDER.finditer(self.content):
            # The tables of a page have no ids: they come in the order of their placeholders.
            if found["kind"] == "Table" and found[0] not in rendered and (table := next(tables, None)) is not None:
                rendered[found[0]] = table.render()
            elif found["kind"] == "Figure" and found["number"] in figures:
                rendered[found[0]] = figures[found["number"]].render()
        return _PLACEHOLDER.sub(lambda found: rendered.get(found[0], found[0]), self.content)


class MarkdownDocument(WireModel):
    """A document as Markdown, page by page: the answer of the domain `document.markdown`.

    `len(document)` is the number of its pages, and `document[0]` the first of them.
    """

    pages: list[MarkdownPage]
    """The pages, in order."""

    @property
    def markdown_content(self) -> str:
        """The whole document as Markdown: the rendered pages, with an empty line between them."""
        return "\n\n".join(page.render() for page in self.pages)

    @property
    def tables(self) -> list[MarkdownTable]:
        """The tables of all pages."""
        return [table for page in self.pages for table in page.tables or []]

    @property
    def figures(self) -> list[MarkdownFigure]:
        """The figures of all pages."""
        return [figure for page in self.pages for figure in page.figures or []]

    @property
    def all_tables(self) -> list[MarkdownTable]:
        """The tables of all pages: the official SDK's name for `tables`."""
        return self.tables

    @property
    def all_figures(self) -> list[MarkdownFigure]:
        """The figures of all pages: the official SDK's name for `figures`."""
        return self.figures

    def render(self) -> str:
        """The whole document as Markdown: the same as `markdown_content`."""
        return self.markdown_content

    def __len__(self) -> int:
        return len(self.pages)

    def __bool__(self) -> bool:
        return True  # even without pages, it is an answer

    def __getitem__(self, index: int) -> MarkdownPage:
        return self.pages[index]

    def _repr_markdown_(self) -> str:
        """The document itself, in a notebook."""
        return self.markdown_content


class MediaMetadata(WireModel):
    """What is known of audio or of a video."""

    duration: float | None = None
    """The duration in seconds."""


class AudioSegment(WireModel):
    """A part of what is said."""

    start_time: float
    """Where it starts, in seconds."""
    end_time: float
    """Where it ends, in seconds."""
    content: str = ""
    """What is said."""


class AudioTranscription(WireModel):
    """What is said in audio: the answer of the domain `audio.transcription`."""

    metadata: MediaMetadata | None = None
    """What is known of the audio."""
    segments: list[AudioSegment]
    """What is said, in order."""

    @property
    def text(self) -> str:
        """All that is said, a line for each segment."""
        return "\n".join(segment.content for segment in self.segments if segment.content)


class SegmentContent(WireModel):
    """What one kind of content of a segment is."""

    content: str | None = None
    """The words."""


class VideoSegment(WireModel):
    """A part of a video."""

    start_time: float
    """Where it starts, in seconds."""
    end_time: float
    """Where it ends, in seconds."""
    audio: SegmentContent | None = None
    """What is said."""
    video: SegmentContent | None = None
    """What is seen."""


class VideoTranscription(WireModel):
    """What is said and seen in a video: the answer of the domain `video.transcription`."""

    metadata: MediaMetadata | None = None
    """What is known of the video."""
    segments: list[VideoSegment]
    """The parts of the video, in order."""

    @property
    def text(self) -> str:
        """All that is said, a line for each segment."""
        return "\n".join(segment.audio.content for segment in self.segments if segment.audio and segment.audio.content)


_PLACEHOLDER = re.compile(r"<(?P<kind>Table|Figure) id=[\"'](?:tb|fg)-(?P<number>\w+)[\"']\s*/?>")


def _check_header(value: object) -> None:
    if not isinstance(value, str) or value not in get_args(TableHeaderName):
        raise InputError('header must be "name", "id" or "none".', suggestion="omit it to use the names.")


def _line(cells: Sequence[JsonValue]) -> str:
    """A row of a table in Markdown."""
    texts = ["" if cell is None else str(cell).replace("|", "\\|").replace("\n", "<br>") for cell in cells]
    return f"| {' | '.join(texts)} |"
