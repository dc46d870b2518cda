"""Chat completions: whole, streamed, structured; over plain HTTP and with OpenAI's own client."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from support.local import CHAT, connect, serve
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")

SCHEMA = {
    "type": "object",
    "properties": {"words": {"type": "integer"}, "prompt": {"type": "string"}},
    "required": ["words"],
}


def _ask(client: httpx2.Client, content: str = "one two three", **more: object) -> Any:
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": content}], **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _chunks(client: httpx2.Client, content: str = "one two three", **more: object) -> list[Any]:
    """The chunks of a stream; that it is well-formed and ends with [DONE] is checked on the way."""
    answer = client.post(CHAT, json={"messages": [{"role": "user", "content": content}], "stream": True, **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, rest = answer.text.split("\n\n")
    assert rest == ""
    assert events.pop() == "data: [DONE]"
    assert all(event.startswith("data: ") for event in events)
    return [json.loads(event.removeprefix("data: ")) for event in events]


def _text(chunks: list[Any], index: int = 0) -> str:
    choices = [choice for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get("content", "") for choice in choices)


def test_completion_has_openai_form_and_a_session(client: httpx2.Client) -> None:
    """A completion is OpenAI's, with a session id at the top and a usage that adds up."""
    body = _ask(client)
    assert body["object"] == "chat.completion"
    assert body["model"] == "vlmrun-orion-1:auto"
    assert str(uuid.UUID(body["session_id"])) == body["session_id"]
    (choice,) = body["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["prompt_tokens"] == 3
    assert usage["completion_tokens"] == len(choice["message"]["content"].split())
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["credits_used"] == 0


def test_given_session_is_echoed(client: httpx2.Client) -> None:
    """The client's session id comes back, whole and in every chunk."""
    mine = str(uuid.uuid4())
    assert _ask(client, session_id=mine)["session_id"] == mine
    assert {chunk["session_id"] for chunk in _chunks(client, session_id=mine)} == {mine}


def test_new_sessions_differ(client: httpx2.Client) -> None:
    """Without a session id each chat gets its own."""
    assert _ask(client)["session_id"] != _ask(client)["session_id"]


def test_same_question_same_answer(client: httpx2.Client) -> None:
    """Content and usage depend on nothing but what was sent."""
    one, two = _ask(client), _ask(client)
    assert (one["choices"], one["usage"]) == (two["choices"], two["usage"])


@pytest.mark.parametrize("content", ["", "hi", "one  two\n\nthree ", "naïve 日本語 🙂 \u2028 end"])
@pytest.mark.parametrize("response_format", [None, {"type": "json_object"}, {"type": "json_schema", "schema": SCHEMA}])
@pytest.mark.parametrize("limit", [None, 1, 7])
def test_stream_reassembled_is_the_whole_answer(
    client: httpx2.Client, content: str, response_format: object, limit: int | None
) -> None:
    """The deltas of a stream join to the content of the whole answer, in any format and however it is cut."""
    more = {"response_format": response_format, "max_tokens": limit}
    whole, chunks = _ask(client, content, **more), _chunks(client, content, **more)
    assert _text(chunks) == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    assert chunks[-1]["usage"] == whole["usage"]


def test_chunks_have_openai_form(client: httpx2.Client) -> None:
    """The first delta has the role, several have a word each, the last ends it; all share id, model and session."""
    chunks = _chunks(client)
    assert {(chunk["id"], chunk["object"], chunk["session_id"]) for chunk in chunks} == {
        (chunks[0]["id"], "chat.completion.chunk", chunks[0]["session_id"])
    }
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert all("role" not in chunk["choices"][0]["delta"] for chunk in chunks[1:])
    assert len(chunks) == len(_text(chunks).split()) + 2
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)


def test_every_chunk_has_a_choice_unless_usage_is_asked_for(client: httpx2.Client) -> None:
    """Usage is on the chunk that ends the answer; asked for, it has a last chunk of its own, as OpenAI sends it."""
    for options in (None, {}, {"include_usage": False}):
        plain = _chunks(client, stream_options=options)
        assert all(chunk["choices"] for chunk in plain)
        assert [chunk["usage"] is None for chunk in plain] == [True] * (len(plain) - 1) + [False]
    asked = _chunks(client, stream_options={"include_usage": True})
    assert asked[-1]["choices"] == []
    assert asked[-1]["usage"] == plain[-1]["usage"]
    assert all(chunk["choices"] and chunk["usage"] is None for chunk in asked[:-1])


def test_n_choices_are_given(client: httpx2.Client) -> None:
    """n=3 gives three choices, whole and streamed, and usage counts all of them."""
    whole, chunks = _ask(client, n=3), _chunks(client, n=3)
    assert [choice["index"] for choice in whole["choices"]] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in whole["choices"]}) == 1
    assert whole["usage"]["completion_tokens"] == 3 * _ask(client)["usage"]["completion_tokens"]
    for choice in whole["choices"]:
        assert _text(chunks, choice["index"]) == choice["message"]["content"]
    assert [chunk["usage"] for chunk in chunks if chunk["usage"]] == [whole["usage"]]


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_short_limit_cuts_by_words(client: httpx2.Client, field: str) -> None:
    """An answer longer than the limit ends after that many words, and says `length`."""
    body = _ask(client, "hi", **{field: 4})
    (choice,) = body["choices"]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"].split() == ["This", "is", "vlmrun.local,", "which"]
    assert body["usage"]["completion_tokens"] == 4
    assert _ask(client, "hi", **{field: 32_768})["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "response_format",
    [
        {"type": "json_schema", "schema": SCHEMA},
        {"type": "json_schema", "schema": SCHEMA, "strict": True},
        {"type": "json_schema", "json_schema": {"schema": SCHEMA}},
        {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}},
        {"type": "json_schema", "json_schema": SCHEMA},
    ],
)
def test_schema_is_taken_in_all_its_forms(client: httpx2.Client, response_format: object) -> None:
    """A schema at the top level, bare, and in OpenAI's nesting gives the same instance, filled from what arrived."""
    body = _ask(client, "one two three", response_format=response_format)
    assert json.loads(body["choices"][0]["message"]["content"]) == {"words": 3, "prompt": "one two three"}


def test_text_format_is_plain_text(client: httpx2.Client) -> None:
    """`{"type": "text"}` is as if no format was asked for."""
    assert _ask(client, response_format={"type": "text"})["choices"] == _ask(client)["choices"]


def test_json_object_is_the_facts(client: httpx2.Client) -> None:
    """`json_object` gives what arrived as data."""
    content = _ask(client, "one two", response_format={"type": "json_object"})["choices"][0]["message"]["content"]
    assert json.loads(content) == {
        "server": "vlmrun.local",
        "model": None,
        "received": [{"kind": "text", "words": 2, "characters": 7, "text": "one two"}],
        "skills": [],
        "remembered": 0,
        "artifacts": [],
    }


def test_all_messages_are_received(client: httpx2.Client) -> None:
    """What system and assistant said is received too; the prompt is the last text."""
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "say something now"}]
    schema = {"type": "object", "properties": {"prompt": {"type": "string"}, "summary": {"type": "string"}}}
    body = {"messages": messages, "response_format": {"type": "json_schema", "schema": schema}}
    content = json.loads(client.post(CHAT, json=body).json()["choices"][0]["message"]["content"])
    assert content["prompt"] == "say something now"
    assert "text (2 words); text (3 words)" in content["summary"]


def test_models_are_listed(client: httpx2.Client) -> None:
    """The Orion models are listed in OpenAI's form."""
    body = client.get("/openai/models").json()
    assert body["object"] == "list"
    assert {"vlmrun-orion-1:auto", "vlmrun-orion-1:lite", "vlmrun-orion-2:pro"} <= {
        model["id"] for model in body["data"]
    }
    assert all(model["object"] == "model" for model in body["data"])


# With OpenAI's own client.


class Receipt(BaseModel):
    """What a user would ask for."""

    prompt: str
    words: int
    total: float | None
    items: list[str]


def test_openai_client_creates_parses_and_streams(server: LocalServer) -> None:
    """OpenAI's client reads a completion, a parsed answer, a stream with usage, and the models."""
    openai = pytest.importorskip("openai", reason="the suite is run without openai too")
    with openai.OpenAI(api_key=server.api_key, base_url=f"{server.base_url}/openai", max_retries=0) as client:
        ask = {"model": "vlmrun-orion-1:auto", "messages": [{"role": "user", "content": "three words here"}]}
        whole = client.chat.completions.create(**ask, extra_body={"session_id": "11111111-1111-4111-8111-111111111111"})
        assert whole.session_id == "11111111-1111-4111-8111-111111111111"
        assert "text (3 words)" in whole.choices[0].message.content
        assert whole.usage.credits_used == 0

        parsed = client.chat.completions.parse(**ask, response_format=Receipt).choices[0].message.parsed
        assert parsed == Receipt(prompt="three words here", words=3, total=None, items=[])

        with client.chat.completions.stream(**ask, stream_options={"include_usage": True}) as stream:
            final = stream.get_final_completion()
        assert final.choices[0].message.content == whole.choices[0].message.content
        assert final.usage.total_tokens == whole.usage.total_tokens

        pieces = [chunk.choices[0].delta.content or "" for chunk in client.chat.completions.create(**ask, stream=True)]
        assert "".join(pieces) == whole.choices[0].message.content
        assert "vlmrun-orion-1:auto" in [model.id for model in client.models.list()]


def test_openai_async_client_streams(server: LocalServer) -> None:
    """OpenAI's asynchronous client reads the same, many at a time."""
    openai = pytest.importorskip("openai", reason="the suite is run without openai too")

    async def ask(client: Any, words: int) -> str:
        messages = [{"role": "user", "content": "word " * words}]
        stream = await client.chat.completions.create(model="m", messages=messages, stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    async def run() -> list[str]:
        async with openai.AsyncOpenAI(api_key=server.api_key, base_url=f"{server.base_url}/openai") as client:
            return await asyncio.gather(*(ask(client, words) for words in range(2, 22)))

    for words, answer in enumerate(asyncio.run(run()), 2):
        assert f"text ({words} words)" in answer


def test_openai_client_raises_its_own_errors(server: LocalServer) -> None:
    """Each refusal arrives as the class that OpenAI's client has for it, with the server's message."""
    openai = pytest.importorskip("openai", reason="the suite is run without openai too")
    url = f"{server.base_url}/openai"
    with (
        openai.OpenAI(api_key="wrong", base_url=url, max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.models.list()
    with openai.OpenAI(api_key=server.api_key, base_url=url, max_retries=0) as client:
        with pytest.raises(openai.UnprocessableEntityError, match="messages") as caught:
            client.chat.completions.create(model="m", messages=[])
        assert caught.value.request_id == caught.value.body["id"]
        with pytest.raises(openai.NotFoundError, match="not stored"):
            client.chat.completions.list()
