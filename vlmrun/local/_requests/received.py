"""`ReceivedRequest`: a request as a test looks at it, with its body as the model of its route."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from vlmrun.client.exceptions import ClientError
from vlmrun.local._media.data_urls import UnreadableError, as_data_url, is_data_url, read_data_url
from vlmrun.local._requests.bodies import ChatRequest, ExecuteRequest
from vlmrun.local._requests.gateway import DecisionRequest, EmbeddingRequest, TranscriptionRequest, with_file_parts
from vlmrun.local._requests.predictions import (
    FileExecution,
    FileGeneration,
    FileSource,
    ImageExecution,
    ImageGeneration,
    ImageSource,
)
from vlmrun.local._requests.training import TunedGeneration
from vlmrun.local._wire.errors import problems_of
from vlmrun.local._wire.json_values import json_list, json_object
from vlmrun.local._wire.paths import DECISION_SESSIONS, DECISIONS, EMBEDDINGS, TRANSCRIPTIONS, is_chat

__all__ = ["KINDS", "FileKind", "PredictionRequest", "ReceivedFile", "ReceivedRequest", "UploadedBytes"]

FileKind: TypeAlias = Literal["image", "video", "audio", "file"]
"""What a part or a route says that a file is; `file` may be anything."""

PredictionRequest: TypeAlias = ImageGeneration | FileGeneration | ImageExecution | FileExecution
"""The body of a request for a prediction."""

ModelT = TypeVar("ModelT", bound=BaseModel)

KINDS: Mapping[str, FileKind] = {"image": "image", "document": "file", "audio": "audio", "video": "video"}
"""What each group of the routes of predictions takes."""

_PREDICTIONS: Mapping[str, FileKind] = {
    f"/v1/{group}/{method}": kind for group, kind in KINDS.items() for method in ("generate", "execute")
}
"""What each of their routes takes that asks for an answer."""

_SCHEMAS: Mapping[str, FileKind] = {f"/v1/{group}/schema": kind for group, kind in KINDS.items()}
"""What each of their routes takes that asks for a schema."""

_DECISIONS = (("POST", DECISIONS), ("GET", DECISION_SESSIONS))

_TUNED = "/v1/fine_tuning/generate"

_PARTS: Mapping[str, FileKind] = {
    "image_url": "image",
    "video_url": "video",
    "audio_url": "audio",
    "file_url": "file",
    "document_url": "file",
}
"""The kinds of files in the content parts that hold a URL."""


@dataclass(frozen=True)
class UploadedBytes:
    """An uploaded file that a request refers to by its id."""

    filename: str
    """Its name."""
    media_type: str
    """What its name says that it is."""
    read: Callable[[], bytes] = field(repr=False)
    """Reads it."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file in a request: sent along, uploaded before, or at a URL, which this server never fetches."""

    kind: FileKind
    """What the part or the route says that it is: `image`, `video`, `audio` or `file`."""
    filename: str | None = None
    """Its name, if it was uploaded or sent with one."""
    file_id: str | None = None
    """Its id, if it was uploaded."""
    url: str | None = None
    """Its URL, if it is elsewhere; `None` for a `data:` URL."""
    media_type: str | None = None
    """Its declared media type."""
    content: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)
    """Reads its bytes; `None` if they are not here."""

    def read(self) -> bytes:
        """Its bytes.

        Raises:
            ClientError: They are not here: the file is at a URL, was deleted, or is a `data:` URL that does not decode.
        """
        if self.content is None:
            place = self.url or f"file_id {self.file_id}"
            raise ClientError(f"The bytes of this file are not on the local server: {place}.", error_type="no_bytes")
        return self.content()

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hex.

        Raises:
            ClientError: They are not here.
        """
        return hashlib.sha256(self.read()).hexdigest()


@dataclass(frozen=True)
class ReceivedRequest:
    """A received request. Rejected requests are recorded, too.

    It is noted when its body is read and before it is judged; an upload, whose body is not kept, when it is answered.
    """

    method: str
    """The method, in capitals."""
    path: str
    """The path, decoded and without the query, such as `/v1/health`."""
    query: Mapping[str, str]
    """The query parameters; the last value if a name is repeated."""
    body: object = field(repr=False)
    """The parsed JSON body; `None` if there is none or it is not JSON, as in uploads. Of a transcription the fields of
    the form, and of a decision in a session what a request for it alone would have."""
    headers: Mapping[str, str] = field(repr=False)
    """The headers, with names in lower case; without those that contain the API key."""
    content_length: int = 0
    """The number of body bytes read; fewer than sent if an upload was rejected early."""
    uploaded: Callable[[str], UploadedBytes | None] | None = field(default=None, repr=False, compare=False)
    """Finds an uploaded file by its id."""
    form_file: ReceivedFile | None = field(default=None, repr=False, compare=False)
    """The file in the form of a transcription."""

    @property
    def chat(self) -> ChatRequest:
        """The body of a chat.

        Raises:
            ClientError: The request is no chat, or its body is not valid.
        """
        if not is_chat(self.method, self.path):
            raise self._without("chat")
        return self._read(ChatRequest, with_file_parts(self.body))

    @property
    def execution(self) -> ExecuteRequest:
        """The body of `POST /v1/agent/execute`.

        Raises:
            ClientError: The request starts no execution, or its body is not valid.
        """
        if not self._is_execution:
            raise self._without("execution")
        return self._read(ExecuteRequest)

    @property
    def prediction(self) -> PredictionRequest:
        """The body of `generate` or `execute` of images, documents, audio or video.

        Raises:
            ClientError: The request makes no prediction, or its body is not valid.
        """
        image = self.path.startswith("/v1/image/")
        if not self._is_prediction:
            raise self._without("prediction")
        if self.path.endswith("/generate"):
            return self._read(ImageGeneration) if image else self._read(FileGeneration)
        return self._read(ImageExecution) if image else self._read(FileExecution)

    @property
    def tuned(self) -> TunedGeneration:
        """The body of `POST /v1/fine_tuning/generate`: a prediction of a fine-tuned model.

        Raises:
            ClientError: The request makes none, or its body is not valid.
        """
        if not self._is_tuned:
            raise self._without("tuned")
        return self._read(TunedGeneration)

    @property
    def schema(self) -> ImageSource | FileSource:
        """The body of `schema` of images, documents, audio or video, which infers one.

        Raises:
            ClientError: The request asks for no schema, or its body is not valid.
        """
        if not self.asks_for_schema:
            raise self._without("schema")
        return self._read(ImageSource) if self.path.startswith("/v1/image/") else self._read(FileSource)

    @property
    def embedding(self) -> EmbeddingRequest:
        """The body of a request to the gateway for embeddings.

        Raises:
            ClientError: The request asks for none, or its body is not valid.
        """
        if (self.method, self.path) != ("POST", EMBEDDINGS):
            raise self._without("embedding")
        return self._read(EmbeddingRequest)

    @property
    def transcription(self) -> TranscriptionRequest:
        """The fields of a request to the gateway for a transcription; `files` has the recording.

        Raises:
            ClientError: The request asks for none, or was refused.
        """
        if not self._is_transcription:
            raise self._without("transcription")
        return self._read(TranscriptionRequest)

    @property
    def decision(self) -> DecisionRequest:
        """The body of a request to System One, or what one decision in a session is about.

        Raises:
            ClientError: The request asks for no decision, or its body is not valid.
        """
        if (self.method, self.path) not in _DECISIONS:
            raise self._without("decision")
        return self._read(DecisionRequest)

    @property
    def asks(self) -> bool:
        """Whether it asks for an answer that a test can set."""
        asked = (self.method, self.path)
        is_job = self._is_execution or self._is_prediction or self._is_tuned or self.asks_for_schema
        return is_job or is_chat(*asked) or asked in (("POST", EMBEDDINGS), ("POST", TRANSCRIPTIONS), *_DECISIONS)

    @property
    def asks_for_schema(self) -> bool:
        """Whether it asks for a schema to be inferred."""
        return self.method == "POST" and self.path in _SCHEMAS

    @property
    def model(self) -> str | None:
        """The model that it names; `None` if it names none."""
        model = json_object(self.body).get("model")
        return model if isinstance(model, str) else None

    @property
    def prompt_text(self) -> str:
        """All of its text.

        That is the text in the messages of a chat, in the prompt and the inputs of an execution or a prediction, in
        what embeddings or a decision are asked for, and in the prompt of a transcription.
        """
        return "\n".join(text for text in self._texts() if text)

    @property
    def files(self) -> Sequence[ReceivedFile]:
        """The files in it, in order, images included."""
        body = json_object(self.body)
        if self._is_tuned:
            kinds: Sequence[tuple[FileKind, object]] = (("image", body.get("images")), ("video", body.get("videos")))
            found = [self._at_url(kind, url) for kind, urls in kinds for url in json_list(urls)]
            return [file for file in found if file is not None]
        if self._is_transcription:
            found = [self.form_file, self._at_url("audio", body.get("url"))]
            return [file for file in found if file is not None]
        if self._is_prediction or self.asks_for_schema:
            kind = _PREDICTIONS.get(self.path) or _SCHEMAS[self.path]
            images = [self._at_url(kind, url) for url in json_list(body.get("images"))]
            rest = [self._at_url(kind, body.get("url")), self._by_id(kind, body.get("file_id"))]
            return [file for file in [*images, *rest] if file is not None]
        if is_chat(self.method, self.path):
            return list(self._files(body.get("messages")))
        return [file for name in ("inputs", "input", "content") for file in self._files(body.get(name))]

    @property
    def images(self) -> Sequence[ReceivedFile]:
        """The files in it whose kind is `image`."""
        return [file for file in self.files if file.kind == "image"]

    @property
    def _is_execution(self) -> bool:
        return (self.method, self.path) == ("POST", "/v1/agent/execute")

    @property
    def _is_prediction(self) -> bool:
        return self.method == "POST" and self.path in _PREDICTIONS

    @property
    def _is_tuned(self) -> bool:
        return (self.method, self.path) == ("POST", _TUNED)

    @property
    def _is_transcription(self) -> bool:
        return (self.method, self.path) == ("POST", TRANSCRIPTIONS)

    def _without(self, name: str) -> ClientError:
        return ClientError(
            f"{self.method} {self.path} has no {name}.",
            suggestion="look at request.path, or at request.body for the JSON of any route.",
            error_type="another_route",
        )

    def _read(self, model: type[ModelT], body: object = None) -> ModelT:
        try:
            return model.model_validate(self.body if body is None else body)
        except ValidationError as error:
            problems = "; ".join(map(str, problems_of(error, "body")))
            raise ClientError(
                f"The body of {self.method} {self.path} is not valid: {problems}.", error_type="invalid_body"
            ) from None

    def _texts(self) -> Iterator[str]:
        body = json_object(self.body)
        yield from _text_in(json_object(body.get("config")).get("prompt"))
        yield from _text_in(body.get("messages"))
        for name in ("inputs", "input", "state", "content"):
            yield from _text_in(body.get(name))
        if self._is_transcription:
            yield from _text_in(body.get("prompt"))

    def _files(self, value: object) -> Iterator[ReceivedFile]:
        for item in json_list(value):
            yield from self._files(item)
        members = json_object(value)
        file = self._file(members)
        if file is not None:
            yield file
        elif isinstance(value, str) and is_data_url(value):
            yield _sent("file", value, None)
        else:
            for item in members.values():
                yield from self._files(item)

    def _file(self, part: Mapping[str, object]) -> ReceivedFile | None:
        """The file in a content part; `None` if it is none."""
        kind = part.get("type")
        if isinstance(kind, str) and kind in _PARTS:
            return self._at_url(_PARTS[kind], json_object(part.get(kind)).get("url"))
        if kind == "input_file":
            return self._by_id("file", part.get("file_id")) or self._at_url(
                "file", json_object(part.get("file_url")).get("url")
            )
        if kind == "file":
            attached = json_object(part.get("file"))
            name, data = attached.get("filename"), attached.get("file_data")
            if isinstance(data, str):
                return _sent("file", as_data_url(data), name if isinstance(name, str) else None)
            return self._by_id("file", attached.get("file_id"))
        if kind == "input_audio":
            sound = json_object(part.get("input_audio"))
            return _sent("audio", f"data:audio/{sound.get('format')};base64,{sound.get('data')}", None)
        return None

    def _at_url(self, kind: FileKind, url: object) -> ReceivedFile | None:
        if not isinstance(url, str):
            return None
        return _sent(kind, url, None) if is_data_url(url) else ReceivedFile(kind, url=url)

    def _by_id(self, kind: FileKind, id_: object) -> ReceivedFile | None:
        if not isinstance(id_, str):
            return None
        found = None if self.uploaded is None else self.uploaded(id_)
        if found is None:
            return ReceivedFile(kind, file_id=id_)
        return ReceivedFile(kind, found.filename, id_, None, found.media_type, found.read)


def _sent(kind: FileKind, url: str, filename: str | None) -> ReceivedFile:
    """The file that a `data:` URL holds."""
    head = url.partition(",")[0]
    media_type = head[5:].partition(";")[0].lower() or None

    def read() -> bytes:
        try:
            return read_data_url(url).data
        except UnreadableError as error:
            raise ClientError(str(error), error_type="no_bytes") from None

    return ReceivedFile(kind, filename, None, None, media_type, read)


def _text_in(value: object) -> Iterator[str]:
    """The texts of a value at any depth: strings, the content of messages and text parts, and no URLs of files."""
    if isinstance(value, str):
        if not is_data_url(value):
            yield value
        return
    for item in json_list(value):
        yield from _text_in(item)
    members = json_object(value)
    if "role" in members:
        yield from _text_in(members.get("content"))
    elif members.get("type") == "text":
        yield from _text_in(members.get("text"))
    elif not isinstance(members.get("type"), str):
        for item in members.values():
            yield from _text_in(item)
