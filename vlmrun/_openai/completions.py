"""OpenAI's model of a completion, from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlmrun._openai.door import ChatCompletion

__all__ = ["chat_completion"]


def chat_completion(fields: Mapping[str, Any]) -> ChatCompletion:
    """OpenAI's model of a completion, from JSON, built as OpenAI's client builds it: unknown fields are accepted."""
    return ChatCompletion.model_construct(**fields)
