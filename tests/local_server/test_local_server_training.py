"""Feedback, datasets and fine-tuning of the server on this machine, through the client (API.md §3.8, §3.10, §3.11)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

pytest.importorskip("PIL", reason="needs the extra 'local'")

from PIL import Image
from pydantic import BaseModel

from support.local import connect, serve
from vlmrun import VLMRun
from vlmrun.client.exceptions import ResourceNotFoundError, UnprocessableEntityError
from vlmrun.local import LocalServer
from vlmrun.options import GenerationOptions


class Size(BaseModel):
    width: int
    height: int


server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")


@pytest.fixture
def vlm(server: LocalServer) -> Iterator[VLMRun]:
    with VLMRun(server.api_key, server.base_url, max_retries=0) as made:
        yield made


def test_feedback_comes_back(vlm: VLMRun, server: LocalServer) -> None:
    """Newest first, in pages, and by what it is about: an id of one kind is not that of another."""
    for number in range(3):
        vlm.feedback.submit("p-1", {"total": number}, f"note {number}")
    vlm.feedback.submit(chat_id="p-1", notes="of the chat")
    last = vlm.feedback.submit(agent_execution_id="e-1", notes="of the execution")
    found = vlm.feedback.get("p-1", limit=2)
    assert [(item.notes, item.response) for item in found.items] == [("note 2", {"total": 2}), ("note 1", {"total": 1})]
    assert [item.notes for item in vlm.feedback.get("p-1", offset=2).items] == ["note 0"]
    assert [item.notes for item in vlm.feedback.get(chat_id="p-1").items] == ["of the chat"]
    assert vlm.feedback.get(agent_execution_id="e-1").items[0].id == last.id
    assert vlm.feedback.get("nobody").items == []
    assert [work.id for work in server.work if work.kind == "feedback"][-1] == last.id


def test_a_dataset_is_made_of_a_folder(vlm: VLMRun, tmp_path: Path) -> None:
    """The archive is opened, and its files are counted; it moves on each time that it is fetched."""
    for name in ("a.txt", "b.txt", ".hidden"):
        (tmp_path / name).write_text(name)
    made = vlm.datasets.create("document.receipt", tmp_path, "receipts", "documents")
    assert (made.status, made.message, made.dataset_name) == ("pending", "A dataset of 2 files.", "receipts")
    assert [vlm.datasets.get(made.id).status for _ in range(2)] == ["running", "completed"]
    assert [dataset.id for dataset in vlm.datasets.list()] == [made.id]


def test_a_job_ends_in_a_model(vlm: VLMRun) -> None:
    """A model is there once its job is completed, and only then is it provisioned."""
    file = vlm.files.upload(b"training data", filename="data.jsonl", purpose="fine-tune")
    job = vlm.fine_tuning.create("vlm-1", file.id, suffix="receipts", num_epochs=2)
    assert [*vlm.fine_tuning.list_models()] == []
    assert [vlm.fine_tuning.get(job.id).status for _ in range(2)] == ["running", "completed"]
    [model] = vlm.fine_tuning.list_models()
    assert model.startswith("ft:vlm-1:local:receipts:")
    assert vlm.fine_tuning.provision(model, duration=60).model == model
    config: GenerationOptions = {"prompt": "Read it."}
    image = Image.new("RGB", (2, 3))
    answer = vlm.fine_tuning.generate(model, [image], config=config, response_model=Size)
    assert (answer.status, answer.response) == ("completed", Size(width=2, height=3))
    with pytest.raises(ResourceNotFoundError):
        vlm.fine_tuning.generate("nobody", [image], config=config, response_model=Size)
    assert [item.id for item in vlm.fine_tuning.list()] == [job.id]


def test_what_is_unknown_is_404(vlm: VLMRun) -> None:
    """A dataset, a job, a model and a file."""
    for call in (
        lambda: vlm.datasets.get("nobody"),
        lambda: vlm.fine_tuning.get("nobody"),
        lambda: vlm.fine_tuning.provision("nobody"),
        lambda: vlm.fine_tuning.create("vlm-1", "nobody"),
    ):
        with pytest.raises(ResourceNotFoundError):
            call()


def test_a_file_that_is_no_archive_is_refused(vlm: VLMRun, client: httpx2.Client) -> None:
    """A dataset is a tar archive."""
    file = vlm.files.upload(b"no archive", filename="a.tar.gz", purpose="datasets")
    body = {"file_id": file.id, "domain": "a.b", "dataset_name": "a", "dataset_type": "images"}
    assert client.post("/datasets/create", json=body).status_code == 422
    with pytest.raises(UnprocessableEntityError):
        vlm.fine_tuning.create("vlm-1", file.id, extra_body={"batch_size": "all"})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/feedback/submit", {"notes": "No."}),
        ("/feedback/submit", {"request_id": "a", "chat_id": "b"}),
        ("/datasets/create", {"file_id": "a", "domain": "a.b", "dataset_name": "a", "dataset_type": "texts"}),
        ("/fine_tuning/create", {"model": "vlm-1"}),
        ("/fine_tuning/create", {"model": "vlm-1", "training_file": "f", "suffix": "a b"}),
        ("/fine_tuning/provision", {"model": "m", "duration": 0}),
        ("/fine_tuning/generate", {"model": "m", "images": ["https://a.test/a.png"], "config": {"prompt": "Read it."}}),
        ("/fine_tuning/generate", {"model": "m", "config": {"prompt": "Read it.", "json_schema": {}}}),
    ],
)
def test_a_body_that_does_not_fit_is_422(client: httpx2.Client, path: str, body: dict[str, object]) -> None:
    """What the client refuses itself, the server refuses of others."""
    assert client.post(path, json=body).status_code == 422
