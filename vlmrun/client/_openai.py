"""The only module that imports openai: a configuration in, OpenAI's own clients out.

Importing it is the one door to the optional dependency: where openai is missing, broken or too old, that import is a
`DependencyError`. So it is imported where a client is asked for, and nowhere else.

Source: API.md §4 (the OpenAI-compatible endpoint).
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio

from vlmrun.client._lazy import OncePerLoop
from vlmrun.client._long_poll import LongPoll, gave_up
from vlmrun.client._transport import refusal, too_late, unreachable
from vlmrun.client.config import Configuration
from vlmrun.client.exceptions import DependencyError, ResponseValidationError
from vlmrun.client.urls import openai_base_url

if TYPE_CHECKING:
    import httpx2

_INSTALL = "pip install 'vlmrun[openai]'"
_UPGRADE = "pip install --upgrade 'vlmrun[openai]'"
_OLDEST = (1, 92)  # the first release whose chat completions have every method


def _unusable(error: Exception) -> DependencyError:
    """What an import of openai that failed with `error` means."""
    if isinstance(error, ModuleNotFoundError) and error.name == "openai":
        return DependencyError(
            "The OpenAI SDK is not installed, and this part of vlmrun hands out its objects.",
            suggestion=_INSTALL,
            error_type="missing_dependency",
        )
    return DependencyError(
        f"The OpenAI SDK is installed but cannot be imported ({type(error).__name__}: {error}).",
        suggestion=_UPGRADE,
        error_type="broken_dependency",
    )


try:
    import openai

    version = str(openai.__version__)
    if tuple(map(int, version.split(".")[:2])) < _OLDEST:
        raise DependencyError(
            f"The OpenAI SDK {version} is too old: vlmrun needs 1.92.0 or newer.",
            suggestion=_UPGRADE,
            error_type="outdated_dependency",
        )
    from openai import DefaultAsyncHttpxClient, DefaultHttpxClient
    from openai.types.chat import ChatCompletion
except DependencyError:
    raise
except Exception as error:  # importing runs code of others, which may raise anything when an installation is damaged
    raise _unusable(error) from error

__all__ = ["chat_completion", "connect", "connect_async", "native_errors", "open_async_pool", "open_pool", "time_limit"]


# OpenAI's constructors read OPENAI_* variables for whatever they are not given, and `copy()` and `with_options()` run
# them again. These two put back what was given, each time. They have OpenAI's names, because OpenAI's clients send the
# name of their class as the user agent.


class OpenAI(openai.OpenAI):
    """OpenAI's client, deaf to the environment."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)


class AsyncOpenAI(openai.AsyncOpenAI):
    """OpenAI's async client, deaf to the environment."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)


def _forget_environment(client: openai.OpenAI | openai.AsyncOpenAI, given: Mapping[str, Any]) -> None:
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
        "timeout": time_limit(config, config.timeout),
        "max_retries": config.max_retries,
        "default_headers": config.default_headers,
    }


def time_limit(config: Configuration, seconds: float | None) -> openai.Timeout:
    """OpenAI's form of a timeout in seconds, in which connecting has its own."""
    return openai.Timeout(seconds, connect=config.connect_timeout)


class _Pool(DefaultHttpxClient):
    """Follows long chats, and closes its connections when nobody holds it any more, as OpenAI's own one does."""

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        poll = LongPoll(request)
        response = super().send(request, **options)
        while (pause := poll.pause(response)) is not None:
            response.close()
            time.sleep(pause)
            response = super().send(response.request, **options)
        return poll.answer(response)

    def __del__(self) -> None:
        self.close()


class _AsyncPool(DefaultAsyncHttpxClient):
    """Follows long chats; one pool for OpenAI, and a pool of its own for each event loop underneath.

    OpenAI's async client keeps connections of the loop that opened them, and fails in the next one. Here the same
    client, and whatever was taken from it, goes on working in any loop.
    """

    def __init__(self) -> None:
        super().__init__()
        # One jar for all loops, as one plain client would have.
        self._pools = OncePerLoop(functools.partial(DefaultAsyncHttpxClient, cookies=self.cookies.jar))

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        if self.is_closed:
            raise RuntimeError("Cannot send a request, as the client has been closed.")  # as httpx2 says it
        pool = await self._pools.get()
        poll = LongPoll(request)
        response = await pool.send(request, **options)
        while (pause := poll.pause(response)) is not None:
            await response.aclose()
            await anyio.sleep(pause)
            response = await pool.send(response.request, **options)
        return poll.answer(response)

    async def aclose(self) -> None:
        await self._pools.aclose()
        await super().aclose()


def open_pool() -> DefaultHttpxClient:
    """Connections for OpenAI's client, with OpenAI's own defaults."""
    return _Pool()


def open_async_pool() -> DefaultAsyncHttpxClient:
    """Connections for OpenAI's async client, with OpenAI's own defaults, for any number of event loops."""
    return _AsyncPool()


def chat_completion(fields: Mapping[str, Any]) -> ChatCompletion:
    """OpenAI's model of a completion, from JSON, made as OpenAI's client makes it: a field too many is no error."""
    return ChatCompletion.model_construct(**fields)


_NOT_IN_TIME = "The chat was not answered in time."


@contextmanager
def native_errors() -> Generator[None]:
    """Raise the errors of native calls in the place of OpenAI's, for methods of ours that call OpenAI's."""
    try:
        yield
    except openai.APITimeoutError as error:
        raise too_late(_NOT_IN_TIME) from error
    except openai.APIStatusError as error:
        answer = error.response
        if gave_up(answer):
            raise too_late(_NOT_IN_TIME) from error
        raise refusal(answer.status_code, answer.reason_phrase, answer.headers, answer.content) from error
    except openai.APIConnectionError as error:
        raise unreachable(f"The chat was not answered: {error.__cause__ or error}.") from error
    except openai.APIResponseValidationError as error:
        raise ResponseValidationError(
            "The chat was answered, but the answer cannot be read.", body=error.body
        ) from error
    except json.JSONDecodeError as error:  # OpenAI's client lets it through
        raise ResponseValidationError(
            "The chat was answered, but the answer cannot be read: it is no JSON.", body=error.doc or None
        ) from error
