"""Agents, jobs and sessions, as they are at one moment: none is changed, another takes its place."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from typing_extensions import Self

from vlmrun.local._media.facts import KnownSkill
from vlmrun.local._store.artifacts import Shelf
from vlmrun.local._wire.clock import now

__all__ = ["Agent", "Execution", "Job", "Outcome", "Prediction", "Session", "Training", "Turn", "new_id"]

Outcome = Literal["completed", "failed", "cancelled"]
"""How a job ends."""


def new_id() -> str:
    """An id that nothing else has."""
    return str(uuid.uuid4())


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


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that takes a while. Its result is known from the start, and shown when it is completed."""

    id: str = field(default_factory=new_id)
    response: object
    usage: dict[str, object]
    created_at: str = field(default_factory=now)
    status: Literal["pending", "running"] | Outcome = "pending"
    completed_at: str | None = None
    outcome: Outcome | None = None
    """How it ends, if it has an outcome of its own."""
    failure: str | None = None
    """Why it fails, if a test has said so."""

    @property
    def is_completed(self) -> bool:
        """Whether its result may be seen."""
        return self.status == "completed"

    @property
    def has_ended(self) -> bool:
        """Whether it has, in whatever way."""
        return self.status not in ("pending", "running")

    def advanced(self, outcome: Outcome) -> Self:
        """The job one step further; one that has ended stays as it is.

        Args:
            outcome: How it ends, unless it has an outcome of its own.
        """
        if self.status == "pending":
            return replace(self, status="running")
        if self.status == "running":
            return replace(self, status=self.outcome or outcome, completed_at=now())
        return self

    def state_on_wire(self) -> dict[str, object]:
        """What executions and predictions have in common."""
        return {
            "id": self.id,
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "response": self.response if self.is_completed else None,
            "status": self.status,
            "usage": self.usage if self.is_completed else {"credits_used": None, "duration_seconds": 0},
        }


@dataclass(frozen=True, kw_only=True)
class Execution(Job):
    """A run of an agent."""

    name: str
    mode: str
    shelf: Shelf
    """The artifacts that it will have made."""

    def on_wire(self) -> dict[str, object]:
        """The execution as `AgentExecutionResponse`."""
        message = self.failure or "This server was told to fail executions."
        failure = {"response": {"error": {"message": message}}} if self.status == "failed" else {}
        return {**self.state_on_wire(), "name": self.name, "execution_mode": self.mode, **failure}


@dataclass(frozen=True, kw_only=True)
class Prediction(Job):
    """What was extracted from images or a file."""

    domain: str | None

    def on_wire(self) -> dict[str, object]:
        """The prediction as `PredictionResponse`."""
        message = self.failure or "This server was told to fail predictions."
        failure = {"message": message} if self.status == "failed" else {}
        return {**self.state_on_wire(), "domain": self.domain, **failure}


@dataclass(frozen=True, kw_only=True)
class Training(Job):
    """A dataset, or a fine-tuning job."""

    said: Mapping[str, object]
    """What it was asked for with, as its answer repeats it."""

    def on_wire(self) -> dict[str, object]:
        """It as `DatasetResponse` or `FinetuningResponse`."""
        state = self.state_on_wire()
        del state["response"]
        return {**state, **self.said}


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
