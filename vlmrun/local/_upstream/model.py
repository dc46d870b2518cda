"""`Model`: asks the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager

import httpx2

from vlmrun.local._requests.bodies import ChatRequest, ExecuteRequest
from vlmrun.local._requests.received import PredictionRequest
from vlmrun.local._script.answer import Answer
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.pieces import Piece, read_pieces
from vlmrun.local._upstream.questions import Question, of_chat, of_execution, of_prediction
from vlmrun.local._upstream.replies import (
    Reply,
    UnreadableReplyError,
    answer_to_chat,
    answer_to_job,
    read_reply,
    words_of_error,
)
from vlmrun.local._upstream.upstream import Upstream
from vlmrun.local._wire.errors import RefusalError

__all__ = ["Model"]

_CONNECT = 10.0  # seconds

_NOT_AGAIN = {"x-should-retry": "false"}
"""For what a retry does not mend, such as a server that is not there."""


class Model:
    """The model behind a server.

    Each request has a connection of its own: its cost is nothing beside that of an answer, and a server that was
    stopped has none left open.

    Args:
        upstream: Where it runs.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    @property
    def name(self) -> str:
        """Its name."""
        return self._upstream.model

    async def chat(self, store: Store, request: ChatRequest, body: Mapping[str, object]) -> Answer:
        """Answer a chat.

        Args:
            store: Where files are kept.
            request: What was asked.
            body: The same as it came.

        Raises:
            RefusalError: 422, a part cannot be read; 404, there is no file of an id; 502, the upstream cannot be
                reached, or its answer is none; 504, it did not answer in time; else what it answered.
        """
        question = await asyncio.to_thread(of_chat, self._upstream, store, request, body)
        return answer_to_chat(await self._ask(question))

    async def execution(self, store: Store, request: ExecuteRequest) -> Answer:
        """Answer an execution; the errors are those of `chat`."""
        question = await asyncio.to_thread(of_execution, self._upstream, store, request)
        return answer_to_job(await self._ask(question), is_json=question.is_json)

    async def prediction(self, store: Store, request: PredictionRequest, kind: str) -> Answer:
        """Answer a prediction; the errors are those of `chat`."""
        question = await asyncio.to_thread(of_prediction, self._upstream, store, request, kind)
        return answer_to_job(await self._ask(question), is_json=question.is_json)

    async def stream(self, store: Store, request: ChatRequest, body: Mapping[str, object]) -> AsyncGenerator[Piece]:
        """Answer a chat piece by piece, as the pieces arrive; the arguments and errors are those of `chat`.

        Yields:
            The pieces. The first one is empty, and says that the upstream has begun.
        """
        question = await asyncio.to_thread(of_chat, self._upstream, store, request, body)
        asked = {**question.body, "stream": True, "stream_options": {"include_usage": True}}
        async with self._sent(asked) as response:
            yield Piece()
            async for piece in read_pieces(response.aiter_bytes()):
                yield piece

    async def _ask(self, question: Question) -> Reply:
        async with self._sent(question.body) as response:
            return read_reply(await response.aread())

    @asynccontextmanager
    async def _sent(self, body: Mapping[str, object]) -> AsyncGenerator[httpx2.Response]:
        """The response to a request; what goes wrong while it is read is a refusal, too."""
        upstream = self._upstream
        headers = {} if upstream.api_key is None else {"authorization": f"Bearer {upstream.api_key}"}
        try:
            async with (
                aclosing(
                    # No proxy, no .netrc and no redirect: each could lead elsewhere. Certificates are for TLS only.
                    httpx2.AsyncClient(
                        timeout=httpx2.Timeout(upstream.timeout, connect=min(upstream.timeout, _CONNECT)),
                        trust_env=False,
                        verify=upstream.url.startswith("https"),
                    )
                ) as client,
                client.stream("POST", upstream.chat_url, json=dict(body), headers=headers) as response,
            ):
                if not response.is_success:
                    raise self._refusal(response, await response.aread())
                yield response
        except UnreadableReplyError as error:
            raise RefusalError(502, f"The answer of {self._at} is no chat completion: {error}", _NOT_AGAIN) from error
        except httpx2.TimeoutException as error:
            raise RefusalError(504, f"{self._at} did not answer within {upstream.timeout:g} s.", _NOT_AGAIN) from error
        except httpx2.RequestError as error:
            words = str(error) or type(error).__name__
            raise RefusalError(502, f"{self._at} cannot be reached: {words}", _NOT_AGAIN) from error

    @property
    def _at(self) -> str:
        return f"The upstream {self._upstream.url}"

    def _refusal(self, response: httpx2.Response, body: bytes) -> RefusalError:
        """An error of the upstream, of the same status."""
        words = words_of_error(body)
        if self._upstream.api_key is not None:
            words = words.replace(self._upstream.api_key, "[api_key]")
        message = f"{self._at} answered {response.status_code}: {words}"
        if response.status_code < 400:
            return RefusalError(502, message, _NOT_AGAIN)
        headers = {name: response.headers[name] for name in ("retry-after",) if name in response.headers}
        return RefusalError(response.status_code, message, headers)
