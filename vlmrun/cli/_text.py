"""Text from elsewhere, such as answers and file names, for a terminal: it may not move the cursor or change colours."""

from __future__ import annotations

import re

__all__ = ["harmless"]

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """The text without control characters, except for tabs and line ends."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n"))
