"""What a generation is configured by, and the requests for a schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vlmrun.local._requests.parts import JSONObject, WireModel
from vlmrun.local._requests.skills import Skill

__all__ = ["GenerationConfig", "HubSchemaRequest", "SchemaRequest"]


class GenerationConfig(WireModel):
    """How an answer is generated. Each field may be left out or null."""

    prompt: str | None = None
    json_schema: JSONObject | None = None
    gql_stmt: str | None = None
    max_retries: Annotated[int, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: float | None = None
    detail: str | None = None
    confidence: bool | None = None
    grounding: bool | None = None
    keyframes: bool | None = None
    video_segment_duration: float | None = None
    video_frames_per_segment: int | None = None
    page_indices: list[Annotated[int, Field(ge=0)]] | None = None
    service_tier: str | None = None
    skills: list[Skill] | None = None


class SchemaRequest(WireModel):
    """`POST /v1/schema`."""

    domain: Annotated[str, Field(min_length=1)]
    config: GenerationConfig | None = None


class HubSchemaRequest(SchemaRequest):
    """`POST /v1/hub/schema`."""

    gql_stmt: str | None = None
