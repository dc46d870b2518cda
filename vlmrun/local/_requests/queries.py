"""What the query of a request must look like."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import Self

__all__ = ["ArtifactQuery", "FileQuery", "NamespaceQuery", "PageQuery", "UploadQuery"]


class _Query(BaseModel):
    """A query. Not strict: it is text."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PageQuery(_Query):
    """The query of a list."""

    skip: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 10


class FileQuery(_Query):
    """The query of a file."""

    generate_public_url: bool = True


class UploadQuery(FileQuery):
    """The query of `POST /v1/files`."""

    purpose: Annotated[str, Field(min_length=1)] = "assistants"


class NamespaceQuery(_Query):
    """The query of `GET /v1/artifacts/list`: what the artifacts belong to."""

    session_id: str | None = None
    execution_id: str | None = None

    @model_validator(mode="after")
    def _has_one_namespace(self) -> Self:
        if (self.session_id is None) == (self.execution_id is None):
            raise ValueError("exactly one of session_id and execution_id is needed")
        return self


class ArtifactQuery(NamespaceQuery):
    """The query of `GET /v1/artifacts`."""

    object_id: str | None = None
    filename: str | None = None

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if (self.object_id is None) == (self.filename is None):
            raise ValueError("exactly one of object_id and filename is needed")
        return self
