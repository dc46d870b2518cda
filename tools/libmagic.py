"""What libmagic says of files: the library and its data come with the distribution pylibmagic, for every machine alike.

The module of pylibmagic is not imported: it replaces a method of ctypes, and sets variables of the environment.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

__all__ = ["VERSION", "media_types"]

VERSION = 541
"""The version of libmagic whose verdicts are compared; others know more or less."""

_MIME_TYPE = 0x10


def media_types(paths: Iterable[Path]) -> dict[Path, str]:
    """What libmagic says of each file.

    Raises:
        OSError: It is missing or cannot be loaded, is of another version, or cannot read its data.
    """
    spec = find_spec("pylibmagic")
    if spec is None or spec.origin is None:
        raise OSError("libmagic is missing: pip install pylibmagic")
    folder = Path(spec.origin).parent
    magic = ctypes.CDLL(str(folder / ("libmagic.dylib" if sys.platform == "darwin" else "libmagic.so")))
    magic.magic_open.restype = ctypes.c_void_p
    magic.magic_file.restype = ctypes.c_char_p
    if magic.magic_version() != VERSION:
        raise OSError(f"libmagic has version {magic.magic_version()}, not {VERSION}")
    cookie = ctypes.c_void_p(magic.magic_open(_MIME_TYPE))
    try:
        if magic.magic_load(cookie, os.fsencode(folder / "magic.mgc")) != 0:
            raise OSError("libmagic cannot read its data")
        return {path: (magic.magic_file(cookie, os.fsencode(path)) or b"").decode() for path in paths}
    finally:
        magic.magic_close(cookie)
