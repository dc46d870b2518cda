"""The application's tests: the real client, and a local VLM Run server that needs no key and no network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openai import UnprocessableEntityError
from receipts import Receipt, read_receipt

from vlmrun import VLMRun
from vlmrun.client.exceptions import InputError
from vlmrun.local import LocalServer

PNG = (Path(__file__).parent.parent / "assets" / "receipt.png").read_bytes()


def test_a_receipt_is_read() -> None:
    """The image is sent, and a typed receipt is returned."""
    with LocalServer() as server, VLMRun(server.api_key, server.base_url) as client:
        receipt = read_receipt(client.agent, PNG)
        assert isinstance(receipt, Receipt)
        assert "data:image/png;base64," in json.dumps(server.requests[-1].body)


def test_an_image_that_cannot_be_opened_is_an_error() -> None:
    """A file that starts like an image and is truncated is rejected by the server, and the error is not swallowed."""
    with (
        LocalServer() as server,
        VLMRun(server.api_key, server.base_url) as client,
        pytest.raises(UnprocessableEntityError, match="image"),
    ):
        read_receipt(client.agent, PNG[:1000])


def test_what_is_no_image_is_not_sent() -> None:
    """A text file is rejected before anything is sent."""
    with LocalServer() as server, VLMRun(server.api_key, server.base_url) as client:
        with pytest.raises(InputError, match="source"):
            read_receipt(client.agent, b"not a PNG file")
        assert not server.requests
