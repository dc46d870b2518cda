"""Files, agents, artifacts, the hub, skills and the rest, as users of the official SDK write them."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import BaseModel, ValidationError

from support.local import data_url, encoded
from support.received import Received
from vlmrun.client import VLMRun
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ResourceNotFoundError,
    VLMRunError,
)
from vlmrun.client.types import (
    AgentCreationConfig,
    AgentExecutionConfig,
    AgentExecutionResponse,
    AgentSkill,
    RequestMetadata,
    SkillInfo,
)
from vlmrun.common.webhook import verify_webhook
from vlmrun.local import LocalServer
from vlmrun.types import FileUrl, ImageRef, ImageUrl, MessageContent, VideoUrl
from vlmrun.types.refs import ReconRef


class Summary(BaseModel):
    title: str
    pages: int


# Files ----------------------------------------------------------------------------------------------------------------


def test_file_is_uploaded(client: VLMRun, invoice: Path) -> None:
    response = client.files.upload(file=invoice)
    assert response.id
    assert (response.filename, response.bytes, response.purpose) == (
        "invoice.pdf",
        invoice.stat().st_size,
        "assistants",
    )


def test_file_is_uploaded_for_a_purpose(client: VLMRun, invoice: Path) -> None:
    assert client.files.upload(invoice, "fine-tune").purpose == "fine-tune"


def test_file_is_uploaded_by_a_signed_url(client: VLMRun, server: LocalServer, invoice: Path) -> None:
    response = client.files.upload(file=invoice, method="presigned-url", timeout=60, expiration=600, force=True)
    assert response.id
    assert [request.method for request in server.requests[-3:]] == ["POST", "PUT", "GET"]


def test_file_is_uploaded_once(client: VLMRun, invoice: Path) -> None:
    first = client.files.upload(file=invoice)
    assert client.files.upload(file=invoice).id == first.id
    assert client.files.upload(file=invoice, force=True).id != first.id


def test_files_in_a_list(client: VLMRun, invoice: Path) -> None:
    made = client.files.upload(file=invoice)
    files = client.files.list(skip=0, limit=10)
    assert made.id in [file.id for file in files]
    assert files[0].filename
    assert len(client.files.list(0, 1)) == 1


def test_file_is_deleted(client: VLMRun, invoice: Path) -> None:
    made = client.files.upload(file=invoice, force=True)
    assert client.files.get(made.id).filename == "invoice.pdf"
    client.files.delete(made.id)
    with pytest.raises(ResourceNotFoundError):
        client.files.get(file_id=made.id)


# Agents and executions ------------------------------------------------------------------------------------------------


def test_agent_is_executed_with_a_prompt(client: VLMRun, received: Received) -> None:
    response = client.agent.execute(
        config=AgentExecutionConfig(prompt="Describe it."),
        inputs={"image": ImageUrl(url="https://example.com/a.png")},
        model="vlmrun-orion-1:auto",
        batch=True,
    )
    assert isinstance(response, AgentExecutionResponse)
    assert response.status in {"enqueued", "pending"}
    body = received("/agent/execute")
    assert body["inputs"] == {"image": {"url": "https://example.com/a.png"}}
    assert body["config"] == {"prompt": "Describe it."}


def test_agent_is_executed_with_message_content(client: VLMRun, received: Received) -> None:
    inputs = {
        "photo": MessageContent(type="image_url", image_url=ImageUrl(url="https://example.com/a.png", detail="high")),
        "film": MessageContent(type="video_url", video_url=VideoUrl(url="https://example.com/a.mp4")),
        "paper": MessageContent(type="file_url", file_url=FileUrl(url="https://example.com/a.pdf")),
    }
    client.agent.execute(config=AgentExecutionConfig(prompt="Compare them."), inputs=inputs)
    sent = received("/agent/execute")["inputs"]
    assert sent["photo"] == {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "high"}}
    assert sent["film"] == {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}
    assert sent["paper"] == {"type": "file_url", "file_url": {"url": "https://example.com/a.pdf"}}


def test_message_content_in_a_chat(client: VLMRun, received: Received) -> None:
    pytest.importorskip("openai", reason="chats are OpenAI's")
    part = MessageContent(type="image_url", image_url=ImageUrl(url="https://example.com/a.png"))
    message: Any = {"role": "user", "content": [part.model_dump()]}
    client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[message])
    sent = received("/openai/chat/completions")["messages"][0]["content"]
    assert sent == [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]


def test_message_content_names_what_is_missing() -> None:
    with pytest.raises(ValidationError, match="file_id or file_url is required"):
        MessageContent(type="input_file")
    assert MessageContent(type="input_file", file_id="f-1").model_dump() == {"type": "input_file", "file_id": "f-1"}
    assert json.loads(MessageContent(type="text", text="Hello!").model_dump_json()) == {
        "type": "text",
        "text": "Hello!",
    }
    secret = MessageContent(type="image_url", image_url=ImageUrl(url="https://example.com/a.png?signature=s3cret"))
    assert "s3cret" not in repr(secret)


def test_agent_is_executed_by_name_and_waited_for(client: VLMRun, invoice: Path) -> None:
    client.agent.create(config=AgentCreationConfig(prompt="Summarise it."), name="summariser")
    file = client.files.upload(file=invoice)
    execution = client.agent.execute(
        name="summariser", inputs={"files": [{"type": "input_file", "file_id": file.id}]}, batch=True
    )
    result = client.executions.wait(execution.id, timeout=300, sleep=1)
    assert result.status == "completed"
    assert result.response


def test_agent_is_executed_for_a_model(client: VLMRun, received: Received) -> None:
    config = AgentExecutionConfig(prompt="Summarise it.", response_model=Summary)
    execution = client.agent.execute(config=config, inputs={"text": "A page."}, metadata=RequestMetadata())
    result = client.executions.wait(id=execution.id, timeout=300, sleep=1)
    response: Any = result.response
    assert Summary(**response).title is not None
    assert received("/agent/execute")["config"]["json_schema"] == Summary.model_json_schema()


def test_agent_is_executed_with_skills_and_toolsets(client: VLMRun, received: Received) -> None:
    config = AgentExecutionConfig(skills=[AgentSkill(skill_id="receipts", skill_version="latest")])
    client.agent.execute(inputs={"text": "A page."}, config=config, toolsets=["core", "document"])
    body = received("/agent/execute")
    assert (body["config"]["skills"][0]["skill_id"], body["toolsets"]) == ("receipts", ["core", "document"])


def test_agent_is_created_and_found(client: VLMRun) -> None:
    made = client.agent.create(config=AgentCreationConfig(prompt="Count the pages.", response_model=Summary), name="c")
    assert client.agent.get(name=made.name).id == made.id
    assert client.agent.get(id=made.id).name == made.name
    assert made.id in [agent.id for agent in client.agent.list()]


def test_executions_in_a_list(client: VLMRun) -> None:
    made = client.agent.execute(config=AgentExecutionConfig(prompt="Wait."), inputs={})
    assert made.id in [execution.id for execution in client.executions.list(skip=0, limit=10)]
    assert client.executions.get(id=made.id).id == made.id


# Artifacts ------------------------------------------------------------------------------------------------------------


def made_artifact(client: VLMRun) -> tuple[str, str]:
    """A session, and the id of an image that it made."""
    pytest.importorskip("openai", reason="chats are OpenAI's")
    url = data_url(encoded(Image.new("RGB", (4, 3)), "PNG"), "image/png")
    message: Any = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}
    answer: Any = client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[message])
    (artifact,) = client.artifacts.list(session_id=answer.session_id)
    return answer.session_id, artifact.object_id


def test_artifact_as_an_image(client: VLMRun) -> None:
    session_id, object_id = made_artifact(client)
    assert object_id.startswith("img_")
    image = client.artifacts.image(object_id, session_id=session_id)
    assert image.size == (4, 3)


def test_artifact_is_bytes(client: VLMRun) -> None:
    """Explained in docs/migration.md: the type does not depend on the id, and a raw response is asked for as ever."""
    session_id, object_id = made_artifact(client)
    data = client.artifacts.get(session_id=session_id, object_id=object_id)
    assert Image.open(io.BytesIO(data)).size == (4, 3)
    assert client.artifacts.with_raw_response.get(object_id, session_id=session_id).parse() == data
    get: Any = client.artifacts.get
    with pytest.raises(TypeError, match="raw_response"):
        get(object_id=object_id, session_id=session_id, raw_response=True)


def test_references_in_a_model() -> None:
    class Scene(BaseModel):
        image: ImageRef
        model: ReconRef

    scene = Scene.model_validate({"image": {"id": "img_a1b2c3"}, "model": {"id": "recon_a1b2c3"}})
    assert (scene.image.id, scene.model.id) == ("img_a1b2c3", "recon_a1b2c3")
    with pytest.raises(ValidationError):
        ImageRef(id="vid_a1b2c3")


# The hub and the models -----------------------------------------------------------------------------------------------


def test_models_in_a_list(client: VLMRun) -> None:
    assert ("vlm-1", "document.invoice") in [(one.model, one.domain) for one in client.models.list()]


def test_hub(client: VLMRun) -> None:
    assert client.hub.info().version
    assert "document.invoice" in [domain.domain for domain in client.hub.list_domains()]
    schema = client.hub.get_schema("document.invoice")
    assert schema.json_schema["type"] == "object"
    assert (schema.schema_version, len(schema.schema_hash or "")) != (None, 0)


def test_domains_of_the_client(client: VLMRun) -> None:
    assert "document.invoice" in [domain.domain for domain in client.list_domains()]
    assert client.get_schema(domain="document.invoice").json_schema


# Skills, feedback, training -------------------------------------------------------------------------------------------


def test_skills(client: VLMRun, skill_folder: Path) -> None:
    skill = client.skills.create_from_directory(skill_folder)
    assert isinstance(skill, AgentSkill)
    assert (skill.skill_name, skill.skill_version is not None) == ("receipts", True)
    found = client.skills.get(name="receipts")
    assert isinstance(found, SkillInfo)
    assert found.id == skill.skill_id
    assert client.skills.get(id=found.id).skill_version == found.skill_version
    assert found.id in [one.id for one in client.skills.list(limit=25, offset=0)]
    assert client.skills.download(skill_id=found.id).download_url


def test_skill_of_a_folder(skill_folder: Path) -> None:
    skill = AgentSkill.from_directory(directory=skill_folder, name="reader", description="Reads.")
    assert (skill.name, skill.description, skill["type"]) == ("reader", "Reads.", "inline")


def test_skill_of_a_prompt(client: VLMRun, received: Received) -> None:
    skill = client.skills.create(prompt="Read receipts.", json_schema=Summary.model_json_schema(), name="reader")
    assert skill.name
    assert client.skills.update(skill.id, description="Reads receipts.").id
    assert received("/skills/create")["json_schema"] == Summary.model_json_schema()


def test_skill_of_the_official_class() -> None:
    skill = AgentSkill(skill_name="receipts", skill_version="latest")
    assert (skill.skill_name, skill.skill_version) == ("receipts", "latest")


def test_feedback(client: VLMRun, received: Received) -> None:
    made = client.document.generate(url="https://example.com/a.pdf", domain="document.invoice", batch=True)
    feedback = client.feedback.submit(request_id=made.id, response={"total": 1.0}, notes="The total is wrong.")
    assert feedback.request_id == made.id
    assert received("/feedback/submit")["notes"] == "The total is wrong."
    items = client.feedback.get(request_id=made.id, offset=0, limit=10).items
    assert [item.notes for item in items] == ["The total is wrong."]


def test_fine_tuning(client: VLMRun, invoice: Path) -> None:
    file = client.files.upload(file=invoice, purpose="fine-tune")
    job = client.fine_tuning.create("vlm-1", file.id, num_epochs=1, batch_size=1, suffix="receipts")
    assert client.fine_tuning.get(job.id).model == job.model
    assert job.id in [one.id for one in client.fine_tuning.list(0, 10)]
    while client.fine_tuning.get(job_id=job.id).status != "completed":
        pass  # each look moves the job on
    (model,) = [name for name in client.fine_tuning.list_models(skip=0, limit=10) if "receipts" in name]
    assert client.fine_tuning.provision(model=model, duration=60, concurrency=1).id


def test_datasets(client: VLMRun, skill_folder: Path) -> None:
    made = client.datasets.create("document.receipt", skill_folder, "receipts", "documents")
    assert client.datasets.get(made.id).dataset_name == "receipts"
    assert made.id in [one.id for one in client.datasets.list(skip=0, limit=10)]


# Webhooks and errors --------------------------------------------------------------------------------------------------


def test_webhook() -> None:
    body = b'{"id": "p-1"}'
    signature = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert verify_webhook(body, signature, "secret") is True
    assert verify_webhook(raw_body=body, signature_header=None, secret="secret") is False


def test_wrong_key(server: LocalServer) -> None:
    client = VLMRun(api_key="wrong", base_url=server.base_url)
    with pytest.raises(AuthenticationError) as caught:
        client.files.list()
    assert caught.value.http_status == 401
    assert "401" in str(caught.value)
    assert isinstance(caught.value, APIError)
    assert isinstance(caught.value, VLMRunError)


def test_missing_key() -> None:
    with pytest.raises(ConfigurationError, match="VLMRUN_API_KEY"):
        VLMRun()


def test_missing_file(client: VLMRun) -> None:
    with pytest.raises(FileNotFoundError):
        client.files.upload(file=Path("missing.pdf"))
