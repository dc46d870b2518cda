"""The accessors of the two clients, which differ by nature: each returns both of OpenAI's clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from vlmrun._resources.connections import Connections
else:
    AsyncOpenAI = later("openai", "AsyncOpenAI")
    OpenAI = later("openai", "OpenAI")
    Connections = later("vlmrun._resources.connections", "Connections")

__all__ = ["AsyncClientAccessors", "ClientAccessors"]


class _Hints:
    """Hints for names that OpenAI's client has."""

    if not TYPE_CHECKING:  # type checkers would accept any name

        def __getattr__(self, name: str) -> object:
            from vlmrun._resources.hints import refuse  # here, because right names need none

            return refuse(self, name)


class ClientAccessors(_Hints):
    """OpenAI's clients, of `VLMRun`."""

    __connections__: Connections

    @property
    def openai(self) -> OpenAI:
        """An `openai.OpenAI` client for VLM Run's OpenAI-compatible endpoint, of a subclass; a shared instance.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self.__connections__.openai

    @property
    def async_openai(self) -> AsyncOpenAI:
        """An `openai.AsyncOpenAI` client for VLM Run's OpenAI-compatible endpoint, of a subclass; a shared instance.

        It works in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self.__connections__.async_openai


class AsyncClientAccessors(_Hints):
    """OpenAI's clients, of `AsyncVLMRun`."""

    __connections__: Connections

    @property
    def openai(self) -> AsyncOpenAI:
        """An `openai.AsyncOpenAI` client for VLM Run's OpenAI-compatible endpoint, of a subclass; a shared instance.

        It works in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        return self.__connections__.async_openai

    @property
    def async_openai(self) -> AsyncOpenAI:
        """The same object as `openai`, so that code for `VLMRun().async_openai` runs on both."""
        return self.__connections__.async_openai
