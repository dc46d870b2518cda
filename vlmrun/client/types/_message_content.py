"""Message parts as models: the official SDK's form of what `vlmrun.content` makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer, model_validator
from typing_extensions import Self

from vlmrun._inputs.addresses import shown

__all__ = ["AudioUrl", "DocumentUrl", "FileUrl", "ImageUrl", "MessageContent", "VideoUrl"]


class _Content(BaseModel):
    """The base of these: only fields that are set are in `model_dump()`, which is the JSON that is sent."""

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        return {name: value for name, value in handler(self).items() if value is not None}

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # A URL may hold a document, or grant anyone access to it.
        for name, value in super().__repr_args__():
            yield name, shown(value) if name == "url" and isinstance(value, str) else value


class FileUrl(_Content):
    """The address of a file."""

    url: str
    """An `http:`, `https:` or `data:` URL."""


class ImageUrl(FileUrl):
    """The address of an image."""

    detail: Literal["auto", "low", "high"] | None = None
    """Resolution at which the image is read; the server's default is `auto`."""


class VideoUrl(FileUrl):
    """The address of a video."""


class AudioUrl(FileUrl):
    """The address of audio."""


class DocumentUrl(FileUrl):
    """The address of a document."""


class MessageContent(_Content):
    """A message part: `MessageContent(type="image_url", image_url=ImageUrl(url="https://..."))`.

    `client.agent.execute(inputs=...)` takes it as it is, chats take its `model_dump()`. `vlmrun.content` makes the same
    parts from paths, bytes and images.
    """

    type: Literal["text", "image_url", "video_url", "audio_url", "file_url", "input_file"]
    """What the part is; the field of the same name is required. An `input_file` has a `file_id` or a `file_url`."""
    text: str | None = None
    """A text."""
    image_url: ImageUrl | None = None
    """An image."""
    video_url: VideoUrl | None = None
    """A video."""
    audio_url: AudioUrl | None = None
    """Audio."""
    file_url: FileUrl | None = None
    """A document or another file."""
    file_id: str | UUID | None = None
    """The id of an uploaded file."""

    @model_validator(mode="after")
    def _has_what_its_type_names(self) -> Self:
        names = ("file_id", "file_url") if self.type == "input_file" else (self.type,)
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"{' or '.join(names)} is required with type={self.type!r}")
        return self
