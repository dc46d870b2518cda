"""One call of the API as a value: what to send, and how to read the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Generic, Literal, Protocol, TypeVar

__all__ = ["Call", "FilePart", "Sink", "Storage", "nothing"]

T = TypeVar("T")


@dataclass(frozen=True)
class FilePart:
    """A file for a multipart body. It is read from its first byte whenever the request is sent, a chunk at a time."""

    file: BinaryIO = field(repr=False)
    """The file; it can seek."""
    filename: str
    """What the server is told that it is called."""
    media_type: str
    """What the server is told that it is."""


@dataclass(frozen=True)
class Storage:
    """A presigned URL and the bytes that go there. The URL is a secret, and the storage is not VLM Run's API."""

    url: str = field(repr=False)
    """The presigned URL."""
    media_type: str
    """The `Content-Type` that the URL was made for."""
    file: BinaryIO = field(repr=False)
    """What is sent, as `FilePart.file`."""
    size: int
    """How many bytes that is."""


class Sink(Protocol):
    """Takes the body of an answer, piece by piece. What it raises ends the call."""

    def write(self, data: bytes, /) -> None:
        """Take all of these bytes."""
        ...

    def clear(self) -> None:
        """Forget what came: another attempt begins."""
        ...


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call of the API: what to send, and how to read what comes back."""

    method: Literal["GET", "POST", "DELETE"]
    """The HTTP method."""
    path: tuple[str, ...]
    """Path segments below the base URL, not yet encoded."""
    read: Callable[[bytes], T]
    """Makes the result from the body of an answer that says success, or raises pydantic's `ValidationError`."""
    body: Mapping[str, object] | None = field(default=None, repr=False)
    """The JSON body; members that are `None` are left out."""
    query: Mapping[str, object] = field(default_factory=dict[str, object])
    """The query; members that are `None` are left out."""
    part: FilePart | None = None
    """The `file` of a multipart body, in place of `body`."""
    accept: str = "application/json"
    """The media type to ask for."""


def nothing(body: bytes) -> None:  # as every reader
    """Read nothing: any body will do."""
