"""A server of plain OpenAI, such as Ollama, vLLM or llama.cpp: it takes texts and images, and refuses all else.

It answers what `reply` says of each request: the members of a message, or a response with a status of its own.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["PlainOpenAI", "Raw", "chunk", "plain_openai"]

_MEMBERS = {
    *("model", "messages", "stream", "stream_options", "max_tokens", "temperature", "top_p", "stop", "seed"),
    *("presence_penalty", "frequency_penalty", "tools", "tool_choice", "parallel_tool_calls", "response_format"),
}

_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*|https?://.+")


@dataclass(frozen=True)
class Raw:
    """A response that is no completion."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class PlainOpenAI:
    """What a test says and sees."""

    url: str = ""
    reply: Callable[[Any], dict[str, Any] | Raw] = lambda _: {"content": "A receipt."}
    """The members of the message, and `finish_reason`."""
    pieces: Callable[[Any], Iterable[Any]] | None = None
    """The chunks of a stream; by default those of `reply`. A text is sent as it is."""
    requests: list[Any] = field(default_factory=list[Any])
    """The bodies, in order."""
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """The headers, with names in lower case."""

    @property
    def parts(self) -> list[Any]:
        """The parts of the last message of the last request."""
        content = self.requests[-1]["messages"][-1]["content"]
        return [{"type": "text", "text": content}] if isinstance(content, str) else content

    @property
    def text(self) -> str:
        """The texts among them."""
        return "\n".join(part["text"] for part in self.parts if part["type"] == "text")

    @property
    def images(self) -> list[str]:
        """The URLs of the images among them."""
        return [part["image_url"]["url"] for part in self.parts if part["type"] == "image_url"]


@contextmanager
def plain_openai() -> Generator[PlainOpenAI]:
    """One that runs."""
    state = PlainOpenAI()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the library's name
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.requests.append(body)
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            problem = _problem(self.path, body)
            if problem is not None:
                self._send(Raw(400, json.dumps({"error": {"message": problem, "type": "invalid"}}).encode()))
                return
            replied = state.reply(body)
            if isinstance(replied, Raw):
                self._send(replied)
            elif body.get("stream"):
                self._stream(state.pieces(body) if state.pieces else _pieces(replied))
            else:
                self._send(Raw(body=json.dumps(_completion(replied)).encode()))

        def log_message(self, format: str, *args: Any) -> None:  # the library's name
            """Print nothing."""

        def _send(self, raw: Raw) -> None:
            self.send_response(raw.status)
            for name, value in {"content-type": "application/json", **raw.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw.body)))
            self.end_headers()
            self.wfile.write(raw.body)

        def _stream(self, pieces: Iterable[Any]) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            self.close_connection = True
            for piece in pieces:
                data = piece if isinstance(piece, str) else json.dumps(piece, ensure_ascii=False)
                self.wfile.write(f"data: {data}\n\n".encode())
                self.wfile.flush()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Print nothing of clients that go away."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    """A chunk of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "tiny", "choices": [choice]}


def _problem(path: str, body: Any) -> str | None:
    if path != "/v1/chat/completions":
        return f"no such path: {path}"
    if set(body) - _MEMBERS:
        return f"unknown members: {sorted(set(body) - _MEMBERS)}"
    for message in body["messages"]:
        if set(message) - {"role", "content", "name", "tool_calls", "tool_call_id"}:
            return f"unknown members of a message: {sorted(message)}"
        for part in message["content"] if isinstance(message["content"], list) else ():
            is_text = set(part) == {"type", "text"} and part["type"] == "text"
            is_image = set(part) == {"type", "image_url"} and part["type"] == "image_url"
            if not is_text and not (is_image and _IMAGE.fullmatch(part["image_url"]["url"])):
                return f"unknown part: {str(part)[:100]}"
    form = body.get("response_format", {"type": "text"})
    if form["type"] == "json_schema" and not {"name", "schema"} <= set(form["json_schema"]):
        return "json_schema needs name and schema"
    if form["type"] not in ("text", "json_object", "json_schema"):
        return f"unknown response_format: {form}"
    return None


def _completion(replied: dict[str, Any]) -> dict[str, Any]:
    message = {name: value for name, value in replied.items() if name != "finish_reason"}
    reason = replied.get("finish_reason", "tool_calls" if "tool_calls" in replied else "stop")
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}],
        "usage": {"prompt_tokens": 70, "completion_tokens": 7, "total_tokens": 77},
    }


def _pieces(replied: dict[str, Any]) -> Iterable[Any]:
    yield chunk({"role": "assistant", "content": ""})
    for word in (replied.get("content") or "").split(" "):
        yield chunk({"content": word + " "})
    for index, call in enumerate(replied.get("tool_calls", ())):
        yield chunk({"tool_calls": [{"index": index, **call}]})
    yield chunk({}, replied.get("finish_reason", "tool_calls" if "tool_calls" in replied else "stop"))
    yield {**chunk({}), "choices": [], "usage": {"prompt_tokens": 70, "completion_tokens": 7, "total_tokens": 77}}
    yield "[DONE]"
