"""How long a recording is, where its header says so."""

from __future__ import annotations

import struct
import wave
from typing import BinaryIO

__all__ = ["seconds_of"]


def seconds_of(opened: BinaryIO) -> float | None:
    """The length of a WAV file in seconds, or `None` for what is none.

    Args:
        opened: Its bytes, from the beginning.
    """
    try:
        with wave.open(opened, "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, struct.error, OSError, ValueError, ArithmeticError, RuntimeError):
        return None
