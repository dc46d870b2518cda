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
"""What an uploaded file is for."""


class FileResponse(WireModel):
    """An uploaded file. Source: API.md §3.2.

    Attributes:
        id: Its identifier, which `content.file` takes.
        filename: What it is called.
        bytes: Its size, in bytes.
        purpose: What it is for.
        created_at: When it was uploaded.
        object: Always `file`.
        public_url: Where anybody can read it for a time, if that was asked for.
    """

    id: str
    filename: str | None = None
    bytes: int | None = None
    purpose: FilePurpose | None = None
    created_at: Annotated[datetime, TIMESTAMP] | None = None
    object: Literal["file"] | str = "file"
    public_url: str | None = Field(default=None, repr=False)


class UploadTicket(WireModel):
    """A presigned upload, which is a secret as long as it is valid."""

    id: str
    url: str = Field(repr=False)
    content_type: str | None = None
    upload_method: str | None = None
    method: str | None = None


class _Lookup(WireModel):
    """What the server has of some digest: a file, or nothing."""

    id: str | None = None


def read_lookup(body: bytes) -> FileResponse | None:
    """The file that a lookup by digest has found."""
    return FileResponse.model_validate_json(body) if _Lookup.model_validate_json(body).id else None


read_files = TypeAdapter(list[FileResponse]).validate_json
"""Reads a list of them."""
