"""Timeouts for an answer as a whole. HTTP clients count each read anew, so that a trickle of bytes can last forever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from vlmrun.client._deadline import Deadline

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx2
    from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream, NetworkBackend, NetworkStream

__all__ = ["TotalTimeout", "keep_total_timeouts", "share_timeout"]


class TotalTimeout(float):
    """A timeout in seconds that several waits share; the clock starts with the first of them."""

    _deadline: Deadline | None = None

    def left(self) -> float:
        """Seconds that are left, 0 once there are none."""
        if self._deadline is None:
            self._deadline = Deadline(float(self))
        return self._deadline.left() or 0.0

    def restart(self) -> None:
        """Begin anew, at the next wait."""
        self._deadline = None


def share_timeout(request: httpx2.Request) -> TotalTimeout | None:
    """Let all reads of the answer to a request share its read timeout.

    So do the writes of a JSON body. A file may take as long as it goes forward.

    Args:
        request: The request, whose timeouts are replaced; redirects of it have them, too.

    Returns:
        The timeout, or `None` where there is none.
    """
    timeouts = request.extensions.get("timeout", {})
    seconds = timeouts.get("read")
    if seconds is None:
        return None
    total = TotalTimeout(seconds)
    shared = {"read": total}
    if request.headers.get("content-type") == "application/json":
        shared["write"] = total
    request.extensions = {**request.extensions, "timeout": {**timeouts, **shared}}
    return total


def keep_total_timeouts(client: httpx2.Client | httpx2.AsyncClient, too_late: type[Exception]) -> None:
    """Make a client keep to `TotalTimeout`s, through whatever proxies the environment has for it.

    Args:
        client: The client, new.
        too_late: What it raises where a read takes too long: `ReadTimeout` of the httpcore that it stands on.
    """
    # The one place that knows how httpx is made inside: httpcore takes a network of one's own, and httpx has no public
    # way to hand it one that leaves its proxies and certificates as they are. In a release that is made otherwise each
    # read is counted by itself, as without this; tests/integration/test_total_timeouts.py is red then.
    mounts: dict[object, object] = getattr(client, "_mounts", {})
    for transport in (getattr(client, "_transport", None), *mounts.values()):
        pool = getattr(transport, "_pool", None)
        network = getattr(pool, _NETWORK, None)
        if network is not None:
            bounded = _Network(network, too_late) if hasattr(pool, "close") else _AsyncNetwork(network, too_late)
            setattr(pool, _NETWORK, bounded)


_NETWORK = "_network_backend"


def _left(timeout: float | None, too_late: type[Exception]) -> float | None:
    """What a wait may take of its timeout."""
    if not isinstance(timeout, TotalTimeout):
        return timeout
    left = timeout.left()
    if left <= 0:
        raise too_late("The answer takes too long as a whole.")
    return left


# httpcore's own interfaces of a network. They are not inherited from, because there are two of httpcore.

_SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class _Network:
    def __init__(self, network: NetworkBackend, too_late: type[Exception]) -> None:
        self._network = network
        self._too_late = too_late

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> _Stream:
        stream = self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self._too_late)

    def sleep(self, seconds: float) -> None:
        self._network.sleep(seconds)


class _Stream:
    def __init__(self, stream: NetworkStream, too_late: type[Exception]) -> None:
        self._stream = stream
        self._too_late = too_late

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, self._too_late))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, self._too_late))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._too_late)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _AsyncNetwork:
    def __init__(self, network: AsyncNetworkBackend, too_late: type[Exception]) -> None:
        self._network = network
        self._too_late = too_late

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> _AsyncStream:
        stream = await self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return _AsyncStream(stream, self._too_late)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class _AsyncStream:
    def __init__(self, stream: AsyncNetworkStream, too_late: type[Exception]) -> None:
        self._stream = stream
        self._too_late = too_late

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, _left(timeout, self._too_late))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, _left(timeout, self._too_late))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _AsyncStream:
        return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._too_late)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
