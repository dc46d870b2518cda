"""What a server received, and what it did, in the order in which it came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

__all__ = ["Journal", "ReceivedRequest", "Work", "shown"]

T = TypeVar("T")

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "x-api-key"})


@dataclass(frozen=True)
class ReceivedRequest:
    """One request, as it arrived. Refused requests are here too.

    It is noted when its body is read and before it is judged; an upload, whose body is not kept, when it is answered.

    Attributes:
        method: The method, in capitals.
        path: The path, decoded and without the query, such as `/v1/health`.
        query: The query's parameters; the last value where a name is repeated.
        body: The parsed JSON body, or `None` where there is none or it is not JSON; uploads are not.
        headers: The headers, their names in lower case; never those that hold the API key.
        content_length: How many bytes of body were read: all, unless an upload was refused before its end.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: object
    headers: Mapping[str, str]
    content_length: int = 0


@dataclass(frozen=True)
class Work:
    """One thing that the server did and that the platform would bill or keep, whether or not its answer arrived.

    Attributes:
        kind: What was done: a chat answered, an execution started, an agent made or a file stored.
        id: The identifier of what came of it.
        headers: The headers of the request, their names in lower case; never those that hold the API key.
    """

    kind: Literal["chat", "execution", "agent", "file"]
    id: str
    headers: Mapping[str, str]


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers, without those that hold the API key."""
    return {name: value for name, value in headers.items() if name not in _SECRET_HEADERS}


class Journal(Generic[T]):
    """A list that many threads may add to and read.

    Args:
        limit: How many of the newest to keep; `None` keeps all.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: deque[T] = deque(maxlen=limit)

    def add(self, entry: T) -> None:
        """Note one more."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> tuple[T, ...]:
        """All that is kept at this moment, oldest first."""
        with self._lock:
            return tuple(self._entries)
