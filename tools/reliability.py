"""Writes `docs/reliability.md`: what a call returns or raises, and how many times work is executed, under each fault.

`make reliability` runs it, and a test checks the page against the actual behaviour. Each fault of `vlmrun.local`
affects each kind of call, sync and async, over real sockets: once, so that a retry succeeds, and every time.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from unittest import mock

import anyio
from typing_extensions import Self

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.local import Fault, FaultKind, LocalServer, ReceivedRequest

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"

RETRIES = 2
WAITING = ("stalled_headers", "stalled_body", "trickle")
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

No attempt waits longer than `timeout` seconds in total, even if the bytes of the response trickle in slowly. The
limit restarts for each retry, stream event and file chunk. (`agent.run` and `executions.wait` take a `timeout` for
all of their attempts together.) `Retry-After` is honoured up to 60 seconds; if the server asks a native call to wait
longer, the call raises immediately.

"""

TAIL = """\

A 2xx response without a usable body (empty, truncated, not JSON, or the page of a captive portal) raises
`InternalServerError` from the accessors, with the status 502, and is not retried. `error.response.history[-1]` is the
response that the server sent. Native calls raise `ResponseValidationError`, whose `body` is the body that the server
sent.
`with_raw_response` and `with_streaming_response` of the accessors return what the server sent, unchecked.

A stream is complete once its end mark or a finish reason arrived. A stream that is cut off early raises
`APIConnectionError`, after yielding the chunks that arrived.
"""

Use = Callable[[Any], Any]


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


ASK: dict[str, Any] = {"model": "vlmrun-orion-1:auto", "messages": [{"role": "user", "content": "Hello!"}]}


def _read(client: Any) -> Any:
    return client.agent.list()


def _start(client: Any) -> Any:
    return client.agent.execute(config={"prompt": "Read it."})


def _run(client: Any) -> Any:
    return client.agent.run("Hello!")


def _chat(client: Any) -> Any:
    return client.agent.completions.create(**ASK)


def _stream(client: Any) -> Any:
    return "".join(
        chunk.choices[0].delta.content or "" for chunk in client.agent.completions.create(**ASK, stream=True)
    )


async def _async_stream(client: Any) -> Any:
    stream = await client.agent.completions.create(**ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


CALLS: dict[str, tuple[Use, Use]] = {
    "read": (_read, _read),
    "start": (_start, _start),
    "run": (_run, _run),
    "chat": (_chat, _chat),
    "stream": (_stream, _async_stream),
}
"""Each kind of call, as a client of either colour makes it."""


def _essence(result: Any) -> object:
    """What must be whole in a result, whichever optional fields it came with."""
    if isinstance(result, str):
        return result
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

    with mock.patch("time.sleep", short), mock.patch("anyio.sleep", async_short):
        yield


class Stage:
    """A server where one fault at a time is met; `with` starts and stops it."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._left: int | None = 0
        self._server = LocalServer(faults=self._rule, keep_requests=0)
        self._whole: dict[str, object] = {}

    def _rule(self, _: ReceivedRequest) -> Fault | None:
        if self._left == 0:
            return None
        if self._left is not None:
            self._left -= 1
        return self._fault

    def __enter__(self) -> Self:
        self._server.start()
        with VLMRun(api_key=self._server.api_key, base_url=self._server.base_url) as client:
            self._whole = {name: _essence(use(client)) for name, (use, _) in CALLS.items()}
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def meet(self, fault: Fault, times: int | None, call: str, *, is_async: bool, retries: int = RETRIES) -> Outcome:
        """What comes of a call that meets a fault so many times."""
        if fault.kind == "refused":
            with LocalServer(faults=[fault]) as server:
                return Outcome(self._use(server, LONG, call, is_async=is_async, retries=retries), len(server.work))
        self._fault, self._left = fault, times
        before = len(self._server.work)
        timeout = SHORT if fault.kind in WAITING else LONG
        got = self._use(self._server, timeout, call, is_async=is_async, retries=retries)
        self._left = 0
        return Outcome(got, len(self._server.work) - before)

    def _use(self, server: LocalServer, timeout: float, call: str, *, is_async: bool, retries: int) -> str:
        options: dict[str, Any] = {
            "api_key": server.api_key,
            "base_url": server.base_url,
            "timeout": timeout,
            "max_retries": retries,
        }
        start = time.monotonic()
        try:
            result = _async_result(CALLS[call][1], options) if is_async else _result(CALLS[call][0], options)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what the page is about
            got = f"`{type(error).__name__}`"
        else:
            got = "the answer" if _essence(result) == self._whole[call] else "SILENTLY SHORT"
        return "HANGS" if time.monotonic() - start > (retries + 2) * timeout + _SLACK else got


def _result(use: Use, options: dict[str, Any]) -> Any:
    with VLMRun(**options) as client:
        return use(client)


def _async_result(use: Use, options: dict[str, Any]) -> Any:
    async def main() -> Any:
        async with AsyncVLMRun(**options) as client:
            return await use(client)

    return asyncio.run(main())


def row(stage: Stage, case: Case, *, is_async: bool) -> list[str]:
    """A row of the table: what each kind of call gets, once and always, and how many times the work was executed."""
    cells = [case.name]
    with short_pauses():
        for call in CALLS:
            always = stage.meet(case.fault, None, call, is_async=is_async)
            once = always if case.fault.kind == "refused" else stage.meet(case.fault, 1, call, is_async=is_async)
            got = always.got if once.got == always.got else f"once: {once.got}, always: {always.got}"
            if once.work > 1 and call in ("start", "run"):
                got += " TWICE"
            done = ""
            if call != "read":
                done = f"; executed {always.work}×"
                if always.work > 1 and call in ("chat", "stream"):
                    alone = stage.meet(case.fault, None, call, is_async=is_async, retries=0)
                    done += f", {alone.work}× with `max_retries=0`"
            if call in ("chat", "stream") and case.fault.retry_after == _A_DAY:
                got = "an error or, from older versions of openai, a retry"
            cells.append(got + done)
    return cells


def page(rows: Sequence[Sequence[str]]) -> str:
    """The page."""
    lines = ["| | " + " | ".join(CALLS) + " |", "|---" * (len(CALLS) + 1) + "|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    return HEAD.format(retries=RETRIES) + "\n".join(lines) + "\n" + TAIL


if __name__ == "__main__":
    with Stage() as opened:
        written = [row(opened, case, is_async=False) for case in cases()]
    PAGE.write_text(page(written), encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)
