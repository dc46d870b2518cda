"""How long an attempt of a native call may take."""

from __future__ import annotations

import httpx2

from vlmrun._arguments.config import Configuration
from vlmrun._http.timeouts import TotalTimeout, share_timeout
from vlmrun._lifetimes.deadline import Deadline

__all__ = ["ASKED", "limit"]

ASKED = "vlmrun_timeout"
"""The extension of a request with the timeout that the user chose, in seconds."""

_SHORTEST_SECONDS = 0.001


def limit(request: httpx2.Request, config: Configuration, deadline: Deadline) -> TotalTimeout | None:
    """Set the timeout of an attempt; return the timeout that all reads of its response share."""
    left = deadline.left()
    if left is not None:  # a socket with a timeout of 0 does not time out: it fails with "Operation now in progress"
        left = max(left, _SHORTEST_SECONDS)
    seconds = config.timeout if left is None else left if config.timeout is None else min(config.timeout, left)
    connect = config.connect_timeout
    if seconds is not None:
        connect = seconds if connect is None else min(connect, seconds)
    # Errors name the timeout that was chosen, not the remainder.
    told = deadline.seconds if left is not None and seconds == left else seconds
    timeout = {"connect": connect, "read": seconds, "write": seconds, "pool": seconds}
    request.extensions = {**request.extensions, "timeout": timeout, ASKED: told}
    return share_timeout(request, httpx2.ByteStream)
