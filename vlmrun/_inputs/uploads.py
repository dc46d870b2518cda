"""Sources of uploads: a path, bytes or an open file, as a file that can be read repeatedly."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias, TypeGuard, get_args

from vlmrun._arguments.checks import MAX_INT, require_bool, require_id, require_int
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._http.requests import CHUNK_BYTES
from vlmrun._inputs.addresses import looks_like_url
from vlmrun._inputs.media import sniff
from vlmrun._inputs.reading import is_bytes, is_path, unreadable
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["DEFAULT_EXPIRATION", "MAX_DIRECT_BYTES", "Upload", "UploadMethod", "UploadSource", "opened"]

MAX_DIRECT_BYTES: int = 32 * 1024 * 1024
"""Larger files are uploaded to the storage with a presigned URL."""

UploadSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
"""A path, bytes, or an open binary file that can seek."""
UploadMethod: TypeAlias = Literal["auto", "direct", "presigned-url"]
"""How a file is uploaded; `auto` chooses by size."""

DEFAULT_EXPIRATION: int = 86_400
"""How long a presigned upload URL is valid, in seconds."""
_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Upload:
    """An open file that can be read repeatedly."""

    file: BinaryIO = field(repr=False)
    name: str
    size: int
    media_type: str

    def md5(self) -> str:
        """The digest by which the server finds a file. It is not used for security."""
        digest = hashlib.md5(usedforsecurity=False)
        self.file.seek(0)
        while chunk := self.file.read(CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()

    def is_direct(self, method: UploadMethod) -> bool:
        """Whether the file is uploaded through the API, not to the storage behind it."""
        return method == "direct" or (method == "auto" and self.size <= MAX_DIRECT_BYTES)

    def check(
        self, purpose: object, generate_public_url: object, method: object, expiration: object, force: object
    ) -> None:
        """Raise `InputError` if an argument of `upload` is invalid."""
        require_id("purpose", purpose)
        require_bool("generate_public_url", generate_public_url)
        require_bool("force", force)
        if not isinstance(method, str) or method not in get_args(UploadMethod):
            raise InputError(
                f"method must be one of {', '.join(get_args(UploadMethod))}.", suggestion="omit it to use auto."
            )
        require_int("expiration", expiration, 1, MAX_INT, "pass seconds, such as 86400.")


_HINT = "pass a path, bytes, or a binary file that is open for reading and can seek."


@contextmanager
def opened(source: object, filename: object) -> Generator[Upload]:
    if filename is not None and not (isinstance(filename, str) and filename):
        raise InputError("filename must be a non-empty string.", suggestion="omit it to use the name of the file.")
    if is_path(source):
        with discreet_errors():
            path = _path(source)
        try:
            file = path.open("rb")
        except (OSError, ValueError) as error:
            raise unreadable("file", str(path), error) from error
        with file:
            yield _upload(file, filename or path.name)
    elif is_bytes(source):
        yield _upload(io.BytesIO(_bytes(source)), filename)
    elif _is_binary_file(source):
        start = source.tell()
        try:
            yield _upload(source, filename or _name_of(source))
        finally:
            source.seek(start)
    else:
        raise InputError(
            f"file must be a path, bytes or an open binary file, not {type(source).__name__}.", suggestion=_HINT
        )


def _bytes(source: Buffer) -> bytes:
    try:
        return bytes(source)
    except ValueError as error:  # a released memoryview
        raise InputError(f"file cannot be read: {error}.", suggestion=_HINT) from error


def _path(source: str | os.PathLike[str]) -> Path:
    try:
        text = os.fsdecode(source)
    except TypeError as error:
        raise InputError("file must be a path of text.", suggestion=_HINT) from error
    if looks_like_url(text):
        raise InputError("file is a URL.", suggestion="pass the URL to content.file(...), without an upload.")
    return Path(text)


def _is_binary_file(source: object) -> TypeGuard[BinaryIO]:
    """Whether this is an open binary file that can seek. Checked by methods: temporary files share no base class."""
    read, seekable = getattr(source, "read", None), getattr(source, "seekable", None)
    if isinstance(source, type) or not (callable(read) and callable(seekable)):
        return False
    try:
        return isinstance(read(0), bytes) and seekable() is True
    except (OSError, ValueError) as error:  # closed, or open for writing only
        raise InputError("file cannot be read: it is closed, or not open for reading.", suggestion=_HINT) from error


def _name_of(file: BinaryIO) -> str | None:
    """The name of an open file: usually a path, sometimes a number or missing."""
    name: object = getattr(file, "name", None)
    return os.path.basename(name) if isinstance(name, str) else None


def _upload(file: BinaryIO, name: str | None) -> Upload:
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise InputError("file is empty.", suggestion="pass a non-empty file.")
    file.seek(0)
    if name is not None:
        name = name.encode("utf-8", "replace").decode()  # a name on disk may not be valid text
    guessed = mimetypes.guess_type(f"./{name}")[0] if name else None  # as a path: some names would be parsed as URLs
    media_type = sniff(file.read(_HEAD_BYTES)) or guessed or "application/octet-stream"
    return Upload(file, name or f"upload{mimetypes.guess_extension(media_type) or ''}", size, media_type)
