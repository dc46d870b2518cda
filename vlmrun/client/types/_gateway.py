"""The gateway: the models that it serves, with what each can do."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from vlmrun.client.types._base import WireModel

__all__ = ["GatewayCapabilities", "GatewayModel", "read_gateway_models"]


class GatewayCapabilities(WireModel):
    """What a model of the gateway can do. A field is `None` if the server does not say."""

    max_images: int | None = None
    """Maximum number of images in a request."""
    max_videos: int | None = None
    """Maximum number of videos in a request."""
    supports_text_only: bool | None = None
    """Whether a request may consist of text alone."""
    supports_document_url: bool | None = None
    """Whether it accepts documents: parts of `content.document_url`."""
    supports_json_schema: bool | None = None
    """Whether it accepts a JSON schema as `response_format`."""
    supported_input_types: list[str] | None = None
    """The types of parts that it accepts, such as `image_url`."""


class GatewayModel(WireModel):
    """A model that the gateway serves."""

    id: str
    """The name of the model in requests, such as `zai-org/glm-ocr`."""
    object: str | None = None
    """The type of the object, `model`."""
    created: int | None = None
    """When the model was added, in seconds since 1970."""
    owned_by: str | None = None
    """The owner of the model."""
    aliases: list[str] | None = None
    """Other names that requests may use."""
    methods: list[str] | None = None
    """The presets that it accepts as `method`."""
    default_method: str | None = None
    """The preset that is used if a request names none."""
    extra_body_help: JsonValue = None
    """The fields that it accepts in `extra_body`, as the server describes them."""
    capabilities: GatewayCapabilities | None = None
    """What the model can do."""
    task: Literal["chat", "embed", "transcribe"] | str | None = None
    """Which resource it is for: `completions`, `embeddings` or `transcriptions`."""


class _ModelList(WireModel):
    data: list[GatewayModel]


def read_gateway_models(body: bytes) -> list[GatewayModel]:
    """Parse the gateway's list of models."""
    return _ModelList.model_validate_json(body).data
