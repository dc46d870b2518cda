"""Feedback, as it was submitted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping

from vlmrun.local._store import newest

__all__ = ["FeedbackStore"]


class FeedbackStore:
    """The newest feedback of one server; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items = deque[Mapping[str, object]](maxlen=newest.KEPT)

    def add(self, item: Mapping[str, object]) -> None:
        """Keep one."""
        with self._lock:
            self._items.append(item)

    def about(self, key: str, id_: str) -> list[Mapping[str, object]]:
        """The feedback on one thing, newest first.

        Args:
            key: What names it, such as `request_id`.
            id_: Its id.
        """
        with self._lock:
            return [item for item in reversed(self._items) if item[key] == id_]
