"""What commands have seen: the ids of recent files, executions and the like, for completion.

A small file, which only its owner can read, in the cache folder of the platform. Nothing depends on it: it may be
deleted, and where it cannot be written nothing is remembered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

__all__ = ["Seen", "cache_folder", "known"]

_MOST = 100
"""How many of a kind are remembered."""
_OF_TYPE = {
    "AgentExecutionResponse": ("execution", "id", "status"),
    "FileResponse": ("file", "id", "filename"),
    "PredictionResponse": ("prediction", "id", "status"),
    "SkillInfo": ("skill", "id", "name"),
}
"""The kind of a result by the name of its type, the field with its id, and that with a word about it."""


def cache_folder() -> Path:
    """The cache folder of the command, where the platform keeps such folders."""
    from platformdirs import user_cache_path

    return user_cache_path("vlmrun", appauthor=False)


class Seen:
    """What one run of a command has seen."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, str]] = {}

    def note(self, result: object) -> None:
        """Remember a result of a command, if it has an id that other commands take.

        Args:
            result: Any result.
        """
        kind, field, word = _OF_TYPE.get(type(result).__name__, ("", "", ""))
        self.note_id(kind, getattr(result, field, None), str(getattr(result, word, None) or ""))
        self.note_id("session", getattr(result, "session_id", None))
        self.note_id("domain", getattr(result, "domain", None))

    def note_id(self, kind: str, id: object, word: str = "") -> None:
        """Remember an id.

        Args:
            kind: What it is the id of, such as `file`.
            id: The id; nothing else than a text is remembered.
            word: A word about it.
        """
        if kind and id and isinstance(id, str):
            self._found.setdefault(kind, {})[id] = word

    def save(self) -> None:
        """Write what was seen, before what was seen earlier."""
        if not self._found:
            return
        from vlmrun.cli._private_files import write_privately

        path = cache_folder() / "seen.json"
        before = known(path)
        for kind, ids in self._found.items():
            merged = {**ids, **{one: word for one, word in before.get(kind, {}).items() if one not in ids}}
            before[kind] = dict(list(merged.items())[:_MOST])
        if before != known(path):
            with suppress(OSError):
                write_privately(path, json.dumps(before, ensure_ascii=False))


def known(path: Path | None = None) -> dict[str, dict[str, str]]:
    """The ids that commands have seen, the newest first, each with a word about it, by kind.

    Args:
        path: The file; by default that in `cache_folder`. What is wrong with it does not matter: then nothing is known.
    """
    try:
        read: object = json.loads((path or cache_folder() / "seen.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    kinds: Mapping[str, object] = cast("Mapping[str, object]", read) if isinstance(read, Mapping) else {}
    tables = {kind: cast("Mapping[str, object]", ids) for kind, ids in kinds.items() if isinstance(ids, Mapping)}
    return {kind: {one: str(word) for one, word in ids.items()} for kind, ids in tables.items()}
