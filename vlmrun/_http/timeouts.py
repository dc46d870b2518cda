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
        """Seconds that are left, 0 or less once there are none."""
        now = waiting.monotonic()
        if self._end is None:
            self._end = now + self
        return self._end - now

    def restart(self) -> None:
        """Begin anew, at the next wait."""
        self._end = None


def share_timeout(request: httpx2.Request, whole_body: type[httpx2.ByteStream]) -> TotalTimeout | None:
    """Let all reads of the answer to a request share its read timeout.

    So do the writes of a body that is sent whole. A file may take as long as it goes forward.

    Args:
        request: The request, whose timeouts are replaced; redirects of it have them, too.
        whole_body: What such a body is, in the httpx of the request.

    Returns:
        The timeout, or `None` where there is none.
    """
    timeouts = request.extensions.get("timeout", {})
    seconds = timeouts.get("read")
    if seconds is None:
        return None
    total = timeouts["read"] = TotalTimeout(seconds)
    if isinstance(request.stream, whole_body):
        timeouts["write"] = total
    return total
