"""The base of every model, and what several resources share.

Enumerations are open: the literals are what is known, for people and IDEs; `str` is what may come or be sent as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from vlmrun._inputs.options import Environment

__all__ = ["CreditUsage", "JobStatus", "RequestMetadata", "ServiceTier", "WireModel"]

JobStatus: TypeAlias = Literal["enqueued", "pending", "running", "completed", "failed", "paused", "cancelled"] | str
"""The status of a job. `completed`, `failed` and `cancelled` are final."""
ServiceTier: TypeAlias = Literal["auto", "default", "standard", "flex", "priority"] | str
"""How urgently, and at what price, a job is run."""


class WireModel(BaseModel):
    """Base of every model here: keeps unknown fields, and builds its validator on first use."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", defer_build=True, protected_namespaces=())

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # Of unknown fields only what cannot be a secret: a text may be a URL that lets anybody in.
        unknown = self.model_extra or {}
        for name, value in super().__repr_args__():
            is_shown = name not in unknown or value is None or isinstance(value, (bool, int, float))
            yield name, value if is_shown else _HIDDEN


class _Hidden:
    def __repr__(self) -> str:
        return "..."


_HIDDEN = _Hidden()


class CreditUsage(WireModel):
    """What a job has used. Source: API.md §7.

    Attributes:
        elements_processed: How many elements were processed.
        element_type: What an element is: `image`, `page`, `video` or `audio`.
        credits_used: Credits, 100 to the US dollar; may be a fraction.
        steps: How many steps an agent took.
        message: What the server says about the usage.
        duration_seconds: Processed duration of video or audio, in seconds.
        prompt_tokens: Tokens of the prompt; of chats only.
        completion_tokens: Tokens of the answer; of chats only.
        total_tokens: Tokens of both; of chats only.
    """

    elements_processed: int | None = None
    element_type: Literal["image", "page", "video", "audio"] | str | None = None
    credits_used: float | None = None
    steps: int | None = None
    message: str | None = None
    duration_seconds: float | None = None
    prompt_tokens: int | float | None = None  # as a server may estimate them
    completion_tokens: int | float | None = None  # as a server may estimate them
    total_tokens: int | float | None = None  # as a server may estimate them


class RequestMetadata(WireModel):
    """What a request is filed under. Source: API.md §7.

    Only what is set is sent, so the server's defaults hold for the rest.

    Attributes:
        environment: `dev`, `staging` or `prod`.
        session_id: Your name for the session that the request belongs to.
        allow_training: Whether VLM Run may train on the request.
    """

    environment: Environment | None = None
    session_id: str | None = None
    allow_training: bool | None = None
