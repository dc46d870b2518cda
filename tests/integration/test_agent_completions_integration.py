"""The whole way over a real socket: to the server on this machine always, to VLM Run when `VLMRUN_API_KEY` is set."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from pydantic import BaseModel

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import AuthenticationError, ResourceNotFoundError
from vlmrun.local import LocalServer

openai = pytest.importorskip("openai", reason="chat completions are OpenAI's")

MODEL = "vlmrun-orion-1:auto"
KEY = os.environ.get("VLMRUN_API_KEY")  # read before the fixture that empties the environment


class Endpoint(NamedTuple):
    """A VLM Run to talk to."""

    api_key: str
    base_url: str | None


@pytest.fixture(
    params=[
        "local",
        pytest.param(
            "real",
            marks=[
                pytest.mark.skipif(KEY is None, reason="VLMRUN_API_KEY is not set"),
                pytest.mark.enable_socket,
            ],
        ),
    ]
)
def endpoint(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """The server on this machine, and VLM Run where there is a key for it."""
    if request.param == "real":
        assert KEY is not None
        yield Endpoint(KEY, None)
        return
    with LocalServer() as server:
        yield Endpoint(server.api_key, server.base_url)


class Greeting(BaseModel):
    """What a typed answer is asked for."""

    text: str


def test_create(endpoint: Endpoint) -> None:
    """A chat is answered."""
    with VLMRun(endpoint.api_key, endpoint.base_url) as client:
        answer = client.agent.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Say 'test successful'"}]
        )
    assert answer.choices[0].message.content


def test_async_create(endpoint: Endpoint) -> None:
    """A chat is answered to both of those who can await one."""

    async def main() -> list[str | None]:
        with VLMRun(endpoint.api_key, endpoint.base_url) as client:
            async with AsyncVLMRun(endpoint.api_key, endpoint.base_url) as twin:
                answers = [
                    await completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello!"}])
                    for completions in (client.agent.async_completions, twin.agent.completions)
                ]
        return [answer.choices[0].message.content for answer in answers]

    assert all(asyncio.run(main()))


def test_stream(endpoint: Endpoint) -> None:
    """A streamed answer comes in pieces, the last of which says why it ended."""
    with VLMRun(endpoint.api_key, endpoint.base_url) as client:
        stream = client.agent.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Tell me a story"}], stream=True
        )
        choices = [choice for chunk in stream for choice in chunk.choices]
    assert len([choice for choice in choices if choice.delta.content]) > 1
    assert choices[-1].finish_reason == "stop"


def test_parse(endpoint: Endpoint) -> None:
    """A typed answer is an instance of the model that was asked for."""
    with VLMRun(endpoint.api_key, endpoint.base_url) as client:
        answer = client.agent.completions.parse(
            model=MODEL, messages=[{"role": "user", "content": "Greet me."}], response_format=Greeting
        )
    assert isinstance(answer.choices[0].message.parsed, Greeting)


def test_a_wrong_key_is_refused_on_both_paths(endpoint: Endpoint) -> None:
    """Native calls raise this package's error, the accessors OpenAI's."""
    with VLMRun("not-the-key", endpoint.base_url) as client:
        with pytest.raises(AuthenticationError):
            client.agent.list()
        with pytest.raises(openai.AuthenticationError):
            client.agent.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello!"}])


def test_native_calls(endpoint: Endpoint) -> None:
    """The server is up, an unknown agent is not found."""
    with VLMRun(endpoint.api_key, endpoint.base_url) as client:
        assert client.healthcheck() is True
        with pytest.raises(ResourceNotFoundError):
            client.agent.get(id="00000000-0000-4000-8000-000000000000")
