"""Many decisions of System One about one set of questions, over a WebSocket."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING

from pydantic import JsonValue
from typing_extensions import Self

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import as_json
from vlmrun._arguments.config import NotGiven
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._http.call import Call, nothing
from vlmrun._http.timeouts import TotalTimeout
from vlmrun._inputs.decisions import image_on_wire
from vlmrun._inputs.parts import ImageSource
from vlmrun._lifetimes import waiting
from vlmrun._resources.connections import Connections
from vlmrun._resources.decision_session import FrameDecision, Session, add_rest
from vlmrun.client.exceptions import APIError, ClientError
from vlmrun.client.types import SystemOneResponse

if TYPE_CHECKING:
    from vlmrun._http._async.web_sockets import AsyncWebSocket

__all__ = ["AsyncDecisionStream"]

_CLOSING_SECONDS = 5.0


class AsyncDecisionStream:
    """A session of System One: `async with client.gateway.systemone.stream(questions) as stream: ...`.

    The questions are sent once. One thread or task at a time may use it, in the event loop that has opened it. If the
    server closes it while nothing is asked, it is opened again.
    """

    def __init__(
        self, connections: Connections, session: Session, state: object, detail: object, options: CallOptions
    ) -> None:
        """Made by `stream`."""
        self.__connections__ = connections
        self.__session__ = session
        self.__state__ = state
        self.__detail__ = detail
        self.__options__ = options
        self.__socket__: AsyncWebSocket | None = None
        self.__is_in_use__ = False

    def __repr__(self) -> str:
        if not hasattr(self, "__socket__"):  # a debugger may show one whose constructor raised
            return f"<{type(self).__name__} that was not made>"
        return f"<{type(self).__name__} of {self.__connections__.base_url}, {'open' if self.is_open else 'closed'}>"

    @property
    def is_open(self) -> bool:
        """Whether decisions can be asked for: within the `async with` block."""
        return self.__socket__ is not None

    @property
    def count(self) -> int:
        """How many decisions have come."""
        return self.__session__.count

    @property
    def limits(self) -> Mapping[str, JsonValue]:
        """What the server allows, such as `max_inflight`, as it said when it opened the session."""
        return self.__session__.limits

    @property
    def stats(self) -> Mapping[str, JsonValue]:
        """The totals of the session, once it is closed; empty if the server sent none."""
        return self.__session__.stats

    async def send(
        self,
        image: ImageSource | None = None,
        *,
        state: str | Mapping[str, object] | Sequence[object] | None = None,
    ) -> SystemOneResponse:
        """Ask for one decision, and wait for it.

        Args:
            image: An image of at most 5 MiB: a path, bytes, an open file, a Pillow image or an array, and no URL.
            state: What this decision and the following ones are about; by default, it stays as it is.

        Raises:
            InputError: An argument cannot be used.
            RequestTimeoutError: The decision did not come in time.
            APIError: The server refuses, or has closed the session.
        """
        with discreet_errors(), self.__alone__():
            part = await self.__part__("image", image)
            changed = None if state is None else as_json("state", state)
            total = self.__timeout__()
            socket = await self.__ready__(total)
            if state is not None and changed != self.__state__:
                while self.__session__.pending:  # they are about the state before
                    await self.__receive__(socket, total)
                await socket.send(self.__session__.state(changed), total)
                self.__state__ = changed
            key = await self.__ask__(socket, part, total)
            return await self.__answer__(socket, key, total)

    def map(self, images: Iterable[ImageSource]) -> AsyncIterator[FrameDecision]:
        """Ask for a decision about each image, several at once, and iterate over the decisions in the same order.

        Images are taken from `images` as the decisions come, so it may be endless; a decision is billed once it is
        asked for. If the session ends early, the error's `body` has the decisions that came and were not returned.

        Args:
            images: Images, as for `send`.

        Raises:
            InputError: An image cannot be used.
            RequestTimeoutError: A decision did not come in time.
            APIError: The server refuses, or has closed the session.
        """
        return self.__mapped__(images)

    async def close(self) -> None:
        """Close the session, and receive its `stats`. Closing twice is harmless."""
        await self.__end__(is_polite=True)

    async def __aenter__(self) -> Self:
        if self.__socket__ is None:
            with discreet_errors(), self.__alone__():
                await self.__open__(self.__timeout__())
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.__end__(is_polite=exc_type is None)

    # Names with two underscores on each side, because jedi completes every other name of the source.

    @contextmanager
    def __alone__(self) -> Generator[None]:
        if self.__is_in_use__:
            raise ClientError(
                "Another call uses this session.", suggestion="use map(...), or open a session for each task or thread."
            )
        self.__is_in_use__ = True
        try:
            yield
        except APIError as error:
            add_rest(error, self.__session__)
            raise
        finally:
            self.__is_in_use__ = False

    async def __mapped__(self, images: Iterable[ImageSource]) -> AsyncIterator[FrameDecision]:
        asked: deque[tuple[int, str]] = deque()
        try:
            for index, image in enumerate(images):
                with discreet_errors(), self.__alone__():
                    part = await self.__part__(f"images[{index}]", image)
                    total = self.__timeout__()
                    asked.append((index, await self.__ask__(await self.__ready__(total), part, total)))
                if len(asked) >= self.__session__.window:
                    yield await self.__taken__(asked)
            while asked:
                yield await self.__taken__(asked)
        finally:
            for _, key in asked:
                self.__session__.forget(key)

    def __timeout__(self) -> TotalTimeout | None:
        chosen = self.__options__.timeout
        seconds = self.__connections__.timeout if isinstance(chosen, NotGiven) else chosen
        return None if seconds is None else TotalTimeout(seconds)

    async def __open__(self, total: TotalTimeout | None) -> AsyncWebSocket:
        call = Call("GET", ("ws",), nothing)
        socket = await self.__connections__.async_transport.connect(call, self.__options__.without_body())
        try:
            await socket.send(self.__session__.begin(), total)
            while not self.__session__.limits:
                await self.__receive__(socket, total)
            if self.__state__ not in (None, ""):
                await socket.send(self.__session__.state(self.__state__), total)
        except BaseException:
            await socket.aclose()
            raise
        self.__socket__ = socket
        return socket

    async def __ready__(self, total: TotalTimeout | None) -> AsyncWebSocket:
        """The open session; one that was closed while nothing was asked is opened again."""
        socket = self.__socket__
        if socket is None:
            raise ClientError(
                "This session is not open.", suggestion="use it in a with block: with systemone.stream(...) as stream."
            )
        if self.__session__.pending or await socket.is_alive(total):
            return socket
        self.__socket__ = None
        await socket.aclose()
        return await self.__open__(total)

    async def __part__(self, argument: str, image: object) -> object:
        if image is None:
            return None
        return await waiting.async_in_thread(image_on_wire, argument, image, self.__detail__)

    async def __ask__(self, socket: AsyncWebSocket, part: object, total: TotalTimeout | None) -> str:
        while self.__session__.pending >= self.__session__.window:
            await self.__receive__(socket, total)
        key, message = self.__session__.decide(part)
        await socket.send(message, total)
        return key

    async def __answer__(self, socket: AsyncWebSocket, key: str, total: TotalTimeout | None) -> SystemOneResponse:
        try:
            while (response := self.__session__.take(key)) is None:
                await self.__receive__(socket, total)
        except BaseException:  # a cancelled task, too, does without it
            self.__session__.forget(key)
            raise
        return response

    async def __taken__(self, asked: deque[tuple[int, str]]) -> FrameDecision:
        with discreet_errors(), self.__alone__():
            socket, total = self.__socket__, self.__timeout__()
            if socket is None:
                raise ClientError("This session was closed.", suggestion="iterate within the with block.")
            index, key = asked.popleft()
            return FrameDecision(index, await self.__answer__(socket, key, total))

    async def __receive__(self, socket: AsyncWebSocket, total: TotalTimeout | None) -> None:
        message = await socket.receive(total)
        try:
            self.__session__.read(message)
        except APIError as error:
            raise socket.told(error) from None

    async def __end__(self, *, is_polite: bool) -> None:
        socket, self.__socket__ = self.__socket__, None
        if socket is None:
            return
        try:
            if is_polite:
                with suppress(APIError):
                    total = TotalTimeout(_CLOSING_SECONDS)
                    await socket.send(self.__session__.end(), total)
                    while not self.__session__.stats:
                        await self.__receive__(socket, total)
        finally:
            await socket.aclose()
