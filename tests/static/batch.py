"""A job over many documents to a checker: what it is asked decides what its results are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.batch import Batch, BatchCounts, BatchError, BatchResult
from vlmrun.webhooks import WebhookEvent


class Invoice(BaseModel):
    total: float


def jobs(client: VLMRun, async_client: AsyncVLMRun) -> None:
    batch = Batch("invoices.db", prompt="Read it.", response_model=Invoice, client=client)
    assert_type(batch, Batch[Invoice])
    assert_type(Batch(Path("a.db"), prompt="Read it.", client=async_client, mode="chat"), Batch[str])
    assert_type(Batch("a.db", domain="document.invoice", client=client), Batch[JsonValue])
    assert_type(Batch("a.db", domain="document.invoice", response_model=Invoice, client=client), Batch[Invoice])
    assert_type(batch.run(Path("inbox").glob("*.pdf"), retry={"RequestTimeoutError"}), BatchCounts)
    assert_type(
        batch.run([("a.pdf", b""), {"path": "a.pdf"}, "https://example.com/a.pdf"], retry="failed"), BatchCounts
    )
    assert_type(batch.counts().total, int)

    Batch("a.db", client=client)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    Batch("a.db", prompt="Read it.", response_model=Invoice(total=1), client=client)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    BatchCounts(done=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    batch.run([25])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


async def elsewhere(batch: Batch[Invoice]) -> None:
    assert_type(await batch.arun(["a.pdf"]), BatchCounts)


def results(batch: Batch[Invoice], event: WebhookEvent[JsonValue]) -> None:
    assert_type(batch.results(), Iterator[BatchResult[Invoice]])
    for result in batch.results(status="done"):
        assert_type(result.output, Invoice)
        assert_type(result.output.total, float)
        assert_type(result.error, BatchError | None)
        assert_type(result.credits, float | None)
    assert_type(batch.write("invoices.jsonl"), int)
    assert_type(batch.receive(event), BatchResult[Invoice] | None)
    wider: Batch[BaseModel] = batch
    print(wider)  # noqa: T201  # a use

    for wrong in batch.results():
        wrong.output.totl  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
        wrong.error.kind  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    batch.results(status="finished")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def values(error: BatchError) -> None:
    assert_type(error.kind, str)
    assert_type(error.http_status, int | None)
    assert_type(error.may_be_billed, bool)
    BatchError(25)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    BatchResult()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
