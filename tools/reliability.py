"""Writes `docs/reliability.md`: what a call returns or raises, and how many times work is executed, under each fault.

`make reliability` runs it, and a test checks the page against the actual behaviour. Each fault of `vlmrun.local`
affects each kind of call, sync and async, over real sockets: once, so that a retry succeeds, and every time.
"""

from __future__ import annotations

import asyncio
import base64
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, get_args
from unittest import mock

import anyio
from typing_extensions import Self

from vlmrun import AsyncVLMRun, VLMRun, webhooks
from vlmrun.client.types import MarkdownDocument
from vlmrun.local import Fault, FaultKind, LocalServer, ReceivedRequest

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"

RETRIES = 2
WAITING = ("stalled_headers", "stalled_body", "trickle")
UNENDING = "unknown_values"
"""The fault under which a job never has a status that says that it has ended."""
SHORT, LONG = 0.3, 30.0
"""Seconds: the timeout where a fault takes up all of it, and where it takes up none."""
_SLACK = 10.0
"""Seconds that a busy machine may take besides, and what hangs does not keep to."""

HEAD = """\
# When things go wrong

Each cell shows what a call returns or raises when a fault affects one request, so that a retry succeeds (*once*), and
when it affects every request (*always*), with `max_retries={retries}`. `make reliability` generates this page with
the faults of [`vlmrun.local`](../vlmrun/local/_faults/fault.py), and a test checks it against the actual
behaviour, sync and async.

- **read** is a native call that changes nothing (`client.agent.list()`). **start** is a native call that starts work
  (`client.agent.execute(...)`). **run** is `client.agent.run(...)`, as a chat. They raise this package's errors.
- **chat** and **stream** are `client.agent.completions.create(...)`, without and with `stream=True`. They raise
  OpenAI's errors.
- *Executed* is how many times the server executed (and billed) the work when the fault affects every request. A
  native call starts work at most once. OpenAI's client also retries a chat after failures that may have followed the
  work; where that executes the work again, the cell says so, and `max_retries=0` limits it to one execution.

- **generate** is `client.document.generate(file=id, domain="document.markdown")`. **upload** is the same with a file
  that is uploaded first; the fault affects the upload. **wait** is `client.predictions.wait(...)` of a prediction that
  was submitted with `batch=True`; it executes nothing.

No attempt waits longer than `timeout` seconds in total, even if the bytes of the response trickle in slowly. The
limit restarts for each retry, stream event and file chunk. (`agent.run`, `generate` and both `wait` methods take a
`timeout` for all of their attempts together.) `Retry-After` is honoured up to 60 seconds; if the server asks a native
call to wait longer, the call raises immediately.

"""

TAIL = """\

## Webhooks

VLM Run repeats a webhook that is answered with an error, so one may come twice. Both deliveries have the same
`event.key`, by which the second is ignored ([examples](../examples/webhooks)).

{webhooks}

## Responses without a usable body

A 2xx response without a usable body (empty, truncated, not JSON, or the page of a captive portal) raises
`InternalServerError` from the accessors, with the status 502, and is not retried. `error.response.history[-1]` is the
response that the server sent. Native calls raise `ResponseValidationError`, whose `body` is the body that the server
sent.
`with_raw_response` and `with_streaming_response` of the accessors return what the server sent, unchecked.

A stream is complete once its end mark or a finish reason arrived. A stream that is cut off early raises
`APIConnectionError`, after yielding the chunks that arrived.
"""

Use = Callable[[Any, Any], Any]
"""A call of a client, with what was prepared for it."""


@dataclass(frozen=True)
class Case:
    """A row: what it is called, and the fault; what its server knows of it is in `Fault`."""

    name: str
    fault: Fault


@dataclass(frozen=True)
class Outcome:
    """What came of a call."""

    got: str
    """The answer, an error by its name, or something that must not be."""
    work: int
    """How often the work was done."""
    files: int = 0
    """How often a file was stored."""


ASK: dict[str, Any] = {"model": "vlmrun-orion-1:auto", "messages": [{"role": "user", "content": "Hello!"}]}


def _read(client: Any, _: Any) -> Any:
    return client.agent.list()


def _start(client: Any, _: Any) -> Any:
    return client.agent.execute(config={"prompt": "Read it."})


def _run(client: Any, _: Any) -> Any:
    return client.agent.run("Hello!")


def _chat(client: Any, _: Any) -> Any:
    return client.agent.completions.create(**ASK)


def _stream(client: Any, _: Any) -> Any:
    return "".join(
        chunk.choices[0].delta.content or "" for chunk in client.agent.completions.create(**ASK, stream=True)
    )


async def _async_stream(client: Any, _: Any) -> Any:
    stream = await client.agent.completions.create(**ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


def _generate(client: Any, file: Any) -> Any:
    return client.document.generate(file=file, domain="document.markdown")


def _wait(client: Any, prediction_id: Any) -> Any:
    return client.predictions.wait(prediction_id, response_model=MarkdownDocument)


CALLS: dict[str, tuple[Use, Use]] = {
    "read": (_read, _read),
    "start": (_start, _start),
    "run": (_run, _run),
    "chat": (_chat, _chat),
    "stream": (_stream, _async_stream),
    "generate": (_generate, _generate),
    "upload": (_generate, _generate),
    "wait": (_wait, _wait),
}
"""Each kind of call, as a client of either colour makes it."""

TABLES = {"Agents and chats": ("read", "start", "run", "chat", "stream"), "Predictions": ("generate", "upload", "wait")}
"""The columns of each table."""

NATIVE_WORK = ("start", "run", "generate", "upload")
_BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel. Bytes behind its end make it another file."""


def _prepared(client: VLMRun, call: str) -> Any:
    """What a call needs: a file that is there, bytes that were never uploaded, or a prediction that is under way."""
    content = _BLANK + uuid.uuid4().bytes
    if call == "upload":
        return content
    if call == "generate":
        return client.files.upload(content).id
    if call == "wait":
        return client.document.generate(client.files.upload(content), domain="document.markdown", batch=True).id
    return None


def _essence(result: Any) -> object:
    """What must be whole in a result, whichever optional fields it came with."""
    if isinstance(result, str):
        return result
    if hasattr(result, "domain"):
        return result.response.markdown_content
    if isinstance(result, list):
        return "a list"
    if hasattr(result, "output"):
        return result.output
    if hasattr(result, "choices"):
        return result.choices[0].message.content
    return bool(result.id)


def cases() -> Iterator[Case]:
    """All rows: each kind of fault, and those of a 429 and 503 with each form of `Retry-After`."""
    for kind in get_args(FaultKind):
        if kind in ("rate_limited", "unavailable"):
            status = 429 if kind == "rate_limited" else 503
            yield Case(f"{status}", Fault(kind))
            yield Case(f"{status}, `Retry-After: 1`", Fault(kind, retry_after="1"))
            yield Case(f"{status}, an HTTP date", Fault(kind, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"))
            yield Case(f"{status}, one day", Fault(kind, retry_after=_A_DAY))
            yield Case(f"{status}, invalid", Fault(kind, retry_after="whenever"))
        elif kind == "enormous_json":
            yield Case(_NAMES[kind], Fault(kind, size=1 << 20))
        else:
            yield Case(_NAMES[kind], Fault(kind))


_A_DAY = "86400"
_NAMES: dict[str, str] = {
    "refused": "connection refused",
    "reset_before": "connection reset before the response",
    "reset_in_body": "connection reset within the body",
    "reset_after": "connection reset after the response",
    "stalled_headers": "no response",
    "stalled_body": "half a response, then nothing",
    "trickle": "a response byte by byte",
    "server_error": "500",
    "bad_gateway": "502, a page of HTML",
    "no_content": "204 instead of a body",
    "truncated_json": "truncated JSON",
    "wrong_json": "unexpected JSON",
    "enormous_json": "very large JSON",
    "deep_json": "JSON nested too deeply",
    "wrong_content_type": "200, a page of HTML",
    "unknown_values": "unknown values and fields",
    "missing_fields": "missing optional fields",
    "stream_cut": "a stream cut off within an event",
    "stream_unfinished": "a stream without its end mark",
    "long_poll": "303, then polls with 202, 204 and 503",
    "redirect_loop": "endless redirects",
}


@contextmanager
def short_pauses() -> Generator[None, None, None]:
    """Pauses between attempts and polls are made short. Nothing else here sleeps in this process's clients."""
    sleep, async_sleep = time.sleep, anyio.sleep

    def short(seconds: float) -> None:
        sleep(min(seconds, 0.01))

    async def async_short(seconds: float) -> None:
        await async_sleep(min(seconds, 0.01))

    ours = mock.patch("vlmrun._lifetimes.waiting.sleep", short)  # OpenAI's client looks time.sleep up each time
    with ours, mock.patch("time.sleep", short), mock.patch("anyio.sleep", async_short):
        yield


class Stage:
    """A server where one fault at a time is met; `with` starts and stops it."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._left: int | None = 0
        self._is_met_by_uploads = False
        self._server = LocalServer(faults=self._rule, keep_requests=0, keep_work=None)
        self._whole: dict[str, object] = {}

    def _rule(self, request: ReceivedRequest) -> Fault | None:
        if self._left == 0 or (self._is_met_by_uploads and (request.method, request.path) != ("POST", "/v1/files")):
            return None
        if self._left is not None:
            self._left -= 1
        return self._fault

    def _client(self) -> VLMRun:
        return VLMRun(api_key=self._server.api_key, base_url=self._server.base_url)

    def __enter__(self) -> Self:
        self._server.start()
        with self._client() as client:
            self._whole = {name: _essence(use(client, _prepared(client, name))) for name, (use, _) in CALLS.items()}
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def meet(self, fault: Fault, times: int | None, call: str, *, is_async: bool, retries: int = RETRIES) -> Outcome:
        """What comes of a call that meets a fault so many times."""
        if fault.kind == "refused":
            with LocalServer(faults=[fault]) as server:
                prepared = _BLANK if call == "upload" else "an-id"
                got = self._use(server, LONG, call, prepared, is_async=is_async, retries=retries)
                return Outcome(got, len(server.work))
        with self._client() as client:
            prepared = _prepared(client, call)
        before = len(self._server.work)
        self._is_met_by_uploads = call == "upload"
        self._fault, self._left = fault, times
        is_long = fault.kind not in WAITING and not (fault.kind == UNENDING and call in ("generate", "wait"))
        got = self._use(self._server, LONG if is_long else SHORT, call, prepared, is_async=is_async, retries=retries)
        self._left = 0
        done = [work.kind for work in self._server.work[before:]]
        return Outcome(got, len(done) - done.count("file"), done.count("file"))

    def _use(
        self, server: LocalServer, timeout: float, call: str, prepared: object, *, is_async: bool, retries: int
    ) -> str:
        options: dict[str, Any] = {
            "api_key": server.api_key,
            "base_url": server.base_url,
            "timeout": timeout,
            "max_retries": retries,
        }
        use, async_use = CALLS[call]
        start = time.monotonic()
        try:
            result = _async_result(async_use, prepared, options) if is_async else _result(use, prepared, options)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what the page is about
            got = f"`{type(error).__name__}`"
        else:
            got = "the answer" if _essence(result) == self._whole[call] else "SILENTLY SHORT"
        return "HANGS" if time.monotonic() - start > (retries + 2) * timeout + _SLACK else got


def _result(use: Use, prepared: object, options: dict[str, Any]) -> Any:
    with VLMRun(**options) as client:
        return use(client, prepared)


def _async_result(use: Use, prepared: object, options: dict[str, Any]) -> Any:
    async def main() -> Any:
        async with AsyncVLMRun(**options) as client:
            return await use(client, prepared)

    return asyncio.run(main())


def row(stage: Stage, case: Case, *, is_async: bool) -> dict[str, str]:
    """A row of the tables: what each kind of call gets, once and always, and how many times the work was executed."""
    cells: dict[str, str] = {}
    with short_pauses():
        for call in CALLS:
            always = stage.meet(case.fault, None, call, is_async=is_async)
            once = always if case.fault.kind == "refused" else stage.meet(case.fault, 1, call, is_async=is_async)
            got = always.got if once.got == always.got else f"once: {once.got}, always: {always.got}"
            if (max(once.work, always.work) > 1 and call in NATIVE_WORK) or max(once.files, always.files) > 1:
                got += " TWICE"
            done = ""
            if call not in ("read", "wait"):
                done = f"; executed {always.work}×"
                if always.work > 1 and call in ("chat", "stream"):
                    alone = stage.meet(case.fault, None, call, is_async=is_async, retries=0)
                    done += f", {alone.work}× with `max_retries=0`"
            elif always.work or once.work:
                done = " EXECUTED"
            if call in ("chat", "stream") and case.fault.retry_after == _A_DAY:
                got = "an error or, from older versions of openai, a retry"
            cells[call] = got + done
    return cells


# Webhooks -------------------------------------------------------------------------------------------------------------

_SECRET = "whsec-4711"  # noqa: S105  # of a server that lives for a moment


class _Receiver(BaseHTTPRequestHandler):
    """Keeps an event once, as the examples do; answers the first delivery with 500, as if it had broken down then."""

    kept: ClassVar[dict[str, object]]
    deliveries: ClassVar[list[bytes]]
    is_done: ClassVar[threading.Event]

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:  # the name that http.server looks for
        body = self.rfile.read(int(self.headers["content-length"]))
        event = webhooks.parse(body, self.headers[webhooks.SIGNATURE_HEADER], _SECRET)
        self.kept.setdefault(event.key, event.response)
        self.deliveries.append(body)
        self.send_response(200 if len(self.deliveries) > 1 else 500)
        self.send_header("content-length", "0")
        self.end_headers()
        if len(self.deliveries) > 1:
            self.is_done.set()


def _submit_prediction(client: Any, url: str) -> Any:
    return client.image.generate("image.caption", [_BLANK], batch=True, callback_url=url)


def _submit_execution(client: Any, url: str) -> Any:
    return client.agent.execute(config={"prompt": "Read it."}, callback_url=url)


WEBHOOKS: dict[str, Callable[[Any, str], Any]] = {
    "a prediction's webhook that comes twice": _submit_prediction,
    "an execution's webhook that comes twice": _submit_execution,
}
"""What is submitted with a webhook."""


def webhook_row(name: str, *, is_async: bool) -> list[str]:
    """A row of the table of webhooks: how often one was delivered and kept, and how often the work was executed."""

    class Receiver(_Receiver):
        kept: ClassVar[dict[str, object]] = {}
        deliveries: ClassVar[list[bytes]] = []
        is_done: ClassVar[threading.Event] = threading.Event()

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as listening, LocalServer(webhook_secret=_SECRET) as server:
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            options = {"api_key": server.api_key, "base_url": server.base_url}
            use, url = WEBHOOKS[name], f"http://127.0.0.1:{listening.server_address[1]}/webhook"
            (_async_result if is_async else _result)(use, url, options)
            Receiver.is_done.wait(60)
        finally:
            listening.shutdown()
        return [name, f"{len(Receiver.deliveries)}×", f"{len(Receiver.kept)}×", f"{len(server.work)}×"]


# The page -------------------------------------------------------------------------------------------------------------


def lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table."""
    every = [heads, *rows]
    first, *others = ["| " + " | ".join(cells) + " |" for cells in every]
    return [first.replace("|  |", "| |", 1), "|---" * len(heads) + "|", *others]


def tables(rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The tables of faults, each with its columns of every row."""
    found: list[str] = []
    for title, columns in TABLES.items():
        found += [f"## {title}", ""]
        found += lines(["", *columns], [[name, *(cells[call] for call in columns)] for name, cells in rows.items()])
        found += [""]
    return found[:-1]


def page(rows: Mapping[str, Mapping[str, str]], webhook_rows: Sequence[Sequence[str]]) -> str:
    """The page."""
    delivered = "\n".join(lines(["", "delivered", "kept", "executed"], webhook_rows))
    return HEAD.format(retries=RETRIES) + "\n".join(tables(rows)) + "\n" + TAIL.format(webhooks=delivered)


if __name__ == "__main__":
    with Stage() as opened:
        written = {case.name: row(opened, case, is_async=False) for case in cases()}
    PAGE.write_text(page(written, [webhook_row(name, is_async=False) for name in WEBHOOKS]), encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)
