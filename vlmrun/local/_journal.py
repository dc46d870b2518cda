"""What a server received, in the order in which it came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Journal", "ReceivedRequest"]


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


class Journal:
    """A list of received requests that many threads may add to and read.

    Args:
        limit: How many of the newest to keep; `None` keeps all.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: deque[ReceivedRequest] = deque(maxlen=limit)

    def add(self, request: ReceivedRequest) -> None:
        """Note one more request."""
        with self._lock:
            self._entries.append(request)

    def entries(self) -> tuple[ReceivedRequest, ...]:
        """All that is kept at this moment, oldest first."""
        with self._lock:
            return tuple(self._entries)
