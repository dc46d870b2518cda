"""Agents, executions and sessions, as they are at one moment: none is changed, another takes its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vlmrun.local._media.facts import KnownSkill
from vlmrun.local._store.artifacts import Shelf
from vlmrun.local._wire.clock import now

__all__ = ["Agent", "Execution", "Outcome", "Session", "Turn"]

Outcome = Literal["completed", "failed", "cancelled"]
"""How an execution ends."""

_FAILURE = {"error": {"message": "This server was told to fail executions."}}


@dataclass(frozen=True)
class Agent:
    """An agent; a second one of the same name is its next version."""

    id: str
    name: str
    prompt: str
    json_schema: dict[str, object] | None
    skills: tuple[KnownSkill, ...]
    created_at: str = field(default_factory=now)

    def on_wire(self) -> dict[str, object]:
        """The agent as `AgentInfo`, which has all that the answer to `create` has."""
        return {
            "id": self.id,
            "name": self.name,
            "description": "An agent of vlmrun.local, which has no model.",
            "prompt": self.prompt,
            "json_schema": self.json_schema,
            "json_sample": None,
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "status": "completed",
        }


@dataclass(frozen=True)
class Execution:
    """A run of an agent. Its result is known from the start, and shown when it is completed."""

    id: str
    name: str
    mode: str
    response: object
    usage: dict[str, object]
    shelf: Shelf
    """The artifacts that it will have made."""
    created_at: str = field(default_factory=now)
    status: Literal["pending", "running"] | Outcome = "pending"
    completed_at: str | None = None

    @property
    def is_completed(self) -> bool:
        """Whether its result may be seen."""
        return self.status == "completed"

    def on_wire(self) -> dict[str, object]:
        """The execution as `AgentExecutionResponse`."""
        hidden = _FAILURE if self.status == "failed" else None
        return {
            "id": self.id,
            "name": self.name,
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "response": self.response if self.is_completed else hidden,
            "execution_mode": self.mode,
            "status": self.status,
            "usage": self.usage if self.is_completed else {"credits_used": None, "duration_seconds": 0},
        }


@dataclass(frozen=True)
class Session:
    """A chat that goes on."""

    messages: int = 0
    """How many messages it has, answers included."""
    shelf: Shelf = field(default_factory=Shelf)
    """The artifacts that were made in it."""


@dataclass(frozen=True)
class Turn:
    """One chat in its session."""

    session_id: str
    """The session."""
    remembered: int
    """How many messages came before."""
    artifacts: tuple[str, ...]
    """The ids of the thumbnails of this chat."""
