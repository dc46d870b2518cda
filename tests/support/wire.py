"""The wire, seen from the server's side: what was sent, and what a VLM Run server would answer.

`fake_wire` stands under the real clients in memory; `LoopbackServer` is a real socket on this machine. Both record
`Sent`s and take the same `Answerer`, so a test chooses only how much of the network it needs.
"""

from __future__ import annotations

import base64
import gc
import io
import json
import logging
import re
import socket
import ssl
import sys
import threading
import warnings
import zipfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx
import pytest
import respx
from typing_extensions import Self


@dataclass(frozen=True)
class Sent:
    """A request as it went out. Two are equal when they are the same bytes, the order of their headers included.

    `timeout` is not on the wire: it is what the HTTP client was told to keep to. `client_certificate` says whether the
    client has shown one.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout: Mapping[str, float | None] = field(default_factory=dict[str, "float | None"], compare=False)
    client_certificate: bool = field(default=False, compare=False)

    def header(self, name: str) -> str | None:
        """The value of a header, or `None`; a header that was sent twice is an error."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} was sent {len(values)} times"
        return values[0] if values else None

    @property
    def header_names(self) -> set[str]:
        """The names of all headers, in lower case."""
        return {name.lower() for name, _ in self.headers}

    @property
    def path(self) -> str:
        """The path, as it was encoded."""
        return urlsplit(self.url).path

    def json(self) -> Any:
        """The body, from JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


# Any exception is raised where the answer would have come.
Answerer = Callable[[Sent], "Answer | Exception"]


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; `retry_after="1"` is the header `retry-after: 1`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json", **named})


# What a VLM Run server says, per API.md §3.1, §3.2, §3.6, §3.7, §4 and §7 ---------------------------------------------

AGENT: dict[str, Any] = {
    "id": "0b9a6b5e-6a3c-4f0e-9a2a-7a1f6d1c2b3d",
    "name": "invoices:latest",
    "description": "Reads invoices.",
    "prompt": "Read the invoice.",
    "json_schema": {"type": "object", "properties": {"total": {"type": "number"}}},
    "json_sample": {"total": 12.5},
    "created_at": "2026-05-19T08:30:00Z",
    "updated_at": "2026-05-19T08:31:00Z",
    "status": "completed",
}
CREATED: dict[str, Any] = {name: AGENT[name] for name in ("id", "name", "created_at", "updated_at", "status")}
EXECUTION: dict[str, Any] = {
    "id": "5e7d9c1a-1111-4222-8333-944455556666",
    "name": "invoices:latest",
    "created_at": "2026-05-19T08:32:00Z",
    "completed_at": None,
    "response": None,
    "execution_mode": "agent",
    "status": "pending",
    "usage": {"credits_used": 0.5, "elements_processed": 1, "element_type": "image"},
}
FILE: dict[str, Any] = {
    "id": "3c1e0d54-5555-4666-8777-988899990000",
    "filename": "invoice.pdf",
    "bytes": 16,
    "purpose": "assistants",
    "created_at": "2026-05-19T08:29:00Z",
    "object": "file",
    "public_url": None,
}
NO_FILE: dict[str, Any] = {**FILE, "id": None, "filename": None}
"""What is said of a hash that is not known."""
PROMISE: dict[str, Any] = {
    "id": FILE["id"],
    "url": "https://storage.test/bucket/invoice.pdf?X-Signature=sesame-4711&X-Expires=86400",
    "filename": "invoice.pdf",
    "content_type": "application/vnd.invoice",
    "upload_method": "PUT",
    "public_url": None,
    "created_at": "2026-05-19T08:29:00Z",
    "expiration": 86400,
}
"""A presigned upload."""
ARTIFACT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
ARTIFACTS: dict[str, Any] = {
    "namespace_id": "9f1f0a52-0000-4000-8000-000000000000",
    "items": [
        {"object_id": "img_a1b2c3", "filename": "picture.png", "source": "store"},
        {"object_id": "doc_0a1b2c", "source": "manifest"},
    ],
}
MODEL: dict[str, Any] = {"model": "vlm-1", "domain": "document.invoice"}
DOMAIN: dict[str, Any] = {"domain": "document.invoice", "name": "Invoice", "description": "Totals of an invoice."}
HUB_DOMAIN: dict[str, Any] = {
    "domain": "document.invoice",
    "description": "Totals of an invoice.",
    "supported_inputs": ["document", "image"],
    "tags": ["finance"],
    "sample_data": "https://storage.test/hub/invoice.pdf",
}
SCHEMA: dict[str, Any] = {
    "domain": "document.invoice",
    "description": "Totals of an invoice.",
    "schema_version": "1.2.0",
    "schema_hash": "0a1b2c3d",
    "gql_stmt": "{ total }",
    "json_schema": {"type": "object", "properties": {"total": {"type": "number"}}},
    "json_sample": {"total": 12.5},
}
SKILL: dict[str, Any] = {
    "id": "7d1f2e3a-0000-4000-8000-777766665555",
    "name": "invoice-reader",
    "description": "Reads invoices.",
    "skill_version": "20260219-abc123",
    "skill_uri": "https://storage.test/skills/invoice-reader.zip",
    "is_public": False,
    "created_at": "2026-05-19T08:29:00Z",
    "updated_at": "2026-05-19T08:30:00Z",
    "status": "completed",
}
SKILL_URL: dict[str, Any] = {
    "download_url": "https://vlmrun.test/storage/invoice-reader.zip?X-Signature=sesame-4712",
    "expires_in": 3600,
}

FEEDBACK: dict[str, Any] = {
    "id": "fb-1",
    "request_id": "p-1",
    "agent_execution_id": None,
    "chat_id": None,
    "created_at": "2026-05-19T08:33:00Z",
}
FEEDBACK_ITEM: dict[str, Any] = {**FEEDBACK, "response": {"total": 12.5}, "notes": "It was 12.5."}
FEEDBACK_LIST: dict[str, Any] = {
    "request_id": "p-1",
    "agent_execution_id": None,
    "chat_id": None,
    "items": [FEEDBACK_ITEM],
}
DATASET: dict[str, Any] = {
    "id": "d-1",
    "status": "pending",
    "created_at": "2026-05-19T08:33:00Z",
    "completed_at": None,
    "dataset_name": "receipts",
    "dataset_type": "images",
    "domain": "document.receipt",
    "file_id": "3c1e0d54-5555-4666-8777-988899990000",
    "message": None,
    "wandb_url": None,
    "wandb_base_url": None,
    "wandb_project_name": None,
    "usage": {"credits_used": 0.5},
}
TUNING: dict[str, Any] = {
    "id": "j-1",
    "status": "running",
    "created_at": "2026-05-19T08:33:00Z",
    "completed_at": None,
    "model": "vlm-1",
    "suffix": "receipts",
    "message": "It is trained.",
    "wandb_url": None,
    "wandb_base_url": None,
    "wandb_project_name": None,
    "usage": None,
}
PROVISION: dict[str, Any] = {
    "id": "v-1",
    "created_at": "2026-05-19T08:33:00Z",
    "completed_at": None,
    "model": "ft:vlm-1:org:receipts:1",
    "message": "It is provisioned.",
}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Files as a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


COMPLETED: dict[str, Any] = {
    **EXECUTION,
    "status": "completed",
    "completed_at": "2026-05-19T08:32:07.250000Z",
    "response": {"total": 12.5},
}
"""`EXECUTION`, once it has ended."""
GATEWAY_MODEL: dict[str, Any] = {
    "id": "zai-org/glm-ocr",
    "object": "model",
    "created": 1779179400,
    "owned_by": "zai-org",
    "aliases": ["glm-ocr"],
    "methods": ["ocr", "table"],
    "default_method": "ocr",
    "extra_body_help": {"method": "what to do"},
    "capabilities": {
        "max_images": 64,
        "max_videos": 0,
        "supports_text_only": False,
        "supports_document_url": True,
        "supports_json_schema": False,
        "supported_input_types": ["image_url", "document_url"],
    },
    "task": "chat",
}
"""A model of the gateway."""
DECISION: dict[str, Any] = {
    "model": "google/diffusiongemma-26b-a4b-it",
    "answers": {
        "urgent": {"type": "noul", "noul": 0.91},
        "team": {
            "type": "choice",
            "choice": "billing",
            "probabilities": {"billing": 0.9, "sales": 0.1},
            "confidence": 0.7,
        },
        "mood": {
            "type": "score",
            "score": 0.9,
            "legend": {"0": "calm", "1": "angry"},
            "probabilities": {"0": 0.1, "1": 0.9},
            "confidence": 0.5,
        },
    },
    "usage": {"input_tokens": 149, "output_tokens": 0, "reads": 1, "cost": 0.000002},
}
"""What System One decides."""
DECISION_MODEL: dict[str, Any] = {
    "name": "google/diffusiongemma-26b-a4b-it",
    "description": "Reads text and images.",
    "release_date": "2026-09-15",
    "context_window": 32000,
}
"""A model of System One."""
EMBEDDINGS: dict[str, Any] = {
    "object": "list",
    "model": "qwen/qwen3-vl-embedding-2b",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}],
    "usage": {"prompt_tokens": 2, "total_tokens": 2, "cost": 0.0001},
}
PREDICTION: dict[str, Any] = {
    "id": "b7a1c2d3-7777-4888-9999-000011112222",
    "created_at": "2026-05-19T08:33:00Z",
    "completed_at": "2026-05-19T08:33:04Z",
    "response": {"total": 12.5},
    "status": "completed",
    "usage": {"credits_used": 2, "elements_processed": 1, "element_type": "page"},
    "domain": "document.invoice",
}
PENDING_PREDICTION: dict[str, Any] = {**PREDICTION, "completed_at": None, "response": None, "status": "pending"}
"""`PREDICTION`, before it has ended."""
COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1779179400,
    "model": "vlmrun-orion-1:auto",
    "session_id": "9f1f0a52-0000-4000-8000-000000000000",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": '{"total": 12.5}', "refusal": None},
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "credits_used": 0.25},
}
PIECES = ['{"total"', ": ", "12.5}"]
"""What a streamed answer comes in; joined, it is the content of `COMPLETION`."""


def _chunk(delta: Mapping[str, object], finish_reason: str | None = None) -> dict[str, object]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1779179400,
        "model": "vlmrun-orion-1:auto",
        "session_id": COMPLETION["session_id"],
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}],
    }


def event_stream() -> Answer:
    """`COMPLETION`, streamed."""
    chunks = [
        _chunk({"role": "assistant", "content": ""}),
        *(_chunk({"content": piece}) for piece in PIECES),
        _chunk({}, "stop"),
    ]
    events = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]
    body = "".join(f"data: {event}\n\n" for event in events).encode()
    return Answer(200, body, {"content-type": "text/event-stream"})


def vlm_run(sent: Sent) -> Answer:
    """What VLM Run answers, when all is well."""
    match sent.method, sent.path.split("/v1/", 1)[-1].split("/"):
        case "GET", ["models"] if "/typesafe/" in sent.path:
            return json_answer({"models": [DECISION_MODEL, DECISION_MODEL], "object": "list"})
        case "POST", ["systemone"]:
            return json_answer(DECISION, x_typesafe_request_id="decision-1")
        case "GET", ["health"] | ["", "health"]:  # the gateway's is outside of /v1
            return json_answer({"status": "ok"})
        case "GET", ["agent"]:
            return json_answer([AGENT, AGENT])
        case ("POST", ["agent", "lookup"]) | ("GET", ["agents", _]):
            return json_answer(AGENT)
        case "POST", ["agent", "create"]:
            return json_answer(CREATED)
        case "POST", ["agent", "execute"]:
            return json_answer(EXECUTION)
        case "GET", ["agent", "executions"]:
            return json_answer([EXECUTION, EXECUTION])
        case "GET", ["agent", "executions", _]:
            return json_answer({**EXECUTION, "status": "completed", "response": {"total": 12.5}})
        case "GET", ["files", "hash", _]:
            return json_answer(NO_FILE)
        case "POST", ["files", "presigned-url"]:
            return json_answer(PROMISE)
        case "PUT", _:
            return Answer(200)
        case "POST", ["files"]:
            return json_answer(FILE, 201)
        case "GET", ["files"]:
            return json_answer([FILE, FILE])
        case ("GET", ["files", "verify-upload", _]) | (("GET" | "DELETE"), ["files", _]):
            return json_answer(FILE)
        case "GET", ["artifacts"] if "object_id=url_" in sent.url or "filename=link.url" in sent.url:
            return Answer(
                200, b"https://storage.test/out/report.pdf?X-Signature=secret", {"content-type": "text/plain"}
            )
        case "GET", ["artifacts"]:
            return Answer(200, ARTIFACT, {"content-type": "image/png"})
        case "GET", ["artifacts", "list"]:
            return json_answer(ARTIFACTS)
        case "POST", ["image" | "document" | "audio" | "video", "generate" | "execute"]:
            return json_answer(PENDING_PREDICTION if sent.json()["batch"] else PREDICTION, 201)
        case "POST", ["image" | "document" | "audio" | "video", "schema"]:
            return json_answer({**PREDICTION, "response": SCHEMA}, 201)
        case "GET", ["predictions"]:
            return json_answer([PREDICTION, PENDING_PREDICTION])
        case "GET", ["predictions", _]:
            return json_answer(PREDICTION)
        case "GET", ["models"]:
            return json_answer([MODEL, MODEL])
        case "GET", ["domains"]:
            return json_answer([DOMAIN, DOMAIN])
        case "POST", ["schema"] | ["hub", "schema"]:
            return json_answer(SCHEMA)
        case "GET", ["hub", "info"]:
            return json_answer({"version": "0.1.35"})
        case "GET", ["hub", "domains"]:
            return json_answer([HUB_DOMAIN, HUB_DOMAIN])
        case "GET", ["hub", "domains", _]:
            return json_answer(True)
        case "GET", ["skills"]:
            return json_answer([SKILL, {**SKILL, "skill_version": "20260218-ffffff"}])
        case ("GET", ["skills", _]) | ("POST", ["skills", "lookup" | "create"] | ["skills", _, "update"]):
            return json_answer(SKILL)
        case "GET", ["skills", _, "download"]:
            return json_answer(SKILL_URL)
        case "GET", ["", "storage", "invoice-reader.zip"]:
            return Answer(200, zipped({"SKILL.md": "---\nname: reader\n---\n"}), {"content-type": "application/zip"})
        case "POST", ["feedback", "submit"]:
            return json_answer(FEEDBACK, 201)
        case "GET", ["feedback", _]:
            return json_answer(FEEDBACK_LIST)
        case ("POST", ["datasets", "create"]) | ("GET", ["datasets", _]):
            return json_answer(DATASET)
        case "GET", ["datasets"]:
            return json_answer([DATASET, DATASET])
        case ("POST", ["fine_tuning", "create"]) | ("GET", ["fine_tuning", "jobs", _]):
            return json_answer(TUNING)
        case "POST", ["fine_tuning", "generate"]:
            return json_answer(PREDICTION, 201)
        case "POST", ["fine_tuning", "provision"]:
            return json_answer(PROVISION)
        case "GET", ["fine_tuning", "jobs"]:
            return json_answer([TUNING, TUNING])
        case "GET", ["fine_tuning", "models"]:
            return json_answer([PROVISION["model"]])
        case "POST", ["openai", "chat", "completions"]:
            return event_stream() if sent.json().get("stream") else json_answer(COMPLETION)
        case "GET", ["openai", "chat", "completions"]:
            return json_answer({"object": "list", "data": [COMPLETION], "has_more": False})
        case (("GET" | "POST"), ["openai", "chat", "completions", _]):
            return json_answer(COMPLETION)
        case "DELETE", ["openai", "chat", "completions", _]:
            return json_answer({"id": "chatcmpl-1", "object": "chat.completion.deleted", "deleted": True})
        case "GET", ["openai", "models"]:
            return json_answer({"object": "list", "data": [GATEWAY_MODEL, GATEWAY_MODEL]})
        case "POST", ["openai", "embeddings"]:
            return json_answer(EMBEDDINGS)
        case "POST", ["openai", "audio", "transcriptions"]:
            return json_answer({"text": "Hello there!"})
        case _:
            return json_answer({"detail": f"no route {sent.method} {sent.path}"}, status=404)


# In memory ------------------------------------------------------------------------------------------------------------


@contextmanager
def fake_wire(answer: Answerer = vlm_run) -> Generator[list[Sent], None, None]:
    """Answer every request of any HTTP client in this process, and record it in the list that is given."""
    sent: list[Sent] = []

    def reply(request: httpx.Request) -> httpx.Response:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        timeout = request.extensions.get("timeout", {})
        sent.append(Sent(request.method, str(request.url), headers, request.content, timeout))
        outcome = answer(sent[-1])
        if isinstance(outcome, Exception):
            raise outcome
        return httpx.Response(outcome.status, headers=outcome.headers, content=outcome.body)

    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=reply)
        yield sent


# Over a real socket ---------------------------------------------------------------------------------------------------


class LoopbackServer:
    """A keep-alive HTTP/1.1 server on this machine, for what depends on real connections.

    Attributes:
        sent: The requests that came, in the order in which they were complete.
        connections: How many connections were opened.
    """

    def __init__(self, answer: Answerer = vlm_run, context: ssl.SSLContext | None = None) -> None:
        self.sent: list[Sent] = []
        self.connections = 0
        self._scheme = "http" if context is None else "https"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self, answer))
        self._server.context = context
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def origin(self) -> str:
        """Where the server is, such as `http://127.0.0.1:49152`."""
        host, port = self._server.server_address[:2]
        return f"{self._scheme}://{host!s}:{port}"

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return f"{self.origin}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self.hang_up()
        self._server.server_close()

    def hang_up(self) -> None:
        """End all connections."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the other side may have reset it
                    connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for the next request

    def opened(self, connection: socket.socket) -> None:
        """A handler's news."""
        with self._lock:
            self.connections += 1
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """A handler's news."""
        with self._lock:
            self._open.discard(connection)

    def received(self, sent: Sent) -> None:
        """A handler's news."""
        with self._lock:
            self.sent.append(sent)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that leaving waits for the threads of all connections
    request_queue_size = 128  # so that tests which open a hundred connections at once are not kept waiting
    context: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.context is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(10)
        try:
            secure = self.context.wrap_socket(request, server_side=True)
        except OSError:  # the other side does not trust it
            return
        with secure:
            super().finish_request(secure, client_address)


def _handler(server: LoopbackServer, answer: Answerer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            server.opened(self.connection)

        def finish(self) -> None:
            server.closed(self.connection)
            super().finish()

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # the other side hung up
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests read `sent`."""

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            # A proxy is asked for the whole URL.
            url = self.path if self.path.startswith("http") else f"{server.origin}{self.path}"
            shown = isinstance(self.connection, ssl.SSLSocket) and bool(self.connection.getpeercert())
            sent = Sent(self.command, url, tuple(self.headers.items()), body, client_certificate=shown)
            server.received(sent)
            outcome = answer(sent)
            if isinstance(outcome, Exception):
                raise outcome
            self.send_response(outcome.status)
            for name, value in outcome.headers.items():
                self.send_header(name, value)
            if outcome.status != 204 and "content-length" not in {name.lower() for name in outcome.headers}:
                self.send_header("content-length", str(len(outcome.body)))
            self.end_headers()
            self.wfile.write(outcome.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names that http.server looks for

    return Handler


@contextmanager
def closed_port() -> Generator[str, None, None]:
    """A base URL on this machine where nobody listens, and nobody will while the block runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


# Speed ----------------------------------------------------------------------------------------------------------------


@contextmanager
def few_certificates(folder: Path) -> Generator[None, None, None]:
    """Let clients trust one authority instead of them all, in a file that is put into `folder`.

    Reading them all is most of what making a client costs, and no test of this suite speaks TLS to anybody.
    """
    everybody = Path(certifi.where()).read_text(encoding="utf-8")
    end = "-----END CERTIFICATE-----\n"
    somebody = folder / "somebody.pem"
    somebody.write_text(everybody.partition(end)[0] + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(somebody))
        yield


# What is left over ----------------------------------------------------------------------------------------------------


@contextmanager
def nothing_left_over() -> Generator[None, None, None]:
    """Fail if the block leaves connections unclosed, or an event loop with something to complain about."""
    complaints: list[str] = []

    class Complaints(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complaints.append(record.getMessage())

    handler = Complaints(logging.WARNING)
    hook = sys.unraisablehook
    logging.getLogger("asyncio").addHandler(handler)
    # A warning inside a finalizer becomes an exception there, and that comes here.
    sys.unraisablehook = lambda unraisable: complaints.append(repr(unraisable.exc_value))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
            gc.collect()
    finally:
        sys.unraisablehook = hook
        logging.getLogger("asyncio").removeHandler(handler)
    assert not complaints, complaints


def without_seconds(error: Exception) -> str:
    """The text of an error but for how long the call took, which a busy machine decides."""
    return re.sub(r" in \d+\.\d s(?=[,)])", "", str(error))
