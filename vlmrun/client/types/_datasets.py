"""Datasets for fine-tuning."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import TypeAdapter

from vlmrun.client.types._base import TIMESTAMP, CreditUsage, JobStatus, WireModel

__all__ = ["DatasetResponse", "DatasetType", "read_datasets"]

DatasetType: TypeAlias = Literal["images", "videos", "documents"] | str
"""What the files of a dataset are. Open: other values are accepted."""


class DatasetResponse(WireModel):
    """A dataset.

    HTTP: the response of `GET /datasets/{id}`.
    """

    id: str
    """The dataset's id."""
    status: JobStatus
    """The current status of the dataset's creation."""
    created_at: Annotated[datetime, TIMESTAMP]
    """When the dataset was created."""
    completed_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the dataset was ready."""
    dataset_name: str | None = None
    """The dataset's name."""
    dataset_type: DatasetType | None = None
    """What its files are: `images`, `videos` or `documents`."""
    domain: str | None = None
    """The domain, such as `document.invoice`."""
    file_id: str | None = None
    """The id of the uploaded archive."""
    message: str | None = None
    """The server's message about the dataset."""
    wandb_url: str | None = None
    """The URL of the run at Weights & Biases."""
    wandb_base_url: str | None = None
    """The URL of Weights & Biases."""
    wandb_project_name: str | None = None
    """The project at Weights & Biases."""
    usage: CreditUsage | None = None
    """The usage."""


read_datasets = TypeAdapter(list[DatasetResponse]).validate_json
"""Parses a JSON list of datasets."""
