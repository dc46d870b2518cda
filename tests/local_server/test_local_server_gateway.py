"""The gateway of the server on this machine, in both colours."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PIL import Image
from pydantic import BaseModel

from support.colours import Colour, both_colours
from vlmrun import VLMRun, content
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    RateLimitError,
    ServerError,
    UnprocessableEntityError,
)
from vlmrun.client.types import SystemOneResponse
from vlmrun.local import Answer, LocalServer, Reply, ToolCall, When
from vlmrun.results import backend, cost_usd, served_model_id

openai = pytest.importorskip("openai", reason="the chats of a gateway are OpenAI's")


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


# What a test has set --------------------------------------------------------------------------------------------------

QUESTIONS: Any = {
    "urgent": {"type": "noul"},
    "team": {"type": "choice", "options": ["billing", "sales"]},
    "mood": {"type": "score", "levels": ["bad", "fair", "good"]},
}


class Verdict(BaseModel):
    """Answers to some of the questions."""

    urgent: bool
    team: str


def _noul(value: float) -> Any:
    return {"type": "noul", "noul": value}


DECISIONS: dict[str, tuple[Reply, tuple[float, str, float]]] = {
    "short": ({"urgent": 0.9, "team": "sales", "mood": 1.5}, (0.9, "sales", 1.5)),
    "some": ({"urgent": True}, (1.0, "billing", 1.0)),
    "model": (Verdict(urgent=False, team="sales"), (0.0, "sales", 1.0)),
    "probabilities": ({"team": {"billing": 0.4, "sales": 0.6}, "mood": {"good": 0.5, "1": 0.5}}, (0.5, "sales", 1.5)),
    "full": ({"urgent": _noul(0.2)}, (0.2, "billing", 1.0)),
    "response": (SystemOneResponse.model_validate({"answers": {"urgent": _noul(0.2)}}), (0.2, "billing", 1.0)),
    "nothing": (Answer(usage={"cost": 2.0}), (0.5, "billing", 1.0)),
    "function": (lambda request: {"urgent": len(request.decision.questions) / 3}, (1.0, "billing", 1.0)),
}


@both_colours
@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_are_told(colour: Colour, server: LocalServer, name: str) -> None:
    """Of the questions that are named; the others have the computed answer."""
    reply, expected = DECISIONS[name]
    server.answer(reply)
    decided = colour.run(lambda c: c.gateway.systemone.decide("x", QUESTIONS), api_key=server.api_key)
    found = (decided.nouls["urgent"].noul, decided.choices["team"].choice, decided.scores["mood"].score)
    assert found == pytest.approx(expected)
    assert sum(decided.scores["mood"].probabilities.values()) == pytest.approx(1)
    assert decided.usage.cost == (2.0 if name == "nothing" else 0.0)


@both_colours
def test_decisions_of_a_session_are_told(colour: Colour, server: LocalServer) -> None:
    """Each for itself, by its state and its content; an error ends the session."""
    pytest.importorskip("wsproto", reason="sessions are WebSockets")
    server.answer({"urgent": 0.1}, when="calm", times=1)
    server.answer(lambda request: {"urgent": len(request.images) / 2})
    image = Image.new("RGB", (2, 2))

    def use(client: Any) -> Any:
        if not colour.is_async:
            with client.gateway.systemone.stream({"urgent": QUESTIONS["urgent"]}, state="calm") as stream:
                return [stream.send(image).nouls["urgent"].noul for _ in range(2)]

        async def main() -> Any:
            async with client.gateway.systemone.stream({"urgent": QUESTIONS["urgent"]}, state="calm") as stream:
                return [(await stream.send(image)).nouls["urgent"].noul for _ in range(2)]

        return main()

    assert colour.run(use, api_key=server.api_key) == [0.1, 0.5]
    server.reset()
    server.answer(Answer(status=429, error="Slow down."))
    with pytest.raises(RateLimitError, match="Slow down"):
        colour.run(use, api_key=server.api_key)
    assert list(server.work) == []


def _unpacked(vector: Any) -> list[float]:
    """OpenAI's client decodes only what it has asked for in base64 itself."""
    return list(array("f", base64.b64decode(vector))) if isinstance(vector, str) else vector


VECTORS: dict[str, tuple[Reply, list[object]]] = {
    "one for all": ([1.0, 2.0], [[1.0, 2.0], [1.0, 2.0]]),
    "one for each": (Answer(output=[[1.0], [2.0]]), [[1.0], [2.0]]),
    "by text": ({"y": [1, 2]}, [None, [1.0, 2.0]]),
    "response": ({"data": [{"embedding": [1.0]}, {"embedding": [2.0]}], "model": "other"}, [[1.0], [2.0]]),
    "function": (lambda request: [float(len(request.embedding.inputs))], [[2.0], [2.0]]),
}


@both_colours
@pytest.mark.parametrize("name", VECTORS)
def test_embeddings_are_told(colour: Colour, server: LocalServer, name: str) -> None:
    """In both encodings; a text that is not named has the computed vector."""
    reply, expected = VECTORS[name]
    server.answer(reply, when="y")
    for form in ("float", "base64"):
        found = colour.run(partial(_embeddings, form), api_key=server.api_key)
        vectors = [_unpacked(item.embedding) for item in found.data]
        computed = vectors[0] if expected[0] is None else None
        assert vectors == [computed if item is None else item for item in expected]
        assert found.model == ("other" if name == "response" else "a/b")


def _transcribe(client: Any, **more: Any) -> Any:
    return client.gateway.transcriptions.create(model="a/b", file=("call.wav", b"RIFF"), **more)


@both_colours
def test_transcriptions_are_told(colour: Colour, server: LocalServer) -> None:
    """A text, the response itself, or a function of the recording; and the recording can be looked at."""
    server.answer("Hello.", when=When(file="call.wav", prompt="a name"))
    server.answer({"text": "Hi.", "language": "de"}, times=1)
    server.answer(lambda request: request.files[0].read().decode())

    def run(**more: Any) -> Any:
        return colour.run(partial(_transcribe, **more), api_key=server.api_key)

    assert run(prompt="It has a name.").text == "Hello."
    whole = run(response_format="verbose_json")
    assert (whole.text, whole.language, whole.segments) == ("Hi.", "de", [])
    assert run(response_format="text") == "RIFF\n"
    request = server.requests[-1]
    assert (request.transcription.response_format, request.model, request.method) == ("text", "a/b", "POST")
    (file,) = request.files
    assert (file.kind, file.filename, file.media_type, file.read()) == ("audio", "call.wav", "audio/x-wav", b"RIFF")


CALLS: dict[str, Callable[[Any], Any]] = {
    "embeddings": lambda c: c.gateway.embeddings.create(model="a/b", input=["x", "y"]),
    "transcriptions": _transcribe,
    "systemone": lambda c: c.gateway.systemone.decide("x", QUESTIONS),
}

MISFITS: dict[str, tuple[str, Reply, str]] = {
    "text for vectors": ("embeddings", "Hi.", r"'Hi\.' .*/gateway/v1/openai/embeddings.*list of numbers, 2 such lists"),
    "too few vectors": ("embeddings", Answer(output=[[1.0]]), "2 such lists"),
    "no vectors": ("embeddings", {"total": 25.0}, "list of numbers"),
    "number": ("transcriptions", Answer(output=25.0), "audio/transcriptions.*a text"),
    "no text": ("transcriptions", {"total": 25.0}, "a text"),
    "text for answers": ("systemone", "Hi.", "typesafe/v1/systemone.*urgent, team, mood"),
    "no question": ("systemone", {"late": 0.5}, "urgent, team, mood"),
    "probability": ("systemone", {"urgent": 2}, "urgent a probability"),
    "label": ("systemone", {"team": "legal"}, "team one of its labels"),
    "labels": ("systemone", {"team": {"legal": 1.0}}, "team one of its labels"),
    "scale": ("systemone", {"mood": 3}, "mood a number on its scale"),
    "kind": ("systemone", {"mood": {"type": "noul", "noul": 1.0}}, "mood a number on its scale"),
    "class": ("systemone", Verdict, r"Verdict is a class.*instance: Verdict\(\.\.\.\)"),
    "tool": ("systemone", Answer(tool_calls=[ToolCall("add")]), "no tool_calls"),
    "outcome": ("embeddings", Answer(outcome="failed"), "no outcome"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_said(server: LocalServer, name: str) -> None:
    """With the route, what was set, and what fits; nothing is billed, and nothing sent again."""
    route, reply, expected = MISFITS[name]
    server.answer(reply)
    kind = openai.BadRequestError if route != "systemone" else APIError
    with VLMRun(server.api_key, server.base_url) as client, pytest.raises(kind, match=f"(?s){expected}"):
        CALLS[route](client)
    assert (len(server.requests), list(server.work)) == (1, [])


def test_errors_and_strict_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of chats: a status that a test has set, and what no answer fits."""
    with LocalServer(strict=True) as server, VLMRun(server.api_key, server.base_url, max_retries=0) as client:
        monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", server.gateway_url)
        for name, call in CALLS.items():
            server.answer(Answer(status=503, error="Busy."), when=When(path="/gateway"), times=1)
            ours = name == "systemone"
            # OpenAI's client shows no words of the gateway's errors.
            with pytest.raises(ServerError if ours else openai.InternalServerError, match=r"Busy\." if ours else "503"):
                call(client)
            with pytest.raises(APIError if ours else openai.BadRequestError, match="no answer fits"):
                call(client)
