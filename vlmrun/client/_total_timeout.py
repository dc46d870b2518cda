"""Timeouts for an answer as a whole. HTTP clients count each read anew, so that a trickle of bytes can last forever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun.client._deadline import Deadline

if TYPE_CHECKING:
    import httpx2

__all__ = ["TotalTimeout", "share_timeout"]


class TotalTimeout(float):
    """A timeout in seconds that several waits share; the clock starts with the first of them."""

    _deadline: Deadline | None = None

    def left(self) -> float:
        """Seconds that are left, 0 once there are none."""
        if self._deadline is None:
            self._deadline = Deadline(float(self))
        return self._deadline.left() or 0.0

    def restart(self) -> None:
        """Begin anew, at the next wait."""
        self._deadline = None


def share_timeout(request: httpx2.Request) -> TotalTimeout | None:
    """Let all reads of the answer to a request share its read timeout.

    So do the writes of a JSON body. A file may take as long as it goes forward.

    Args:
        request: The request, whose timeouts are replaced; redirects of it have them, too.

    Returns:
        The timeout, or `None` where there is none.
    """
    timeouts = request.extensions.get("timeout", {})
    seconds = timeouts.get("read")
    if seconds is None:
        return None
    total = TotalTimeout(seconds)
    shared = {"read": total}
    if request.headers.get("content-type") == "application/json":
        shared["write"] = total
    request.extensions = {**request.extensions, "timeout": {**timeouts, **shared}}
    return total
