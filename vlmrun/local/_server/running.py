"""One run of a server: uvicorn in a thread, or a port where nothing listens."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from vlmrun.client.exceptions import ClientError, NetworkError
from vlmrun.local._faults.breaker import Breaker

__all__ = ["QuietH11", "Refusing", "Running"]

_START_DEADLINE = 10.0
"""Seconds until the server must accept connections."""

_GRACE = 5
"""Seconds that running requests have to end."""

_KEEP_ALIVE = 60
"""Seconds that an idle connection is kept. Clients of httpx close it after 5. The server must not be the first to close
it, which would cut off a request that is just being sent."""

_STOP_DEADLINE = 10.0
"""Seconds until the thread must have ended; more than `_GRACE`."""


class Refusing:
    """One run of a server that accepts no connection: it has the port, and does not listen."""

    def __init__(self, bound: socket.socket) -> None:
        self.port: int = bound.getsockname()[1]
        self._bound = bound

    def stop(self) -> None:
        self._bound.close()


class Running:
    """One run of a server: from a listening socket to a thread that has ended."""

    def __init__(self, app: ASGIApp, listener: socket.socket, breaker: Breaker) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._server = _Server(
            breaker,
            _Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                # Named, so that it does not depend on what else is installed.
                loop="asyncio",
                http=QuietH11,
                ws="wsproto",
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_GRACE,
            ),
        )
        self._thread = threading.Thread(target=self._serve, name=f"vlmrun.local:{self.port}", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._server.settled.wait(_START_DEADLINE) or not self._server.started:
            self._server.should_exit = True
            raise NetworkError("The local server did not start.", error_type="not_started")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_DEADLINE)
        if self._thread.is_alive():
            raise ClientError(f"The thread of the local server did not end in {_STOP_DEADLINE:.0f} seconds.")

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._listener]))
        finally:
            self._listener.close()
            self._server.settled.set()


class _Config(uvicorn.Config):
    """uvicorn's settings, without its configuration of the logging of the whole process."""

    def configure_logging(self) -> None:
        """Leave logging as the application has it."""


class QuietH11(H11Protocol):
    """uvicorn's HTTP, without a line of log for each request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        self.access_log = False
        self.app_state = {**self.app_state, "transport": transport}  # which faults break


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it accepts connections."""

    def __init__(self, breaker: Breaker, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._breaker = breaker
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.settled.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._breaker.release()
        await super().shutdown(sockets=sockets)
