"""HTTP for native calls: one attempt after another. The decisions between attempts are made outside this folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import httpx2

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import Configuration, NotGiven
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._arguments.urls import join
from vlmrun._http._async.following import async_follow
from vlmrun._http._async.guards import AsyncGuard
from vlmrun._http._async.pools import AsyncPool
from vlmrun._http._async.web_sockets import AsyncWebSocket
from vlmrun._http.answers import content_length, downloaded, fetched, result, stored, upgraded
from vlmrun._http.call import Call, Sink, Storage
from vlmrun._http.ending import Ending
from vlmrun._http.limits import limit
from vlmrun._http.log_records import DiscreetLogs
from vlmrun._http.logs import log_answer, log_request, log_retry
from vlmrun._http.long_polls import Library
from vlmrun._http.raw import Recorder
from vlmrun._http.requests import build, build_get, build_put, next_request
from vlmrun._http.retries import Outcome, retry_delay
from vlmrun._http.timeouts import TotalTimeout
from vlmrun._http.watching import mark
from vlmrun._http.web_sockets import OPENED, NoBody, accept_upgrade, ask_for_upgrade
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.deadline import NEVER, Deadline
from vlmrun.client.exceptions import ResponseValidationError

__all__ = ["AsyncTransport"]

T = TypeVar("T")

_LIBRARY = Library(httpx2.Response, httpx2.TransportError)


class AsyncTransport:
    """Makes calls.

    Args:
        config: The URL, key, timeout and retries.
        pool: Opens the connections.
        recorder: Receives each response.
        deadline: The default deadline of calls.
    """

    def __init__(
        self,
        config: Configuration,
        pool: Callable[[], Awaitable[AsyncPool | AsyncGuard]],
        recorder: Recorder | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        self._config = config
        self._pool = pool
        self._recorder = recorder
        self._deadline = deadline or NEVER

    async def send(self, call: Call[T], options: CallOptions, deadline: Deadline | None = None) -> T:
        """Make a call; return its result or raise the `APIError` of its last attempt.

        Args:
            call: What to send.
            options: The options of this call.
            deadline: When to give up; each attempt also has its timeout.
        """
        with discreet_errors():
            config = _configured(self._config, options)
            return result(call, await self._attempts(config, build(config, call, options), deadline or self._deadline))

    async def forward(
        self,
        call: Call[T],
        headers: Sequence[tuple[str, str]],
        content: bytes,
        options: CallOptions,
        deadline: Deadline,
    ) -> Ending:
        """Send the headers and body that another client built for a call, to the URL of the call."""
        with discreet_errors():
            config = _configured(self._config, options)
            url = build(config, call, options).url
            return await self._attempts(
                config, httpx2.Request(call.method, url, headers=headers, content=content), deadline
            )

    def url(self, call: Call[T]) -> str:
        """The URL of a call, without its query."""
        return join(self._config.base_url, *call.path)

    async def put(self, storage: Storage, options: CallOptions) -> None:
        """Send a file to a presigned URL. Only the timeout of the options applies: the rest is for VLM Run."""
        with discreet_errors():
            stored(await self._attempts(_configured(self._config, options), build_put(storage), NEVER))

    async def download(self, call: Call[T], sink: Sink, options: CallOptions) -> Mapping[str, str]:
        """Write the response body to a sink, unread; return the response headers."""
        with discreet_errors():
            config = _configured(self._config, options)
            return downloaded(await self._attempts(config, build(config, call, options), NEVER, sink))

    async def fetch(self, url: str, sink: Sink, options: CallOptions) -> None:
        """Write what lies at a presigned URL to a sink. Of the options the timeout counts: the rest is for VLM Run."""
        with discreet_errors():
            fetched(await self.retrieve(build_get(url), sink, options))

    async def retrieve(
        self, request: httpx2.Request, sink: Sink, options: CallOptions, deadline: Deadline = NEVER
    ) -> Ending:
        """Write the response body to a sink, whoever answers; a deadline is one for the whole body."""
        return await self._attempts(_configured(self._config, options), request, deadline, sink)

    async def connect(self, call: Call[T], options: CallOptions) -> AsyncWebSocket:
        """Open a WebSocket, which the caller closes."""
        with discreet_errors():
            config = _configured(self._config, options)
            request = build(config, call, options)
            ask_for_upgrade(request)
            ending = await self._attempts(config, request, self._deadline, NoBody())
            response = upgraded(ending)
            try:
                accept_upgrade(response)
            except ResponseValidationError as error:
                await response.aclose()
                raise ending.told_by(error) from None
            return AsyncWebSocket(response, ending)

    async def _attempts(
        self, config: Configuration, request: httpx2.Request, deadline: Deadline, sink: Sink | None = None
    ) -> Ending:
        retries_done = 0
        started = waiting.monotonic()
        while True:
            total = limit(request, config, deadline)
            mark(request, retries_done + 1)
            began = waiting.monotonic()
            log_request(request, retries_done + 1)
            outcome = await self._attempt(request, sink, total if deadline.seconds is None else None)
            log_answer(request, outcome, retries_done + 1, waiting.monotonic() - began)
            delay = retry_delay(request.method, outcome, retries_done, config.max_retries)
            if delay is None or deadline.is_before(delay):
                ending = Ending(outcome, request, retries_done + 1, waiting.monotonic() - started)
                if self._recorder is not None:
                    self._recorder.see(ending)
                return ending
            log_retry(request, outcome, delay)
            await waiting.async_sleep(delay)
            retries_done += 1

    async def _attempt(self, request: httpx2.Request, sink: Sink | None, total: TotalTimeout | None) -> Outcome:
        pool = await self._pool()
        try:
            if sink is None:
                return await async_follow(lambda request: _send(pool, request), request, _LIBRARY)
            response = await _send(pool, request, stream=True)
            if response.status_code == OPENED:
                return response  # open
            try:
                if not response.is_success:
                    await response.aread()
                    return response
                await waiting.async_in_thread(sink.clear)
                done, size = 0, content_length(response)
                sink.report(done, size)
                _go_on(total)
                async for chunk in response.aiter_bytes():
                    await waiting.async_in_thread(sink.write, chunk)
                    done += len(chunk)
                    sink.report(done, size)
                    _go_on(total)
            finally:
                await response.aclose()
        except httpx2.RequestError as error:
            return error
        return response


async def _send(pool: AsyncPool | AsyncGuard, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
    """Send a request and follow redirects."""
    history: list[httpx2.Response] = []
    while True:
        with DiscreetLogs():
            response = await pool.send(request, stream=stream, follow_redirects=False)
        response.history = list(history)
        redirect = next_request(response)
        if redirect is None:
            return response
        await response.aclose()
        history.append(response)
        request = redirect


def _configured(config: Configuration, options: CallOptions) -> Configuration:
    """The client's configuration with the options of a call."""
    return config if isinstance(options.timeout, NotGiven) else config.with_timeout(options.timeout)


def _go_on(total: TotalTimeout | None) -> None:
    """Restart the timeout for the next chunk of a file: a file may take as long as bytes keep arriving."""
    if total is not None:
        total.restart()
