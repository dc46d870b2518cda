"""What the agent routes do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vlmrun.local._answers.answers import Findings, answer_schema, in_words, refuse_bad_schema
from vlmrun.local._answers.usage import credit_usage
from vlmrun.local._inputs.contents import Opener
from vlmrun.local._inputs.skills import open_skills
from vlmrun.local._media.facts import KnownSkill, TextFact
from vlmrun.local._requests.bodies import CreateRequest, ExecuteRequest, LookupRequest
from vlmrun.local._script.answer import Answer
from vlmrun.local._store.artifacts import Shelf
from vlmrun.local._store.records import Agent, Execution, new_id
from vlmrun.local._store.store import Store
from vlmrun.local._wire.errors import Location, RefusalError

__all__ = ["Task", "create", "execute", "look_up", "task_of"]

_SCHEMA_LOC: Location = ("body", "config", "json_schema")
_SKILLS_LOC: Location = ("body", "config", "skills")


def create(store: Store, request: CreateRequest) -> Agent:
    """Make an agent.

    Args:
        store: Where it is kept.
        request: What was asked.

    Returns:
        The agent.

    Raises:
        RefusalError: 422, its `json_schema` is none, or a skill does not open.
    """
    if request.config.json_schema is not None:
        refuse_bad_schema(request.config.json_schema, _SCHEMA_LOC)
    skills = open_skills(request.config.skills, _SKILLS_LOC)
    return store.add_agent(request.name, request.config.prompt, request.config.json_schema, skills)


def look_up(store: Store, request: LookupRequest) -> Agent:
    """Find an agent.

    Args:
        store: Where agents are kept.
        request: What was asked.

    Returns:
        The agent.

    Raises:
        RefusalError: 404, there is none.
    """
    agent: Agent | None = None
    if request.id is not None:
        agent = store.agent_by_id(request.id)
    elif request.name is not None:
        agent = store.agent_by_name(request.name)
    elif request.prompt is not None:
        agent = store.agent_by_prompt(request.prompt)
    if agent is None:
        raise RefusalError(404, "Agent not found.")
    return agent


@dataclass(frozen=True)
class Task:
    """What an execution is to do."""

    agent: Agent | None
    """Its agent; `None` if it was not created before."""
    prompt: str | None
    """What it is told to do."""
    schema: dict[str, object] | None
    """What its answer looks like; `None` for a text."""
    skills: tuple[KnownSkill, ...]
    """What it can do."""


def task_of(store: Store, request: ExecuteRequest, *, must_exist: bool) -> Task:
    """What an execution is to do: what it says itself, and what its agent was created with.

    Args:
        store: Where agents are kept.
        request: What was asked.
        must_exist: Whether an agent that is named must have been created.

    Raises:
        RefusalError: 404, there is no agent of that name; 422, a skill does not open.
    """
    config = request.config
    prompt = config.prompt if config is not None else None
    schema = config.json_schema if config is not None else None
    skills = open_skills(config.skills if config is not None else None, _SKILLS_LOC)
    agent: Agent | None
    if request.name is None:
        # Without a name the prompt says which agent is meant, and it need not exist.
        agent = store.agent_by_prompt(prompt or "")
    elif must_exist:
        agent = look_up(store, LookupRequest(name=request.name))
    else:
        agent = store.agent_by_name(request.name)
    if agent is None:
        return Task(None, prompt, schema, skills)
    return Task(agent, prompt or agent.prompt, agent.json_schema if schema is None else schema, skills or agent.skills)


def execute(store: Store, request: ExecuteRequest, told: Answer | None) -> Execution:
    """Run an agent. The answer is computed at once, so that what cannot be answered is refused immediately.

    Args:
        store: Where agents and executions are kept.
        request: What was asked.
        told: What a test has told the server to answer.

    Returns:
        The execution, which is pending.

    Raises:
        RefusalError: 404, there is no agent of that name or no file of an id; 422, an input or a skill does not
            open, or the schema cannot be filled.
    """
    # It need not where a test has told what it answers.
    task = task_of(store, request, must_exist=told is None)
    facts = [TextFact(task.prompt or ""), *Opener(store.files).inputs(request.inputs or {})]
    shelf, artifacts = Shelf().with_thumbnails(facts)
    response: object
    if told is not None:
        shelf = shelf.with_artifacts(told.artifacts)
        response = told.json
    elif task.schema is None:
        response = {"text": in_words(Findings(facts, task.skills, 0, artifacts)), "artifacts": artifacts}
    else:
        response = answer_schema(task.schema, _SCHEMA_LOC, facts)
    # Program is the default of Orion-2, which alone has modes.
    mode = "program" if request.model.startswith("vlmrun-orion-2") else "agent"
    if request.config is not None and request.config.mode is not None:
        mode = request.config.mode
    id_ = new_id()
    name = task.agent.name if task.agent is not None else request.name or f"agent-{id_[:8]}"
    usage = {**credit_usage(facts), **({} if told is None else told.usage)}
    execution = Execution(id=id_, name=name, mode=mode, response=response, usage=usage, shelf=shelf)
    if told is not None:
        execution = replace(execution, outcome=told.outcome, failure=told.error)
    return store.executions.add(execution)
