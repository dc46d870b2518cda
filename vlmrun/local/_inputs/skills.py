"""Opening skills: references are named, bundles are unpacked in memory and within limits."""

from __future__ import annotations

import base64
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO

from vlmrun.local._media.facts import KnownSkill
from vlmrun.local._requests.skills import Skill, SkillReference
from vlmrun.local._wire.errors import Location, Problem, RefusalError

__all__ = ["open_skills", "pack", "read_main"]

_ENTRIES_LIMIT = 1_000
_SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes that a bundle may have when it is unpacked."""

_MAIN = "SKILL.md"
_CHUNK = 1024 * 1024

# What zipfile is known to raise on broken archives; RuntimeError is an encrypted one.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    RuntimeError,
)


def open_skills(skills: Sequence[Skill] | None, loc: Location) -> tuple[KnownSkill, ...]:
    """Open the skills of a request.

    Args:
        skills: The skills; `None` for none.
        loc: Where they stand in the request.

    Returns:
        What was found, in order.

    Raises:
        RefusalError: 422, a bundle does not open.
    """
    return tuple(_open(skill, (*loc, number)) for number, skill in enumerate(skills or ()))


def _open(skill: Skill, loc: Location) -> KnownSkill:
    if isinstance(skill, SkillReference):
        # The id wins.
        name = skill.skill_id or skill.skill_name or ""
        return KnownSkill(name, skill.skill_version or skill.version or "latest", None)
    key, archive = ("source", skill.source) if skill.source is not None else ("bundle", skill.bundle)
    try:
        data = base64.b64decode(archive.data if archive is not None else "", validate=True)
        return KnownSkill(skill.name, None, _unpack(data))
    except _UnusableError as error:
        reason = str(error)
    except _BROKEN_ZIP as error:
        reason = f"This is not a base64 zip: {error}"
    raise RefusalError(422, [Problem((*loc, key, "data"), reason, "unreadable_skill")])


def read_main(data: bytes, loc: Location) -> dict[str, str]:
    """The plain texts in the front matter of an uploaded skill, such as its `name`.

    Args:
        data: The zip file.
        loc: Where it stands in the request.

    Returns:
        The texts, by their keys; no YAML beyond `key: text` is read.

    Raises:
        RefusalError: 422, it is no skill.
    """
    try:
        _unpack(data)
        with zipfile.ZipFile(BytesIO(data)) as archive:
            text = archive.read(_MAIN).decode(errors="replace")
    except _UnusableError as error:
        raise RefusalError(422, [Problem(loc, str(error), "unreadable_skill")]) from error
    except _BROKEN_ZIP as error:
        raise RefusalError(422, [Problem(loc, f"This is not a zip: {error}", "unreadable_skill")]) from error
    front = re.split(r"^---\s*$", text, maxsplit=2, flags=re.MULTILINE)[1]
    return {key: value.strip("\"'") for key, value in re.findall(r"^(\w+):[ \t]*(\S.*?)\s*$", front, re.MULTILINE)}


def pack(files: Mapping[str, str]) -> bytes:
    """Text files as a zip file."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


class _UnusableError(Exception):
    """A zip that is no skill; the message says why."""


def _unpack(data: bytes) -> tuple[str, ...]:
    """The names of the files in a zip, all of which were read."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > _ENTRIES_LIMIT:
            raise _UnusableError(f"This skill has {len(entries):,} entries; at most {_ENTRIES_LIMIT:,} are unpacked.")
        files = [entry for entry in entries if not entry.is_dir()]
        names = [entry.filename for entry in files]
        for entry in entries:
            _refuse_bad_name(entry.filename)
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _UnusableError("This skill is compressed by another method than deflate.")
        if len(set(names)) != len(names):
            raise _UnusableError("This skill has two files of the same name.")
        if _MAIN not in names:
            raise _UnusableError(f"This skill has no {_MAIN} at its root.")
        left = _SIZE_LIMIT
        for entry in files:
            with archive.open(entry) as opened:
                # Counted as it comes: what the archive says of its size may be untrue.
                beginning = piece = opened.read(_CHUNK)
                while piece:
                    left -= len(piece)
                    if left < 0:
                        raise _UnusableError(f"This skill has more than {_SIZE_LIMIT:,} bytes.")
                    piece = opened.read(_CHUNK)
            # Editors may set a byte order mark before the text.
            if entry.filename == _MAIN and not re.match(rb"(?:\xef\xbb\xbf)?---\s*\n", beginning):
                raise _UnusableError(f"{_MAIN} must begin with front matter, whose first line is '---'.")
    return tuple(sorted(names))


def _refuse_bad_name(name: str) -> None:
    """Refuse what would lead out of the skill's own folder on some system."""
    if name.startswith("/") or "\\" in name or ":" in name.split("/")[0] or ".." in name.split("/"):
        raise _UnusableError(f"This skill has the entry {name[:100]!r}, which is no path within it.")
