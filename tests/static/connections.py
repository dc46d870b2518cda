"""A client's own connections to a checker."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx2
import openai
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.hooks import RequestInfo, ResponseInfo
from vlmrun.protocols import SupportsTimeouts


def log(request: RequestInfo) -> None:
    assert_type(request.method, str)
    assert_type(request.url, str)
    assert_type(request.attempt, int)

    request.url = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]


def trace(response: ResponseInfo) -> str:
    assert_type(response.status, int | None)
    assert_type(response.seconds, float)
    assert_type(response.error, str | None)

    response.status = 1  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    return f"{response.method} {response.url} {response.attempt}"


def wrong(number: int) -> None:
    del number


def accepted(context: ssl.SSLContext) -> None:
    VLMRun(
        default_query={"team": "blue", "n": 1, "x": 0.5, "trace": True},
        verify=Path("ca.pem"),
        cert=("client.pem", Path("client.key"), "password"),
        proxy="http://proxy.example.com:8080",
        max_connections=200,
        on_request=log,
        on_response=trace,
    )
    AsyncVLMRun(timeout=httpx2.Timeout(60, connect=10), verify=context, cert=None, proxy=None, on_request=None)
    AsyncVLMRun(timeout=openai.Timeout(60, connect=10), verify=False, cert="client.pem", on_response=print)
    client = VLMRun(verify="ca.pem", cert=("client.pem", "client.key"), timeout=7)
    assert_type(client.with_options(timeout=httpx2.Timeout(5), verify=True, cert=None, proxy=None), VLMRun)
    client.with_options(max_connections=5, default_query={"a": 1}, on_request=log, on_response=None)
    assert_type(AsyncVLMRun(require_api_key=False).version, str)
    assert_type(VLMRun(require_api_key=False).api_key, str)
    timeouts: SupportsTimeouts = httpx2.Timeout(5)
    assert_type(timeouts.connect, float | None)
    assert_type(timeouts.read, float | None)


def rejected(client: VLMRun, timeouts: SupportsTimeouts) -> None:
    VLMRun(default_query={"a": None})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-assignment]
    VLMRun(verify=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun(cert=["client.pem", "client.key"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun(proxy=8080)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun(max_connections="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun(on_request=trace)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun(on_response=wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    VLMRun(require_api_key=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.with_options(require_api_key=False)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.version = "1"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    VLMRun(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.with_options(default_query=[("a", "b")])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.with_options(verify=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.with_options(on_request=log, on_response=log)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    no_timeouts: SupportsTimeouts = 5.0  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    timeouts.connect = 5.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    timeouts.read = 5.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    RequestInfo(method="GET", url="https://vlmrun.test", attempt="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ResponseInfo(method="GET", url="https://vlmrun.test", attempt=1, seconds=0.5, status="200", error=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    del no_timeouts
