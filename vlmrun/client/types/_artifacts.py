"""Artifacts: what agents make."""

from __future__ import annotations

from typing import Literal, TypeAlias

from vlmrun.client.types._base import WireModel

__all__ = ["ArtifactInfo", "ArtifactSource", "read_listing"]

ArtifactSource: TypeAlias = Literal["store", "manifest", "workspace"] | str
"""Where the server found an artifact."""


class ArtifactInfo(WireModel):
    """Something that an agent made. Source: API.md §3.7.

    Attributes:
        object_id: Its identifier, such as `img_a1b2c3`.
        filename: What it is called in the agent's workspace, where it has a name.
        source: Where the server found it.
    """

    object_id: str
    filename: str | None = None
    source: ArtifactSource | None = None


class _Listing(WireModel):
    items: list[ArtifactInfo]


def read_listing(body: bytes) -> list[ArtifactInfo]:
    """The artifacts of a listing."""
    return _Listing.model_validate_json(body).items
