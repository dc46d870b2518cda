"""Answers that are read as they come: each piece has its time, and a chat that is cut off early is an error."""

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
    """The error that stands for an answer that is none; it keeps what came in its `history`."""
    error = {"message": f"The server said {response.status_code}, but sent no answer: {why}.", "type": "invalid_answer"}
    refusal = httpx.Response(
        502, headers={**response.headers, "x-should-retry": "false"}, json={"error": error}, request=response.request
    )
    refusal.history = [*response.history, response]
    return refusal


def watched(response: httpx.Response, total: TotalTimeout | None, *, is_chat: bool) -> httpx.Response:
    """An answer that is read as it comes."""
    if not response.is_success:
        return response  # which is read
    watch = None
    if is_chat and is_event_stream(response):
        watch = EventWatch()
        if "content-encoding" in response.headers:
            response = copied(response, _Decoded(response))
    response.stream = _Body(response, total, watch)
    return response


def copied(response: httpx.Response, stream: _Decoded | None = None) -> httpx.Response:
    """An answer with another body: a compressed one so that its events can be watched, or none, as it did not come."""
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
    """The body of an answer, no longer compressed."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._copy: weakref.ref[httpx.Response] | None = None

    def is_body_of(self, copy: httpx.Response) -> None:
        """Name the response that has this body, and is told when it is closed how long it took."""
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
    """A body that is read as it comes: each piece has the timeout anew, and a chat that breaks off is an error.

    Args:
        response: The answer, before it is given this as its stream.
        total: The timeout that is kept; where events are watched, waiting for one of them may take as long.
        watch: Sees the events of a chat.
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
        """How long the response took, once it is closed. httpx2 asks its body; httpx notes it in the response."""
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

    # No generator, which whoever stops reading would leave to the event loop to close.
    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Pieces(self, cast("httpx.AsyncByteStream", self._stream).__aiter__())

    async def aclose(self) -> None:
        await cast("httpx.AsyncByteStream", self._stream).aclose()

    def see(self, data: bytes) -> None:
        """Note what has come."""
        ends_event = self._watch is None or self._watch.ends_event(data)
        if ends_event and self._total is not None:
            self._total.restart()

    def end(self, error: httpx.TransportError | None) -> None:
        """Raise where a body ends, or breaks off, before its end; OpenAI's client lets httpx's errors through here."""
        if self._watch is None:
            if error is not None:
                raise error
        elif not self._watch.is_whole:
            if isinstance(error, httpx.TimeoutException):
                raise openai.APITimeoutError(request=self._request) from error
            raise openai.APIConnectionError(message=_CUT, request=self._request) from error


class _Pieces(AsyncIterator[bytes]):
    """One reading of a body. The body does not hold it, so that it is gone as soon as its reader is."""

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
            raise StopAsyncIteration from error  # it broke after its end
        self._body.see(data)
        return data


_CUT = "The stream of the chat broke off: the answer is not whole."
