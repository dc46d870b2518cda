"""Skill bundles: a folder with a `SKILL.md`, read, checked and zipped."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from vlmrun._arguments.checks import type_name
from vlmrun._inputs.front_matter import ADD_FRONT_MATTER, parse
from vlmrun._inputs.reading import unreadable
from vlmrun.client.exceptions import InputError, MissingFileError

__all__ = ["MAX_BUNDLE_BYTES", "read_folder", "require_bundle"]

MAX_BUNDLE_BYTES: int = 32 * 1024**2
"""The maximum size of a zipped bundle; every request that contains it is a third larger."""
# So that passing the wrong folder fails before all of it is read.
_MAX_FOLDER_BYTES = 8 * MAX_BUNDLE_BYTES
_MAX_FOLDER_ENTRIES = 10_000

_OWN_FILES = "pass the folder of one skill, with regular files."


def read_folder(path: str | os.PathLike[str]) -> tuple[Mapping[object, object] | None, bytes, str]:
    """Read a skill's folder: its front matter, `None` if there is none; the folder as a zip file; and its name.

    Raises:
        InputError: The path is empty, the folder cannot be read or is too large, a link leads out of it or to an
            excluded file, `SKILL.md` is missing, or its front matter is invalid.
        DependencyError: PyYAML is missing.
    """
    _require_path(path)
    try:
        if not os.fspath(path):  # which would be the working directory
            raise InputError("directory is empty.", suggestion='pass the folder, or "." for the working directory.')
        root = os.path.realpath(path, strict=True)
        files = dict(_files(root))
        if "SKILL.md" not in files:
            raise MissingFileError(f"directory contains no SKILL.md: {os.fspath(path)!r}.", suggestion=ADD_FRONT_MATTER)
        front = parse(_read(files["SKILL.md"], _MAX_FOLDER_BYTES)[0])
        bundle = _zip(files)
    except InputError:
        raise
    # TypeError: a path that is no text; ValueError: one with NUL in it, a file's name that is no Unicode.
    except (OSError, TypeError, ValueError) as error:
        if isinstance(error, (OSError, ValueError)):
            # A file in the folder; of a folder that is not there, each Python names another form of its path.
            is_missing = isinstance(error, FileNotFoundError) and not os.path.exists(path)
            within: object = None if is_missing else getattr(error, "filename", None)
            raise unreadable("directory", str(within or os.fspath(path)), error) from error
        raise InputError("directory cannot be read.", suggestion="pass a str or a pathlib.Path.") from error
    return front, bundle, os.path.basename(root)


def _require_path(path: object) -> None:
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(f"directory must be a str or a path, not {type_name(path)}.", suggestion=_OWN_FILES)


def require_bundle(bundle: object) -> None:
    """Raise `InputError` unless this is the zip file of a skill."""
    import io
    import zipfile

    hint = "pass the bytes of a zip file, or use Skill.from_directory."
    if not isinstance(bundle, bytes):
        raise InputError(f"bundle must be bytes, not {type_name(bundle)}.", suggestion=hint)
    if len(bundle) > MAX_BUNDLE_BYTES:
        raise _too_large(f"bundle has {len(bundle):,} bytes; the maximum is {MAX_BUNDLE_BYTES:,}")
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            names = archive.namelist()
    # Besides BadZipFile, zipfile raises these for invalid headers: wrong text, an unknown version.
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise InputError(f"bundle is not a valid zip file: {error}.", suggestion=hint) from error
    if "SKILL.md" not in names:
        raise InputError(
            "bundle has no SKILL.md at its root.", suggestion="zip the contents of the folder, not the folder itself."
        )


def _too_large(how: str) -> InputError:
    return InputError(f"{how}.", suggestion=f"{_OWN_FILES} Large files can be sent as inputs.")


def _files(root: str) -> Iterator[tuple[str, str]]:
    """Yield each file of a skill: its name in the bundle, and its real path.

    Args:
        root: The real path of the folder.
    """
    seen = 0
    # A folder to read, its name in the bundle, and its real parent folders, to detect loops.
    pending: list[tuple[str, str, frozenset[str]]] = [(root, "", frozenset({root}))]
    while pending:
        folder, prefix, around = pending.pop()
        for entry in sorted(os.listdir(folder)):
            if _stays_at_home(entry):
                continue
            seen += 1
            if seen > _MAX_FOLDER_ENTRIES:
                raise _too_large(f"directory has more than {_MAX_FOLDER_ENTRIES:,} files and folders")
            name = prefix + entry
            real = os.path.realpath(os.path.join(folder, entry), strict=True)
            _require_inside(root, real, name)
            mode = os.stat(real).st_mode
            if stat.S_ISDIR(mode):
                if real in around:
                    raise InputError(
                        f"directory cannot be used: {name!r} is a link to one of its parent folders.",
                        suggestion="remove the link.",
                    )
                pending.append((real, f"{name}/", around | {real}))
            elif stat.S_ISREG(mode):
                yield name, real
            else:  # reading a pipe or a device may never end
                raise InputError(
                    f"directory cannot be used: {name!r} is neither a file nor a folder.", suggestion=_OWN_FILES
                )


def _stays_at_home(part: str) -> bool:
    return part.startswith(".") or part == "__pycache__"


def _require_inside(root: str, real: str, name: str) -> None:
    try:
        parts = Path(real).relative_to(root).parts
    except ValueError:
        raise InputError(
            f"directory cannot be used: {name!r} is a link that leads out of the folder.", suggestion=_OWN_FILES
        ) from None
    # Otherwise a link would include an excluded file, such as `.env`.
    if any(map(_stays_at_home, parts)):
        raise InputError(
            f"directory cannot be used: {name!r} is a link to a hidden file or folder.", suggestion=_OWN_FILES
        )


def _read(path: str, limit: int) -> tuple[bytes, bool]:
    """Read a file: its bytes, and whether its owner may execute it."""
    with open(path, "rb") as file:
        is_executable = bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)
        content = file.read(limit + 1)  # whatever size the file system reports
    if len(content) > limit:
        raise _too_large(f"directory contains more than {_MAX_FOLDER_BYTES:,} bytes")
    return content, is_executable


def _zip(files: Mapping[str, str]) -> bytes:
    """Zip the files without times, owners or platforms, so that the bytes are reproducible. Scripts stay executable."""
    import io
    import zipfile

    buffer = io.BytesIO()
    left = _MAX_FOLDER_BYTES
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            content, is_executable = _read(files[name], left)
            left -= len(content)
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the earliest date in zip files
            info.create_system = 3  # Unix, on Windows as well
            info.external_attr = (stat.S_IFREG | (0o755 if is_executable else 0o644)) << 16
            archive.writestr(info, content, compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
