"""Schemas, pictures of results and other helpers, as users of the official SDK write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import BaseModel

from support.received import Received
from vlmrun.client import VLMRun
from vlmrun.client.types import GenerationConfig
from vlmrun.common.image import encode_image
from vlmrun.common.pdf import pdf_images
from vlmrun.common.utils import download_image, remote_image
from vlmrun.common.viz import show_results


def test_type_of_a_domain(client: VLMRun) -> None:
    model: Any = client.get_type("document.invoice")
    assert issubclass(model, BaseModel)
    assert model.model_fields


def test_type_of_the_hub_as_response_model(client: VLMRun, picture: Image.Image, received: Received) -> None:
    model = client.hub.get_pydantic_model("document.receipt")
    response = client.image.generate(images=[picture], domain="document.receipt", response_model=model)
    assert isinstance(response.response, model)
    assert received("/image/generate")["config"]["json_schema"]["type"] == "object"


def test_encoded_image_in_a_chat(client: VLMRun, picture: Image.Image) -> None:
    pytest.importorskip("openai", reason="chats are OpenAI's")
    url = encode_image(picture, format="PNG")
    assert url.startswith("data:image/png;base64,")
    message: Any = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}
    response = client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[message])
    assert "120x40" in (response.choices[0].message.content or "")


def test_encoded_image_of_a_path(receipt: Path) -> None:
    assert encode_image(receipt, "JPEG").startswith("data:image/jpeg;base64,")


def test_downloaded_images(client: VLMRun, receipt: Path) -> None:
    url = client.files.upload(receipt, generate_public_url=True).public_url
    assert url
    assert remote_image(url, allow_private=True).size == (120, 40)
    assert download_image(url, allow_private=True).size == (120, 40)
    with pytest.raises(ValueError, match="allow_private"):
        remote_image(url)


def test_pages_of_a_pdf(client: VLMRun, invoice: Path) -> None:
    pages = list(pdf_images(invoice, dpi=72))
    assert [page.page_number for page in pages] == [0, 1]
    assert client.image.generate(images=[page.image for page in pages], domain="document.invoice").response


def test_picture_of_results(client: VLMRun, picture: Image.Image) -> None:
    response = client.image.generate(
        images=[picture], domain="document.receipt", config=GenerationConfig(grounding=True, confidence=True)
    )
    shown = show_results(response, image=picture, render_type="bboxes", show_confidence=True)
    assert "<img" in shown.data
