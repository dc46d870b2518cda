"""Files, and promises of files."""

from __future__ import annotations

import mimetypes
import secrets
import time
import uuid
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from vlmrun.local._store.disk import Blob
from vlmrun.local._wire.clock import now
from vlmrun.local._wire.paths import STORAGE

__all__ = ["Promise", "StoredFile", "nothing_on_wire"]


def _token() -> str:
    return secrets.token_urlsafe(24)


def _new_id() -> str:
    return str(uuid.uuid4())


def _media_type(filename: str) -> str:
    # Only the suffix: the function takes URLs, and a name may look like a broken one.
    suffix = PurePosixPath(filename).suffix
    return mimetypes.guess_type(f"file{suffix}")[0] or "application/octet-stream"


@dataclass(frozen=True)
class StoredFile:
    """A file that is here."""

    filename: str
    """Its name as it was given; it is told, and never used as a path."""
    purpose: str
    """What it is for."""
    blob: Blob
    """Its bytes."""
    id: str = field(default_factory=_new_id)
    """Its id."""
    token: str = field(default_factory=_token)
    """The secret of its public URL."""
    created_at: str = field(default_factory=now)
    """When it came."""

    @property
    def media_type(self) -> str:
        """What its name says that it is."""
        return _media_type(self.filename)

    def on_wire(self, origin: str | None) -> dict[str, object]:
        """The file as `FileResponse`.

        Args:
            origin: Where this server is, such as `http://127.0.0.1:8000`; `None` for no public URL.

        Returns:
            The JSON body.
        """
        return {
            "id": self.id,
            "filename": self.filename,
            "bytes": self.blob.size,
            "purpose": self.purpose,
            "created_at": self.created_at,
            "object": "file",
            "public_url": None if origin is None else f"{origin}{STORAGE}{self.token}",
        }


def nothing_on_wire() -> dict[str, object]:
    """The `FileResponse` of a hash that no file has."""
    return {
        "id": None,
        "filename": None,
        "bytes": 0,
        "purpose": "assistants",
        "created_at": now(),
        "object": "file",
        "public_url": None,
    }


@dataclass(frozen=True)
class Promise:
    """A file that may be uploaded to a signed URL."""

    filename: str
    """Its name as it was given."""
    purpose: str
    """What it is for."""
    expiration: int
    """For how many seconds it may be uploaded."""
    deadline: float
    """The end of that time, on the monotonic clock."""
    id: str = field(default_factory=_new_id)
    """The id that the file will have."""
    token: str = field(default_factory=_token)
    """The secret of the URL."""
    created_at: str = field(default_factory=now)
    """When it was promised."""
    blob: Blob | None = None
    """What was uploaded so far."""

    @property
    def media_type(self) -> str:
        """The Content-Type that the upload must have."""
        return _media_type(self.filename)

    @property
    def is_expired(self) -> bool:
        """Whether it is too late."""
        return time.monotonic() > self.deadline

    def on_wire(self, origin: str) -> dict[str, object]:
        """The promise as the answer to `presigned-url`."""
        return {
            "id": self.id,
            "url": f"{origin}{STORAGE}{self.token}",
            "filename": self.filename,
            "content_type": self.media_type,
            "upload_method": "PUT",
            "public_url": None,
            "created_at": self.created_at,
            "expiration": self.expiration,
            "method": "PUT",
        }
