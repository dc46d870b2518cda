"""References to artifacts, for the fields of a `response_model`: the agent puts the ids of what it made into them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from vlmrun._inputs.artifact_ids import without_suffix

__all__ = ["ArrayRef", "ArtifactRef", "AudioRef", "DocumentRef", "ImageRef", "ReconRef", "UrlRef", "VideoRef"]


def _undescribed(schema: dict[str, JsonValue]) -> None:
    """Leave the docstring, which is for people, out of the schema: it is the one that the server knows."""
    schema.pop("description", None)


class ArtifactRef(BaseModel):
    """A reference to an artifact of any kind. `client.artifacts.get` and `download` take it in place of an id."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=_undescribed)

    id: str
    """The artifact's id, such as `img_a1b2c3`."""

    @field_validator("id", mode="before")
    @classmethod
    def _without_suffix(cls, value: object) -> object:
        return without_suffix(value) if isinstance(value, str) else value


class ImageRef(ArtifactRef):
    """An image: `client.artifacts.image(ref, ...)` returns it as a Pillow image."""

    id: str = Field(pattern=r"^img_\w{6}$")
    """The artifact's id, such as `img_a1b2c3`."""


class VideoRef(ArtifactRef):
    """A video, usually MP4."""

    id: str = Field(pattern=r"^vid_\w{6}$")
    """The artifact's id, such as `vid_a1b2c3`."""


class AudioRef(ArtifactRef):
    """A sound, usually MP3."""

    id: str = Field(pattern=r"^aud_\w{6}$")
    """The artifact's id, such as `aud_a1b2c3`."""


class DocumentRef(ArtifactRef):
    """A document, usually PDF."""

    id: str = Field(pattern=r"^doc_\w{6}$")
    """The artifact's id, such as `doc_a1b2c3`."""


class ReconRef(ArtifactRef):
    """A reconstruction in three dimensions, such as a point cloud."""

    id: str = Field(pattern=r"^recon_\w{6}$")
    """The artifact's id, such as `recon_a1b2c3`."""


class ArrayRef(ArtifactRef):
    """An array: `client.artifacts.array(ref, ...)` returns it as a NumPy array."""

    id: str = Field(pattern=r"^arr_\w{6}$")
    """The artifact's id, such as `arr_a1b2c3`."""


class UrlRef(ArtifactRef):
    """A URL: its bytes are a signed URL as text."""

    id: str = Field(pattern=r"^url_\w{6}$")
    """The artifact's id, such as `url_a1b2c3`."""
