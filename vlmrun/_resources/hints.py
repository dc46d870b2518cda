"""Where things are that OpenAI's client has under another name: `client.chat` and the like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

__all__ = ["OF_AGENT", "OF_AUDIO", "OF_CLIENT", "OF_FILES", "OF_FINE_TUNING", "OF_GATEWAY", "Hints"]

# By resource: OpenAI's names, and where each of them is here.
_CHATS = "client.agent.completions.create(...), or client.openai.chat.completions.create(...)"
OF_CLIENT = {
    "chat": _CHATS,
    "completions": _CHATS,
    "responses": f"{_CHATS}: VLM Run answers chat completions, and no responses",
    "embeddings": "client.gateway.embeddings.create(...)",
}
OF_AGENT = dict.fromkeys(("chat", "responses"), "client.agent.completions.create(...)")
OF_GATEWAY = {
    **dict.fromkeys(("chat", "responses"), "client.gateway.completions.create(...)"),
    "audio": "client.gateway.transcriptions.create(...)",
}
OF_AUDIO = {"transcriptions": "client.gateway.transcriptions.create(...)"}
OF_FILES = {"create": "client.files.upload(...)", "retrieve": "client.files.get(...)"}
OF_FINE_TUNING = {"jobs": "client.fine_tuning.create(...)"}


class Hints:
    """Names that do not exist, and say where to look. They are not offered, and `hasattr` is false for them."""

    __elsewhere__: ClassVar[Mapping[str, str]] = {}
    """Where each of these names is, as an expression."""

    if not TYPE_CHECKING:  # type checkers would accept any name

        def __getattr__(self, name: str) -> object:
            where = type(self).__elsewhere__.get(name)
            if where is not None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}. Try: {where}")
            return object.__getattribute__(self, name)  # raises the same AttributeError again
