"""Clients travel to worker processes: what they are configured with is pickled, and nothing else."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from operator import methodcaller
from typing import Any

import pytest

from support.wire import LoopbackServer
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import ClientError

OPTIONS: dict[str, Any] = {
    "api_key": "secret-key",
    "base_url": "https://example.com/v1",
    "timeout": 7.0,
    "max_retries": 3,
    "default_headers": {"X-Team": "blue"},
}


def _pickled(protocol: int) -> Callable[[Any], Any]:
    return lambda client: pickle.loads(pickle.dumps(client, protocol))  # noqa: S301  # our own bytes


WAYS: dict[str, Callable[[Any], Any]] = {
    **{f"pickle-{protocol}": _pickled(protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


class Ours(VLMRun):
    """A user's own client, made in another way."""

    def __init__(self) -> None:
        super().__init__(**OPTIONS)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("make", [lambda: VLMRun(**OPTIONS), lambda: AsyncVLMRun(**OPTIONS), Ours])
def test_a_copy_is_configured_as_its_original(
    make: Callable[[], Any], way: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All options arrive, whatever the environment says where it is unpickled."""
    client = make()
    monkeypatch.setenv("VLMRUN_API_KEY", "another-key")
    monkeypatch.setenv("VLMRUN_BASE_URL", "https://elsewhere.example.com")
    twin = way(client)
    assert type(twin) is type(client)
    seen = (twin.api_key, twin.base_url, twin.timeout, twin.max_retries)
    assert seen == ("secret-key", "https://example.com/v1", 7.0, 3)
    # That headers arrive is seen on the wire, below.
    assert twin.agent is not client.agent


def test_a_pickled_client_has_connections_of_its_own() -> None:
    """Closing one does not close the other, and a closed client's copy is open: only the configuration travels."""
    with LoopbackServer() as server:
        client = VLMRun(api_key="k", base_url=server.base_url, default_headers={"X-Team": "blue"})
        client.healthcheck()
        client.close()
        with pickle.loads(pickle.dumps(client)) as twin:  # noqa: S301  # our own bytes
            assert twin.healthcheck()
        with pytest.raises(ClientError):
            client.healthcheck()
    assert server.connections == 2
    assert [sent.header("x-team") for sent in server.sent] == ["blue", "blue"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_resource_travels_as_its_client_does(way: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A method goes with its resource: `workers.map(client.agent.get, names)`. The gateway stays where it was."""
    with LoopbackServer() as server:
        monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", server.base_url)
        client: Any = VLMRun(api_key="k", base_url=server.base_url, default_headers={"X-Team": "blue"})
        client.agent.list()
        methods = [client.agent.list, client.agent.with_raw_response.list, client.gateway.models]
        methods.append(client.gateway.systemone.models)
        monkeypatch.delenv("VLMRUN_GATEWAY_BASE_URL")
        for method in methods:
            twin = getattr(way(method.__self__), method.__name__)
            assert twin.__self__ is not method.__self__
            twin()
        assert [sent.url for sent in server.sent] == [
            f"{server.origin}{path}"
            for path in ("/v1/agent", "/v1/agent", "/v1/agent", "/v1/openai/models", "/typesafe/v1/models")
        ]
        assert {sent.header("x-team") for sent in server.sent} == {"blue"}


def test_worker_processes_take_a_client() -> None:
    """A client that has open connections goes to spawned processes, and works there; so does a method of it."""
    with LoopbackServer() as server, VLMRun(api_key="k", base_url=server.base_url) as client:
        client.agent.list()
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as workers:
            # Not a function of this module, which a worker would have to find first.
            assert list(workers.map(methodcaller("healthcheck"), [client, client])) == [True, True]
            assert workers.submit(client.agent.list).result() == client.agent.list()
