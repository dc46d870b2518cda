"""Feedback: what an answer should have been."""

from vlmrun._resources._async.feedback import AsyncFeedback
from vlmrun._resources._sync.feedback import Feedback

__all__ = ["AsyncFeedback", "Feedback"]
