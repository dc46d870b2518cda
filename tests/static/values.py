"""Configuration, base URLs, Protocols and the server on this machine to a checker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.agent import DEFAULT_MODEL
from vlmrun.client.config import (
    DEFAULT_BASE_URL,
    DEFAULT_MAX_CONNECTIONS,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    NOT_GIVEN,
    Configuration,
    NotGiven,
    configure,
    reconfigure,
)
from vlmrun.client.urls import InvalidURLError, is_in_the_clear, is_unicode, join, normalize_base_url, openai_base_url
from vlmrun.local import Fault, FaultKind, LocalServer, ReceivedRequest, Work, random_faults


def the_defaults() -> None:
    assert_type(DEFAULT_BASE_URL, str)
    assert_type(DEFAULT_MODEL, str)
    assert_type(DEFAULT_TIMEOUT, float)
    assert_type(DEFAULT_MAX_RETRIES, int)
    assert_type(DEFAULT_MAX_CONNECTIONS, int)
    not_given: NotGiven = NOT_GIVEN

    no_url: int = DEFAULT_BASE_URL  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_model: int = DEFAULT_MODEL  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_text: str = DEFAULT_TIMEOUT  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_word: str = DEFAULT_MAX_RETRIES  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_name: str = DEFAULT_MAX_CONNECTIONS  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    given: float = NOT_GIVEN  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    made_up: NotGiven = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del not_given, no_url, no_model, no_text, no_word, no_name, given, made_up


def a_configuration(environ: Mapping[str, str]) -> Configuration:
    config = configure(api_key=None, base_url=None, timeout=None, max_retries=0, default_headers=None, environ=environ)
    changed = reconfigure(
        config,
        api_key=None,
        base_url=None,
        timeout=NOT_GIVEN,
        max_retries=None,
        default_headers={"X-A": "b"},
        set_default_headers=None,
    )
    assert_type(config, Configuration)
    assert_type(changed, Configuration)
    assert_type(changed.api_key, str)
    assert_type(changed.timeout, float | None)
    assert_type(changed.default_headers, Mapping[str, str])
    assert_type(changed.connect_timeout, float | None)
    assert_type(changed.default_query, Mapping[str, str | int | float | bool])
    assert_type(changed.connections.max_connections, int)
    assert_type(changed.with_timeout(None), Configuration)

    configure()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    reconfigure(config)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    Configuration()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    config.with_timeout("7")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    config.api_key = "another"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    config.default_headers = {}  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    config.timeout = 1.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    config.default_query = {}  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    config.connections = changed.connections  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    config.connect_timeout = 1.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    return changed


def base_urls() -> None:
    assert_type(normalize_base_url("https://api.vlm.run/v1/"), str)
    assert_type(openai_base_url("https://api.vlm.run/v1"), str)
    assert_type(is_in_the_clear("http://api.vlm.run/v1"), bool)
    assert_type(is_unicode("ü"), bool)
    assert_type(join("https://api.vlm.run/v1", "agents", "id"), str)
    value_error: type[ValueError] = InvalidURLError

    normalize_base_url(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    is_in_the_clear(b"http://api.vlm.run")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    is_unicode(b"")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    openai_base_url(b"https://api.vlm.run")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    join("https://api.vlm.run/v1", 7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    key_error: type[KeyError] = InvalidURLError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del value_error, key_error


def closing(client: VLMRun) -> None:
    client.close()
    client.close(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]


async def closing_is_awaited(twin: AsyncVLMRun) -> None:
    await twin.close()
    await twin.close(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]


def the_server_on_this_machine() -> None:
    with LocalServer(api_key="k", port=8000) as server:
        assert_type(server, LocalServer)
        assert_type(server.api_key, str)
        assert_type(server.base_url, str)
        assert_type(server.requests, Sequence[ReceivedRequest])
        assert_type(server.requests[0].path, str)
        assert_type(server.gateway_url, str)
        server.gateway_url = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
        server.base_url = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
        server.requests[0].path = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]

        assert_type(server.work, Sequence[Work])
        done = server.work[0].kind
        assert_type(
            done,
            Literal[
                "chat",
                "execution",
                "prediction",
                "agent",
                "file",
                "skill",
                "feedback",
                "dataset",
                "fine_tuning",
                "embedding",
                "transcription",
                "decision",
            ],
        )
        assert_type(server.work[0].id, str)
        server.work[0].id = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]

    kind: FaultKind = "reset_before"
    LocalServer(faults=[Fault(kind, method="POST", path="/v1/agent", times=None)])
    LocalServer(faults=random_faults(7, 0.2, ["trickle", kind]))
    LocalServer(faults=lambda request: Fault("no_content") if request.method == "GET" else None)
    assert_type(Fault("trickle", seconds=1).kind, FaultKind)
    LocalServer(execution_status="failed", webhook_secret="s")
    LocalServer(execution_status="paused")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    LocalServer(webhook_secret=b"s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Fault("gremlins")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    gremlins: FaultKind = "gremlins"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del gremlins
    LocalServer(faults="trickle")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    random_faults("7", 0.2)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Work()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    LocalServer(port="8000")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ReceivedRequest()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
