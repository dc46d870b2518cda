"""The base class of the resources of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlmrun._lifetimes.names import later
from vlmrun._resources.connections import Connections
from vlmrun._resources.own_names import take_names
from vlmrun.client.exceptions import ResponseValidationError

if TYPE_CHECKING:
    from vlmrun._http._async.transport import AsyncTransport
    from vlmrun._http.raw import RawResponse
    from vlmrun.protocols import ClientConfig
else:
    ClientConfig = later("vlmrun.protocols", "ClientConfig")

__all__ = ["AsyncResource", "recorded"]


class AsyncResource:
    """A part of VLM Run's API."""

    def __init__(self, client: ClientConfig) -> None:
        """Create the resource of a client.

        Args:
            client: A client, or any object with an `api_key`, a `base_url`, a `timeout` and `max_retries`.

        Raises:
            ConfigurationError: One of the four values is invalid.
        """
        # Names with two underscores on each side, because jedi completes every other name of the source, whatever the
        # stub says; and `dir()` would list it.
        self.__connections__: Connections = Connections.of(client)

    @property
    def __transport__(self) -> AsyncTransport:
        # Not set by the constructor: it imports what native calls need, and chats do without that.
        return self.__connections__.async_transport

    if not TYPE_CHECKING:  # type checkers would accept any name

        def __getattr__(self, name: str) -> object:
            from vlmrun._resources.hints import refuse  # here, because right names need none

            return refuse(self, name)

        def __init_subclass__(cls) -> None:
            super().__init_subclass__()
            take_names(cls)

    def __repr__(self) -> str:
        if not hasattr(self, "__connections__"):  # a debugger may show one whose constructor raised
            return f"<{type(self).__name__} that was not made>"
        return f"<{type(self).__name__} of {self.__connections__.base_url}>"


# `Any`, because the generated methods that call this declare the type.
async def recorded(resource: AsyncResource, method: str, /, *arguments: object, **options: object) -> RawResponse[Any]:
    """Call a method and keep the last HTTP response. `ResponseValidationError` is raised by `parse()` instead."""
    from vlmrun._http.raw import RawResponse, Recorder

    recorder = Recorder()
    recording = type(resource)(resource.__connections__.recorded_by(recorder))
    value: object
    try:
        value = await getattr(recording, method)(*arguments, **options)
    except ResponseValidationError as error:
        if recorder.response is None:
            raise
        value = error
    if recorder.response is None:
        raise RuntimeError(f"{method} sent nothing")  # a bug: a method without a request
    return RawResponse(recorder.response, value)
