"""How the attempts of a call ended, and how an error tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import httpx2

from vlmrun._http.long_polls import gave_up
from vlmrun._http.retries import Outcome
from vlmrun.client.exceptions import APIError

__all__ = ["Ending"]

E = TypeVar("E", bound=APIError)


@dataclass(frozen=True)
class Ending:
    """How the attempts of a call ended.

    Attributes:
        outcome: The outcome of the last of them.
        request: What was sent each time.
        attempts: How many there were.
        seconds: How long they took together, with the pauses between them.
    """

    outcome: Outcome = field(repr=False)
    request: httpx2.Request = field(repr=False)
    attempts: int
    seconds: float

    @property
    def request_id(self) -> str | None:
        """The server's id for the last attempt, from the `x-request-id` header; `None` if it sent none."""
        return self.outcome.headers.get("x-request-id") if isinstance(self.outcome, httpx2.Response) else None

    def told_by(self, error: E) -> E:
        """The error, which now says which call failed."""
        error.method = self.request.method
        error.url = _url(self.request)
        error.attempts = self.attempts
        error.seconds = self.seconds
        if isinstance(self.outcome, httpx2.Response) and not gave_up(self.outcome):
            error.http_status = error.http_status or self.outcome.status_code
            error.request_id = error.request_id or self.request_id
        return error


def _url(request: httpx2.Request) -> str:
    """A URL without what may be a secret: its query, a password; of a presigned URL all but the host."""
    url = request.url
    path = "/..." if request.method == "PUT" else url.raw_path.decode("ascii").partition("?")[0]
    return f"{url.scheme}://{url.netloc.decode('ascii')}{path}"
