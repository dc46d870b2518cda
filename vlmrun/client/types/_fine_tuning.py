"""Fine-tuning: jobs, and the provision of their models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import TypeAdapter

from vlmrun.client.types._base import TIMESTAMP, CreditUsage, JobStatus, WireModel

__all__ = ["FinetuningProvisionResponse", "FinetuningResponse", "read_jobs", "read_names"]


class FinetuningResponse(WireModel):
    """A fine-tuning job.

    HTTP: the response of `GET /fine_tuning/jobs/{id}`.
    """

    id: str
    """The job's id."""
    status: JobStatus
    """The current status."""
    created_at: Annotated[datetime, TIMESTAMP]
    """When the job was submitted."""
    completed_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the job ended; `None` while it is running."""
    model: str | None = None
    """The base model; once the job is completed, the fine-tuned one."""
    suffix: str | None = None
    """The suffix of the fine-tuned model's name."""
    message: str | None = None
    """The server's message about the job."""
    wandb_url: str | None = None
    """The URL of the run at Weights & Biases."""
    wandb_base_url: str | None = None
    """The URL of Weights & Biases."""
    wandb_project_name: str | None = None
    """The project at Weights & Biases."""
    usage: CreditUsage | None = None
    """The usage."""


class FinetuningProvisionResponse(WireModel):
    """A fine-tuned model that is made available.

    HTTP: the response of `POST /fine_tuning/provision`.
    """

    id: str
    """The id of the provision."""
    created_at: Annotated[datetime, TIMESTAMP]
    """When it was requested."""
    completed_at: Annotated[datetime, TIMESTAMP] | None = None
    """When the model was available."""
    model: str | None = None
    """The model."""
    message: str | None = None
    """The server's message about it."""


read_jobs = TypeAdapter(list[FinetuningResponse]).validate_json
"""Parses a JSON list of jobs."""
read_names = TypeAdapter(list[str]).validate_json
"""Parses a JSON list of names."""
