"""Stored skills to a checker, in both colours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, Skill, VLMRun
from vlmrun.client.pages import AsyncPage, Page
from vlmrun.client.skills import AsyncSkills, Skills
from vlmrun.client.types import SkillDownloadResponse, SkillInfo, SkillOrder
from vlmrun.results import RawResponse


class Invoice(BaseModel):
    total: float


def the_resource(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.skills, Skills)
    assert_type(twin.skills, AsyncSkills)
    assert_type(Skills(client), Skills)
    assert_type(AsyncSkills(twin), AsyncSkills)

    client.skills = client.skills  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    Skills("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncSkills()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


def calls(client: VLMRun) -> None:
    order: SkillOrder = "of-tomorrow"
    assert_type(client.skills.list(limit=5, offset=5, order_by=order, descending=False, grouped=True), Page[SkillInfo])
    assert_type(client.skills.get("reader"), SkillInfo)
    assert_type(client.skills.get(name="reader", skill_version="latest"), SkillInfo)
    assert_type(client.skills.get(id="s-1", version="5"), SkillInfo)
    assert_type(client.skills.create("Read it.", {"type": "object"}, name="reader"), SkillInfo)
    assert_type(client.skills.create(prompt="Read it.", response_model=Invoice, description="Reads."), SkillInfo)
    assert_type(client.skills.create(session_id="s-1"), SkillInfo)
    assert_type(client.skills.create(file_id="f-1", name="reader"), SkillInfo)
    assert_type(client.skills.create_from_directory(Path("reader"), "reader", "Reads.", timeout=5), Skill)
    assert_type(client.skills.update("s-1", "f-1"), SkillInfo)
    assert_type(client.skills.update("s-1", description="Reads."), SkillInfo)
    assert_type(client.skills.download("s-1"), SkillDownloadResponse)
    assert_type(client.skills.download("s-1", "reader"), Path)
    assert_type(client.skills.download("s-1", folder=Path("reader"), allow_private=True), Path)
    assert_type(client.skills.with_raw_response.get(id="s-1"), RawResponse[SkillInfo])

    wrong: SkillOrder = 5  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del wrong
    client.skills.list(skip=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.skills.get()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.skills.get("reader", id="s-1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.skills.create()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.skills.create(session_id="s-1", response_model=Invoice)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.skills.create_from_directory(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.skills.update()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.skills.download("s-1", "reader", allow_private="no")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.skills.download(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def what_comes_back(skill: SkillInfo, where: SkillDownloadResponse) -> None:
    assert_type(skill.id, str)
    assert_type(skill.skill_version, str | None)
    assert_type(skill.created_at, datetime | None)
    assert_type(where.download_url, str)
    assert_type(SkillInfo(id="s-1", name="reader", skill_version="5").name, str)
    assert_type(SkillDownloadResponse(download_url="https://example.com").expires_in, float | None)

    SkillInfo(id="s-1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    SkillDownloadResponse()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    skill.description.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]


async def awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.skills.list(), AsyncPage[SkillInfo])
    assert_type([skill async for skill in twin.skills.list()], list[SkillInfo])
    assert_type(await twin.skills.get("reader"), SkillInfo)
    assert_type(await twin.skills.create(file_id="f-1"), SkillInfo)
    assert_type(await twin.skills.create_from_directory("reader"), Skill)
    assert_type(await twin.skills.download("s-1", "reader"), Path)
    assert_type(await twin.skills.with_raw_response.update("s-1", "f-1"), RawResponse[SkillInfo])

    await twin.skills.create(file_id=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    await twin.skills.update("s-1", version="5")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
