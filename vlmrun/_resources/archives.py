"""A folder as a compressed tar archive, for uploads: the same files always make the same bytes."""

from __future__ import annotations

import gzip
import os
import re
import tarfile
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vlmrun._arguments.checks import type_name
from vlmrun.client.exceptions import InputError, MissingFileError

__all__ = ["archived"]


@contextmanager
def archived(argument: str, directory: str | os.PathLike[str], name: str) -> Generator[BinaryIO]:
    """Pack a folder into a temporary file on disk, which is removed at the end.

    Hidden files and folders, links, and what is neither a file nor a folder are left out.

    Args:
        argument: What errors call the folder.
        directory: The folder.
        name: The name of the folder in the archive.
    """
    root = _root(argument, directory)
    with tempfile.TemporaryFile() as file:
        try:
            _pack(root, re.sub(r"[^\w.-]", "_", name), file)
        except OSError as error:
            where = str(error.filename or root)
            raise InputError(
                f"{argument} cannot be archived: {where!r}: {error.strerror or type_name(error)}.",
                suggestion="pass a folder whose files can be read, and leave them alone meanwhile.",
            ) from error
        if file.tell() == 0:
            raise InputError(f"{argument} contains no files: {str(root)!r}.", suggestion="pass a folder with files.")
        yield file


def _root(argument: str, directory: str | os.PathLike[str]) -> Path:
    try:
        if not os.fspath(directory):
            raise InputError(f"{argument} is empty.", suggestion='pass a folder, or "." for the working directory.')
        root = Path(directory)
        if not root.exists():
            raise MissingFileError(f"{argument} does not exist: {str(root)!r}.", suggestion="pass an existing folder.")
        if not root.is_dir():
            raise InputError(f"{argument} is not a folder: {str(root)!r}.", suggestion="pass the folder of the files.")
    except InputError:
        raise
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{argument} cannot be read: {type_name(error)}.", suggestion="pass a str or a pathlib.Path."
        ) from error
    return root


def _pack(root: Path, name: str, file: BinaryIO) -> None:
    """Write the archive: nothing where there are no files. Times, owners and modes are left out."""
    files = _files(root)
    first = next(files, None)
    if first is None:
        return
    # Level 1, because images and videos are compressed already.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in (first, *files):
            with path.open("rb") as opened:
                info = tarfile.TarInfo(f"{name}/{path.relative_to(root).as_posix()}")
                info.size = os.fstat(opened.fileno()).st_size
                archive.addfile(info, opened)  # which raises where the file is shorter by now


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder and of the folders in it, in the order of their names."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)
