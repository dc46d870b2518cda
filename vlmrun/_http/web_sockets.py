"""WebSockets over the connections of native calls: the handshake and the frames, as functions of values.

The connections are httpx2's, so a WebSocket has the certificates, the proxy, the hooks and the limits of the client.
The frames are those of wsproto, which is imported when the first WebSocket is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from vlmrun.client.exceptions import DependencyError, ResponseValidationError

if TYPE_CHECKING:
    from wsproto.connection import Connection

__all__ = ["OPENED", "Frames", "NoBody", "SocketClosedError", "accept_upgrade", "ask_for_upgrade"]

OPENED = 101
"""The status of a response that opens a WebSocket."""
_MOST_CHARACTERS = 16 << 20
"""The longest message that is read."""


class SocketClosedError(Exception):
    """The server has closed a WebSocket; the message says why."""


class NoBody:
    """Takes the body of a refused handshake, which is read with the error."""

    def write(self, data: bytes, /) -> None:
        """Ignore a chunk of an answer that is no WebSocket."""

    def clear(self) -> None:
        """Nothing is kept."""

    def report(self, done: int, total: int | None, /) -> None:
        """Nobody asks."""


def ask_for_upgrade(request: httpx2.Request) -> None:
    """Let a request ask for a WebSocket.

    Raises:
        DependencyError: wsproto is missing.
    """
    try:
        from wsproto.utilities import generate_nonce
    except ImportError as error:
        raise DependencyError(
            f"client.gateway.systemone.stream requires {error.name or 'wsproto'}, which cannot be imported.",
            suggestion="pip install 'vlmrun[systemone]'",
            error_type="missing_dependency",
        ) from error
    request.headers.update(
        {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": generate_nonce().decode("ascii"),
            "Sec-WebSocket-Version": "13",
        }
    )


def accept_upgrade(response: httpx2.Response) -> None:
    """Raise `ResponseValidationError` unless a response has opened the WebSocket that its request asked for."""
    from wsproto.utilities import generate_accept_token

    nonce = response.request.headers.get("sec-websocket-key", "").encode("ascii")
    token = response.headers.get("sec-websocket-accept", "").encode("ascii", "replace")
    if response.status_code != OPENED or token != generate_accept_token(nonce):
        raise ResponseValidationError(
            "The server did not open a WebSocket.",
            headers=response.headers,
            suggestion="check whether a proxy before the server lets WebSockets pass.",
        )


class Frames:
    """The frames of a WebSocket, from bytes and to bytes."""

    def __init__(self) -> None:
        from wsproto.connection import Connection, ConnectionType

        self._connection: Connection = Connection(ConnectionType.CLIENT)
        self._pieces: list[str] = []
        self._messages: list[str] = []
        self._ended: str | None = None

    def text(self, message: str) -> bytes:
        """The bytes that send a message; empty if the WebSocket is closed, as `next` says then."""
        from wsproto.events import TextMessage

        return b"" if self._ended is not None else self._connection.send(TextMessage(data=message))

    def close(self) -> bytes:
        """The bytes that close the WebSocket; empty if it is closed."""
        from wsproto.events import CloseConnection
        from wsproto.utilities import LocalProtocolError

        try:
            return self._connection.send(CloseConnection(code=1000))
        except LocalProtocolError:
            return b""

    def next(self) -> str | None:
        """The next message that has been received; `None` if more bytes are needed.

        Raises:
            SocketClosedError: There is none, and the server has closed the WebSocket.
        """
        if self._messages:
            return self._messages.pop(0)
        if self._ended is not None:
            raise SocketClosedError(self._ended)
        return None

    def receive(self, data: bytes) -> bytes:
        """Read the bytes that the server has sent, none at their end; return those that answer them, such as a pong."""
        from wsproto.events import CloseConnection, Ping, TextMessage
        from wsproto.utilities import RemoteProtocolError

        if not data:
            self._ended = self._ended or "without a reason"
            return b""
        answer = b""
        try:
            self._connection.receive_data(data)
            for event in self._connection.events():
                if isinstance(event, Ping):
                    answer += self._connection.send(event.response())
                elif isinstance(event, TextMessage):
                    self._add(event.data, is_last=event.message_finished)
                elif isinstance(event, CloseConnection):
                    reason = (event.reason or "").rstrip(".")  # the sentence around it ends with one
                    self._ended = f"with code {event.code}{f': {reason}' if reason else ''}"
        except RemoteProtocolError:
            self._ended = "by bytes that are no WebSocket's"
        return answer

    def _add(self, piece: str, *, is_last: bool) -> None:
        self._pieces.append(piece)
        if sum(map(len, self._pieces)) > _MOST_CHARACTERS:
            self._pieces.clear()
            self._ended = "by a message that is too long"
        elif is_last:
            self._messages.append("".join(self._pieces))
            self._pieces.clear()
