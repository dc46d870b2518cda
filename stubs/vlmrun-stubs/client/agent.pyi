import builtins
from collections.abc import Mapping, Sequence
from typing import overload

from openai.resources.chat.completions import AsyncCompletions, Completions

from vlmrun.client.types import (
    AgentCreationConfig,
    AgentCreationResponse,
    AgentExecutionConfig,
    AgentExecutionResponse,
    AgentInfo,
    AgentToolset,
    RequestMetadata,
)
from vlmrun.protocols import ClientConfig

__all__ = ["DEFAULT_MODEL", "Agent", "AsyncAgent"]

DEFAULT_MODEL: str

class Agent:
    def __init__(self, client: ClientConfig) -> None: ...
    @property
    def completions(self) -> Completions: ...
    @property
    def async_completions(self) -> AsyncCompletions: ...
    @overload
    def get(self, name: str, id: None = None, prompt: None = None) -> AgentInfo: ...
    @overload
    def get(self, name: None = None, *, id: str, prompt: None = None) -> AgentInfo: ...
    @overload
    def get(self, name: None = None, id: None = None, *, prompt: str) -> AgentInfo: ...
    def list(self) -> builtins.list[AgentInfo]: ...
    def create(
        self,
        config: AgentCreationConfig | Mapping[str, object],
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        callback_url: str | None = None,
    ) -> AgentCreationResponse: ...
    def execute(
        self,
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        batch: bool = True,
        config: AgentExecutionConfig | Mapping[str, object] | None = None,
        metadata: RequestMetadata | Mapping[str, object] | None = None,
        callback_url: str | None = None,
        model: str = "vlmrun-orion-1:auto",
        toolsets: Sequence[AgentToolset] | None = None,
    ) -> AgentExecutionResponse: ...
    def get_by_id(self, agent_id: str) -> AgentInfo: ...

class AsyncAgent:
    def __init__(self, client: ClientConfig) -> None: ...
    @property
    def completions(self) -> AsyncCompletions: ...
    @property
    def async_completions(self) -> AsyncCompletions: ...
    @overload
    async def get(self, name: str, id: None = None, prompt: None = None) -> AgentInfo: ...
    @overload
    async def get(self, name: None = None, *, id: str, prompt: None = None) -> AgentInfo: ...
    @overload
    async def get(self, name: None = None, id: None = None, *, prompt: str) -> AgentInfo: ...
    async def list(self) -> builtins.list[AgentInfo]: ...
    async def create(
        self,
        config: AgentCreationConfig | Mapping[str, object],
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        callback_url: str | None = None,
    ) -> AgentCreationResponse: ...
    async def execute(
        self,
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        batch: bool = True,
        config: AgentExecutionConfig | Mapping[str, object] | None = None,
        metadata: RequestMetadata | Mapping[str, object] | None = None,
        callback_url: str | None = None,
        model: str = "vlmrun-orion-1:auto",
        toolsets: Sequence[AgentToolset] | None = None,
    ) -> AgentExecutionResponse: ...
    async def get_by_id(self, agent_id: str) -> AgentInfo: ...
