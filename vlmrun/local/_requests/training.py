"""Requests about feedback, datasets and fine-tuning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import Self

from vlmrun.local._requests.generation import GenerationConfig
from vlmrun.local._requests.parts import URL, JSONObject, WireModel

__all__ = [
    "DatasetCreation",
    "FeedbackQuery",
    "FeedbackSubmission",
    "ProvisionRequest",
    "TunedGeneration",
    "TuningRequest",
]

_Text = Annotated[str, Field(min_length=1)]


class FeedbackSubmission(WireModel):
    """`POST /v1/feedback/submit`."""

    request_id: _Text | None = None
    agent_execution_id: _Text | None = None
    chat_id: _Text | None = None
    response: JSONObject | None = None
    notes: str | None = None

    @model_validator(mode="after")
    def _is_about_one(self) -> Self:
        if sum(id_ is not None for id_ in (self.request_id, self.agent_execution_id, self.chat_id)) != 1:
            raise ValueError("exactly one of request_id, agent_execution_id and chat_id is needed")
        return self


class FeedbackQuery(BaseModel):
    """The query of `GET /v1/feedback/{id}`. Not strict: it is text."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["request", "agent_execution", "chat"] = "request"
    limit: Annotated[int, Field(ge=1, le=1000)] = 10
    offset: Annotated[int, Field(ge=0)] = 0


class DatasetCreation(WireModel):
    """`POST /v1/datasets/create`."""

    file_id: _Text
    domain: _Text
    dataset_name: _Text
    dataset_type: Literal["images", "videos", "documents"]
    wandb_base_url: str | None = None
    wandb_project_name: str | None = None
    wandb_api_key: str | None = None


class TuningRequest(WireModel):
    """`POST /v1/fine_tuning/create`."""

    model: _Text
    training_file: _Text
    validation_file: _Text | None = None
    num_epochs: Annotated[int, Field(ge=1)] = 1
    batch_size: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    learning_rate: Annotated[float, Field(gt=0)] = 2e-4
    suffix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    wandb_api_key: str | None = None
    wandb_base_url: str | None = None
    wandb_project_name: str | None = None
    callback_url: str | None = None


class ProvisionRequest(WireModel):
    """`POST /v1/fine_tuning/provision`."""

    model: _Text
    duration: Annotated[int, Field(ge=1)] = 600
    concurrency: Annotated[int, Field(ge=1)] = 1


class TunedGeneration(WireModel):
    """`POST /v1/fine_tuning/generate`."""

    model: _Text
    images: Annotated[list[URL], Field(max_length=16)] | None = None
    videos: Annotated[list[URL], Field(max_length=1)] | None = None
    batch: Literal[False] = False
    config: GenerationConfig
    metadata: JSONObject | None = None
    callback_url: _Text | None = None

    @model_validator(mode="after")
    def _says_what_to_do(self) -> Self:
        if self.config.prompt is None or self.config.json_schema is None:
            raise ValueError("config.prompt and config.json_schema are needed")
        if not self.images and not self.videos:
            raise ValueError("images or videos are needed")
        return self
