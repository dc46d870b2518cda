"""What a file is called: the name that the server is told."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import IO, cast

__all__ = ["fit", "name_of"]

# Files that decompress, by the module of their class, and how the names of what they read end.
_DECOMPRESSING = {
    "gzip": ("GzipFile", {".gz": "", ".tgz": ".tar"}),
    "bz2": ("BZ2File", {".bz2": "", ".tbz2": ".tar"}),
    "lzma": ("LZMAFile", {".xz": "", ".lzma": "", ".txz": ".tar"}),
}


def name_of(source: object, file: object) -> str | None:
    """The name of an open file, or `None`.

    Args:
        source: What was passed: the file, or what holds it.
        file: The file.
    """
    if _is_a(file, "tarfile", "ExFileObject"):
        return _base(_member(file))
    for module, (kind, endings) in _DECOMPRESSING.items():
        if _is_a(file, module, kind):
            stem, ending = os.path.splitext(_base(getattr(file, "name", None)) or "")
            return (stem + endings.get(ending.lower(), ending)) or None
    # A web framework's upload has its name in `filename`; the `name` of Werkzeug's is that of the form's field.
    for value in (source, file):
        if hasattr(value, "filename"):
            return _base(getattr(value, "filename", None))
    return _base(getattr(file, "name", None))  # usually a path, sometimes a number


def fit(name: str) -> str:
    """A name that every server can take: of Unicode, without quotes and control characters."""
    text = name.encode("utf-8", "replace").decode()  # a name on disk may not be valid text
    return re.sub(r'[\x00-\x1f\x7f-\x9f"\u2028\u2029]', "_", text)


def _base(name: object) -> str | None:
    try:
        path = os.fsdecode(name) if isinstance(name, (str, bytes)) else ""
    except UnicodeDecodeError:
        path = ""
    return os.path.basename(path) or None


def _is_a(file: object, module: str, kind: str) -> bool:
    """Whether a file is of a class of the standard library, whose module is only loaded if somebody made one."""
    known: object = getattr(sys.modules.get(module), kind, None)
    return isinstance(known, type) and isinstance(file, known)


def _member(file: object) -> object:
    """The name of a member of a tar archive."""
    part = getattr(file, "raw", None)
    if sys.version_info >= (3, 12):
        return cast("object", getattr(part, "name", None))
    # Before, a member has the name of its archive. Its own is in the header before its first byte.
    import tarfile

    offset, archive = getattr(part, "offset", 0), cast("IO[bytes]", getattr(part, "fileobj", None))
    header, name = b"", ""
    with suppress(Exception):  # an archive that cannot seek, or is broken, which reading will show
        archive.seek(offset - tarfile.BLOCKSIZE)
        header = archive.read(tarfile.BLOCKSIZE)
        name = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape").name
    return name if b"\0" in header[:100] else None  # longer ones are cut off there
