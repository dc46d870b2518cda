"""How much a server keeps, so that one that runs for weeks does not fill the memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

__all__ = ["ARTIFACTS", "KEPT", "SESSIONS", "drop_oldest"]

KEPT = 10_000
"""How many of each kind: jobs, files, agents, versions of skills, feedback. So many may be under way at once."""

SESSIONS = 1_000
"""How many sessions."""

ARTIFACTS = 1_000
"""How many artifacts of one session or execution."""

T = TypeVar("T")


def drop_oldest(kept: dict[str, T], limit: int) -> Mapping[str, T]:
    """Take the oldest entries out of a dict until it has no more than a limit.

    Returns:
        What was taken out.
    """
    superfluous = list(kept)[: len(kept) - limit] if len(kept) > limit else []
    return {key: kept.pop(key) for key in superfluous}
