"""One run of a server: uvicorn in a thread, or a port where nothing listens."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from vlmrun.client.exceptions import ClientError, NetworkError
from vlmrun.local._faults.breaker import Breaker

__all__ = ["GRACE", "STOP_DEADLINE", "THREADS_GRACE", "QuietH11", "Refusing", "Running"]

_START_DEADLINE = 10.0
"""Seconds until the server must accept connections."""

GRACE = 0.5
"""Seconds that running requests have to end before they are given up."""

_LOOK = 0.01
"""Seconds until it is looked again whether they have."""

THREADS_GRACE = 0.25
"""Seconds that threads have to end whose requests were given up; a function of a test may never do."""

_KEEP_ALIVE = 60
"""Seconds that an idle connection is kept. Clients of httpx close it after 5. The server must not be the first to close
it, which would cut off a request that is just being sent."""

STOP_DEADLINE = 10.0
"""Seconds until the thread of the event loop must have ended, which waits for nobody: a machine may be slow."""


class Refusing:
    """One run of a server that accepts no connection: it has the port, and does not listen."""

    def __init__(self, bound: socket.socket) -> None:
        self.port: int = bound.getsockname()[1]
        self._bound = bound

    def stop(self) -> None:
        self._bound.close()


if sys.platform == "win32":
    _new_loop = asyncio.ProactorEventLoop
else:

    class _new_loop(asyncio.SelectorEventLoop):  # noqa: N801  # it takes the place of the class above
        """An event loop whose clock goes on while freezegun has stopped `time.monotonic`."""

        def time(self) -> float:
            """The monotonic clock of the system, which freezegun leaves alone."""
            return time.clock_gettime(time.CLOCK_MONOTONIC)


class Running:
    """One run of a server: from a listening socket to a thread that has ended."""

    def __init__(self, app: ASGIApp, listener: socket.socket, breaker: Breaker) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._threads = ThreadPoolExecutor(thread_name_prefix=f"vlmrun.local:{self.port}:")
        self._server = _Server(app, breaker)
        self._thread = threading.Thread(target=self._serve, name=f"vlmrun.local:{self.port}", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._server.settled.wait(_START_DEADLINE) or not self._server.started:
            self._server.end()
            raise NetworkError("The local server did not start.", error_type="not_started")

    def stop(self) -> None:
        # The time is measured here, by a thread that waits for another: freezegun may have stopped every clock.
        self._server.end()
        for _ in range(round(GRACE / _LOOK)):
            self._thread.join(_LOOK)
            if not self._thread.is_alive():
                break
            self._server.look()
        self._server.give_up()
        self._thread.join(STOP_DEADLINE)
        if self._thread.is_alive():
            raise ClientError(
                f"The thread of the local server did not end in {STOP_DEADLINE:.0f} seconds.",
                suggestion="let the function that was passed as faults return; the server calls it in that thread.",
            )
        ending = threading.Thread(target=self._threads.shutdown, daemon=True)
        ending.start()
        ending.join(THREADS_GRACE)

    def _serve(self) -> None:
        # Not asyncio.run, which waits for all threads: a function of a test may block one for ever.
        loop = _new_loop()
        loop.set_default_executor(self._threads)
        try:
            loop.run_until_complete(self._server.serve(sockets=[self._listener]))
        finally:
            loop.run_until_complete(_cancel_others())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            self._listener.close()
            self._server.settled.set()


async def _cancel_others() -> None:
    """Cancel what still runs in this event loop, such as callbacks, and wait until it has ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


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
    """uvicorn's server, which says when it accepts connections, and ends without a clock.

    `end`, `look` and `give_up` may be called by any thread.
    """

    def __init__(self, app: ASGIApp, breaker: Breaker) -> None:
        super().__init__(
            _Config(
                self._given_up_quietly(app),
                log_config=None,
                access_log=False,
                lifespan="off",
                http=QuietH11,
                ws="wsproto",
                timeout_keep_alive=_KEEP_ALIVE,
            )
        )
        self._breaker = breaker
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked = asyncio.Event()
        self._has_given_up = False
        self.settled = threading.Event()

    def end(self) -> None:
        """Accept nothing any more, and end as soon as all requests have."""
        self.should_exit = True
        self.look()

    def give_up(self) -> None:
        """End now: break off all requests and connections."""
        self._has_given_up = True
        self.look()

    def look(self) -> None:
        """Look whether it is over."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it is over, and the loop closed
                self._loop.call_soon_threadsafe(self._looked.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        self.settled.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # which renews the header Date
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._looked.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._breaker.release()
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # connections that were closed are gone in the next round
        while state.connections or state.tasks:
            if self._has_given_up:
                for connection in list(state.connections):
                    connection.transport.abort()
                await asyncio.sleep(0)  # a request learns that nobody reads it before it is cancelled
                for task in list(state.tasks):
                    task.cancel()
                await asyncio.sleep(0)
            else:
                self._looked.clear()
                await self._looked.wait()

    def _given_up_quietly(self, app: ASGIApp) -> ASGIApp:
        """An app whose cancelled requests are no error in the log."""

        async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                if not self._has_given_up:
                    raise

        return quiet
