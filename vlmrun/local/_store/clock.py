"""How the jobs of a server go on."""

from __future__ import annotations

from typing import Literal

__all__ = ["Clock"]


class Clock:
    """How executions and predictions go on: by default one step each time they are fetched.

    Any thread may change it.
    """

    def __init__(self) -> None:
        self.pace: Literal["by_steps", "at_once", "never"] = "by_steps"

    def __repr__(self) -> str:
        return f"<Clock: jobs end {self.pace}>"

    def end_by_steps(self) -> None:
        """From now on a job moves from pending to running to its end, one step each time it is fetched."""
        self.pace = "by_steps"

    def end_at_once(self) -> None:
        """From now on a job has ended when it is fetched, also one that was started before."""
        self.pace = "at_once"

    def never_end(self) -> None:
        """From now on no job ends: it stays pending until this is changed, and its callback is not called."""
        self.pace = "never"
