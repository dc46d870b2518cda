"""`vlmrun.viz.show_results`: predictions beside their images, as a table of a notebook."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import as_json, require_bool, require_int, require_mapping, require_names, require_str
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._drawing.marks import answer_in, marks_of, marks_on
from vlmrun._inputs.parts import ImageSource
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import PredictionResponse
from vlmrun.client.types._grounding import field_of, names_of

if TYPE_CHECKING:
    from vlmrun._drawing.marks import Mark
    from vlmrun._drawing.painting import Style

__all__ = ["ResultsTable", "show_results"]

Result: TypeAlias = PredictionResponse[object] | BaseModel | Mapping[str, object]

_MOST_TEXT = 1_000  # characters of a cell
_STYLE = """
.vlmrun-results table { border-collapse: collapse; margin: 10px 0; }
.vlmrun-results th, .vlmrun-results td { padding: 8px; border: 1px solid #8884; text-align: left; vertical-align: top; }
.vlmrun-results pre { margin: 0; max-height: 400px; overflow-y: auto; white-space: pre-wrap; }
"""


@dataclass(frozen=True)
class ResultsTable:
    """A table, which notebooks show: it needs neither IPython nor pandas."""

    data: str = field(repr=False)
    """The HTML, as `IPython.display.HTML` calls it."""

    def _repr_html_(self) -> str:
        return self.data


def show_results(
    result: Result | Sequence[Result],
    image: ImageSource | Sequence[ImageSource],
    image_info: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None,
    *,
    render_type: Literal["default", "bboxes"] = "default",
    fields: Sequence[str] | None = None,
    image_width: int | None = 800,
    as_json: bool = False,
    limit: int | None = None,
    box_color: tuple[int, int, int] | None = None,
    box_thickness: int | None = None,
    table_style: str | None = None,
    show_content: bool = False,
    show_confidence: bool = False,
    font: str | os.PathLike[str] | None = None,
) -> ResultsTable:
    """Show predictions beside their images in a notebook; names and order are those of the official SDK.

    Args:
        result: A prediction, or an answer as a model or a dict; or a list of them.
        image: The image or PDF that it is about, of which the first page is shown; or a list of as many of them.
        image_info: More about the image, for a column of its own; or a list.
        render_type: `bboxes` draws where the fields were read, as `draw` does, if the result says so.
        fields: The fields to show as columns, with dots for what lies within; all by default.
        image_width: The width of the images in pixels; `None` leaves them as they are.
        as_json: Show the whole answer as JSON in one column, with its metadata.
        limit: The most results to show.
        box_color: One colour for all boxes: blue, green and red from 0 to 255, as in the official SDK. By default, each
            field has its own.
        box_thickness: Pixels of a box's line; by default, it fits the image.
        table_style: CSS instead of the default.
        show_content: Also label boxes with the text that was read.
        show_confidence: Also label boxes with how sure the server is.
        font: The path of a font for labels, as in `draw`. The official SDK has no such argument; its labels are in
            English letters.

    Raises:
        InputError: An argument is invalid, there are not as many images as results, or an image or the font cannot be
            read.
        DependencyError: Pillow is missing; or pypdfium2, if an image is a PDF.
    """
    is_drawn = _is_drawn(render_type)
    if fields is not None:
        require_names("fields", fields)
    if image_width is not None:
        require_int("image_width", image_width, 1, 10_000, "pass pixels such as 800, or None.")
    if limit is not None:
        require_int("limit", limit, 0, 2**31 - 1, "pass a number such as 10, or omit it.")
    if table_style is not None:
        require_str("table_style", table_style, "pass CSS, or omit it.")
    for name, flag in (("as_json", as_json), ("show_content", show_content), ("show_confidence", show_confidence)):
        require_bool(name, flag)
    style = _style(box_color, box_thickness, font)
    results, images = _listed(result), _listed(image)
    infos = None if image_info is None else _listed(image_info)
    for name, given in (("image", images), ("image_info", infos)):
        if given is not None and len(given) != len(results):
            raise InputError(
                f"{name} has {len(given)} items, and result has {len(results)}.", suggestion="pass one for each result."
            )
    with discreet_errors():
        rows: list[dict[str, str]] = []
        for index, shown in enumerate(results[:limit]):
            answer = answer_in("result", shown, models=True)
            marks = marks_on(0, marks_of(answer, None)) if is_drawn else []
            labels = [mark.label(content=show_content, confidence=show_confidence) for mark in marks]
            row = {"Image": _picture(images[index], list(zip(marks, labels, strict=True)), style, image_width)}
            row.update({"Response": _block(answer)} if as_json else _cells(answer, fields))
            if infos is not None:
                row["Image Info"] = _block(_info(infos[index]))
            rows.append(row)
    return ResultsTable(_table(rows, _STYLE if table_style is None else table_style))


def _is_drawn(render_type: object) -> bool:
    if not isinstance(render_type, str) or render_type not in ("default", "bboxes"):
        raise InputError('render_type must be "default" or "bboxes".', suggestion='pass render_type="bboxes".')
    return render_type == "bboxes"


def _listed(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else [value]


def _style(colour: object, thickness: object, font: str | os.PathLike[str] | None) -> Style:
    from vlmrun._drawing.lettering import font_path
    from vlmrun._drawing.painting import Style

    if thickness is not None:
        require_int("box_thickness", thickness, 1, 100, "pass pixels such as 2, or omit it.")
    style = Style(None, cast("int | None", thickness), None if font is None else font_path(font))
    if colour is None:
        return style
    parts = _listed(colour)
    if len(parts) != 3 or not all(type(part) is int and 0 <= part <= 255 for part in parts):
        raise InputError("box_color must be three ints from 0 to 255.", suggestion="pass (255, 0, 0) for blue.")
    blue, green, red = cast("Sequence[int]", parts)
    return replace(style, colour=f"#{red:02x}{green:02x}{blue:02x}")


def _info(info: object) -> JsonValue:
    require_mapping("image_info", info)
    return as_json("image_info", info)


# HTML -----------------------------------------------------------------------------------------------------------------


def _picture(source: object, marks: Sequence[tuple[Mark, str]], style: Style, width: int | None) -> str:
    """An image of a page, as an element that holds it."""
    import base64
    import io

    from vlmrun._drawing.painting import paint
    from vlmrun._inputs.pictures import picture

    try:
        page = picture(source, "viz.show_results")
    except InputError as error:
        raise type(error)(f"image: {error.message}", suggestion=error.suggestion) from error.__cause__
    shown = paint(page, marks, style)
    if width is not None:
        shown = shown.resize((width, max(1, min(10_000, round(shown.height * width / shown.width)))))
    png = io.BytesIO()
    shown.save(png, format="PNG")
    return f'<img src="data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"/>'


def _cells(answer: JsonValue, fields: Sequence[str] | None) -> dict[str, str]:
    names = fields
    if names is None:
        names = list(names_of(answer)) if isinstance(answer, dict) else ["Response"]
        values = [answer.get(name) for name in names] if isinstance(answer, dict) else [answer]
    else:
        values = [_at(answer, name) for name in names]
    return {name: _text(value) for name, value in zip(names, values, strict=True)}


def _at(answer: JsonValue, path: str) -> JsonValue:
    """The field at a path; `None` if the answer has none."""
    try:
        return field_of(answer, path).value
    except InputError:
        return None


def _text(value: JsonValue) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return html.escape(text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…")


def _block(value: JsonValue) -> str:
    return f"<pre>{html.escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _table(rows: Sequence[Mapping[str, str]], style: str) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{row.get(name, str())}</td>' for name in names)}</tr>" for row in rows)
    return f'<style>{style}</style><div class="vlmrun-results"><table><tr>{head}</tr>{body}</table></div>'
