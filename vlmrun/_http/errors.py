"""The error that a native call raises, from its response or from the lack of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from pydantic import JsonValue

from vlmrun._arguments.config import ADD_API_KEY, DEFAULT_BASE_URL, MAX_CONNECT_SECONDS, NAMED_BY_CLIENT
from vlmrun._arguments.validation import place
from vlmrun._http.bodies import body_of
from vlmrun._http.causes import cause_of, certificate_problem
from vlmrun._http.limits import ASKED
from vlmrun._http.request_ids import request_id_of
from vlmrun._http.shown_urls import is_named_by_server, origin, shown_url
from vlmrun._http.sockets import PROXY
from vlmrun.client import exceptions

__all__ = [
    "NAMED_BY",
    "error_of_message",
    "in_seconds",
    "kind_of",
    "no_answer",
    "no_api_key",
    "refusal",
    "said",
    "unfinished",
]

# By status: the class of the error, and its suggestion.
_BY_STATUS: Mapping[int, tuple[type[exceptions.APIError], str | None]] = {
    400: (exceptions.ValidationError, None),
    401: (exceptions.AuthenticationError, "check the API key, from api_key=... or VLMRUN_API_KEY."),
    402: (exceptions.PaymentRequiredError, "add credits in the VLM Run dashboard."),
    403: (
        exceptions.PermissionDeniedError,
        "check the API key, from api_key=... or VLMRUN_API_KEY, and its permissions in the VLM Run dashboard.",
    ),
    404: (exceptions.ResourceNotFoundError, None),
    407: (exceptions.NetworkError, None),
    408: (exceptions.RequestTimeoutError, None),
    409: (exceptions.ConflictError, None),
    413: (exceptions.RequestTooLargeError, None),
    422: (exceptions.UnprocessableEntityError, None),
    429: (exceptions.RateLimitError, "send fewer requests at a time, or raise max_retries."),
}


_TIMEOUT = "pass a longer timeout=..., in seconds, to this method or to the client; timeout=None waits without limit."
_CONNECT = "pass a longer connect=... in timeout=httpx2.Timeout(...) to the client"
_PROXY = "check proxy=..., HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; NO_PROXY names the hosts to reach directly."
_CREDENTIALS = "put them into the URL of proxy=... or HTTPS_PROXY: http://user:password@proxy.example.com:8080."

NAMED_BY = "vlmrun_named_by"
"""The extension of a request with the options that name its host, such as `base_url=... or VLMRUN_BASE_URL`."""


def no_api_key(what: str) -> exceptions.AuthenticationError:
    """The error of a client without a key. Nothing was sent."""
    return exceptions.AuthenticationError(
        f"api_key is missing, and {what} requires one.", suggestion=ADD_API_KEY, error_type="missing_api_key"
    )


def no_answer(error: httpx2.RequestError) -> exceptions.APIError:
    """The error of a request without a response."""
    where, named = origin(error.request.url), _named_by(error.request)
    reach = f"check {f'{named}, ' if named else ''}the network and the proxy."
    known: str | None = error.request.extensions.get(PROXY)
    proxy = f"The proxy {known}" if known else "The proxy"
    if isinstance(error, httpx2.PoolTimeout):
        return exceptions.RequestTimeoutError(
            f"No request to {where} was sent: no connection was free{_within(error.request, 'read')} (PoolTimeout).",
            suggestion="raise max_connections=... or timeout=..., or send fewer requests at a time.",
            error_type="timeout",
        )
    if isinstance(error, httpx2.ConnectTimeout):
        return exceptions.RequestTimeoutError(
            f"Could not connect to {f'the proxy {known}' if known else where}{_within(error.request, 'connect')}.",
            suggestion=_longer_connect(error.request, _PROXY if known else reach),
            error_type="timeout",
        )
    if isinstance(error, httpx2.TimeoutException):
        return _too_late(f"No response from {where}{_within(error.request, 'read')}.")
    message, suggestion = (
        f"No answer from {where}: {_said(error)}.",
        f"check {named}, and the network." if named else reach,
    )
    cause = cause_of(error)
    if cause == "certificate":
        message = f"The TLS certificate of {where} was not accepted: {certificate_problem(error)}."
        checked = f"{named} and the proxy" if named else "the proxy"
        suggestion = (
            f"pass your certificate authority's file as verify=..., name it in SSL_CERT_FILE, or check {checked}."
        )
    elif cause == "client certificate":
        message = f"{where} requires a client certificate."
        suggestion = "pass cert=..., the path of the certificate, or (certificate, key)."
    elif cause == "proxy credentials":
        message, suggestion = f"{proxy} requires a user name and password: {_said(error)}.", _CREDENTIALS
    elif known and cause == "unknown host":
        message, suggestion = f"The host of the proxy {known} is unknown.", _PROXY
    elif known and cause == "refused":
        message, suggestion = f"{proxy} refused the connection: nothing listens there.", _PROXY
    elif isinstance(error, httpx2.ProxyError):
        message, suggestion = f"{proxy} did not connect to {where}: {_said(error)}.", _PROXY
    elif cause == "unknown host":
        message = f"The host of {where} is unknown."
        suggestion = f"check the spelling of {named}, and the DNS." if named else "check the DNS."
    elif cause == "refused":
        message = f"{where} refused the connection: nothing listens there."
        suggestion = f"start the server, or check the host and port of {named}." if named else reach
    return exceptions.NetworkError(message, suggestion=suggestion, error_type="connection")


def _said(error: httpx2.RequestError) -> str:
    """What an error says, for the end of a sentence: some of httpcore's have a full stop."""
    return str(error).rstrip(".") or type(error).__name__


def unfinished(answer: httpx2.Response) -> exceptions.RequestTimeoutError:
    """The error of a long chat that was not finished in time."""
    return _too_late(f"The chat was not finished{_within(answer.request, 'read')}.")


def _too_late(message: str) -> exceptions.RequestTimeoutError:
    return exceptions.RequestTimeoutError(message, suggestion=_TIMEOUT, error_type="timeout")


def _longer_connect(request: httpx2.Request, check: str) -> str:
    """The suggestion for a request that found no connection in time: what to check, and which limit to raise."""
    limits: dict[str, float | None] = request.extensions.get("timeout", {})
    connect, whole = limits.get("connect"), limits.get("read")
    if connect is None or connect == MAX_CONNECT_SECONDS:  # nobody chose it
        return check
    return f"{_TIMEOUT[:-1] if connect == whole else _CONNECT}, or {check}"


def _within(request: httpx2.Request, what: str) -> str:
    limits: dict[str, float | None] = request.extensions.get("timeout", {})
    limit = limits.get(what)
    if limit == limits.get("read"):  # perhaps what was left of the timeout that the user chose
        limit = request.extensions.get(ASKED)
    return "" if limit is None else f" within {in_seconds(limit)}"


def in_seconds(number: float) -> str:
    """A time in words, such as `2.5 s`."""
    return f"{number:.0f} s" if number >= _WHOLE_SECONDS else f"{number:.2g} s"


_WHOLE_SECONDS = 10.0


def refusal(response: httpx2.Response) -> exceptions.APIError:
    """The error for a non-2xx response."""
    kind, suggestion = kind_of(response.status_code)
    body = body_of(response.content)
    said = _read_error(body)
    named = _named_by(response.request)
    if response.status_code == 404 and said.message in (None, "Not Found") and _has_no_version(response.request.url):
        ending = f", which ends in /v1, as {DEFAULT_BASE_URL} does" if named == NAMED_BY_CLIENT else ""
        suggestion = named and f"check {named}{ending}: {shown_url(response.request)} was requested."
    if response.status_code == 407:  # from a proxy, not from VLM Run
        said = _ErrorBody("The proxy requires a user name and password.", "connection")
        suggestion = _CREDENTIALS
    message = said.message or f"The server answered {response.status_code} {response.reason_phrase}".rstrip()
    return kind(
        message,
        http_status=response.status_code,
        headers=response.headers,
        body=body,
        request_id=said.id or request_id_of(response.headers),
        suggestion=suggestion,
        error_type=said.type,
    )


def _named_by(request: httpx2.Request) -> str | None:
    """The options that name the host of a request; `None` if the server has named it."""
    named: str = request.extensions.get(NAMED_BY, NAMED_BY_CLIENT)
    return None if is_named_by_server(request) else named


def _has_no_version(url: httpx2.URL) -> bool:
    return not any(re.fullmatch(r"v\d+", part) for part in url.path.split("/"))


def error_of_message(body: Mapping[str, JsonValue]) -> exceptions.APIError:
    """The error for a message that a server sends in a WebSocket."""
    found = _read_error({"detail": dict(body)})
    status = body.get("status")
    kind, suggestion = kind_of(status if isinstance(status, int) else 0)
    known = _text(body.get("error_type")) or _text(body.get("code"))
    return kind(found.message or "The server refused.", suggestion=suggestion, body=dict(body), error_type=known)


def kind_of(status: int) -> tuple[type[exceptions.APIError], str | None]:
    return _BY_STATUS.get(status, (exceptions.ServerError if status >= 500 else exceptions.APIError, None))


@dataclass(frozen=True)
class _ErrorBody:
    """Read the message, type and request id of an error body, in any of its known forms."""

    message: str | None = None
    type: str | None = None
    id: str | None = None


def said(body: JsonValue) -> str | None:
    """The message of an error body, in any of its known forms."""
    return _text(body) or _read_error(body).message


def _read_error(body: JsonValue) -> _ErrorBody:
    if not isinstance(body, dict):
        return _ErrorBody()
    detail = body.get("detail")
    error = body.get("error")
    if error is None and isinstance(detail, dict):
        error = detail.get("error", detail)
    if isinstance(error, dict):
        return _ErrorBody(
            _text(error.get("message")),
            _text(error.get("type")) or _text(error.get("error_type")),
            _text(error.get("id")),
        )
    if isinstance(detail, list):
        return _ErrorBody("; ".join(filter(None, map(_problem, detail))))
    return _ErrorBody(_text(error) or _text(detail) or _text(body.get("message")), _text(body.get("error_type")))


def _problem(item: JsonValue) -> str | None:
    """One entry of a 422 response: the field and its problem."""
    if not isinstance(item, dict):
        return _text(item)
    message, where = _text(item.get("msg")), item.get("loc")
    return f"{place(where)}: {message}" if message and isinstance(where, list) else message


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
