"""A WebSocket, over a connection of native calls."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

import httpcore2
import httpx2
from httpcore2 import AsyncNetworkStream

from vlmrun._http.ending import Ending
from vlmrun._http.errors import no_answer
from vlmrun._http.timeouts import TotalTimeout
from vlmrun._http.web_sockets import Frames, SocketClosedError
from vlmrun.client.exceptions import APIError, NetworkError

__all__ = ["AsyncWebSocket"]

_CHUNK_BYTES = 1 << 16
_CLOSING_SECONDS = 1.0


class AsyncWebSocket:
    """A WebSocket. One thread or task at a time may use it.

    Args:
        response: The response that has opened it.
        ending: How opening it ended, for errors.
    """

    def __init__(self, response: httpx2.Response, ending: Ending) -> None:
        self._response = response
        self._ending = ending
        self._frames = Frames()
        self._stream: AsyncNetworkStream = cast("AsyncNetworkStream", response.extensions["network_stream"])
        self._is_broken = False

    async def is_alive(self, timeout: TotalTimeout | None) -> bool:
        """Whether the server has not closed the WebSocket, as far as is known; its pings are answered."""
        try:
            while True:
                while self._next() is not None:  # the end may have come with the last answer, in one packet
                    pass  # nothing was asked, so it has nothing to say
                if self._stream.get_extra_info("is_readable") is not True:
                    return True
                await self.read(timeout)
        except APIError:
            return False

    async def send(self, message: str, timeout: TotalTimeout | None) -> None:
        """Send a message.

        Raises:
            APIError: It could not be sent; then nothing more can be.
        """
        await self._write(self._frames.text(message), timeout)

    async def receive(self, timeout: TotalTimeout | None) -> str:
        """Wait for a message.

        Raises:
            RequestTimeoutError: None came in time.
            NetworkError: The server has closed the WebSocket, or the connection broke.
        """
        while (message := self._next()) is None:
            await self.read(timeout)
        return message

    async def read(self, timeout: TotalTimeout | None) -> None:
        """Wait for anything from the server, and answer it if it is a ping.

        Raises:
            RequestTimeoutError: Nothing came in time.
            NetworkError: The connection broke.
        """
        try:
            data = await self._stream.read(_CHUNK_BYTES, timeout)
        except httpcore2.ReadTimeout as error:
            raise self._failure(httpx2.ReadTimeout(str(error), request=self._ending.request)) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            self._is_broken = True
            raise self._failure(httpx2.ReadError(str(error), request=self._ending.request)) from error
        answer = self._frames.receive(data)
        if answer:
            await self._write(answer, timeout)

    def _next(self) -> str | None:
        try:
            return self._frames.next()
        except SocketClosedError as error:
            self._is_broken = True
            raise self.told(
                NetworkError(
                    f"The server closed the session {error}.",
                    suggestion="open another session.",
                    error_type="session_closed",
                )
            ) from None

    async def aclose(self) -> None:
        """Close the connection; its place is free again."""
        try:
            if not self._is_broken:
                with suppress(httpcore2.NetworkError, httpcore2.TimeoutException):
                    await self._stream.write(self._frames.close(), _CLOSING_SECONDS)
        finally:
            await self._response.aclose()

    def told(self, error: APIError) -> APIError:
        """An error that says which call it came by."""
        return self._ending.told_by(error)

    async def _write(self, data: bytes, timeout: TotalTimeout | None) -> None:
        is_broken, self._is_broken = self._is_broken, True  # half a frame ends a WebSocket, whoever interrupts it
        if is_broken:
            raise self.told(NetworkError("The session is broken.", suggestion="open another session."))
        try:
            await self._stream.write(data, timeout)
        except httpcore2.TimeoutException as error:
            raise self._failure(httpx2.WriteTimeout(str(error), request=self._ending.request)) from error
        except httpcore2.NetworkError as error:
            raise self._failure(httpx2.WriteError(str(error), request=self._ending.request)) from error
        self._is_broken = False

    def _failure(self, error: httpx2.RequestError) -> APIError:
        return self.told(no_answer(error))
