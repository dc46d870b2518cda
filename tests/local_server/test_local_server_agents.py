"""Agents and their executions (API.md §3.6)."""

from __future__ import annotations

import uuid
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import httpx2
import pytest

pytest.importorskip("PIL", reason="needs the extra 'local'")

from PIL import Image

from support.local import connect, data_url, encoded, serve
from vlmrun.client.exceptions import InputError
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")


SCHEMA = {
    "type": "object",
    "properties": {"width": {"type": "integer"}, "format": {"type": "string"}},
    "required": ["width", "format"],
    "additionalProperties": False,
}


def _picture(width: int = 12) -> str:
    return data_url(encoded(Image.new("RGB", (width, 9)), "PNG"), "image/png")


def _create(client: httpx2.Client, prompt: str = "look", **more: object) -> Any:
    answer = client.post("/agent/create", json={"config": {"prompt": prompt}, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _execute(client: httpx2.Client, **body: object) -> Any:
    answer = client.post("/agent/execute", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def _finish(client: httpx2.Client, id_: str) -> Any:
    client.get(f"/agent/executions/{id_}")
    body = client.get(f"/agent/executions/{id_}").json()
    assert body["status"] == "completed"
    return body


def _run(client: httpx2.Client, **body: object) -> Any:
    return _finish(client, _execute(client, **body)["id"])


def _is_utc(text: str) -> bool:
    # Python 3.10 does not read the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00")).utcoffset() == timedelta(0)


def test_created_agent_is_found_everywhere(client: httpx2.Client) -> None:
    """A created agent is found by id, name, name:version and prompt, and is in the list."""
    made = _create(client, "find me", name="finder")
    assert str(uuid.UUID(made["id"])) == made["id"]
    assert made["name"] == "finder"
    assert made["status"] == "completed"
    assert _is_utc(made["created_at"])
    assert _is_utc(made["updated_at"])
    for key in ({"id": made["id"]}, {"name": "finder"}, {"name": "finder:latest"}, {"prompt": "find me"}):
        found = client.post("/agent/lookup", json=key)
        assert (found.status_code, found.json()["id"]) == (200, made["id"])
        assert found.json()["prompt"] == "find me"
        assert "description" in found.json()
    assert client.get(f"/agents/{made['id']}").json()["id"] == made["id"]
    assert made["id"] in [agent["id"] for agent in client.get("/agent").json()]


def test_name_is_made_up_where_none_is_given(client: httpx2.Client) -> None:
    """An agent without a name has one of its own, by which it is found."""
    made = _create(client, name=None, inputs=None)
    assert client.post("/agent/lookup", json={"name": made["name"]}).json()["id"] == made["id"]


def test_second_agent_of_a_name_is_its_next_version(client: httpx2.Client) -> None:
    """The name alone means the newest; versions count from 1."""
    one, two = _create(client, "v1", name="twice"), _create(client, "v2", name="twice")

    def found(name: str) -> object:
        return client.post("/agent/lookup", json={"name": name}).json().get("id")

    assert found("twice") == found("twice:latest") == found("twice:2") == two["id"]
    assert found("twice:1") == one["id"]


@pytest.mark.parametrize(
    "key", [{"id": "x"}, {"name": "nobody"}, {"name": "nobody:latest"}, {"name": "nobody:1"}, {"prompt": "unsaid"}]
)
def test_lookup_of_nobody_is_404(client: httpx2.Client, key: dict[str, str]) -> None:
    """What was not created is not found."""
    assert client.post("/agent/lookup", json=key).status_code == 404


def test_execution_passes_from_pending_to_completed(client: httpx2.Client) -> None:
    """It is pending when made; each look moves it on: running, completed, and then it stays so."""
    made = _execute(client, config={"prompt": "count my words"})
    assert made["status"] == "pending"
    seen = [client.get(f"/agent/executions/{made['id']}").json() for _ in range(3)]
    assert [body["status"] for body in seen] == ["running", "completed", "completed"]
    assert [body["response"] is None for body in (made, *seen)] == [True, True, False, False]
    assert [body["completed_at"] is None for body in (made, *seen)] == [True, True, False, False]
    assert seen[1] == seen[2]
    assert _is_utc(made["created_at"])
    assert _is_utc(seen[1]["completed_at"])
    assert "text (3 words)" in seen[1]["response"]["text"]
    assert {"id", "name", "created_at", "completed_at", "response", "execution_mode", "status", "usage"} == set(made)
    assert seen[1]["usage"]["duration_seconds"] == 0


def test_looking_at_the_list_moves_nothing(client: httpx2.Client) -> None:
    """Only a look at one execution moves it on."""
    made = _execute(client, config={"prompt": "wait"})
    pages = [client.get("/agent/executions", params={"limit": 1}).json() for _ in range(4)]
    (newest,) = pages[-1]
    assert (newest["id"], newest["status"]) == (made["id"], "pending")


def test_executions_are_paged_newest_first() -> None:
    """A page is cut by skip and limit from a list that begins with the newest; the default is 10."""
    with LocalServer() as own, closing(httpx2.Client(base_url=own.base_url)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        ids = [_execute(client, config={"prompt": "go"})["id"] for _ in range(12)][::-1]

        def page(query: str) -> list[str]:
            return [body["id"] for body in client.get(f"/agent/executions{query}").json()]

        assert page("") == ids[:10]
        assert page("?limit=1000") == ids
        assert page("?skip=3&limit=2") == ids[3:5]
        assert page("?skip=11") == ids[11:]
        assert page("?skip=12") == []


def test_schema_of_the_config_shapes_the_response(client: httpx2.Client) -> None:
    """With json_schema the response is an instance, filled from the inputs."""
    part = {"type": "image_url", "image_url": {"url": _picture()}}
    body = _run(client, config={"prompt": "look", "json_schema": SCHEMA}, inputs={"image": part})
    assert body["response"] == {"width": 12, "format": "PNG"}
    assert body["usage"]["elements_processed"] == 1
    assert body["usage"]["element_type"] == "image"
    assert body["usage"]["credits_used"] == 1


def test_named_agent_brings_its_own_config(client: httpx2.Client) -> None:
    """Prompt and schema of a named agent hold, unless the call brings its own."""
    answer = client.post(
        "/agent/create", json={"name": "sizer", "config": {"prompt": "size it", "json_schema": SCHEMA}}
    )
    assert answer.status_code == 201
    inputs = {"deep": {"list": [1, {"image": {"type": "image_url", "image_url": {"url": _picture(7)}}}]}}
    body = _run(client, name="sizer:latest", inputs=inputs)
    assert (body["name"], body["response"]) == ("sizer", {"width": 7, "format": "PNG"})
    other = {"type": "object", "properties": {"height": {"type": "integer"}}}
    assert _run(client, name="sizer", inputs=inputs, config={"json_schema": other})["response"] == {"height": 9}


def test_inputs_are_opened_at_any_depth(client: httpx2.Client) -> None:
    """Parts, texts, bare data: URLs and other values are found wherever they are; plain data passes as such."""
    id_ = client.post("/files", files={"file": ("notes.txt", b"some notes")}).json()["id"]
    inputs = {
        "files": [{"type": "input_file", "file_id": id_}, {"a": {"b": [{"type": "text", "text": "deep text"}]}}],
        "image": _picture(),
        "note": "data: this is a sentence",
        "number": 5,
        "flag": True,
        "label": {"type": "text", "size": 12},
        "ref": {"id": "img_abc123", "type": "img"},
    }
    text = _run(client, config={"prompt": "p"}, inputs=inputs)["response"]["text"]
    for said in (
        "a file (text/plain, 10 bytes)",
        "text (2 words)",
        "an image (PNG, 12x9, RGB",
        "text (5 words)",
        "3 other JSON values",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("inputs", "loc"),
    [
        ({"a": [{"type": "image_url"}]}, ["body", "inputs", "a", 0, "image_url", "image_url"]),
        (
            {"a": {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}},
            ["body", "inputs", "a", "image_url", "url"],
        ),
        ({"a": {"b": "data:application/pdf;base64,AAAA"}}, ["body", "inputs", "a", "b"]),
    ],
)
def test_broken_input_is_422_where_it_is(client: httpx2.Client, inputs: object, loc: list[object]) -> None:
    """A malformed part, or one that does not open, is refused at once and its place is named."""
    answer = client.post("/agent/execute", json={"config": {"prompt": "p"}, "inputs": inputs})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == loc


def test_skills_alone_say_what_to_do(client: httpx2.Client) -> None:
    """An execution needs neither a name nor a prompt where it has skills."""
    body = _run(client, config={"skills": [{"skill_name": "reader"}]}, inputs={"image": _picture()})
    assert "I was referred to the skill reader:latest" in body["response"]["text"]


def test_plain_data_of_inputs_may_have_a_type(client: httpx2.Client) -> None:
    """A `type` that is "text" or "file" makes no part of what has no text or file."""
    inputs = {"a": {"type": "text", "size": 12}, "b": {"type": "file", "path": "x"}}
    assert "1 other JSON value" in _run(client, config={"prompt": "p"}, inputs=inputs)["response"]["text"]


def test_unknown_agent_is_404(client: httpx2.Client) -> None:
    """A name that nobody has cannot be run, whatever the prompt."""
    body = {"name": "nobody:latest", "config": {"prompt": "p"}}
    assert client.post("/agent/execute", json=body).status_code == 404


def test_schema_that_cannot_be_filled_is_422(client: httpx2.Client) -> None:
    """It is said at once, rather than by an execution that never fits."""
    schema = {"type": "object", "properties": {"a": False}, "required": ["a"]}
    answer = client.post("/agent/execute", json={"config": {"prompt": "p", "json_schema": schema}})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["type"] == "unfillable_schema"
    assert "$.a" in problem["msg"]


@pytest.mark.parametrize(
    ("model", "config", "mode"),
    [
        ("vlmrun-orion-1:auto", {}, "agent"),
        ("vlmrun-orion-2:fast", {}, "program"),
        ("vlmrun-orion-2:fast", {"mode": "agent"}, "agent"),
    ],
)
def test_execution_mode_is_told(client: httpx2.Client, model: str, config: dict[str, str], mode: str) -> None:
    """Orion-2 runs programs unless told otherwise (API.md §3.6)."""
    assert _execute(client, model=model, config={"prompt": "p", **config})["execution_mode"] == mode


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_executions_end_as_the_server_was_told(outcome: Literal["failed", "cancelled"]) -> None:
    """An execution that is to fail takes the same steps, and then says why; it has neither usage nor artifacts."""
    with LocalServer(execution_status=outcome) as own, closing(httpx2.Client(base_url=own.base_url)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        made = _execute(client, config={"prompt": "p"}, inputs={"image": _picture()})
        seen = [client.get(f"/agent/executions/{made['id']}").json() for _ in range(3)]
        assert [body["status"] for body in (made, *seen)] == ["pending", "running", outcome, outcome]
        told = {"error": {"message": "This server was told to fail executions."}} if outcome == "failed" else None
        assert [body["response"] for body in (made, *seen)] == [None, None, told, told]
        assert _is_utc(seen[1]["completed_at"])
        assert seen[2] == seen[1]
        assert seen[1]["usage"]["credits_used"] is None
        assert client.get("/artifacts/list", params={"execution_id": made["id"]}).status_code == 404


def test_unheard_of_endings_are_refused() -> None:
    """An execution cannot be told to end in another way."""
    with pytest.raises(InputError, match=r"execution_status .*'paused'"):
        LocalServer(execution_status=cast("Literal['failed']", "paused"))


def test_unknown_file_of_an_input_is_404(client: httpx2.Client) -> None:
    """A file id that nobody has is refused at once, and the message says where it stands."""
    inputs = {"files": [{"type": "input_file", "file_id": "nobody"}]}
    answer = client.post("/agent/execute", json={"config": {"prompt": "p"}, "inputs": inputs})
    assert answer.status_code == 404
    assert "inputs.files.0.file_id is 'nobody'" in answer.json()["detail"]
