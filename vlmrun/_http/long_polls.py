"""Long chats: after about 150 s VLM Run redirects (303) to a polling URL, which is polled until the answer is ready.

Left alone, OpenAI's client takes a poll's 202 or 204 for the answer and returns an empty string, and takes a poll's
passing 429 or 5xx for a failed call, which it repeats: the work is then done twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vlmrun._http.timeouts import TotalTimeout

if TYPE_CHECKING:
    import httpx2

__all__ = ["Library", "LongPoll", "gave_up"]

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 10.0
_GAVE_UP = "vlmrun_gave_up"
_UNFINISHED = (202, 204, 408, 409, 429)
"""The answer is not ready, or the poll failed for a moment, for which OpenAI's client would repeat the POST."""


class Library(NamedTuple):
    """The names needed from httpx2, or from the httpx that older releases of openai use."""

    response: type[httpx2.Response]
    """Its class of responses."""
    transport_error: type[httpx2.TransportError]
    """The base class of its connection errors."""


class LongPoll:
    """Decides after each outcome of a request whether to poll again."""

    is_polling = False
    _pause = FIRST_PAUSE_SECONDS

    def __init__(self, request: httpx2.Request) -> None:
        self._request = request

    def after(self, error: httpx2.TransportError) -> httpx2.Request:
        """The poll to repeat after a connection error. If the request was not a poll, the error is raised."""
        self.is_polling = self.is_polling or (self._request.method == "POST" and error.request.method == "GET")
        if not self.is_polling:
            raise error
        return error.request

    def pause(self, response: httpx2.Response | None) -> float | None:
        """Seconds before the next poll; `None` if this response is final. Without a response, the poll failed."""
        if response is not None and any(hop.status_code == 303 for hop in response.history):
            self.is_polling = self.is_polling or self._request.method == "POST"
        if not (self.is_polling and _is_unfinished(response)):
            return None
        pause = self._pause
        self._pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        total = self._request.extensions.get("timeout", {}).get("read")
        if not isinstance(total, TotalTimeout):
            return pause
        left = total.left()
        return min(pause, left) if left > 0 else None

    def answer(self, response: httpx2.Response | None, request: httpx2.Request, library: Library) -> httpx2.Response:
        """The final response, or an error response that is not retried if the timeout has passed."""
        if response is not None and not (self.is_polling and _is_unfinished(response)):
            return response
        # A response, not an exception: only a response can tell OpenAI's client not to retry the POST.
        return library.response(
            504,
            headers={"x-should-retry": "false"},
            json={"error": {"message": "The chat was not finished within the timeout.", "type": "timeout"}},
            request=request,
            extensions={_GAVE_UP: True},
        )


def gave_up(response: httpx2.Response) -> bool:
    """Whether this response stands for a timeout and did not come from the server."""
    return _GAVE_UP in response.extensions


def _is_unfinished(response: httpx2.Response | None) -> bool:
    return response is None or response.status_code in _UNFINISHED or response.status_code >= 500
