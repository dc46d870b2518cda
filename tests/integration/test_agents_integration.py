"""The native agent API over a real socket to the server on this machine, which needs no openai."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from support.colours import Colour, both_colours
from vlmrun.client.exceptions import AuthenticationError, ResourceNotFoundError, UnprocessableEntityError
from vlmrun.client.types import AgentCreationConfig, AgentExecutionConfig
from vlmrun.local import LocalServer


class Report(BaseModel):
    """What an agent is to answer."""

    text: str
    pages: int


@both_colours
def test_an_agent_is_created_found_and_executed(colour: Colour) -> None:
    """What `create` makes is what `get`, `get_by_id` and `list` find and `execute` starts."""

    def run(use: Callable[[Any], Any]) -> Any:
        return colour.run(use, api_key=server.api_key, base_url=server.base_url)

    with LocalServer() as server:
        config = AgentCreationConfig(prompt="Count the pages.", response_model=Report)
        created = run(lambda client: client.agent.create(config, name="counter"))
        assert run(lambda client: client.agent.get(created.name)).id == created.id
        assert run(lambda client: client.agent.get(id=created.id)).name == "counter"
        assert run(lambda client: client.agent.get(prompt="Count the pages.")).id == created.id
        assert run(lambda client: client.agent.get_by_id(created.id)).json_schema == Report.model_json_schema()
        assert [agent.id for agent in run(lambda client: client.agent.list())] == [created.id]
        execution = run(lambda client: client.agent.execute("counter", {"text": "one page"}))
        assert execution.status == "pending"
        assert execution.response is None


@both_colours
def test_the_server_is_strict(colour: Colour) -> None:
    """A wrong key, an unknown id and a body without meaning are this package's errors, in the server's words."""
    with LocalServer() as server:
        with pytest.raises(AuthenticationError):
            colour.run(lambda client: client.agent.list(), base_url=server.base_url)
        with pytest.raises(ResourceNotFoundError) as missing:
            colour.run(
                lambda client: client.agent.get_by_id("nobody"), api_key=server.api_key, base_url=server.base_url
            )
        assert missing.value.request_id
        with pytest.raises(UnprocessableEntityError):
            colour.run(
                lambda client: client.agent.execute(config=AgentExecutionConfig()),
                api_key=server.api_key,
                base_url=server.base_url,
            )


@both_colours
def test_the_server_is_up(colour: Colour) -> None:
    """A health check says so."""
    with LocalServer() as server:
        assert colour.run(lambda client: client.healthcheck(), base_url=server.base_url) is True
