"""One API call as a value: what to send, and how to read the response."""

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
    """The file, which must be seekable."""
    filename: str
    """The file name that is sent."""
    media_type: str
    """The media type that is sent."""
    report: Callable[[int], object] | None = field(default=None, repr=False, compare=False)
    """Takes the number of bytes that are sent; each attempt starts with 0."""


@dataclass(frozen=True)
class Storage:
    """A presigned URL and the bytes that go there. The URL is a secret, and the storage is not VLM Run's API."""

    url: str = field(repr=False)
    """The presigned URL."""
    media_type: str
    """The `Content-Type` that the URL was made for."""
    file: BinaryIO = field(repr=False)
    """The file, which must be seekable."""
    size: int
    """The size of the file in bytes."""
    report: Callable[[int], object] | None = field(default=None, repr=False, compare=False)
    """Takes the number of bytes that are sent; each attempt starts with 0."""


class Sink(Protocol):
    """Receives a response body in chunks. An error that it raises ends the call."""

    def write(self, data: bytes, /) -> None:
        """Receive a chunk."""
        ...

    def clear(self) -> None:
        """Discard what was received: another attempt begins."""
        ...

    def report(self, done: int, total: int | None, /) -> None:
        """Learn how many bytes of how many an attempt has received: at its start, and after each chunk.

        It is called where the transport runs; the other two may run in another thread.
        """
        ...


@dataclass(frozen=True)
class Call(Generic[T]):
    """One API call: what to send, and how to read the response."""

    method: Literal["GET", "POST", "DELETE"]
    """The HTTP method."""
    path: tuple[str, ...]
    """Path segments below the base URL, not yet encoded."""
    read: Callable[[bytes], T]
    """Parses the body of a successful response; raises pydantic's `ValidationError`."""
    body: Mapping[str, object] | None = field(default=None, repr=False)
    """The JSON body; members that are `None` are left out."""
    query: Mapping[str, object] = field(default_factory=dict[str, object])
    """The query; members that are `None` are left out."""
    part: FilePart | None = None
    """The `file` of a multipart body, in place of `body`."""
    accept: str = "application/json"
    """The media type to ask for."""


def nothing(body: bytes) -> None:  # the signature of every reader
    """Ignore the body."""
