"""Detection of broken responses to chats, so that OpenAI's client does not return them as successes.

On its own, it returns an empty string for a 204, the text of an HTML page instead of a completion, a completion without
choices for any other JSON, and a stream that ends silently where the connection was cut.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from pydantic_core import from_json

if TYPE_CHECKING:
    import httpx2

__all__ = ["EventWatch", "is_chat", "is_event_stream", "problem"]

_RAW_RESPONSE_HEADER = "x-stainless-raw-response"  # the header of both raw modes of OpenAI's client


def is_chat(request: httpx2.Request) -> bool:
    """Whether a request is for a completion, not for the raw response, which is returned as the server sent it.

    `with_raw_response` and `with_streaming_response` request the raw one.
    """
    # The raw path: this runs for every request, and httpx decodes the other one each time.
    is_asked = request.method == "POST" and request.url.raw_path.partition(b"?")[0].endswith(b"/chat/completions")
    return is_asked and _RAW_RESPONSE_HEADER not in request.headers


def is_event_stream(response: httpx2.Response) -> bool:
    """Whether a response is a stream of events."""
    return _is_of_type(response, "event-stream")


def problem(response: httpx2.Response, *, is_stream: bool) -> str | None:
    """Why a 2xx response to a chat is broken; `None` if it is not, or is not a 2xx response.

    Args:
        response: The response, read to its end unless it is a stream.
        is_stream: Whether the client streams it.
    """
    if not 200 <= response.status_code < 300:
        return None
    if is_stream:
        return None if is_event_stream(response) else "it is no stream of events"
    content = response.content
    if not content:
        return "it is empty"
    if not _is_of_type(response, "json"):
        return "its media type is not that of JSON"
    try:
        completion: object = from_json(content, cache_strings="keys")
    except ValueError:
        return "it is no JSON, or not whole, or nested too deeply"
    # A cast: nothing narrower is known about JSON.
    choices = cast("dict[str, object]", completion).get("choices") if isinstance(completion, dict) else None
    return None if isinstance(choices, list) else "it has no choices"


def _is_of_type(response: httpx2.Response, name: str) -> bool:
    return name in response.headers.get("content-type", "").partition(";")[0].lower()


_LONGEST_MARK = 32
_END_MARK = re.compile(rb"\ndata: ?\[DONE\]")
_FINISH_REASON = re.compile(rb'"finish_reason": ?"')
_EVENT_END = re.compile(rb"\r?\n\r?\n")
_DATA = re.compile(rb"\ndata:")


class EventWatch:
    """Finds the ends of events in a stream, and whether the chat is complete."""

    is_whole = False
    """Whether the end mark was seen, or a finish reason."""

    def __init__(self) -> None:
        # The last bytes, in which a mark may begin; the first line of an event follows a line end.
        self._tail = b"\n"
        self._has_data = False

    def ends_event(self, data: bytes) -> bool:
        """Process the next bytes; return whether an event ends in them. Comments, sent as keep-alive, do not count."""
        if self._tail == b"\n" and data.startswith(b"data: {") and data.endswith(b"}\n\n"):
            # The fast path for the common case: one or more whole events.
            self.is_whole = self.is_whole or _FINISH_REASON.search(data) is not None
            return True
        text = self._tail + data
        self.is_whole = self.is_whole or bool(_END_MARK.search(text) or _FINISH_REASON.search(text))
        *events, rest = _EVENT_END.split(text)
        is_event = False
        for event in events:
            is_event = is_event or self._has_data or _DATA.search(b"\n" + event) is not None
            self._has_data = False
        rest = b"\n" + rest if events else rest
        self._has_data = self._has_data or _DATA.search(rest) is not None
        self._tail = rest[-_LONGEST_MARK:]
        return is_event
