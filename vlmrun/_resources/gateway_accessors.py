"""The accessors of the two gateway resources, which differ by nature: each returns OpenAI's classes of its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources._sync.resource import Resource
from vlmrun._resources.connections import Connections

if TYPE_CHECKING:
    from openai.resources.audio import AsyncTranscriptions, Transcriptions
    from openai.resources.chat.completions import AsyncCompletions, Completions
    from openai.resources.embeddings import AsyncEmbeddings, Embeddings

    from vlmrun.protocols import ClientConfig
else:
    AsyncCompletions = later("openai.resources.chat.completions", "AsyncCompletions")
    AsyncEmbeddings = later("openai.resources.embeddings", "AsyncEmbeddings")
    AsyncTranscriptions = later("openai.resources.audio", "AsyncTranscriptions")
    ClientConfig = later("vlmrun.protocols", "ClientConfig")
    Completions = later("openai.resources.chat.completions", "Completions")
    Embeddings = later("openai.resources.embeddings", "Embeddings")
    Transcriptions = later("openai.resources.audio", "Transcriptions")

__all__ = ["AsyncGatewayAccessors", "GatewayAccessors"]


class GatewayAccessors(Resource):
    """OpenAI's resources, of `VLMRun().gateway`."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client.

        Args:
            client: A client, or any object with an `api_key`, a `base_url`, a `timeout` and `max_retries`.

        Raises:
            ConfigurationError: One of the four values is invalid, or the URL in `VLMRUN_GATEWAY_BASE_URL` or
                `VLMRUN_GATEWAY_URL`; or neither is set, and the base URL is not VLM Run's.
        """
        super().__init__(Connections.of(client).to_gateway())

    @property
    def completions(self) -> Completions:
        """OpenAI's own `Completions`, answered by the models of the gateway: `create`, `parse`, `stream` and the rest.

        The gateway's own fields: `extra_body=vlmrun.options.GatewayOptions(...)`. Documents: `content.document_url`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST {gateway}/openai/chat/completions`.
        """
        return self.__connections__.completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """OpenAI's own `AsyncCompletions`, answered by the models of the gateway; usable in any event loop.

        The gateway's own fields: `extra_body=vlmrun.options.GatewayOptions(...)`. Documents: `content.document_url`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST {gateway}/openai/chat/completions`.
        """
        return self.__connections__.async_completions

    @property
    def embeddings(self) -> Embeddings:
        """OpenAI's own `Embeddings`, answered by the models of the gateway whose `task` is `embed`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST {gateway}/openai/embeddings`.
        """
        return self.__connections__.openai.embeddings

    @property
    def transcriptions(self) -> Transcriptions:
        """OpenAI's own `Transcriptions`, answered by the models of the gateway whose `task` is `transcribe`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST {gateway}/openai/audio/transcriptions`.
        """
        return self.__connections__.openai.audio.transcriptions


class AsyncGatewayAccessors(AsyncResource):
    """OpenAI's resources, of `AsyncVLMRun().gateway`."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client.

        Args:
            client: A client, or any object with an `api_key`, a `base_url`, a `timeout` and `max_retries`.

        Raises:
            ConfigurationError: One of the four values is invalid, or the URL in `VLMRUN_GATEWAY_BASE_URL` or
                `VLMRUN_GATEWAY_URL`; or neither is set, and the base URL is not VLM Run's.
        """
        super().__init__(Connections.of(client).to_gateway())

    @property
    def completions(self) -> AsyncCompletions:
        """OpenAI's own `AsyncCompletions`, answered by the models of the gateway; usable in any event loop.

        The gateway's own fields: `extra_body=vlmrun.options.GatewayOptions(...)`. Documents: `content.document_url`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST {gateway}/openai/chat/completions`.
        """
        return self.__connections__.async_completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """The same object as `completions`, so that code for `VLMRun().gateway.async_completions` runs on both."""
        return self.__connections__.async_completions

    @property
    def embeddings(self) -> AsyncEmbeddings:
        """OpenAI's own `AsyncEmbeddings`, answered by the models of the gateway whose `task` is `embed`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST {gateway}/openai/embeddings`.
        """
        return self.__connections__.async_openai.embeddings

    @property
    def transcriptions(self) -> AsyncTranscriptions:
        """OpenAI's own `AsyncTranscriptions`, answered by the models of the gateway whose `task` is `transcribe`.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        HTTP: `POST {gateway}/openai/audio/transcriptions`.
        """
        return self.__connections__.async_openai.audio.transcriptions
