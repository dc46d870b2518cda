"""The gateway and System One, as users of the official SDK write them; over a fake wire, and streams locally."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from support.wire import fake_wire
from vlmrun.client import VLMRun
from vlmrun.local import LocalServer

GATEWAY = "https://gateway.vlm.run/v1"


@pytest.fixture
def gateway(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The local gateway, which the environment names."""
    monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", server.gateway_url)
    return server.gateway_url


def made() -> VLMRun:
    return VLMRun(api_key="key")


def test_chat_with_a_document() -> None:
    pytest.importorskip("openai", reason="chats are OpenAI's")
    message: Any = {
        "role": "user",
        "content": [{"type": "document_url", "document_url": {"url": "https://example.com/a.pdf"}}],
    }
    with fake_wire() as sent:
        response = made().gateway.completions.create(
            model="zai-org/glm-ocr",
            messages=[message],
            extra_body={"method": "ocr", "method_params": {"precision": 4}, "document_dpi": 96},
        )
    assert response.choices
    body = sent[0].json()
    assert sent[0].url == f"{GATEWAY}/openai/chat/completions"
    assert (body["method"], body["method_params"], body["document_dpi"]) == ("ocr", {"precision": 4}, 96)
    assert body["messages"] == [message]


def test_embeddings() -> None:
    pytest.importorskip("openai", reason="embeddings are OpenAI's")
    with fake_wire() as sent:
        response = made().gateway.embeddings.create(
            model="qwen/qwen3-vl-embedding-2b", input=["Hello!", "Hi!"], dimensions=256
        )
    assert response.data
    assert (sent[0].url, sent[0].json()["dimensions"]) == (f"{GATEWAY}/openai/embeddings", 256)


def test_transcriptions(sound: Path) -> None:
    pytest.importorskip("openai", reason="transcriptions are OpenAI's")
    with fake_wire() as sent, sound.open("rb") as file:
        response = made().gateway.transcriptions.create(model="nvidia/parakeet-tdt-0.6b-v3", file=file)
    assert response.text
    assert sound.read_bytes() in sent[0].body


def test_models_and_health() -> None:
    with fake_wire() as sent:
        client = made()
        models = client.gateway.models()
        assert client.gateway.health() is True
    assert all(model.id for model in models)
    assert [request.url for request in sent] == [f"{GATEWAY}/openai/models", "https://gateway.vlm.run/health"]


def test_addresses() -> None:
    gateway = made().gateway
    assert (gateway.base_url, gateway.openai_base_url) == (GATEWAY, f"{GATEWAY}/openai")


def test_decisions() -> None:
    with fake_wire() as sent:
        result = made().gateway.systemone.decide(
            state="Invoice 44 was charged twice.",
            questions=[
                {"id": "urgent", "type": "noul", "instructions": "Is it urgent?"},
                {"id": "team", "type": "choice", "options": ["billing", "sales"]},
            ],
        )
    assert result.nouls["urgent"].noul == 0.91
    assert result.choices["team"].choice == "billing"
    assert set(sent[0].json()["questions"]) == {"urgent", "team"}


def test_decisions_about_frames(client: VLMRun, picture: Image.Image, gateway: str) -> None:
    with client.gateway.systemone.stream(
        [{"id": "open", "type": "noul", "instructions": "Is the door open?"}],
        state="A door.",
        concurrency=2,
    ) as stream:
        found = {frame.index: frame.response.nouls["open"].noul for frame in stream.map([picture] * 3)}
        once = stream.send(picture, state="Another door.")
    assert found == {0: 0.5, 1: 0.5, 2: 0.5}
    assert once.usage is not None
    assert stream.count == 4
    assert client.gateway.base_url == gateway


def test_a_stream_that_is_closed_by_hand(client: VLMRun, receipt: Path, gateway: str) -> None:
    stream = client.gateway.systemone.stream({"team": {"type": "choice", "options": ["billing", "sales"]}}).__enter__()
    try:
        assert stream.send(receipt).choices["team"].choice in ("billing", "sales")
    finally:
        stream.close()
    assert not stream.is_open
    assert client.gateway.base_url == gateway
