"""`Fault`: something that goes wrong between a client and the server.

Source: API.md §4 (long requests, streams), §10, §11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from vlmrun.client.exceptions import InputError
from vlmrun.local._faults.arguments import is_int, is_number, is_text, listed

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
"""What goes wrong; `Fault` says what each means."""

_DAY = 86_400.0
_SECONDS = 0.05
_POLLS = (202, 204, 503)
_SIZE = 8 << 20


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, on demand. The request was read and the work done before it does, unless said.

    - `refused`: nothing listens. It holds for all that the server does, so it has to be its only fault.
    - `reset_before`, `reset_in_body`, `reset_after`: the connection is reset before the answer, within its body, or
      after it.
    - `stalled_headers`, `stalled_body`: nothing comes, or nothing after half of the body, until the client goes away.
    - `trickle`: the answer comes a byte at a time, its status line and headers, too.
    - `rate_limited`, `unavailable`: 429 and 503. No work is done.
    - `server_error`: 500. `bad_gateway`: 502, with a page of HTML. `no_content`: 204, where a body is due.
    - `wrong_content_type`: a page of HTML in place of the answer.
    - `truncated_json`: half of it. `wrong_json`: another one. `enormous_json`: with `size` bytes more, in a member of
      the object or of a list's first, or as white space after an empty list. `deep_json`: 100,000 lists in each other.
    - `unknown_values`: enumerations say what nobody knows, and there is a member more. `missing_fields`: what is
      optional is left out. Neither changes what belongs to the user: an execution's answer, and an agent's schema.
    - These six leave what is not JSON as it is: streams, and the bytes of files and artifacts.
    - `stream_cut`, `stream_unfinished`: the stream of a chat ends within an event, or after one, and before its end.
    - `long_poll`: a chat is answered with 303 and an address, where each of `polls` is answered before the completion.
    - `redirect_loop`: 307, to the same address, for ever. No work is done.

    Args:
        kind: What goes wrong.
        method: The method of the requests that meet it; any where `None`.
        path: How their path begins, such as `/v1/agent/execute`; where `None`, anything below `/v1` but the health.
        times: How many requests meet it; all where `None`.
        retry_after: What a 429 or 503 says in its `Retry-After`: seconds, a date, or nonsense.
        seconds: How long a trickle pauses before each byte; at most a day.
        polls: The statuses of polls before the answer is there: 202, 204, 303 (to the same address) or 5xx.
        size: How many bytes make JSON enormous.

    Raises:
        InputError: An argument cannot be used, or says nothing for this kind.
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
        if not is_number(self.seconds, 0, _DAY) or self.seconds == 0:
            raise InputError("seconds must be a number above 0, and at most a day.")
        # Kept as they are now, so that a fault is a value, whatever they came in.
        object.__setattr__(self, "polls", tuple(listed("polls", self.polls)))
        if not all(is_int(status, 202, 599) and (status >= 500 or status in (202, 204, 303)) for status in self.polls):
            raise InputError("polls must be of 202, 204, 303 and 5xx.")
        if not is_int(self.size, 0):
            raise InputError("size must be an int from 0.")
        for argument, default, kinds in _PARTICULARS:
            if getattr(self, argument) != default and self.kind not in kinds:
                raise InputError(f"{argument} is for {' and '.join(kinds)}.", suggestion=f"leave {argument} out.")


_PARTICULARS: Sequence[tuple[str, object, Sequence[FaultKind]]] = [
    ("retry_after", None, ("rate_limited", "unavailable")),
    ("seconds", _SECONDS, ("trickle",)),
    ("polls", _POLLS, ("long_poll",)),
    ("size", _SIZE, ("enormous_json",)),
]


def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()
