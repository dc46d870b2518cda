"""The arguments of hooks: a request and its outcome, without secrets."""

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
    """The outcome of a request."""

    method: str
    """The HTTP method."""
    url: str
    """The same as `RequestInfo.url`."""
    attempt: int
    """The same as `RequestInfo.attempt`."""
    seconds: float
    """Time from sending the request until the response headers arrived, or until it failed."""
    status: int | None
    """The HTTP status code; `None` if there was no response."""
    error: str | None
    """Why there was no response, such as `"ConnectError"`; `None` if there was one."""
