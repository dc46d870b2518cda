"""OpenAI's own clients over a transport that answers in this process, for code that takes the protocols."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from pydantic import BaseModel

from vlmrun._lifetimes.names import later
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from openai.resources.chat.completions import AsyncCompletions, Completions

    from vlmrun._openai.door import httpx
else:
    AsyncOpenAI = later("openai", "AsyncOpenAI")
    OpenAI = later("openai", "OpenAI")
    AsyncCompletions = later("openai.resources.chat.completions", "AsyncCompletions")
    Completions = later("openai.resources.chat.completions", "Completions")

__all__ = ["FakeAsyncChat", "FakeChat"]

Reply: TypeAlias = str | BaseModel | Mapping[str, object]

_KEY = "test"
_URL = "http://vlmrun.test/v1/openai"


class FakeChat:
    """Answers every chat with one text, in this process: for code that takes `SupportsCompletions`.

    The completions are OpenAI's own, over a transport that opens no connection; streams have one piece. For tool calls,
    errors, and answers that depend on the request, use `vlmrun.local.LocalServer.answer`.
    """

    def __init__(self, reply: Reply) -> None:
        """Make it.

        Args:
            reply: The text of each answer; a pydantic instance or a dict is sent as JSON.

        Raises:
            InputError: `reply` is something else.
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        text = _text_of(reply)
        from vlmrun._openai.door import DefaultHttpxClient, httpx, openai

        transport = httpx.MockTransport(lambda request: _answer(text, request))
        pool = DefaultHttpxClient(transport=transport)
        self.__openai__: OpenAI = openai.OpenAI(api_key=_KEY, base_url=_URL, http_client=pool, max_retries=0)

    @property
    def completions(self) -> Completions:
        """OpenAI's chat completions."""
        return self.__openai__.chat.completions

    @property
    def openai(self) -> OpenAI:
        """OpenAI's client."""
        return self.__openai__


class FakeAsyncChat:
    """Answers every chat with one text, in this process: for code that takes `SupportsAsyncCompletions`.

    See `FakeChat`.
    """

    def __init__(self, reply: Reply) -> None:
        """Make it.

        Args:
            reply: The text of each answer; a pydantic instance or a dict is sent as JSON.

        Raises:
            InputError: `reply` is something else.
            DependencyError: openai is missing, broken or older than 1.92.0.
        """
        text = _text_of(reply)
        from vlmrun._openai.door import DefaultAsyncHttpxClient, httpx, openai

        transport = httpx.MockTransport(lambda request: _answer(text, request))
        pool = DefaultAsyncHttpxClient(transport=transport)
        self.__openai__: AsyncOpenAI = openai.AsyncOpenAI(api_key=_KEY, base_url=_URL, http_client=pool, max_retries=0)

    @property
    def completions(self) -> AsyncCompletions:
        """OpenAI's async chat completions."""
        return self.__openai__.chat.completions

    @property
    def openai(self) -> AsyncOpenAI:
        """OpenAI's async client."""
        return self.__openai__


def _text_of(reply: object) -> str:
    if isinstance(reply, str):
        return reply
    if isinstance(reply, BaseModel):
        return reply.model_dump_json(by_alias=True)
    if isinstance(reply, Mapping):
        return json.dumps(reply, ensure_ascii=False)
    raise InputError(
        f"reply must be a text, a pydantic instance or a dict, not {type(reply).__name__}.",
        suggestion="use vlmrun.local.LocalServer.answer for other answers.",
    )


def _answer(text: str, request: httpx.Request) -> httpx.Response:
    from vlmrun._openai.door import httpx

    asked = json.loads(request.content)
    head = {"id": "chatcmpl-test", "created": 0, "model": asked["model"]}
    choice = {"index": 0, "logprobs": None, "finish_reason": "stop"}
    if not asked.get("stream"):
        whole = {**choice, "message": {"role": "assistant", "content": text, "refusal": None}}
        return httpx.Response(200, json={**head, "object": "chat.completion", "choices": [whole]})
    piece = {**choice, "delta": {"role": "assistant", "content": text}}
    chunk = json.dumps({**head, "object": "chat.completion.chunk", "choices": [piece]})
    headers = {"content-type": "text/event-stream"}
    return httpx.Response(200, text=f"data: {chunk}\n\ndata: [DONE]\n\n", headers=headers)
