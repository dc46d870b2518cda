"""The skills of a request: references to stored skills, and bundles sent inline."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from vlmrun.local._requests.parts import WireModel

__all__ = ["Archive", "InlineSkill", "Skill", "SkillReference"]

_Name = Annotated[str, Field(min_length=1)]


class SkillReference(WireModel):
    """A skill that is kept elsewhere; what does not say its type is one."""

    type: Literal["skill_reference"] = "skill_reference"
    skill_id: _Name | None = None
    skill_name: _Name | None = None
    skill_version: str | None = None
    version: str | None = None

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if self.skill_id is None and self.skill_name is None:
            raise ValueError("a skill_reference needs skill_id or skill_name")
        return self


class Archive(WireModel):
    """A zip in base64."""

    type: Literal["base64"] = "base64"
    media_type: Literal["application/zip"] = "application/zip"
    data: str


class InlineSkill(WireModel):
    """A skill that is sent along, in `source`, or in `bundle` as it was once called."""

    type: Literal["inline"]
    name: _Name
    description: str | None = None
    source: Archive | None = None
    bundle: Archive | None = None

    @model_validator(mode="after")
    def _has_an_archive(self) -> Self:
        if self.source is None and self.bundle is None:
            raise ValueError("an inline skill needs source")
        return self


def _kind_of_skill(skill: object) -> str | None:
    # A cast: what comes from JSON is made of dicts, and nothing narrower is known of it.
    kind = cast("dict[str, object]", skill).get("type", "skill_reference") if isinstance(skill, dict) else None
    return kind if isinstance(kind, str) else None


Skill = Annotated[
    Annotated[SkillReference, Tag("skill_reference")] | Annotated[InlineSkill, Tag("inline")],
    Discriminator(_kind_of_skill),
]
"""Any skill."""
