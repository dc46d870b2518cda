"""A fast HTTP/1.1 server on this machine, the same for all sides: it reads what comes, and answers canned bytes.

`running` starts it in a process of its own. What precedes `/v1` in the path says how it is to behave:
`/latency-50/v1/...` answers 50 ms later, and `/work-2000/v1/...` completes an execution 2,000 ms after it was started.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

EVENTS = 200
"""How many events a streamed chat has."""

_CHUNK = bytes(1 << 20)
_PATH = re.compile(r"(?:/(latency|work)-(\d+))?(?:/v1)?(/[^?]*)(?:\?(.*))?")

_AGENT: dict[str, object] = {
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
_EXECUTION: dict[str, object] = {
    "id": "5e7d9c1a-1111-4222-8333-944455556666",
    "name": "invoices:latest",
    "created_at": "2026-05-19T08:32:00Z",
    "completed_at": None,
    "response": None,
    "execution_mode": "agent",
    "status": "pending",
    "usage": {"credits_used": 1, "elements_processed": 1, "element_type": "image"},
}
_COMPLETED: dict[str, object] = {
    **_EXECUTION,
    "completed_at": "2026-05-19T08:32:07Z",
    "response": {"total": 12.5},
    "status": "completed",
}
_PREDICTION: dict[str, object] = {
    "id": "7a3f2b10-3333-4444-8555-666677778888",
    "created_at": "2026-05-19T08:32:00Z",
    "completed_at": "2026-05-19T08:32:07Z",
    "response": {"total": 12.5},
    "status": "completed",
    "usage": {"credits_used": 1, "elements_processed": 1, "element_type": "page"},
    "domain": "document.invoice",
}
_FILE: dict[str, object] = {
    "id": "3c1e0d54-5555-4666-8777-988899990000",
    "filename": "large.bin",
    "bytes": 1 << 30,
    "purpose": "assistants",
    "created_at": "2026-05-19T08:29:00Z",
    "object": "file",
    "public_url": None,
}
_COMPLETION: dict[str, object] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1779179400,
    "model": "vlmrun-orion-1:auto",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": '{"total": 12.5}', "refusal": None},
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}


def _json(value: object, status: str = "200 OK") -> bytes:
    body = json.dumps(value).encode()
    return _head(status, {"Content-Type": "application/json", "Content-Length": str(len(body))}) + body


def _head(status: str, headers: Mapping[str, str]) -> bytes:
    # The official SDK knows `Content-Type` in this spelling only.
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _stream() -> bytes:
    """The events of a chat, each a chunk of its own, in one piece: what is measured is how they are read."""

    def event(delta: Mapping[str, object], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        chunk = {**_COMPLETION, "object": "chat.completion.chunk", "choices": [choice]}
        del chunk["usage"]
        return json.dumps(chunk)

    events = [
        event({"role": "assistant", "content": ""}),
        *(event({"content": f"word {number} "}) for number in range(EVENTS - 2)),
        event({}, "stop"),
        "[DONE]",
    ]
    texts = [f"data: {text}\n\n".encode() for text in events]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(text), text) for text in texts)
    return (
        _head("200 OK", {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}) + chunks + b"0\r\n\r\n"
    )


_CHAT = _json(_COMPLETION)
_EVENT_STREAM = _stream()
_ANSWERS = {
    ("GET", "/health"): _json({"status": "ok"}),
    ("GET", "/agent"): _json([_AGENT, _AGENT]),
    ("POST", "/agent/execute"): _json(_EXECUTION, "201 Created"),
    ("POST", "/document/generate"): _json(_PREDICTION, "201 Created"),
    ("POST", "/files"): _json(_FILE, "201 Created"),
    ("PUT", "/storage"): _head("200 OK", {"Content-Length": "0"}),
}
_STILL_RUNNING = _json({**_EXECUTION, "status": "running"})
_ENDED = _json(_COMPLETED)
_UPLOADED = _json(_FILE)
_NO_FILE = _json({**_FILE, "id": None, "filename": None})
_UNKNOWN = _json({"detail": "no such route"}, "404 Not Found")


class _Connection(asyncio.Protocol):
    """One connection, kept open: a request, then its answer."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._received = bytearray()
        self._request: tuple[str, str] | None = None
        self._missing = 0  # bytes of a body that are still to come
        self._body = bytearray()
        self._zeros = 0  # bytes of a download that are still to go
        self._is_full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._request is None:
            self._received += data
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._received[:end].decode("latin-1")
            data = bytes(self._received[end + 4 :])
            self._received.clear()
            method, target, _ = head.split(" ", 2)
            self._request = method, target
            length = re.search(r"(?i)\r\ncontent-length: *(\d+)", head)
            self._missing = int(length[1]) if length else 0
        self._missing -= len(data)
        if len(self._body) < 1 << 16:  # of an upload, only its size matters
            self._body += data
        if self._missing <= 0:
            method, target = self._request
            body = bytes(self._body)
            self._request = None
            self._body.clear()
            self._answer(method, target, body)

    def _answer(self, method: str, target: str, body: bytes) -> None:
        match = _PATH.fullmatch(target)
        if match is None:
            self._transport.write(_UNKNOWN)
            return
        behaviour, milliseconds, path, query = match.groups()
        seconds = int(milliseconds or 0) / 1000
        if path == "/artifacts":
            self._send_zeros(query)
            return
        answer = self._choose(method, path, body, seconds if behaviour == "work" else 0.0)
        if behaviour == "latency":
            asyncio.get_running_loop().call_later(seconds, self._transport.write, answer)
        else:
            self._transport.write(answer)

    def _choose(self, method: str, path: str, body: bytes, work_seconds: float) -> bytes:
        if path.endswith("/chat/completions"):
            return _EVENT_STREAM if b'"stream":true' in body.replace(b" ", b"") else _CHAT
        if path == "/agent/execute" and work_seconds:
            return _json({**_EXECUTION, "id": f"until-{time.monotonic() + work_seconds}"}, "201 Created")
        if path.startswith("/agent/executions/"):
            until = path.partition("until-")[2]
            return _STILL_RUNNING if until and time.monotonic() < float(until) else _ENDED
        if path.startswith("/files/hash/"):
            return _NO_FILE
        if path == "/files/presigned-url":
            host, port = self._transport.get_extra_info("sockname")
            return _json(
                {
                    **_FILE,
                    "url": f"http://{host}:{port}/storage",
                    "content_type": "application/octet-stream",
                    "upload_method": "PUT",
                    "method": "PUT",
                    "expiration": 86400,
                }
            )
        if path.startswith("/files/verify-upload/"):
            return _UPLOADED
        return _ANSWERS.get((method, path), _UNKNOWN)

    def _send_zeros(self, query: str) -> None:
        """The artifact of a session is as many zeros as its name says."""
        size = re.search(r"session_id=(\d+)", query)
        self._zeros = int(size[1]) if size else 0
        headers = {"Content-Type": "application/pdf", "Content-Length": str(self._zeros)}
        self._transport.write(_head("200 OK", headers))
        self._go_on()

    def _go_on(self) -> None:
        while self._zeros and not self._is_full:
            piece = _CHUNK[: self._zeros]
            self._zeros -= len(piece)
            self._transport.write(piece)

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._go_on()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def running() -> Generator[str, None, None]:
    """The server, in a process of its own: its origin, such as `http://127.0.0.1:49152`."""
    with subprocess.Popen([sys.executable, "-I", __file__], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve())
