"""Whether and when a request is retried."""

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
    "seconds_of",
    "was_never_sent",
]

MAX_RETRY_AFTER_SECONDS = 60.0
FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 8.0
REFUSED_RETRIES = 2  # enough for a server that restarts

Outcome = httpx2.Response | httpx2.RequestError

# Raised before anything was sent: the server cannot have acted on the request.
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)

# TLS 1.3 refuses a client without a certificate after the handshake, so the first read fails.
_CONNECTING = (httpx2.ConnectError, httpx2.ProxyError, httpx2.ReadError)

# The server says that it has not begun: too many requests, unavailable, and System One's word for overloaded.
_NEVER_DONE = (429, 503, 529)


def retry_delay(method: str, outcome: Outcome, retries_done: int, max_retries: int) -> float | None:
    """Seconds to wait before the next attempt; `None` if there is none.

    A bad certificate and a host that does not exist are not retried, and a refused connection at most twice.
    A retry never does the work twice: a GET is retried after any temporary failure, a POST only if the server cannot
    have acted on it, that is after a failed connection attempt, 429, 503 or 529.

    Args:
        method: The HTTP method.
        outcome: The response, or the error if there was none.
        retries_done: Number of retries so far, from which the backoff grows.
        max_retries: Maximum number of retries.
    """
    if not _may_repeat(method, outcome) or retries_done >= _most_retries(outcome, max_retries):
        return None
    doublings = min(retries_done, 10)  # far above the longest backoff, far below overflow
    backoff = min(FIRST_BACKOFF_SECONDS * 2.0**doublings, MAX_BACKOFF_SECONDS)
    asked = _retry_after(outcome)
    if asked is None:
        return backoff * _jitter(0.5, 1.0)
    if asked > MAX_RETRY_AFTER_SECONDS:
        return None  # earlier would ignore the server, and waiting that long is for the caller to decide
    # Never earlier than requested, and not all clients at the same moment.
    return asked + _jitter(0.0, FIRST_BACKOFF_SECONDS)


def _most_retries(outcome: Outcome, max_retries: int) -> int:
    """The number of retries that can help: none for a bad or missing certificate or an unknown host."""
    cause = cause_of(outcome) if isinstance(outcome, _CONNECTING) else None
    if cause is None:
        return max_retries
    return min(max_retries, REFUSED_RETRIES if cause == "refused" else 0)


def _jitter(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311  # spreads retries over time; not for security


def _may_repeat(method: str, outcome: Outcome) -> bool:
    if isinstance(outcome, httpx2.RequestError):
        return isinstance(outcome, _NEVER_SENT if method == "POST" else httpx2.TransportError)
    status = outcome.status_code
    return status in _NEVER_DONE or (method != "POST" and (status == 408 or status >= 500))


def _retry_after(outcome: Outcome) -> float | None:
    """Seconds from `Retry-After`, given as a number or a date; `None` if the header is missing or invalid."""
    return None if isinstance(outcome, httpx2.RequestError) else seconds_of(outcome.headers.get("retry-after", ""))


def seconds_of(text: str) -> float | None:
    """Seconds from the value of a `Retry-After` header; `None` if it is missing or invalid."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        if moment.tzinfo is None:  # dates without a zone are UTC, like all dates in HTTP
            moment = moment.replace(tzinfo=timezone.utc)
        return max(moment.timestamp() - waiting.time(), 0.0)
    return seconds if seconds >= 0 else None


def was_never_sent(error: BaseException) -> bool:
    """Whether the error of a call says that its request was not sent, because there was no connection."""
    return isinstance(error.__cause__, _NEVER_SENT)
