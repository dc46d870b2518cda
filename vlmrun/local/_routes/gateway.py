"""The routes of the gateway, and of System One, which is at the same host."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
import weakref
from array import array
from typing import Literal

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from vlmrun.local._answers.decisions import answer, vector
from vlmrun.local._requests.gateway import (
    DecideMessage,
    DecisionRequest,
    EmbeddingRequest,
    Questions,
    SessionRequest,
)
from vlmrun.local._requests.reading import read_body
from vlmrun.local._requests.received import ReceivedFile, ReceivedRequest
from vlmrun.local._routes.chat import ChatRoutes
from vlmrun.local._script.answer import Answer
from vlmrun.local._script.fitting import decided, embedded, transcribed
from vlmrun.local._script.script import Script
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.model import Model
from vlmrun.local._wire.errors import Problem, RefusalError, problems_of
from vlmrun.local._wire.journal import Journal, Work, shown
from vlmrun.local._wire.paths import DECISION_SESSIONS, DECISIONS, EMBEDDINGS, GATEWAY, TRANSCRIPTIONS

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
_HEADS = {"srt": "1\n00:00:00,000 --> 00:00:01,000\n", "vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n"}
"""How subtitles begin."""
_USAGE: dict[str, object] = {"input_tokens": 0, "output_tokens": 0, "reads": 1, "cost": 0.0}


class GatewayRoutes:
    """One method per route.

    Args:
        store: Where sessions and files are kept.
        work: Where it is noted what was answered.
        script: What a test has told the server to answer.
        model: What answers the other chats; `None` if answers are computed.
    """

    def __init__(self, store: Store, work: Journal[Work], script: Script, model: Model | None) -> None:
        self._chats = ChatRoutes(store, work, script, model, is_gateway=True)
        self._work = work
        self._script = script
        self._disk = store.files.disk

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        return [
            Route(f"{GATEWAY}health", self.health),
            Route(f"{GATEWAY}v1/models", self.list_models),
            Route(f"{GATEWAY}v1/openai/models", self.list_models),
            Route(f"{GATEWAY}v1/openai/models/{{id:path}}", self.get_model),
            Route(f"{GATEWAY}v1/openai/chat/completions", self._chats.chat, methods=["POST"]),
            Route(EMBEDDINGS, self.embed, methods=["POST"]),
            Route(TRANSCRIPTIONS, self.transcribe, methods=["POST"]),
            Route(f"{GATEWAY}typesafe/v1/models", self.list_deciders),
            Route(DECISIONS, self.decide, methods=["POST"]),
            WebSocketRoute(DECISION_SESSIONS, self.session),
        ]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def list_models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [_model(name) for name in _TASKS]})

    async def get_model(self, request: Request) -> Response:
        return JSONResponse(_model(request.path_params["id"]))

    async def embed(self, request: Request) -> Response:
        asked = read_body(EmbeddingRequest, request)
        received: ReceivedRequest = request.state.received
        told = await self._script.told(received) or Answer()
        set_, more = embedded(received, told, asked.inputs)
        self._done("embedding", request)
        vectors = [
            vector(item, asked.dimensions) if one is None else one for item, one in zip(asked.inputs, set_, strict=True)
        ]
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(numbers) if asked.encoding_format == "base64" else numbers,
            }
            for index, numbers in enumerate(vectors)
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0, **told.usage}
        return JSONResponse({"object": "list", "model": asked.model, "usage": usage, **more, "data": data})

    async def transcribe(self, request: Request) -> Response:
        async with request.form(max_files=1, max_fields=20) as form:
            file, url = form.get("file"), form.get("url")
            if not form.get("model"):
                raise RefusalError(422, [Problem(("body", "model"), "Field required", "missing")])
            if not isinstance(file, UploadFile) and not url:
                raise RefusalError(422, [Problem(("body", "file"), "file or url is required", "missing")])
            body = {name: value for name, value in form.items() if isinstance(value, str)}
            what = f"{file.filename}, {file.size:,} bytes" if isinstance(file, UploadFile) else "audio of a URL"
            recording = await self._kept(file) if isinstance(file, UploadFile) else None
        query, headers = dict(request.query_params), shown(request.headers)
        received = ReceivedRequest("POST", TRANSCRIPTIONS, query, body, headers, form_file=recording)
        request.state.received = received
        told = await self._script.told(received) or Answer()
        made = {"text": f"vlmrun.local received {what}.", **transcribed(received, told)}
        self._done("transcription", request)
        kind = received.transcription.response_format
        if kind in ("json", "verbose_json"):
            more: dict[str, object] = {"task": "transcribe", "language": "en", "duration": 1.0, "segments": []}
            usage = {"usage": dict(told.usage)} if told.usage else {}
            return JSONResponse({**(more if kind == "verbose_json" else {}), **usage, **made})
        return PlainTextResponse(f"{_HEADS.get(kind, '')}{made['text']}\n")

    async def list_deciders(self, _request: Request) -> Response:
        model = {"name": _DECIDER, "description": "vlmrun.local, which has no model.", "release_date": "2026-09-15"}
        return JSONResponse({"object": "list", "models": [{**model, "context_window": 32_000}]})

    async def decide(self, request: Request) -> Response:
        asked = read_body(DecisionRequest, request)
        body = await self._decision(request.state.received, asked.questions)
        self._done("decision", request)
        return JSONResponse({"model": asked.model, **body}, headers={"x-typesafe-request-id": request.state.request_id})

    async def session(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            await self._converse(socket)
        except ValidationError as error:
            await _refuse(socket, str(problems_of(error, "body")[0]))
        except RefusalError as error:
            await _refuse(socket, str(error.detail), error.status)
        except (KeyError, ValueError):
            await _refuse(socket, "A message cannot be read.")
        except WebSocketDisconnect:
            pass  # it has closed the session

    async def _converse(self, socket: WebSocket) -> None:
        opening = await socket.receive_json()
        asked = SessionRequest.model_validate(opening)
        created = {"type": "session.created", "model": asked.model, "max_inflight": asked.max_inflight}
        await socket.send_json(created)
        decisions = 0
        state: object = ""
        while True:
            message = json.loads(await socket.receive_text())
            if message["type"] == "session.close":
                await socket.send_json({"type": "session.stats", "decisions": decisions, "cost": 0.0})
                await socket.close()
                return
            if message["type"] == "state":
                state = message["state"]
                continue
            decide = DecideMessage.model_validate(message)
            asks = {"model": asked.model, "questions": opening["questions"], "state": state, "content": decide.content}
            query, headers = dict(socket.query_params), shown(socket.headers)
            received = ReceivedRequest("GET", DECISION_SESSIONS, query, asks, headers)
            body = await self._decision(received, asked.questions)
            decisions += 1
            self._work.add(Work("decision", f"{decide.id}-{uuid.uuid4().hex}", shown(socket.headers)))
            await socket.send_json({"latency_ms": 1.0, **body, "type": "decision", "id": decide.id})
            await asyncio.sleep(0)

    async def _decision(self, received: ReceivedRequest, questions: Questions) -> dict[str, object]:
        """The answers, and the usage."""
        told = await self._script.told(received) or Answer()
        answers, more = decided(received, told, questions)
        usage: dict[str, object] = {**_USAGE, **told.usage}
        return {"usage": usage, **more, "answers": {**_answers(questions), **answers}}

    async def _kept(self, file: UploadFile) -> ReceivedFile:
        """The recording of a form, on the disk for as long as a test can look at it."""
        with self._disk.receive() as incoming:
            while piece := await file.read(1 << 20):
                incoming.write(piece)
            blob = incoming.finish()
        kept = ReceivedFile("audio", file.filename, None, None, file.content_type, blob.path.read_bytes)
        weakref.finalize(kept, blob.remove).atexit = False  # the directory is removed at the exit
        return kept

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


async def _refuse(socket: WebSocket, message: str, status: int | None = None) -> None:
    kind = {"error_type": "invalid_request_error"} if status is None else {"status": status}
    await socket.send_json({"type": "error", "message": message, **kind})
    await socket.close(1008)
