"""Schemas, pictures of results and other helpers, as users of the official SDK write them."""

from __future__ import annotations

from typing import Any

from PIL import Image
from pydantic import BaseModel

from support.received import Received
from vlmrun.client import VLMRun
from vlmrun.client.types import GenerationConfig
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


def test_picture_of_results(client: VLMRun, picture: Image.Image) -> None:
    response = client.image.generate(
        images=[picture], domain="document.receipt", config=GenerationConfig(grounding=True, confidence=True)
    )
    shown = show_results(response, image=picture, render_type="bboxes", show_confidence=True)
    assert "<img" in shown.data
