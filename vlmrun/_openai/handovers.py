"""The handover of a chat from OpenAI's client, which builds the request, to the native call that sends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

import httpx2
import pydantic

from vlmrun._arguments.call_options import CallOptions
from vlmrun._http.call import Call
from vlmrun._http.ending import Ending
from vlmrun._http.errors import refusal
from vlmrun._lifetimes.deadline import Deadline
from vlmrun._openai.door import httpx, openai
from vlmrun.client import exceptions

__all__ = ["CHAT", "arguments_of", "error_of", "handed_back", "refused"]

CHAT = Call("POST", ("openai", "chat", "completions"), pydantic.TypeAdapter(dict[str, object]).validate_json)
"""The native call. OpenAI's client builds its body and parses its response, a JSON object or an error."""

_NAMED = ("model", "messages", "response_format")  # the parameters of `create`
_NOT_AGAIN = {"x-should-retry": "false"}
_OF_THE_BODY = ("content-encoding", "content-length", "content-type")


def arguments_of(chat: Mapping[str, object], options: CallOptions, deadline: Deadline) -> dict[str, object]:
    """The arguments for `create`.

    Args:
        chat: The members of the body; those that are `None` are left out.
        options: The options of this call.
        deadline: When to give up.
    """
    given = {name: value for name, value in chat.items() if value is not None}
    arguments = {name: given.pop(name) for name in _NAMED if name in given}
    extras = {
        "extra_body": {**given, **(options.extra_body or {})} or None,
        "extra_headers": options.extra_headers,
        "extra_query": options.extra_query,
    }
    arguments["timeout"] = deadline.seconds
    return arguments | {name: value for name, value in extras.items() if value is not None}


def handed_back(ending: Ending, request: httpx.Request) -> httpx.Response:
    """The response of a native call for OpenAI's client, which parses only responses that declare JSON."""
    answer = cast("httpx2.Response", ending.outcome)
    headers = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in _OF_THE_BODY]
    response = httpx.Response(
        answer.status_code,
        headers=[*headers, ("content-type", "application/json")],
        content=answer.content,
        request=request,
    )
    response.elapsed = timedelta(seconds=ending.seconds)
    return response


def refused(error: exceptions.VLMRunError, request: httpx.Request, ending: Ending | None = None) -> httpx.Response:
    """The response that reports an error to OpenAI's client.

    Not an exception, because only a response can tell OpenAI's client not to retry the request.
    """
    if ending is not None and isinstance(ending.outcome, httpx2.Response) and ending.outcome.is_error:
        response = handed_back(ending, request)
        response.headers.update(_NOT_AGAIN)
        return response
    is_late = isinstance(error, exceptions.RequestTimeoutError)
    told = {"error": {"message": error.message, "type": error.error_type}}
    return httpx.Response(504 if is_late else 502, headers=_NOT_AGAIN, json=told, request=request)


def error_of(error: openai.OpenAIError) -> exceptions.APIError:
    """The error for an OpenAI error without a request of ours: `create` was replaced."""
    if isinstance(error, openai.APIStatusError):
        return refusal(error.response)
    if isinstance(error, openai.APITimeoutError):
        return exceptions.RequestTimeoutError(error.message, error_type="timeout")
    if isinstance(error, openai.APIConnectionError):
        return exceptions.NetworkError(error.message, error_type="connection")
    return exceptions.APIError(str(error))
