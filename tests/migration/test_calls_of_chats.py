"""Clients and chats, as users of the official SDK write them."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("openai", reason="chats are OpenAI's")

from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from PIL import Image
from pydantic import BaseModel

from support.received import Received
from vlmrun.client import VLMRun
from vlmrun.client.types import AgentSkill
from vlmrun.local import LocalServer

CHAT = "/openai/chat/completions"
MODEL = "vlmrun-orion-1:auto"


class Receipt(BaseModel):
    merchant: str
    total: float


def said(completion: Any) -> str:
    """What an answer says, and that there is one."""
    text = completion.choices[0].message.content
    assert text
    return str(text)


def as_url(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def user(*parts: dict[str, object] | str) -> list[ChatCompletionMessageParam]:
    """A message as a program without types has it."""
    message: Any = {"role": "user", "content": parts[0] if isinstance(parts[0], str) else list(parts)}
    return [message]


# Clients --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("client")
def test_client_from_the_environment() -> None:
    client = VLMRun()
    assert client.healthcheck() is True


def test_client_with_a_key(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLMRUN_BASE_URL", server.base_url)
    client = VLMRun(api_key=server.api_key)
    assert client.models.list()


def test_client_with_key_and_address(server: LocalServer) -> None:
    client = VLMRun(api_key=server.api_key, base_url=server.base_url + "/")
    assert client.base_url == server.base_url
    assert client.models.list()


def test_client_with_positions(server: LocalServer) -> None:
    client = VLMRun(server.api_key, server.base_url, 60.0, 3)
    assert (client.timeout, client.max_retries, client.api_key) == (60.0, 3, server.api_key)
    assert client.models.list()


def test_client_without_a_key(server: LocalServer) -> None:
    client = VLMRun(base_url=server.base_url, require_api_key=False)
    assert client.healthcheck()
    assert isinstance(client.version, str)


def test_client_from_its_module(server: LocalServer) -> None:
    from vlmrun.client.client import VLMRun as Client

    assert Client(api_key=server.api_key, base_url=server.base_url).healthcheck()


# Chats ----------------------------------------------------------------------------------------------------------------


def test_chat_with_a_text(client: VLMRun, received: Received) -> None:
    response = client.agent.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello!"}])
    assert said(response)
    assert received(CHAT) == {"model": MODEL, "messages": [{"role": "user", "content": "Hello!"}]}


def test_chat_with_system_temperature_and_tokens(client: VLMRun, received: Received) -> None:
    response = client.agent.completions.create(
        model="vlmrun-orion-1:fast",
        messages=[{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello!"}],
        temperature=0.0,
        max_tokens=1000,
        top_p=0.9,
    )
    assert said(response)
    body = received(CHAT)
    assert (body["temperature"], body["max_tokens"], body["top_p"]) == (0.0, 1000, 0.9)


def test_chat_with_an_image_as_dict(client: VLMRun, picture: Image.Image) -> None:
    response = client.agent.completions.create(
        model=MODEL,
        messages=user(
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": as_url(picture), "detail": "auto"}},
        ),
    )
    assert "120x40" in said(response)


def test_chat_with_a_video_as_dict(client: VLMRun, received: Received) -> None:
    part: dict[str, object] = {"type": "video_url", "video_url": {"url": "https://example.com/film.mp4"}}
    assert said(client.agent.completions.create(model=MODEL, messages=user({"type": "text", "text": "Cut it."}, part)))
    assert received(CHAT)["messages"][0]["content"][1] == part


def test_chat_with_a_document_as_dict(client: VLMRun, invoice: Path) -> None:
    url = "data:application/pdf;base64," + base64.b64encode(invoice.read_bytes()).decode()
    part: dict[str, object] = {"type": "file_url", "file_url": {"url": url}}
    response = client.agent.completions.create(model=MODEL, messages=user({"type": "text", "text": "Read it."}, part))
    assert "2 pages" in said(response)


def test_chat_with_an_uploaded_file(client: VLMRun, receipt: Path, received: Received) -> None:
    file = client.files.upload(file=receipt, purpose="assistants")
    part: dict[str, object] = {"type": "input_file", "file_id": file.id}
    assert said(client.agent.completions.create(model=MODEL, messages=user({"type": "text", "text": "What?"}, part)))
    assert received(CHAT)["messages"][0]["content"][1] == {"type": "input_file", "file_id": file.id}


def test_chat_with_a_schema_and_its_session(client: VLMRun, picture: Image.Image) -> None:
    schema: Any = {"type": "json_schema", "schema": Receipt.model_json_schema()}
    response = client.agent.completions.create(
        model=MODEL,
        messages=user({"type": "image_url", "image_url": {"url": as_url(picture)}}),
        response_format=schema,
    )
    receipt = Receipt.model_validate_json(said(response))
    assert isinstance(receipt.total, float)
    session_id = response.session_id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # an extra field of the answer
    assert session_id


def test_chat_with_openais_nesting(client: VLMRun) -> None:
    schema: Any = {"type": "json_schema", "json_schema": {"name": "receipt", "schema": Receipt.model_json_schema()}}
    response = client.agent.completions.create(model=MODEL, messages=user("Read."), response_format=schema)
    assert isinstance(Receipt.model_validate_json(said(response)).total, float)


def test_chat_with_a_bare_schema(client: VLMRun) -> None:
    schema: Any = {"type": "json_schema", "json_schema": Receipt.model_json_schema()}
    response = client.agent.completions.create(model=MODEL, messages=user("Read."), response_format=schema)
    assert isinstance(Receipt.model_validate_json(said(response)).total, float)


def test_chat_with_openais_own_parts(client: VLMRun, invoice: Path, sound: Path) -> None:
    """As LangChain and pydantic-ai send them."""
    data = base64.b64encode(invoice.read_bytes()).decode()
    parts: list[dict[str, object]] = [
        {"type": "file", "file": {"filename": "invoice.pdf", "file_data": f"data:application/pdf;base64,{data}"}},
        {
            "type": "input_audio",
            "input_audio": {"data": base64.b64encode(sound.read_bytes()).decode(), "format": "wav"},
        },
    ]
    text = said(client.agent.completions.create(model=MODEL, messages=user(*parts)))
    assert "a PDF (2 pages" in text
    assert "audio/wav" in text


def test_chat_with_json(client: VLMRun) -> None:
    response = client.agent.completions.create(
        model=MODEL, messages=user("Answer in JSON."), response_format={"type": "json_object"}
    )
    assert isinstance(json.loads(said(response)), dict)


def test_chat_parsed(client: VLMRun) -> None:
    response = client.agent.completions.parse(model=MODEL, messages=user("Read."), response_format=Receipt)
    parsed = response.choices[0].message.parsed
    assert isinstance(parsed, Receipt)


def test_chat_as_a_stream(client: VLMRun) -> None:
    stream = client.agent.completions.create(model=MODEL, messages=user("Tell me."), stream=True)
    text = ""
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            text += chunk.choices[0].delta.content
    assert "I received: text (2 words)" in text


def test_stream_that_is_left(client: VLMRun, server: LocalServer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the client nor the server says anything of it; the next chat works."""
    for _ in range(3):
        for _ in client.agent.completions.create(model=MODEL, messages=user("word " * 3_000), stream=True):
            break
    assert said(client.agent.completions.create(model=MODEL, messages=user("Hello!")))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert server.requests[-1].path == f"/v1{CHAT}"


def test_chat_that_continues_a_session(client: VLMRun, received: Received) -> None:
    first: Any = client.agent.completions.create(model=MODEL, messages=user("I am Ada."))
    again: Any = client.agent.completions.create(
        model=MODEL, messages=user("Who am I?"), extra_body={"session_id": first.session_id}
    )
    assert again.session_id == first.session_id
    assert received(CHAT)["session_id"] == first.session_id


def test_chat_with_toolsets_and_skills_in_its_body(client: VLMRun, received: Received) -> None:
    extra = {"toolsets": ["image", "viz"], "skills": [{"skill_name": "receipts", "skill_version": "latest"}]}
    assert said(client.agent.completions.create(model=MODEL, messages=user("Read."), extra_body=extra))
    assert received(CHAT)["toolsets"] == ["image", "viz"]
    assert received(CHAT)["skills"] == extra["skills"]


def test_chat_with_a_skill_object_in_its_body(client: VLMRun, skill_folder: Path, received: Received) -> None:
    skill = AgentSkill.from_directory(skill_folder)
    assert said(client.agent.completions.create(model=MODEL, messages=user("Read."), extra_body={"skills": [skill]}))
    assert received(CHAT)["skills"][0]["name"] == "receipts"


def test_chat_with_skills_as_a_keyword_is_refused(client: VLMRun) -> None:
    """Explained in docs/migration.md: the signature of OpenAI's method does not have it."""
    create: Any = client.agent.completions.create
    with pytest.raises(TypeError, match="toolsets"):
        create(model=MODEL, messages=user("Read."), toolsets=["image"])


def test_chat_without_waiting(client: VLMRun) -> None:
    async def main() -> str:
        return said(await client.agent.async_completions.create(model=MODEL, messages=user("Hello!")))

    assert "I received: text (1 word)" in asyncio.run(main())


def test_chats_at_once(client: VLMRun) -> None:
    async def main() -> list[str]:
        calls = [client.agent.async_completions.create(model=MODEL, messages=user("word " * n)) for n in (1, 2, 3)]
        return [said(answer) for answer in await asyncio.gather(*calls)]

    assert ["1 word" in text or f"{n} words" in text for n, text in enumerate(asyncio.run(main()), 1)] == [True] * 3


def test_stream_without_waiting(client: VLMRun) -> None:
    async def main() -> str:
        stream = await client.agent.async_completions.create(model=MODEL, messages=user("Tell me."), stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    assert "I received: text (2 words)" in asyncio.run(main())


def test_chat_of_openais_client(client: VLMRun) -> None:
    assert said(client.openai.chat.completions.create(model=MODEL, messages=user("Hello!")))


def test_bare_openai_becomes_a_client_of_this(server: LocalServer, client: VLMRun) -> None:
    """What docs/migration.md says of a bare `OpenAI(base_url=...)`: the same request, and the same answer."""
    with OpenAI(base_url=f"{server.base_url}/openai", api_key=server.api_key) as bare:
        theirs = bare.chat.completions.create(model=MODEL, messages=user("Hello!"))
    ours = client.openai.chat.completions.create(model=MODEL, messages=user("Hello!"))
    assert said(ours) == said(theirs)
    (one, other) = server.requests[-2:]
    assert (one.path, one.body) == (other.path, other.body)
