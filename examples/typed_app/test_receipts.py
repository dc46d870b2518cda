"""The application's tests: the real client, and a local VLM Run server that answers what each test says."""

from __future__ import annotations

from pathlib import Path

import pytest
from openai import UnprocessableEntityError
from receipts import Receipt, UnreadableError, read_receipt

from vlmrun import VLMRun
from vlmrun.client.exceptions import InputError
from vlmrun.local import Answer, LocalServer
from vlmrun.testing import FakeChat

PNG = (Path(__file__).parent.parent / "assets" / "receipt.png").read_bytes()
RECEIPT = Receipt(merchant="Corner Café", total=12.5)


def test_a_receipt_is_read(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The image is sent, and a typed receipt is returned."""
    vlmrun_server.answer(RECEIPT)
    assert read_receipt(vlmrun_client.agent, PNG) == RECEIPT
    assert [image.read() for image in vlmrun_server.requests[-1].images] == [PNG]


def test_what_is_no_receipt(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A refusal is told."""
    vlmrun_server.answer(Answer(refusal="This is a cat."))
    with pytest.raises(UnreadableError, match="a cat"):
        read_receipt(vlmrun_client.agent, PNG)


def test_any_chat_will_do() -> None:
    """The application takes whatever has OpenAI's completions, so that a test needs no server."""
    assert read_receipt(FakeChat(RECEIPT), PNG) == RECEIPT


def test_an_image_that_cannot_be_opened_is_an_error(vlmrun_client: VLMRun) -> None:
    """A file that starts like an image and is truncated is rejected by the server, and the error is not swallowed."""
    with pytest.raises(UnprocessableEntityError, match="image"):
        read_receipt(vlmrun_client.agent, PNG[:1000])


def test_what_is_no_image_is_not_sent(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A text file is rejected before anything is sent."""
    with pytest.raises(InputError, match="source"):
        read_receipt(vlmrun_client.agent, b"not a PNG file")
    assert not vlmrun_server.requests
