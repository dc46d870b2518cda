"""The result or the error of a call, from its last outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx2
import pydantic

from vlmrun._arguments.validation import problems, validated
from vlmrun._http.bodies import body_of
from vlmrun._http.call import Call
from vlmrun._http.ending import Ending
from vlmrun._http.errors import kind_of, no_answer, refusal, unfinished
from vlmrun._http.long_polls import gave_up
from vlmrun._http.shown_urls import origin
from vlmrun._http.web_sockets import OPENED
from vlmrun.client import exceptions

__all__ = ["content_length", "downloaded", "fetched", "result", "retrieved", "stored", "upgraded"]

T = TypeVar("T")


def result(call: Call[T], ending: Ending) -> T:
    """Return the result of a call, or raise its error."""
    response = _success(ending)
    result = validated(call.read, response.content)
    if isinstance(result, pydantic.ValidationError):
        raise ending.told_by(
            exceptions.ResponseValidationError(
                f"The server said {response.status_code}, but its answer cannot be read: {problems(result)}.",
                headers=response.headers,
                body=body_of(response.content),
            )
        )
    return result


def _answered(ending: Ending) -> httpx2.Response:
    """The response, whatever its status."""
    if isinstance(ending.outcome, httpx2.RequestError):
        raise ending.told_by(no_answer(ending.outcome)) from ending.outcome
    return ending.outcome


def _success(ending: Ending) -> httpx2.Response:
    response = _answered(ending)
    if gave_up(response):
        raise ending.told_by(unfinished(response))
    if not response.is_success:
        raise ending.told_by(refusal(response))
    return response


def downloaded(ending: Ending) -> Mapping[str, str]:
    """The headers of a response whose body was written to a file."""
    return _success(ending).headers


def content_length(response: httpx2.Response) -> int | None:
    """How many bytes the content of a response has; `None` if it does not say, or says it of compressed bytes."""
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() and "content-encoding" not in response.headers else None


def upgraded(ending: Ending) -> httpx2.Response:
    """The response to a request for a WebSocket, which is not refused."""
    response = _answered(ending)
    return response if response.status_code == OPENED else _success(ending)


def stored(ending: Ending) -> None:
    """Raise if a presigned upload failed."""
    _of_storage(ending, "upload", "upload the file again.")


def fetched(ending: Ending) -> None:
    """Raise if a presigned download failed."""
    _of_storage(ending, "download", "call the method again: the URL may have expired.")


def retrieved(ending: Ending) -> Mapping[str, str]:
    """The headers of a download from any host; raise if it failed. The settings of a client are no remedy there."""
    try:
        response = _answered(ending)
    except exceptions.RequestTimeoutError as error:
        error.suggestion = "pass a longer timeout=..., in seconds."
        raise
    except exceptions.NetworkError as error:
        error.suggestion = "check the URL and the network; a proxy is used only with allow_private=True."
        raise
    if not response.is_success:
        status = response.status_code
        kind, _ = kind_of(status)
        where = origin(ending.request.url)
        suggestion = "check the URL, which may have expired."
        raise ending.told_by(kind(f"{where} refused the download with {status}.", suggestion=suggestion))
    return response.headers


def _of_storage(ending: Ending, purpose: str, suggestion: str) -> None:
    """Raise if the storage refused a request. Its own message is omitted: it may quote the signature."""
    response = _answered(ending)
    if not response.is_success:
        status = response.status_code
        kind, _ = kind_of(status)
        raise ending.told_by(kind(f"The storage refused the {purpose} with {status}.", suggestion=suggestion))
