"""What can go wrong between a client and the server: faults, which requests meet one, and what it makes of an answer.

Source: API.md §4 (long requests, streams), §10, §11.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, TypeGuard, cast, get_args

from vlmrun.client.exceptions import InputError
from vlmrun.local._arguments import is_int, is_number, is_text, listed
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


# Which requests meet which fault --------------------------------------------------------------------------------------

FaultRule: TypeAlias = Callable[[ReceivedRequest], "Fault | None"]


class Schedule:
    """Says which fault a request meets. Any thread may ask.

    Args:
        faults: The faults, the first that fits is met; or a function that is asked for each request.

    Raises:
        InputError: There are no faults to list, an entry is none, or `refused` is not alone.
    """

    def __init__(self, faults: Iterable[Fault] | FaultRule) -> None:
        self._lock = threading.Lock()
        self._rule = faults if callable(faults) else None
        self._left: list[tuple[Fault, int | None]] = []
        if not callable(faults):
            given = listed("faults", faults)
            if not all(map(_is_fault, given)):
                raise InputError("faults must be of Fault.", suggestion='pass faults=[Fault("reset_before")].')
            self.is_refused = any(fault.kind == "refused" for fault in given)
            if self.is_refused and len(given) > 1:
                raise InputError("faults has others beside refused.", suggestion="pass refused alone.")
            self._left = [(fault, fault.times) for fault in given]

    is_refused = False
    """Whether no connection is accepted."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing ever goes wrong."""
        return self._rule is None and not self._left

    def meet(self, request: ReceivedRequest) -> Fault | None:
        """The fault that a request meets, which is one of its times.

        Raises:
            InputError: The function says what is none, or that a server that listens refuses connections.
        """
        if self._rule is not None:
            with self._lock:
                fault = self._rule(request)
            if fault is None:
                return None
            if not _is_fault(fault) or fault.kind == "refused":
                raise InputError("faults must return None, or a Fault that is met by a request.")
            return fault if _fits(fault, request) else None
        with self._lock:
            for index, (fault, left) in enumerate(self._left):
                if left != 0 and _fits(fault, request):
                    self._left[index] = (fault, None if left is None else left - 1)
                    return fault
        return None


def random_faults(seed: int, share: float, kinds: Iterable[FaultKind] | None = None) -> FaultRule:
    """A schedule of faults that looks random, and is the same for the same requests in the same order.

    A request meets one of those that it can meet: only a chat is cut as a stream or polled for.

    Args:
        seed: What it is made from.
        share: Which part of the requests meets a fault, from 0 to 1.
        kinds: Which faults; by default all that a server can have while it listens. Stalls and trickles last for as
            long as a client waits.

    Returns:
        What `LocalServer` takes as its `faults`.

    Raises:
        InputError: An argument cannot be used.
    """
    if not is_int(seed, least=-(2**64), most=2**64):
        raise InputError("seed must be an int, of 64 bits.")
    if not is_number(share, 0, 1):
        raise InputError("share must be a number from 0 to 1.")
    chosen = [Fault(kind) for kind in (get_args(FaultKind)[1:] if kinds is None else listed("kinds", kinds))]
    if not chosen or any(fault.kind == "refused" for fault in chosen):
        raise InputError("kinds must name faults, and refused is for a whole server.")
    dice = random.Random(seed)  # noqa: S311  # it guards nothing

    def rule(request: ReceivedRequest) -> Fault | None:
        possible = [fault for fault in chosen if _fits(fault, request)]
        return dice.choice(possible) if possible and dice.random() < share else None

    return rule


def _is_fault(value: object) -> TypeGuard[Fault]:
    return isinstance(value, Fault)


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
        case "bad_gateway":
            return Answer(502, [("content-type", "text/html")], b"<html><h1>502 Bad Gateway</h1></html>")
        case "no_content":
            return Answer(204)
        case "wrong_content_type":
            return Answer(200, [("content-type", "text/html; charset=utf-8")], _PAGE)
        case "stream_cut" | "stream_unfinished" if "event-stream" in answer.header("content-type"):
            kept = _before_end(answer.body)
            return answer.with_body(kept if fault.kind == "stream_unfinished" else kept[:-8])
        case _ if "json" not in answer.header("content-type"):
            return answer
        case "truncated_json":
            return answer.with_body(answer.body[: len(answer.body) // 2])
        case "wrong_json":
            return answer.with_body(b'{"unexpected": true}')
        case "deep_json":
            return answer.with_body(b"[" * _DEPTH + b"]" * _DEPTH)
        case "enormous_json":
            return answer.with_body(_enlarged(json.loads(answer.body), fault.size))
        case "unknown_values":
            return answer.with_body(json.dumps(_renewed(json.loads(answer.body))).encode())
        case "missing_fields":
            return answer.with_body(json.dumps(_bared(json.loads(answer.body))).encode())
        case _:
            return answer


def _before_end(events: bytes) -> bytes:
    """A stream of events, up to the first that says that it ends."""
    whole = events.split(b"\n\n")
    kept = [event for event in whole if event and b'"finish_reason": "' not in event and event != b"data: [DONE]"]
    return b"".join(event + b"\n\n" for event in kept)


# What clients know the values of, and what they can do without. Source: API.md §3, §4, §7, §9.
_ENUMERATIONS = frozenset({"status", "finish_reason", "execution_mode", "element_type", "purpose", "source", "object"})
_OPTIONAL: Sequence[tuple[str, frozenset[str]]] = [
    ("choices", frozenset({"object", "created", "session_id", "usage"})),
    ("finish_reason", frozenset({"logprobs"})),
    ("role", frozenset({"refusal"})),
    ("execution_mode", frozenset({"name", "completed_at", "execution_mode", "usage"})),
    ("json_sample", frozenset({"description", "prompt", "json_schema", "json_sample"})),
    ("upload_method", frozenset({"filename", "upload_method", "public_url", "expiration", "method"})),
    ("bytes", frozenset({"filename", "bytes", "purpose", "created_at", "object", "public_url"})),
    ("object_id", frozenset({"filename", "source"})),
]
"""A member that tells what an object is, and the members that it need not have."""
_USERS_OWN = frozenset({"response", "json_schema", "json_sample"})
"""What a user's schema describes; its members may have the names of the API's."""


# Casts: what comes from JSON is made of dicts and lists, and nothing narrower is known of them.


def _enlarged(value: object, size: int) -> bytes:
    if isinstance(value, dict):
        return json.dumps({**cast("dict[str, object]", value), "padding": "x" * size}).encode()
    items = cast("list[object]", value)
    if items and isinstance(items[0], dict):
        first = {**cast("dict[str, object]", items[0]), "padding": "x" * size}
        return json.dumps([first, *items[1:]]).encode()
    return json.dumps(items).encode() + b" " * size


def _renewed(value: object) -> object:
    """A value whose enumerations say what nobody knows, with a member more in each object."""
    if isinstance(value, list):
        return [_renewed(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    members: dict[str, object] = {}
    for name, item in cast("dict[str, object]", value).items():
        if name in _ENUMERATIONS and isinstance(item, str):
            members[name] = "brand_new"
        else:
            members[name] = item if name in _USERS_OWN else _renewed(item)
    return {**members, "brand_new": {"known": False}}


def _bared(value: object) -> object:
    """A value without what is optional."""
    if isinstance(value, list):
        return [_bared(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, object]", value)
    optional = next((optional for mark, optional in _OPTIONAL if mark in members), frozenset[str]())
    return {
        name: item if name in _USERS_OWN else _bared(item) for name, item in members.items() if name not in optional
    }
