"""What identifies an item: a digest of what is asked, and of the bytes that it is asked of."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from vlmrun._arguments.checks import encode
from vlmrun._arguments.urls import is_unicode
from vlmrun._lifetimes import waiting
from vlmrun.batch._sources import Given, Piece
from vlmrun.client.exceptions import MissingFileError

__all__ = ["KEY_BYTES", "Hashes", "fingerprint", "key_of"]

KEY_BYTES = 16
"""Bytes of a key: among a billion items, two have the same with a probability of 1e-21."""
_CHUNK = 1 << 20
_SETTLED_NS = 2_000_000_000
"""A file that changed within the last two seconds may change again without a new time of change."""


def fingerprint(asked: Mapping[str, JsonValue]) -> bytes:
    """What identifies a job: the prompt or domain, model, schema and options."""
    return hashlib.blake2b(encode(dict(sorted(asked.items()))), digest_size=KEY_BYTES).digest()


def key_of(job: bytes, item: Given, hash_of: Callable[[Piece], bytes]) -> bytes:
    """What identifies an item of a job.

    The name of a file does not count, only its bytes: a renamed file is the same item.

    Args:
        job: The fingerprint of the job.
        item: The item.
        hash_of: Hashes a file.
    """
    parts = [hash_of(piece) for piece in item.pieces]
    if item.problem is not None:
        parts.insert(0, b"problem\0")
    if item.prompt is not None:
        parts.insert(0, b"prompt\0" + hashlib.blake2b(item.prompt.encode("utf-8", "surrogatepass")).digest())
    return hashlib.blake2b(job + b"".join(parts), digest_size=KEY_BYTES).digest()


def unreadable_key(job: bytes, item: Given) -> bytes:
    """What identifies an item whose file cannot be read: its source."""
    text = item.source.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(job + b"unreadable\0" + text, digest_size=KEY_BYTES).digest()


@dataclass
class Hashes:
    """Hashes files, each once for a size and a time of change."""

    known: Callable[[str, int, int], bytes | None]
    """Finds the hash of a path with a size and a time of change."""
    found: list[tuple[str, int, int, bytes]] = field(default_factory=list[tuple[str, int, int, bytes]])
    """The new ones, which the caller remembers."""

    def of(self, piece: Piece) -> bytes:
        """The hash of a file.

        Raises:
            MissingFileError: There is no such file.
            OSError: It cannot be read.
        """
        if piece.kind == "path":
            return self._of_path(os.path.abspath(piece.name))
        if piece.kind == "bytes":
            return _hash(piece.data)
        return _hash(f"{piece.kind}\0{piece.name}".encode("utf-8", "surrogatepass"))

    def _of_path(self, path: str) -> bytes:
        try:
            found = os.stat(path)
        except (FileNotFoundError, NotADirectoryError, ValueError) as error:
            raise MissingFileError(f"No such file: {path}.", suggestion="check the path.") from error
        if not stat.S_ISREG(found.st_mode):
            raise MissingFileError(f"Not a file: {path}.", suggestion="pass the files of a folder one by one.")
        can_be_kept = is_unicode(path)  # in SQLite
        known = self.known(path, found.st_size, found.st_mtime_ns) if can_be_kept else None
        if known is not None:
            return known
        digest = hashlib.blake2b(digest_size=20)
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        if can_be_kept and waiting.time() * 1e9 - found.st_mtime_ns > _SETTLED_NS:
            self.found.append((path, found.st_size, found.st_mtime_ns, digest.digest()))
        return digest.digest()


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=20).digest()
