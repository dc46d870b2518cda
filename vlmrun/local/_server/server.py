"""`LocalServer`: a socket on a loopback address and a thread that serves it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Literal, get_args

from typing_extensions import Self

from vlmrun.client.exceptions import ClientError, InputError
from vlmrun.local._callbacks.callbacks import Callbacks
from vlmrun.local._faults.arguments import is_int, is_text
from vlmrun.local._faults.breaker import Breaker
from vlmrun.local._faults.fault import Fault
from vlmrun.local._faults.schedule import Schedule
from vlmrun.local._routes.app import create_app
from vlmrun.local._server.gate import Gate
from vlmrun.local._server.running import Refusing, Running
from vlmrun.local._server.sockets import bind, loopback
from vlmrun.local._store.records import Outcome
from vlmrun.local._store.store import Store
from vlmrun.local._wire.journal import Journal, ReceivedRequest, Work

__all__ = ["LocalServer"]


class LocalServer:
    """A local VLM Run server: `with LocalServer() as server: ...`.

    It runs no model; replies describe what it received. Each server has its own port, key, agents, sessions, files and
    list of requests, so any number of servers can run at the same time. A stopped server can be started again: it keeps
    its data, and binds a new port unless `port` is set.

    Uploaded files are stored in a temporary directory, which is removed with this object or when the process ends.

    The server opens PDFs with PDFium, which is not thread-safe. Servers of one process use a shared lock; a test should
    not use pypdfium2 itself while a server opens a PDF.

    Args:
        api_key: The key that the server accepts; random by default.
        host: The loopback address to bind: in 127.0.0.0/8, `::1`, or `localhost` (which means 127.0.0.1).
        port: The port to bind; 0 selects a free port.
        keep_requests: Number of received requests to keep, the newest ones; `None` keeps all.
        execution_status: The final status of executions and predictions. A failed execution has the response
            `{"error": {"message": "This server was told to fail executions."}}`, a cancelled one has none. A failed
            prediction has no response; its `message` says why.
        webhook_secret: The secret that callbacks are signed with, in the header `X-VLMRun-Signature`; without it they
            are not signed.
        faults: Faults to inject: the first one that matches a request applies. Or a function that returns the fault for
            each request or `None`, such as `random_faults(...)`; then `times` is ignored. If the function raises or
            returns something else, the server responds with 500 and logs the error.

    Raises:
        InputError: An argument is invalid. Only loopback addresses are allowed.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        keep_requests: int | None = None,
        execution_status: Literal["completed", "failed", "cancelled"] = "completed",
        webhook_secret: str | None = None,
        faults: Iterable[Fault] | Callable[[ReceivedRequest], Fault | None] = (),
    ) -> None:
        if api_key is not None and not is_text(api_key, _is_key):
            raise InputError(
                "api_key must be one or more printable ASCII characters without spaces.",
                suggestion="omit it, and read the random key from server.api_key",
                error_type="invalid_api_key",
            )
        if not is_int(port, 0, 65_535):
            raise InputError(f"port must be from 0 to 65535, and is {port!r}.", error_type="invalid_port")
        if keep_requests is not None and not is_int(keep_requests, 0):
            raise InputError(f"keep_requests must be an int from 0, or None for all, and is {keep_requests!r}.")
        if execution_status not in get_args(Outcome):
            raise InputError(
                f"execution_status must be one of {', '.join(get_args(Outcome))}, and is {execution_status!r}.",
                error_type="invalid_execution_status",
            )
        if webhook_secret is not None and not is_text(webhook_secret, bool):
            raise InputError(
                "webhook_secret must be a non-empty string.",
                suggestion="omit it, and callbacks are not signed",
                error_type="invalid_webhook_secret",
            )
        self._host = loopback(host)
        self._port = port
        self._api_key = api_key or f"local-{secrets.token_urlsafe(24)}"
        self._journal = Journal[ReceivedRequest](keep_requests)
        self._work = Journal[Work]()
        self._schedule = Schedule(faults)
        self._store = Store(execution_status)
        self._webhook_secret = webhook_secret
        self._lock = threading.Lock()
        self._running: Running | Refusing | None = None

    def __repr__(self) -> str:
        running = self._running
        return f"<LocalServer {'stopped' if running is None else self._url(running.port)}>"

    @property
    def api_key(self) -> str:
        """The key that the server accepts."""
        return self._api_key

    @property
    def base_url(self) -> str:
        """The URL of the server, including `/v1`: the `base_url` of a client.

        Raises:
            ClientError: The server is not started.
        """
        running = self._running
        if running is None:
            raise ClientError(
                "This LocalServer is not started, so it has no base_url.",
                suggestion="with LocalServer() as server: ..., or server.start()",
                error_type="not_started",
            )
        return self._url(running.port)

    @property
    def requests(self) -> Sequence[ReceivedRequest]:
        """The requests received so far, oldest first, including rejected ones. A copy; usable from any thread."""
        return self._journal.entries()

    @property
    def work(self) -> Sequence[Work]:
        """The work performed so far, oldest first: what the platform would bill or store. A copy."""
        return self._work.entries()

    def start(self) -> None:
        """Bind the port and serve. Returns once connections are accepted.

        Raises:
            ClientError: The server is already started.
            NetworkError: The port is in use or cannot be bound.
        """
        with self._lock:
            if self._running is not None:
                raise ClientError("This LocalServer is already started.", error_type="already_started")
            listener = bind(self._host, self._port)
            if self._schedule.is_refused:
                self._running = Refusing(listener)
                return
            listener.listen(2048)
            app = create_app(self._store, self._work, Callbacks(self._webhook_secret))
            breaker = Breaker()
            running = Running(Gate(app, self._api_key, self._journal, self._schedule, breaker), listener, breaker)
            running.start()
            self._running = running

    def stop(self) -> None:
        """End running requests, close the port and join the thread. Stopping a stopped server is harmless.

        Raises:
            ClientError: The thread is still busy after 10 seconds.
        """
        with self._lock:
            running, self._running = self._running, None
            if running is not None:
                running.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _url(self, port: int) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{port}/v1"


def _is_key(text: str) -> bool:
    return bool(text) and all("!" <= sign <= "~" for sign in text)
