"""What a server keeps in order: the requests it received, and the work it performed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

__all__ = ["Journal", "Work", "shown"]

T = TypeVar("T")

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "x-api-key"})


@dataclass(frozen=True)
class Work:
    """Work that the platform would bill or store, whether or not its response arrived."""

    kind: Literal[
        "chat",
        "execution",
        "prediction",
        "agent",
        "file",
        "skill",
        "feedback",
        "dataset",
        "fine_tuning",
        "embedding",
        "transcription",
        "decision",
    ]
    """The kind of work: a chat, an embedding, a transcription or a decision answered; an execution, a prediction or a
    fine-tuning job started; or an agent, a file, a version of a skill, a dataset or feedback stored."""
    id: str
    """The id of the completion, execution, prediction, agent or whatever else was made."""
    headers: Mapping[str, str]
    """The headers of the request, with names in lower case; without those that contain the API key."""


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

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()

    def entries(self) -> tuple[T, ...]:
        """All that is kept at this moment, oldest first."""
        with self._lock:
            return tuple(self._entries)
