"""What a job asks the server for each of its items: an execution, a chat or a prediction."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import httpx2
from pydantic import BaseModel, JsonValue

from vlmrun._http.raw import Recorder
from vlmrun._inputs import parts
from vlmrun._inputs.media import kind_of, sniff
from vlmrun._inputs.options import AgentToolset, GenerationOptions
from vlmrun._inputs.skills import Skill
from vlmrun._lifetimes import waiting
from vlmrun._resources._async.agent import AsyncAgent
from vlmrun._resources._async.audio import AsyncAudio
from vlmrun._resources._async.document import AsyncDocument
from vlmrun._resources._async.executions import AsyncExecutions
from vlmrun._resources._async.files import AsyncFiles
from vlmrun._resources._async.image import AsyncImage
from vlmrun._resources._async.predictions import AsyncPredictions
from vlmrun._resources._async.video import AsyncVideo
from vlmrun._resources.connections import Connections
from vlmrun._resources.outputs import output_of, output_of_response
from vlmrun._resources.polls import failure, prediction_failure
from vlmrun._resources.results import response_text
from vlmrun._resources.runs import Run
from vlmrun.batch._failures import as_batch_error, credits_of
from vlmrun.batch._results import BatchError
from vlmrun.batch._sources import Given, Piece
from vlmrun.client.exceptions import AnswerError, InputError, OutputValidationError
from vlmrun.client.types import AgentExecutionResponse, CreditUsage, GenerationConfig, PredictionResponse

__all__ = ["Answer", "Asked", "Prepared", "Reply", "Work", "work_of"]


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    text: str = field(repr=False)
    """The answer as JSON."""
    credits: float | None
    """What it cost."""
    error: BatchError | None = None
    """Why it cannot be used."""


@dataclass(frozen=True)
class Reply:
    """What the server said to a request."""

    id: str | None
    """The id of the execution or prediction; `None` for a chat."""
    answer: Answer | None
    """The answer, if it is there."""
    headers: Mapping[str, str]
    """The headers of the response."""


@dataclass(frozen=True)
class Prepared:
    """An item, ready to be sent."""

    prompt: str | None = field(repr=False)
    """The prompt."""
    files: Sequence[object] = field(repr=False)
    """Message parts, or the arguments of a prediction."""


class Work(Protocol):
    """Asks the server. It raises the errors of native calls."""

    @property
    def is_execution(self) -> bool:
        """Whether ids are those of executions."""
        ...

    @property
    def uploads(self) -> int:
        """How many requests preparing an item may take."""
        ...

    async def prepare(self, item: Given) -> Prepared:
        """Read the files of an item, and upload those that have to be."""
        ...

    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        """Send the request that starts the work."""
        ...

    async def look(self, id: str, seconds: float | None) -> Reply:
        """Ask how the work is going."""
        ...


@dataclass(frozen=True)
class Asked:
    """What is asked of each item."""

    prompt: str | None
    domain: str | None
    response_model: type[BaseModel] | None
    mode: str
    model: str | None
    toolsets: Sequence[AgentToolset] | None
    skills: Sequence[Skill] | None
    config: GenerationConfig | GenerationOptions | None
    callback_url: str | None

    def output(self, text: str) -> object:
        """The output that an answer is.

        Args:
            text: The answer as JSON.

        Raises:
            OutputValidationError: It does not match the `response_model`.
        """
        value: JsonValue = json.loads(text)
        if self.response_model is None:
            return value if self.domain is not None else response_text(value)
        if self.mode == "chat" and isinstance(value, str):
            return output_of(value, self.response_model, value)
        return output_of_response(value, self.response_model, value)

    def answer(self, response: JsonValue, usage: CreditUsage | None) -> Answer:
        """The answer, checked."""
        text, error = _text(response), None
        if self.response_model is not None:
            try:
                self.output(text)
            except OutputValidationError as unfit:
                error = as_batch_error(unfit, may_be_billed=True)
        return Answer(text, _cost(usage), error)


def _text(answer: JsonValue) -> str:
    """An answer as JSON text. A lone surrogate, which SQLite does not keep, is escaped, as JSON does."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def work_of(asked: Asked, connections: Connections) -> Work:
    """What asks the server."""
    if asked.domain is not None:
        return _Predicting(asked, connections)
    return _Chatting(asked, connections) if asked.mode == "chat" else _Executing(asked, connections)


class _Recorded:
    """Connections that keep the headers of the last response."""

    def __init__(self, connections: Connections) -> None:
        self._recorder = Recorder()
        self.connections = connections.recorded_by(self._recorder)

    @property
    def headers(self) -> Mapping[str, str]:
        ending = self._recorder.ending
        return ending.outcome.headers if ending is not None and isinstance(ending.outcome, httpx2.Response) else {}


class _Asking:
    """What executions and chats have in common."""

    is_execution = True
    uploads = 0

    def __init__(self, asked: Asked, connections: Connections) -> None:
        self._asked = asked
        self._connections = connections

    async def prepare(self, item: Given) -> Prepared:
        found = [await self._part(piece) for piece in item.pieces]
        return Prepared(item.prompt or self._asked.prompt, found)

    async def _part(self, piece: Piece) -> parts.Part:
        if piece.kind == "id":
            return parts.file(piece.name)
        if piece.kind == "url":
            return (
                parts.document(piece.name) if piece.name.lower().partition("?")[0].endswith(".pdf") else _of_url(piece)
            )
        is_small = piece.kind == "bytes" and len(piece.data) <= _SMALL_BYTES
        found = _part_or_file(piece) if is_small else await waiting.async_in_thread(_part_or_file, piece)
        return parts.file(await AsyncFiles(self._connections).upload(found)) if isinstance(found, io.BytesIO) else found

    def _run(self, item: Prepared) -> Run[BaseModel]:
        asked = self._asked
        return Run(
            item.prompt or "",
            cast("Sequence[parts.Part]", item.files),
            asked.response_model,
            "execution",
            None,
            asked.toolsets,
            asked.skills,
            None,
            None,
        )


class _Executing(_Asking):
    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        recorded = _Recorded(self._connections)
        run = self._run(item)
        started = await AsyncAgent(recorded.connections).execute(
            None,
            run.execution_inputs(),
            config=run.config,
            model=self._asked.model or "vlmrun-orion-1:auto",
            toolsets=self._asked.toolsets,
            callback_url=self._asked.callback_url,
            timeout=_within(self._connections, seconds),
        )
        return self._reply(started, recorded.headers)

    async def look(self, id: str, seconds: float | None) -> Reply:
        recorded = _Recorded(self._connections)
        found = await AsyncExecutions(recorded.connections).get(id, timeout=_within(self._connections, seconds))
        return self._reply(found, recorded.headers)

    def _reply(self, execution: AgentExecutionResponse, headers: Mapping[str, str]) -> Reply:
        failed = failure(execution)
        if failed is not None:
            error = as_batch_error(failed, may_be_billed=True)
            return Reply(execution.id, Answer("null", _cost(execution.usage), error), headers)
        if execution.status != "completed":
            return Reply(execution.id, None, headers)
        return Reply(execution.id, self._asked.answer(execution.response, execution.usage), headers)


class _Chatting(_Asking):
    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        recorded = _Recorded(self._connections)
        asked = self._asked
        try:
            run = await AsyncAgent(recorded.connections).run(
                item.prompt or "",
                inputs=cast("Sequence[parts.Part]", item.files),
                response_model=asked.response_model,
                mode="chat",
                model=asked.model or "vlmrun-orion-1:auto",
                toolsets=asked.toolsets,
                skills=asked.skills,
                timeout=_within(self._connections, seconds),
            )
        except (AnswerError, OutputValidationError) as unfit:  # it is paid for, so the text is kept
            error = as_batch_error(unfit, may_be_billed=True)
            return Reply(None, Answer(_text(unfit.text), credits_of(unfit), error), recorded.headers)
        return Reply(None, Answer(_text(run.text), _cost(run.usage)), recorded.headers)

    async def look(self, id: str, seconds: float | None) -> Reply:
        raise NotImplementedError  # a chat has no id


class _Predicting:
    is_execution = False
    uploads = 2  # a look for the same bytes, and the upload

    def __init__(self, asked: Asked, connections: Connections) -> None:
        self._asked = asked
        self._connections = connections
        route = (asked.domain or "").partition(".")[0]
        self._route = route if route in ("image", "audio", "video") else "document"

    async def prepare(self, item: Given) -> Prepared:
        amount = len(item.pieces)
        if amount != 1 and (self._route != "image" or not amount):
            raise InputError(
                f"The item has {amount or 'no'} files, and {self._asked.domain} takes one.",
                suggestion='pass column="path", the name of the one column that is a file.',
            )
        return Prepared(None, [await self._argument(piece) for piece in item.pieces])

    async def _argument(self, piece: Piece) -> tuple[str, object]:
        if piece.kind == "url":
            return "url", piece.name
        if piece.kind == "id":
            return "file", piece.name
        data = piece.data if piece.kind == "bytes" else await waiting.async_in_thread(_bytes_of, piece)
        if self._route == "image" and len(data) <= parts.MAX_INLINE_BYTES:
            return "image", await waiting.async_in_thread(parts.image, data)
        return "file", (await AsyncFiles(self._connections).upload(_named(piece.name, data))).id

    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        recorded = _Recorded(self._connections)
        asked = self._asked
        files = cast("Sequence[tuple[str, object]]", item.files)
        timeout = _within(self._connections, seconds)
        model = asked.model or "vlm-1"
        if self._route == "image":
            prediction = await AsyncImage(recorded.connections).generate(
                asked.domain,
                [cast("parts.Part", value) if kind == "image" else str(value) for kind, value in files],
                model=model,
                batch=True,
                config=asked.config,
                callback_url=asked.callback_url,
                response_model=asked.response_model,
                timeout=timeout,
            )
        else:
            kind, value = files[0]
            resource = {"audio": AsyncAudio, "video": AsyncVideo}.get(self._route, AsyncDocument)
            prediction = await resource(recorded.connections).generate(
                str(value) if kind == "file" else None,
                str(value) if kind == "url" else None,
                model,
                domain=asked.domain,
                batch=True,
                config=asked.config,
                callback_url=asked.callback_url,
                response_model=asked.response_model,
                timeout=timeout,
            )
        return self._reply(prediction, recorded.headers)

    async def look(self, id: str, seconds: float | None) -> Reply:
        recorded = _Recorded(self._connections)
        found = await AsyncPredictions(recorded.connections).get(id, timeout=_within(self._connections, seconds))
        return self._reply(found, recorded.headers)

    def _reply(self, prediction: PredictionResponse, headers: Mapping[str, str]) -> Reply:
        failed = prediction_failure(prediction)
        if failed is not None:
            error = as_batch_error(failed, may_be_billed=True)
            return Reply(prediction.id, Answer("null", _cost(prediction.usage), error), headers)
        if prediction.status != "completed":
            return Reply(prediction.id, None, headers)
        return Reply(prediction.id, self._asked.answer(prediction.response, prediction.usage), headers)


def _within(connections: Connections, seconds: float | None) -> float | None:
    """The timeout of a call: that of the client, or what is left for the item."""
    limit = connections.timeout
    return seconds if limit is None else limit if seconds is None else min(limit, seconds)


def _cost(usage: CreditUsage | None) -> float | None:
    return None if usage is None else usage.credits_used


_SMALL_BYTES = 1 << 16
"""What is made into a part at once: a thread takes longer than that."""


def _part_or_file(piece: Piece) -> parts.Part | io.BytesIO:
    """The part of a message of the kind that the bytes are; a file to upload, if they are too many for a message."""
    data = _bytes_of(piece)
    if len(data) > parts.MAX_INLINE_BYTES:
        return _named(piece.name, data)
    kind = kind_of(sniff(data) or "")
    make = {"image": parts.image, "audio": parts.audio, "video": parts.video}.get(kind or "", parts.document)
    return make(data) if kind is not None else parts.document(_named(piece.name, data))


def _bytes_of(piece: Piece) -> bytes:
    if piece.kind == "bytes":
        return piece.data
    with open(piece.name, "rb") as file:
        return file.read()


def _named(name: str, data: bytes) -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    return file


_SUFFIXES = {
    (".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp"): parts.image,
    (".mp4", ".mov", ".webm", ".mkv", ".avi"): parts.video,
    (".mp3", ".wav", ".m4a", ".flac", ".ogg"): parts.audio,
}


def _of_url(piece: Piece) -> parts.Part:
    path = piece.name.lower().partition("?")[0]
    return next(
        (make(piece.name) for ends, make in _SUFFIXES.items() if path.endswith(ends)), parts.document(piece.name)
    )
