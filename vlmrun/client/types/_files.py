"""Uploaded files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from vlmrun.client.types._base import TIMESTAMP, WireModel

__all__ = ["FilePurpose", "FileResponse", "UploadTicket", "read_files", "read_lookup"]

FilePurpose: TypeAlias = (
    Literal["assistants", "assistants_output", "batch", "batch_output", "datasets", "fine-tune", "vision"] | str
)
"""The purpose of an uploaded file. Open: other values are accepted."""


class FileResponse(WireModel):
    """An uploaded file; `content.file` takes it.

    HTTP: the response of [`POST /files`](https://docs.vlm.run/api-reference/v1/files/post-file-upload).
    """

    id: str
    """The file's id."""
    filename: str | None = None
    """The file's name."""
    bytes: int | None = None
    """The size in bytes."""
    purpose: FilePurpose | None = None
    """The purpose that the file was uploaded for."""
    created_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the file was uploaded."""
    object: Literal["file"] | str = "file"
    """The type of the object: always `file`."""
    public_url: str | None = Field(default=None, repr=False)
    """A URL that grants anyone access to the file for a limited time; `None` unless requested."""


class UploadTicket(WireModel):
    """A presigned upload. Its URL is a secret while it is valid."""

    id: str
    """The id of the file."""
    url: str = Field(repr=False)
    """The presigned URL."""
    content_type: str | None = None
    """The content type that the URL is signed for."""
    upload_method: str | None = None
    """The HTTP method of the upload."""
    method: str | None = None
    """The HTTP method of the upload, under another name."""


class _Lookup(WireModel):
    """The response to a lookup by digest: a file, or an empty record."""

    id: str | None = None


def read_lookup(body: bytes) -> FileResponse | None:
    """Parse the file that a lookup by digest found; `None` if there is none."""
    return FileResponse.model_validate_json(body) if _Lookup.model_validate_json(body).id else None


read_files = TypeAdapter(list[FileResponse]).validate_json
"""Parses a JSON list of files."""
