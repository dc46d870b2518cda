"""Where one server keeps its agents and executions: in memory, behind one lock.

Source: API.md §3.6.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timezone

__all__ = ["Agent", "Execution", "Store"]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Agent:
    """An agent; a second one of the same name is its next version."""

    id: str
    name: str
    prompt: str
    json_schema: dict[str, object] | None
    created_at: str

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
    created_at: str
    status: str = "pending"
    completed_at: str | None = None

    def on_wire(self) -> dict[str, object]:
        """The execution as `AgentExecutionResponse`."""
        is_done = self.status == "completed"
        return {
            "id": self.id,
            "name": self.name,
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "response": self.response if is_done else None,
            "execution_mode": self.mode,
            "status": self.status,
            "usage": self.usage if is_done else {"credits_used": None, "duration_seconds": 0},
        }


class Store:
    """The agents and executions of one server, oldest first; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._agents: list[Agent] = []
        self._executions: dict[str, Execution] = {}

    def add_agent(self, name: str | None, prompt: str, json_schema: dict[str, object] | None) -> Agent:
        """Make an agent.

        Args:
            name: Its name; made up where `None`.
            prompt: What it is told to do.
            json_schema: What its answers look like.

        Returns:
            The agent.
        """
        id_ = str(uuid.uuid4())
        agent = Agent(id_, name or f"agent-{id_[:8]}", prompt, json_schema, _now())
        with self._lock:
            self._agents.append(agent)
        return agent

    def agents(self) -> list[Agent]:
        """All agents, newest first."""
        with self._lock:
            return self._agents[::-1]

    def agent_by_id(self, id_: str) -> Agent | None:
        """The agent of an id."""
        return next((agent for agent in self.agents() if agent.id == id_), None)

    def agent_by_prompt(self, prompt: str) -> Agent | None:
        """The newest agent that was given exactly this prompt."""
        return next((agent for agent in self.agents() if agent.prompt == prompt), None)

    def agent_by_name(self, name: str) -> Agent | None:
        """The newest agent of a name, or the version that `name:version` says: `latest`, or a number from 1."""
        agents = self.agents()
        exact = next((agent for agent in agents if agent.name == name), None)
        base, colon, version = name.rpartition(":")
        if exact is not None or not colon:
            return exact
        versions = [agent for agent in reversed(agents) if agent.name == base]
        if version == "latest":
            return versions[-1] if versions else None
        known = {str(number): agent for number, agent in enumerate(versions, 1)}
        return known.get(version)

    def add_execution(self, name: str | None, mode: str, response: object, usage: dict[str, object]) -> Execution:
        """Make an execution, which is pending.

        Args:
            name: The agent's name; made up where `None`.
            mode: The execution mode.
            response: What it will have answered.
            usage: What it will have used.

        Returns:
            The execution.
        """
        id_ = str(uuid.uuid4())
        execution = Execution(id_, name or f"agent-{id_[:8]}", mode, response, usage, _now())
        with self._lock:
            self._executions[id_] = execution
        return execution

    def executions(self, skip: int, limit: int) -> list[Execution]:
        """A page of executions, newest first; looking at the list moves none of them on."""
        with self._lock:
            return list(self._executions.values())[::-1][skip : skip + limit]

    def advance(self, id_: str) -> Execution | None:
        """The execution of an id, one step further: pending, running, completed."""
        with self._lock:
            execution = self._executions.get(id_)
            if execution is None or execution.status == "completed":
                return execution
            if execution.status == "pending":
                execution = replace(execution, status="running")
            else:
                execution = replace(execution, status="completed", completed_at=_now())
            self._executions[id_] = execution
            return execution
