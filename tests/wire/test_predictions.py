"""Predictions on the wire: from images, documents, audio and video, and waiting for one."""

from __future__ import annotations

import base64
import io
import json
import pickle
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from PIL import Image as PillowImage
from pydantic import BaseModel

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import (
    FILE,
    PENDING_PREDICTION,
    PREDICTION,
    SCHEMA,
    Answer,
    Answerer,
    Sent,
    fake_wire,
    json_answer,
    vlm_run,
)
from vlmrun import content
from vlmrun._inputs import sources
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import (
    InputError,
    OutputValidationError,
    PredictionFailedError,
    PredictionTimeoutError,
    ResourceNotFoundError,
    ResponseValidationError,
)
from vlmrun.client.types import (
    AudioTranscription,
    FileResponse,
    GenerationConfig,
    MarkdownDocument,
    PredictionResponse,
    SchemaResponse,
    VideoTranscription,
)

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]
ID = str(PREDICTION["id"])
MEDIA = ("document", "audio", "video")


class Invoice(BaseModel):
    """What the fake server's answers have."""

    total: float


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause would have been: time goes on by itself."""
    slept: list[float] = []
    now = [1000.0]

    def sleep(seconds: float) -> None:
        assert len(slept) < 5000, "this goes on for ever"
        slept.append(seconds)
        now[0] += seconds

    async def async_sleep(seconds: float) -> None:
        sleep(seconds)

    monkeypatch.setattr(waiting, "monotonic", lambda: now[0])
    monkeypatch.setattr(waiting, "sleep", sleep)
    monkeypatch.setattr(waiting, "async_sleep", async_sleep)
    return slept


def png() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    PillowImage.new("RGB", (3, 2), "red").save(file, "PNG")
    return file.getvalue()


def body_of(use: Use, colour: Colour) -> dict[str, Any]:
    """The body of the one POST that a call sends."""
    with fake_wire() as sent:
        colour.run(use)
    (posted,) = [one for one in sent if one.method == "POST" and "/files" not in one.url]
    found: dict[str, Any] = posted.json()
    return found


def then(*answers: Answer) -> Answerer:
    """Answer with these in turn, and with the last of them ever after."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def uploading(file: object) -> Use:
    """A prediction from a file."""
    return lambda client: client.document.generate(file=file, domain="document.invoice")


def listing(route: str) -> Use:
    """A page of predictions, by any resource that has them."""
    return lambda client: getattr(client, route).list(5, limit=7)


def getting(route: str) -> Use:
    """One prediction, by any resource that has them."""
    return lambda client: getattr(client, route).get("p-1")


# What goes out --------------------------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize("route", MEDIA)
def test_a_file_is_generated_from(colour: Colour, route: str) -> None:
    """Only what is set is sent, and `batch`, which the server takes for true otherwise."""
    body = body_of(lambda c: getattr(c, route).generate(file="f-1", domain="document.invoice"), colour)
    assert body == {"file_id": "f-1", "model": "vlm-1", "domain": "document.invoice", "batch": False}


@both_colours
@pytest.mark.parametrize("route", MEDIA)
def test_a_url_is_generated_from(colour: Colour, route: str) -> None:
    """A URL is sent as it is."""
    url = "https://example.com/invoice.pdf"
    with fake_wire() as sent:
        colour.run(lambda c: getattr(c, route).generate(url=url, domain="document.invoice"))
    assert [(one.method, one.url) for one in sent] == [("POST", f"{BASE_URL}/{route}/generate")]
    assert sent[0].json()["url"] == url
    assert sent[0].header("authorization") == f"Bearer {API_KEY}"


@both_colours
def test_a_stored_prediction_is_executed(colour: Colour) -> None:
    """By its name and version, of a file or of images."""
    body = body_of(lambda c: c.document.execute("reader", file="f-1"), colour)
    assert body == {"file_id": "f-1", "name": "reader", "version": "latest", "batch": False}
    body = body_of(lambda c: c.image.execute("reader", "v2", urls=["https://example.com/a.png"], batch=True), colour)
    assert body == {"images": ["https://example.com/a.png"], "name": "reader", "version": "v2", "batch": True}


@both_colours
def test_everything_that_can_be_set_is_sent(colour: Colour) -> None:
    """In the official SDK's order of parameters, too."""
    config = GenerationConfig(confidence=True, page_indices=[0, 2])
    body = body_of(
        lambda c: c.document.generate(
            "f-1", None, "vlm-2", "document.invoice", True, config, {"environment": "prod"}, "https://a.test/hook"
        ),
        colour,
    )
    assert body == {
        "file_id": "f-1",
        "model": "vlm-2",
        "domain": "document.invoice",
        "batch": True,
        "config": {"confidence": True, "page_indices": [0, 2]},
        "metadata": {"environment": "prod"},
        "callback_url": "https://a.test/hook",
    }


@both_colours
def test_a_model_of_the_answer_is_sent_as_its_schema(colour: Colour) -> None:
    """Beside what else the configuration says."""
    body = body_of(
        lambda c: c.document.generate(file="f-1", response_model=Invoice, config={"grounding": True}), colour
    )
    assert body["config"] == {"grounding": True, "json_schema": Invoice.model_json_schema()}
    assert "domain" not in body


@both_colours
def test_images_of_every_kind_are_sent_unmodified(colour: Colour, tmp_path: Path) -> None:
    """Paths, bytes, open files, Pillow images, parts and URLs may be mixed; bytes stay as they are."""
    data = png()
    path = tmp_path / "a.png"
    path.write_bytes(data)
    inline = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    url = "https://example.com/b.png"
    images = [path, str(path), data, io.BytesIO(data), content.image(data), url]
    body = body_of(lambda c: c.image.generate("document.invoice", images), colour)
    assert body["images"] == [*[inline] * 5, url]
    picture = PillowImage.new("RGB", (3, 2))
    body = body_of(lambda c: c.image.generate("document.invoice", [picture]), colour)
    assert body["images"][0].startswith("data:image/png;base64,")


@both_colours
def test_a_picture_with_an_orientation_is_sent_upright(colour: Colour) -> None:
    """Of what Pillow has opened, whose pixels are packed anew without the tag."""
    picture = PillowImage.new("RGB", (48, 32), "red")
    exif = picture.getexif()
    exif[0x0112] = 6  # turned by a quarter
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", exif=exif)
    turned: PillowImage.Image = PillowImage.open(buffer)
    body = body_of(lambda client: client.image.generate(images=[turned], domain="document.invoice"), colour)
    url = str(body["images"][0])
    received: PillowImage.Image = PillowImage.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    assert received.size == (32, 48)
    assert 0x0112 not in received.getexif()


@both_colours
def test_a_file_of_any_kind_is_uploaded_once(colour: Colour, tmp_path: Path) -> None:
    """A path, bytes or an open file; what was uploaded before is not uploaded again."""
    path = tmp_path / "invoice.pdf"
    path.write_bytes(b"%PDF-1.7 invoice")
    for file in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        with fake_wire() as sent:
            colour.run(uploading(file))
        assert [one.method for one in sent] == ["GET", "POST", "POST"]
        assert sent[-1].json()["file_id"] == FILE["id"]
    known = json_answer(FILE)
    with fake_wire(lambda one: known if "/files/hash/" in one.url else vlm_run(one)) as sent:
        colour.run(lambda c: c.document.generate(file=path, domain="document.invoice"))
    assert [one.method for one in sent] == ["GET", "POST"]


@both_colours
def test_an_uploaded_file_needs_no_upload(colour: Colour) -> None:
    """It is sent by its id."""
    body = body_of(
        lambda c: c.document.generate(file=FileResponse.model_validate(FILE), domain="document.invoice"), colour
    )
    assert body["file_id"] == FILE["id"]


@both_colours
def test_a_file_here_is_no_id(colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a suffix is a path where there is such a file, and an id where there is none."""
    monkeypatch.chdir(tmp_path)
    assert body_of(lambda c: c.document.generate(file="invoice", domain="d"), colour)["file_id"] == "invoice"
    Path("invoice").write_bytes(b"%PDF-1.7 invoice")
    assert body_of(lambda c: c.document.generate(file="invoice", domain="d"), colour)["file_id"] == FILE["id"]


# `Any`, because they are whatever people pass.
LARGE: dict[str, Callable[[Path], Any]] = {
    "a path": lambda path: path,
    "a path as text": str,
    "bytes": Path.read_bytes,
    "a bytearray": lambda path: bytearray(path.read_bytes()),
    "a memoryview": lambda path: memoryview(path.read_bytes()),
    "an open file": lambda path: path.open("rb"),
    "a file in memory": lambda path: io.BytesIO(path.read_bytes()),
    "an uploaded file of a web framework": lambda path: SimpleNamespace(file=io.BytesIO(path.read_bytes())),
}


@both_colours
@pytest.mark.parametrize("kind", LARGE)
def test_a_large_image_is_uploaded(colour: Colour, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent by a URL, and never all in memory, whatever it is passed as; a small one is sent with the request."""
    monkeypatch.setattr("vlmrun._resources.extractions.MAX_INLINE_BYTES", len(png()))
    path, small = tmp_path / "a.png", tmp_path / "b.png"
    path.write_bytes(png() + b"more")
    small.write_bytes(png())
    url = "https://storage.test/a.png"

    def answer(sent: Sent) -> Answer | Exception:
        return (
            json_answer({**FILE, "public_url": url}, 201)
            if sent.method == "POST" and "/files" in sent.url
            else vlm_run(sent)
        )

    with ExitStack() as opened, fake_wire(answer) as sent:
        images = [LARGE[kind](path), LARGE[kind](small)]
        for image in images:
            if hasattr(image, "close"):
                opened.callback(image.close)
        colour.run(lambda c: c.image.generate("document.invoice", images))
    first, second = sent[-1].json()["images"]
    assert first == url
    assert second == f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    assert len(png()) < sources.MAX_INLINE_BYTES


@both_colours
def test_a_large_image_without_a_url_is_an_error(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server makes no URL for it: an empty one would be read as no image."""
    monkeypatch.setattr("vlmrun._resources.extractions.MAX_INLINE_BYTES", 10)
    path = tmp_path / "a.png"
    path.write_bytes(png())
    with fake_wire() as sent, pytest.raises(ResponseValidationError, match=r"no public URL for images\[1\]"):
        colour.run(lambda c: c.image.generate("document.invoice", ["https://example.com/a.png", path]))
    assert [one for one in sent if "/image/" in one.url] == []


@both_colours
def test_the_list_and_one_of_it(colour: Colour) -> None:
    """As everywhere: a page, and one by its id, from each resource of predictions."""
    for route in (*MEDIA, "image", "predictions"):
        with fake_wire() as sent:
            page = colour.run(listing(route))
            one = colour.run(getting(route))
        assert [request.url for request in sent] == [
            f"{BASE_URL}/predictions?skip=5&limit=7",
            f"{BASE_URL}/predictions/p-1",
        ]
        assert [one.status for one in page.data] == ["completed", "pending"]
        assert (one.id, one.response, one.usage.credits_used) == (ID, {"total": 12.5}, 2)


# What comes back ------------------------------------------------------------------------------------------------------


@both_colours
def test_the_answer_is_of_the_model(colour: Colour) -> None:
    """An instance of `response_model`; what else the server said is kept."""
    with fake_wire(lambda _: json_answer({**PREDICTION, "new": 1}, 201)):
        found = colour.run(lambda c: c.document.generate(file="f-1", domain="document.invoice", response_model=Invoice))
    assert found.response == Invoice(total=12.5)
    assert (found.id, found.status, found.new) == (ID, "completed", 1)
    assert found.model_dump()["response"] == {"total": 12.5}
    assert json.loads(found.model_dump_json())["response"] == {"total": 12.5}
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # ours


DOMAINS: dict[str, tuple[str, object, type[BaseModel]]] = {
    "document.markdown": ("document", {"pages": [{"content": "# Invoice"}]}, MarkdownDocument),
    "audio.transcription": (
        "audio",
        {"metadata": {"duration": 3.5}, "segments": [{"start_time": 0, "end_time": 3.5, "content": "Hello."}]},
        AudioTranscription,
    ),
    "video.transcription": (
        "video",
        {"segments": [{"start_time": 0, "end_time": 1, "audio": {"content": "Hi."}, "video": {"content": "A cat."}}]},
        VideoTranscription,
    ),
}


@both_colours
@pytest.mark.parametrize("domain", DOMAINS)
def test_domains_of_ours_have_models(colour: Colour, domain: str) -> None:
    """Without a `response_model`, unless the configuration asks for another schema."""
    route, response, model = DOMAINS[domain]
    with fake_wire(lambda _: json_answer({**PREDICTION, "response": response}, 201)):
        found = colour.run(lambda c: getattr(c, route).generate(file="f-1", domain=domain))
        plain = colour.run(
            lambda c: getattr(c, route).generate(file="f-1", domain=domain, config={"json_schema": {"type": "object"}})
        )
        batch = colour.run(lambda c: getattr(c, route).generate(file="f-1", domain=domain, batch=True))
    assert type(found.response) is model
    assert plain.response == response
    assert batch.response == response


@both_colours
def test_images_as_markdown_have_a_model(colour: Colour) -> None:
    """Scanned pages: of all domains with a model, the one that reads images."""
    _, response, model = DOMAINS["document.markdown"]
    uses: list[Use] = [
        lambda c: c.image.generate("document.markdown", [png()]),
        lambda c: c.image.generate(domain="document.markdown", urls=["https://example.com/a.png"]),
    ]
    for use in uses:
        with fake_wire(lambda _: json_answer({**PREDICTION, "response": response}, 201)):
            found = colour.run(use)
        assert type(found.response) is model


@both_colours
def test_an_answer_that_does_not_fit_is_not_lost(colour: Colour) -> None:
    """The error has its text, and which call it was."""
    answer = json_answer({**PREDICTION, "response": {"total": "much"}}, 201)
    with (
        fake_wire(lambda _: answer),
        pytest.raises(OutputValidationError, match=r"does not match Invoice: total") as caught,
    ):
        colour.run(lambda c: c.document.generate(file="f-1", domain="d", response_model=Invoice))
    assert json.loads(caught.value.text) == {"total": "much"}
    assert (caught.value.method, caught.value.url) == ("POST", f"{BASE_URL}/document/generate")


@both_colours
def test_a_schema_is_inferred(colour: Colour) -> None:
    """Its answer is a schema, for files and for images."""
    uses: list[Use] = [
        lambda c: c.document.schema(file="f-1"),
        lambda c: c.image.schema(urls=["https://example.com/a.png"]),
    ]
    for use in uses:
        with fake_wire():
            found = colour.run(use)
        assert type(found.response) is SchemaResponse
        assert found.response.json_schema == SCHEMA["json_schema"]


@both_colours
def test_a_prediction_is_waited_for(colour: Colour, sleeps: list[float]) -> None:
    """A server that answers before it is done is asked again; nothing is sent twice."""
    with fake_wire(
        then(json_answer(PENDING_PREDICTION, 201), json_answer(PENDING_PREDICTION), json_answer(PREDICTION))
    ) as sent:
        found = colour.run(lambda c: c.document.generate(file="f-1", domain="d", response_model=Invoice))
    assert found.response.total == 12.5
    assert [(one.method, one.url) for one in sent] == [
        ("POST", f"{BASE_URL}/document/generate"),
        *[("GET", f"{BASE_URL}/predictions/{ID}")] * 2,
    ]
    assert sleeps == pytest.approx([0.1, 0.15])


@both_colours
def test_a_batch_is_not_waited_for(colour: Colour, sleeps: list[float]) -> None:
    """It returns what the server has accepted; `wait` has the answer."""
    with fake_wire() as sent:
        found = colour.run(lambda c: c.video.generate(file="f-1", domain="video.transcription", batch=True))
        done = colour.run(lambda c: c.predictions.wait(found.id, response_model=Invoice))
    assert (found.status, found.response) == ("pending", None)
    assert done.response == Invoice(total=12.5)
    assert len(sent) == 2
    assert sleeps == []


@both_colours
def test_the_interval_of_polls(colour: Colour, sleeps: list[float]) -> None:
    """`poll_interval`, or `sleep` as the official SDK has it."""
    answers = [json_answer(PENDING_PREDICTION)] * 3 + [json_answer(PREDICTION)]
    uses: list[Use] = [
        lambda c: c.predictions.wait(ID, poll_interval=2),
        lambda c: c.predictions.wait(ID, 600, 2),
        lambda c: c.predictions.wait(id=ID, timeout=600, sleep=2),
    ]
    for use in uses:
        sleeps.clear()
        with fake_wire(then(*answers)):
            colour.run(use)
        assert sleeps == [2, 2, 2]
    with pytest.raises(InputError, match="poll_interval"):
        colour.run(lambda c: c.predictions.wait(ID, sleep=2, poll_interval=2))


@both_colours
def test_what_is_late_is_still_running(colour: Colour) -> None:
    """The error has its id, and is a `TimeoutError`."""
    with fake_wire(lambda _: json_answer(PENDING_PREDICTION)), pytest.raises(PredictionTimeoutError) as caught:
        colour.run(lambda c: c.predictions.wait(ID, timeout=30))
    assert isinstance(caught.value, TimeoutError)
    assert (caught.value.prediction_id, caught.value.status) == (ID, "pending")
    prediction = caught.value.prediction
    assert prediction is not None
    assert prediction == PredictionResponse.model_validate(caught.value.body)
    assert prediction.id == ID
    assert pickle.loads(pickle.dumps(caught.value)).prediction == prediction  # noqa: S301  # made here
    assert "client.predictions.wait" in str(caught.value)


@both_colours
def test_what_is_late_may_be_running_without_an_id(colour: Colour) -> None:
    """Where the server has not answered at all, there is no id to wait for: the error says where to look."""

    def silent(_: Sent) -> Exception:
        waiting.sleep(30)  # the clock of these tests
        return httpx2.ReadTimeout("")

    with fake_wire(silent) as sent, pytest.raises(PredictionTimeoutError) as caught:
        colour.run(lambda c: c.document.generate(file="f-1", domain="d", timeout=20))
    assert len(sent) == 1
    error = caught.value
    assert (error.prediction_id, error.status, error.body, error.prediction) == (None, None, None, None)
    assert "it may still be running" in caught.value.message
    assert "client.predictions.list()" in str(caught.value)
    assert "error.prediction_id" not in str(caught.value)


@both_colours
@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_failed_says_why(colour: Colour, status: str) -> None:
    """In the server's words, with the prediction."""
    answer = json_answer({**PENDING_PREDICTION, "status": status, "message": "The page is blank."}, 201)
    uses: list[Use] = [lambda c: c.document.generate(file="f-1", domain="d"), lambda c: c.predictions.wait(ID)]
    for use in uses:
        with fake_wire(lambda _: answer), pytest.raises(PredictionFailedError, match="The page is blank") as caught:
            colour.run(use)
        assert (caught.value.prediction_id, caught.value.status) == (ID, status)
        whole = caught.value.prediction
        assert whole is not None
        assert whole == PredictionResponse.model_validate(caught.value.body)
        assert (whole.id, whole.status, whole.message) == (ID, status, "The page is blank.")


@both_colours
def test_a_prediction_that_does_not_exist(colour: Colour) -> None:
    """404, as everywhere."""
    with (
        fake_wire(lambda _: json_answer({"detail": "Prediction not found."}, 404)),
        pytest.raises(ResourceNotFoundError),
    ):
        colour.run(lambda c: c.predictions.get("p-1"))


@both_colours
def test_autocast_reads_the_answer_into_a_class_for_the_domain(colour: Colour) -> None:
    """The schema comes first, and goes to no prediction; what a domain has a model for needs none."""
    uses: list[Use] = [
        lambda c: c.document.generate(
            file="f-1", domain="document.invoice", config={"gql_stmt": "{ total }"}, autocast=True, extra_body={"a": 1}
        ),
        lambda c: c.image.generate("document.invoice", urls=["https://a.test/a.png"], autocast=True),
    ]
    for use in uses:
        with fake_wire() as sent:
            prediction = colour.run(use)
        assert isinstance(prediction.response, BaseModel)
        assert prediction.response.model_dump() == PREDICTION["response"]
        assert [request.path.rsplit("/", 1)[-1] for request in sent] == ["schema", "generate"]
        assert "json_schema" not in sent[1].json().get("config", {})
    with fake_wire() as sent:
        colour.run(uses[0])
    assert sent[0].json() == {"domain": "document.invoice", "config": {"gql_stmt": "{ total }"}}
    assert (sent[1].json()["config"], sent[1].json()["a"]) == ({"gql_stmt": "{ total }"}, 1)

    markdown = json_answer({**PREDICTION, "response": {"pages": []}}, 201)
    with fake_wire(lambda _: markdown) as sent:
        found = colour.run(lambda c: c.document.generate(file="f-1", domain="document.markdown", autocast=True))
    assert (type(found.response), len(sent)) == (MarkdownDocument, 1)
    with fake_wire() as sent:
        found = colour.run(lambda c: c.document.generate(file="f-1", domain="d", autocast=True, response_model=Invoice))
    assert (type(found.response), len(sent)) == (Invoice, 1)


@both_colours
def test_autocast_of_a_batch_waits_for_nothing(colour: Colour) -> None:
    """There is no answer yet."""
    with fake_wire() as sent:
        prediction = colour.run(lambda c: c.document.generate(file="f-1", domain="d", autocast=True, batch=True))
    assert (prediction.status, prediction.response, len(sent)) == ("pending", None, 1)


@both_colours
def test_autocast_without_a_schema_bills_nothing(colour: Colour) -> None:
    """The prediction is not even asked for."""
    with (
        fake_wire(lambda _: json_answer({"detail": "no such domain"}, 404)) as sent,
        pytest.raises(ResourceNotFoundError),
    ):
        colour.run(lambda c: c.document.generate(file="f-1", domain="a.b", autocast=True))
    assert [request.path for request in sent] == ["/v1/schema"]


@both_colours
def test_the_raw_response(colour: Colour) -> None:
    """Every resource has it, its inherited methods included."""
    uses: list[Use] = [
        lambda c: c.document.with_raw_response.generate(file="f-1", domain="d", response_model=Invoice),
        lambda c: c.image.with_raw_response.wait(ID, response_model=Invoice),
        lambda c: c.predictions.with_raw_response.get(ID),
    ]
    with fake_wire():
        for use in uses:
            raw = colour.run(use)
            assert raw.status_code in (200, 201)
            assert isinstance(raw.parse(), PredictionResponse)


# Mistakes -------------------------------------------------------------------------------------------------------------

MISTAKES: dict[str, tuple[Use, str]] = {
    "no source": (lambda c: c.document.generate(domain="d"), "file and url are both missing"),
    "two sources": (lambda c: c.document.generate("f", "https://a.test/b", domain="d"), "file and url are both given"),
    "no images": (lambda c: c.image.generate("d"), "images and urls are both missing"),
    "two kinds of images": (
        lambda c: c.image.generate("d", [b"x"], ["https://a.test/b"]),
        "images and urls are both given",
    ),
    "an empty list": (lambda c: c.image.generate("d", []), "images is empty"),
    "no list": (lambda c: c.image.generate("d", "a.png"), "images must be a list, not str"),
    "a path as URL": (lambda c: c.image.generate("d", urls=["a.png"]), r"urls\[0\] must be an http"),
    "a part of text": (lambda c: c.image.generate("d", [content.text("Hi")]), "is a part that is no image"),
    "a URL as file": (lambda c: c.document.generate(file="https://a.test/b", domain="d"), "pass it as url="),
    "a URL of files": (lambda c: c.document.generate(url="file:///etc/passwd", domain="d"), "http"),
    "no domain": (lambda c: c.document.generate(file="f"), "domain is missing"),
    "an unknown key": (
        lambda c: c.document.generate(file="f", domain="d", config={"confidance": True}),
        "config has no field 'confidance'",
    ),
    "an unknown field": (
        lambda c: c.document.generate(file="f", domain="d", config=GenerationConfig(confidance=True)),  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # the mistake
        "config has no field 'confidance'",
    ),
    "two schemas": (
        lambda c: c.document.generate(file="f", config={"json_schema": {}}, response_model=Invoice),
        "say the same thing",
    ),
    "no model": (lambda c: c.document.generate(file="f", response_model=dict), "response_model must be a pydantic"),
    "autocast of skills": (
        lambda c: c.document.generate(file="f", config={"skills": [{"skill_id": "a"}]}, autocast=True),
        "autocast requires a domain",
    ),
    "autocast by name": (lambda c: c.image.execute("a", urls=["https://a.test"], autocast=True), "response_model=Inv"),
    "no name": (lambda c: c.document.execute("", file="f"), "name must be a non-empty"),
    "a file that is not there": (lambda c: c.document.generate(file="no/such.pdf", domain="d"), "does not exist"),
    "an image that is none": (lambda c: c.image.generate("d", [b"%PDF-1.7"]), "expected an image, got application/pdf"),
    "an id that is none": (lambda c: c.predictions.get(""), "id must be a non-empty"),
    "the prediction itself": (
        lambda c: c.predictions.wait(PredictionResponse.model_validate(PREDICTION)),
        "pass its id",
    ),
}


@both_colours
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_and_nothing_is_sent(colour: Colour, name: str) -> None:
    """Before a request is made, and before anything is uploaded."""
    use, said = MISTAKES[name]
    with fake_wire() as sent, pytest.raises(InputError, match=said):
        colour.run(use)
    assert sent == []
