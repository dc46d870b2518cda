"""Which requests of OpenAI's client are those of a running `agent.run`, whose native call sends them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from vlmrun._openai.door import httpx

if TYPE_CHECKING:  # a program that only chats does without native calls, which take long to import
    from vlmrun._openai._async.runs import AsyncHandover

__all__ = ["CURRENT_HANDOVER", "async_handover_of"]

CURRENT_HANDOVER: ContextVar[AsyncHandover | None] = ContextVar("vlmrun_async_handover", default=None)
"""Set for the running task or thread, and for those that it starts meanwhile."""


def async_handover_of(request: httpx.Request) -> AsyncHandover | None:
    """The handover that sends this request; `None` if OpenAI's client sends it itself."""
    handover = CURRENT_HANDOVER.get()
    return handover if handover is not None and handover.takes(request) else None
