"""A session of System One, as messages: what is sent, and what has come. It sends nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from vlmrun._arguments.checks import encode, require_int
from vlmrun._arguments.validation import problems, validated
from vlmrun._http.bodies import body_of
from vlmrun._http.errors import error_of_message
from vlmrun.client.exceptions import APIError, ClientError, ResponseValidationError
from vlmrun.client.types import SystemOneResponse
from vlmrun.client.types._decisions import read_decision

__all__ = ["FrameDecision", "Session", "add_rest"]

MOST_AT_ONCE = 8


@dataclass(frozen=True)
class FrameDecision:
    """A decision of `map`, with the position of its input."""

    index: int
    """The position of the input, counted from 0."""
    response: SystemOneResponse
    """The decision."""


class Session:
    """The messages of a session.

    Args:
        opening: The members of the message that opens it.
        concurrency: Maximum number of decisions to wait for at once.
    """

    def __init__(self, opening: Mapping[str, object], concurrency: int) -> None:
        require_int("concurrency", concurrency, 1, MOST_AT_ONCE, "pass how many decisions may be under way, such as 4.")
        self._opening = opening
        self._concurrency = concurrency
        self._last = -1
        self._waiting: dict[str, SystemOneResponse | None] = {}
        self._forgotten: set[str] = set()
        self.window: int = concurrency
        """How many decisions may be under way, as the server allows."""
        self.limits: Mapping[str, JsonValue] = {}
        """What the server said when it opened the session."""
        self.stats: Mapping[str, JsonValue] = {}
        """What the server said when it closed the session."""
        self.count: int = 0
        """How many decisions have come."""

    @property
    def pending(self) -> int:
        """How many decisions are under way."""
        return len(self._forgotten) + sum(response is None for response in self._waiting.values())

    def begin(self) -> str:
        """The message that opens the session."""
        self._waiting = {key: found for key, found in self._waiting.items() if found is not None}
        self._forgotten.clear()
        self.limits = {}
        return _message("session.create", {**self._opening, "max_inflight": self._concurrency})

    def state(self, state: object) -> str:
        """The message that changes the state."""
        return _message("state", {"state": state})

    def decide(self, image: object) -> tuple[str, str]:
        """The id of a decision, and the message that asks for it."""
        self._last += 1
        key = str(self._last)
        self._waiting[key] = None
        return key, _message("decide", {"id": key, **({} if image is None else {"content": [image]})})

    def end(self) -> str:
        """The message that closes the session."""
        return _message("session.close", {})

    def take(self, key: str) -> SystemOneResponse | None:
        """A decision, once it has come.

        Raises:
            ClientError: It cannot come, because the session was closed.
        """
        if key not in self._waiting:
            raise ClientError("The session was closed before it had decided.", suggestion="ask again.")
        return self._waiting.pop(key) if self._waiting[key] is not None else None

    def forget(self, key: str) -> None:
        """Do without a decision; it is under way until it comes."""
        if key in self._waiting and self._waiting.pop(key) is None:
            self._forgotten.add(key)

    def arrived(self) -> list[JsonValue]:
        """The decisions that have come and were not taken, in their order, as JSON."""
        return [found.model_dump(mode="json") for found in self._waiting.values() if found is not None]

    def read(self, message: str) -> None:
        """Note what the server says.

        Raises:
            APIError: It says that something is wrong, or cannot be understood.
        """
        body = body_of(message.encode())
        kind = body.get("type") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(kind, str):
            raise ResponseValidationError("The server sent a message that cannot be read.", body=body)
        if kind == "session.created":
            self.limits = body
            allowed = body.get("max_inflight")
            self.window = min(self._concurrency, allowed) if isinstance(allowed, int) and allowed > 0 else self.window
        elif kind == "session.stats":
            self.stats = body
        elif kind == "decision":
            self._note(body)
        elif kind == "error":
            raise error_of_message(body)

    def _note(self, body: dict[str, JsonValue]) -> None:
        key = str(body.pop("id", ""))
        body.pop("type", None)
        response = validated(read_decision, encode({"model": self.limits.get("model"), **body}))
        if not isinstance(response, SystemOneResponse):
            raise ResponseValidationError(f"A decision cannot be read: {problems(response)}.", body=body)
        self.count += 1
        self._forgotten.discard(key)
        if key in self._waiting:
            self._waiting[key] = response


def _message(kind: str, members: Mapping[str, object]) -> str:
    return encode({"type": kind, **{name: value for name, value in members.items() if value is not None}}).decode()


def add_rest(error: APIError, session: Session) -> None:
    """Add to an error the decisions that have come and that nobody has received."""
    rest = session.arrived()
    if rest and error.body is None:
        error.body = rest
