"""Where the two clients differ by nature: both hand out both of OpenAI's clients, under names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from vlmrun._resources.connections import Connections

__all__ = ["AsyncClientAccessors", "ClientAccessors"]


class _Hints:
    """What is said to those who look for a name where OpenAI's client has it."""

    if not TYPE_CHECKING:  # a checker would take every name for one that is there

        def __getattr__(self, name: str) -> object:
            if name == "chat":
                raise AttributeError(
                    f"{type(self).__name__!r} object has no attribute 'chat'."
                    " Try: client.agent.completions.create(...), or client.openai.chat.completions.create(...)."
                )
            return object.__getattribute__(self, name)  # which raises what it has raised before


class ClientAccessors(_Hints):
    """OpenAI's clients, of `VLMRun`."""

    _connections: Connections

    @property
    def openai(self) -> OpenAI:
        """OpenAI's own client, for VLM Run's OpenAI-compatible endpoint; a shared instance.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self._connections.openai

    @property
    def async_openai(self) -> AsyncOpenAI:
        """OpenAI's own async client, for VLM Run's OpenAI-compatible endpoint; a shared instance, for any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self._connections.async_openai


class AsyncClientAccessors(_Hints):
    """OpenAI's clients, of `AsyncVLMRun`."""

    _connections: Connections

    @property
    def openai(self) -> AsyncOpenAI:
        """OpenAI's own async client, for VLM Run's OpenAI-compatible endpoint; a shared instance, for any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self._connections.async_openai

    @property
    def async_openai(self) -> AsyncOpenAI:
        """The same object as `openai`, so that code for `VLMRun().async_openai` runs on both."""
        return self._connections.async_openai
