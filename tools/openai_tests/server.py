"""A server on this machine that answers what OpenAI's generated tests ask of the routes of chat completions."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import Self

__all__ = ["ChatServer"]

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1779179400,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "Hello!", "refusal": None},
        }
    ],
}
CHUNK = {
    **COMPLETION,
    "object": "chat.completion.chunk",
    "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, "delta": {"content": "Hello!"}}],
}
PAGE = {"object": "list", "data": [COMPLETION], "first_id": "chatcmpl-1", "last_id": "chatcmpl-1", "has_more": False}
DELETED = {"id": "chatcmpl-1", "object": "chat.completion.deleted", "deleted": True}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0].rstrip("/")
        if not path.startswith("/chat/completions"):
            self._send(404, "application/json", json.dumps({"error": {"message": f"no route {path}"}}))
        elif self.command == "POST" and body and json.loads(body).get("stream"):
            self._send(200, "text/event-stream", f"data: {json.dumps(CHUNK)}\n\ndata: [DONE]\n\n")
        elif self.command == "DELETE":
            self._send(200, "application/json", json.dumps(DELETED))
        elif self.command == "GET" and path == "/chat/completions":
            self._send(200, "application/json", json.dumps(PAGE))
        else:
            self._send(200, "application/json", json.dumps(COMPLETION))

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815  # the names that http.server looks for

    def _send(self, status: int, media_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests tell what happened."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: tests that read no answer to its end hang up."""


class ChatServer:
    """The server, for as long as the block runs."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def base_url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
