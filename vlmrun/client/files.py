"""Files: what is too large for a request, or is used in more than one, is uploaded once.

What to send is decided once, by the functions at the end; the two classes differ in how they wait for the answer.

Source: API.md §3.2.
"""

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

import anyio
import pydantic

from vlmrun.client._checks import MAX_INT, require_bool, require_id, require_int, require_segment
from vlmrun.client._connections import Connections
from vlmrun.client._discretion import discreet_errors
from vlmrun.client._media import sniff
from vlmrun.client._sources import is_bytes, is_path, looks_like_url
from vlmrun.client._transport import CHUNK_BYTES, Call, FilePart, Storage
from vlmrun.client.exceptions import InputError, ResourceNotFoundError, ResponseValidationError
from vlmrun.client.pages import AsyncPages, Page
from vlmrun.client.types import FilePurpose, FileResponse, WireModel

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from vlmrun.protocols import ClientConfig

__all__ = ["DEFAULT_EXPIRATION", "MAX_DIRECT_BYTES", "AsyncFiles", "Files", "UploadMethod", "UploadSource"]

MAX_DIRECT_BYTES: int = 32 * 1024 * 1024
"""What is larger than this goes to the storage by a presigned URL. Source: API.md §3.2."""

UploadSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
"""A path, the bytes themselves, or an open binary file that can seek."""
UploadMethod: TypeAlias = Literal["auto", "direct", "presigned-url"]
"""How a file is uploaded; `auto` goes by its size."""

DEFAULT_EXPIRATION: int = 86_400
"""Seconds."""
_HEAD_BYTES = 4096


class Files:
    """The files of an account: `VLMRun().files`."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client: a client, or anything with the same four values."""
        self._transport = Connections.of(client).transport

    def upload(
        self,
        file: UploadSource,
        *,
        filename: str | None = None,
        purpose: FilePurpose = "assistants",
        generate_public_url: bool = False,
        method: UploadMethod = "auto",
        expiration: int = DEFAULT_EXPIRATION,
        force: bool = False,
    ) -> FileResponse:
        """Upload a file, unless the same bytes are there already for the same purpose.

        It is streamed: a megabyte of it is in memory at a time, whatever its size, and every attempt begins at its
        first byte.

        Args:
            file: A path, bytes, or an open binary file, which is uploaded whole and left where it stands.
            filename: What it is called; by default the name of the path or of the open file.
            purpose: What it is for.
            generate_public_url: Whether to make a URL where anybody can read it for a time.
            method: `direct` through the API, `presigned-url` to the storage behind it, or `auto`: what is larger than
                32 MiB goes to the storage.
            expiration: For how many seconds a presigned URL for the upload holds.
            force: Upload it even where the same bytes are there.

        Returns:
            The file; `content.file` takes it.

        Raises:
            InputError: An argument cannot be used: there is no such file, or it is empty.
            APIError: A call failed.

        Source: API.md §3.2.
        """
        with _opened(file, filename) as upload:
            _check(purpose, generate_public_url, method, expiration, force)
            found = None if force else self._find(upload.md5(), purpose)
            if found is None:
                found = self._send(upload, purpose, generate_public_url, method, expiration)
        if generate_public_url and found.public_url is None:
            return self.get(found.id, generate_public_url=True)
        return found

    def list(self, *, skip: int = 0, limit: int = 10) -> Page[FileResponse]:
        """The files of the account: a page of them, and all of them by iterating over it.

        Args:
            skip: How many to pass over.
            limit: How many to ask for at a time, 1 to 1000.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        Source: API.md §3.2, `GET /files`.
        """
        return Page(lambda skip, limit: self._transport.send(_list(skip, limit)), skip, limit)

    def get(self, file_id: str, *, generate_public_url: bool = False) -> FileResponse:
        """What is known of a file.

        Args:
            file_id: Its identifier.
            generate_public_url: Whether to make a URL where anybody can read it for a time.

        Raises:
            InputError: `file_id` cannot be an identifier.
            ResourceNotFoundError: There is no such file.
            APIError: The call failed in another way.

        Source: API.md §3.2, `GET /files/{id}`.
        """
        return self._transport.send(_get(file_id, generate_public_url))

    def delete(self, file_id: str) -> None:
        """Delete a file.

        Args:
            file_id: Its identifier.

        Raises:
            InputError: `file_id` cannot be an identifier.
            ResourceNotFoundError: There is no such file.
            APIError: The call failed in another way.

        Source: API.md §3.2, `DELETE /files/{id}`.
        """
        self._transport.send(_delete(file_id))

    def _find(self, md5: str, purpose: FilePurpose) -> FileResponse | None:
        try:
            return _for_purpose(self._transport.send(_lookup(md5)), purpose)
        except ResourceNotFoundError:  # an older server's way to say that there is none
            return None

    def _send(
        self, upload: _Upload, purpose: FilePurpose, generate_public_url: bool, method: UploadMethod, expiration: int
    ) -> FileResponse:
        if upload.is_direct(method):
            return self._transport.send(_direct(upload, purpose, generate_public_url))
        ticket = self._transport.send(_presign(upload, purpose, expiration))
        self._transport.put(ticket.storage(upload))
        return self._transport.send(_verify(ticket.id))


class AsyncFiles:
    """The files of an account, awaited: `AsyncVLMRun().files`. The methods are those of `Files`."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client; see `Files`."""
        self._transport = Connections.of(client).async_transport

    async def upload(
        self,
        file: UploadSource,
        *,
        filename: str | None = None,
        purpose: FilePurpose = "assistants",
        generate_public_url: bool = False,
        method: UploadMethod = "auto",
        expiration: int = DEFAULT_EXPIRATION,
        force: bool = False,
    ) -> FileResponse:
        """Upload a file, unless the same bytes are there already; see `Files.upload`."""
        with _opened(file, filename) as upload:
            _check(purpose, generate_public_url, method, expiration, force)
            found = None if force else await self._find(await anyio.to_thread.run_sync(upload.md5), purpose)
            if found is None:
                found = await self._send(upload, purpose, generate_public_url, method, expiration)
        if generate_public_url and found.public_url is None:
            return await self.get(found.id, generate_public_url=True)
        return found

    def list(self, *, skip: int = 0, limit: int = 10) -> AsyncPages[FileResponse]:
        """The files of the account: `await` gives a page of them, `async for` all of them; see `Files.list`."""
        return AsyncPages(lambda skip, limit: self._transport.send(_list(skip, limit)), skip, limit)

    async def get(self, file_id: str, *, generate_public_url: bool = False) -> FileResponse:
        """What is known of a file; see `Files.get`."""
        return await self._transport.send(_get(file_id, generate_public_url))

    async def delete(self, file_id: str) -> None:
        """Delete a file; see `Files.delete`."""
        await self._transport.send(_delete(file_id))

    async def _find(self, md5: str, purpose: FilePurpose) -> FileResponse | None:
        try:
            return _for_purpose(await self._transport.send(_lookup(md5)), purpose)
        except ResourceNotFoundError:  # an older server's way to say that there is none
            return None

    async def _send(
        self, upload: _Upload, purpose: FilePurpose, generate_public_url: bool, method: UploadMethod, expiration: int
    ) -> FileResponse:
        if upload.is_direct(method):
            return await self._transport.send(_direct(upload, purpose, generate_public_url))
        ticket = await self._transport.send(_presign(upload, purpose, expiration))
        await self._transport.put(ticket.storage(upload))
        return await self._transport.send(_verify(ticket.id))


# What is uploaded -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Upload:
    """A file that is open and can be read again and again."""

    file: BinaryIO = field(repr=False)
    name: str
    size: int
    media_type: str

    def md5(self) -> str:
        """Its digest, by which the server finds a file. It guards nothing."""
        digest = hashlib.md5(usedforsecurity=False)
        self.file.seek(0)
        while chunk := self.file.read(CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()

    def is_direct(self, method: UploadMethod) -> bool:
        """Whether it goes through the API, and not to the storage behind it."""
        return method == "direct" or (method == "auto" and self.size <= MAX_DIRECT_BYTES)


_HINT = "pass a path, bytes, or a binary file that is open for reading and can seek."


@contextmanager
def _opened(source: object, filename: object) -> Generator[_Upload]:
    if filename is not None and not (isinstance(filename, str) and filename):
        raise InputError("filename must be a str with something in it.", suggestion="leave it out.")
    if is_path(source):
        with discreet_errors():
            path = _path(source)
        try:
            file = path.open("rb")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise InputError(f"file cannot be read: {path}: {reason}.", suggestion=_HINT) from error
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
        raise InputError(f"file cannot be a {type(source).__name__}.", suggestion=_HINT)


def _bytes(source: Buffer) -> bytes:
    try:
        return bytes(source)
    except ValueError as error:  # a memoryview that was released
        raise InputError(f"file cannot be read: {error}.", suggestion=_HINT) from error


def _path(source: str | os.PathLike[str]) -> Path:
    try:
        text = os.fsdecode(source)
    except TypeError as error:
        raise InputError("file is a path that is no text.", suggestion=_HINT) from error
    if looks_like_url(text):
        raise InputError("file is a URL.", suggestion="pass the URL to content.file(...): it needs no upload.")
    return Path(text)


def _is_binary_file(source: object) -> TypeGuard[BinaryIO]:
    """Whether this is open, binary and can seek. By its methods, because temporary files have classes of no family."""
    read, seekable = getattr(source, "read", None), getattr(source, "seekable", None)
    if isinstance(source, type) or not (callable(read) and callable(seekable)):
        return False
    try:
        return isinstance(read(0), bytes) and seekable() is True
    except (OSError, ValueError) as error:  # it is closed, or open for writing only
        raise InputError("file cannot be read: it is closed, or open for writing.", suggestion=_HINT) from error


def _name_of(file: BinaryIO) -> str | None:
    """What an open file is called: a path in most, a number or nothing in some."""
    name: object = getattr(file, "name", None)
    return os.path.basename(name) if isinstance(name, str) else None


def _upload(file: BinaryIO, name: str | None) -> _Upload:
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise InputError("file is empty.", suggestion="pass one with something in it.")
    file.seek(0)
    if name is not None:
        name = name.encode("utf-8", "replace").decode()  # a name on disk need not be text
    guessed = mimetypes.guess_type(f"./{name}")[0] if name else None  # a path: it would read some names as URLs
    media_type = sniff(file.read(_HEAD_BYTES)) or guessed or "application/octet-stream"
    return _Upload(file, name or f"upload{mimetypes.guess_extension(media_type) or ''}", size, media_type)


# What each method sends -----------------------------------------------------------------------------------------------

_read_files = pydantic.TypeAdapter(list[FileResponse]).validate_json
_read_file = FileResponse.model_validate_json


class _Ticket(WireModel):
    """A presigned upload."""

    id: str
    url: str = pydantic.Field(repr=False)
    content_type: str | None = None
    upload_method: str | None = None
    method: str | None = None

    def storage(self, upload: _Upload) -> Storage:
        """Where to send a file to, and how."""
        method = self.upload_method or self.method or "PUT"
        if method.upper() != "PUT":
            raise ResponseValidationError(f"The server asks for an upload by {method}, which is not known here.")
        return Storage(self.url, self.content_type or upload.media_type, upload.file, upload.size)


class _Lookup(WireModel):
    """What there is of some digest: a file, or nothing."""

    id: str | None = None


def _check(purpose: object, generate_public_url: object, method: object, expiration: object, force: object) -> None:
    require_id("purpose", purpose)
    require_bool("generate_public_url", generate_public_url)
    require_bool("force", force)
    if not isinstance(method, str) or method not in get_args(UploadMethod):
        raise InputError(
            f"method must be one of {', '.join(get_args(UploadMethod))}.", suggestion="leave it out: auto is right."
        )
    require_int("expiration", expiration, 1, MAX_INT, "pass seconds such as 86400.")


def _read_lookup(content: bytes) -> FileResponse | None:
    return _read_file(content) if _Lookup.model_validate_json(content).id else None


def _for_purpose(found: FileResponse | None, purpose: FilePurpose) -> FileResponse | None:
    return found if found is not None and found.purpose == purpose else None


def _lookup(md5: str) -> Call[FileResponse | None]:
    return Call("GET", ("files", "hash", md5), _read_lookup)


def _direct(upload: _Upload, purpose: FilePurpose, generate_public_url: bool) -> Call[FileResponse]:
    part = FilePart(upload.file, upload.name, upload.media_type)
    # The server makes a public URL unless it is told not to.
    query: dict[str, str | int | bool | None] = {"purpose": purpose, "generate_public_url": generate_public_url}
    return Call("POST", ("files",), _read_file, query=query, part=part)


def _presign(upload: _Upload, purpose: FilePurpose, expiration: int) -> Call[_Ticket]:
    body = {"filename": upload.name, "purpose": purpose, "expiration": expiration}
    return Call("POST", ("files", "presigned-url"), _Ticket.model_validate_json, body)


def _verify(file_id: str) -> Call[FileResponse]:
    return Call("GET", ("files", "verify-upload", file_id), _read_file)


def _list(skip: int, limit: int) -> Call[list[FileResponse]]:
    return Call("GET", ("files",), _read_files, query={"skip": skip, "limit": limit})


def _get(file_id: str, generate_public_url: bool) -> Call[FileResponse]:
    require_segment("file_id", file_id)
    require_bool("generate_public_url", generate_public_url)
    return Call("GET", ("files", file_id), _read_file, query={"generate_public_url": generate_public_url})


def _delete(file_id: str) -> Call[None]:
    require_segment("file_id", file_id)
    return Call("DELETE", ("files", file_id), lambda _: None)
