"""What the server refuses, and in which shape (API.md §10)."""

from __future__ import annotations

import httpx2
import pytest

from support.local import CHAT, connect, serve
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")


def _user(content: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": content}]}


_FROB = {"type": "json_schema", "schema": {"type": "frob"}}


def test_health_answers_everybody_and_says_there_is_no_model(server: LocalServer) -> None:
    """/health needs no key, whatever is sent for one."""
    for headers in ({}, {"authorization": "Bearer wrong"}):
        answer = httpx2.get(f"{server.base_url}/health", headers=headers)
        assert answer.status_code == 200
        assert answer.json()["model"] is None


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer", "Basic {key}", "{key}", "Bearer {key}x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/agent"), ("POST", "/agent/create"), ("POST", CHAT), ("GET", "/openai/models"), ("GET", "/no/such")],
)
def test_missing_or_wrong_key_is_401(server: LocalServer, authorization: str | None, method: str, path: str) -> None:
    """Without the key nothing is told: not even what exists or that a body is malformed."""
    headers = {} if authorization is None else {"authorization": authorization.format(key=server.api_key)}
    answer = httpx2.request(method, server.base_url + path, headers=headers, content=b"{broken")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    body = answer.json()
    if path.startswith("/openai/"):
        assert body["error"]["type"] == "authentication_error"
        assert isinstance(body["error"]["message"], str)
    else:
        assert list(body) == ["detail"]
        assert isinstance(body["detail"], str)
    assert server.api_key not in answer.text


def test_key_that_is_not_ascii_is_401(server: LocalServer) -> None:
    """Any bytes may come for a key, and are compared like others."""
    headers = {b"authorization": "Bearer schlüssel".encode("latin-1")}
    assert httpx2.get(f"{server.base_url}/agent", headers=headers).status_code == 401


def test_scheme_is_read_in_any_case(server: LocalServer) -> None:
    """`bearer` is `Bearer` (RFC 9110)."""
    answer = httpx2.get(f"{server.base_url}/agent", headers={"authorization": f"bearer {server.api_key}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["/no/such", "/agent/", "/agents", "/agents/no-such-id", "/agent/executions/no-such-id"]
)
def test_unknown_is_404(client: httpx2.Client, path: str) -> None:
    """An unknown route or id is 404 in the platform's shape."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("path", ["/openai/no/such", CHAT])
def test_unknown_openai_route_is_404_in_openai_shape(client: httpx2.Client, path: str) -> None:
    """An unknown route under /openai/, and the list of chats that this API does not have, are 404 in OpenAI's shape."""
    answer = client.get(path)
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["type"] == "not_found_error"
    assert error["id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(("method", "path"), [("PUT", "/agent"), ("GET", "/agent/create"), ("POST", "/openai/models")])
def test_wrong_method_is_405(client: httpx2.Client, method: str, path: str) -> None:
    """A known route under a method that it does not have is 405."""
    assert client.request(method, path).status_code == 405


def test_every_answer_has_its_own_request_id(client: httpx2.Client, server: LocalServer) -> None:
    """Good and bad answers carry `x-request-id`, and no two are the same."""
    answers = [client.get("/health"), client.get("/no/such"), httpx2.get(f"{server.base_url}/agent"), client.post(CHAT)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"{'a': 1}", b"\xff", b'{"a": NaN}', b'{"a": 1e999}', b"[" * 5000, b'{"a": "\\ud800"}'],
    ids=["empty", "cut", "quotes", "bytes", "nan", "huge", "deep", "surrogate"],
)
@pytest.mark.parametrize("path", ["/agent/create", "/agent/execute", "/agent/lookup", CHAT])
def test_what_is_not_json_is_422(client: httpx2.Client, path: str, content: bytes) -> None:
    """A body that is not JSON is 422 at `body`, whatever is wrong with it."""
    answer = client.post(path, content=content)
    assert answer.status_code == 422
    if path == CHAT:
        assert "not JSON" in answer.json()["error"]["message"]
    else:
        (problem,) = answer.json()["detail"]
        assert problem["loc"] == ["body"]
        assert problem["type"] == "json_invalid"


@pytest.mark.parametrize(
    ("path", "body", "loc"),
    [
        ("/agent/create", {}, ["body", "config"]),
        ("/agent/create", {"config": {}}, ["body", "config", "prompt"]),
        ("/agent/create", {"config": {"prompt": 5}}, ["body", "config", "prompt"]),
        ("/agent/create", {"config": {"prompt": ""}}, ["body", "config", "prompt"]),
        ("/agent/create", {"config": {"prompt": "x", "json_schema": []}}, ["body", "config", "json_schema"]),
        ("/agent/create", {"config": {"prompt": "x", "json_schema": {"type": 1}}}, ["body", "config", "json_schema"]),
        ("/agent/create", [], ["body"]),
        ("/agent/lookup", {}, ["body"]),
        ("/agent/lookup", {"id": "a", "name": "b"}, ["body"]),
        ("/agent/execute", {}, ["body"]),
        ("/agent/execute", {"config": {}}, ["body"]),
        ("/agent/execute", {"config": {"skills": []}}, ["body"]),
        ("/agent/execute", {"config": {"prompt": "x"}, "batch": False}, ["body"]),
        ("/agent/execute", {"config": {"prompt": "x"}, "batch": "yes"}, ["body", "batch"]),
        ("/agent/execute", {"config": {"prompt": "x"}, "inputs": []}, ["body", "inputs"]),
        ("/agent/execute", {"config": {"prompt": "x"}, "toolsets": "core"}, ["body", "toolsets"]),
    ],
)
def test_malformed_body_names_the_field(client: httpx2.Client, path: str, body: object, loc: list[str]) -> None:
    """422 of the platform's routes is a list of problems, and each says where, what and which kind."""
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == loc
    assert set(problem) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"content": "hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0"),
        (_user(5), "messages.0.content"),
        (_user([{"type": "unheard_of"}]), "unheard_of"),
        (_user([{"text": "no type"}]), "messages.0.content.parts.0"),
        (_user([{"type": "text"}]), "text"),
        (_user([{"type": "image_url"}]), "image_url"),
        (_user([{"type": "image_url", "image_url": "https://x.example/a.png"}]), "image_url"),
        (_user([{"type": "image_url", "image_url": dict[str, str]()}]), "image_url.url"),
        (_user([{"type": "image_url", "image_url": {"url": "ftp://x.example/a.png"}}]), "image_url.url"),
        (_user([{"type": "image_url", "image_url": {"url": "data:image/png;base64,!!!!"}}]), "image_url.url"),
        (_user([{"type": "image_url", "image_url": {"url": "data:image/png"}}]), "image_url.url"),
        (_user([{"type": "video_url"}]), "video_url"),
        (_user([{"type": "audio_url"}]), "audio_url"),
        (_user([{"type": "file_url"}]), "file_url"),
        (_user([{"type": "input_file"}]), "file_id or file_url"),
        (_user([{"type": "file"}]), "file"),
        (_user([{"type": "file", "file": {"filename": "a.pdf"}}]), "file_id or file_data"),
        (_user([{"type": "file", "file": {"file_data": "!!!"}}]), "file.file_data"),
        (_user([{"type": "input_audio"}]), "input_audio"),
        (_user([{"type": "input_audio", "input_audio": {"data": ""}}]), "format"),
        (_user([{"type": "input_audio", "input_audio": {"data": "", "format": "a;b"}}]), "format"),
        (_user([{"type": "input_audio", "input_audio": {"data": "!!!", "format": "wav"}}]), "input_audio.data"),
        ({**_user("hi"), "n": 0}, "n:"),
        ({**_user("hi"), "n": "2"}, "n:"),
        ({**_user("hi"), "max_tokens": 0}, "max_tokens"),
        ({**_user("hi"), "stream": "yes"}, "stream"),
        ({**_user("hi"), "temperature": "hot"}, "temperature"),
        ({**_user("hi"), "response_format": {"type": "xml"}}, "response_format"),
        ({**_user("hi"), "response_format": {"type": "json_schema"}}, "response_format"),
        (
            {**_user("hi"), "response_format": _FROB},
            "response_format.schema",
        ),
        (
            {**_user("hi"), "response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            "response_format.json_schema.json_schema.nested.schema",
        ),
        ({**_user("hi"), "response_format": {"type": "json_schema", "json_schema": []}}, "json_schema.nested"),
        (
            {**_user("hi"), "response_format": {"type": "json_schema", "json_schema": {"type": "frob"}}},
            "response_format.json_schema:",
        ),
    ],
)
def test_malformed_chat_names_the_field(client: httpx2.Client, body: object, named: str) -> None:
    """422 of the OpenAI-style routes is one message, and it names the field."""
    answer = client.post(CHAT, json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert named in error["message"]


def test_open_enumerations_and_unknown_fields_are_let_through(client: httpx2.Client) -> None:
    """What API.md calls open is open: any model, role, detail, toolset, and fields of tomorrow."""
    body = {
        "model": "some/model:of-tomorrow",
        "messages": [{"role": "developer", "content": [{"type": "text", "text": "hi", "cache": True}], "mood": "good"}],
        "toolsets": ["of-tomorrow"],
        "field_of_tomorrow": {"a": 1},
    }
    answer = client.post(CHAT, json=body)
    assert answer.status_code == 200
    assert answer.json()["model"] == "some/model:of-tomorrow"


def test_assistant_that_only_called_tools_needs_no_content(client: httpx2.Client) -> None:
    """A stored assistant message without content is no mistake."""
    calls: list[object] = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    messages: list[object] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c", "content": "done"},
    ]
    assert client.post(CHAT, json={"messages": messages}).status_code == 200


@pytest.mark.parametrize(
    ("query", "loc"),
    [("skip=-1", "skip"), ("skip=a", "skip"), ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=", "limit")],
)
def test_pages_out_of_bounds_are_422(client: httpx2.Client, query: str, loc: str) -> None:
    """A page has a skip of at least 0 and a limit from 1 to 1000 (API.md §3.6)."""
    answer = client.get(f"/agent/executions?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", loc]
