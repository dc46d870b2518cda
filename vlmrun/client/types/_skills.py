"""Skills that VLM Run stores."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AliasChoices, Field, TypeAdapter

from vlmrun.client.types._base import TIMESTAMP, JobStatus, WireModel

__all__ = ["SkillDownloadResponse", "SkillInfo", "SkillOrder", "read_skills"]

SkillOrder: TypeAlias = Literal["created_at", "updated_at", "name"] | str
"""What a list of skills is sorted by. Open: other values are accepted."""


class SkillInfo(WireModel):
    """A skill that VLM Run stores; `Skill.reference(info.id)` refers to it.

    HTTP: the response of `GET /skills/{id}`.
    """

    id: str
    """The skill's id."""
    name: str
    """The skill's name; the server may have adjusted the one that was asked for."""
    description: str | None = None
    """When an agent should use the skill."""
    skill_version: str | None = Field(default=None, validation_alias=AliasChoices("skill_version", "version"))
    """The version, such as `20260219-abc123`."""
    skill_uri: str | None = Field(default=None, repr=False)
    """Where the server stores the skill."""
    is_public: bool | None = None
    """Whether everyone may use the skill."""
    created_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the skill was created."""
    updated_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the skill was last changed."""
    status: JobStatus | None = None
    """The current status of the skill's creation."""


class SkillDownloadResponse(WireModel):
    """Where the zip file of a skill can be downloaded, for a limited time."""

    download_url: str = Field(repr=False)
    """A presigned URL, which grants anyone access to the skill."""
    expires_in: float | None = None
    """Seconds until the URL expires."""


read_skills = TypeAdapter(list[SkillInfo]).validate_json
"""Parses a JSON list of skills."""
