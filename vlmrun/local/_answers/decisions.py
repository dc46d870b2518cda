"""The answers of System One, and vectors: there is no model, so they say nothing about the input."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

__all__ = ["answer", "vector"]


def answer(kind: str, criteria: Sequence[str]) -> dict[str, object]:
    """The answer to a question: whatever can be chosen is as probable as the rest.

    Args:
        kind: `noul`, `choice` or `score`.
        criteria: The labels or levels to choose from.
    """
    return dict(_answered(kind, criteria))


def _answered(kind: str, criteria: Sequence[str]) -> Iterator[tuple[str, object]]:
    yield "type", kind
    if kind == "noul":
        yield "noul", 0.5
        return
    names = criteria if kind == "choice" else [str(level) for level in range(len(criteria))]
    if kind == "choice":
        yield "choice", names[0]
    else:
        yield "score", (len(names) - 1) / 2
        yield "legend", dict(zip(names, criteria, strict=True))
    yield "probabilities", dict.fromkeys(names, 1 / len(names))
    yield "confidence", 0.0


def vector(value: object, dimensions: int) -> list[float]:
    """A vector of numbers from -1 to 1; equal inputs have equal vectors."""
    seed = json.dumps(value, sort_keys=True).encode()
    digest = hashlib.shake_128(seed).digest(dimensions)
    return [byte / 127.5 - 1 for byte in digest]
