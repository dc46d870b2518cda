"""Long chats: after about 150 s VLM Run answers 303, and the address it names is asked until the answer is there.

Left alone, OpenAI's client takes a poll's 202 or 204 for the answer and returns an empty string, and takes a poll's
passing 5xx for a failed call, which it repeats: the work is then done twice.

Source: API.md §4 (long requests).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun.client._deadline import Deadline

if TYPE_CHECKING:
    import httpx2

__all__ = ["LongPoll", "gave_up"]

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 10.0
_GAVE_UP = "vlmrun_gave_up"


class LongPoll:
    """Decides, after each answer to one request, whether to ask again: the waiting is left to the caller."""

    def __init__(self, request: httpx2.Request) -> None:
        """Start the clock.

        Args:
            request: The request; its read timeout, in seconds, is how long all polls together may take.
        """
        self._deadline = Deadline(request.extensions.get("timeout", {}).get("read"))
        self._pause = FIRST_PAUSE_SECONDS
        self._polling = False

    def pause(self, response: httpx2.Response) -> float | None:
        """Seconds to wait before `response.request` is sent again, or `None` where this is the last answer."""
        self._polling = self._polling or any(hop.status_code == 303 for hop in response.history)
        if not (self._polling and _unfinished(response)):
            return None
        pause = self._pause
        self._pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        left = self._deadline.left()
        if left is None:
            return pause
        return min(pause, left) if left > 0 else None

    def answer(self, response: httpx2.Response) -> httpx2.Response:
        """What to make of the last answer: itself, or, where time ran out, an error that is not to be repeated."""
        if not (self._polling and _unfinished(response)):
            return response
        # An answer and not an exception, because only an answer can tell OpenAI's client not to send the POST again.
        return type(response)(
            504,
            headers={"x-should-retry": "false"},
            json={"error": {"message": "The chat was not finished within the timeout.", "type": "timeout"}},
            request=response.request,
            extensions={_GAVE_UP: True},
        )


def gave_up(response: httpx2.Response) -> bool:
    """Whether this is the error that stands for an answer that did not come in time, and not the server's."""
    return _GAVE_UP in response.extensions


def _unfinished(response: httpx2.Response) -> bool:
    return response.status_code in (202, 204) or response.status_code >= 500
