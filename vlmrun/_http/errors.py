"""From an answer, or from none, to the error that a native call raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from pydantic import JsonValue

from vlmrun._arguments.validation import place
from vlmrun._http.opening import no_free_connection
from vlmrun.client import exceptions

__all__ = ["body_of", "kind_of", "no_answer", "refusal", "said", "too_late"]

# Keyed by status: what to raise, and what to do about it.
_BY_STATUS: Mapping[int, tuple[type[exceptions.APIError], str | None]] = {
    400: (exceptions.ValidationError, None),
    401: (exceptions.AuthenticationError, "check the API key, from api_key=... or VLMRUN_API_KEY."),
    402: (exceptions.PaymentRequiredError, "add credits in the VLM Run dashboard."),
    403: (exceptions.PermissionDeniedError, "check what the API key may do in the VLM Run dashboard."),
    404: (exceptions.ResourceNotFoundError, None),
    408: (exceptions.RequestTimeoutError, None),
    409: (exceptions.ConflictError, None),
    413: (exceptions.RequestTooLargeError, None),
    422: (exceptions.UnprocessableEntityError, None),
    429: (exceptions.RateLimitError, "send fewer requests at a time, or raise max_retries."),
}


def no_answer(error: httpx2.RequestError) -> exceptions.APIError:
    url = error.request.url
    where = f"{url.scheme}://{url.netloc.decode('ascii')}"
    if isinstance(error, httpx2.PoolTimeout):
        return exceptions.RequestTimeoutError(
            f"No request to {where} was sent: {no_free_connection(error.request)} (PoolTimeout).",
            suggestion="raise max_connections=... or timeout=..., or send fewer requests at a time.",
            error_type="timeout",
        )
    if isinstance(error, httpx2.TimeoutException):
        return too_late(f"No answer from {where} in time ({type(error).__name__}).")
    return exceptions.NetworkError(
        f"No answer from {where}: {str(error) or type(error).__name__}.",
        suggestion="check base_url=... or VLMRUN_BASE_URL, and the network.",
        error_type="connection",
    )


def too_late(message: str) -> exceptions.RequestTimeoutError:
    return exceptions.RequestTimeoutError(
        message,
        suggestion="raise the client's timeout=..., in seconds, or pass None to wait without limit.",
        error_type="timeout",
    )


def refusal(response: httpx2.Response) -> exceptions.APIError:
    """The error that an answer other than a success is."""
    kind, suggestion = kind_of(response.status_code)
    body = body_of(response.content)
    said = _read_error(body)
    message = said.message or f"The server answered {response.status_code} {response.reason_phrase}".rstrip()
    return kind(
        message,
        http_status=response.status_code,
        headers=response.headers,
        body=body,
        request_id=said.id or response.headers.get("x-request-id"),
        suggestion=suggestion,
        error_type=said.type,
    )


def kind_of(status: int) -> tuple[type[exceptions.APIError], str | None]:
    return _BY_STATUS.get(status, (exceptions.ServerError if status >= 500 else exceptions.APIError, None))


def body_of(content: bytes) -> JsonValue:
    """The body as JSON where it is JSON, else as text, or `None` where there is none."""
    if not content:
        return None
    try:
        body: JsonValue = json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", errors="replace")
    return body


@dataclass(frozen=True)
class _ErrorBody:
    """Read the message, type and request id of an error body, in any of its known forms."""

    message: str | None = None
    type: str | None = None
    id: str | None = None


def said(body: JsonValue) -> str | None:
    """What an error's body says to people, whichever shape it has; text is what it says."""
    return _text(body) or _read_error(body).message


def _read_error(body: JsonValue) -> _ErrorBody:
    if not isinstance(body, dict):
        return _ErrorBody()
    detail = body.get("detail")
    error = body.get("error")
    if error is None and isinstance(detail, dict):
        error = detail.get("error", detail)
    if isinstance(error, dict):
        return _ErrorBody(_text(error.get("message")), _text(error.get("type")), _text(error.get("id")))
    if isinstance(detail, list):
        return _ErrorBody("; ".join(filter(None, map(_problem, detail))))
    return _ErrorBody(_text(error) or _text(detail))


def _problem(item: JsonValue) -> str | None:
    """One entry of a 422: where, and what."""
    if not isinstance(item, dict):
        return _text(item)
    message, where = _text(item.get("msg")), item.get("loc")
    return f"{place(where)}: {message}" if message and isinstance(where, list) else message


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
