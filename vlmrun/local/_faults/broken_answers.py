"""What a fault makes of an answer, for the faults that change what is said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from vlmrun.local._faults.fault import Fault
from vlmrun.local._wire.json_values import json_list

__all__ = ["Answer", "broken"]

_DEPTH = 100_000


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


# What clients know the values of, and what they can do without.
_ENUMERATIONS = frozenset({"status", "finish_reason", "execution_mode", "element_type", "purpose", "source", "object"})
_OPTIONAL: Sequence[tuple[str, frozenset[str]]] = [
    ("choices", frozenset({"object", "created", "session_id", "usage"})),
    ("finish_reason", frozenset({"logprobs"})),
    ("role", frozenset({"refusal"})),
    ("execution_mode", frozenset({"name", "completed_at", "execution_mode", "usage"})),
    ("response", frozenset({"completed_at", "usage", "domain", "message"})),
    ("schema_hash", frozenset({"description", "json_sample"})),
    ("json_sample", frozenset({"description", "prompt", "json_schema", "json_sample"})),
    ("upload_method", frozenset({"filename", "upload_method", "public_url", "expiration", "method"})),
    ("bytes", frozenset({"filename", "bytes", "purpose", "created_at", "object", "public_url"})),
    ("object_id", frozenset({"filename", "source"})),
    ("domain", frozenset({"name", "description", "supported_inputs", "tags", "sample_data"})),
]
"""A member that tells what an object is, and the members that it need not have."""
_USERS_OWN = frozenset({"response", "json_schema", "json_sample"})
"""What a user's schema describes; its members may have the names of the API's."""


# Casts: what comes from JSON is made of dicts and lists, and nothing narrower is known of them.


def _enlarged(value: object, size: int) -> bytes:
    if isinstance(value, dict):
        return json.dumps({**cast("dict[str, object]", value), "padding": "x" * size}).encode()
    items = json_list(value)
    if items and isinstance(items[0], dict):
        first = {**cast("dict[str, object]", items[0]), "padding": "x" * size}
        return json.dumps([first, *items[1:]]).encode()
    return json.dumps(value).encode() + b" " * size


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
