"""Protocols for application code: each describes one capability of a client.

A function that takes a `SupportsCompletions` accepts `VLMRun().agent` and `OpenAI().chat` alike:

```python
def ask(chat: SupportsCompletions, question: str) -> str | None:
    answer = chat.completions.create(model="vlmrun-orion-1:auto", messages=[{"role": "user", "content": question}])
    return answer.choices[0].message.content
```

All are read-only and runtime-checkable. `isinstance` reads the member, and reading an accessor creates OpenAI's client;
if openai is not installed, it raises `DependencyError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from vlmrun._lifetimes.names import later

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from openai.resources.chat.completions import AsyncCompletions, Completions
else:
    AsyncOpenAI = later("openai", "AsyncOpenAI")
    OpenAI = later("openai", "OpenAI")
    AsyncCompletions = later("openai.resources.chat.completions", "AsyncCompletions")
    Completions = later("openai.resources.chat.completions", "Completions")

__all__ = [
    "ClientConfig",
    "SupportsAsyncCompletions",
    "SupportsAsyncOpenAI",
    "SupportsCompletions",
    "SupportsOpenAI",
    "SupportsTimeouts",
]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here


@runtime_checkable
class SupportsCompletions(Protocol):
    """Answers chats: `VLMRun().agent`, and `OpenAI().chat`."""

    @property
    def completions(self) -> Completions:
        """OpenAI's chat completions."""
        ...


@runtime_checkable
class SupportsAsyncCompletions(Protocol):
    """Answers chats without blocking: `AsyncVLMRun().agent`, and `AsyncOpenAI().chat`."""

    @property
    def completions(self) -> AsyncCompletions:
        """OpenAI's async chat completions."""
        ...


@runtime_checkable
class SupportsOpenAI(Protocol):
    """Has an OpenAI client: `VLMRun()`."""

    @property
    def openai(self) -> OpenAI:
        """OpenAI's client."""
        ...


@runtime_checkable
class SupportsAsyncOpenAI(Protocol):
    """Has an async OpenAI client: `AsyncVLMRun()`."""

    @property
    def openai(self) -> AsyncOpenAI:
        """OpenAI's async client."""
        ...


@runtime_checkable
class SupportsTimeouts(Protocol):
    """Limits an answer and connecting separately: `httpx2.Timeout`, `httpx.Timeout` and `openai.Timeout`."""

    @property
    def connect(self) -> float | None:
        """Seconds that connecting may take, or `None` for as long as the whole answer."""
        ...

    @property
    def read(self) -> float | None:
        """Seconds for the whole answer, or `None` for no limit."""
        ...


@runtime_checkable
class ClientConfig(Protocol):
    """Has the options of a client: any client of this package, or an object with four attributes in a test."""

    @property
    def api_key(self) -> str:
        """The VLM Run API key."""
        ...

    @property
    def base_url(self) -> str:
        """The base URL that paths are appended to."""
        ...

    @property
    def timeout(self) -> float | None:
        """Total seconds per attempt, or `None` for no limit."""
        ...

    @property
    def max_retries(self) -> int:
        """Maximum retries after the first attempt."""
        ...
