"""How the attempts of a call ended, and the attributes of its error."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2

from vlmrun._http.long_polls import gave_up
from vlmrun._http.request_ids import request_id_of
from vlmrun._http.retries import Outcome
from vlmrun._http.shown_urls import shown_url
from vlmrun.client.exceptions import APIError

__all__ = ["Ending", "telling"]

E = TypeVar("E", bound=APIError)


@dataclass(frozen=True)
class Ending:
    """How the attempts of a call ended."""

    outcome: Outcome = field(repr=False)
    """The outcome of the last attempt."""
    request: httpx2.Request = field(repr=False)
    """The request that each attempt sent."""
    attempts: int
    """The number of attempts."""
    seconds: float
    """The duration of all attempts and of the pauses between them."""

    @property
    def request_id(self) -> str | None:
        """The server's id for the last attempt, from the `x-request-id` header; `None` if it sent none."""
        return request_id_of(self.outcome.headers) if isinstance(self.outcome, httpx2.Response) else None

    def told_by(self, error: E) -> E:
        """The error, with the attributes that say which call failed."""
        error.method = self.request.method
        error.url = shown_url(self.request)
        error.attempts = self.attempts
        error.seconds = self.seconds
        if isinstance(self.outcome, httpx2.Response) and not gave_up(self.outcome):
            error.http_status = error.http_status or self.outcome.status_code
            error.request_id = error.request_id or self.request_id
        return error


@contextmanager
def telling(ending: Ending | None) -> Generator[None]:
    """Errors of the block say which call they came by, if it is known."""
    try:
        yield
    except APIError as error:
        if ending is not None:
            ending.told_by(error)
        raise
