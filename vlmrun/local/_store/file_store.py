"""The files of one server: uploaded, promised to be uploaded, and found again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from vlmrun.local._store import newest
from vlmrun.local._store.disk import Blob, Disk
from vlmrun.local._store.files import Promise, StoredFile

__all__ = ["FileStore"]


class FileStore:
    """The newest files of one server, oldest first; any thread may call it."""

    def __init__(self) -> None:
        self.disk = Disk()
        """The folder that holds their bytes."""
        self._lock = threading.Lock()
        self._files: dict[str, StoredFile] = {}
        self._promises: dict[str, Promise] = {}
        self._shelved: dict[str, StoredFile] = {}

    def add(self, file: StoredFile) -> None:
        """Keep a file."""
        with self._lock:
            dropped = self._put(file)
        _give_up(file.blob for file in dropped)

    def shelve(self, file: StoredFile) -> None:
        """Keep a file that is found by its URL only."""
        with self._lock:
            self._shelved[file.token] = file
            # Their bytes stay: versions of a skill share them.
            newest.drop_oldest(self._shelved, newest.KEPT)

    def page(self, skip: int, limit: int) -> list[StoredFile]:
        """A page of files, newest first."""
        return self._newest_first()[skip : skip + limit]

    def by_id(self, id_: str) -> StoredFile | None:
        """The file of an id."""
        with self._lock:
            return self._files.get(id_)

    def by_md5(self, md5: str) -> StoredFile | None:
        """The newest file of these bytes."""
        return next((file for file in self._newest_first() if file.blob.md5 == md5), None)

    def by_token(self, token: str) -> StoredFile | None:
        """The file of a public URL."""
        with self._lock:
            shelved = self._shelved.get(token)
        return shelved or next((file for file in self._newest_first() if file.token == token), None)

    def remove(self, id_: str) -> StoredFile | None:
        """Forget a file, and give up its space.

        Returns:
            What it was, or `None` where there is no such file.
        """
        with self._lock:
            file = self._files.pop(id_, None)
        if file is not None:
            file.blob.remove()
        return file

    def promise(self, filename: str, purpose: str, expiration: int) -> Promise:
        """Make a place for a file that is to be uploaded."""
        promise = Promise(filename, purpose, expiration, time.monotonic() + expiration)
        with self._lock:
            self._promises[promise.id] = promise
            dropped = newest.drop_oldest(self._promises, newest.KEPT)
        _give_up(promise.blob for promise in dropped.values())
        return promise

    def promise_by_token(self, token: str) -> Promise | None:
        """The promise of an upload's URL, until it is redeemed."""
        with self._lock:
            return next((promise for promise in self._promises.values() if promise.token == token), None)

    def fulfil(self, promise: Promise, blob: Blob) -> bool:
        """Note what was uploaded; it takes the place of what was uploaded there before.

        Returns:
            Whether the promise still stood; where it was redeemed in the meantime, the bytes are given up.
        """
        with self._lock:
            before = self._promises.get(promise.id)
            if before is not None:
                self._promises[promise.id] = replace(before, blob=blob)
        superfluous = blob if before is None else before.blob
        if superfluous is not None:
            superfluous.remove()
        return before is not None

    def redeem(self, id_: str) -> StoredFile | Promise | None:
        """Turn a promise into a file, once it is uploaded; asking again gives the same file.

        Returns:
            The file, the promise where nothing is uploaded yet, or `None` where the id is unknown.
        """
        with self._lock:
            promise = self._promises.get(id_)
            if promise is None:
                return self._files.get(id_)
            if promise.blob is None:
                return promise
            del self._promises[id_]
            file = StoredFile(promise.filename, promise.purpose, promise.blob, id=id_, created_at=promise.created_at)
            dropped = self._put(file)
        _give_up(file.blob for file in dropped)
        return file

    def _put(self, file: StoredFile) -> Iterable[StoredFile]:
        """Keep a file, and return those that are no longer kept."""
        self._files[file.id] = file
        return newest.drop_oldest(self._files, newest.KEPT).values()

    def _newest_first(self) -> list[StoredFile]:
        with self._lock:
            return list(self._files.values())[::-1]


def _give_up(blobs: Iterable[Blob | None]) -> None:
    for blob in blobs:
        if blob is not None:
            blob.remove()
