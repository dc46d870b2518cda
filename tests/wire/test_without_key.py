"""Clients without a key: what works, what does not, and that nothing is sent of the latter."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import vlmrun
import vlmrun.version
from support.colours import Colour, both_colours
from support.wire import fake_wire
from vlmrun import AsyncVLMRun, AuthenticationError, ConfigurationError, VLMRun
from vlmrun.client.hub import Hub

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

WORKS: dict[str, Use] = {
    "healthcheck": lambda c: c.healthcheck(),
    "hub.info": lambda c: c.hub.info(),
    "hub.list_domains": lambda c: c.hub.list_domains(),
    "hub.has_domain": lambda c: c.hub.has_domain("document.invoice"),
    "hub.get_schema": lambda c: c.hub.get_schema("document.invoice"),
}
REFUSED: dict[str, tuple[Use, str]] = {
    "files.list": (lambda c: c.files.list(), "GET /files"),
    "files.upload": (lambda c: c.files.upload(b"bytes", filename="a.txt"), ""),
    "models.list": (lambda c: c.models.list(), "GET /models"),
    "list_domains": (lambda c: c.list_domains(), "GET /domains"),
    "agent.execute": (lambda c: c.agent.execute("reader"), "POST /agent/execute"),
    "agent.run": (lambda c: c.agent.run("Hello!"), ""),
    "executions.get": (lambda c: c.executions.get("e-1"), "GET /agent/executions/e-1"),
    "artifacts.get": (lambda c: c.artifacts.get("img_a1b2c3", session_id="s"), "GET /artifacts"),
    "openai": (lambda c: c.openai, "OpenAI's client"),
    "async_openai": (lambda c: c.async_openai, "OpenAI's client"),
    "completions": (lambda c: c.agent.completions, "OpenAI's client"),
    "async_completions": (lambda c: c.agent.async_completions, "OpenAI's client"),
}
NO_KEY = {"api_key": None, "require_api_key": False}


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLMRUN_API_KEY", raising=False)


@both_colours
@pytest.mark.parametrize("name", WORKS)
def test_what_needs_no_key(colour: Colour, name: str) -> None:
    """It is sent without one: an empty one would be no header at all."""
    with fake_wire() as sent:
        colour.run(WORKS[name], **NO_KEY)
    assert [request.header("authorization") for request in sent] == [None]


@both_colours
@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_a_key(colour: Colour, name: str) -> None:
    """It is refused before anything is sent, with what needs a key and how to pass one."""
    use, what = REFUSED[name]
    with fake_wire() as sent, pytest.raises(AuthenticationError) as caught:
        colour.run(use, **NO_KEY)
    assert sent == []
    error = caught.value
    assert error.message.startswith("api_key is missing")
    assert what in error.message
    assert "VLMRUN_API_KEY" in str(error)
    assert (error.error_type, error.http_status) == ("missing_api_key", None)


@both_colours
def test_a_key_is_used_where_there_is_one(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option says what happens without one, and nothing else."""
    for key, options in (("k-1", {"api_key": "k-1"}), ("k-2", {"api_key": None})):
        monkeypatch.setenv("VLMRUN_API_KEY", "k-2")
        with fake_wire() as sent:
            colour.run(lambda c: c.files.get("f-1"), **options, require_api_key=False)
        assert [request.header("authorization") for request in sent] == [f"Bearer {key}"]


@both_colours
def test_a_header_is_a_key_as_well(colour: Colour) -> None:
    """Who sends an `Authorization` of their own needs no key of ours."""
    headers = {"authorization": "Bearer other"}
    with fake_wire() as sent:
        colour.run(lambda c: c.files.get("f-1"), **NO_KEY, default_headers=headers)
        colour.run(lambda c: c.files.get("f-1", extra_headers=headers), **NO_KEY)
    assert [request.header("authorization") for request in sent] == ["Bearer other"] * 2


@pytest.mark.parametrize("cls", [VLMRun, AsyncVLMRun])
def test_a_client_without_a_key_is_a_client(cls: type[VLMRun | AsyncVLMRun]) -> None:
    """It is copied, pickled and shown; its copy may have a key."""
    for client in (cls(require_api_key=False), cls(api_key="", require_api_key=False)):
        for same in (client, copy.copy(client), pickle.loads(pickle.dumps(client)), client.with_options(timeout=5)):  # noqa: S301  # our own
            assert same.api_key == ""
            assert repr(same).startswith(cls.__name__)
        assert client.with_options(api_key="k").api_key == "k"
    with fake_wire():
        assert Hub(VLMRun(require_api_key=False)).info().version


def test_a_key_is_required_unless_it_is_said_not_to_be() -> None:
    """And the option is a bool; a key of another type is refused all the same."""
    wrong: list[dict[str, Any]] = [
        {},
        {"api_key": ""},
        {"require_api_key": 0},
        {"api_key": 5, "require_api_key": False},
    ]
    for options in wrong:
        with pytest.raises(ConfigurationError, match="api_key"):
            VLMRun(**options)


def test_the_version_is_told_in_three_places() -> None:
    """Two of them the official SDK has, too."""
    assert VLMRun(api_key="k").version == AsyncVLMRun(api_key="k").version == vlmrun.__version__
    assert vlmrun.version.__version__ == vlmrun.__version__
