"""Artifacts: what this server makes of what it received, a thumbnail of each image."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vlmrun.local._media.facts import Fact, ImageFact
from vlmrun.local._store import newest
from vlmrun.local._wire.errors import RefusalError

__all__ = ["Artifact", "Shelf"]


@dataclass(frozen=True)
class Artifact:
    """A thumbnail, or what a test has told the server to make."""

    id: str
    """Its id, which is unique in its namespace."""
    filename: str
    """Its other name there."""
    data: bytes
    """Its bytes; those of a thumbnail are a PNG."""
    source: str
    """The SHA-256 of the image that it is made of; of a test's, its own."""


@dataclass(frozen=True)
class Shelf:
    """The artifacts of one namespace: of a chat's session, or of an execution. Immutable: adding makes a new one.

    It has no more than the newest `ARTIFACTS`.
    """

    artifacts: tuple[Artifact, ...] = ()
    """The artifacts, in the order in which they were made."""
    thumbnails: int = 0
    """How many thumbnails were made, those that are no longer kept included."""

    def with_thumbnails(self, facts: Sequence[Fact]) -> tuple[Shelf, tuple[str, ...]]:
        """Make a thumbnail of each image.

        Args:
            facts: What arrived.

        Returns:
            The fuller shelf, and the ids of the thumbnails in the order of the images. An image that came before, in
            this request or an earlier one, has the thumbnail of then, and its id is told once.
        """
        made = {artifact.source: artifact for artifact in self.artifacts}
        ids: dict[str, None] = {}
        count = self.thumbnails
        for fact in facts:
            if not isinstance(fact, ImageFact):
                continue
            if fact.sha256 not in made:
                taken = {artifact.id for artifact in made.values()}
                id_ = next(id_ for id_ in _ids(fact.sha256) if id_ not in taken)
                count += 1
                made[fact.sha256] = Artifact(id_, f"thumbnail-{count}.png", fact.thumbnail, fact.sha256)
            ids[made[fact.sha256].id] = None
        return Shelf(tuple(made.values())[-newest.ARTIFACTS :], count), tuple(ids)

    def with_artifacts(self, made: Mapping[str, bytes]) -> Shelf:
        """Add artifacts by their ids; one of the same id is replaced."""
        kept = [artifact for artifact in self.artifacts if artifact.id not in made]
        added = [Artifact(id_, id_, data, hashlib.sha256(data).hexdigest()) for id_, data in made.items()]
        return Shelf((*kept, *added)[-newest.ARTIFACTS :], self.thumbnails)

    def find(self, object_id: str | None, filename: str | None) -> Artifact:
        """Find an artifact by one of its names.

        Args:
            object_id: Its id, or `None`.
            filename: Its file name, or `None`.

        Returns:
            The artifact.

        Raises:
            RefusalError: 404, there is none.
        """
        for artifact in self.artifacts:
            if artifact.id == object_id or artifact.filename == filename:
                return artifact
        raise RefusalError(404, "Artifact not found.")

    def on_wire(self, namespace_id: str) -> dict[str, object]:
        """The shelf as the answer to `artifacts/list`."""
        items = [{"object_id": item.id, "filename": item.filename, "source": "store"} for item in self.artifacts]
        return {"namespace_id": namespace_id, "items": items}


def _ids(digest: str) -> Iterator[str]:
    """Ids that follow from a digest; the first is nearly always free."""
    while True:
        for start in range(0, len(digest) - 5, 6):
            yield f"img_{digest[start : start + 6]}"
        digest = hashlib.sha256(digest.encode()).hexdigest()
