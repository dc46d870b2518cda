"""The routes of chat: completions and the models in OpenAI's list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from vlmrun.local._agents.completion import Completion, complete
from vlmrun.local._agents.completion_on_wire import broken, chunks, closing, events, list_models, opening, whole
from vlmrun.local._requests.bodies import ChatRequest
from vlmrun.local._requests.gateway import with_file_parts
from vlmrun.local._requests.reading import read_body
from vlmrun.local._script.answer import Answer
from vlmrun.local._script.script import Script
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.model import Model
from vlmrun.local._wire.errors import RefusalError
from vlmrun.local._wire.journal import Journal, Work, shown
from vlmrun.local._wire.paths import CHAT, OPENAI

__all__ = ["ChatRoutes"]


class ChatRoutes:
    """One method per route.

    Args:
        store: Where sessions and files are kept.
        work: Where it is noted that a chat was answered.
        script: What a test has told the server to answer.
        model: What answers the rest; `None` if answers are computed.
        is_gateway: Whether they are the gateway's.
    """

    def __init__(
        self, store: Store, work: Journal[Work], script: Script, model: Model | None, *, is_gateway: bool = False
    ) -> None:
        self._is_gateway = is_gateway
        self._store = store
        self._work = work
        self._script = script
        self._model = model

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(f"{OPENAI}models", self.models),
            Route(CHAT, self.chat, methods=["POST"]),
            # OpenAI's client can ask for stored chats; this API has none, which is 404 rather than 405.
            Route(CHAT, self.no_stored_chats, methods=["GET"]),
        ]

    async def models(self, _request: Request) -> Response:
        return JSONResponse(list_models())

    async def chat(self, request: Request) -> Response:
        asked = read_body(ChatRequest, request, with_file_parts)
        told = await self._script.told(request.state.received)
        separate_usage = asked.stream_options is not None and asked.stream_options.include_usage is True
        if told is None and self._model is not None:
            if asked.stream:
                return await self._passed_on(request, asked, self._model, separate_usage=separate_usage)
            told = await self._model.chat(self._store, asked, request.state.received.body)
        completion = await asyncio.to_thread(self._complete, asked, told, self._script.chunk_size)
        self._work.add(Work("chat", completion.id, shown(request.headers)))
        if not asked.stream:
            return JSONResponse(whole(completion))
        delay = self._script.stream_delay if told is None or not told.delay else told.delay

        # Asynchronous: Starlette would run a plain iterator in a thread of anyio's, which outlives the server a little.
        async def stream() -> AsyncIterator[str]:
            for event in events(completion, separate_usage=separate_usage):
                # Also where there is no delay: sending seldom waits. Without a pause the event loop would not notice
                # that the client is gone, asyncio would log a warning for every further write, and all other requests
                # would wait.
                await asyncio.sleep(delay)
                yield event

        return _streamed(stream())

    def _complete(self, asked: ChatRequest, told: Answer | None, size: int | None) -> Completion:
        completion = complete(self._store, asked, told, size)
        return completion.on_gateway() if self._is_gateway else completion

    async def _passed_on(self, request: Request, asked: ChatRequest, model: Model, *, separate_usage: bool) -> Response:
        """The stream of the model, each piece when it arrives."""
        pieces = model.stream(self._store, asked, request.state.received.body)
        # Before the response begins: an error of the model has its status.
        await anext(pieces)
        try:
            completion = await asyncio.to_thread(self._complete, asked, Answer(text=""), None)
        except RefusalError:
            await pieces.aclose()
            raise
        self._work.add(Work("chat", completion.id, shown(request.headers)))

        async def stream() -> AsyncIterator[str]:
            ended = completion
            for event in opening(completion):
                yield event
            try:
                async with aclosing(pieces):
                    async for piece in pieces:
                        reason = piece.finish_reason or ended.finish_reason
                        ended = replace(ended, finish_reason=reason, usage={**ended.usage, **piece.usage})
                        for event in chunks(completion, piece.delta) if piece.delta else ():
                            yield event
            except RefusalError as error:
                yield broken(str(error.detail))
                return
            for event in closing(ended, separate_usage=separate_usage):
                yield event

        return _streamed(stream())

    async def no_stored_chats(self, _request: Request) -> Response:
        raise RefusalError(404, "Chats are not stored.")


def _streamed(events: AsyncIterator[str]) -> Response:
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})
