"""The jobs of a journal, opened again without the code that began them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any, NamedTuple

from pydantic import JsonValue

from vlmrun._resources.schema_models import model_of
from vlmrun.batch._batch import Batch
from vlmrun.client import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import InputError

__all__ = ["StoredJob", "jobs_of"]


class StoredJob(NamedTuple):
    """A job as the journal has it."""

    path: str
    """The journal."""
    number: int
    """Its number in the journal."""
    fingerprint: bytes
    """What identifies it."""
    about: str
    """What it asks of each item, as JSON."""

    @property
    def name(self) -> str:
        """Its prompt or its domain."""
        asked: Mapping[str, JsonValue] = json.loads(self.about)
        return str(asked.get("prompt") or asked.get("domain"))

    def reopened(self, client: VLMRun | AsyncVLMRun) -> Batch[object]:
        """The job, with the same items; outputs are instances of a class that is made of its schema."""
        asked: dict[str, Any] = json.loads(self.about)
        schema = asked.pop("schema")
        # The overloads of Batch are for those who know which arguments they have.
        make: Any = Batch
        model = None if schema is None else model_of(schema, "Answer")
        batch: Batch[object] = make(self.path, client=client, response_model=model, **asked)
        batch.is_the_same_as(self.fingerprint, self.about)
        return batch


def jobs_of(path: str) -> list[StoredJob]:
    """The jobs of a journal that have items.

    Raises:
        InputError: The file is no journal.
    """
    try:
        with closing(sqlite3.connect(path, timeout=60)) as connection:
            found = connection.execute(
                "SELECT id, fingerprint, about FROM jobs WHERE id IN (SELECT job FROM items) ORDER BY id"
            ).fetchall()
    except sqlite3.Error as error:
        raise InputError(
            f"{path} is not a journal of vlmrun.batch.", suggestion="pass the file that Batch has made."
        ) from error
    return [StoredJob(path, *row) for row in found]
