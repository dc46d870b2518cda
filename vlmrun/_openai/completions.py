"""OpenAI's model of a completion, from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic

from vlmrun._openai.door import ChatCompletion

__all__ = ["chat_completion", "read_completion"]


def chat_completion(fields: Mapping[str, Any]) -> ChatCompletion:
    """OpenAI's model of a completion, from JSON, made as OpenAI's client makes it: a field too many is no error."""
    return ChatCompletion.model_construct(**fields)


def read_completion(body: bytes) -> ChatCompletion:
    """OpenAI's model of a completion, from a body; pydantic's `ValidationError` where there is none in it."""
    return chat_completion(_read_fields(body))


_read_fields = pydantic.TypeAdapter(dict[str, object]).validate_json
