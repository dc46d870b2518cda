"""Artifacts: the files that agents create, such as images, videos and documents."""

from vlmrun._resources._async.artifacts import AsyncArtifacts
from vlmrun._resources._sync.artifacts import Artifacts

__all__ = ["Artifacts", "AsyncArtifacts"]
