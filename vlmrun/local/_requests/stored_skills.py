"""Requests about stored skills."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import Self

from vlmrun.local._requests.parts import JSONObject, WireModel

__all__ = ["SkillCreation", "SkillLookup", "SkillQuery", "SkillUpdate"]

_Text = Annotated[str, Field(min_length=1)]


class SkillQuery(BaseModel):
    """The query of `GET /v1/skills`. Not strict: it is text."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    limit: Annotated[int, Field(ge=1, le=1000)] = 25
    offset: Annotated[int, Field(ge=0)] = 0
    order_by: Literal["created_at", "updated_at", "name"] = "created_at"
    descending: bool = True
    grouped: bool = False


class SkillLookup(WireModel):
    """`POST /v1/skills/lookup`."""

    name: _Text | None = None
    id: _Text | None = None
    skill_version: str | None = None
    version: str | None = None

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if (self.name is None) == (self.id is None):
            raise ValueError("exactly one of name and id is needed")
        return self


class SkillCreation(WireModel):
    """`POST /v1/skills/create`."""

    prompt: _Text | None = None
    json_schema: JSONObject | None = None
    session_id: _Text | None = None
    file_id: _Text | None = None
    name: _Text | None = None
    description: str | None = None

    @model_validator(mode="after")
    def _has_one_mode(self) -> Self:
        if sum(mode is not None for mode in (self.prompt, self.session_id, self.file_id)) != 1:
            raise ValueError("exactly one of prompt, session_id and file_id is needed")
        if self.json_schema is not None and self.prompt is None:
            raise ValueError("json_schema is for a prompt")
        return self


class SkillUpdate(WireModel):
    """`POST /v1/skills/{id}/update`."""

    file_id: _Text | None = None
    description: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.file_id is None and self.description is None:
            raise ValueError("file_id or description is needed")
        return self
