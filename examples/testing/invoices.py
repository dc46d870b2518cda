"""Reads invoices, with what goes wrong when it does: the application whose tests are in `test_invoices.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import openai
from pydantic import BaseModel

from vlmrun import VLMRun, VLMRunError, content, webhooks
from vlmrun.client.exceptions import OutputValidationError, RateLimitError, RefusalError

MODEL = "vlmrun-orion-1:auto"


class Invoice(BaseModel):
    """The fields of an invoice that the application needs."""

    number: str
    total: float


class UnreadableError(Exception):
    """No invoice was read; the message says why."""


class BusyError(Exception):
    """VLM Run takes no more requests now: the invoice goes back to the queue."""


def read_invoice(client: VLMRun, pdf: Path) -> Invoice:
    """Read an invoice.

    Raises:
        UnreadableError: The model refused, or its answer is no invoice.
        BusyError: The rate limit is reached, after all retries.
    """
    try:
        run = client.agent.run("Read this invoice.", inputs=[content.document(pdf)], response_model=Invoice)
    except (RefusalError, OutputValidationError) as error:
        raise UnreadableError(error.text) from error
    except RateLimitError as error:
        raise BusyError(error.message) from error
    return run.output


@dataclass(frozen=True)
class Summary:
    """A summary, as far as it arrived."""

    text: str
    is_complete: bool


def summarize(client: VLMRun, pdf: Path) -> Summary:
    """Summarize an invoice; of a stream that is cut off, what arrived is kept."""
    messages = [content.user(content.document(pdf), "Summarize this invoice.")]
    text = ""
    try:
        for chunk in client.agent.completions.create(model=MODEL, messages=messages, stream=True):
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    except openai.APIConnectionError:
        return Summary(text, is_complete=False)
    return Summary(text, is_complete=True)


class OrderTotal(BaseModel):
    """Look up the total of an order."""

    order: str


def compare(client: VLMRun, pdf: Path, orders: Mapping[str, float]) -> str:
    """Ask whether an invoice matches its order, which the model looks up with a tool."""
    messages = [content.user(content.document(pdf), "Does this invoice match its order?")]
    while True:
        answer = client.agent.completions.parse(
            model=MODEL, messages=messages, tools=[openai.pydantic_function_tool(OrderTotal)]
        )
        message = answer.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        messages.append(content.assistant(message))
        for call in message.tool_calls:
            asked = call.function.parsed_arguments
            total = orders.get(asked.order) if isinstance(asked, OrderTotal) else None
            found = "no such order" if total is None else f"{total:.2f}"
            messages.append({"role": "tool", "tool_call_id": call.id, "content": found})


def receive(kept: dict[str, Invoice], body: bytes, signature: str | None, secret: str) -> HTTPStatus:
    """Keep the invoice of a webhook, once; what to answer.

    Args:
        kept: The invoices by the keys of their events; in production, a table whose primary key is that key.
        body: The body of the request, as it arrived.
        signature: The value of the header `X-VLMRun-Signature`.
        secret: The webhook secret.
    """
    if not webhooks.verify(body, signature, secret):
        return HTTPStatus.UNAUTHORIZED
    try:
        event = webhooks.parse(body, signature, secret, response_model=Invoice)
    except VLMRunError:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if event.response is not None:
        kept.setdefault(event.key, event.response)
    return HTTPStatus.OK


def report(pdf: Path) -> str:
    """A line about an invoice, as a command prints it: with a client of its own."""
    with VLMRun() as client:
        invoice = read_invoice(client, pdf)
    return f"{invoice.number}: {invoice.total:.2f}"
