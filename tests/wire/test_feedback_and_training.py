"""Feedback, datasets and fine-tuning on the wire, per API.md §3.8, §3.10 and §3.11."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import BaseModel

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import DATASET, FEEDBACK, FEEDBACK_LIST, FILE, PROVISION, TUNING, Answer, Sent, fake_wire, json_answer
from vlmrun import VLMRun
from vlmrun.client.exceptions import InputError, MissingFileError, ResponseValidationError
from vlmrun.client.types import (
    DatasetResponse,
    FeedbackListResponse,
    FeedbackSubmitResponse,
    FinetuningProvisionResponse,
    FinetuningResponse,
)

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]


class Invoice(BaseModel):
    total: float


# What goes out --------------------------------------------------------------------------------------------------------

CASES: dict[str, tuple[Use, str, str, object, object]] = {
    "on a prediction": (
        lambda c: c.feedback.submit("p", {"total": 1}, "No."),
        "POST",
        "/feedback/submit",
        {"request_id": "p", "response": {"total": 1}, "notes": "No."},
        FeedbackSubmitResponse.model_validate(FEEDBACK),
    ),
    "on an execution": (
        lambda c: c.feedback.submit(agent_execution_id="e", response=Invoice(total=1)),
        "POST",
        "/feedback/submit",
        {"agent_execution_id": "e", "response": {"total": 1.0}},
        FeedbackSubmitResponse.model_validate(FEEDBACK),
    ),
    "on a chat": (
        lambda c: c.feedback.submit(chat_id="c", notes="No."),
        "POST",
        "/feedback/submit",
        {"chat_id": "c", "notes": "No."},
        FeedbackSubmitResponse.model_validate(FEEDBACK),
    ),
    "of a prediction": (
        lambda c: c.feedback.get("p/q"),
        "GET",
        "/feedback/p%2Fq?limit=10&offset=0",
        None,
        FeedbackListResponse.model_validate(FEEDBACK_LIST),
    ),
    "of an execution": (
        lambda c: c.feedback.get(agent_execution_id="e", offset=5, limit=2),
        "GET",
        "/feedback/e?type=agent_execution&limit=2&offset=5",
        None,
        FeedbackListResponse.model_validate(FEEDBACK_LIST),
    ),
    "of a chat": (
        lambda c: c.feedback.get(chat_id="c"),
        "GET",
        "/feedback/c?type=chat&limit=10&offset=0",
        None,
        FeedbackListResponse.model_validate(FEEDBACK_LIST),
    ),
    "a dataset": (
        lambda c: c.datasets.get("a/b"),
        "GET",
        "/datasets/a%2Fb",
        None,
        DatasetResponse.model_validate(DATASET),
    ),
    "a job": (
        lambda c: c.fine_tuning.create("vlm-1", "f-1"),
        "POST",
        "/fine_tuning/create",
        {"model": "vlm-1", "training_file": "f-1"},
        FinetuningResponse.model_validate(TUNING),
    ),
    "a job with all": (
        lambda c: c.fine_tuning.create(
            "vlm-1", "f-1", "f-2", 3, "auto", 1e-4, "my_suffix-1", "key", "https://w", "p", callback_url="https://c"
        ),
        "POST",
        "/fine_tuning/create",
        {
            "model": "vlm-1",
            "training_file": "f-1",
            "validation_file": "f-2",
            "num_epochs": 3,
            "batch_size": "auto",
            "learning_rate": 1e-4,
            "suffix": "my_suffix-1",
            "wandb_api_key": "key",
            "wandb_base_url": "https://w",
            "wandb_project_name": "p",
            "callback_url": "https://c",
        },
        FinetuningResponse.model_validate(TUNING),
    ),
    "the job of an id": (
        lambda c: c.fine_tuning.get("a/b"),
        "GET",
        "/fine_tuning/jobs/a%2Fb",
        None,
        FinetuningResponse.model_validate(TUNING),
    ),
    "a provision": (
        lambda c: c.fine_tuning.provision("ft:1", 60, 2),
        "POST",
        "/fine_tuning/provision",
        {"model": "ft:1", "duration": 60, "concurrency": 2},
        FinetuningProvisionResponse.model_validate(PROVISION),
    ),
}


@both_colours
@pytest.mark.parametrize(("use", "method", "path", "body", "answer"), CASES.values(), ids=CASES.keys())
def test_a_call_makes_its_request(
    colour: Colour, use: Use, method: str, path: str, body: object, answer: object
) -> None:
    """Each sends the documented request, with what is set and nothing else, and returns its model."""
    with fake_wire() as sent:
        assert colour.run(use) == answer
    [request] = sent
    assert (request.method, request.url) == (method, f"{BASE_URL}{path}")
    assert (request.json() if request.body else None) == body
    assert request.header("authorization") == f"Bearer {API_KEY}"


LISTS: dict[str, Callable[[VLMRun], list[str]]] = {
    "datasets": lambda c: [item.id for item in c.datasets.list(limit=2)],
    "fine_tuning/jobs": lambda c: [item.id for item in c.fine_tuning.list(limit=2)],
    "fine_tuning/models": lambda c: [*c.fine_tuning.list_models(limit=2)],
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_goes_on_to_its_end(path: str) -> None:
    """Iterating asks for page after page."""
    names = "abc"

    def answer(sent: Sent) -> Answer:
        query = dict(parse_qsl(urlsplit(sent.url).query))
        page = names[int(query["skip"]) :][: int(query["limit"])]
        named = [name if path.endswith("models") else {**TUNING, **DATASET, "id": name} for name in page]
        return json_answer(named)

    with fake_wire(answer) as sent:
        assert LISTS[path](VLMRun(API_KEY, BASE_URL)) == list(names)
    assert {urlsplit(request.url).path for request in sent} == {f"/v1/{path}"}


REFUSED: dict[str, tuple[Use, str]] = {
    "feedback on nothing": (lambda c: c.feedback.submit(notes="No."), "request_id, agent_execution_id or chat_id"),
    "feedback on two": (lambda c: c.feedback.submit("p", chat_id="c", notes="No."), "got request_id and chat_id"),
    "feedback that says nothing": (lambda c: c.feedback.submit("p"), "response or notes"),
    "a response that is no object": (lambda c: c.feedback.submit("p", [1]), "response must be a mapping"),
    "of nothing": (lambda c: c.feedback.get(), "request_id, agent_execution_id or chat_id"),
    "of two": (lambda c: c.feedback.get("p", agent_execution_id="e"), "got request_id and agent_execution_id"),
    "limit": (lambda c: c.feedback.get("p", limit=1001), "limit"),
    "offset": (lambda c: c.feedback.get("p", offset=-1), "offset"),
    "suffix": (lambda c: c.fine_tuning.create("m", "f", suffix="a b"), "suffix"),
    "suffix with a line": (lambda c: c.fine_tuning.create("m", "f", suffix="a\n"), "suffix"),
    "batch_size": (lambda c: c.fine_tuning.create("m", "f", batch_size="all"), "batch_size"),
    "epochs": (lambda c: c.fine_tuning.create("m", "f", num_epochs=0), "num_epochs"),
    "learning_rate": (lambda c: c.fine_tuning.create("m", "f", learning_rate=float("nan")), "learning_rate"),
    "duration": (lambda c: c.fine_tuning.provision("m", duration=0), "duration"),
    "model": (lambda c: c.fine_tuning.provision(""), "model"),
}


@both_colours
@pytest.mark.parametrize(("use", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_meant_is_refused(colour: Colour, use: Use, words: str) -> None:
    """The error names the argument, and nothing is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match=words):
        colour.run(use)
    assert sent == []


@both_colours
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"id": 5}', b"<html>"])
def test_an_answer_of_another_shape_is_an_error(colour: Colour, body: bytes) -> None:
    """It is not taken for an answer."""
    for name in ("on a prediction", "of a chat", "a dataset", "a job", "a provision"):
        with fake_wire(lambda _: Answer(200, body)), pytest.raises(ResponseValidationError):
            colour.run(CASES[name][0])


# The archive of a dataset ---------------------------------------------------------------------------------------------


def _folder(root: Path) -> Path:
    (root / "deep" / "er").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "b.txt").write_bytes(b"b" * 1000)
    (root / "a ü.txt").write_bytes(b"a")
    (root / "deep" / "er" / "c.bin").write_bytes(b"\0\xff")
    (root / ".env").write_bytes(b"KEY=secret")
    (root / ".git" / "config").write_bytes(b"secret")
    (root / "link").symlink_to("/etc/passwd")
    (root / "folder-link").symlink_to("/etc")
    return root


def _create(folder: object) -> Use:
    return lambda c: c.datasets.create("document.receipt", folder, "receipts/1", "images", wandb_api_key="w-key")


def _archive(sent: list[Sent]) -> bytes:
    upload = next(request for request in sent if (request.method, request.path) == ("POST", "/v1/files"))
    assert dict(parse_qsl(urlsplit(upload.url).query))["purpose"] == "datasets"
    start = upload.body.index(b"\r\n\r\n") + 4
    return upload.body[start : upload.body.rindex(b"\r\n--")]


@both_colours
def test_a_folder_is_uploaded_as_an_archive(colour: Colour, tmp_path: Path) -> None:
    """All files but hidden ones and links, in the order of their names; nothing says whose they were."""
    folder = _folder(tmp_path / "receipts")
    with fake_wire() as sent:
        dataset = colour.run(_create(folder))
    with tarfile.open(fileobj=io.BytesIO(_archive(sent))) as archive:
        entries = archive.getmembers()
        content = [(entry.name, (archive.extractfile(entry) or io.BytesIO()).read()) for entry in entries]
    assert content == [
        ("receipts_1/a ü.txt", b"a"),
        ("receipts_1/b.txt", b"b" * 1000),
        ("receipts_1/deep/er/c.bin", b"\0\xff"),
    ]
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, 0, "", "")}
    assert sent[-1].json() == {
        "file_id": FILE["id"],
        "domain": "document.receipt",
        "dataset_name": "receipts/1",
        "dataset_type": "images",
        "wandb_api_key": "w-key",
    }
    assert dataset == DatasetResponse.model_validate(DATASET)


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    """Whatever their times, modes and the order in which they were made: so that it is uploaded only once."""
    archives: list[bytes] = []
    for names in (("a", "b"), ("b", "a")):
        folder = tmp_path / "-".join(names)
        folder.mkdir()
        for number, name in enumerate(names):
            (folder / name).write_text(name)
            (folder / name).chmod(0o600 + number)
            os.utime(folder / name, (number, number))
        with fake_wire() as sent:
            VLMRun(API_KEY, BASE_URL).datasets.create("a.b", folder, "name", "documents")
        archives.append(_archive(sent))
    assert archives[0] == archives[1]
    assert gzip.decompress(archives[0])[:6] == b"name/a"


@both_colours
def test_a_folder_that_cannot_be_used_is_refused(colour: Colour, tmp_path: Path) -> None:
    """Nothing is sent; the error names the argument."""
    (tmp_path / "only-hidden").mkdir()
    (tmp_path / "only-hidden" / ".env").write_text("KEY=secret")
    (tmp_path / "file").write_text("x")
    with fake_wire() as sent:
        for folder in (tmp_path / "only-hidden", tmp_path / "file", "", 5, "a\0b"):
            with pytest.raises(InputError, match=r"^dataset_directory"):
                colour.run(_create(folder))
        with pytest.raises(MissingFileError, match=r"^dataset_directory does not exist"):
            colour.run(_create(tmp_path / "nowhere"))
    assert sent == []


# Fine-tuned models ----------------------------------------------------------------------------------------------------

CONFIG = {"prompt": "Read it.", "json_schema": {"type": "object"}}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


@both_colours
def test_a_fine_tuned_model_reads_images_and_a_video(colour: Colour) -> None:
    """Each goes as a URL; the schema comes from `config` or from the model; nothing that is not set is sent."""
    with fake_wire() as sent:
        plain = colour.run(lambda c: c.fine_tuning.generate("ft:1", ["https://a.test/a.png", PNG], config=CONFIG))
        typed = colour.run(
            lambda c: c.fine_tuning.generate(
                "ft:1",
                videos=[MP4],
                config={"prompt": "Read it."},
                metadata={"environment": "prod"},
                response_model=Invoice,
            )
        )
    assert [(request.method, request.url) for request in sent] == [("POST", f"{BASE_URL}/fine_tuning/generate")] * 2
    first, second = (request.json() for request in sent)
    assert first.keys() == {"model", "images", "batch", "config"}
    assert (first["model"], first["batch"], first["config"]) == ("ft:1", False, CONFIG)
    assert first["images"][0] == "https://a.test/a.png"
    assert first["images"][1].startswith("data:image/png;base64,")
    assert second["videos"][0].startswith("data:video/mp4;base64,")
    assert second["config"] == {"prompt": "Read it.", "json_schema": Invoice.model_json_schema()}
    assert second["metadata"] == {"environment": "prod"}
    assert (plain.response, typed.response) == ({"total": 12.5}, Invoice(total=12.5))


@both_colours
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": [PNG]}, "config.prompt is required"),
        ({"images": [PNG], "config": {"prompt": "Read it."}}, "config.json_schema or response_model is required"),
        ({"images": [PNG], "config": {"json_schema": {}}}, "config.prompt is required"),
        ({"images": [PNG], "config": {**CONFIG, "of": 1}}, "config has no field 'of'"),
        ({"config": CONFIG}, "images or videos is required"),
        ({"images": [], "videos": [], "config": CONFIG}, "images or videos is required"),
        ({"images": PNG, "config": CONFIG}, "images must be a list"),
        ({"images": [PNG] * 17, "config": CONFIG}, "images has more than 16"),
        ({"videos": [MP4] * 2, "config": CONFIG}, "videos has more than 1"),
        ({"images": [b"%PDF-1.7"], "config": CONFIG}, r"images\[0\]|expected an image"),
        ({"videos": [PNG], "config": CONFIG}, r"expected a video"),
        ({"images": [PNG], "config": CONFIG, "batch": True}, "batch must be False"),
        ({"images": [PNG], "config": CONFIG, "batch": 0}, "batch must be False"),
        ({"images": [PNG], "config": CONFIG, "response_model": Invoice}, "say the same thing"),
        ({"images": [PNG], "config": CONFIG, "model": ""}, "model must be a non-empty"),
    ],
)
def test_a_mistake_with_a_fine_tuned_model_is_named(colour: Colour, arguments: dict[str, Any], message: str) -> None:
    """Nothing is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match=message):
        colour.run(lambda c: c.fine_tuning.generate(**{"model": "ft:1", **arguments}))
    assert sent == []
