"""The letters of labels: a font that has them all, or else a text that a font has.

Pillow's own font has the letters of English only.
"""

from __future__ import annotations

import logging
import os
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from vlmrun._arguments.checks import type_name
from vlmrun.client.exceptions import InputError, MissingFileError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font: TypeAlias = FreeTypeFont | ImageFont

__all__ = ["Lettering", "font_path", "lacks"]

_logger = logging.getLogger("vlmrun")

_INSTALLED = (
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "segoeui.ttf",
    "Arial Unicode.ttf",
    "NotoSansCJK-Regular.ttc",
    "msyh.ttc",
    "Hiragino Sans GB.ttc",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
)
"""Fonts of Linux, macOS and Windows for other scripts, in the order in which they are tried."""

_UNASSIGNED = "\U0010fffe"
"""No font has a glyph for it: what is drawn instead is what is drawn for all that a font lacks."""


def font_path(font: str | os.PathLike[str]) -> str:
    """The path that an argument `font` is.

    Raises:
        InputError: It is none.
    """
    path: object
    try:
        path = os.fspath(font)
    except TypeError:
        path = None
    if isinstance(path, str):
        return path
    raise InputError(
        f"font must be a str or a path, not {type_name(font)}.", suggestion="pass the path of a .ttf file, or omit it."
    )


def _opened(path: str, size: int) -> FreeTypeFont:
    from PIL.ImageFont import truetype

    try:
        with open(path, "rb"):  # Pillow would look for its name elsewhere
            pass
        return truetype(path, size)
    except FileNotFoundError as error:
        raise MissingFileError(f"font does not exist: {path!r}.", suggestion="pass the path of a .ttf file.") from error
    except (OSError, ImportError, ValueError) as error:
        raise InputError(
            f"font cannot be read as a font: {path!r} ({type_name(error)}).",
            suggestion="pass the path of a .ttf, .otf or .ttc file.",
        ) from error


class Lettering:
    """Which font a label is drawn in.

    Args:
        size: The height of letters in pixels.
        path: The file of the first font to try; Pillow's own if it is `None`.
    """

    def __init__(self, size: int, path: str | None = None) -> None:
        self._size = size
        self._font = _default(size) if path is None else _opened(path, size)
        self._is_told = False

    def of(self, label: str) -> tuple[str, Font]:
        """A label in one line, and a font that has all of its letters.

        Where no font has them, letters lose their accents, and others become their number, as in Python.
        """
        text = " ".join(label.encode(errors="backslashreplace").decode().split())  # it may have lone surrogates
        if not any(lacks(self._font, letter) for letter in text):
            return text, self._font
        if hasattr(self._font, "path"):  # where Pillow can read fonts at all
            for name in _INSTALLED:
                font = _installed(name, self._size)
                if font is not None and not any(lacks(font, letter) for letter in text):
                    return text, font
        if not self._is_told:
            self._is_told = True
            _logger.warning("Labels have letters that no font here has: pass font=..., the path of one that has them.")
        return "".join(self._spelt(letter) for letter in text), self._font

    def _spelt(self, letter: str) -> str:
        if not lacks(self._font, letter):
            return letter
        parts = unicodedata.normalize("NFKD", letter)
        plain = "".join(part for part in parts if not unicodedata.combining(part))
        if plain and not any(lacks(self._font, part) for part in plain):
            return plain
        return letter.encode("ascii", "backslashreplace").decode()


def _default(size: int) -> Font:
    from PIL.ImageFont import load_default

    try:
        return load_default(size)
    except (TypeError, ImportError):  # Pillow before 10.1, or without FreeType: a small font of pixels
        return load_default()


@lru_cache(maxsize=100)
def _installed(name: str, size: int) -> FreeTypeFont | None:
    """A font of the system, which Pillow finds by its name."""
    from PIL.ImageFont import truetype

    try:
        return truetype(name, size)
    except (OSError, ImportError, ValueError):
        return None


def lacks(font: Font, letter: str) -> bool:
    """Whether a font has no glyph of its own for a letter."""
    if not hasattr(font, "path"):  # the font of pixels has no more than Latin-1
        return ord(letter) > 255
    return not letter.isspace() and _drawn(font, letter) == _drawn(font, _UNASSIGNED)


@lru_cache(maxsize=4_000)
def _drawn(font: Font, letter: str) -> bytes:
    from PIL import ImageDraw
    from PIL.Image import new

    right, bottom = font.getbbox(letter)[2:]
    image = new("L", (max(1, round(right)), max(1, round(bottom))))
    ImageDraw.Draw(image).text((0, 0), letter, fill=255, font=font)
    return image.tobytes()
