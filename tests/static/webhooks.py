"""Webhooks to a checker."""

from __future__ import annotations

from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun import common, webhooks
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.common.webhook import verify_webhook
from vlmrun.webhooks import SIGNATURE_HEADER, WebhookEvent, parse, verify


class Invoice(BaseModel):
    total: float


def received(body: bytes, headers: dict[str, str]) -> None:
    signature = headers.get(SIGNATURE_HEADER)
    assert_type(SIGNATURE_HEADER, str)
    assert_type(verify(body, signature, "secret"), bool)
    assert_type(webhooks.verify("body", None, b"secret"), bool)
    assert_type(verify_webhook(raw_body=body, signature_header=signature, secret="secret"), bool)
    assert_type(common.webhook.verify_webhook(body, signature, "secret"), bool)
    assert_type(parse(body, signature, "secret"), WebhookEvent[JsonValue])
    event = parse(body, signature, "secret", response_model=Invoice)
    assert_type(event, WebhookEvent[Invoice])
    assert_type(event.response, Invoice | None)
    assert_type(event.execution, AgentExecutionResponse | None)
    assert_type(event.key, str)
    if event.response is not None:
        assert_type(event.response.total, float)

    SIGNATURE_HEADER.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    verify({"id": "5"}, signature, "secret")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    common.webhook.verify_webhook(body)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    verify_webhook(body, signature)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    parse(body, signature, None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    WebhookEvent()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    event.response.total  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
