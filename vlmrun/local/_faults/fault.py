"""`Fault`: a failure that the server injects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from vlmrun.client.exceptions import InputError
from vlmrun.local._faults.arguments import DAY, is_int, is_number, is_text, listed

__all__ = ["Fault", "FaultKind"]

FaultKind: TypeAlias = Literal[
    "refused",
    "reset_before",
    "reset_in_body",
    "reset_after",
    "stalled_headers",
    "stalled_body",
    "trickle",
    "rate_limited",
    "unavailable",
    "server_error",
    "bad_gateway",
    "no_content",
    "truncated_json",
    "wrong_json",
    "enormous_json",
    "deep_json",
    "wrong_content_type",
    "unknown_values",
    "missing_fields",
    "stream_cut",
    "stream_unfinished",
    "long_poll",
    "redirect_loop",
]
"""The kinds of faults; `Fault` describes each."""

_SECONDS = 0.05
_POLLS = (202, 204, 503)
_SIZE = 8 << 20


@dataclass(frozen=True)
class Fault:
    """A failure to inject. Unless noted, the server has read the request and performed the work before it fails.

    - `refused`: connections are refused. It affects the whole server, so it must be the only fault.
    - `reset_before`, `reset_in_body`, `reset_after`: the connection is reset before the response, within its body, or
      after it.
    - `stalled_headers`, `stalled_body`: no response, or half of the body and no more, until the client disconnects.
    - `trickle`: the response arrives one byte at a time, including its status line and headers.
    - `rate_limited`, `unavailable`: 429 and 503. No work is performed.
    - `server_error`: 500. `bad_gateway`: 502 with an HTML page. `no_content`: 204 instead of a body.
    - `wrong_content_type`: an HTML page instead of the response.
    - `truncated_json`: half of the JSON. `wrong_json`: unexpected JSON. `enormous_json`: `size` more bytes, in a field
      of the object or of a list's first item, or as white space after an empty list. `deep_json`: 100,000 nested lists.
    - `unknown_values`: enumerations have unknown values, and there is an unknown field. `missing_fields`: optional
      fields are omitted. Neither changes the user's data: an execution's response, and an agent's schema.
    - The last six do not change responses that are not JSON: streams, and the bytes of files and artifacts.
    - `stream_cut`, `stream_unfinished`: the stream of a chat ends within an event, or between events before its end.
    - `long_poll`: a chat is redirected (303) to a polling URL, which returns each of `polls` before the completion.
    - `redirect_loop`: 307 to the same URL, endlessly. No work is performed.

    Args:
        kind: The kind of fault.
        method: The method of the affected requests; `None` for any.
        path: The prefix of their path, such as `/v1/agent/execute`; `None` for any path under `/v1` except health.
        times: Number of affected requests; `None` for all.
        retry_after: The `Retry-After` header of a 429 or 503: seconds, an HTTP date, or an invalid value.
        seconds: Seconds between the bytes of a trickle; at most one day.
        polls: The statuses of polls before the completion: 202, 204, 303 (to the same URL) or 5xx.
        size: Number of bytes that `enormous_json` adds.

    Raises:
        InputError: An argument is invalid, or has no effect for this kind.
    """

    kind: FaultKind
    method: str | None = None
    path: str | None = None
    times: int | None = 1
    retry_after: str | None = None
    seconds: float = _SECONDS
    polls: Sequence[int] = _POLLS
    size: int = _SIZE

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise InputError(f"kind must be one of {', '.join(get_args(FaultKind))}.")
        if self.method is not None and not is_text(self.method, str.isupper):
            raise InputError("method must be a method in capitals, such as POST.")
        if self.path is not None and not is_text(self.path, lambda path: path.startswith("/")):
            raise InputError("path must begin with a slash, such as /v1/agent.")
        if self.times is not None and not is_int(self.times, 1):
            raise InputError("times must be an int from 1, or None for every request.")
        if self.retry_after is not None and not is_text(self.retry_after, _is_header):
            raise InputError("retry_after must be printable ASCII, without spaces around it.")
        if not is_number(self.seconds, 0, DAY) or self.seconds == 0:
            raise InputError("seconds must be a number above 0, and at most a day.")
        # Copied, so that a fault is an immutable value.
        object.__setattr__(self, "polls", tuple(listed("polls", self.polls)))
        if not all(is_int(status, 202, 599) and (status >= 500 or status in (202, 204, 303)) for status in self.polls):
            raise InputError("polls must be of 202, 204, 303 and 5xx.")
        if not is_int(self.size, 0):
            raise InputError("size must be an int from 0.")
        for argument, default, kinds in _PARTICULARS:
            if getattr(self, argument) != default and self.kind not in kinds:
                raise InputError(f"{argument} is only valid for {' and '.join(kinds)}.", suggestion=f"omit {argument}.")


_PARTICULARS: Sequence[tuple[str, object, Sequence[FaultKind]]] = [
    ("retry_after", None, ("rate_limited", "unavailable")),
    ("seconds", _SECONDS, ("trickle",)),
    ("polls", _POLLS, ("long_poll",)),
    ("size", _SIZE, ("enormous_json",)),
]


def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()
