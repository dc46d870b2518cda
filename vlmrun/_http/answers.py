"""From the last outcome of a call to what it returns or raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx2
import pydantic

from vlmrun._arguments.validation import problems, validated
from vlmrun._http.call import Call
from vlmrun._http.errors import body_of, kind_of, no_answer, refusal, too_late
from vlmrun._http.long_polls import gave_up
from vlmrun._http.retries import Outcome
from vlmrun.client import exceptions

__all__ = ["downloaded", "result", "stored"]

T = TypeVar("T")


def result(call: Call[T], outcome: Outcome) -> T:
    """What the call returns or raises, given its last outcome."""
    response = _success(outcome)
    result = validated(call.read, response.content)
    if isinstance(result, pydantic.ValidationError):
        raise exceptions.ResponseValidationError(
            f"The server said {response.status_code}, but its answer cannot be read: {problems(result)}.",
            http_status=response.status_code,
            headers=response.headers,
            body=body_of(response.content),
            request_id=response.headers.get("x-request-id"),
        )
    return result


def _answered(outcome: Outcome) -> httpx2.Response:
    """The answer, whatever it says."""
    if isinstance(outcome, httpx2.RequestError):
        raise no_answer(outcome) from outcome
    return outcome


def _success(outcome: Outcome) -> httpx2.Response:
    response = _answered(outcome)
    if gave_up(response):
        raise too_late("The chat was not answered in time.")
    if not response.is_success:
        raise refusal(response)
    return response


def downloaded(outcome: Outcome) -> Mapping[str, str]:
    """The headers of a body that was written to a file."""
    return _success(outcome).headers


def stored(outcome: Outcome) -> None:
    """What comes of a presigned upload. The storage's own words are left out: they may quote the signature."""
    response = _answered(outcome)
    if not response.is_success:
        status = response.status_code
        kind, _ = kind_of(status)
        raise kind(
            f"The storage refused the upload with {status}.", http_status=status, suggestion="upload the file again."
        )
