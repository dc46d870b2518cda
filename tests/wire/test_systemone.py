"""System One on the wire, per API.md §20 (5a)."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.colours import API_KEY, Colour, both_colours
from support.pdfs import pdf
from support.wire import ARTIFACT, DECISION, DECISION_MODEL, Answer, Sent, fake_wire, json_answer
from vlmrun import VLMRun, content
from vlmrun.client import exceptions
from vlmrun.client.exceptions import InputError, ResponseValidationError
from vlmrun.client.systemone import AsyncSystemOne, SystemOne
from vlmrun.client.types import ChoiceAnswer, NoulAnswer, ScoreAnswer, SystemOneModel

HOST = "https://gateway.vlm.run/typesafe"
PNG = f"data:image/png;base64,{base64.b64encode(ARTIFACT).decode()}"
QUESTIONS: dict[str, Any] = {
    "urgent": {"type": "noul", "instructions": "Is it urgent?", "criteria": {"true": "today", "false": "later"}},
    "team": {"type": "choice", "options": ["billing", "sales"]},
    "mood": {"type": "score", "levels": ["calm", "angry"]},
}
ON_WIRE: dict[str, Any] = {
    "urgent": QUESTIONS["urgent"],
    "team": {"type": "choice", "criteria": {"billing": None, "sales": None}},
    "mood": {"type": "score", "criteria": ["calm", "angry"]},
}

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]


def decide(state: Any = "Charged twice.", questions: Any = None, **arguments: Any) -> Use:
    """Deciding, for a client of either colour."""
    asked = QUESTIONS if questions is None else questions
    return lambda client: client.gateway.systemone.decide(state, asked, **arguments)


def sent_by(colour: Colour, use: Use) -> Any:
    """The body that a call sends."""
    with fake_wire() as sent:
        colour.run(use)
    (request,) = sent
    return request.json()


@both_colours
def test_a_decision(colour: Colour) -> None:
    """Only what is set is sent; the answers are typed."""
    with fake_wire() as sent:
        decision = colour.run(decide(), default_headers={"x-team": "blue"})
    (request,) = sent
    assert (request.method, request.url) == ("POST", f"{HOST}/v1/systemone")
    assert (request.header("authorization"), request.header("x-team")) == (f"Bearer {API_KEY}", "blue")
    assert request.json() == {
        "state": "Charged twice.",
        "model": "google/diffusiongemma-26b-a4b-it",
        "questions": ON_WIRE,
    }
    assert decision.model_dump(mode="json", exclude_none=True) == DECISION
    assert [type(answer) for answer in decision.answers.values()] == [NoulAnswer, ChoiceAnswer, ScoreAnswer]
    assert decision.nouls["urgent"].noul == 0.91
    assert decision.choices["team"].choice == "billing"
    assert decision.scores["mood"].legend == {0: "calm", 1: "angry"}
    assert (list(decision.nouls), list(decision.choices), list(decision.scores)) == (["urgent"], ["team"], ["mood"])


@both_colours
def test_everything_that_can_be_set(colour: Colour) -> None:
    """Under the server's names."""
    body = sent_by(
        colour,
        decide(
            {"subject": None, "lines": [1, 2]},
            model="a/b",
            text=["Page 1.", "Page 2."],
            steps=8,
            samples=32,
            reasoning_effort="low",
            extra_body={"new": 1},
        ),
    )
    texts = [{"type": "text", "text": "Page 1."}, {"type": "text", "text": "Page 2."}]
    assert body == {
        "state": {"subject": None, "lines": [1, 2]},
        "model": "a/b",
        "questions": ON_WIRE,
        "content": texts,
        "steps": 8,
        "samples": 32,
        "reasoning_effort": "low",
        "new": 1,
    }


@both_colours
def test_a_list_of_questions_is_the_same(colour: Colour) -> None:
    """The id of each is its name; the server's own names of criteria are accepted."""
    listed = [{**question, "id": name} for name, question in ON_WIRE.items()]
    assert sent_by(colour, decide(questions=listed))["questions"] == ON_WIRE
    assert sent_by(colour, decide(questions=tuple(listed)))["questions"] == ON_WIRE
    described = {"team": {"type": "choice", "options": {"billing": "Invoices.", "sales": None}}}
    assert sent_by(colour, decide(questions=described))["questions"] == {
        "team": {"type": "choice", "criteria": {"billing": "Invoices.", "sales": None}}
    }


@both_colours
def test_images_are_sent_with_their_bytes(colour: Colour, tmp_path: Path) -> None:
    """Paths, bytes, files, data URLs and parts; unmodified."""
    path = tmp_path / "a.png"
    path.write_bytes(ARTIFACT)
    images = [path, ARTIFACT, io.BytesIO(ARTIFACT), PNG, content.image(ARTIFACT)]
    parts = sent_by(colour, decide(images=images))["content"]
    assert parts == [{"type": "image_url", "image_url": {"url": PNG}}] * 5
    (part,) = sent_by(colour, decide(images=[path], detail="high"))["content"]
    assert part["image_url"]["detail"] == "high"


@both_colours
def test_a_pdf_comes_first(colour: Colour, tmp_path: Path) -> None:
    """With its name if it has one; the server fetches a URL."""
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("Hello!"))
    file, image, text = sent_by(colour, decide(document=path, images=[ARTIFACT], text="Look.", detail="low"))["content"]
    data = f"data:application/pdf;base64,{base64.b64encode(path.read_bytes()).decode()}"
    assert file == {"type": "file", "file": {"filename": "a.pdf", "file_data": data, "detail": "low"}}
    assert (image["type"], text) == ("image_url", {"type": "text", "text": "Look."})
    (file,) = sent_by(colour, decide(document="https://files.test/a.pdf?s=1"))["content"]
    assert file == {"type": "file", "file": {"file_data": "https://files.test/a.pdf?s=1"}}


NOUL: dict[str, Any] = {"late": {"type": "noul"}}
LONG = [str(number) for number in range(200)]
BAD: dict[str, tuple[Use, str]] = {
    "no questions": (decide(questions={}), "questions must be from 1 to 16, not 0"),
    "too many": (decide(questions={name: {"type": "noul"} for name in LONG[:17]}), "not 17"),
    "text": (decide(questions="late?"), "questions must be a mapping or a list, not str"),
    "no type": (decide(questions={"late": {}}), r"questions\['late'\]\['type'\] must be noul, choice or score"),
    "other type": (decide(questions={"late": {"type": "bool"}}), r"\['type'\]"),
    "no mapping": (decide(questions={"late": 5}), r"questions\['late'\] must be a mapping, not int"),
    "no id": (decide(questions=[{"type": "noul"}]), r"questions\[0\]\['id'\]"),
    "twice": (decide(questions=[{"type": "noul", "id": "a"}] * 2), "two questions named 'a'"),
    "unknown": (decide(questions={"late": {"type": "noul", "levels": ["a"]}}), "'levels'"),
    "both": (decide(questions={"a": {"type": "score", "levels": LONG[:2], "criteria": LONG[:2]}}), "both levels and"),
    "no options": (decide(questions={"a": {"type": "choice"}}), r"questions\['a'\] has no options"),
    "one option": (decide(questions={"a": {"type": "choice", "options": ["x"]}}), "from 2 to 128 different labels"),
    "same options": (decide(questions={"a": {"type": "choice", "options": ["x", "x"]}}), "from 2 to 128 different"),
    "129 options": (decide(questions={"a": {"type": "choice", "options": LONG[:129]}}), "not 129"),
    "11 levels": (decide(questions={"a": {"type": "score", "levels": LONG[:11]}}), "from 2 to 10 different levels"),
    "levels": (decide(questions={"a": {"type": "score", "levels": "calm"}}), r"\['levels'\] must be a list"),
    "outcomes": (decide(questions={"a": {"type": "noul", "criteria": {"yes": "y"}}}), "true and false mean"),
    "state": (decide(object(), NOUL), "state cannot be sent"),
    "steps": (decide(steps=9), "steps must be an int from 1 to 8"),
    "samples": (decide(samples=0), "samples must be an int from 1 to 32"),
    "effort": (decide(reasoning_effort=5), "reasoning_effort"),
    "model": (decide(model=""), "model must be a non-empty"),
    "detail": (decide(images=[ARTIFACT], detail="most"), "detail must be auto, low"),
    "nine images": (decide(images=[ARTIFACT] * 9), "images has 9 images; a decision reads at most 8"),
    "one image": (decide(images=ARTIFACT), "images must be a list"),
    "URL": (decide(images=["https://files.test/a.png?s=sesame"]), r"images\[0\] is not an image with its bytes"),
    "text part": (decide(images=[content.text("sesame")]), r"images\[0\] is not an image with its bytes"),
    "large": (decide(images=[ARTIFACT + b"x" * (5 << 20)]), "too large"),
    "no PDF": (decide(document=ARTIFACT), "expected a document, got image/png"),
    "text as PDF": (decide(document=f"data:text/plain;base64,{base64.b64encode(b'x').decode()}"), "must be a PDF"),
    "texts": (decide(text=5), "text must be a str or a list"),
}


@both_colours
@pytest.mark.parametrize(("use", "message"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_asked(colour: Colour, use: Use, message: str) -> None:
    """The error names the argument, and nothing is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match=message) as caught:
        colour.run(use)
    assert not sent
    assert "sesame" not in str(caught.value)
    assert caught.value.suggestion


@both_colours
def test_models(colour: Colour) -> None:
    """In the form of System One, and in OpenAI's."""
    with fake_wire() as sent:
        models = colour.run(lambda c: c.gateway.systemone.models())
    assert (sent[0].method, sent[0].url) == ("GET", f"{HOST}/v1/models")
    assert [model.model_dump(mode="json") for model in models] == [DECISION_MODEL] * 2
    other = {"object": "list", "data": [{"id": "a/b"}]}
    with fake_wire(lambda _: json_answer(other)):
        (model,) = colour.run(lambda c: c.gateway.systemone.models())
    assert (type(model), model.name) == (SystemOneModel, "a/b")


@both_colours
@pytest.mark.parametrize(
    "body", [{}, [], {"answers": None}, {"answers": {"a": {"type": "new"}}}, {"answers": {"a": {"type": "noul"}}}]
)
def test_what_is_no_decision_is_an_error(colour: Colour, body: object) -> None:
    """An answer of another form is not taken for one without answers."""
    with fake_wire(lambda _: json_answer(body)), pytest.raises(ResponseValidationError):
        colour.run(decide())


@both_colours
def test_raw_responses(colour: Colour) -> None:
    """The request id comes in a header of System One's own."""
    with fake_wire():
        raw = colour.run(lambda c: c.gateway.systemone.with_raw_response.decide("It is late.", NOUL))
    assert (raw.request_id, raw.parse().nouls["urgent"].noul) == ("decision-1", 0.91)


def _refused(body: object, status: int, _: Sent) -> Answer:
    return json_answer(body, status, x_typesafe_request_id="decision-2")


@both_colours
@pytest.mark.parametrize(
    "body",
    [
        {"detail": {"message": "Too slow.", "error_type": "overloaded"}},
        {"message": "Too slow.", "error_type": "overloaded"},
        {"error": {"message": "Too slow.", "type": "overloaded"}},
    ],
)
def test_a_refusal_in_any_of_its_forms(colour: Colour, body: object) -> None:
    """The message, the type and the id are in the error."""
    with fake_wire(partial(_refused, body, 404)), pytest.raises(exceptions.ResourceNotFoundError) as caught:
        colour.run(decide())
    error = caught.value
    assert (error.message, error.error_type, error.request_id) == ("Too slow.", "overloaded", "decision-2")


@both_colours
@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(("status", "attempts"), [(529, 3), (503, 3), (429, 3), (500, 1), (502, 1)])
def test_only_what_has_not_begun_is_repeated(colour: Colour, status: int, attempts: int) -> None:
    """Each decision is billed: an overloaded server has not begun one, any other may have."""
    with fake_wire(partial(_refused, {}, status)) as sent, pytest.raises(exceptions.APIError):
        colour.run(decide(), max_retries=2)
    assert len(sent) == attempts


@both_colours
def test_it_is_where_the_gateway_is(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """And never where a variable of another company's SDK says; nor is its key sent."""
    monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", "https://gateway.test/sub/v1")
    monkeypatch.setenv("TYPESAFE_BASE_URL", "https://typesafe.test")
    monkeypatch.setenv("TYPESAFE_API_KEY", "sesame")
    monkeypatch.setenv("TYPESAFE_DEFAULT_MODEL", "theirs")
    with fake_wire() as sent:
        colour.run(decide())
    assert sent[0].url == "https://gateway.test/sub/typesafe/v1/systemone"
    assert "sesame" not in repr(sent)
    assert "theirs" not in repr(sent)


@both_colours
def test_no_key_is_needed(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the rest of the gateway."""
    monkeypatch.delenv("VLMRUN_API_KEY", raising=False)
    with fake_wire() as sent:
        colour.run(decide(), api_key=None, require_api_key=False)
    assert sent[0].header("authorization") == "Bearer vlmrun"


def test_a_resource_of_any_client() -> None:
    """`SystemOne(client)` is the same as `client.gateway.systemone`."""
    with VLMRun(api_key=API_KEY) as client, fake_wire() as sent:
        assert client.gateway.systemone is client.gateway.systemone
        SystemOne(client).models()
        assert AsyncSystemOne(client).base_url == client.gateway.systemone.base_url == HOST
        assert repr(client.gateway.systemone) == f"<SystemOne of {HOST}>"
    assert [request.url for request in sent] == [f"{HOST}/v1/models"]
