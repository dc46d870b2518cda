"""A server of WebSockets on this machine that does what a test tells it, however rude."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection, Ping, Pong, TextMessage
from wsproto.utilities import generate_accept_token

CREATED: dict[str, Any] = {"type": "session.created", "model": "a/b", "max_inflight": 8}


def decision(id: str, probability: float = 0.5) -> dict[str, Any]:
    """What a server decides."""
    return {"type": "decision", "id": id, "answers": {"late": {"type": "noul", "noul": probability}}, "usage": None}


class Peer:
    """The server's side of one WebSocket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.head = b""
        self._frames = Connection(ConnectionType.SERVER)
        self._messages: list[Any] = []
        self.pongs = 0

    def read_head(self) -> bytes:
        """Read a request, which has no body."""
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            data = self.connection.recv(65_536)
            if not data:
                raise ConnectionError("the client hung up")
            self.head += data
        return self.head

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on."""
        self.connection = context.wrap_socket(self.connection, server_side=True)

    def tunnel(self) -> bytes:
        """Agree to connect to another host, as a proxy does, and be that host from here on; the request."""
        head = self.read_head()
        self.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return head

    def shake_hands(self) -> None:
        """Read the request, and answer that it is a WebSocket."""
        self.read_head()
        key = next(line for line in self.head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        token = generate_accept_token(key.partition(b":")[2].strip())
        answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.connection.sendall(answer + b"Sec-WebSocket-Accept: " + token + b"\r\n\r\n")

    def write(self, data: bytes) -> bool:
        """Send bytes, which need not be those of a WebSocket."""
        self.connection.sendall(data)
        return True

    def say(self, *messages: Any, closing: int | None = None) -> None:
        """Send messages, in one packet; with a code, the packet ends by closing the WebSocket."""
        packet = b"".join(self._frames.send(TextMessage(data=json.dumps(message))) for message in messages)
        if closing is not None:
            packet += self._frames.send(CloseConnection(code=closing))
        self.connection.sendall(packet)

    def ping(self) -> None:
        """Ask whether the client is there."""
        self.connection.sendall(self._frames.send(Ping(payload=b"there?")))

    def hear(self) -> Any:
        """The next message; `None` at the end."""
        pieces = ""
        while not self._messages:
            data = self.connection.recv(65_536)
            if not data:
                return None
            self._frames.receive_data(data)
            for event in self._frames.events():
                if isinstance(event, TextMessage):
                    pieces += event.data
                    if event.message_finished:
                        self._messages.append(json.loads(pieces))
                        pieces = ""
                elif isinstance(event, Pong):
                    self.pongs += 1
                elif isinstance(event, CloseConnection):
                    return None
        return self._messages.pop(0)

    def open(self) -> Any:
        """Shake hands, and open the session; what the client has asked for."""
        self.shake_hands()
        asked = self.hear()
        self.say(CREATED)
        return asked

    def close(self, code: int = 1011, reason: str = "") -> None:
        """Close it politely."""
        self.connection.sendall(self._frames.send(CloseConnection(code=code, reason=reason)))


@contextmanager
def peer(*scripts: Callable[[Peer], object]) -> Generator[str, None, None]:
    """A gateway whose connections behave as the scripts say, one after another; its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        failures: list[BaseException] = []

        def serve() -> None:
            for script in scripts:
                connection, _ = listener.accept()
                connection.settimeout(20)
                other = Peer(connection)
                with connection, suppress(ConnectionError, ssl.SSLError):  # a client may refuse the certificate
                    try:
                        script(other)
                    except (AssertionError, TimeoutError) as error:
                        failures.append(error)
                    finally:
                        other.connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            thread.join(30)
        assert not failures, failures
        assert not thread.is_alive()
