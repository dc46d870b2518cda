"""Writes `docs/errors.md`: what people do wrong or meet, the error that it raises, and what the error says.

`make errors` runs it, and a test holds the page to what happens, sync and async. Nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import json
import os
import re
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

from pydantic import BaseModel, SecretStr
from typing_extensions import Self

from vlmrun import AsyncVLMRun, Skill, VLMRun, content, webhooks
from vlmrun._lifetimes import waiting
from vlmrun.client.types import AgentExecutionResponse, FileResponse, PredictionResponse

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"

HEAD = """\
# Errors

What you did or met, the class of the error, and its text. `make errors` makes this page, and a test holds it to what
happens, sync and async. Every class can be imported from `vlmrun`; [`exceptions`](../vlmrun/client/exceptions.py) has
the tree. `error.message` is the first sentence alone; `error.method`, `error.url`, `error.http_status`,
`error.attempts`, `error.seconds` and `error.request_id` say which call failed. Times are left out here.

"""

# `Any`, because each case is written once for clients of both colours.
Use = Callable[[Any], Any]


class Invoice(BaseModel):
    """What is asked for."""

    total: float


@dataclass(frozen=True)
class Case:
    """A row: what one does, in words and as code, and what the server answers."""

    cause: str
    use: Use
    status: int = 200
    body: object = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    environ: Mapping[str, str] = field(default_factory=dict[str, str])


def _says(text: str) -> dict[str, str]:
    return {"detail": text}


def _chat(text: str | None, reason: str = "stop", refusal: str | None = None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    choice = {"index": 0, "finish_reason": reason, "message": message}
    return {"id": "c-1", "object": "chat.completion", "created": 1, "model": "vlmrun-orion-1:auto", "choices": [choice]}


def _execution(status: str, response: object = None) -> dict[str, Any]:
    return {"id": "exec-1", "created_at": "2026-01-01T00:00:00Z", "status": status, "response": response}


def _prediction(status: str, response: object = None, message: str | None = None) -> dict[str, Any]:
    return {**_execution(status, response), "id": "pred-1", "message": message}


EXECUTION = AgentExecutionResponse.model_validate(_execution("running"))
FILE = FileResponse(id="file-1")
PREDICTION = PredictionResponse.model_validate(_prediction("running"))


def _agents(client: Any) -> Any:
    return client.agent.list()


def _made(client: Any) -> Any:
    return client


KEY = {"api_key": "k"}

SHORT = 0.2
"""Seconds of the timeout that passes."""


def _closed(client: Any) -> Any:
    if isinstance(client, VLMRun):
        client.close()
        return client.agent.list()

    async def close_and_list() -> Any:
        await client.close()
        return await client.agent.list()

    return close_and_list()


def _closed_file() -> io.BytesIO:
    file = io.BytesIO(b"...")
    file.close()
    return file


CASES: Sequence[Case] = [
    # Making a client
    Case("`VLMRun()` without `VLMRUN_API_KEY`", _made, options={"api_key": None}),
    Case('`api_key=""`', _made, options={"api_key": ""}),
    Case(
        "`VLMRUN_API_KEY` with a character of a web page in it",
        _made,
        options={"api_key": None},
        environ={"VLMRUN_API_KEY": "k\u200b"},
    ),
    Case('`api_key=SecretStr("...")`', _made, options={"api_key": SecretStr("k")}),
    Case('`base_url="api.vlm.run"`', _made, options={"base_url": "api.vlm.run"}),
    Case("`VLMRUN_BASE_URL=ftp://...`", _made, options={"base_url": None}, environ={"VLMRUN_BASE_URL": "ftp://a.test"}),
    Case("`timeout=-1`", _made, options={"timeout": -1}),
    Case('`timeout="60"`', _made, options={"timeout": "60"}),
    Case("`max_retries=-1`", _made, options={"max_retries": -1}),
    Case("`max_retries=2.5`", _made, options={"max_retries": 2.5}),
    Case('`default_headers={"X-A": 1}`', _made, options={"default_headers": {"X-A": 1}}),
    # Arguments
    Case('`agent.run("")`', lambda c: c.agent.run("")),
    Case('`agent.run("Read it.", mode="batch")`', lambda c: c.agent.run("Read it.", mode="batch")),
    Case('`agent.run("Read it.", inputs="a.pdf")`', lambda c: c.agent.run("Read it.", inputs="a.pdf")),
    Case("`agent.run(..., response_model=dict)`", lambda c: c.agent.run("Read it.", response_model=dict)),
    Case("`agent.run(..., name=...)` as a chat", lambda c: c.agent.run("Read it.", name="reader")),
    Case("`agent.get()` without an argument", lambda c: c.agent.get()),
    Case("`agent.execute(..., batch=False)`", lambda c: c.agent.execute("reader", batch=False)),
    Case("`executions.wait(execution)`", lambda c: c.executions.wait(EXECUTION)),
    Case("`files.get(uploaded)`", lambda c: c.files.get(FILE)),
    Case("`files.list(limit=5000)`", lambda c: c.files.list(limit=5000)),
    Case('`files.upload("nope.png")`', lambda c: c.files.upload("nope.png")),
    Case('`files.upload("~/invoice.pdf")`', lambda c: c.files.upload("~/invoice.pdf")),
    Case('`files.upload(b"")`', lambda c: c.files.upload(b"")),
    Case('`files.upload("https://...")`', lambda c: c.files.upload("https://a.test/a.pdf")),
    Case(
        '`artifacts.download(..., folder="nope")`',
        lambda c: c.artifacts.download("img_a1b2c3", session_id="s", folder="nope"),
    ),
    Case("`artifacts.get(...)` without `session_id` and `execution_id`", lambda c: c.artifacts.get("img_a1b2c3")),
    Case('`content.image("nope.png")`', lambda _: content.image("nope.png")),
    Case("`content.image(...)` of a file that was closed", lambda _: content.image(_closed_file())),
    Case("`content.image(...)` of base64", lambda _: content.image("iVBORw0KGgo/" * 40)),
    Case("`content.image(...)` of a PDF", lambda _: content.image(b"%PDF-1.7")),
    Case("`content.image(...)` of an SVG", lambda _: content.image(b"<svg></svg>")),
    Case("`content.document(...)` of text, without a media type", lambda _: content.document(b"Hello")),
    Case('`content.image("ftp://...")`', lambda _: content.image("ftp://a.test/a.png")),
    Case('`Skill.from_directory("nope")`', lambda _: Skill.from_directory("nope")),
    Case("`Skill.from_directory(...)` of a folder without `SKILL.md`", lambda _: Skill.from_directory(".")),
    Case('`document.generate("invoice.pdf")` without a domain', lambda c: c.document.generate("invoice.pdf")),
    Case(
        '`document.generate(..., url="invoice.pdf")`',
        lambda c: c.document.generate(url="invoice.pdf", domain="document.invoice"),
    ),
    Case(
        '`document.generate(..., config={"groundin": True})`',
        lambda c: c.document.generate(b"%PDF-1.7", domain="document.invoice", config={"groundin": True}),
    ),
    Case("`image.generate(...)` of a PDF", lambda c: c.image.generate("document.invoice", [b"%PDF-1.7"])),
    Case('`image.generate(..., images="page.png")`', lambda c: c.image.generate("document.invoice", "page.png")),
    Case("`predictions.wait(prediction)`", lambda c: c.predictions.wait(PREDICTION)),
    Case("`feedback.submit(prediction, ...)`", lambda c: c.feedback.submit(PREDICTION, notes="Fine.")),
    Case('`skills.create("")`', lambda c: c.skills.create("")),
    Case(
        '`datasets.create(..., dataset_directory="nope")`',
        lambda c: c.datasets.create("document.invoice", "nope", "invoices", "documents"),
    ),
    Case("`webhooks.parse(...)` of a body that somebody else signed", lambda _: webhooks.parse(b"{}", "sha256=0", "s")),
    # Answers
    Case("400", _agents, 400, _says("Unknown model.")),
    Case("401: the key is wrong", _agents, 401, _says("Invalid API key.")),
    Case("402: no credits are left", _agents, 402, _says("Insufficient credits.")),
    Case("403: the key is wrong, or may not do this", _agents, 403, _says("Forbidden")),
    Case("404: no such agent", lambda c: c.agent.get("reader"), 404, _says("Agent not found.")),
    Case(
        '`agent.execute("Describe this image")`',
        lambda c: c.agent.execute("Describe this image"),
        404,
        _says("Agent not found."),
    ),
    Case(
        '`document.execute("Describe this", ...)`',
        lambda c: c.document.execute("Describe this", url="https://a.test/a.pdf"),
        404,
        _says("Not found."),
    ),
    Case("`base_url` without `/v1`", _agents, 404, _says("Not Found"), options={"base_url": ""}),
    Case("409", _agents, 409, _says("Already running.")),
    Case("413: the request is too large", _agents, 413, _says("Request too large.")),
    Case("422: a field is wrong", _agents, 422, {"detail": [{"loc": ["body", "config"], "msg": "Field required"}]}),
    Case("429, and again after `max_retries=2`", _agents, 429, _says("Slow down."), {"max_retries": 2}),
    Case("500", _agents, 500, _says("Internal error.")),
    Case("a page of HTML with 200", _agents, 200, "<html>"),
    Case("an execution that failed", lambda c: c.executions.wait("exec-1"), 200, _execution("failed", "No pages.")),
    Case(
        "an execution that takes too long",
        lambda c: c.executions.wait("exec-1", timeout=10),
        200,
        _execution("running"),
    ),
    Case(
        "a prediction that failed",
        lambda c: c.predictions.wait("pred-1"),
        200,
        _prediction("failed", message="No pages."),
    ),
    Case(
        "a prediction that takes too long",
        lambda c: c.predictions.wait("pred-1", timeout=10),
        200,
        _prediction("running"),
    ),
    Case(
        "a prediction whose answer does not match `response_model`",
        lambda c: c.predictions.wait("pred-1", response_model=Invoice),
        200,
        _prediction("completed", {}),
    ),
    Case("a refusal", lambda c: c.agent.run("Read it."), 200, _chat(None, refusal="I cannot help with that.")),
    Case("a content filter", lambda c: c.agent.run("Read it."), 200, _chat("The", "content_filter")),
    Case("an answer that is cut off", lambda c: c.agent.run("Read it."), 200, _chat("The", "length")),
    Case(
        "an answer that does not fit `response_model`",
        lambda c: c.agent.run("Read it.", response_model=Invoice),
        200,
        _chat("{}"),
    ),
    # The network
    Case("nothing listens there", _agents, options={"base_url": "closed", "max_retries": 5}),
    Case("a host that does not exist", _agents, options={"base_url": "unknown", "max_retries": 5}),
    Case(
        "a gateway where nothing listens",
        lambda c: c.gateway.models(),
        options={"max_retries": 5},
        environ={"VLMRUN_GATEWAY_BASE_URL": "closed"},
    ),
    Case("a proxy that refuses", _agents, options={"proxy": "closed", "max_retries": 5}),
    Case("a proxy that requires a password", _agents, 407),
    Case("`ALL_PROXY=socks://...`", _agents, environ={"ALL_PROXY": "socks://proxy.test:1080"}),
    Case("`SSL_CERT_FILE` with a file that does not exist", _agents, environ={"SSL_CERT_FILE": "nope.pem"}),
    Case('`verify="nope.pem"`', _agents, options={"verify": "nope.pem"}),
    Case("no answer within `timeout`", _agents, -1, options={"timeout": SHORT}),
    Case("a client that was closed", _closed),
]


class Stage:
    """A server that answers as the case says; `with` starts and stops it."""

    def __init__(self) -> None:
        self.case = CASES[0]
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stage = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                if stage.case.status < 0:
                    stage._ended.wait(60)  # of the class around it
                    return
                body = stage.case.body
                content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(stage.case.status)
                self.send_header("content-length", str(len(content)))
                self.send_header("x-request-id", "r-1")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _answer  # noqa: N815  # the names that http.server asks for

            def log_message(self, format: str, *args: object) -> None:  # its name there
                """Say nothing."""

        return Handler

    def row(self, case: Case, *, is_async: bool) -> list[str]:
        """The cells of a case: what was done, the class of the error, and its text."""
        self.case = case
        options: dict[str, Any] = {**KEY, "max_retries": 0, "base_url": "v1", **case.options}
        with socket.socket() as taken, tempfile.TemporaryDirectory() as folder, _in_folder(folder):
            taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
            closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
            places = {
                "v1": f"{self.origin}/v1",
                "": self.origin,
                "closed": f"{closed}/v1",
                "unknown": "https://vlmrun.invalid/v1",
            }
            place = str(options["base_url"])
            options["base_url"] = places.get(place, place if options["base_url"] else None)
            if options.get("proxy") == "closed":
                options["proxy"] = closed
            environ = {name: places["closed"] if value == "closed" else value for name, value in case.environ.items()}
            with _pauseless(), _no_names(), mock.patch.dict(os.environ, environ):
                error = _raised(case.use, options, is_async=is_async)
            text = str(error).replace(closed, "http://localhost:8000").replace(self.origin, "https://api.vlm.run")
        text = re.sub(r" in \d+\.\d s(?=[,)])", "", text)
        return [case.cause, f"`{type(error).__name__}`", text.replace("|", "\\|")]


def _raised(use: Use, options: Mapping[str, Any], *, is_async: bool) -> Exception:
    async def main() -> None:
        async with AsyncVLMRun(**options) as client:
            result = use(client)
            if inspect.isawaitable(result):
                await result

    try:
        if is_async:
            asyncio.run(main())
        else:
            with VLMRun(**options) as client:
                use(client)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what the page is about
        return error
    raise AssertionError("no error was raised")


@contextmanager
def _in_folder(folder: str) -> Generator[None, None, None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _pauseless() -> Generator[None, None, None]:
    """Pauses between attempts and polls take no time, and move the clock on."""
    real, slept = waiting.monotonic, [0.0]

    def short(seconds: float) -> None:
        slept.append(seconds)

    async def async_short(seconds: float) -> None:
        slept.append(seconds)

    def clock() -> float:
        return real() + sum(slept)

    with (
        mock.patch.object(waiting, "sleep", short),
        mock.patch.object(waiting, "async_sleep", async_short),
        mock.patch.object(waiting, "monotonic", clock),
    ):
        yield


@contextmanager
def _no_names() -> Generator[None, None, None]:
    """No name server is asked, and the variables of this shell do not count."""
    real = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", b"127.0.0.1", None):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *arguments, **options)

    with mock.patch.object(socket, "getaddrinfo", resolve), contextlib.ExitStack() as stack:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("VLMRUN_") and not name.lower().endswith("_proxy")
        }
        stack.enter_context(mock.patch.dict(os.environ, kept, clear=True))
        yield


def page(rows: Sequence[Sequence[str]]) -> str:
    """The page."""
    lines = ["| cause | class | text |", "|---|---|---|", *(f"| {' | '.join(cells)} |" for cells in rows)]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    with Stage() as opened:
        written = [opened.row(case, is_async=False) for case in CASES]
    PAGE.write_text(page(written), encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)
