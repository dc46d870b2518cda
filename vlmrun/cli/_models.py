"""What commands print with `--json` and `--jsonl`, where it is not a model of `vlmrun.client.types`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from vlmrun.client.types import CreditUsage

__all__ = ["ChatAnswer", "ChatPiece", "SavedArtifact"]


class SavedArtifact(BaseModel):
    """An artifact that an answer names."""

    id: str
    """Its id, such as `img_a1b2c3`."""
    path: str | None
    """Where it was saved; `None` if it was not."""


class ChatAnswer(BaseModel):
    """What `vlmrun chat --json` prints, and the last line of `vlmrun chat --jsonl`."""

    type: Literal["answer"] = "answer"
    """What a line of `--jsonl` is."""
    id: str
    """The id of the completion."""
    session_id: str | None
    """The id of the chat, which `-s` continues."""
    model: str
    """The model that answered."""
    content: str
    """The answer."""
    finish_reason: str | None
    """Why the answer ended: `stop`, `length`, `content_filter`."""
    latency_s: float
    """Seconds from sending the prompt to the end of the answer."""
    usage: CreditUsage | None
    """The credits and tokens that were used; `None` if the server sent none."""
    artifacts: list[SavedArtifact]
    """The artifacts that the answer names, in its order."""


class ChatPiece(BaseModel):
    """A line of `vlmrun chat --jsonl` before the last: a piece of the answer."""

    type: Literal["piece"] = "piece"
    """What a line of `--jsonl` is."""
    content: str
    """The next piece of the answer."""
