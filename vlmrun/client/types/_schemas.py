"""Models, domains and the hub: what VLM Run can extract, its schemas, and the configuration of an extraction."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, JsonValue, TypeAdapter

from vlmrun._inputs.skills import Skill
from vlmrun.client.types._base import AnswerConfig, ServiceTier, WireModel

__all__ = [
    "DomainInfo",
    "GenerationConfig",
    "HubDomainInfo",
    "HubInfoResponse",
    "HubSchemaResponse",
    "ModelInfo",
    "SchemaResponse",
    "read_domains",
    "read_flag",
    "read_hub_domains",
    "read_models",
]


class GenerationConfig(AnswerConfig):
    """The configuration of an extraction.

    Only fields that are set are sent; the server's defaults apply to the others. `json_schema` replaces the schema of
    the domain.
    """

    prompt: str | None = None
    """Instructions in addition to those of the domain."""
    gql_stmt: str | None = None
    """A GraphQL statement that selects fields of the domain's schema."""
    max_retries: int | None = None
    """How many times the server retries the generation."""
    max_tokens: int | None = None
    """Maximum number of tokens to generate."""
    temperature: float | None = None
    """Sampling temperature."""
    detail: Literal["auto", "lo", "hi"] | str | None = None
    """Resolution at which inputs are read: `auto`, `lo` or `hi`."""
    confidence: bool | None = None
    """Whether to add a confidence to each field."""
    grounding: bool | None = None
    """Whether to add to each field its location in the input."""
    keyframes: bool | None = None
    """Whether to return key frames of a video."""
    video_segment_duration: float | None = None
    """Length of the segments that a video is divided into, in seconds."""
    video_frames_per_segment: int | None = None
    """Number of frames to read from each segment."""
    page_indices: list[int] | None = None
    """The pages of a document to read, counted from 0."""
    service_tier: ServiceTier | None = None
    """The priority, and the price, of the work."""
    skills: list[Skill] | None = None
    """Skills to use, which may replace the domain."""


class ModelInfo(WireModel):
    """A model, and a domain that it serves."""

    model: str
    """The name of the model."""
    domain: str
    """The name of the domain."""


class DomainInfo(WireModel):
    """A domain: a kind of input with a schema of its answers."""

    domain: str
    """The name of the domain in requests, such as `document.invoice`."""
    name: str | None = None
    """The display name of the domain."""
    description: str | None = None
    """A description of the domain."""


class SchemaResponse(WireModel):
    """The schema of a domain."""

    domain: str | None = None
    """The name of the domain."""
    description: str | None = None
    """A description of the domain."""
    schema_version: str | None = None
    """Version of the schema."""
    schema_hash: str | None = None
    """Hash of the schema, 8 characters."""
    gql_stmt: str | None = None
    """The GraphQL statement that selects the fields of the schema."""
    json_schema: dict[str, JsonValue]
    """The JSON schema."""
    json_sample: JsonValue = None
    """An example that matches the schema."""


HubSchemaResponse: TypeAlias = SchemaResponse
"""The official SDK's name for the schema that the hub returns."""


class HubInfoResponse(WireModel):
    """The hub, the catalogue of domains."""

    version: str
    """Version of the hub."""


class HubDomainInfo(WireModel):
    """A domain in the hub."""

    domain: str
    """The name of the domain in requests, such as `document.invoice`."""
    description: str | None = None
    """A description of the domain."""
    supported_inputs: list[str] | None = None
    """Kinds of input that it accepts, such as `image` and `document`."""
    tags: list[str] | None = None
    """The tags of the domain."""
    sample_data: JsonValue = Field(default=None, repr=False)
    """An example of an input, such as its URL."""


read_models = TypeAdapter(list[ModelInfo]).validate_json
"""Parses a JSON list of models."""
read_domains = TypeAdapter(list[DomainInfo]).validate_json
"""Parses a JSON list of domains."""
read_hub_domains = TypeAdapter(list[HubDomainInfo]).validate_json
"""Parses a JSON list of domains of the hub."""


def read_flag(body: bytes) -> bool:
    """Parse a JSON boolean; anything else is an error."""
    return _FLAG.validate_json(body, strict=True)


_FLAG = TypeAdapter(bool)
