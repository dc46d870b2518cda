"""The pytest plugin: fixtures of a local server and its clients. pytest loads it by itself.

Importing it is cheap; a server starts when a test uses a fixture, one for each process of pytest-xdist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from vlmrun._lifetimes.names import later
from vlmrun.client.client import AsyncVLMRun, VLMRun

if TYPE_CHECKING:
    from vlmrun.local import LocalServer
else:
    LocalServer = later("vlmrun.local", "LocalServer")

__all__ = ["async_vlmrun_client", "vlmrun_client", "vlmrun_server", "vlmrun_session_server"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here


@pytest.fixture(scope="session")
def vlmrun_session_server() -> Iterator[LocalServer]:
    """The server of `vlmrun_server`, as the tests before have left it: for fixtures of a whole session."""
    from vlmrun.local import LocalServer

    with LocalServer() as server:
        yield server


@pytest.fixture
def vlmrun_server(vlmrun_session_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A `vlmrun.local` server: one a session, reset for each test.

    `VLMRUN_API_KEY`, `VLMRUN_BASE_URL` and `VLMRUN_GATEWAY_BASE_URL` point to it during the test. Requires the extra
    `local`.
    """
    vlmrun_session_server.reset()
    monkeypatch.setenv("VLMRUN_API_KEY", vlmrun_session_server.api_key)
    monkeypatch.setenv("VLMRUN_BASE_URL", vlmrun_session_server.base_url)
    monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", vlmrun_session_server.gateway_url)
    yield vlmrun_session_server
    vlmrun_session_server.reset()


@pytest.fixture
def vlmrun_client(vlmrun_server: LocalServer) -> Iterator[VLMRun]:
    """A `VLMRun` of `vlmrun_server`, which is closed after the test."""
    with VLMRun(vlmrun_server.api_key, vlmrun_server.base_url) as client:
        yield client


@pytest.fixture
def async_vlmrun_client(vlmrun_server: LocalServer) -> AsyncVLMRun:
    """An `AsyncVLMRun` of `vlmrun_server`. Its connections are closed with the event loop of the test."""
    return AsyncVLMRun(vlmrun_server.api_key, vlmrun_server.base_url)
