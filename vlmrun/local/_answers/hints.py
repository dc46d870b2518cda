"""Which fact fits a property, by the property's name.

Source: the issue ("answers are computed from what it received"); the names are those that users give such properties.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vlmrun.local._media.facts import Fact, TextFact, ValuesFact

__all__ = ["Hints"]

# A property's name -> the field of a fact (`Fact.fields`) that fits it.
_FIELDS: Mapping[str, str] = {
    alias: field
    for field, aliases in {
        "kind": "kind type category",
        "format": "format file_format image_format",
        "media_type": "media_type mime_type mime content_type",
        "mode": "mode color_mode colour_mode",
        "width": "width width_px image_width page_width",
        "height": "height height_px image_height page_height",
        "frames": "frames frame_count num_frames",
        "pages": "pages page_count num_pages number_of_pages n_pages total_pages",
        "bytes": "bytes size byte_count num_bytes size_bytes size_in_bytes file_size length_bytes",
        "words": "words word_count num_words number_of_words",
        "characters": "characters character_count num_characters chars length",
        "text": "text content transcript transcription",
        "sha256": "sha256 hash digest checksum",
        "reference": "url uri reference",
    }.items()
    for alias in aliases.split()
}

# A property's name -> the kind of fact (`Fact.fields()["kind"]`) that it speaks of.
_KINDS: Mapping[str, str] = {
    alias: kind
    for kind, aliases in {
        "image": "image images photo photos picture pictures",
        "pdf": "pdf pdfs document documents doc docs",
        "video": "video videos",
        "audio": "audio audios recording recordings",
        "text": "text texts message messages",
        "": "file files attachment attachments input inputs received",
    }.items()
    for alias in aliases.split()
}

_PROMPTS = frozenset({"prompt", "question", "query", "instruction", "instructions"})
_SPOKEN = frozenset({"description", "summary", "caption", "answer", "response", "message", "result"})
_COUNTS = re.compile(r"(?:num_|n_|number_of_)(\w+)|(\w+)_count")


def _normal(name: str) -> str:
    """`pageCount`, `Page Count` and `page-count` are one name."""
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()


class Hints:
    """What is known when a schema is filled.

    Args:
        facts: What arrived, in order.
        spoken: The text answer.
    """

    def __init__(self, facts: Sequence[Fact], spoken: str) -> None:
        # The prompt stands last in a chat, after what the system says; of images and files the first is meant.
        texts = [fact for fact in facts if isinstance(fact, TextFact)]
        others = [fact for fact in facts if not isinstance(fact, TextFact | ValuesFact)]
        self._facts: list[Fact] = [*others, *reversed(texts)]
        self._in_order = [fact for fact in facts if not isinstance(fact, ValuesFact)]
        self._spoken = spoken

    def values(self, name: str) -> list[object]:
        """What may stand in the property `name`, the best first; empty where nothing is known."""
        name = _normal(name)
        field = _FIELDS.get(name)
        found = [] if field is None else [f[field] for f in (fact.fields() for fact in self._facts) if field in f]
        if name in _PROMPTS:
            found += [fact.text for fact in self._facts if isinstance(fact, TextFact)]
        if name in _SPOKEN:
            found.append(self._spoken)
        counted = _COUNTS.fullmatch(name)
        kind = _KINDS.get(counted[1] or counted[2]) if counted else None
        if kind is not None:
            found.append(len(self._of(kind)))
        return found

    def each(self, name: str) -> list[Hints]:
        """For the list `name`, such as `images`: the hints of each item; empty where the name says no kind."""
        kind = _KINDS.get(_normal(name))
        return [] if kind is None else [Hints([fact], fact.describe()) for fact in self._of(kind)]

    def within(self, name: str) -> Hints:
        """For the object `name`, such as `image`: the hints of that kind, or all where the name says no kind."""
        kind = _KINDS.get(_normal(name))
        found = [] if kind is None else self._of(kind)
        return Hints(found, self._spoken) if found else self

    def _of(self, kind: str) -> list[Fact]:
        """The facts of one kind in order; the kind "" is all that is not text."""
        return [f for f in self._in_order if (f.fields()["kind"] == kind if kind else not isinstance(f, TextFact))]
