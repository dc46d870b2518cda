"""Formats that are known only by what is in them: zip archives, OLE files, Ogg streams, and audio behind an ID3 tag.

Nothing is decompressed, and little is read: names in directories, however large or broken the file is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["DOCX", "HEAD_BYTES", "Window", "after_tag", "in_ogg", "in_ole", "in_zip"]

HEAD_BYTES = 65_536
"""How many of the first bytes are looked at."""

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# What is in a zip: the folder of each office format, and files that only one kind of package has.
_OFFICE = {
    "word/": DOCX,
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "visio/": "application/vnd.ms-visio.drawing.main+xml",
}
_PACKAGES = {
    "AndroidManifest.xml": "application/vnd.android.package-archive",
    "META-INF/MANIFEST.MF": "application/java-archive",
}
# Where office files begin; others may contain one.
_BEGINNINGS = ("[Content_Types].xml", "_rels/", "docProps/", "customXml/", *_OFFICE)

# Streams at the root of an OLE file.
_STREAMS = {
    "EncryptedPackage": "application/encrypted",  # an office file with a password
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "__properties_version1.0": "application/vnd.ms-outlook",
    "VisioDocument": "application/vnd.visio",
}


@dataclass(frozen=True)
class Window:
    """Bytes of which any part can be looked at."""

    size: int
    """The number of bytes."""
    at: Callable[[int, int], bytes]
    """Reads a number of bytes at an offset; fewer at the end."""

    @classmethod
    def of(cls, data: bytes) -> Window:
        """Bytes in memory."""
        return cls(len(data), lambda offset, size: data[offset : offset + size])


def in_zip(data: Window) -> str | None:
    """The format of a zip archive that is more than one; `None` for any other."""
    head = data.at(0, HEAD_BYTES)
    first = re.match(rb"PK\x03\x04.{22}\x08\0(..)mimetype", head, re.DOTALL)
    if first is not None:  # OpenDocument and EPUB: it is stored first, so that it can be read here
        start = first.end() + int.from_bytes(first[1], "little")
        stated = re.match(rb"(?:application|image)/[\w.+-]+(?=PK|\s|\Z)", head[start : start + 100])
        if stated is not None:
            return stated[0].decode()
    names = _in_directory(data) or _in_head(head)
    if not names:
        return None
    if "[Content_Types].xml" in names or names[0].startswith(_BEGINNINGS):
        for folder, media_type in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return media_type
    return next((media_type for name, media_type in _PACKAGES.items() if name in names), None)


def _in_directory(data: Window) -> list[str]:
    """The names in the directory at the end of a zip archive."""
    tail = data.at(max(0, data.size - 65_557), 65_557)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        return []
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    start = data.size - len(tail) + end - size
    directory = data.at(start, min(size, 1 << 20)) if start >= 0 else b""
    names: list[str] = []
    at = 0
    while directory[at : at + 4] == b"PK\x01\x02" and len(directory) - at >= 46:
        name, extra, comment = struct.unpack_from("<3H", directory, at + 28)
        names.append(directory[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    return names


def _in_head(head: bytes) -> list[str]:
    """The names of the files that begin in the head of a zip archive, as one that is cut has no directory."""
    found = re.finditer(rb"PK\x03\x04.{26}", head, re.DOTALL)
    names = (re.match(rb"[\x20-\x7e]*", head[start.end() : start.end() + 100]) for start in found)
    return [name[0].decode() for name in names if name is not None]


def in_ole(data: Window) -> str | None:
    """The format of an OLE file (MS-CFB); `None` if it is not known, or its directory is broken."""
    try:
        names = _ole_names(data)
    except (struct.error, IndexError):
        return None
    return next((media_type for name, media_type in _STREAMS.items() if name in names), None)


def _ole_names(data: Window) -> set[str]:
    """The names at the root of an OLE file, whose folders may hold other files."""
    head = data.at(0, 512)
    (shift,) = struct.unpack_from("<H", head, 30)
    if shift not in (9, 12):
        return set()
    (number,) = struct.unpack_from("<I", head, 48)
    tables = struct.unpack_from("<109I", head, 76)
    entries: list[bytes] = []
    for _ in range(64):  # sectors of the directory: what is at the root comes early
        block = data.at((number + 1) << shift, 1 << shift)
        entries += [block[at : at + 128] for at in range(0, len(block) - 127, 128)]
        table, place = divmod(number, 1 << shift - 2)
        if len(block) < 128 or table >= len(tables):
            break
        (number,) = struct.unpack_from("<I", data.at((tables[table] + 1) << shift, 1 << shift), 4 * place)
    names: set[str] = set()
    seen = {0}
    pending: list[int] = [*struct.unpack_from("<I", entries[0], 76)]
    while pending:
        one = pending.pop()
        if one in seen or one >= len(entries):
            continue
        seen.add(one)
        (length,) = struct.unpack_from("<H", entries[one], 64)
        names.add(entries[one][: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace"))
        pending += struct.unpack_from("<2I", entries[one], 68)
    return names


def in_ogg(data: Window) -> str:
    """Whether an Ogg stream has pictures. Each of the streams in it begins on one of the first pages."""
    video = rb"OggS\0[\x02\x03\x06\x07].{20}(?:.{0,4}?)(?:\x80theora|\x01video\0|BBCD\0)"
    return "video/ogg" if re.search(video, data.at(0, HEAD_BYTES), re.DOTALL) else "audio/ogg"


def after_tag(data: Window) -> bytes:
    """The bytes behind the ID3 tags that data begins with."""
    start = 0
    for _ in range(4):
        header = data.at(start, 10)
        if len(header) < 10 or header[:3] != b"ID3":
            break
        size = 0
        for byte in header[6:]:
            size = size << 7 | byte & 0x7F
        start += 10 + size + (10 if header[5] & 0x10 else 0)
    return data.at(start, 4096).lstrip(b"\0")[:64] if start else b""
