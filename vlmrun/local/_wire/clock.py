"""The time, as it stands on the wire."""

from __future__ import annotations

from datetime import datetime, timezone

__all__ = ["now"]


def now() -> str:
    """Now, in UTC."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
