"""What the body of a request for a prediction must look like."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from vlmrun.local._requests.generation import GenerationConfig
from vlmrun.local._requests.parts import URL, WireModel

__all__ = [
    "FileExecution",
    "FileGeneration",
    "FileSource",
    "ImageExecution",
    "ImageGeneration",
    "ImageSource",
]

_Text = Annotated[str, Field(min_length=1)]


class RequestMetadata(WireModel):
    """What is stored with a prediction."""

    environment: str | None = None
    session_id: str | None = None
    allow_training: bool | None = None


class _Request(WireModel):
    model: _Text = "vlm-1"
    config: GenerationConfig | None = None
    metadata: RequestMetadata | None = None
    callback_url: _Text | None = None

    @property
    def settings(self) -> GenerationConfig:
        """The config, or one that sets nothing."""
        return self.config or GenerationConfig()


class ImageSource(_Request):
    """`POST /v1/image/schema`."""

    images: Annotated[list[URL], Field(min_length=1)]
    batch: bool = False


class FileSource(_Request):
    """`POST /v1/{document,audio,video}/schema`."""

    file_id: _Text | None = None
    url: URL | None = None
    batch: bool = False

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.file_id is None) == (self.url is None):
            raise ValueError("exactly one of file_id and url is needed")
        return self


class _Generation(_Request):
    domain: _Text | None = None

    @model_validator(mode="after")
    def _says_what_to_do(self) -> Self:
        if self.domain is None and not self.settings.skills:
            raise ValueError("domain is needed unless config.skills says what to do")
        return self


class ImageGeneration(_Generation, ImageSource):
    """`POST /v1/image/generate`."""


class FileGeneration(_Generation, FileSource):
    """`POST /v1/{document,audio,video}/generate`, a batch job unless told otherwise."""

    batch: bool = True


class _Execution(_Request):
    name: _Text
    version: _Text = "latest"


class ImageExecution(_Execution, ImageSource):
    """`POST /v1/image/execute`."""


class FileExecution(_Execution, FileSource):
    """`POST /v1/{document,audio,video}/execute`, a batch job unless told otherwise."""

    batch: bool = True
