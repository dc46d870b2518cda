"""Predictions, as users of the official SDK write them."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import BaseModel

from support.received import Received
from vlmrun.client import VLMRun
from vlmrun.client.types import (
    AgentCreationConfig,
    AgentSkill,
    GenerationConfig,
    MarkdownDocument,
    PredictionResponse,
    RequestMetadata,
)
from vlmrun.local import LocalServer


class Invoice(BaseModel):
    invoice_id: str
    total: float


def fields(response: PredictionResponse[Any]) -> Any:
    """What was read, as a program without types has it, and that there is something."""
    assert response.status == "completed"
    assert response.response
    return response.response


# Images ---------------------------------------------------------------------------------------------------------------


def test_image_of_pillow(client: VLMRun, picture: Image.Image, received: Received) -> None:
    response = client.image.generate(images=[picture], domain="document.receipt")
    assert isinstance(fields(response), dict)
    body = received("/image/generate")
    assert (body["domain"], body["model"], body["batch"]) == ("document.receipt", "vlm-1", False)
    assert body["images"][0].startswith("data:image/")


def test_image_of_a_path(client: VLMRun, receipt: Path, received: Received) -> None:
    assert fields(client.image.generate(images=[receipt], domain="document.receipt"))
    assert received("/image/generate")["images"][0].startswith("data:image/jpeg;base64,")


def test_image_with_the_domain_first(client: VLMRun, receipt: Path) -> None:
    assert fields(client.image.generate("document.receipt", [receipt]))


def test_image_of_a_url(client: VLMRun, received: Received) -> None:
    assert fields(client.image.generate(urls=["https://example.com/receipt.jpg"], domain="document.receipt"))
    assert received("/image/generate")["images"] == ["https://example.com/receipt.jpg"]


def test_image_with_a_config(client: VLMRun, picture: Image.Image, received: Received) -> None:
    response = client.image.generate(
        images=[picture],
        domain="document.receipt",
        model="vlm-1",
        config=GenerationConfig(prompt="Only the total.", detail="hi", confidence=True, grounding=True),
    )
    read = fields(response)
    assert any(name.endswith("_metadata") for name in read)
    config = received("/image/generate")["config"]
    assert config == {"prompt": "Only the total.", "detail": "hi", "confidence": True, "grounding": True}


def test_image_with_a_model_in_its_config(client: VLMRun, picture: Image.Image, received: Received) -> None:
    config = GenerationConfig(response_model=Invoice)
    response = client.image.generate(images=[picture], domain="document.invoice", config=config)
    assert "total" in fields(response)
    assert received("/image/generate")["config"]["json_schema"] == Invoice.model_json_schema()


def test_image_with_a_schema_in_its_config(client: VLMRun, picture: Image.Image) -> None:
    config = GenerationConfig(json_schema=Invoice.model_json_schema())
    response = client.image.generate(images=[picture], domain="document.invoice", config=config)
    assert isinstance(Invoice(**fields(response)).total, float)


def test_image_as_a_class_of_its_domain(client: VLMRun, picture: Image.Image) -> None:
    response = client.image.generate(images=[picture], domain="document.receipt", autocast=True)
    assert isinstance(response.response, BaseModel)
    assert response.response.model_dump()


def test_image_in_a_batch_with_metadata(client: VLMRun, picture: Image.Image, received: Received) -> None:
    response = client.image.generate(
        images=[picture],
        domain="document.invoice",
        batch=True,
        metadata=RequestMetadata(environment="prod", session_id="s-1", allow_training=False),
        callback_url="https://example.com/hook",
    )
    assert response.status == "pending"
    body = received("/image/generate")
    assert body["metadata"] == {"environment": "prod", "session_id": "s-1", "allow_training": False}
    assert (body["batch"], body["callback_url"]) == (True, "https://example.com/hook")


def test_image_by_a_name(client: VLMRun, picture: Image.Image, received: Received) -> None:
    client.agent.create(config=AgentCreationConfig(prompt="Read the receipt."), name="receipt-reader")
    assert client.image.execute(name="receipt-reader", version="latest", images=[picture]).id
    body = received("/image/execute")
    assert (body["name"], body["version"]) == ("receipt-reader", "latest")


def test_image_schema(client: VLMRun, picture: Image.Image) -> None:
    response = client.image.schema(images=[picture])
    assert response.response is not None
    assert response.response.json_schema["type"] == "object"


# Documents ------------------------------------------------------------------------------------------------------------


def test_document_of_a_path(client: VLMRun, invoice: Path, received: Received) -> None:
    response = client.document.generate(file=invoice, domain="document.invoice")
    assert isinstance(fields(response), dict)
    assert received("/document/generate")["file_id"]
    assert response.usage is not None


def test_document_of_a_url(client: VLMRun, received: Received) -> None:
    assert fields(client.document.generate(url="https://example.com/invoice.pdf", domain="document.invoice"))
    assert received("/document/generate")["url"] == "https://example.com/invoice.pdf"


def test_document_of_an_uploaded_file(client: VLMRun, invoice: Path, received: Received) -> None:
    file = client.files.upload(file=invoice)
    assert fields(client.document.generate(file=file.id, domain="document.invoice"))
    assert received("/document/generate")["file_id"] == file.id


def test_document_of_a_path_as_text(client: VLMRun, invoice: Path) -> None:
    assert fields(client.document.generate(file=str(invoice), domain="document.invoice"))


def test_document_as_markdown(client: VLMRun, invoice: Path) -> None:
    response = client.document.generate(file=invoice, domain="document.markdown")
    document = response.response
    assert isinstance(document, MarkdownDocument)
    assert len(document.pages) == 2
    assert [isinstance(page.content, str) for page in document.pages] == [True, True]
    assert isinstance(document.pages[0].markdown_content, str)
    assert "pages" in document.model_dump()


def test_document_with_tables() -> None:
    pytest.importorskip("pandas")
    table = {
        "headers": [{"id": "col-0", "column": 0, "name": "Item"}, {"id": "col-1", "column": 1, "name": "Price"}],
        "data": [{"col-0": "Tea", "col-1": 2.5}],
        "metadata": {"title": "Items"},
    }
    document = MarkdownDocument.model_validate({"pages": [{"content": '<Table id="tb-0"/>', "tables": [table]}]})
    frames = [table.to_dataframe(header="name") for page in document.pages for table in page.tables or []]
    assert list(frames[0]["Price"]) == [2.5]
    assert "| Tea | 2.5 |" in document.pages[0].markdown_content


def test_document_with_pages_and_config(client: VLMRun, invoice: Path, received: Received) -> None:
    config = GenerationConfig(page_indices=[1], max_tokens=1000, temperature=0.0, max_retries=1, service_tier="flex")
    response = client.document.generate(file=invoice, domain="document.markdown", config=config)
    assert len(response.response.pages if response.response else []) == 1
    sent = {"page_indices": [1], "max_tokens": 1000, "temperature": 0.0, "max_retries": 1, "service_tier": "flex"}
    assert received("/document/generate")["config"] == sent


def test_document_with_a_skill(client: VLMRun, invoice: Path, received: Received) -> None:
    skill = AgentSkill(skill_name="receipts", skill_version="latest")
    assert client.document.generate(file=invoice, config=GenerationConfig(skills=[skill])).id
    body = received("/document/generate")
    assert body["config"]["skills"][0]["skill_name"] == "receipts"
    assert "domain" not in body


def test_document_by_a_name(client: VLMRun, invoice: Path, received: Received) -> None:
    client.agent.create(config=AgentCreationConfig(prompt="Read the invoice."), name="invoice-reader")
    assert client.document.execute(name="invoice-reader", file=invoice, batch=False).status == "completed"
    assert received("/document/execute")["name"] == "invoice-reader"


def test_document_schema(client: VLMRun, invoice: Path) -> None:
    response = client.document.schema(file=invoice)
    assert response.response is not None
    assert response.response.json_schema


def test_document_in_a_batch_and_waited_for(client: VLMRun, invoice: Path) -> None:
    response = client.document.generate(file=invoice, domain="document.invoice", batch=True)
    assert response.status in {"enqueued", "pending"}
    response = client.predictions.wait(response.id, timeout=120, sleep=1)
    assert isinstance(fields(response), dict)


def test_document_waited_for_at_its_resource(client: VLMRun, invoice: Path) -> None:
    response = client.document.generate(file=invoice, domain="document.invoice", batch=True)
    assert fields(client.document.wait(id=response.id, timeout=120, sleep=1))
    assert client.document.get(response.id).status == "completed"


# Audio and video ------------------------------------------------------------------------------------------------------


def test_audio(client: VLMRun, sound: Path) -> None:
    response = client.audio.generate(file=sound, domain="audio.transcription", batch=True)
    response = client.predictions.wait(response.id, timeout=600, sleep=1)
    read = fields(response)
    assert read["metadata"]["duration"] == 0.5


def test_audio_of_a_url(client: VLMRun, received: Received) -> None:
    assert fields(client.audio.generate(url="https://example.com/call.mp3", domain="audio.transcription"))
    assert received("/audio/generate")["url"] == "https://example.com/call.mp3"


def test_video(client: VLMRun, film: Path, received: Received) -> None:
    response = client.video.generate(file=film, domain="video.transcription", batch=True)
    assert client.predictions.wait(response.id, sleep=1).status == "completed"
    assert received("/video/generate")["domain"] == "video.transcription"


def test_video_with_a_config(client: VLMRun, received: Received) -> None:
    config = GenerationConfig(video_segment_duration=10.0, video_frames_per_segment=3)
    url = "https://example.com/film.mp4"
    assert client.video.generate(url=url, domain="video.transcription-summary", config=config, batch=True).id
    sent = received("/video/generate")["config"]
    assert sent == {"video_segment_duration": 10.0, "video_frames_per_segment": 3}


# Looking after them ---------------------------------------------------------------------------------------------------


def test_prediction_again(client: VLMRun, picture: Image.Image) -> None:
    made = client.image.generate(images=[picture], domain="document.receipt")
    prediction = client.predictions.get(id=made.id)
    assert (prediction.id, prediction.response) == (made.id, made.response)


def test_predictions_in_a_list(client: VLMRun, picture: Image.Image) -> None:
    made = client.image.generate(images=[picture], domain="document.receipt")
    for prediction in client.predictions.list(skip=0, limit=5):
        if prediction.id == made.id:
            break
    else:
        pytest.fail("it is not in the list")
    assert len(client.predictions.list(0, 1)) == 1


def test_prediction_that_takes_too_long(client: VLMRun, picture: Image.Image) -> None:
    made = client.image.generate(images=[picture], domain="document.receipt", batch=True)
    with pytest.raises(builtins.TimeoutError, match=made.id):
        client.predictions.wait(made.id, 0.001, 5)


def test_prediction_that_fails() -> None:
    """Explained in docs/migration.md: it is not polled to the timeout."""
    from vlmrun.client.exceptions import PredictionFailedError

    with LocalServer(execution_status="failed") as failing:
        client = VLMRun(api_key=failing.api_key, base_url=failing.base_url)
        made = client.document.generate(url="https://example.com/a.pdf", domain="document.invoice", batch=True)
        with pytest.raises(PredictionFailedError):
            client.predictions.wait(made.id, timeout=60, sleep=1)


def test_invalid_arguments_are_value_errors(client: VLMRun) -> None:
    generate: Any = client.image.generate
    with pytest.raises(ValueError, match="images"):
        generate(domain="document.receipt")
    with pytest.raises(ValueError, match="url"):
        client.document.generate(domain="document.receipt")
