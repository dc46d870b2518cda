"""The accessors of the two agent resources, which differ by nature: each returns both of OpenAI's classes."""

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
        """OpenAI's own `Completions`, answered by VLM Run's agents: `create`, `parse`, `stream` and the rest.

        Models: `vlmrun.AgentModel` lists the known ones, such as `AgentModel.ORION_1_AUTO`; `model` accepts any `str`.
        VLM Run's own fields: `extra_body=vlmrun.AgentOptions(...)`. Message parts: `vlmrun.content`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: [`POST /openai/chat/completions`](https://docs.vlm.run/api-reference/v1/post-chat-completions).
        """
        return self.__connections__.completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """OpenAI's own `AsyncCompletions`, answered by VLM Run's agents; usable in any event loop.

        Models: `vlmrun.AgentModel` lists the known ones, such as `AgentModel.ORION_1_AUTO`; `model` accepts any `str`.
        VLM Run's own fields: `extra_body=vlmrun.AgentOptions(...)`. Message parts: `vlmrun.content`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: [`POST /openai/chat/completions`](https://docs.vlm.run/api-reference/v1/post-chat-completions).
        """
        return self.__connections__.async_completions


class AsyncAgentAccessors(AsyncResource):
    """OpenAI's chat completions, of `AsyncVLMRun().agent`."""

    @property
    def completions(self) -> AsyncCompletions:
        """OpenAI's own `AsyncCompletions`, answered by VLM Run's agents; usable in any event loop.

        Models: `vlmrun.AgentModel` lists the known ones, such as `AgentModel.ORION_1_AUTO`; `model` accepts any `str`.
        VLM Run's own fields: `extra_body=vlmrun.AgentOptions(...)`. Message parts: `vlmrun.content`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: [`POST /openai/chat/completions`](https://docs.vlm.run/api-reference/v1/post-chat-completions).
        """
        return self.__connections__.async_completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """The same object as `completions`, so that code for `VLMRun().agent.async_completions` runs on both."""
        return self.__connections__.async_completions
