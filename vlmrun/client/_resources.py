"""The resources of a client, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun.client.agent import Agent, AsyncAgent
from vlmrun.client.artifacts import Artifacts, AsyncArtifacts
from vlmrun.client.executions import AsyncExecutions, Executions
from vlmrun.client.files import AsyncFiles, Files

if TYPE_CHECKING:
    from vlmrun.client._connections import Connections

__all__ = ["AsyncResources", "Resources"]


class Resources:
    """What `VLMRun` hands out."""

    def __init__(self, connections: Connections) -> None:
        self.agent = Agent(connections)
        self.files = Files(connections)
        self.executions = Executions(connections)
        self.artifacts = Artifacts(connections)


class AsyncResources:
    """What `AsyncVLMRun` hands out."""

    def __init__(self, connections: Connections) -> None:
        self.agent = AsyncAgent(connections)
        self.files = AsyncFiles(connections)
        self.executions = AsyncExecutions(connections)
        self.artifacts = AsyncArtifacts(connections)
