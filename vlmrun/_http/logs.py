"""The logger `vlmrun`: one line per request at INFO, retries included. Queries, headers and bodies are never logged.

`VLMRUN_LOG=info` (or `debug`) prints it, as `OPENAI_LOG` does for chats.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from vlmrun._http.request_ids import request_id_of
from vlmrun._http.shown_urls import shown_path

if TYPE_CHECKING:
    import httpx2

    from vlmrun._http.retries import Outcome

__all__ = ["log_answer", "log_request", "log_retry", "print_logs"]

_logger = logging.getLogger("vlmrun")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def print_logs(level: str) -> None:
    """Print records of this level and above to stderr, unless the program has its own handlers.

    Args:
        level: The value of `VLMRUN_LOG`; unknown values are ignored.
    """
    number = _LEVELS.get(level.strip().lower())
    if number is not None:
        logging.basicConfig(format="[%(asctime)s - %(name)s - %(levelname)s] %(message)s", datefmt="%Y-%m-%d %H:%M:%S")
        _logger.setLevel(number)


def log_request(request: httpx2.Request, attempt: int) -> None:
    """Log that a request is sent."""
    if not _logger.isEnabledFor(logging.DEBUG):  # most calls: their URL need not be taken apart
        return
    _logger.debug("%s %s: sending (attempt %d)", request.method, shown_path(request), attempt)


def log_answer(request: httpx2.Request, outcome: Outcome, attempt: int, seconds: float) -> None:
    """Log the outcome of a request."""
    if not _logger.isEnabledFor(logging.INFO):
        return
    request_id = request_id_of(getattr(outcome, "headers", {}))
    _logger.info(
        "%s %s: %s in %d ms (attempt %d%s)",
        request.method,
        shown_path(request),
        _told(outcome),
        round(1000 * seconds),
        attempt,
        f", request id {request_id}" if request_id else "",
    )


def log_retry(request: httpx2.Request, outcome: Outcome, delay: float) -> None:
    """Log that a request will be retried, why and when."""
    _logger.info("%s %s: retrying in %.1f s after %s", request.method, shown_path(request), delay, _told(outcome))


def _told(outcome: Outcome) -> str:
    """The status of a response, or the class of the error, whose text may quote a URL."""
    status: object = getattr(outcome, "status_code", None)
    return type(outcome).__name__ if status is None else str(status)
