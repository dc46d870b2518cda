"""Boxes and labels on an image."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmrun._drawing.lettering import Lettering
from vlmrun._drawing.marks import Mark

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

__all__ = ["Style", "fitting", "paint", "spot_for"]

_logger = logging.getLogger("vlmrun")

_WHITE = "#ffffff"
_TINT = 26  # of 255: what lies in a box stays readable
_FREE, _INK, _BOX, _LABEL = range(4)
_COSTS = {_INK: 1, _BOX: 2, _LABEL: 10}
"""How bad it is to cover a pixel by a label: something printed, what was read, or another label."""
_EDGE = 24  # of 255: how much neighbours differ where something is printed

_MARGIN = 3  # pixels around the text of a label
_TALL = "ÅÇgjpqy|"

_Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class Style:
    """How boxes are drawn; by default in sizes that fit the image."""

    colour: str | None = None
    """One colour for all."""
    thickness: int | None = None
    """Pixels of a line."""
    font: str | None = None
    """The file of the font of labels."""


def paint(image: Image, marks: Sequence[tuple[Mark, str]], style: Style) -> Image:
    """Draw boxes and labels, which never leave the image.

    Args:
        image: The image, in the mode RGB; it stays as it is.
        marks: The boxes, each with the text of its label; it has none if that is empty.
        style: How to draw them.

    Returns:
        Another image in the mode RGB.
    """
    from PIL import ImageDraw
    from PIL.Image import alpha_composite, new

    shorter = min(image.size)
    line = max(1, round(shorter / 400)) if style.thickness is None else style.thickness
    placed = [(mark, label, frame) for mark, label in marks if (frame := _frame(mark, image, line))]
    tints = new("RGBA", image.size, (0, 0, 0, 0))
    tint = ImageDraw.Draw(tints)
    for mark, _, frame in placed:
        tint.rectangle(frame, fill=f"{style.colour or mark.colour}{_TINT:02x}")
    made = alpha_composite(image.convert("RGBA"), tints).convert("RGB")
    draw = ImageDraw.Draw(made)
    covered = _ink(image)
    covering = ImageDraw.Draw(covered)
    halo = max(1, line // 2)
    for _, _, (left, top, right, bottom) in placed:
        draw.rectangle((left - halo, top - halo, right + halo, bottom + halo), outline=_WHITE, width=halo)
    for mark, _, frame in placed:
        draw.rectangle(frame, outline=style.colour or mark.colour, width=line)
        covering.rectangle(frame, fill=_BOX)
    letters = Lettering(max(11, round(shorter / 75)), style.font)
    for mark, label, frame in placed:
        text, font = letters.of(label)
        text = fitting(text, font, draw, image.width)
        if text:
            spot = spot_for(frame, _label_size(text, font, draw), covered)
            covering.rectangle(spot, fill=_LABEL)
            draw.rectangle(spot, fill=style.colour or mark.colour, outline=_WHITE)
            above = draw.textbbox((0, 0), _TALL, font=font)[1]
            draw.text((spot[0] + _MARGIN, spot[1] + _MARGIN - above), text, fill=_WHITE, font=font)
    return made


def _frame(mark: Mark, image: Image, line: int) -> _Rectangle | None:
    """The pixels of a line around a box, within the image; `None` for a box outside of it."""
    x, y, width, height = mark.box.in_pixels(*image.size)
    left, right = sorted((x, x + width))
    top, bottom = sorted((y, y + height))
    if right < 0 or bottom < 0 or left > image.width or top > image.height:
        _logger.warning("A box of %r is left out: it lies outside of the image of %dx%d.", mark.path, *image.size)
        return None
    away = line + 1  # boxes are often as tight as the letters
    return (
        max(0, round(left) - away),
        max(0, round(top) - away),
        min(image.width - 1, round(right) + away - 1),
        min(image.height - 1, round(bottom) + away - 1),
    )


def _ink(image: Image) -> Image:
    """Where something is printed: pixels that differ from their neighbours."""
    from PIL import ImageDraw, ImageFilter

    edges = image.convert("L").filter(ImageFilter.FIND_EDGES)
    ImageDraw.Draw(edges).rectangle((0, 0, image.width - 1, image.height - 1), outline=0)  # which the filter left out
    return edges.point([_FREE] * _EDGE + [_INK] * (256 - _EDGE))


# Labels ---------------------------------------------------------------------------------------------------------------


def fitting(text: str, font: FreeTypeFont | ImageFont, draw: ImageDraw, width: int) -> str:
    """A label that is no wider than an image; empty if nothing of it fits."""
    end = ""
    while text and _label_size(text + end, font, draw)[0] > width:
        text, end = text[:-1], "..."
    return text + end if text else ""


def _label_size(text: str, font: FreeTypeFont | ImageFont, draw: ImageDraw) -> tuple[int, int]:
    """All labels are equally high."""
    width = draw.textbbox((0, 0), text, font=font)[2]
    _, top, _, bottom = draw.textbbox((0, 0), _TALL, font=font)
    return round(width) + 2 * _MARGIN, round(bottom - top) + 2 * _MARGIN


def spot_for(frame: _Rectangle, size: tuple[int, int], covered: Image) -> _Rectangle:
    """Where a label covers least: above its box if it can, else below, beside or in it."""
    left, top, right, bottom = frame
    width, height = size
    middle = (top + bottom - height) // 2
    wanted = (
        (left, top - height),
        (left, bottom + 1),
        (right + 1, middle),
        (left - width, middle),
        (right - width + 1, top - height),
        (right - width + 1, bottom + 1),
        (left, top),
        (right - width + 1, bottom - height + 1),
    )
    spots = [_within(covered, x, y, size) for x, y in wanted]
    return min(spots, key=lambda spot: _cost(covered.crop((*spot[:2], spot[2] + 1, spot[3] + 1))))


def _within(image: Image, x: int, y: int, size: tuple[int, int]) -> _Rectangle:
    width, height = size
    left, top = max(0, min(x, image.width - width)), max(0, min(y, image.height - height))
    return left, top, min(left + width, image.width) - 1, min(top + height, image.height) - 1


def _cost(covered: Image) -> int:
    counts = covered.histogram()
    return sum(counts[kind] * cost for kind, cost in _COSTS.items())
