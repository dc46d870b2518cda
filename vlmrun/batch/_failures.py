"""What a failed request means for its item, for the others and for the bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from vlmrun._arguments.validation import validated
from vlmrun._http.retries import seconds_of, was_never_sent
from vlmrun._resources.results import credits_used
from vlmrun.batch._results import BatchError
from vlmrun.client.exceptions import (
    AnswerError,
    APIError,
    AuthenticationError,
    ClientError,
    ExecutionError,
    ExecutionFailedError,
    NetworkError,
    OutputValidationError,
    PaymentRequiredError,
    PermissionDeniedError,
    PredictionFailedError,
    RateLimitError,
    RequestTimeoutError,
    ResponseValidationError,
    ServerError,
    VLMRunError,
)
from vlmrun.client.types import CreditUsage

__all__ = ["Verdict", "as_batch_error", "credits_of", "judge", "retry_after", "too_late"]

_STOPS = (AuthenticationError, PaymentRequiredError, PermissionDeniedError)
_NEVER_DONE = (503, 529)
_ENDED = (ExecutionFailedError, PredictionFailedError)


@dataclass(frozen=True)
class Verdict:
    """What to do after a failure."""

    action: Literal["refused", "again", "stop", "fail"]
    """`refused`: too many requests, which is nobody's fault. `again`: it may pass. `stop`: all items would
    fail alike. `fail`: the item has no output."""
    may_be_billed: bool
    """Whether the server may have done the work."""


def judge(error: VLMRunError, *, starts_work: bool) -> Verdict:
    """What a failure means.

    A request that starts work is sent again only if the server cannot have begun it; others are harmless to repeat.

    Args:
        error: The error of the request.
        starts_work: Whether the request starts work that is billed.
    """
    if isinstance(error, RateLimitError):
        return Verdict("refused", may_be_billed=False)
    if isinstance(error, _STOPS) or error.error_type == "closed":  # the client, for all items
        return Verdict("stop", may_be_billed=not starts_work)
    if isinstance(error, ClientError):
        return Verdict("fail", may_be_billed=not starts_work)
    if isinstance(error, _ENDED):
        return Verdict("fail", may_be_billed=True)
    passes = isinstance(error, (NetworkError, RequestTimeoutError, ServerError))
    if not starts_work:
        is_broken = isinstance(error, ResponseValidationError)  # on its way, perhaps
        return Verdict("again" if passes or is_broken else "fail", may_be_billed=True)
    if passes and _was_never_begun(error):
        return Verdict("again", may_be_billed=False)
    refused = isinstance(error, APIError) and error.http_status is not None and 400 <= error.http_status < 500
    return Verdict("fail", may_be_billed=not refused or isinstance(error, ResponseValidationError))


def _was_never_begun(error: VLMRunError) -> bool:
    if isinstance(error, APIError) and error.http_status in _NEVER_DONE:
        return True
    return was_never_sent(error)


def retry_after(error: APIError) -> float | None:
    """Seconds that the server asks to wait, from `Retry-After`; `None` if it does not say."""
    return seconds_of(error.headers.get("retry-after", ""))


def credits_of(error: VLMRunError) -> float | None:
    """What an answer cost that cannot be used; `None` if the server did not say."""
    if isinstance(error, ExecutionError):
        return None if error.execution is None else credits_used(error.execution.usage)
    body = error.body if isinstance(error, (AnswerError, OutputValidationError)) else None
    if not isinstance(body, dict):
        return None
    usage = validated(CreditUsage.model_validate, cast("dict[str, object]", body).get("usage"))
    return credits_used(usage) if isinstance(usage, CreditUsage) else None


def as_batch_error(error: VLMRunError, *, may_be_billed: bool) -> BatchError:
    """The value that is kept of an error."""
    return BatchError(
        error.message,
        kind=type(error).__name__,
        http_status=error.http_status if isinstance(error, APIError) else None,
        may_be_billed=may_be_billed,
        # A value has no text; the result that it is part of has.
        suggestion=None if error.suggestion is None else error.suggestion.replace("error.text", "result.text"),
        error_type=error.error_type,
    )


def too_late(seconds: float, id: str | None, *, is_execution: bool) -> BatchError:
    """The error of an item that took longer than it may."""
    kind = "ExecutionTimeoutError" if is_execution else "PredictionTimeoutError"
    what = f"{'Execution' if is_execution else 'Prediction'} {id}" if id else "The request"
    return BatchError(
        f"{what} did not finish within {seconds:.4g} s; it may still be running.",
        kind=kind if id else "RequestTimeoutError",
        may_be_billed=True,
        suggestion='run the job again with retry="failed": what has an id is waited for, not started again.'
        if id
        else "raise timeout=..., in seconds.",
        error_type="timeout",
    )
