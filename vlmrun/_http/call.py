"""One call of the API as a value: what to send, and how to read the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Generic, Literal, TypeVar

__all__ = ["Call", "FilePart", "Storage", "nothing"]

T = TypeVar("T")


@dataclass(frozen=True)
class FilePart:
    """A file for a multipart body. It is read from its first byte whenever the request is sent, a chunk at a time.

    Attributes:
        file: The file; it can seek.
        filename: What the server is told that it is called.
        media_type: What the server is told that it is.
    """

    file: BinaryIO = field(repr=False)
    filename: str
    media_type: str


@dataclass(frozen=True)
class Storage:
    """A presigned URL and the bytes that go there. The URL is a secret, and the storage is not VLM Run's API.

    Attributes:
        url: The presigned URL.
        media_type: The `Content-Type` that the URL was made for.
        file: What is sent, as `FilePart.file`.
        size: How many bytes that is.
    """

    url: str = field(repr=False)
    media_type: str
    file: BinaryIO = field(repr=False)
    size: int


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call of the API: what to send, and how to read what comes back.

    Attributes:
        method: The HTTP method.
        path: Path segments below the base URL, not yet encoded.
        read: Makes the result from the body of an answer that says success, or raises pydantic's `ValidationError`.
        body: The JSON body; members that are `None` are left out.
        query: The query; members that are `None` are left out.
        part: The `file` of a multipart body, in place of `body`.
        accept: The media type to ask for.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: tuple[str, ...]
    read: Callable[[bytes], T]
    body: Mapping[str, object] | None = field(default=None, repr=False)
    query: Mapping[str, object] = field(default_factory=dict[str, object])
    part: FilePart | None = None
    accept: str = "application/json"


def nothing(body: bytes) -> None:  # as every reader
    """Read nothing: any body will do."""
