"""Stored skills: each with all its versions, the newest last."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from dataclasses import dataclass, field

from vlmrun.local._store import newest
from vlmrun.local._store.files import StoredFile
from vlmrun.local._wire.clock import now

__all__ = ["SkillStore", "StoredSkill"]


@dataclass(frozen=True)
class StoredSkill:
    """One version of a skill."""

    id: str
    """The skill's id, which its versions share."""
    name: str
    """The skill's name."""
    description: str
    """When an agent should use it."""
    file: StoredFile
    """Its zip file."""
    created_at: str
    """When the first version came."""
    updated_at: str = field(default_factory=now)
    """When this version came."""

    @property
    def version(self) -> str:
        """A date and a short hash, as the platform's look."""
        return f"{self.updated_at[:10].replace('-', '')}-{self.file.id[:6]}"

    def on_wire(self) -> dict[str, object]:
        """The skill as `SkillInfo`."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "skill_version": self.version,
            "skill_uri": f"local://skills/{self.id}/{self.version}",
            "is_public": False,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "status": "completed",
        }


class SkillStore:
    """The newest versions of the skills of one server; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions = deque[StoredSkill](maxlen=newest.KEPT)

    def add(self, name: str | None, description: str, file: StoredFile) -> StoredSkill:
        """Make a skill. A name that is taken gets a number.

        Args:
            name: Its name; made up where `None`.
            description: When an agent should use it.
            file: Its zip file.

        Returns:
            Its first version.
        """
        id_ = str(uuid.uuid4())
        with self._lock:
            taken = {skill.name for skill in self._versions}
            name = name or f"skill-{id_[:8]}"
            names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
            free = next(one for one in names if one not in taken)
            moment = now()
            skill = StoredSkill(id_, free, description, file, moment, moment)
            self._versions.append(skill)
        return skill

    def update(self, id_: str, description: str | None, file: StoredFile | None) -> StoredSkill | None:
        """Make a new version of a skill.

        Args:
            id_: Its id.
            description: What is new of it, or `None`.
            file: What is new of it, or `None`.

        Returns:
            The new version, or `None` where there is no such skill.
        """
        with self._lock:
            before = next((skill for skill in reversed(self._versions) if skill.id == id_), None)
            if before is None:
                return None
            # Another id for the file, and so another version, also where the bytes are the same.
            new = file or StoredFile(before.file.filename, before.file.purpose, before.file.blob)
            said = before.description if description is None else description
            skill = StoredSkill(id_, before.name, said, new, before.created_at)
            self._versions.append(skill)
        return skill

    def find(self, id_: str | None, name: str | None, version: str | None) -> StoredSkill | None:
        """Find a version of a skill.

        Args:
            id_: Its id, or `None`.
            name: Its name, or `None`.
            version: The version; the newest where it is `None` or `latest`.

        Returns:
            The version, or `None` if there is none.
        """
        found = (skill for skill in self.newest_first() if skill.id == id_ or skill.name == name)
        return next((skill for skill in found if version in (None, "latest", skill.version)), None)

    def newest_first(self) -> list[StoredSkill]:
        """All versions of all skills."""
        with self._lock:
            return list(self._versions)[::-1]
