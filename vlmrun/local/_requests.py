"""What a request must look like.

Types are strict, enumerations are open, and fields that are not named here are let through: OpenAI has many.

Source: API.md §3.6, 4, 8, 9.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from vlmrun.local._errors import Location

__all__ = [
    "PART_TYPES",
    "AgentConfig",
    "AudioPart",
    "ChatRequest",
    "CreateRequest",
    "ExecuteRequest",
    "FilePart",
    "ImagePart",
    "InputFilePart",
    "JSONObject",
    "Link",
    "LookupRequest",
    "Message",
    "ObjectFormat",
    "PageQuery",
    "Part",
    "SchemaFormat",
    "TextPart",
    "VideoPart",
]

JSONObject = dict[str, object]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def _known_scheme(url: str) -> str:
    if url.lower().startswith(("http://", "https://", "data:")):
        return url
    raise ValueError("a URL must be a http:, https: or data: URL")


class Link(_Request):
    """A URL in its object."""

    url: Annotated[str, AfterValidator(_known_scheme)]
    detail: str | None = None


class TextPart(_Request):
    """A part that is text."""

    type: Literal["text"]
    text: str


class ImagePart(_Request):
    """A part that is an image."""

    type: Literal["image_url"]
    image_url: Link


class VideoPart(_Request):
    """A part that is a video."""

    type: Literal["video_url"]
    video_url: Link


class AudioPart(_Request):
    """A part that is audio."""

    type: Literal["audio_url"]
    audio_url: Link


class FilePart(_Request):
    """A part that is any file."""

    type: Literal["file_url"]
    file_url: Link


class InputFilePart(_Request):
    """A part that is an uploaded file, or the URL of one."""

    type: Literal["input_file"]
    file_id: Annotated[str, Field(min_length=1)] | None = None
    file_url: Link | None = None

    @model_validator(mode="after")
    def _has_payload(self) -> Self:
        if self.file_id is None and self.file_url is None:
            raise ValueError("an input_file part needs file_id or file_url")
        return self


Part = TextPart | ImagePart | VideoPart | AudioPart | FilePart | InputFilePart
"""Any content part of a message."""

PART_TYPES = frozenset({"text", "image_url", "video_url", "audio_url", "file_url", "input_file"})


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


class Message(_Request):
    """One message of a chat."""

    role: Annotated[str, Field(min_length=1)]
    content: Content | None = None
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: list[JSONObject] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        # An assistant that only called tools said nothing.
        if self.content is None and self.role != "assistant":
            raise ValueError(f"a message of the role {self.role!r} needs content")
        return self


class StreamOptions(_Request):
    """OpenAI's options of a stream."""

    include_usage: bool | None = None


class NestedSchema(_Request):
    """OpenAI's nesting of a schema."""

    name: str | None = None
    strict: bool | None = None
    schema_: Annotated[JSONObject, Field(alias="schema")]


class TextFormat(_Request):
    """The answer is text."""

    type: Literal["text"]


class ObjectFormat(_Request):
    """The answer is some JSON object."""

    type: Literal["json_object"]


class SchemaFormat(_Request):
    """The answer is JSON that fits a schema, which stands at the top level or in OpenAI's nesting."""

    type: Literal["json_schema"]
    schema_: Annotated[JSONObject | None, Field(alias="schema")] = None
    json_schema: NestedSchema | None = None

    @model_validator(mode="after")
    def _has_one_schema(self) -> Self:
        if (self.schema_ is None) == (self.json_schema is None):
            raise ValueError("a json_schema format needs exactly one of schema and json_schema")
        return self

    @property
    def asked(self) -> tuple[Location, JSONObject]:
        """The schema, and where it stands in the body."""
        if self.json_schema is not None:
            return ("body", "response_format", "json_schema", "schema"), self.json_schema.schema_
        return ("body", "response_format", "schema"), self.schema_ or {}


ResponseFormat = Annotated[TextFormat | ObjectFormat | SchemaFormat, Field(discriminator="type")]


class ChatRequest(_Request):
    """`POST /v1/openai/chat/completions`."""

    messages: Annotated[list[Message], Field(min_length=1)]
    model: Annotated[str, Field(min_length=1)] = "vlmrun-orion-1:auto"
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat | None = None
    session_id: Annotated[str, Field(min_length=1)] | None = None
    metadata: JSONObject | None = None
    skills: list[JSONObject] | None = None
    toolsets: list[str] | None = None
    models: list[str] | None = None

    @property
    def limit(self) -> int | None:
        """The most words that the answer may have."""
        limits = [limit for limit in (self.max_tokens, self.max_completion_tokens) if limit is not None]
        return min(limits, default=None)


class LookupRequest(_Request):
    """`POST /v1/agent/lookup`."""

    id: str | None = None
    name: str | None = None
    prompt: str | None = None

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if sum(key is not None for key in (self.id, self.name, self.prompt)) != 1:
            raise ValueError("exactly one of id, name and prompt is needed")
        return self


class _Config(_Request):
    json_schema: JSONObject | None = None
    skills: list[JSONObject] | None = None
    service_tier: str | None = None
    orchestration_mode: bool | None = None
    mode: str | None = None


class AgentConfig(_Config):
    """What an execution is told to do."""

    prompt: Annotated[str, Field(min_length=1)] | None = None


class CreateConfig(_Config):
    """What a new agent is told to do; here the prompt is needed."""

    prompt: Annotated[str, Field(min_length=1)]


class CreateRequest(_Request):
    """`POST /v1/agent/create`."""

    config: CreateConfig
    name: Annotated[str, Field(min_length=1)] | None = None
    inputs: JSONObject | None = None
    callback_url: str | None = None


class ExecuteRequest(_Request):
    """`POST /v1/agent/execute`."""

    name: Annotated[str, Field(min_length=1)] | None = None
    model: Annotated[str, Field(min_length=1)] = "vlmrun-orion-1:auto"
    batch: bool = True
    inputs: JSONObject | None = None
    config: AgentConfig | None = None
    metadata: JSONObject | None = None
    callback_url: str | None = None
    toolsets: list[str] | None = None

    @model_validator(mode="after")
    def _can_be_run(self) -> Self:
        if not self.batch:
            raise ValueError("batch must be true: an execution is always run in the background")
        if self.name is None and (self.config is None or self.config.prompt is None):
            raise ValueError("name or config.prompt must say what to do")
        return self


class PageQuery(BaseModel):
    """The query of a list. Not strict: a query is text."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    skip: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 10
