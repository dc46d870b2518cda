"""Predictions to a checker, in both colours: the type of the answer follows what was asked for."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, PredictionError, PredictionFailedError, PredictionTimeoutError, VLMRun
from vlmrun.client.audio import AsyncAudio, Audio
from vlmrun.client.document import AsyncDocument, Document
from vlmrun.client.image import AsyncImage, Image
from vlmrun.client.pages import AsyncPage, Page
from vlmrun.client.predictions import AsyncPredictions, Predictions
from vlmrun.client.types import (
    AudioSegment,
    AudioTranscription,
    BoundingBox,
    Confidence,
    Domain,
    GenerationConfig,
    MarkdownBox,
    MarkdownCell,
    MarkdownDocument,
    MarkdownFigure,
    MarkdownPage,
    MarkdownTable,
    MarkdownTableHeader,
    MarkdownTableMetadata,
    MediaMetadata,
    PredictionField,
    PredictionResponse,
    SchemaResponse,
    SegmentContent,
    VideoSegment,
    VideoTranscription,
)
from vlmrun.client.video import AsyncVideo, Video
from vlmrun.options import GenerationOptions
from vlmrun.results import RawResponse


class Invoice(BaseModel):
    total: float


def the_resources(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.image, Image)
    assert_type(client.document, Document)
    assert_type(client.audio, Audio)
    assert_type(client.video, Video)
    assert_type(client.predictions, Predictions)
    assert_type(twin.image, AsyncImage)
    assert_type(twin.document, AsyncDocument)
    assert_type(twin.audio, AsyncAudio)
    assert_type(twin.video, AsyncVideo)
    assert_type(twin.predictions, AsyncPredictions)

    image: Image = twin.image  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    document: Document = client.video  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    audio: Audio = client.document  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    video: Video = client.audio  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    predictions: Predictions = twin.predictions  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    their_image: AsyncImage = client.image  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    their_document: AsyncDocument = twin.audio  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    their_audio: AsyncAudio = twin.video  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    their_video: AsyncVideo = twin.document  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    their_predictions: AsyncPredictions = client.predictions  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del image, document, audio, video, predictions
    del their_image, their_document, their_audio, their_video, their_predictions


def answers(client: VLMRun, is_batch: bool) -> None:
    invoice = client.document.generate(file=Path("invoice.pdf"), domain="document.invoice", response_model=Invoice)
    assert_type(invoice, PredictionResponse[Invoice])
    assert_type(invoice.response.total, float)
    assert_type(client.document.generate(file="f-1", domain="document.invoice"), PredictionResponse[JsonValue])
    assert_type(client.document.generate(file="f-1", domain="of-tomorrow").response, JsonValue)

    markdown = client.document.generate(url="https://example.com/invoice.pdf", domain="document.markdown")
    assert_type(markdown, PredictionResponse[MarkdownDocument])
    assert_type(markdown.response.pages[0].tables, list[MarkdownTable] | None)
    audio = client.audio.generate(file="f-1", domain="audio.transcription")
    assert_type(audio.response.segments[0].start_time, float)
    video = client.video.generate(file="f-1", domain="video.transcription")
    assert_type(video, PredictionResponse[VideoTranscription])

    # What runs in the background has no answer yet.
    batch = client.document.generate(file="f-1", domain="document.markdown", batch=True)
    assert_type(batch, PredictionResponse[JsonValue])
    assert_type(
        client.document.generate(file="f-1", response_model=Invoice, batch=is_batch), PredictionResponse[JsonValue]
    )
    assert_type(
        client.predictions.wait(batch.id, response_model=MarkdownDocument), PredictionResponse[MarkdownDocument]
    )
    assert_type(client.predictions.wait(batch.id, 600, 5), PredictionResponse[JsonValue])
    assert_type(client.predictions.get("p-1"), PredictionResponse[JsonValue])
    assert_type(client.image.list(5, limit=7), Page[PredictionResponse[JsonValue]])

    assert_type(client.document.execute("reader", file="f-1", response_model=Invoice), PredictionResponse[Invoice])
    cast = client.document.generate(file="f-1", domain="document.invoice", autocast=True)
    assert_type(cast, PredictionResponse[BaseModel])
    cast.response["total"]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]  # ty: ignore[not-subscriptable]  # pyrefly: ignore[bad-index]
    assert_type(
        client.document.generate(file="f-1", domain="a.b", autocast=True, batch=True), PredictionResponse[JsonValue]
    )
    assert_type(
        client.document.generate(file="f-1", domain="document.markdown", autocast=True),
        PredictionResponse[MarkdownDocument],
    )
    assert_type(client.document.execute("reader", url="https://example.com/a.pdf"), PredictionResponse[JsonValue])
    assert_type(client.document.schema("f-1"), PredictionResponse[SchemaResponse])
    raw = client.document.with_raw_response.generate(file="f-1", response_model=Invoice)
    assert_type(raw, RawResponse[PredictionResponse[Invoice]])

    other: PredictionResponse[Invoice] = client.document.generate(file="f-1", domain="document.markdown")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    wrong: PredictionResponse[VideoTranscription] = client.audio.generate(file="f-1", domain="audio.transcription")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del other, wrong
    client.document.generate(file=5, domain="document.invoice")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.document.generate(file="f-1", domain=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.document.generate(file="f-1", response_model=dict)  # type: ignore[type-var]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.document.generate(file="f-1", domain="d", config={"confidance": True})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload, unknown-typed-dict-constructor-key]  # pyrefly: ignore[no-matching-overload]
    client.document.execute(file="f-1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[missing-argument]
    client.document.schema(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.predictions.wait(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.predictions.get(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def images(client: VLMRun) -> None:
    assert_type(client.image.generate("document.invoice", ["a.png", b"bytes"]), PredictionResponse[JsonValue])
    assert_type(client.image.generate("a.b", ["a.png"], autocast=True), PredictionResponse[BaseModel])
    assert_type(client.image.generate("a.b", urls=["https://a.test"], autocast=True), PredictionResponse[BaseModel])
    typed = client.image.generate("document.invoice", urls=["https://example.com/a.png"], response_model=Invoice)
    assert_type(typed, PredictionResponse[Invoice])
    assert_type(client.image.execute("reader", images=["a.png"], response_model=Invoice), PredictionResponse[Invoice])
    pages = client.image.generate("document.markdown", ["a.png"])
    assert_type(pages.response.pages[0].tables, list[MarkdownTable] | None)
    assert_type(
        client.image.generate(domain="document.markdown", urls=["https://example.com/a.png"]),
        PredictionResponse[MarkdownDocument],
    )
    assert_type(client.image.generate("document.markdown", ["a.png"], batch=True), PredictionResponse[JsonValue])
    other: PredictionResponse[Invoice] = client.image.generate("document.markdown", ["a.png"])  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del other
    assert_type(client.image.schema(urls=["https://example.com/a.png"]), PredictionResponse[SchemaResponse])

    client.image.generate("document.invoice")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.image.generate("document.invoice", ["a.png"], urls=["https://example.com/a.png"])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.image.execute(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


async def awaited(client: AsyncVLMRun) -> None:
    invoice = await client.document.generate(
        file=b"bytes", response_model=Invoice, config=GenerationConfig(grounding=True)
    )
    assert_type(invoice.response, Invoice)
    assert_type(await client.image.generate(None, ["a.png"]), PredictionResponse[JsonValue])
    assert_type(await client.predictions.list(), AsyncPage[PredictionResponse[JsonValue]])


def a_bare_annotation(prediction: PredictionResponse) -> JsonValue:
    return prediction.response


def configuration() -> None:
    options: GenerationOptions = {"grounding": True, "page_indices": [0], "response_model": Invoice}
    domain: Domain = "document.invoice"
    closed: Domain = 5  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    bad: GenerationOptions = {"grounding": "yes"}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-assignment]
    del options, domain, closed, bad


def grounding(prediction: PredictionResponse) -> None:
    field = prediction.field("total")
    assert_type(field, PredictionField)
    assert_type(field.value, JsonValue)
    assert_type(field.boxes, tuple[BoundingBox, ...])
    assert_type(field.boxes[0].in_pixels(100, 100), tuple[float, float, float, float])
    confidence: Confidence | None = field.confidence
    no_confidence: Confidence = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_field: PredictionField = prediction  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_box: BoundingBox = (0, 0, 1, 1)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del confidence, no_confidence, no_field, no_box


def documents(document: MarkdownDocument, audio: AudioTranscription, video: VideoTranscription) -> None:
    assert_type(document[0], MarkdownPage)
    assert_type(document.figures, list[MarkdownFigure])
    table = document.tables[0]
    assert_type(table, MarkdownTable)
    assert_type(table.headers, list[MarkdownTableHeader])
    assert_type(table.metadata, MarkdownTableMetadata | None)
    assert_type(table.bbox, MarkdownBox | None)
    assert_type(MarkdownBox(xywh=(0, 0, 1, 1)).xyxy, tuple[float, float, float, float])
    assert_type(document[0].markdown_content, str)
    assert_type(table.cells, list[MarkdownCell] | None)
    assert_type(table.to_rows(), list[list[JsonValue]])
    assert_type(audio.segments, list[AudioSegment])
    assert_type(audio.metadata, MediaMetadata | None)
    assert_type(video.segments, list[VideoSegment])
    assert_type(video.segments[0].audio, SegmentContent | None)

    page: MarkdownPage = document.tables  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    figure: MarkdownFigure = table  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    other_table: MarkdownTable = document  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    header: MarkdownTableHeader = "Price"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    around: MarkdownTableMetadata = "Items"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    box: MarkdownBox = (0, 0, 1, 1)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    cell: MarkdownCell = box  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    heard: AudioSegment = audio  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    known: MediaMetadata = audio  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    seen: VideoSegment = heard  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    words: SegmentContent = "Hi."  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    whole: MarkdownDocument = audio  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    transcription: AudioTranscription = video  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del page, figure, other_table, header, around, box, cell, heard, known, seen, words, whole, transcription


def errors(error: PredictionError) -> None:
    assert_type(error.prediction_id, str | None)
    assert_type(error.prediction, PredictionResponse | None)
    PredictionFailedError("No.", prediction=PredictionResponse(id="p", status="failed"))
    PredictionFailedError("No.", prediction={"id": "p"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    assert_type(PredictionFailedError("No.", prediction_id="p", status="failed"), PredictionFailedError)
    too_late: list[type[TimeoutError]] = [PredictionTimeoutError]
    del too_late
    PredictionError("No.", id="p")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    PredictionFailedError("No.", status=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    PredictionTimeoutError("No.", status=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
