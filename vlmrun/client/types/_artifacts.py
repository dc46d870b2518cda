"""Artifacts: the files that agents create."""

from __future__ import annotations

from typing import Literal, TypeAlias

from vlmrun.client.types._base import WireModel

__all__ = ["ArtifactInfo", "ArtifactSource", "read_listing"]

ArtifactSource: TypeAlias = Literal["store", "manifest", "workspace"] | str
"""Where the server stores an artifact. Open: other values are accepted."""


class ArtifactInfo(WireModel):
    """An artifact, as `client.artifacts.list` returns it."""

    object_id: str
    """The artifact's id, such as `img_a1b2c3`."""
    filename: str | None = None
    """The name in the agent's workspace, if the artifact has one."""
    source: ArtifactSource | None = None
    """Where the server stores the artifact."""


class _Listing(WireModel):
    items: list[ArtifactInfo]


def read_listing(body: bytes) -> list[ArtifactInfo]:
    """Parse the artifacts of a listing."""
    return _Listing.model_validate_json(body).items
