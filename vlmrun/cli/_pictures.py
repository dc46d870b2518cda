"""Pictures in the terminal: for kitty, iTerm and terminals with sixel. Nothing is asked of the terminal itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, cast, get_args

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Protocol", "drawn", "protocol_of"]

Protocol = Literal["kitty", "iterm", "sixel"]
"""How a terminal takes pictures."""

_LONGEST_EDGE = 640  # pixels: about half a terminal
_CHUNK = 4096  # the most that kitty takes at once


def protocol_of(environment: Mapping[str, str]) -> Protocol | None:
    """How the terminal takes pictures, judging by the environment; `None` if it does not, as far as is known.

    `VLMRUN_IMAGES` (`kitty`, `iterm`, `sixel` or `off`) overrides it.
    """
    chosen = environment.get("VLMRUN_IMAGES", "").lower()
    for protocol in get_args(Protocol):
        if chosen == protocol:
            return cast("Protocol", protocol)
    if chosen or "TMUX" in environment or environment.get("TERM", "").startswith("screen"):
        return None  # what stands between does not pass them on
    program, term = environment.get("TERM_PROGRAM", ""), environment.get("TERM", "")
    if "KITTY_WINDOW_ID" in environment or term == "xterm-kitty" or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    if term.startswith(("foot", "mlterm", "contour")) or program == "mintty":
        return "sixel"
    return None


def drawn(data: bytes, protocol: Protocol) -> str | None:
    """The escape sequences that draw a picture; `None` if the bytes are no picture.

    Args:
        data: The bytes of an image file.
        protocol: How the terminal takes pictures.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(data)).convert("RGBA")
        image.thumbnail((_LONGEST_EDGE, _LONGEST_EDGE))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError):
        return None
    if protocol == "sixel":
        return _sixel(image)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    if protocol == "iterm":
        return f"\x1b]1337;File=inline=1;size={len(buffer.getvalue())}:{encoded}\a"
    chunks = [encoded[start : start + _CHUNK] for start in range(0, len(encoded), _CHUNK)]
    return "".join(
        f"\x1b_G{'f=100,a=T,' if number == 0 else ''}m={int(number < len(chunks) - 1)};{chunk}\x1b\\"
        for number, chunk in enumerate(chunks)
    )


def _sixel(image: Image) -> str:
    """Six rows of pixels at a time: for each colour, which of the six have it."""
    flat = image.convert("RGB").quantize(64)
    palette, (width, height), pixels = flat.getpalette() or [], flat.size, flat.tobytes()
    written = [f'\x1bPq"1;1;{width};{height}']
    for colour in range(len(palette) // 3):
        red, green, blue = (round(value * 100 / 255) for value in palette[3 * colour : 3 * colour + 3])
        written.append(f"#{colour};2;{red};{green};{blue}")
    for top in range(0, height, 6):
        rows = [pixels[row * width : (row + 1) * width] for row in range(top, min(top + 6, height))]
        for colour in sorted(set(b"".join(rows))):
            sixels = (sum((row[column] == colour) << bit for bit, row in enumerate(rows)) for column in range(width))
            written.append(f"#{colour}{_shortened(''.join(chr(63 + bits) for bits in sixels))}$")
        written.append("-")
    return "".join(written) + "\x1b\\"


def _shortened(sixels: str) -> str:
    """Runs of the same sixel as their number and the sixel."""
    import re

    return re.sub(r"(.)\1{3,}", lambda found: f"!{len(found[0])}{found[1]}", sixels)
