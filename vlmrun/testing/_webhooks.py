"""Webhooks as VLM Run sends them, made in one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from vlmrun._resources.results import AgentRun
from vlmrun._resources.webhooks import SIGNATURE_HEADER, as_bytes, digest_of
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import AgentExecutionResponse, PredictionResponse

__all__ = ["Webhook", "webhook"]

T = TypeVar("T")


@dataclass(frozen=True)
class Webhook:
    """A request that a webhook receives."""

    body: bytes = field(repr=False)
    """Its body."""
    signature: str
    """The value of the header `X-VLMRun-Signature`."""

    @property
    def headers(self) -> dict[str, str]:
        """Its headers, for the test client of a web framework."""
        return {"Content-Type": "application/json", SIGNATURE_HEADER: self.signature}


def webhook(
    job: PredictionResponse[T] | AgentExecutionResponse | AgentRun[T, AgentExecutionResponse], secret: str | bytes
) -> Webhook:
    """Make what VLM Run sends to a `callback_url`: the body and its signature.

    ```python
    sent = testing.webhook(testing.prediction(Invoice(total=25.0)), SECRET)
    assert app.test_client().post("/webhook", data=sent.body, headers=sent.headers).status_code == 200
    ```

    Args:
        job: The prediction or the execution: what `testing.prediction` or `testing.agent_run` makes.
        secret: The webhook secret that the application has in the test.

    Raises:
        InputError: An argument cannot be used.
    """
    key = as_bytes("secret", secret)
    if not key:
        raise InputError("secret must not be empty.", suggestion='pass any text, such as "whsec_test".')
    body = _body_of(job.raw if isinstance(job, AgentRun) else job)
    return Webhook(body, f"sha256={digest_of(body, key)}")


def _body_of(job: object) -> bytes:
    # `object`, because only type-checked callers keep to declared types.
    if not isinstance(job, (PredictionResponse, AgentExecutionResponse)):
        raise InputError(
            "job must be a prediction or an execution; a chat sends no webhook.",
            suggestion="pass testing.prediction(...) or testing.agent_run(...).",
        )
    return job.model_dump_json(by_alias=True).encode()
