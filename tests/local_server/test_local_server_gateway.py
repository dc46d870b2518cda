"""The gateway of the server on this machine, in both colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from support.colours import Colour, both_colours
from vlmrun import content
from vlmrun.client.exceptions import AuthenticationError, UnprocessableEntityError
from vlmrun.local import LocalServer
from vlmrun.results import backend, cost_usd, served_model_id

pytest.importorskip("openai", reason="the chats of a gateway are OpenAI's")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A server whose gateway is used."""
    with LocalServer() as running:
        monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", running.gateway_url)
        monkeypatch.delenv("VLMRUN_API_KEY", raising=False)
        yield running


def _embeddings(form: str, client: Any) -> Any:
    return client.gateway.embeddings.create(model="a/b", input=["x", "y"], dimensions=3, encoding_format=form)


@both_colours
def test_everything_answers_without_a_key(colour: Colour, server: LocalServer) -> None:
    """Chats with documents, embeddings, transcriptions, models, health and decisions."""

    def run(use: Callable[[Any], Any]) -> Any:
        return colour.run(use, api_key=None, require_api_key=False)

    assert run(lambda c: c.gateway.health())
    assert {model.task for model in run(lambda c: c.gateway.models())} == {"chat", "embed", "transcribe"}
    message = content.user("Read it.", content.document_url(b"one two three", media_type="text/plain"))
    answer = run(lambda c: c.gateway.completions.create(model="a/b", messages=[message]))
    assert "text/plain, 13 bytes" in answer.choices[0].message.content
    assert (served_model_id(answer), backend(answer), cost_usd(answer.usage)) == ("a/b", "vlmrun.local", 0.0)
    for form in ("float", "base64"):
        found = run(partial(_embeddings, form))
        assert len(found.data) == 2
    heard = run(lambda c: c.gateway.transcriptions.create(model="a/b", file=("a.wav", b"RIFF")))
    assert heard.text == "vlmrun.local received a.wav, 4 bytes."
    decided = run(lambda c: c.gateway.systemone.decide("x", {"a": {"type": "score", "levels": ["l", "m", "h"]}}))
    assert decided.scores["a"].score == 1
    assert [model.name for model in run(lambda c: c.gateway.systemone.models())]
    kinds = ["chat", "embedding", "embedding", "transcription", "decision"]
    assert [work.kind for work in server.work] == kinds


@both_colours
def test_refusals(colour: Colour, server: LocalServer) -> None:
    """A wrong key is refused, in the gateway's own form; so is what System One does not know."""
    with pytest.raises(AuthenticationError, match="Invalid API key"):
        colour.run(lambda c: c.gateway.models(), api_key="wrong")
    with pytest.raises(UnprocessableEntityError, match="new"):
        colour.run(
            lambda c: c.gateway.systemone.decide("x", {"a": {"type": "noul"}}, extra_body={"new": 1}),
            api_key=server.api_key,
        )
