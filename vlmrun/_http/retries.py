"""Whether a request is sent again, and when."""

from __future__ import annotations

import random
from datetime import timezone
from email.utils import parsedate_to_datetime

import httpx2

from vlmrun._http.causes import cause_of
from vlmrun._lifetimes import waiting

__all__ = [
    "FIRST_BACKOFF_SECONDS",
    "MAX_BACKOFF_SECONDS",
    "MAX_RETRY_AFTER_SECONDS",
    "REFUSED_RETRIES",
    "Outcome",
    "retry_delay",
]

MAX_RETRY_AFTER_SECONDS = 60.0
FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 8.0
REFUSED_RETRIES = 2  # enough for a server that restarts

Outcome = httpx2.Response | httpx2.RequestError

# Raised before a byte of the request has left: the server cannot have acted on it.
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


def retry_delay(method: str, outcome: Outcome, retries_done: int, max_retries: int) -> float | None:
    """Seconds to wait before the same request is sent again, or `None` to leave it at this outcome.

    A bad certificate and a host that does not exist are not retried, and a refused connection at most twice.
    Only what cannot do the work twice is repeated: a GET after any passing failure, a POST only where the server
    cannot have acted on it, that is where no connection came about, or it said 429 or 503.

    Args:
        method: The HTTP method.
        outcome: The answer, or why there is none.
        retries_done: How many retries have been made, from which the backoff grows.
        max_retries: How many may be made.
    """
    if not _may_repeat(method, outcome) or retries_done >= _most_retries(outcome, max_retries):
        return None
    doublings = min(retries_done, 10)  # far past the longest backoff, and far from overflow
    backoff = min(FIRST_BACKOFF_SECONDS * 2.0**doublings, MAX_BACKOFF_SECONDS)
    asked = _retry_after(outcome)
    if asked is None:
        return backoff * _jitter(0.5, 1.0)
    if asked > MAX_RETRY_AFTER_SECONDS:
        return None  # sooner than the server asks would be rude, and waiting that long belongs to the caller
    # Never before the moment asked for, and not all clients at that very moment.
    return asked + _jitter(0.0, FIRST_BACKOFF_SECONDS)


def _most_retries(outcome: Outcome, max_retries: int) -> int:
    """How many retries may help: none for a bad certificate or a host that does not exist."""
    cause = cause_of(outcome) if isinstance(outcome, (httpx2.ConnectError, httpx2.ProxyError)) else None
    if cause is None:
        return max_retries
    return min(max_retries, REFUSED_RETRIES if cause == "refused" else 0)


def _jitter(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311  # spreads clients over time, and guards nothing


def _may_repeat(method: str, outcome: Outcome) -> bool:
    if isinstance(outcome, httpx2.RequestError):
        return isinstance(outcome, _NEVER_SENT if method == "POST" else httpx2.TransportError)
    status = outcome.status_code
    return status in (429, 503) or (method != "POST" and (status == 408 or status >= 500))


def _retry_after(outcome: Outcome) -> float | None:
    """Seconds that the server asks to wait, from `Retry-After` as a number or a date; `None` where it does not say."""
    if isinstance(outcome, httpx2.RequestError):
        return None
    text = outcome.headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        if moment.tzinfo is None:  # the form that names no zone means UTC, as all dates of HTTP do
            moment = moment.replace(tzinfo=timezone.utc)
        return max(moment.timestamp() - waiting.time(), 0.0)
    return seconds if seconds >= 0 else None
