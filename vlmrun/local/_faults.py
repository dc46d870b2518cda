"""What can go wrong between a client and the server: faults, which requests meet one, and what it makes of an answer.

Source: API.md §4 (long requests, streams), §10, §11.
"""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, cast, get_args

from vlmrun.client.exceptions import InputError
from vlmrun.local._journal import ReceivedRequest
from vlmrun.local._paths import HEALTH, is_chat

__all__ = ["Answer", "Fault", "FaultKind", "Schedule", "broken", "random_faults"]

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

_DEPTH = 100_000
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
    - `truncated_json`: half of it. `wrong_json`: another one. `enormous_json`: with a member of `size` bytes.
      `deep_json`: 100,000 lists in each other. What is not JSON is left as it is.
    - `wrong_content_type`: a page of HTML in place of the answer.
    - `unknown_values`: enumerations say what nobody knows, and there is a member more. `missing_fields`: what is
      optional is left out.
    - `stream_cut`, `stream_unfinished`: the stream of a chat ends within an event, or after one, and before its end.
    - `long_poll`: a chat is answered with 303 and an address, where each of `polls` is answered before the completion.
    - `redirect_loop`: 307, to the same address, for ever. No work is done.

    Args:
        kind: What goes wrong.
        method: The method of the requests that meet it; any where `None`.
        path: How their path begins, such as `/v1/agent/execute`; where `None`, anything below `/v1` but the health.
        times: How many requests meet it; all where `None`.
        retry_after: What a 429 or 503 says in its `Retry-After`: seconds, a date, or nonsense.
        seconds: How long a trickle pauses before each byte.
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
        if not _is_text(self.method, str.isupper):
            raise InputError("method must be a method in capitals, such as POST.")
        if not _is_text(self.path, lambda path: path.startswith("/")):
            raise InputError("path must begin with a slash, such as /v1/agent.")
        if self.times is not None and not _is_int(self.times, 1):
            raise InputError("times must be an int from 1, or None for every request.")
        if not _is_text(self.retry_after, lambda text: text.isascii() and text.isprintable()):
            raise InputError("retry_after must be printable ASCII.")
        if not _is_positive(self.seconds):
            raise InputError("seconds must be a number above 0.")
        if not all(status in (202, 204, 303) or 500 <= status < 600 for status in self.polls):
            raise InputError("polls must be of 202, 204, 303 and 5xx.")
        if not _is_int(self.size, 0):
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


# The types of these are promises that only checked callers keep: hence `object`, and a check of each.


def _is_text(value: object, is_good: Callable[[str], bool]) -> bool:
    return value is None or (isinstance(value, str) and is_good(value))


def _is_int(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_positive(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value > 0


# Which requests meet which fault --------------------------------------------------------------------------------------

FaultRule: TypeAlias = Callable[[ReceivedRequest], "Fault | None"]


class Schedule:
    """Says which fault a request meets. Any thread may ask.

    Args:
        faults: The faults, the first that fits is met; or a function that is asked for each request.

    Raises:
        InputError: An entry is no fault, or `refused` is not alone.
    """

    def __init__(self, faults: Iterable[Fault] | FaultRule) -> None:
        self._lock = threading.Lock()
        self._rule = faults if callable(faults) else None
        self._left: list[tuple[Fault, int | None]] = []
        if not callable(faults):
            listed = list(faults)
            if not all(map(_is_fault, listed)):
                raise InputError("faults must be of Fault.", suggestion='pass faults=[Fault("reset_before")].')
            self.is_refused = any(fault.kind == "refused" for fault in listed)
            if self.is_refused and len(listed) > 1:
                raise InputError("faults has others beside refused.", suggestion="pass refused alone.")
            self._left = [(fault, fault.times) for fault in listed]

    is_refused = False
    """Whether no connection is accepted."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing ever goes wrong."""
        return self._rule is None and not self._left

    def meet(self, request: ReceivedRequest) -> Fault | None:
        """The fault that a request meets, which is one of its times."""
        if self._rule is not None:
            with self._lock:
                fault = self._rule(request)
            return fault if fault is not None and _fits(fault, request) else None
        with self._lock:
            for index, (fault, left) in enumerate(self._left):
                if left != 0 and _fits(fault, request):
                    self._left[index] = (fault, None if left is None else left - 1)
                    return fault
        return None


def random_faults(seed: int, share: float, kinds: Iterable[FaultKind] | None = None) -> FaultRule:
    """A schedule of faults that looks random, and is the same for the same requests in the same order.

    Args:
        seed: What it is made from.
        share: Which part of the requests meets a fault, from 0 to 1.
        kinds: Which faults; by default all that a server can have while it listens.

    Returns:
        What `LocalServer` takes as its `faults`.

    Raises:
        InputError: An argument cannot be used.
    """
    if not _is_share(share):
        raise InputError("share must be a number from 0 to 1.")
    chosen = [Fault(kind) for kind in (get_args(FaultKind)[1:] if kinds is None else kinds)]
    if not chosen or any(fault.kind == "refused" for fault in chosen):
        raise InputError("kinds must name faults, and refused is for a whole server.")
    dice = random.Random(seed)  # noqa: S311  # it guards nothing

    def rule(_: ReceivedRequest) -> Fault | None:
        return dice.choice(chosen) if dice.random() < share else None

    return rule


def _is_fault(value: object) -> bool:
    return isinstance(value, Fault)


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= 1


def _fits(fault: Fault, request: ReceivedRequest) -> bool:
    if fault.path is None:
        within = request.path.startswith("/v1/") and request.path != HEALTH
    else:
        within = request.path.startswith(fault.path)
    if not within or fault.method not in (None, request.method):
        return False
    if fault.kind == "long_poll":
        return is_chat(request.method, request.path)
    if fault.kind in ("stream_cut", "stream_unfinished"):
        # A cast: what comes from JSON is made of dicts, and nothing narrower is known of it.
        body = request.body
        stream = cast("dict[str, object]", body).get("stream") if isinstance(body, dict) else None
        return is_chat(request.method, request.path) and stream is True
    return True


# What a fault makes of an answer --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """An answer, all of it."""

    status: int
    headers: Sequence[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""

    def header(self, name: str) -> str:
        """The value of a header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def with_body(self, body: bytes) -> Answer:
        """The same with another body, and its length where it was said."""
        headers = [(name, str(len(body)) if name.lower() == "content-length" else text) for name, text in self.headers]
        return replace(self, body=body, headers=headers)

    def on_wire(self) -> tuple[bytes, bytes]:
        """What comes before the body, and the body, as they would be sent."""
        others = [(name, text) for name, text in self.headers if name.lower() not in ("content-length", "connection")]
        lines = [f"HTTP/1.1 {self.status} As-Told", *(f"{name}: {text}" for name, text in others)]
        lines += [f"content-length: {len(self.body)}", "connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1"), self.body


_PAGE = b"<!doctype html><title>Please log in</title><p>This network wants to know who you are."


def broken(fault: Fault, answer: Answer) -> Answer:
    """What a fault makes of an answer, for the faults that change what is said and not how it is sent."""
    match fault.kind:
        case "server_error":
            return _json(500, {"error": {"message": "This server was told to fail.", "type": "server_error"}})
        case "bad_gateway":
            return Answer(502, [("content-type", "text/html")], b"<html><h1>502 Bad Gateway</h1></html>")
        case "no_content":
            return Answer(204)
        case "wrong_content_type":
            return Answer(200, [("content-type", "text/html; charset=utf-8")], _PAGE)
        case "stream_cut":
            return answer.with_body(_before_end(answer.body)[:-8])
        case "stream_unfinished":
            return answer.with_body(_before_end(answer.body))
        case _ if "json" not in answer.header("content-type"):
            return answer
        case "truncated_json":
            return answer.with_body(answer.body[: len(answer.body) // 2])
        case "wrong_json":
            return answer.with_body(b'{"unexpected": true}')
        case "deep_json":
            return answer.with_body(b"[" * _DEPTH + b"]" * _DEPTH)
        case _:
            value: object = json.loads(answer.body)
            return answer.with_body(json.dumps(_changed(fault, value)).encode())


def _json(status: int, value: object) -> Answer:
    return Answer(status, [("content-type", "application/json")], json.dumps(value).encode())


def _before_end(events: bytes) -> bytes:
    """A stream of events, up to the first that says that it ends."""
    whole = events.split(b"\n\n")
    kept = [event for event in whole if event and b'"finish_reason": "' not in event and b"[DONE]" not in event]
    return b"".join(event + b"\n\n" for event in kept)


# What clients know the values of, and what they can do without. Source: API.md §3, §7, §9.
_ENUMERATIONS = frozenset({"status", "finish_reason", "execution_mode", "element_type", "purpose", "source", "object"})
_OPTIONAL = frozenset(
    {
        *("completed_at", "created", "description", "execution_mode", "json_sample", "json_schema", "logprobs"),
        *("object", "prompt", "public_url", "refusal", "session_id", "usage"),
    }
)


def _changed(fault: Fault, value: object) -> object:
    # Casts: what comes from JSON is made of dicts and lists, and nothing narrower is known of them.
    if isinstance(value, list):
        return [_changed(fault, item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, object]", value)
    if fault.kind == "enormous_json":
        return {**members, "padding": "x" * fault.size}
    if fault.kind == "missing_fields":
        return {name: _changed(fault, item) for name, item in members.items() if name not in _OPTIONAL}
    changed = {
        name: "brand_new" if name in _ENUMERATIONS and isinstance(item, str) else _changed(fault, item)
        for name, item in members.items()
    }
    return {**changed, "brand_new": {"known": False}}
