"""Where things are that OpenAI's client has under another name: `client.chat` and the like.

These names do not exist: they are not offered, and `hasattr` is false for them.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["refuse"]

_CHATS = "client.agent.completions.create(...), or client.openai.chat.completions.create(...)"

# By class, whose async twin has the same names: OpenAI's names, and where each of them is here.
_ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "VLMRun": {
        "chat": _CHATS,
        "completions": _CHATS,
        "responses": f"{_CHATS}: VLM Run answers chat completions, and no responses",
        "embeddings": "client.gateway.embeddings.create(...)",
    },
    "Agent": dict.fromkeys(("chat", "responses"), "client.agent.completions.create(...)"),
    "Gateway": {
        **dict.fromkeys(("chat", "responses"), "client.gateway.completions.create(...)"),
        "audio": "client.gateway.transcriptions.create(...)",
    },
    "Audio": {"transcriptions": "client.gateway.transcriptions.create(...)"},
    "Files": {"create": "client.files.upload(...)", "retrieve": "client.files.get(...)"},
    "Finetuning": {"jobs": "client.fine_tuning.create(...)"},
}


def refuse(owner: object, name: str) -> object:
    """Raise the `AttributeError` of a missing attribute. If it is one of OpenAI's names, the error says where it is.

    Args:
        owner: A client or a resource.
        name: The name of the attribute.
    """
    for kind in type(owner).__mro__:
        where = _ELSEWHERE.get(kind.__name__.removeprefix("Async"), {}).get(name)
        if where is not None:
            raise AttributeError(f"{type(owner).__name__!r} object has no attribute {name!r}. Try: {where}")
    return object.__getattribute__(owner, name)  # raises the same AttributeError again
