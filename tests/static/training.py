"""Feedback, datasets and fine-tuning to a checker, in both colours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.datasets import AsyncDatasets, Datasets
from vlmrun.client.feedback import AsyncFeedback, Feedback
from vlmrun.client.fine_tuning import AsyncFinetuning, Finetuning
from vlmrun.client.pages import AsyncPage, Page
from vlmrun.client.types import (
    DatasetResponse,
    DatasetType,
    FeedbackItem,
    FeedbackListResponse,
    FeedbackSubmitResponse,
    FinetuningProvisionResponse,
    FinetuningResponse,
    PredictionResponse,
)
from vlmrun.options import GenerationOptions
from vlmrun.results import RawResponse


class Invoice(BaseModel):
    total: float


def the_resources(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.feedback, Feedback)
    assert_type(client.datasets, Datasets)
    assert_type(client.fine_tuning, Finetuning)
    assert_type(twin.feedback, AsyncFeedback)
    assert_type(twin.datasets, AsyncDatasets)
    assert_type(twin.fine_tuning, AsyncFinetuning)

    client.feedback = client.feedback  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.datasets = client.datasets  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.fine_tuning = client.fine_tuning  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    Feedback("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Datasets("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Finetuning("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncFeedback()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AsyncDatasets()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AsyncFinetuning()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


def feedback(client: VLMRun) -> None:
    assert_type(client.feedback.submit("p-1", {"total": 12.5}, "No."), FeedbackSubmitResponse)
    assert_type(client.feedback.submit(request_id="p-1", response=Invoice(total=12.5)), FeedbackSubmitResponse)
    assert_type(client.feedback.submit(agent_execution_id="e-1", notes="No.", timeout=5), FeedbackSubmitResponse)
    assert_type(client.feedback.submit(chat_id="c-1", notes="No."), FeedbackSubmitResponse)
    assert_type(client.feedback.get("p-1", 5, 10), FeedbackListResponse)
    assert_type(client.feedback.get(agent_execution_id="e-1", limit=5), FeedbackListResponse)
    assert_type(client.feedback.get(chat_id="c-1").items, list[FeedbackItem])
    assert_type(client.feedback.with_raw_response.get("p-1"), RawResponse[FeedbackListResponse])

    client.feedback.submit(notes="No.")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.feedback.submit("p-1", chat_id="c-1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.feedback.get()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]


def datasets(client: VLMRun) -> None:
    kind: DatasetType = "of-tomorrow"
    assert_type(client.datasets.create("document.receipt", Path("receipts"), "receipts", kind), DatasetResponse)
    assert_type(
        client.datasets.create(
            domain="document.receipt",
            dataset_directory="receipts",
            dataset_name="receipts",
            dataset_type="images",
            wandb_api_key="key",
        ),
        DatasetResponse,
    )
    assert_type(client.datasets.get("d-1"), DatasetResponse)
    assert_type(client.datasets.list(skip=5, limit=5), Page[DatasetResponse])

    wrong: DatasetType = 5  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del wrong
    client.datasets.create("document.receipt")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.datasets.get(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.datasets.list(0, 5, 5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]


def fine_tuning(client: VLMRun) -> None:
    assert_type(client.fine_tuning.create("vlm-1", "f-1"), FinetuningResponse)
    assert_type(
        client.fine_tuning.create(
            "vlm-1", "f-1", None, 3, "auto", 2e-4, "receipts", callback_url="https://example.com"
        ),
        FinetuningResponse,
    )
    assert_type(client.fine_tuning.provision("ft:1", duration=60, concurrency=2), FinetuningProvisionResponse)
    config: GenerationOptions = {"prompt": "Read it."}
    assert_type(client.fine_tuning.generate("ft:1", ["a.png"], config=config), PredictionResponse[JsonValue])
    typed = client.fine_tuning.generate("ft:1", videos=[b"..."], config=config, response_model=Invoice)
    assert_type(typed, PredictionResponse[Invoice])
    assert_type(client.fine_tuning.list(), Page[FinetuningResponse])
    assert_type(client.fine_tuning.get("j-1"), FinetuningResponse)
    assert_type(client.fine_tuning.list_models(limit=5), Page[str])

    client.fine_tuning.create("vlm-1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.fine_tuning.create("vlm-1", "f-1", batch_size="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.fine_tuning.provision()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.fine_tuning.list(0, 5, 5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.fine_tuning.get(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.fine_tuning.list_models(0, 5, 5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]


def what_comes_back(item: FeedbackItem, dataset: DatasetResponse, job: FinetuningResponse) -> None:
    now = datetime.now()
    assert_type(item.response, dict[str, JsonValue] | None)
    assert_type(dataset.created_at, datetime)
    assert_type(job.model, str | None)
    assert_type(FeedbackSubmitResponse(id="1", created_at=now).chat_id, str | None)
    assert_type(FeedbackListResponse(items=[]).request_id, str | None)
    assert_type(FinetuningProvisionResponse(id="1", created_at=now).message, str | None)

    FeedbackSubmitResponse()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    FeedbackItem(id=5, created_at=now)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    FeedbackListResponse()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    DatasetResponse(id="1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    FinetuningResponse(id="1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    FinetuningProvisionResponse(id="1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


async def awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.feedback.submit("p-1", notes="No."), FeedbackSubmitResponse)
    assert_type(await twin.feedback.get(chat_id="c-1"), FeedbackListResponse)
    assert_type(await twin.datasets.create("a.b", "receipts", "receipts", "images"), DatasetResponse)
    assert_type(await twin.datasets.list(), AsyncPage[DatasetResponse])
    assert_type(await twin.fine_tuning.create("vlm-1", "f-1"), FinetuningResponse)
    generated = await twin.fine_tuning.generate(
        "ft:1", ["a.png"], config={"prompt": "Read it."}, response_model=Invoice
    )
    assert_type(generated.response, Invoice)
    assert_type(await twin.fine_tuning.list_models(), AsyncPage[str])

    await twin.feedback.get(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.datasets.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
