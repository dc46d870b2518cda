"""`vlmrun.viz.draw`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vlmrun._arguments.checks import require_int
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._drawing.marks import answer_in, marks_of, marks_on
from vlmrun._inputs.parts import ImageSource
from vlmrun._lifetimes.names import later
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import PredictionResponse

if TYPE_CHECKING:
    from PIL.Image import Image
else:
    Image = later("PIL.Image", "Image")

__all__ = ["draw"]


def draw(
    source: ImageSource,
    prediction: PredictionResponse[object] | Mapping[str, object],
    *,
    page: int = 0,
    fields: Sequence[str] | None = None,
    dpi: float = 150,
    timeout: float | None = 60.0,
    font: str | os.PathLike[str] | None = None,
) -> Image:
    """Draw boxes where the fields of a prediction were read, each with the field's name and confidence.

    Each field has a colour of its own; items of a list share that of their field. Labels are placed where they cover
    least. Boxes that lie outside of the image are left out, with a warning of the logger `vlmrun`.

    Args:
        source: What the prediction is about: an image or a PDF, as a path, bytes or an open binary file; a Pillow
            image; or a NumPy array.
        prediction: The prediction, made with `GenerationConfig(grounding=True)`; or an answer as JSON, such as that of
            a chat.
        page: The page of a PDF, or the number of the image if several were sent, from 0. A page without boxes is
            returned as it is.
        fields: The fields to draw, all by default: `total`, `items` with all that is in it, `items.price` of all items,
            or `items.0.price`.
        dpi: The resolution of a page, from 1 to 2400 pixels per inch. Boxes in pixels fit only the resolution that the
            server used; those in fractions of the page fit any.
        timeout: Seconds that rendering a page may take, in another process; `None` renders in this one, without a
            limit.
        font: The path of a font for labels: a .ttf, .otf or .ttc file. By default, it is Pillow's own; labels in other
            scripts use a font of the system that has all of their letters. If there is none, letters lose their
            accents, others are shown by their number, and the logger `vlmrun` warns.

    Returns:
        A new image in the mode RGB, upright; metadata of the source is left out.

    Raises:
        InputError: An argument is invalid, the source or the font cannot be read, or there is no such page; or the
            prediction has no answer, no boxes, or none of a field in `fields`.
        DependencyError: Pillow is missing; or pypdfium2, if the source is a PDF.
    """
    require_int("page", page, 0, 2**31 - 1, "pass the number of a page, from 0.")
    with discreet_errors():
        marks = marks_of(answer_in("prediction", prediction), fields)
        if not marks:
            raise InputError(
                "prediction has no grounding: it does not say where its fields were read.",
                suggestion="pass config=GenerationConfig(grounding=True) to the call that makes it.",
            )
        from vlmrun._drawing.lettering import font_path
        from vlmrun._drawing.painting import Style, paint
        from vlmrun._inputs.pictures import picture

        image = picture(source, "viz.draw", page, dpi, timeout)
        return paint(
            image,
            [(mark, mark.label()) for mark in marks_on(page, marks)],
            Style(font=None if font is None else font_path(font)),
        )
