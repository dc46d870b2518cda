"""The states of an item, and from which it may come to each: what the journal lets happen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from vlmrun.batch._results import BatchStatus

__all__ = ["FROM", "OPEN", "STATUS", "State"]


class State(IntEnum):
    """Where an item is. The numbers are those in the journal."""

    PENDING = 0
    """Known; nothing was sent, or what was sent had no effect."""
    STARTED = 1
    """The request is about to leave or on its way, and the server has named no id."""
    RUNNING = 2
    """The server works on it, under an id."""
    DONE = 3
    """It has an output."""
    FAILED = 4
    """It has none."""
    INTERRUPTED = 5
    """It was on its way when the process ended."""


FROM: Mapping[State, tuple[State, ...]] = {
    State.PENDING: (State.STARTED, State.FAILED, State.INTERRUPTED),  # it had no effect; or somebody asked for a retry
    State.STARTED: (State.PENDING,),
    State.RUNNING: (State.STARTED, State.FAILED),  # a retry of what did not finish in time waits on
    State.DONE: (State.STARTED, State.RUNNING, State.FAILED),  # a webhook may bring what did not finish in time
    State.FAILED: (State.PENDING, State.STARTED, State.RUNNING),
    State.INTERRUPTED: (State.STARTED,),
}
"""From which states an item comes to each. A done item stays done."""

OPEN = (State.PENDING, State.STARTED, State.RUNNING)
"""The states that a job works on: the first ones."""

STATUS: Mapping[State, BatchStatus] = {
    State.PENDING: "pending",
    State.STARTED: "running",
    State.RUNNING: "running",
    State.DONE: "done",
    State.FAILED: "failed",
    State.INTERRUPTED: "interrupted",
}
"""What users see of a state."""
