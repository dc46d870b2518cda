"""Streamed responses: each chunk has its own timeout, and a chat that is cut off early is an error."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import cast

from vlmrun._http.timeouts import TotalTimeout
from vlmrun._openai.chats import EventWatch, is_event_stream
from vlmrun._openai.door import httpx, openai

__all__ = ["copied", "no_answer", "watched"]


def no_answer(response: httpx.Response, why: str) -> httpx.Response:
    """The error for a broken response; its `history` holds the original."""
    error = {"message": f"The server said {response.status_code}, but sent no answer: {why}.", "type": "invalid_answer"}
    refusal = httpx.Response(
        502, headers={**response.headers, "x-should-retry": "false"}, json={"error": error}, request=response.request
    )
    refusal.history = [*response.history, response]
    return refusal


def watched(response: httpx.Response, total: TotalTimeout | None, *, is_chat: bool) -> httpx.Response:
    """A streamed response."""
    if not response.is_success:
        return response  # already read
    watch = None
    if is_chat and is_event_stream(response):
        watch = EventWatch()
        if "content-encoding" in response.headers:
            response = copied(response, _Decoded(response))
    response.stream = _Body(response, total, watch)
    return response


def copied(response: httpx.Response, stream: _Decoded | None = None) -> httpx.Response:
    """A response with another body: decompressed, so that its events can be watched, or none if it did not arrive."""
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _OF_THE_BODY]
    copy = httpx.Response(
        response.status_code,
        headers=headers,
        stream=stream,
        request=response.request,
        extensions=response.extensions,
    )
    copy.history = response.history
    if stream is not None:
        stream.is_body_of(copy)
    return copy


_OF_THE_BODY = ("content-encoding", "content-length")


class _Decoded(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The decompressed body of a response."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._copy: weakref.ref[httpx.Response] | None = None

    def is_body_of(self, copy: httpx.Response) -> None:
        """Set the response with this body, whose duration is recorded when it is closed."""
        self._copy = weakref.ref(copy)

    def _note_elapsed(self) -> None:
        copy = None if self._copy is None else self._copy()
        if copy is not None:
            copy.elapsed = self._response.elapsed

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_bytes()

    def close(self) -> None:
        self._response.close()
        self._note_elapsed()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_bytes()

    async def aclose(self) -> None:
        await self._response.aclose()
        self._note_elapsed()


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A streamed body: the timeout restarts for each chunk, and a chat that is cut off is an error.

    Args:
        response: The response, before this becomes its stream.
        total: The timeout; if events are watched, it applies to the wait for each event.
        watch: Watches the events of a chat.
    """

    def __init__(self, response: httpx.Response, total: TotalTimeout | None, watch: EventWatch | None) -> None:
        self._stream = response.stream
        self._request = response.request
        self._total = total
        self._watch = watch
        if total is not None:
            total.restart()

    @property
    def elapsed(self) -> timedelta | None:
        """The duration of the response, once it is closed. httpx2 reads it from the body."""
        return cast("timedelta | None", getattr(self._stream, "elapsed", None))

    def __iter__(self) -> Iterator[bytes]:
        try:
            for data in cast("httpx.SyncByteStream", self._stream):
                self.see(data)
                yield data
        except httpx.TransportError as error:
            self.end(error)
        else:
            self.end(None)

    def close(self) -> None:
        cast("httpx.SyncByteStream", self._stream).close()

    # Not a generator: a reader that stops early would leave it to the event loop to close.
    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Pieces(self, cast("httpx.AsyncByteStream", self._stream).__aiter__())

    async def aclose(self) -> None:
        await cast("httpx.AsyncByteStream", self._stream).aclose()

    def see(self, data: bytes) -> None:
        """Record a chunk."""
        ends_event = self._watch is None or self._watch.ends_event(data)
        if ends_event and self._total is not None:
            self._total.restart()

    def end(self, error: httpx.TransportError | None) -> None:
        """Raise if a body ends early or its connection breaks; OpenAI's client does not wrap httpx's errors here."""
        if self._watch is None:
            if error is not None:
                raise error
        elif not self._watch.is_whole:
            if isinstance(error, httpx.TimeoutException):
                raise openai.APITimeoutError(request=self._request) from error
            raise openai.APIConnectionError(message=_CUT, request=self._request) from error


class _Pieces(AsyncIterator[bytes]):
    """One iteration over a body. The body does not reference it, so that it is collected with its reader."""

    def __init__(self, body: _Body, pieces: AsyncIterator[bytes]) -> None:
        self._body = body
        self._pieces = pieces

    async def __anext__(self) -> bytes:
        try:
            data = await self._pieces.__anext__()
        except StopAsyncIteration:
            self._body.end(None)
            raise
        except httpx.TransportError as error:
            self._body.end(error)
            raise StopAsyncIteration from error  # the connection broke after the end of the body
        self._body.see(data)
        return data


_CUT = "The stream of the chat broke off: the answer is not whole."
