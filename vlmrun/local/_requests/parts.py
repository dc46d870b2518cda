"""What a message and its content parts must look like."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

__all__ = [
    "PART_TYPES",
    "URL",
    "AttachmentPart",
    "AudioPart",
    "CalledFunction",
    "CalledTool",
    "FilePart",
    "ImagePart",
    "InputFilePart",
    "JSONObject",
    "Link",
    "Message",
    "Part",
    "SoundPart",
    "TextPart",
    "VideoPart",
    "WireModel",
]

JSONObject = dict[str, object]


class WireModel(BaseModel):
    """What comes as JSON: types are strict, and fields that are not named are let through."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="ignore", frozen=True)


def _known_scheme(url: str) -> str:
    if url.lower().startswith(("http://", "https://", "data:")):
        return url
    raise ValueError("a URL must be a http:, https: or data: URL")


URL = Annotated[str, AfterValidator(_known_scheme)]
"""A URL: http, https or data."""


class Link(WireModel):
    """A URL in its object."""

    url: URL
    detail: str | None = None


class TextPart(WireModel):
    """A part that is text."""

    type: Literal["text"]
    text: str


class ImagePart(WireModel):
    """A part that is an image."""

    type: Literal["image_url"]
    image_url: Link


class VideoPart(WireModel):
    """A part that is a video."""

    type: Literal["video_url"]
    video_url: Link


class AudioPart(WireModel):
    """A part that is audio."""

    type: Literal["audio_url"]
    audio_url: Link


class FilePart(WireModel):
    """A part that is any file."""

    type: Literal["file_url"]
    file_url: Link


class InputFilePart(WireModel):
    """A part that is an uploaded file, or the URL of one."""

    type: Literal["input_file"]
    file_id: Annotated[str, Field(min_length=1)] | None = None
    file_url: Link | None = None

    @model_validator(mode="after")
    def _has_payload(self) -> Self:
        if self.file_id is None and self.file_url is None:
            raise ValueError("an input_file part needs file_id or file_url")
        return self


class Attachment(WireModel):
    """What OpenAI's part for a file holds: the id of an uploaded file, or the file in base64 or as a data: URL."""

    file_id: Annotated[str, Field(min_length=1)] | None = None
    file_data: Annotated[str, Field(min_length=1)] | None = None
    filename: str | None = None

    @model_validator(mode="after")
    def _has_payload(self) -> Self:
        if self.file_id is None and self.file_data is None:
            raise ValueError("a file needs file_id or file_data")
        return self


class AttachmentPart(WireModel):
    """OpenAI's own part for a file."""

    type: Literal["file"]
    file: Attachment


class Sound(WireModel):
    """What OpenAI's part for audio holds."""

    data: str
    """The bytes, in base64."""
    format: Annotated[str, Field(pattern=r"^[\w.+-]+$")]
    """Such as `wav`."""


class SoundPart(WireModel):
    """OpenAI's own part for audio."""

    type: Literal["input_audio"]
    input_audio: Sound


Part = TextPart | ImagePart | VideoPart | AudioPart | FilePart | InputFilePart | AttachmentPart | SoundPart
"""Any content part of a message."""

PART_TYPES = frozenset({"text", "image_url", "video_url", "audio_url", "file_url", "input_file", "file", "input_audio"})


def _form_of_content(content: object) -> str | None:
    if isinstance(content, str):
        return "text"
    return "parts" if isinstance(content, list) else None


Content = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[Annotated[Part, Field(discriminator="type")]], Tag("parts")],
    Discriminator(
        _form_of_content,
        custom_error_type="content_type",
        custom_error_message="Input should be a string or a list of content parts",
    ),
]


class CalledFunction(WireModel):
    """A function that the model has called."""

    name: str
    arguments: str = ""
    """JSON, as the model wrote it."""


class CalledTool(WireModel):
    """A call of a tool; only functions are known here."""

    id: str | None = None
    type: str = "function"
    function: CalledFunction | None = None


class Message(WireModel):
    """One message of a chat."""

    role: Annotated[str, Field(min_length=1)]
    content: Content | None = None
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: list[CalledTool] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        # An assistant that only called tools said nothing.
        if self.content is None and self.role != "assistant":
            raise ValueError(f"a message of the role {self.role!r} needs content")
        return self
