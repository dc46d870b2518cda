"""What hooks are told of a request and of its response: nothing that is secret."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RequestInfo", "ResponseInfo"]


@dataclass(frozen=True)
class RequestInfo:
    """A request that is about to be sent."""

    method: str
    """The HTTP method."""
    url: str
    """The URL without credentials, query and fragment; for a host other than VLM Run's, without the path."""
    attempt: int
    """1 for the first attempt, 2 for the first retry."""


@dataclass(frozen=True)
class ResponseInfo:
    """What came of a request."""

    method: str
    """The HTTP method."""
    url: str
    """As `RequestInfo.url`."""
    attempt: int
    """As `RequestInfo.attempt`."""
    seconds: float
    """Time from sending the request until the response headers arrived, or until it failed."""
    status: int | None
    """The HTTP status code; `None` if there was no response."""
    error: str | None
    """Why there was no response, such as `"ConnectError"`; `None` if there was one."""
