"""Webhooks: whether VLM Run has sent one, and what it says."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Generic, TypeVar, overload

import pydantic
from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._arguments.validation import problems, validated
from vlmrun._http.bodies import body_of
from vlmrun._resources.outputs import output_of_response
from vlmrun._resources.schemas import require_model
from vlmrun.client.exceptions import InputError, ResponseValidationError
from vlmrun.client.types import AgentExecutionResponse, JobStatus, PredictionResponse, WireModel

__all__ = ["SIGNATURE_HEADER", "WebhookEvent", "as_bytes", "digest_of", "parse", "verify"]

M = TypeVar("M", bound=BaseModel)
T_co = TypeVar("T_co", covariant=True)

SIGNATURE_HEADER: str = "X-VLMRun-Signature"
"""The header with the signature."""

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")


@dataclass(frozen=True)
class WebhookEvent(Generic[T_co]):
    """What a webhook says: a prediction or an execution, with its current status."""

    id: str
    """The id of the prediction or the execution."""
    status: JobStatus
    """Its status: `completed`, `failed`, `cancelled`, or another one."""
    response: T_co | None = field(repr=False)
    """The answer; `None` unless `status` is `completed`."""
    execution: AgentExecutionResponse | None = field(repr=False)
    """The execution as `client.executions.get` returns it; `None` for a prediction."""
    prediction: PredictionResponse | None = field(default=None, repr=False)
    """The prediction as `client.predictions.get` returns it; `None` for an execution."""

    @property
    def key(self) -> str:
        """What is the same for every delivery of this event: remember it, and ignore an event whose key came before."""
        return f"{self.id}:{self.status}"


def verify(body: str | bytes, signature: str | None, secret: str | bytes) -> bool:
    """Whether a webhook was sent by VLM Run and arrived unmodified. The comparison takes constant time.

    Args:
        body: The body of the request, as it arrived: not parsed, and not serialised again.
        signature: The value of the header `X-VLMRun-Signature`, or `None` if the request has none.
        secret: The webhook secret from VLM Run's dashboard.

    Returns:
        `False` also for a missing or malformed signature, and for an empty secret.

    Raises:
        InputError: `body` or `secret` is neither text nor bytes.
    """
    key, content = as_bytes("secret", secret), as_bytes("body", body)
    found = _SIGNATURE.fullmatch(signature) if isinstance(signature, str) else None
    if found is None or not key or content is None:
        return False
    return hmac.compare_digest(found[1], digest_of(content, key))


def digest_of(body: bytes, key: bytes) -> str:
    """What the signature of a body is made of, in hex."""
    return hmac.new(key, body, hashlib.sha256).hexdigest()


@overload
def parse(
    body: str | bytes, signature: str | None, secret: str | bytes, response_model: None = None
) -> WebhookEvent[JsonValue]: ...
@overload
def parse(
    body: str | bytes, signature: str | None, secret: str | bytes, response_model: type[M]
) -> WebhookEvent[M]: ...
def parse(
    body: str | bytes, signature: str | None, secret: str | bytes, response_model: type[M] | None = None
) -> WebhookEvent[M] | WebhookEvent[JsonValue]:
    """Verify a webhook and read it.

    Args:
        body: The body of the request, as it arrived.
        signature: The value of the header `X-VLMRun-Signature`.
        secret: The webhook secret from VLM Run's dashboard.
        response_model: A pydantic model that the answer is parsed into; without it, the answer is JSON.

    Raises:
        InputError: The signature is missing, malformed or wrong, or an argument cannot be used.
        ResponseValidationError: The body is neither a prediction nor an execution.
        OutputValidationError: The answer does not match `response_model`.
    """
    require_model(response_model)
    if not verify(body, signature, secret):
        raise InputError(
            "signature is not the signature of body with this secret.",
            suggestion="answer with 401; pass the raw body, and the secret of the same account.",
            error_type="invalid_signature",
        )
    with discreet_errors():
        return _read(as_bytes("body", body) or b"", response_model)


class _Delivery(WireModel):
    """What predictions and executions have in common."""

    id: str
    status: JobStatus
    response: JsonValue = None

    @property
    def is_execution(self) -> bool:
        """Predictions have neither of the two."""
        return not {"execution_mode", "name"}.isdisjoint(self.model_extra or {})


def _read(body: bytes, response_model: type[M] | None) -> WebhookEvent[M] | WebhookEvent[JsonValue]:
    job = _valid(_Delivery, body)
    execution = _valid(AgentExecutionResponse, body) if job.is_execution else None
    prediction: PredictionResponse | None = None if job.is_execution else _valid(PredictionResponse, body)
    if job.status != "completed":
        return WebhookEvent[JsonValue](job.id, job.status, None, execution, prediction)
    if response_model is None:
        return WebhookEvent[JsonValue](job.id, job.status, job.response, execution, prediction)
    answer = output_of_response(job.response, response_model, job)
    return WebhookEvent[M](job.id, job.status, answer, execution, prediction)


def _valid(model: type[M], body: bytes) -> M:
    found = validated(model.model_validate_json, body)
    if isinstance(found, pydantic.ValidationError):
        raise ResponseValidationError(f"The body of the webhook cannot be read: {problems(found)}.", body=body_of(body))
    return found


def as_bytes(argument: str, value: object) -> bytes | None:
    """The bytes of an argument; `None` for text that has none."""
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:  # half of a surrogate pair
            return None
    if isinstance(value, bytes):
        return value
    remedy = (
        "pass the webhook secret from VLM Run's dashboard."
        if argument == "secret"
        else "pass the raw body of the request, before it is parsed."
    )
    raise InputError(f"{argument} must be a str or bytes, not {type_name(value)}.", suggestion=remedy)
