"""The routes of the gateway, and of System One, which is at the same host."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from array import array
from typing import Literal

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from vlmrun.local._answers.decisions import answer, vector
from vlmrun.local._requests.gateway import DecideMessage, DecisionRequest, EmbeddingRequest, Questions, SessionRequest
from vlmrun.local._requests.reading import read_body
from vlmrun.local._routes.chat import ChatRoutes
from vlmrun.local._script.script import Script
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.model import Model
from vlmrun.local._wire.errors import Problem, RefusalError, problems_of
from vlmrun.local._wire.journal import Journal, Work, shown
from vlmrun.local._wire.paths import GATEWAY, TRANSCRIPTIONS

__all__ = ["GatewayRoutes"]

_CAPABILITIES = {
    "max_images": 64,
    "max_videos": 1,
    "supports_text_only": True,
    "supports_document_url": True,
    "supports_json_schema": True,
    "supported_input_types": ["text", "image_url", "video_url", "document_url", "file_url"],
}
_TASKS = {"local/chat": "chat", "local/embed": "embed", "local/transcribe": "transcribe"}
_DECIDER = "google/diffusiongemma-26b-a4b-it"
_USAGE: dict[str, object] = {"input_tokens": 0, "output_tokens": 0, "reads": 1, "cost": 0.0}


class GatewayRoutes:
    """One method per route.

    Args:
        store: Where sessions and files are kept.
        work: Where it is noted what was answered.
        script: What chats are answered.
        model: What answers the other chats; `None` if answers are computed.
    """

    def __init__(self, store: Store, work: Journal[Work], script: Script, model: Model | None) -> None:
        self._chats = ChatRoutes(store, work, script, model, is_gateway=True)
        self._work = work

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        return [
            Route(f"{GATEWAY}health", self.health),
            Route(f"{GATEWAY}v1/models", self.list_models),
            Route(f"{GATEWAY}v1/openai/models", self.list_models),
            Route(f"{GATEWAY}v1/openai/models/{{id:path}}", self.get_model),
            Route(f"{GATEWAY}v1/openai/chat/completions", self._chats.chat, methods=["POST"]),
            Route(f"{GATEWAY}v1/openai/embeddings", self.embed, methods=["POST"]),
            Route(TRANSCRIPTIONS, self.transcribe, methods=["POST"]),
            Route(f"{GATEWAY}typesafe/v1/models", self.list_deciders),
            Route(f"{GATEWAY}typesafe/v1/systemone", self.decide, methods=["POST"]),
            WebSocketRoute(f"{GATEWAY}typesafe/ws", self.session),
        ]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def list_models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [_model(name) for name in _TASKS]})

    async def get_model(self, request: Request) -> Response:
        return JSONResponse(_model(request.path_params["id"]))

    async def embed(self, request: Request) -> Response:
        asked = read_body(EmbeddingRequest, request)
        inputs = [asked.input] if isinstance(asked.input, str) else asked.input
        self._done("embedding", request)
        vectors = [vector(item, asked.dimensions) for item in inputs]
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(numbers) if asked.encoding_format == "base64" else numbers,
            }
            for index, numbers in enumerate(vectors)
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        return JSONResponse({"object": "list", "model": asked.model, "data": data, "usage": usage})

    async def transcribe(self, request: Request) -> Response:
        async with request.form(max_files=1, max_fields=20) as form:
            file, url, kind = form.get("file"), form.get("url"), str(form.get("response_format", "json"))
            if not form.get("model"):
                raise RefusalError(422, [Problem(("body", "model"), "Field required", "missing")])
            if not isinstance(file, UploadFile) and not url:
                raise RefusalError(422, [Problem(("body", "file"), "file or url is required", "missing")])
            what = f"{file.filename}, {file.size:,} bytes" if isinstance(file, UploadFile) else "audio of a URL"
        self._done("transcription", request)
        text = f"vlmrun.local received {what}."
        if kind in ("json", "verbose_json"):
            more: dict[str, object] = {"task": "transcribe", "language": "en", "duration": 1.0, "segments": []}
            return JSONResponse({"text": text, **(more if kind == "verbose_json" else {})})
        heads = {"srt": "1\n00:00:00,000 --> 00:00:01,000\n", "vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n"}
        return PlainTextResponse(f"{heads.get(kind, '')}{text}\n")

    async def list_deciders(self, _request: Request) -> Response:
        model = {"name": _DECIDER, "description": "vlmrun.local, which has no model.", "release_date": "2026-09-15"}
        return JSONResponse({"object": "list", "models": [{**model, "context_window": 32_000}]})

    async def decide(self, request: Request) -> Response:
        asked = read_body(DecisionRequest, request)
        self._done("decision", request)
        body = {"model": asked.model, "answers": _answers(asked.questions), "usage": _USAGE}
        return JSONResponse(body, headers={"x-typesafe-request-id": request.state.request_id})

    async def session(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            await self._converse(socket)
        except ValidationError as error:
            await _refuse(socket, str(problems_of(error, "body")[0]))
        except (KeyError, ValueError):
            await _refuse(socket, "A message cannot be read.")
        except WebSocketDisconnect:
            pass  # it has closed the session

    async def _converse(self, socket: WebSocket) -> None:
        asked = SessionRequest.model_validate(await socket.receive_json())
        created = {"type": "session.created", "model": asked.model, "max_inflight": asked.max_inflight}
        await socket.send_json(created)
        decisions = 0
        while True:
            message = json.loads(await socket.receive_text())
            if message["type"] == "session.close":
                await socket.send_json({"type": "session.stats", "decisions": decisions, "cost": 0.0})
                await socket.close()
                return
            if message["type"] == "state":
                continue
            decide = DecideMessage.model_validate(message)
            decisions += 1
            self._work.add(Work("decision", f"{decide.id}-{uuid.uuid4().hex}", shown(socket.headers)))
            decision = {"type": "decision", "id": decide.id, "answers": _answers(asked.questions)}
            await socket.send_json({**decision, "usage": _USAGE, "latency_ms": 1.0})
            await asyncio.sleep(0)

    def _done(self, kind: Literal["embedding", "transcription", "decision"], request: Request) -> None:
        self._work.add(Work(kind, request.state.request_id, shown(request.headers)))


def _answers(questions: Questions) -> dict[str, object]:
    return {name: answer(question.type, list(question.criteria or ())) for name, question in questions.items()}


def _model(id: str) -> dict[str, object]:
    task = _TASKS.get(id)
    if task is None:
        raise RefusalError(404, f"The model {id} does not exist.")
    head: dict[str, object] = {
        "id": id,
        "object": "model",
        "created": 0,
        "owned_by": "local",
        "aliases": [],
        "methods": [],
    }
    return {**head, "default_method": None, "extra_body_help": None, "capabilities": _CAPABILITIES, "task": task}


def _packed(numbers: list[float]) -> str:
    return base64.b64encode(array("f", numbers).tobytes()).decode()


async def _refuse(socket: WebSocket, message: str) -> None:
    await socket.send_json({"type": "error", "message": message, "error_type": "invalid_request_error"})
    await socket.close(1008)
