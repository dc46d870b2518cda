"""Models, domains and the hub: what VLM Run can extract, the schemas of it, and how to extract."""

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
    """How an answer is generated. Source: API.md §7.

    Only what is set is sent, so the server's defaults hold for the rest.

    Attributes:
        prompt: Instructions in addition to those of the domain.
        json_schema: The JSON schema that the answer fits, instead of the domain's.
        response_model: A pydantic model to make `json_schema` from; the model itself is not sent.
        gql_stmt: A GraphQL statement that selects fields of the domain's schema.
        max_retries: How many times the server retries the generation.
        max_tokens: Maximum number of tokens to generate.
        temperature: Sampling temperature.
        detail: Resolution at which inputs are read: `auto`, `lo` or `hi`.
        confidence: Whether to add a confidence to each field.
        grounding: Whether to add to each field where in the input it was found.
        keyframes: Whether to return key frames of a video.
        video_segment_duration: Length of the segments that a video is divided into, in seconds.
        video_frames_per_segment: Number of frames to read from each segment.
        page_indices: The pages of a document to read, counted from 0.
        service_tier: How urgently, and at what price, the work is done.
        skills: Skills to use, which may replace the domain.
    """

    prompt: str | None = None
    gql_stmt: str | None = None
    max_retries: int | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    detail: Literal["auto", "lo", "hi"] | str | None = None
    confidence: bool | None = None
    grounding: bool | None = None
    keyframes: bool | None = None
    video_segment_duration: float | None = None
    video_frames_per_segment: int | None = None
    page_indices: list[int] | None = None
    service_tier: ServiceTier | None = None
    skills: list[Skill] | None = None


class ModelInfo(WireModel):
    """A model, and a domain that it serves. Source: API.md §3.1.

    Attributes:
        model: The name of the model.
        domain: The name of the domain.
    """

    model: str
    domain: str


class DomainInfo(WireModel):
    """A domain: a kind of input with a schema of its answers. Source: API.md §3.1.

    Attributes:
        domain: The name of the domain in requests, such as `document.invoice`.
        name: Its name for people.
        description: What it is for.
    """

    domain: str
    name: str | None = None
    description: str | None = None


class SchemaResponse(WireModel):
    """The schema of a domain. Source: API.md §7.

    Attributes:
        domain: The name of the domain.
        description: What the domain is for.
        schema_version: Version of the schema.
        schema_hash: Hash of the schema, 8 characters.
        gql_stmt: The GraphQL statement that selects the fields of the schema.
        json_schema: The JSON schema.
        json_sample: An example that fits the schema.
    """

    domain: str | None = None
    description: str | None = None
    schema_version: str | None = None
    schema_hash: str | None = None
    gql_stmt: str | None = None
    json_schema: dict[str, JsonValue]
    json_sample: JsonValue = None


HubSchemaResponse: TypeAlias = SchemaResponse
"""The name under which the official SDK has the schema that the hub returns."""


class HubInfoResponse(WireModel):
    """The hub, the catalogue of domains. Source: API.md §3.1.

    Attributes:
        version: Version of the hub.
    """

    version: str


class HubDomainInfo(WireModel):
    """A domain in the hub. Source: API.md §3.1, §20.

    Attributes:
        domain: The name of the domain in requests, such as `document.invoice`.
        description: What it is for.
        supported_inputs: Kinds of input that it accepts, such as `image` and `document`.
        tags: Its tags.
        sample_data: An example of an input, such as its URL.
    """

    domain: str
    description: str | None = None
    supported_inputs: list[str] | None = None
    tags: list[str] | None = None
    sample_data: JsonValue = Field(default=None, repr=False)


read_models = TypeAdapter(list[ModelInfo]).validate_json
"""Reads a list of them."""
read_domains = TypeAdapter(list[DomainInfo]).validate_json
"""Reads a list of them."""
read_hub_domains = TypeAdapter(list[HubDomainInfo]).validate_json
"""Reads a list of them."""


def read_flag(body: bytes) -> bool:
    """Reads a boolean; anything else is refused."""
    return _FLAG.validate_json(body, strict=True)


_FLAG = TypeAdapter(bool)
