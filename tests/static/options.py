"""VLM Run's own fields of a chat, models and skills to a checker."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.types import AgentExecutionConfig, AgentSkill
from vlmrun.options import AgentMetadata, AgentModel, AgentOptions, AgentToolset, Environment, toolsets
from vlmrun.skills import MAX_BUNDLE_BYTES, Skill


class Invoice(BaseModel):
    total: float


def skills() -> None:
    assert_type(Skill.reference("reader"), Skill)
    assert_type(Skill.reference("reader", version="20260219-abc123"), Skill)
    assert_type(Skill.inline(b"PK", name="reader", description="Reads."), Skill)
    assert_type(Skill.from_directory("skills/reader"), Skill)
    skill = Skill.from_directory(Path("skills/reader"), name="reader", description="Reads.")
    assert_type(skill.name, str | None)
    assert_type(skill.description, str | None)
    assert_type(skill.id, str | None)
    assert_type(skill.version, str | None)
    assert_type(skill.bundle, bytes | None)
    assert_type(MAX_BUNDLE_BYTES, int)
    by_its_taught_name: AgentSkill = skill
    wire: dict[str, object] = skill
    del by_its_taught_name, wire

    Skill.reference()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    Skill.reference(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Skill.reference("reader", version=2)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Skill.inline(b"PK")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    Skill.inline("UEs=", name="reader", description="Reads.")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Skill.from_directory(b"skills")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    skill.name = "writer"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    skill.id = "writer"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    text: str = MAX_BUNDLE_BYTES  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del text


def options(skill: Skill) -> None:
    toolset: AgentToolset = "image-gen"
    environment: Environment = "staging"
    metadata = AgentMetadata(environment=environment, session_id="s", allow_training=False)
    assert_type(AgentMetadata(), AgentMetadata)
    assert_type(AgentOptions(), AgentOptions)
    every = AgentOptions(
        toolsets=["core", toolset],
        skills=[skill],
        session_id="9f1f0a52-0000-4000-8000-000000000000",
        models=("depth-anything-3",),
        metadata=metadata,
        preview=False,
    )
    literal: AgentOptions = {"toolsets": ["web"], "metadata": {"allow_training": False}}
    del every, literal

    unknown: AgentToolset = "imgae"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    AgentOptions(toolsets=["imgae"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentOptions(toolsets="image")  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentOptions(toolset=["image"])  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-typed-dict-constructor-key]  # pyrefly: ignore[unexpected-keyword]
    AgentOptions(session_id=7)  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentOptions(skills=[{"type": "skill_reference", "skill_id": "reader"}])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentOptions(models=[1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentOptions(preview="no")  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AgentOptions(metadata={"team": "blue"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportArgumentType]  # ty: ignore[unknown-typed-dict-constructor-key]  # pyrefly: ignore[bad-typed-dict-key]
    AgentMetadata(allow_training="no")  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    no_text: Environment = 1  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del unknown, no_text


def toolsets_of_a_configuration(client: VLMRun, names: list[str]) -> None:
    assert_type(toolsets(names), list[AgentToolset])
    client.agent.run("p", toolsets=toolsets(names))
    AgentOptions(toolsets=toolsets(("image", "web")))

    toolsets([7])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    toolsets(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.agent.run("p", toolsets=names)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]


def models() -> None:
    name: str = AgentModel.ORION_2_PRO
    assert_type(AgentModel("vlmrun-orion-1"), AgentModel)
    assert_type(str(AgentModel.ORION_1), str)
    del name

    AgentModel.ORION_3  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    number: int = AgentModel.ORION_1  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del number


def in_every_call(client: VLMRun, skill: Skill) -> None:
    completions = client.agent.completions
    chosen = AgentOptions(toolsets=["image"], skills=[skill])
    completions.create(model=AgentModel.ORION_1_AUTO, messages=[], extra_body=chosen)
    completions.create(model="m", messages=[], extra_body=AgentOptions(session_id="s"), stream=True)
    completions.parse(model=AgentModel.ORION_1, messages=[], response_format=Invoice, extra_body=chosen)
    completions.stream(model=AgentModel.ORION_1, messages=[], extra_body=chosen)
    client.agent.execute(
        model=AgentModel.ORION_2, config=AgentExecutionConfig(prompt="p", skills=[skill]), toolsets=["image"]
    )

    client.agent.execute(config=AgentExecutionConfig(prompt="p", skills=7))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    completions.create(model="m", messages=[], extra_body=AgentOptions(toolsets=["imgae"]))  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


async def in_every_awaited_call(client: AsyncVLMRun, chosen: AgentOptions) -> None:
    completions = client.agent.completions
    await completions.create(model=AgentModel.ORION_1, messages=[], extra_body=chosen)
    await completions.parse(model=AgentModel.ORION_1, messages=[], response_format=Invoice, extra_body=chosen)
    completions.stream(model=AgentModel.ORION_1, messages=[], extra_body=chosen)
