"""Where one server keeps its agents, jobs, sessions and files; all but the bytes of files in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence

from vlmrun.local._media.facts import Fact, KnownSkill
from vlmrun.local._store import newest
from vlmrun.local._store.artifacts import Shelf
from vlmrun.local._store.clock import Clock
from vlmrun.local._store.feedback import FeedbackStore
from vlmrun.local._store.file_store import FileStore
from vlmrun.local._store.jobs import Jobs
from vlmrun.local._store.records import Agent, Execution, Outcome, Prediction, Session, Training, Turn, new_id
from vlmrun.local._store.skills import SkillStore

__all__ = ["Store"]


class Store:
    """The newest data of one server, oldest first; any thread may call it.

    Args:
        outcome: How executions and predictions end.
        clock: How they go on.
    """

    def __init__(self, outcome: Outcome, clock: Clock) -> None:
        self.files = FileStore()
        """The uploaded files."""
        self.skills = SkillStore()
        """The stored skills."""
        self.feedback = FeedbackStore()
        """What was said of answers."""
        self.datasets = Jobs[Training](outcome, clock)
        """The datasets for fine-tuning."""
        self.tunings = Jobs[Training](outcome, clock)
        """The fine-tuning jobs."""
        self.executions = Jobs[Execution](outcome, clock)
        """The runs of agents."""
        self.predictions = Jobs[Prediction](outcome, clock)
        """What was extracted from images and files."""
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._agents = deque[Agent](maxlen=newest.KEPT)

    def add_agent(
        self, name: str | None, prompt: str, json_schema: dict[str, object] | None, skills: tuple[KnownSkill, ...]
    ) -> Agent:
        """Make an agent.

        Args:
            name: Its name; made up where `None`.
            prompt: What it is told to do.
            json_schema: What its answers look like.
            skills: What it can do.

        Returns:
            The agent.
        """
        id_ = new_id()
        agent = Agent(id_, name or f"agent-{id_[:8]}", prompt, json_schema, skills)
        with self._lock:
            self._agents.append(agent)
        return agent

    def agents(self) -> list[Agent]:
        """All agents, newest first."""
        with self._lock:
            return list(self._agents)[::-1]

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

    def take_turn(
        self, session_id: str | None, messages: int, facts: Sequence[Fact], made: Mapping[str, bytes] | None = None
    ) -> Turn:
        """Go on with a session, or begin one.

        Args:
            session_id: The session; a new one where `None`.
            messages: How many messages it has from now on more.
            facts: What arrived.
            made: Artifacts of the answer, by their ids.

        Returns:
            What the session says of this chat.
        """
        session_id = session_id or new_id()
        with self._lock:
            # Taken out, so that the session that was used last is the newest.
            before = self._sessions.pop(session_id, Session())
            shelf, artifacts = before.shelf.with_thumbnails(facts)
            shelf = shelf.with_artifacts(made or {})
            self._sessions[session_id] = Session(before.messages + messages, shelf)
            newest.drop_oldest(self._sessions, newest.SESSIONS)
        return Turn(session_id, before.messages, artifacts)

    def shelf(self, session_id: str | None, execution_id: str | None) -> Shelf | None:
        """The artifacts of a session or an execution.

        Args:
            session_id: The session, or `None`.
            execution_id: The execution, or `None`.

        Returns:
            The artifacts, or `None` where there is no such namespace, or its execution is not completed.
        """
        with self._lock:
            session = self._sessions.get(session_id or "")
        execution = self.executions.get(execution_id or "")
        if session is not None:
            return session.shelf
        return execution.shelf if execution is not None and execution.is_completed else None
