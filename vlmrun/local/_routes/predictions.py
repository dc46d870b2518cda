"""The routes of predictions. What opens files runs in a thread, so that other requests go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._answers.checker import check_schema
from vlmrun.local._callbacks.callbacks import Callbacks
from vlmrun.local._predictions.predict import execute, generate, infer_schema
from vlmrun.local._requests.predictions import (
    FileExecution,
    FileGeneration,
    FileSource,
    ImageExecution,
    ImageGeneration,
    ImageSource,
)
from vlmrun.local._requests.queries import PageQuery
from vlmrun.local._requests.reading import read_body, read_query
from vlmrun.local._requests.received import KINDS, PredictionRequest
from vlmrun.local._script.answer import Answer
from vlmrun.local._script.fitting import misfit, schema_of
from vlmrun.local._script.script import Script
from vlmrun.local._store.records import Prediction
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.model import Model
from vlmrun.local._wire.errors import RefusalError
from vlmrun.local._wire.journal import Journal, Work, shown
from vlmrun.local._wire.json_values import json_object

__all__ = ["PredictionRoutes"]


class PredictionRoutes:
    """One method per route, and four groups of inputs.

    Args:
        store: Where files and predictions are kept.
        work: Where it is noted that a prediction was made.
        callbacks: Where it is told that one has ended.
        script: What a test has told the server to answer.
        model: What answers the rest; `None` if answers are computed.
    """

    def __init__(
        self, store: Store, work: Journal[Work], callbacks: Callbacks, script: Script, model: Model | None
    ) -> None:
        self._script = script
        self._model = model
        self._store = store
        self._work = work
        self._callbacks = callbacks

    def routes(self) -> list[Route]:
        """The routes."""
        made = [
            Route("/v1/predictions", self.list_predictions),
            Route("/v1/predictions/{id}", self.get_prediction),
        ]
        for group in KINDS:
            made += [
                Route(f"/v1/{group}/generate", self._handler(group, self.generate), methods=["POST"]),
                Route(f"/v1/{group}/execute", self._handler(group, self.execute), methods=["POST"]),
                Route(f"/v1/{group}/schema", self._handler(group, self.infer_schema), methods=["POST"]),
            ]
        return made

    async def list_predictions(self, request: Request) -> Response:
        page = read_query(PageQuery, request)
        return JSONResponse([item.on_wire() for item in self._store.predictions.page(page.skip, page.limit)])

    async def get_prediction(self, request: Request) -> Response:
        prediction = self._store.predictions.advance(request.path_params["id"])
        if prediction is None:
            raise RefusalError(404, "Prediction not found.")
        return JSONResponse(prediction.on_wire())

    async def generate(self, request: Request, group: str) -> Response:
        asked: ImageGeneration | FileGeneration
        asked = read_body(ImageGeneration, request) if group == "image" else read_body(FileGeneration, request)
        told = await self._told(request, asked, group)
        prediction = await asyncio.to_thread(generate, self._store, asked, KINDS[group], told)
        return self._made(request, prediction, asked.callback_url)

    async def execute(self, request: Request, group: str) -> Response:
        asked: ImageExecution | FileExecution
        asked = read_body(ImageExecution, request) if group == "image" else read_body(FileExecution, request)
        told = await self._told(request, asked, group)
        prediction = await asyncio.to_thread(execute, self._store, asked, KINDS[group], told)
        return self._made(request, prediction, asked.callback_url)

    async def infer_schema(self, request: Request, group: str) -> Response:
        asked: ImageSource | FileSource
        asked = read_body(ImageSource, request) if group == "image" else read_body(FileSource, request)
        told = await self._script.told(request.state.received)
        members: dict[str, object] = {}
        if told is not None:
            members = schema_of(request.state.received, told)
            problem = check_schema(json_object(members.get("json_schema")))
            if problem is not None:
                raise misfit(request.state.received, told, f"a JSON schema: {problem}")
        prediction = await asyncio.to_thread(infer_schema, self._store, asked, KINDS[group], told, members)
        return self._made(request, prediction, asked.callback_url)

    async def _told(self, request: Request, asked: PredictionRequest, group: str) -> Answer | None:
        told = await self._script.told(request.state.received)
        if told is None and self._model is not None:
            return await self._model.prediction(self._store, asked, KINDS[group])
        return told

    def _made(self, request: Request, prediction: Prediction, callback_url: str | None) -> Response:
        self._work.add(Work("prediction", prediction.id, shown(request.headers)))
        called = self._callbacks.after(callback_url, lambda: self._store.predictions.finish(prediction).on_wire())
        return JSONResponse(prediction.on_wire(), status_code=201, background=called)

    @staticmethod
    def _handler(
        group: str, method: Callable[[Request, str], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await method(request, group)

        return handle
