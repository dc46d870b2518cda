"""The pytest plugin, as the tests of an application use it: in a session of its own, with the installed entry point."""

from __future__ import annotations

import pytest

from vlmrun.client.exceptions import DependencyError

pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

pytest_plugins = ["pytester"]

TESTS = """
import asyncio, os
import pytest
import vlmrun
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.types import AgentCreationConfig
from vlmrun.local import Answer

def application():
    with VLMRun() as client:
        client.agent.create(AgentCreationConfig(prompt="Read it."), name="reader")
        return [agent.name for agent in client.agent.list()]

@pytest.mark.parametrize("turn", range(3))
def test_each_is_new(vlmrun_server, turn):
    assert application() == ["reader"]
    assert [request.method for request in vlmrun_server.requests] == ["POST", "GET"]
    vlmrun_server.answer("once")
    vlmrun_server.clock.never_end()

def test_clients(vlmrun_client, vlmrun_server):
    assert vlmrun_client.healthcheck()
    assert vlmrun_client.base_url == vlmrun_server.base_url == os.environ["VLMRUN_BASE_URL"]

def test_async(async_vlmrun_client):
    assert asyncio.run(async_vlmrun_client.healthcheck())
    assert asyncio.run(async_vlmrun_client.agent.list()) == []
    assert asyncio.run(async_vlmrun_client.gateway.health())

def test_the_environment_is_as_before():
    assert "VLMRUN_API_KEY" not in os.environ
    assert "VLMRUN_BASE_URL" not in os.environ
"""

OVERRIDE = """
import pytest
from vlmrun.local import LocalServer

@pytest.fixture(scope="session")
def vlmrun_session_server():
    with LocalServer(strict=True) as server:
        yield server
"""

STRICT = """
import pytest
from vlmrun.client.exceptions import APIError

def test_strict(vlmrun_server, vlmrun_client):
    vlmrun_server.answer("Yes.", when="total")
    with pytest.raises(APIError, match="no answer fits"):
        vlmrun_client.agent.execute(config={"prompt": "Read it."})
"""

UNUSED = """
import sys

def test_nothing_is_loaded():
    heavy = {"starlette", "uvicorn", "httpx2", "openai", "pydantic"}
    assert sorted(heavy & set(sys.modules)) == []
    assert "vlmrun.testing.plugin" in sys.modules
"""


@pytest.fixture(autouse=True)
def _own_folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeini("[pytest]\nfilterwarnings = error\n")


@pytest.mark.parametrize("processes", [0, 2])
def test_the_fixtures(pytester: pytest.Pytester, processes: int) -> None:
    """One server for each process of pytest-xdist, new in each test; nothing is left open."""
    pytester.makepyfile(TESTS)
    options = ["-p", "no:randomly", *(["-n", str(processes)] if processes else ["-p", "no:xdist"])]
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=6)


def test_a_server_with_other_arguments(pytester: pytest.Pytester) -> None:
    """By a fixture of one's own for the session, as docs/testing.md says."""
    pytester.makeconftest(OVERRIDE)
    pytester.makepyfile(STRICT)
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=1)


def test_a_session_that_does_not_use_it(pytester: pytest.Pytester) -> None:
    """Loads nothing heavy."""
    pytester.makepyfile(UNUSED)
    others = ("randomly", "hypothesispytest", "socket", "respx", "anyio", "logfire", "xdist")
    options = [option for name in others for option in ("-p", f"no:{name}")]
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_the_fixtures_are_described(pytester: pytest.Pytester) -> None:
    """In `pytest --fixtures`."""
    told = pytester.runpytest_subprocess("--fixtures", "-q").stdout.str()
    for name, words in {"vlmrun_server": "reset for each test", "async_vlmrun_client": "AsyncVLMRun"}.items():
        assert name in told
        assert words in told
