"""Where the two agent resources differ by nature: both hand out both of OpenAI's, under names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources._sync.resource import Resource

if TYPE_CHECKING:
    from openai.resources.chat.completions import AsyncCompletions, Completions
else:
    AsyncCompletions = later("openai.resources.chat.completions", "AsyncCompletions")
    Completions = later("openai.resources.chat.completions", "Completions")

__all__ = ["AgentAccessors", "AsyncAgentAccessors"]


class AgentAccessors(Resource):
    """OpenAI's chat completions, of `VLMRun().agent`."""

    @property
    def completions(self) -> Completions:
        """OpenAI's own chat completions, answered by VLM Run's agents: `create`, `parse`, `stream` and the rest.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST /openai/chat/completions`.
        """
        return self._connections.completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """OpenAI's own async chat completions, answered by VLM Run's agents, in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST /openai/chat/completions`.
        """
        return self._connections.async_completions


class AsyncAgentAccessors(AsyncResource):
    """OpenAI's chat completions, of `AsyncVLMRun().agent`."""

    @property
    def completions(self) -> AsyncCompletions:
        """OpenAI's own async chat completions, answered by VLM Run's agents, in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST /openai/chat/completions`.
        """
        return self._connections.async_completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """The same object as `completions`, so that code for `VLMRun().agent.async_completions` runs on both."""
        return self._connections.async_completions
