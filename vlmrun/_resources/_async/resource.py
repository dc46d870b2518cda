"""What all resources of a client have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlmrun._http.raw import RawResponse, Recorder
from vlmrun._resources.connections import Connections
from vlmrun.client.exceptions import ResponseValidationError

if TYPE_CHECKING:
    from vlmrun.protocols import ClientConfig

__all__ = ["AsyncResource"]


class AsyncResource:
    """A part of VLM Run's API."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client.

        Args:
            client: Where VLM Run is and how to call it: a client, or anything with the same four values.

        Raises:
            ConfigurationError: One of the four values cannot be used.
        """
        self._connections = Connections.of(client)
        self._transport = self._connections.async_transport

    # `Any`, because the generated methods that return it say what the method that it calls returns.
    async def _recorded(self, method: str, /, *arguments: object, **options: object) -> RawResponse[Any]:
        """Call a method, and keep the last HTTP response that it had. One that cannot be read is not raised here."""
        recorder = Recorder()
        resource = type(self)(self._connections.recorded_by(recorder))
        value: object
        try:
            value = await getattr(resource, method)(*arguments, **options)
        except ResponseValidationError as error:
            if recorder.response is None:
                raise
            value = error
        if recorder.response is None:
            raise RuntimeError(f"{method} sent nothing")  # a method of ours without a request
        return RawResponse(recorder.response, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._connections.base_url}>"

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name.startswith("__") or not name.startswith("_")]
