"""Timeouts for a whole response. HTTP clients time each read separately, so a slow trickle never times out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._lifetimes import waiting

if TYPE_CHECKING:
    import httpx2

__all__ = ["TotalTimeout", "share_timeout"]


class TotalTimeout(float):
    """A timeout in seconds that several waits share; the clock starts with the first of them."""

    _end: float | None = None

    def left(self) -> float:
        """Seconds left; 0 or less once the timeout has passed."""
        now = waiting.monotonic()
        if self._end is None:
            self._end = now + self
        return self._end - now

    def restart(self) -> None:
        """Restart at the next wait."""
        self._end = None


def share_timeout(request: httpx2.Request, whole_body: type[httpx2.ByteStream]) -> TotalTimeout | None:
    """Let all reads of a response share the read timeout of its request.

    The writes of an in-memory body share it, too. A file may take as long as bytes keep moving.

    Args:
        request: The request, whose timeouts are replaced; its redirects inherit them.
        whole_body: The class of in-memory bodies in the httpx of the request.

    Returns:
        The timeout; `None` if there is none.
    """
    timeouts = request.extensions.get("timeout", {})
    seconds = timeouts.get("read")
    if seconds is None:
        return None
    total = timeouts["read"] = TotalTimeout(seconds)
    if isinstance(request.stream, whole_body):
        timeouts["write"] = total
    return total
