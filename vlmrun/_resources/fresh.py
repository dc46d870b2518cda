"""Waiting for artifacts that an answer names before the server has stored them."""

from __future__ import annotations

import math

from vlmrun._arguments.checks import type_name
from vlmrun._http.errors import in_seconds
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.deadline import Deadline
from vlmrun.client.exceptions import InputError, ResourceNotFoundError

__all__ = ["DEFAULT_WAIT", "Fresh"]

DEFAULT_WAIT: float = 10.0
"""Seconds to wait for an artifact that does not exist yet."""

_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 2.0
_MOST_SECONDS = 86_400.0
_SHORTEST_PAUSE_SECONDS = 0.01


class Fresh:
    """Decides, each time an artifact was not found, whether to ask again. Sleeping is left to the caller.

    Args:
        wait: Seconds to wait at most.
        timeout: The timeout of the call, which is never exceeded.
    """

    def __init__(self, wait: float, timeout: float | None) -> None:
        self._wait = min(_seconds(wait), math.inf if timeout is None else timeout)
        self._deadline = Deadline(self._wait)
        self._started = waiting.monotonic()
        self._left = self._wait  # of the pauses: where no time passes in them, they end all the same
        self._pause = _FIRST_PAUSE_SECONDS
        self._attempts = 0

    def pause(self, error: ResourceNotFoundError) -> float:
        """Seconds until the artifact should be asked for again.

        Raises:
            ResourceNotFoundError: The given error, once the time is over, or if its cause is another one.
        """
        self._attempts += error.attempts or 1
        pause = min(self._pause, self._left, self._deadline.left() or 0.0)
        # Where the URL is wrong, the error has a suggestion already, and no artifact will ever be there.
        if error.suggestion or pause < _SHORTEST_PAUSE_SECONDS:
            raise self._told_by(error)
        self._left -= pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        return pause

    def _told_by(self, error: ResourceNotFoundError) -> ResourceNotFoundError:
        error.attempts = self._attempts
        error.seconds = waiting.monotonic() - self._started
        if error.suggestion is None:
            waited = f" It was waited for, up to {in_seconds(self._wait)} (wait=...)." if self._wait else ""
            error.suggestion = f"client.artifacts.list(...) returns the ids that there are.{waited}"
        return error


def _seconds(value: object) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not isinstance(value, (int, float)) or not is_number or not 0 <= value <= _MOST_SECONDS:
        raise InputError(
            f"wait must be a number of seconds{'' if is_number else f', not {type_name(value)}'}.",
            suggestion=f"pass seconds from 0, for no waiting, to {_MOST_SECONDS:,.0f}.",
        )
    return float(value)
