"""Downloads from URLs that lead to any host."""

from __future__ import annotations

from collections.abc import Mapping

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import Configuration
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._http._async.guards import AsyncGuard
from vlmrun._http._async.transport import AsyncTransport
from vlmrun._http.answers import retrieved
from vlmrun._http.call import Sink
from vlmrun._http.requests import build_get
from vlmrun._http.strangers import Bounded, Limits
from vlmrun._lifetimes.deadline import Deadline

__all__ = ["async_fetch"]


async def async_fetch(
    url: str, sink: Sink, limits: Limits, config: Configuration, options: CallOptions
) -> Mapping[str, str]:
    """Write what lies at a URL to a sink; neither key nor headers of a client are sent.

    Args:
        url: The URL: http or https.
        sink: Receives the content.
        limits: What the download may take.
        config: The certificates, the retries and the timeout, which restarts with each chunk unless there is a limit.
        options: The options of the call, of which the timeout counts.

    Returns:
        The response headers.

    Raises:
        InputError: The URL does not lead to a public address.
        APIError: The download failed.
    """
    with discreet_errors():
        guard = AsyncGuard(config.connections, allow_private=limits.allow_private)

        async def pool() -> AsyncGuard:
            return guard

        try:
            transport = AsyncTransport(config, pool)
            deadline = Deadline(limits.timeout)
            ending = await transport.retrieve(build_get(url), Bounded(sink, limits.max_bytes), options, deadline)
            return retrieved(ending)
        finally:
            await guard.aclose()
