"""Whether a call that failed may have been billed."""

from __future__ import annotations

from vlmrun._http.retries import was_never_sent
from vlmrun.client.exceptions import APIError, ExecutionError, PredictionError

__all__ = ["may_be_billed"]

_NOT_BEGUN = (503, 529)  # unavailable, and System One's word for overloaded


def may_be_billed(error: Exception) -> bool:
    """Whether the server may have done the work, given the error of the call that asked for it.

    Args:
        error: What `agent.run` raised. Of an error of another kind nothing is known.
    """
    if not isinstance(error, APIError):
        return False  # nothing was sent
    if isinstance(error, (ExecutionError, PredictionError)):
        return True
    if error.method not in (None, "POST"):
        return True  # the work had been started, and this call asked how it is
    if error.http_status is None:
        return error.method is not None and not was_never_sent(error)
    if error.http_status >= 500:
        return error.http_status not in _NOT_BEGUN
    return error.http_status < 400 or error.http_status == 408
