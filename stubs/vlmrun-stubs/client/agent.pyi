import builtins
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar, overload

from openai.resources.chat.completions import AsyncCompletions, Completions
from openai.types.chat import ChatCompletionContentPartParam
from pydantic import BaseModel

from vlmrun.client._runs import RunMode
from vlmrun.client.config import NotGiven
from vlmrun.client.types import (
    AgentCreationConfig,
    AgentCreationResponse,
    AgentExecutionConfig,
    AgentExecutionResponse,
    AgentInfo,
    AgentToolset,
    RequestMetadata,
)
from vlmrun.options import AgentMetadata, AgentModel
from vlmrun.protocols import ClientConfig
from vlmrun.results import AgentRun
from vlmrun.skills import Skill

__all__ = ["DEFAULT_MODEL", "Agent", "AsyncAgent"]

DEFAULT_MODEL: str

_M = TypeVar("_M", bound=BaseModel)

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
    @overload
    def run(
        self,
        prompt: str,
        *,
        inputs: Iterable[ChatCompletionContentPartParam] = (),
        response_model: None = None,
        mode: RunMode = "chat",
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = ...,
    ) -> AgentRun[str]: ...
    @overload
    def run(
        self,
        prompt: str,
        *,
        inputs: Iterable[ChatCompletionContentPartParam] = (),
        response_model: type[_M],
        mode: RunMode = "chat",
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = ...,
    ) -> AgentRun[_M]: ...
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
    @overload
    async def run(
        self,
        prompt: str,
        *,
        inputs: Iterable[ChatCompletionContentPartParam] = (),
        response_model: None = None,
        mode: RunMode = "chat",
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = ...,
    ) -> AgentRun[str]: ...
    @overload
    async def run(
        self,
        prompt: str,
        *,
        inputs: Iterable[ChatCompletionContentPartParam] = (),
        response_model: type[_M],
        mode: RunMode = "chat",
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = ...,
    ) -> AgentRun[_M]: ...
    async def get_by_id(self, agent_id: str) -> AgentInfo: ...
