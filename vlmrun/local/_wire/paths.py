"""Paths that more than one module must know, and what is particular about them."""

from __future__ import annotations

__all__ = [
    "CHAT",
    "DECISIONS",
    "DECISION_SESSIONS",
    "EMBEDDINGS",
    "FILES",
    "GATEWAY",
    "HEALTH",
    "OPENAI",
    "POLLS",
    "STORAGE",
    "TRANSCRIPTIONS",
    "WITHOUT_KEY",
    "has_own_reader",
    "is_chat",
    "is_open",
]

HEALTH = "/v1/health"
FILES = "/v1/files"
OPENAI = "/v1/openai/"
"""How the OpenAI-style routes begin."""
CHAT = f"{OPENAI}chat/completions"
POLLS = f"{OPENAI}chat/polls/"
"""Where a long chat is asked for; the platform's own addresses are not known."""
STORAGE = "/storage/"
"""How the routes of the object store begin, which is no part of the API and stands outside `/v1`."""
GATEWAY = "/gateway/"
"""How the routes of the gateway begin, which has a host of its own elsewhere."""
EMBEDDINGS = f"{GATEWAY}v1/openai/embeddings"
TRANSCRIPTIONS = f"{GATEWAY}v1/openai/audio/transcriptions"
DECISIONS = f"{GATEWAY}typesafe/v1/systemone"
DECISION_SESSIONS = f"{GATEWAY}typesafe/ws"
"""A WebSocket, in which each message that asks is a request."""
WITHOUT_KEY = "vlmrun"
"""The key that the gateway takes for none."""


def is_open(path: str) -> bool:
    """Whether a path needs no key: whether the platform's health does is not known, and a signed URL is its own key."""
    return path == HEALTH or path.startswith(STORAGE)


def has_own_reader(method: str, path: str) -> bool:
    """Whether the route reads its body itself, piece by piece: an upload may be larger than the memory."""
    return (method, path) in (("POST", FILES), ("POST", TRANSCRIPTIONS)) or (
        method == "PUT" and path.startswith(STORAGE)
    )


def is_chat(method: str, path: str) -> bool:
    """Whether a request asks for a completion."""
    return method == "POST" and path in (CHAT, f"{GATEWAY}v1/openai/chat/completions")
