"""Reads receipts: a small application that is checked by `mypy --strict`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from vlmrun import content

if TYPE_CHECKING:
    from vlmrun.protocols import SupportsCompletions


class Receipt(BaseModel):
    """The fields of a receipt that the application needs."""

    merchant: str
    total: float


class UnreadableError(Exception):
    """The model returned no receipt."""


def read_receipt(chat: SupportsCompletions, png: bytes, model: str = "vlmrun-orion-1:auto") -> Receipt:
    """Read a receipt.

    Args:
        chat: Where to ask: `VLMRun().agent`, or `OpenAI().chat`.
        png: The image, as the bytes of a PNG file.
        model: The model that reads it.

    Raises:
        UnreadableError: The answer contains no receipt.
    """
    answer = chat.completions.parse(
        model=model,
        messages=[content.user(content.image(png), "Read this receipt.")],
        response_format=Receipt,
    )
    receipt = answer.choices[0].message.parsed
    if receipt is None:
        raise UnreadableError(answer.choices[0].message.refusal or "no receipt in the answer")
    return receipt
