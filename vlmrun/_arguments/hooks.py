"""What hooks are told of a request and of its response: nothing that is secret."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RequestInfo", "ResponseInfo"]


@dataclass(frozen=True)
class RequestInfo:
    """A request that is about to be sent.

    Attributes:
        method: The HTTP method.
        url: The URL without credentials, query and fragment; for a host other than VLM Run's, without the path.
        attempt: 1 for the first attempt, 2 for the first retry.
    """

    method: str
    url: str
    attempt: int


@dataclass(frozen=True)
class ResponseInfo:
    """What came of a request.

    Attributes:
        method: The HTTP method.
        url: As `RequestInfo.url`.
        attempt: As `RequestInfo.attempt`.
        seconds: Time from sending the request until the response headers arrived, or until it failed.
        status: The HTTP status code; `None` if there was no response.
        error: Why there was no response, such as `"ConnectError"`; `None` if there was one.
    """

    method: str
    url: str
    attempt: int
    seconds: float
    status: int | None
    error: str | None
