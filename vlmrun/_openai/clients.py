"""OpenAI's own clients, configured for VLM Run's endpoint."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, cast

from vlmrun._arguments.config import Configuration
from vlmrun._arguments.urls import openai_base_url
from vlmrun._http.log_records import DiscreetLogs
from vlmrun._openai.door import AsyncClient, Client, DefaultAsyncHttpxClient, DefaultHttpxClient, openai

__all__ = ["AsyncOpenAI", "OpenAI", "connect", "connect_async"]

# OpenAI's constructors read OPENAI_* variables for missing arguments; `copy()` and `with_options()` call them again.
# These two classes restore the given values each time. They have OpenAI's names, because OpenAI's clients send the name
# of their class as the user agent. Overridden methods keep OpenAI's signatures, which tools inspect.


class OpenAI(Client):
    """OpenAI's client, which ignores `OPENAI_*` variables and logs no bodies."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)

    def request(self, *arguments: Any, **options: Any) -> Any:
        with DiscreetLogs():
            try:
                return cast("object", super().request(*arguments, **options))  # the type that OpenAI's method returns
            finally:
                del arguments, options  # a traceback would show them

    functools.update_wrapper(__init__, Client.__init__)
    functools.update_wrapper(request, Client.request)


class AsyncOpenAI(AsyncClient):
    """OpenAI's async client, which ignores `OPENAI_*` variables and logs no bodies."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)

    async def request(self, *arguments: Any, **options: Any) -> Any:
        with DiscreetLogs():
            try:
                return cast("object", await super().request(*arguments, **options))
            finally:
                del arguments, options  # as above

    functools.update_wrapper(__init__, AsyncClient.__init__)
    functools.update_wrapper(request, AsyncClient.request)


def _forget_environment(client: Client | AsyncClient, given: Mapping[str, Any]) -> None:
    client.organization = given.get("organization")
    client.project = given.get("project")
    client.webhook_secret = given.get("webhook_secret")
    if hasattr(client, "admin_api_key"):  # older releases have none
        client.admin_api_key = given.get("admin_api_key")
    # No public name reaches the headers that OPENAI_CUSTOM_HEADERS adds, and one of them may be an Authorization.
    headers = dict(given.get("default_headers") or {})
    client._custom_headers = headers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def connect(config: Configuration, pool: DefaultHttpxClient) -> OpenAI:
    """OpenAI's client for VLM Run's endpoint, whose chats are answered by VLM Run's agents."""
    return OpenAI(**_options(config), http_client=pool)


def connect_async(config: Configuration, pool: DefaultAsyncHttpxClient) -> AsyncOpenAI:
    """OpenAI's async client for VLM Run's endpoint, whose chats are answered by VLM Run's agents."""
    return AsyncOpenAI(**_options(config), http_client=pool)


def _options(config: Configuration) -> dict[str, Any]:
    return {
        "api_key": config.api_key,
        "base_url": openai_base_url(config.base_url),
        "timeout": openai.Timeout(config.timeout, connect=config.connect_timeout),
        "max_retries": config.max_retries,
        "default_headers": config.default_headers,
        "default_query": dict(config.default_query) or None,
    }
