"""Feedback on answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import JsonValue

from vlmrun.client.types._base import TIMESTAMP, WireModel

__all__ = ["FeedbackItem", "FeedbackListResponse", "FeedbackSubmitResponse"]


class FeedbackSubmitResponse(WireModel):
    """Feedback that was submitted.

    HTTP: the response of `POST /feedback/submit`.
    """

    id: str
    """The feedback's id."""
    request_id: str | None = None
    """The id of the prediction, if the feedback is about one."""
    agent_execution_id: str | None = None
    """The id of the execution, if the feedback is about one."""
    chat_id: str | None = None
    """The id of the chat, if the feedback is about one."""
    created_at: Annotated[datetime, TIMESTAMP]
    """When the feedback was submitted."""


class FeedbackItem(FeedbackSubmitResponse):
    """Feedback, with what it says."""

    response: dict[str, JsonValue] | None = None
    """The answer as it should have been."""
    notes: str | None = None
    """Remarks on the answer."""


class FeedbackListResponse(WireModel):
    """The feedback on one prediction, execution or chat.

    HTTP: the response of `GET /feedback/{id}`.
    """

    request_id: str | None = None
    """The id of the prediction, if the feedback is about one."""
    agent_execution_id: str | None = None
    """The id of the execution, if the feedback is about one."""
    chat_id: str | None = None
    """The id of the chat, if the feedback is about one."""
    items: list[FeedbackItem]
    """The feedback: at most `limit` items."""
