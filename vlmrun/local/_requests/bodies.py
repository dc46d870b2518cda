"""What the body of a request must look like.

Types are strict, enumerations are open, and fields that are not named here are let through: OpenAI has many.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from vlmrun.local._requests.parts import JSONObject, Message, WireModel
from vlmrun.local._requests.skills import Skill
from vlmrun.local._wire.errors import Location

__all__ = [
    "AgentConfig",
    "ChatRequest",
    "CreateRequest",
    "ExecuteRequest",
    "LookupRequest",
    "ObjectFormat",
    "PromiseRequest",
    "SchemaFormat",
    "ToolChoice",
]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class StreamOptions(WireModel):
    """OpenAI's options of a stream."""

    include_usage: bool | None = None


class NestedSchema(WireModel):
    """OpenAI's nesting of a schema."""

    name: str | None = None
    strict: bool | None = None
    schema_: Annotated[JSONObject, Field(alias="schema")]


def _form_of_schema(schema: object) -> str:
    # A bare schema has none of the two: neither is a keyword of JSON Schema.
    is_nested = not isinstance(schema, dict) or "schema" in schema or "name" in schema
    return "nested" if is_nested else "bare"


class TextFormat(WireModel):
    """The answer is text."""

    type: Literal["text"]


class ObjectFormat(WireModel):
    """The answer is some JSON object."""

    type: Literal["json_object"]


class SchemaFormat(WireModel):
    """The answer is JSON that fits a schema: as `schema`, as `json_schema`, or in OpenAI's nesting in the latter."""

    type: Literal["json_schema"]
    schema_: Annotated[JSONObject | None, Field(alias="schema")] = None
    json_schema: (
        Annotated[
            Annotated[NestedSchema, Tag("nested")] | Annotated[JSONObject, Tag("bare")],
            Discriminator(_form_of_schema),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _has_one_schema(self) -> Self:
        if (self.schema_ is None) == (self.json_schema is None):
            raise ValueError("a json_schema format needs exactly one of schema and json_schema")
        return self

    @property
    def asked(self) -> tuple[Location, JSONObject]:
        """The schema, and its place in the body."""
        if isinstance(self.json_schema, NestedSchema):
            return ("body", "response_format", "json_schema", "schema"), self.json_schema.schema_
        if self.json_schema is not None:
            return ("body", "response_format", "json_schema"), self.json_schema
        return ("body", "response_format", "schema"), self.schema_ or {}


ResponseFormat = Annotated[TextFormat | ObjectFormat | SchemaFormat, Field(discriminator="type")]


class Function(WireModel):
    """A function that the model may call."""

    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    parameters: JSONObject | None = None


class Tool(WireModel):
    """A tool that the model may call; only functions are known here."""

    type: str = "function"
    function: Function | None = None


class ToolName(WireModel):
    """A tool by its name."""

    name: str


class NamedTool(WireModel):
    """A tool that is to be called: one of the two is set."""

    function: ToolName | None = None
    custom: ToolName | None = None

    @property
    def name(self) -> str | None:
        """Its name."""
        named = self.function or self.custom
        return None if named is None else named.name


class AllowedTools(WireModel):
    """The tools that may be called, and whether one must be: `auto` or `required`."""

    mode: str
    tools: list[NamedTool]


class ToolChoice(NamedTool):
    """OpenAI's choice of one tool, or of those that are allowed."""

    type: str
    allowed_tools: AllowedTools | None = None


def _is_uuid(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise ValueError("a session_id must be a UUID, as in 123e4567-e89b-42d3-a456-426614174000")
    return text.lower()


class ChatRequest(WireModel):
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
    session_id: Annotated[str, AfterValidator(_is_uuid)] | None = None
    metadata: JSONObject | None = None
    skills: list[Skill] | None = None
    toolsets: list[str] | None = None
    models: list[str] | None = None
    tools: list[Tool] | None = None
    tool_choice: str | ToolChoice | None = None

    @property
    def limit(self) -> int | None:
        """The most words that the answer may have."""
        limits = [limit for limit in (self.max_tokens, self.max_completion_tokens) if limit is not None]
        return min(limits, default=None)


class LookupRequest(WireModel):
    """`POST /v1/agent/lookup`."""

    id: str | None = None
    name: str | None = None
    prompt: str | None = None

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if sum(key is not None for key in (self.id, self.name, self.prompt)) != 1:
            raise ValueError("exactly one of id, name and prompt is needed")
        return self


class _Config(WireModel):
    json_schema: JSONObject | None = None
    skills: list[Skill] | None = None
    service_tier: str | None = None
    orchestration_mode: bool | None = None
    mode: str | None = None


class AgentConfig(_Config):
    """What an execution is told to do."""

    prompt: Annotated[str, Field(min_length=1)] | None = None


class CreateConfig(_Config):
    """What a new agent is told to do; here the prompt is needed."""

    prompt: Annotated[str, Field(min_length=1)]


class CreateRequest(WireModel):
    """`POST /v1/agent/create`."""

    config: CreateConfig
    name: Annotated[str, Field(min_length=1)] | None = None
    inputs: JSONObject | None = None
    callback_url: str | None = None


class ExecuteRequest(WireModel):
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
        config = self.config
        if self.name is None and (config is None or not (config.prompt or config.skills)):
            raise ValueError("name, config.prompt or config.skills must say what to do")
        return self


class PromiseRequest(WireModel):
    """`POST /v1/files/presigned-url`."""

    filename: Annotated[str, Field(min_length=1)]
    purpose: Annotated[str, Field(min_length=1)] = "assistants"
    # At most a week, which is the longest that S3 signs a URL for.
    expiration: Annotated[int, Field(ge=1, le=604_800)] = 86_400
