from collections.abc import Mapping
from types import TracebackType

from openai import AsyncOpenAI, OpenAI
from typing_extensions import Self

from vlmrun.client.agent import Agent, AsyncAgent
from vlmrun.client.config import NotGiven

__all__ = ["AsyncVLMRun", "VLMRun"]

class _Client:
    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = 600.0,
        max_retries: int = 5,
        *,
        default_headers: Mapping[str, str] | None = None,
    ) -> None: ...
    @property
    def api_key(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def timeout(self) -> float | None: ...
    @property
    def max_retries(self) -> int: ...
    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | NotGiven | None = ...,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
        set_default_headers: Mapping[str, str] | None = None,
    ) -> Self: ...

class VLMRun(_Client):
    @property
    def agent(self) -> Agent: ...
    @property
    def openai(self) -> OpenAI: ...
    @property
    def async_openai(self) -> AsyncOpenAI: ...
    def healthcheck(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

class AsyncVLMRun(_Client):
    @property
    def agent(self) -> AsyncAgent: ...
    @property
    def openai(self) -> AsyncOpenAI: ...
    @property
    def async_openai(self) -> AsyncOpenAI: ...
    async def healthcheck(self) -> bool: ...
    async def close(self) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
