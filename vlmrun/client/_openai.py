"""The only module that imports openai: a configuration in, OpenAI's own clients out.

Importing it is the one door to the optional dependency: where openai is missing, broken or too old, that import is a
`DependencyError`. So it is imported where a client is asked for, and nowhere else.

Source: API.md §4 (the OpenAI-compatible endpoint).
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import pydantic

from vlmrun.client._chats import EventWatch, is_chat, is_event_stream, problem
from vlmrun.client._fork import watch_forks
from vlmrun.client._lazy import OncePerLoop, OncePerProcess
from vlmrun.client._log_records import DiscreetLogs
from vlmrun.client._long_poll import Library, follow, follow_async
from vlmrun.client._network import AsyncSockets, Failures, Sockets
from vlmrun.client._redirects import keep_to_host
from vlmrun.client._total_timeout import TotalTimeout, share_timeout
from vlmrun.client.config import Configuration
from vlmrun.client.exceptions import DependencyError
from vlmrun.client.urls import openai_base_url

_INSTALL = "pip install 'vlmrun[openai]'"
_UPGRADE = "pip install --upgrade 'vlmrun[openai]'"
_OLDEST = (1, 92)  # the first release whose chat completions have every method


def _unusable(error: Exception) -> DependencyError:
    """What an import of openai that failed with `error` means."""
    if isinstance(error, ModuleNotFoundError) and error.name == "openai":
        return DependencyError(
            "The OpenAI SDK is not installed, and this part of vlmrun hands out its objects.",
            suggestion=_INSTALL,
            error_type="missing_dependency",
        )
    return DependencyError(
        f"The OpenAI SDK is installed but cannot be imported ({type(error).__name__}: {error}).",
        suggestion=_UPGRADE,
        error_type="broken_dependency",
    )


try:
    import openai

    version = str(openai.__version__)
    if tuple(map(int, version.split(".")[:2])) < _OLDEST:
        raise DependencyError(
            f"The OpenAI SDK {version} is too old: vlmrun needs 1.92.0 or newer.",
            suggestion=_UPGRADE,
            error_type="outdated_dependency",
        )
    from openai import DefaultAsyncHttpxClient, DefaultHttpxClient
    from openai.types.chat import ChatCompletion
except DependencyError:
    raise
except Exception as error:  # importing runs code of others, which may raise anything when an installation is damaged
    raise _unusable(error) from error

__all__ = [
    "chat_completion",
    "connect",
    "connect_async",
    "open_async_pool",
    "open_pool",
    "read_completion",
]


# OpenAI's constructors read OPENAI_* variables for whatever they are not given, and `copy()` and `with_options()` run
# them again. These two put back what was given, each time. They have OpenAI's names, because OpenAI's clients send the
# name of their class as the user agent.


class OpenAI(openai.OpenAI):
    """OpenAI's client, deaf to the environment, and silent about what is sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)

    def request(self, *arguments: Any, **options: Any) -> Any:
        with DiscreetLogs():
            try:
                return cast("object", super().request(*arguments, **options))  # whatever OpenAI's method gives
            finally:
                del arguments, options  # a traceback would show them


class AsyncOpenAI(openai.AsyncOpenAI):
    """OpenAI's async client, deaf to the environment, and silent about what is sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)

    async def request(self, *arguments: Any, **options: Any) -> Any:
        with DiscreetLogs():
            try:
                return cast("object", await super().request(*arguments, **options))
            finally:
                del arguments, options  # as above


def _forget_environment(client: openai.OpenAI | openai.AsyncOpenAI, given: Mapping[str, Any]) -> None:
    client.organization = given.get("organization")
    client.project = given.get("project")
    client.webhook_secret = given.get("webhook_secret")
    if hasattr(client, "admin_api_key"):  # older releases have none
        client.admin_api_key = given.get("admin_api_key")
    # No public name reaches the headers that OPENAI_CUSTOM_HEADERS adds, and one of them may be an Authorization.
    headers = dict(given.get("default_headers") or {})
    client._custom_headers = headers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def connect(config: Configuration, pool: DefaultHttpxClient) -> OpenAI:
    """OpenAI's client for VLM Run's endpoint, whose chats are answered by VLM Run's agents."""
    return OpenAI(**_options(config), http_client=pool)


def connect_async(config: Configuration, pool: DefaultAsyncHttpxClient) -> AsyncOpenAI:
    """OpenAI's async client for VLM Run's endpoint, whose chats are answered by VLM Run's agents."""
    return AsyncOpenAI(**_options(config), http_client=pool)


def _options(config: Configuration) -> dict[str, Any]:
    return {
        "api_key": config.api_key,
        "base_url": openai_base_url(config.base_url),
        "timeout": openai.Timeout(config.timeout, connect=config.connect_timeout),
        "max_retries": config.max_retries,
        "default_headers": config.default_headers,
    }


# The pools of connections that OpenAI's clients are given: they see to what OpenAI's clients do not, and raise OpenAI's
# errors, or answer in the server's place where only an answer can tell OpenAI's client not to send a POST again.

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    import httpx2 as _httpx
else:
    # Older releases of openai stand on httpx, which has the same names.
    _httpx = importlib.import_module(DefaultHttpxClient.__base__.__module__)

_LIBRARY = Library(_httpx.Response, _httpx.TransportError)
_core = importlib.import_module(_httpx.__name__.replace("httpx", "httpcore"))
_FAILURES = Failures(_core.ReadTimeout, _core.ReadError, _core.ConnectError)


class _Connections(DefaultHttpxClient):
    """Connections that end what goes over them when they are closed, and take no header to another host."""

    def __init__(self, cookies: CookieJar) -> None:
        super().__init__(cookies=cookies, event_hooks={"request": [_keep_to_host]})
        self._sockets = Sockets(self, _FAILURES)

    def close(self) -> None:
        self._sockets.close()
        super().close()


class _AsyncConnections(DefaultAsyncHttpxClient):
    """As `_Connections`, awaited."""

    def __init__(self, cookies: CookieJar) -> None:
        super().__init__(cookies=cookies, event_hooks={"request": [_keep_to_host_async]})
        self._sockets = AsyncSockets(self, _FAILURES)

    async def aclose(self) -> None:
        self._sockets.close()
        await super().aclose()


_ASKED = "vlmrun_asked"
"""Where a request went at first; the requests that redirects ask for have it, too."""


def _keep_to_host(request: _httpx.Request) -> None:
    asked = request.extensions[_ASKED]
    if request.url is not asked:
        keep_to_host(request, asked)


async def _keep_to_host_async(request: _httpx.Request) -> None:
    _keep_to_host(request)


class _Pool(DefaultHttpxClient):
    """Keeps to timeouts, follows long chats and lets no broken answer through.

    One pool for OpenAI, and connections of its own for each process underneath: a client that was made before a fork,
    and whatever was taken from it, goes on working in both. They are closed when nobody holds the pool any more, as
    OpenAI's own are.
    """

    def __init__(self) -> None:
        super().__init__(transport=_httpx.BaseTransport())  # it sends nothing itself
        self._pools = OncePerProcess(self._open)
        watch_forks(self)

    def _open(self) -> _Connections:
        return _Connections(self.cookies.jar)  # one jar, as one plain client would have

    def after_fork(self) -> None:
        """Have a jar whose lock nobody holds."""
        self.cookies = _httpx.Cookies()

    def send(self, request: _httpx.Request, *, stream: bool = False, **options: Any) -> _httpx.Response:
        try:
            pool = self._pools.get()
            _refuse_if_closed(self)
            total = share_timeout(request, _httpx.ByteStream)
            request.extensions[_ASKED] = request.url
            response = follow(lambda request: pool.send(request, stream=stream, **options), request, _LIBRARY)
        except RuntimeError as error:
            _say_if_closed(self, request, error)
            raise
        asks_chat = is_chat(request)
        why = problem(response, is_stream=stream) if asks_chat else None
        if stream and (why is not None or not response.is_success):
            # Here, as OpenAI's client reads it where it lets httpx's errors through.
            try:
                response.read()
            except _httpx.TransportError:
                response = _copied(response)
        if why is not None:
            return _no_answer(response, why)
        return _watched(response, total, is_chat=asks_chat) if stream else response

    def close(self) -> None:
        super().close()
        self._pools.close()


class _AsyncPool(DefaultAsyncHttpxClient):
    """As `_Pool`; with connections of its own for each event loop.

    OpenAI's async client keeps connections of the loop that opened them, and fails in the next one. Here the same
    client, and whatever was taken from it, goes on working in any loop.
    """

    def __init__(self) -> None:
        super().__init__(transport=_httpx.AsyncBaseTransport())  # it sends nothing itself
        self._pools = OncePerLoop(self._open)
        watch_forks(self)

    def _open(self) -> _AsyncConnections:
        return _AsyncConnections(self.cookies.jar)

    def after_fork(self) -> None:
        """Have a jar whose lock nobody holds."""
        self.cookies = _httpx.Cookies()

    async def send(self, request: _httpx.Request, *, stream: bool = False, **options: Any) -> _httpx.Response:
        try:
            _refuse_if_closed(self)
            pool = await self._pools.get()
            total = share_timeout(request, _httpx.ByteStream)
            request.extensions[_ASKED] = request.url
            response = await follow_async(
                lambda request: pool.send(request, stream=stream, **options), request, _LIBRARY
            )
        except RuntimeError as error:
            _say_if_closed(self, request, error)
            raise
        asks_chat = is_chat(request)
        why = problem(response, is_stream=stream) if asks_chat else None
        if stream and (why is not None or not response.is_success):
            try:
                await response.aread()
            except _httpx.TransportError:
                response = _copied(response)
        if why is not None:
            return _no_answer(response, why)
        return _watched(response, total, is_chat=asks_chat) if stream else response

    async def aclose(self) -> None:
        await super().aclose()  # first, so that nobody opens another pool meanwhile
        await self._pools.aclose()


def _refuse_if_closed(pool: DefaultHttpxClient | DefaultAsyncHttpxClient) -> None:
    if pool.is_closed:
        raise RuntimeError(_CLOSED)


def _say_if_closed(
    pool: DefaultHttpxClient | DefaultAsyncHttpxClient, request: _httpx.Request, error: RuntimeError
) -> None:
    """Raise OpenAI's error for the bare one that httpx has for a client that is closed, or is while it sends."""
    if pool.is_closed:
        raise openai.APIConnectionError(message=_CLOSED, request=request) from error


_CLOSED = "This client is closed."


def _no_answer(response: _httpx.Response, why: str) -> _httpx.Response:
    """The error that stands for an answer that is none; it keeps what came in its `history`."""
    error = {"message": f"The server said {response.status_code}, but sent no answer: {why}.", "type": "invalid_answer"}
    refusal = _httpx.Response(
        502, headers={**response.headers, "x-should-retry": "false"}, json={"error": error}, request=response.request
    )
    refusal.history = [*response.history, response]
    return refusal


def _watched(response: _httpx.Response, total: TotalTimeout | None, *, is_chat: bool) -> _httpx.Response:
    """An answer that is read as it comes."""
    if not response.is_success:
        return response  # which is read
    watch = None
    if is_chat and is_event_stream(response):
        watch = EventWatch()
        if "content-encoding" in response.headers:
            response = _copied(response, _Decoded(response))
    response.stream = _Body(response, total, watch)
    return response


def _copied(response: _httpx.Response, stream: _Decoded | None = None) -> _httpx.Response:
    """An answer with another body: a compressed one so that its events can be watched, or none, as it did not come."""
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _OF_THE_BODY]
    copy = _httpx.Response(
        response.status_code,
        headers=headers,
        stream=stream,
        request=response.request,
        extensions=response.extensions,
    )
    copy.history = response.history
    return copy


_OF_THE_BODY = ("content-encoding", "content-length")


class _Decoded(_httpx.SyncByteStream, _httpx.AsyncByteStream):
    """The body of an answer, no longer compressed."""

    def __init__(self, response: _httpx.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_bytes()

    def close(self) -> None:
        self._response.close()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_bytes()

    async def aclose(self) -> None:
        await self._response.aclose()


class _Body(_httpx.SyncByteStream, _httpx.AsyncByteStream):
    """A body that is read as it comes: each piece has the timeout anew, and a chat that breaks off is an error.

    Args:
        response: The answer, before it is given this as its stream.
        total: The timeout that is kept; where events are watched, waiting for one of them may take as long.
        watch: Sees the events of a chat.
    """

    def __init__(self, response: _httpx.Response, total: TotalTimeout | None, watch: EventWatch | None) -> None:
        self._stream = response.stream
        self._request = response.request
        self._total = total
        self._watch = watch
        if total is not None:
            total.restart()

    def __iter__(self) -> Iterator[bytes]:
        try:
            for data in cast("_httpx.SyncByteStream", self._stream):
                self.see(data)
                yield data
        except _httpx.TransportError as error:
            self.end(error)
        else:
            self.end(None)

    def close(self) -> None:
        cast("_httpx.SyncByteStream", self._stream).close()

    # No generator, which whoever stops reading would leave to the event loop to close.
    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Pieces(self, cast("_httpx.AsyncByteStream", self._stream).__aiter__())

    async def aclose(self) -> None:
        await cast("_httpx.AsyncByteStream", self._stream).aclose()

    def see(self, data: bytes) -> None:
        """Note what has come."""
        ends_event = self._watch is None or self._watch.ends_event(data)
        if ends_event and self._total is not None:
            self._total.restart()

    def end(self, error: _httpx.TransportError | None) -> None:
        """Raise where a body ends, or breaks off, before its end; OpenAI's client lets httpx's errors through here."""
        if self._watch is None:
            if error is not None:
                raise error
        elif not self._watch.is_whole:
            if isinstance(error, _httpx.TimeoutException):
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
        except _httpx.TransportError as error:
            self._body.end(error)
            raise StopAsyncIteration from error  # it broke after its end
        self._body.see(data)
        return data


_CUT = "The stream of the chat broke off: the answer is not whole."


def open_pool() -> DefaultHttpxClient:
    """Connections for OpenAI's client, with OpenAI's own defaults."""
    return _Pool()


def open_async_pool() -> DefaultAsyncHttpxClient:
    """Connections for OpenAI's async client, with OpenAI's own defaults, for any number of event loops."""
    return _AsyncPool()


def chat_completion(fields: Mapping[str, Any]) -> ChatCompletion:
    """OpenAI's model of a completion, from JSON, made as OpenAI's client makes it: a field too many is no error."""
    return ChatCompletion.model_construct(**fields)


def read_completion(body: bytes) -> ChatCompletion:
    """OpenAI's model of a completion, from a body; pydantic's `ValidationError` where there is none in it."""
    return chat_completion(_read_fields(body))


_read_fields = pydantic.TypeAdapter(dict[str, object]).validate_json
