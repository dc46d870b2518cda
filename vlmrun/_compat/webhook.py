"""The official SDK's path for `vlmrun.webhooks.verify`."""

from __future__ import annotations

from vlmrun._resources.webhooks import as_bytes, verify

__all__ = ["verify_webhook"]


def verify_webhook(raw_body: str | bytes, signature_header: str | None, secret: str) -> bool:
    """Whether a webhook was sent by VLM Run: the same as `vlmrun.webhooks.verify`.

    Args:
        raw_body: The body of the request, as it arrived.
        signature_header: The value of the header `X-VLMRun-Signature`.
        secret: The webhook secret from VLM Run's dashboard.

    Raises:
        InputError: An argument is of the wrong type.
    """
    body = as_bytes("raw_body", raw_body)
    return body is not None and verify(body, signature_header, secret)
