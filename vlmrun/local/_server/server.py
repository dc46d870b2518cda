"""`LocalServer`: a socket on a loopback address and a thread that serves it."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Literal, get_args

from starlette.types import ASGIApp
from typing_extensions import Self

from vlmrun._arguments.connection_options import Verify
from vlmrun.client.exceptions import ClientError, InputError
from vlmrun.local._callbacks.callbacks import Callbacks
from vlmrun.local._faults.arguments import DAY, is_a, is_int, is_key, is_number, is_text
from vlmrun.local._faults.breaker import Breaker
from vlmrun.local._faults.fault import Fault
from vlmrun.local._faults.schedule import Schedule
from vlmrun.local._recordings.arguments import DEFAULT_UPSTREAM, open_player, open_recorder
from vlmrun.local._recordings.player import Player
from vlmrun.local._recordings.recorder import Recorder
from vlmrun.local._requests.received import ReceivedRequest, UploadedBytes
from vlmrun.local._routes.app import create_app
from vlmrun.local._script.answer import Reply
from vlmrun.local._script.script import Condition, Script
from vlmrun.local._server.gate import Gate
from vlmrun.local._server.running import Refusing, Running
from vlmrun.local._server.sockets import bind, loopback
from vlmrun.local._store.clock import Clock
from vlmrun.local._store.records import Outcome
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.model import Model
from vlmrun.local._upstream.upstream import Upstream
from vlmrun.local._wire.journal import Journal, Work

__all__ = ["LocalServer"]


class LocalServer:
    """A local VLM Run server: `with LocalServer() as server: ...`.

    It runs no model; replies describe what it received, unless `upstream` names a model. Each server has its own port,
    key, agents, sessions, files and list of requests, so any number of servers can run at the same time. A stopped
    server can be started again: it keeps its data, and binds a new port unless `port` is set.

    It can run for long: of executions, predictions, other jobs, files, agents, versions of skills and feedback it keeps
    the newest 10,000 each; of sessions, and of the artifacts of each, the newest 1,000. What is older is a 404.

    Uploaded files are stored in a temporary directory, which is removed with this object or when the process ends.

    The server opens PDFs with PDFium, which is not thread-safe. Servers of one process use a shared lock; a test should
    not use pypdfium2 itself while a server opens a PDF.

    Args:
        api_key: The key that the server accepts; random by default.
        host: The loopback address to bind: in 127.0.0.0/8, `::1`, or `localhost` (which means 127.0.0.1).
        port: The port to bind; 0 selects a free port.
        keep_requests: Number of received requests to keep in `requests`, the newest ones; `None` keeps all.
        keep_work: Number of entries to keep in `work`, the newest ones; `None` keeps all.
        execution_status: The final status of executions and predictions. A failed execution has the response
            `{"error": {"message": "This server was told to fail executions."}}`, a cancelled one has none. A failed
            prediction has no response; its `message` says why.
        webhook_secret: The secret that callbacks are signed with, in the header `X-VLMRun-Signature`; without it they
            are not signed.
        faults: Faults to inject: the first one that matches a request applies. Or a function that returns the fault for
            each request or `None`, such as `random_faults(...)`; then `times` is ignored. If the function raises or
            returns something else, the server responds with 500 and logs the error.
        strict: Whether chats, executions and predictions that no `answer` fits are refused: 400, with what was asked
            and what was expected. By default their answers are computed.
        upstream: A server that runs a real model. It answers the chats, executions and predictions that no `answer`
            fits: `LocalServer(upstream=Upstream("http://127.0.0.1:11434/v1", model="qwen2.5vl"))`.

    Raises:
        InputError: An argument is invalid. Only loopback addresses are allowed.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        keep_requests: int | None = 10_000,
        keep_work: int | None = 10_000,
        execution_status: Literal["completed", "failed", "cancelled"] = "completed",
        webhook_secret: str | None = None,
        faults: Iterable[Fault] | Callable[[ReceivedRequest], Fault | None] = (),
        strict: bool = False,
        upstream: Upstream | None = None,
    ) -> None:
        if api_key is not None and not is_text(api_key, is_key):
            raise InputError(
                "api_key must be one or more printable ASCII characters without spaces.",
                suggestion="omit it, and read the random key from server.api_key",
                error_type="invalid_api_key",
            )
        if not is_int(port, 0, 65_535):
            raise InputError(f"port must be from 0 to 65535, and is {port!r}.", error_type="invalid_port")
        for name, limit in (("keep_requests", keep_requests), ("keep_work", keep_work)):
            if limit is not None and not is_int(limit, 0):
                raise InputError(f"{name} must be an int from 0, or None for all, and is {limit!r}.")
        if execution_status not in get_args(Outcome):
            raise InputError(
                f"execution_status must be one of {', '.join(get_args(Outcome))}, and is {execution_status!r}.",
                error_type="invalid_execution_status",
            )
        if not is_a(strict, bool):
            raise InputError("strict must be True or False.")
        if upstream is not None and not is_a(upstream, Upstream):
            raise InputError("upstream must be an Upstream.", suggestion='pass Upstream("http://...", model="...").')
        if strict and upstream is not None:
            raise InputError("strict and upstream contradict each other.", suggestion="pass one of them.")
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
        self._work = Journal[Work](keep_work)
        self._schedule = Schedule(faults)
        self._clock = Clock()
        self._outcome: Outcome = execution_status
        self._store = Store(execution_status, self._clock)
        self._script = Script(strict=strict)
        self._model = None if upstream is None else Model(upstream)
        self._callbacks = Callbacks(webhook_secret)
        self._recordings: Recorder | Player | None = None
        self._gate: Gate | None = None
        self._lock = threading.Lock()
        self._running: Running | Refusing | None = None

    @classmethod
    def record(
        cls,
        to: str | os.PathLike[str],
        *,
        upstream: str = DEFAULT_UPSTREAM,
        api_key: str | None = None,
        verify: Verify = True,
        host: str = "127.0.0.1",
        port: int = 0,
        server_key: str | None = None,
        keep_requests: int | None = 10_000,
    ) -> Self:
        """A server that forwards requests to a real one, and writes its answers to files for `replay`.

        ```python
        with LocalServer.record("answers") as server:
            client = VLMRun(api_key=server.api_key, base_url=server.base_url)
        ```

        Each request and its answer become one readable JSON file. The files have neither the key nor any URL with a
        query: in answers such URLs, and all URLs of files, lead to this server instead, which forwards to them. Of
        files that are sent, and of `data:` URLs, there is the SHA-256. All else is written as it is: prompts, answers,
        and the bytes of downloaded artifacts.

        Streams are sent once they are complete, bodies are kept in memory, and WebSockets and the gateway are refused.
        Errors are recorded like other answers. Proxies and certificates of the environment are used, as they are by
        clients; `.netrc` is not.

        Args:
            to: The folder to write to. It may be missing, and must not have recorded answers.
            upstream: The base URL of the real server.
            api_key: The key for it; reads `VLMRUN_API_KEY` by default. Clients of this server use `server.api_key`.
            verify: Whether to verify the real server, or the path of the CA certificates to trust, or an
                `ssl.SSLContext`.
            host: The loopback address to bind.
            port: The port to bind; 0 selects a free port.
            server_key: The key that this server accepts; random by default.
            keep_requests: Number of received requests to keep in `requests`; `None` keeps all.

        Returns:
            The server, not started.

        Raises:
            InputError: The folder, the URL or another argument cannot be used.
            ConfigurationError: The key is missing, or it or `verify` cannot be used.
        """
        server = cls(api_key=server_key, host=host, port=port, keep_requests=keep_requests)
        server._recordings = open_recorder(to, upstream, api_key, verify)
        return server

    @classmethod
    def replay(
        cls,
        folder: str | os.PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        server_key: str | None = None,
        keep_requests: int | None = 10_000,
    ) -> Self:
        """A server that answers from the files that `record` has written, offline.

        Equal requests get their answers in the order in which they were recorded, and then the last one again, so that
        an execution can be polled. Requests are equal if method, path, query and body are; headers do not count. A
        request for which no answer is recorded is refused: 400, with what differs from those that are.

        Args:
            folder: The folder.
            host: The loopback address to bind.
            port: The port to bind; 0 selects a free port.
            server_key: The key that this server accepts; random by default.
            keep_requests: Number of received requests to keep in `requests`; `None` keeps all.

        Returns:
            The server, not started. `reset()` makes it answer as at first.

        Raises:
            InputError: There are no recorded answers in the folder, one cannot be read, or an argument cannot be used.
        """
        server = cls(api_key=server_key, host=host, port=port, keep_requests=keep_requests)
        server._recordings = open_player(folder)
        return server

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
    def gateway_url(self) -> str:
        """The URL of the gateway that the server has, for `VLMRUN_GATEWAY_BASE_URL`. It needs no key.

        Raises:
            ClientError: The server is not started.
        """
        return f"{self.base_url.removesuffix('/v1')}/gateway/v1"

    @property
    def requests(self) -> Sequence[ReceivedRequest]:
        """The requests received so far, oldest first, including rejected ones. A copy; usable from any thread."""
        return self._journal.entries()

    @property
    def work(self) -> Sequence[Work]:
        """The work performed so far, oldest first: what the platform would bill or store. A copy."""
        return self._work.entries()

    @property
    def clock(self) -> Clock:
        """How executions and predictions go on: `server.clock.end_at_once()`, `.never_end()` or `.end_by_steps()`."""
        return self._clock

    @property
    def chunk_size(self) -> int | None:
        """How many characters a piece of a streamed chat has; `None` for a word."""
        return self._script.chunk_size

    @chunk_size.setter
    def chunk_size(self, size: int | None) -> None:
        if size is not None and not is_int(size, 1):
            raise InputError("chunk_size must be a number of characters from 1, or None for words.")
        self._script.chunk_size = size

    @property
    def stream_delay(self) -> float:
        """Seconds before each piece of a streamed chat."""
        return self._script.stream_delay

    @stream_delay.setter
    def stream_delay(self, seconds: float) -> None:
        if not is_number(seconds, 0, DAY):
            raise InputError("stream_delay must be a number of seconds, from 0 to a day.")
        self._script.stream_delay = seconds

    def answer(self, reply: Reply, *, when: Condition | None = None, times: int | None = None) -> None:
        """Set the answer to chats, executions, predictions and the gateway. It is used before any answer is computed.

        Of several answers the first one that fits is given. An answer need not fit the schema of the request, so that a
        test can see what happens then. Where it cannot have the form of its route, the request is refused with 400,
        and the error says what fits:

        - a chat, an execution, a prediction: a text, or anything that is JSON.
        - `image.schema` and its siblings: a JSON schema, a class of pydantic, or the response.
        - embeddings: a list of numbers, one such list for each input, a dict of them by texts, or the response.
        - a transcription: a text, or the response, such as `{"text": "Hi.", "language": "en"}`.
        - a decision: a dict by questions of a probability, a label, a position on the scale, probabilities by label or
          level, or whole answers; or the response.

        ```python
        server.answer("Twenty-five.", when="total")
        server.answer(Invoice(total=25.0), when=When(path="/v1/document/generate", file="invoice.pdf"))
        server.answer(Answer(status=429, headers={"retry-after": "1"}), times=1)
        server.answer(lambda request: request.prompt_text.upper())
        server.answer({"urgent": 0.9, "team": "billing"}, when=When(path="/gateway/typesafe"))
        ```

        Args:
            reply: A text, a pydantic instance or class, a dict, a list of numbers, an `Answer`, or a function of the
                request that returns one of these.
            when: Which requests get it: a text or a compiled pattern that occurs in the prompt, a `When`, or a function
                of the request; all by default.
            times: How many requests get it; `None` for any number.

        Raises:
            InputError: An argument is invalid.
            ClientError: The server records or replays answers.
        """
        if self._recordings is not None:
            raise ClientError(
                "This LocalServer records or replays answers; it cannot be told others.",
                suggestion="use another LocalServer(), or edit the files.",
                error_type="recorded_answers",
            )
        self._script.add(reply, when, times)

    def add_fault(self, fault: Fault) -> None:
        """Inject one more fault, after those that are there.

        Args:
            fault: The fault; `refused` is for a whole server.

        Raises:
            InputError: It cannot be added.
        """
        self._schedule.add(fault)

    def reset(self) -> None:
        """Forget answers, added faults, requests, work, files, agents and jobs. Recorded answers start from the first.

        The URL, the key and the other arguments stay; `clock`, `chunk_size` and `stream_delay` are as at first. A
        request that is being answered ends with the data of before.
        """
        with self._lock:
            self._script.clear()
            self._schedule.reset()
            self._clock.end_by_steps()
            self._journal.clear()
            self._work.clear()
            if isinstance(self._recordings, Player):
                self._recordings.rewind()
            self._store = Store(self._outcome, self._clock)
            if self._gate is not None:
                self._gate.app = self._create_app()

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
            breaker = Breaker()
            self._gate = Gate(self._create_app(), self._api_key, self._journal, self._schedule, breaker, self._uploaded)
            running = Running(self._gate, listener, breaker)
            running.start()
            self._running = running

    def stop(self) -> None:
        """Close the port, end running requests and join the thread. Stopping a stopped server is harmless.

        Requests that have not ended after half a second are broken off, whatever they wait for: a client that sends no
        more, a delayed stream, a function of the test. It works the same while freezegun has stopped the clock.

        Raises:
            ClientError: A function that was passed as `faults` has not returned for 10 seconds.
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

    def _create_app(self) -> ASGIApp:
        if self._recordings is not None:
            return self._recordings
        return create_app(self._store, self._work, self._callbacks, self._script, self._model)

    def _uploaded(self, id_: str) -> UploadedBytes | None:
        """An uploaded file, for who looks at a request."""
        file = self._store.files.by_id(id_)
        return None if file is None else UploadedBytes(file.filename, file.media_type, file.blob.path.read_bytes)

    def _url(self, port: int) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{port}/v1"
