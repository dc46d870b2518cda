"""What can be said of what arrived.

Each kind of fact can say itself in words (`describe`) and in data (`fields`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

__all__ = [
    "BytesFact",
    "Fact",
    "ImageFact",
    "KnownSkill",
    "PDFFact",
    "ReferenceFact",
    "TextFact",
    "ValuesFact",
    "plural",
]


def plural(count: int, noun: str) -> str:
    """A count in words: `1 file`, `1,000 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass(frozen=True)
class TextFact:
    """A text."""

    text: str

    @property
    def words(self) -> int:
        """How many words it has: what white space separates."""
        return len(self.text.split())

    def describe(self) -> str:
        """In words."""
        return f"text ({plural(self.words, 'word')})"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": "text", "words": self.words, "characters": len(self.text), "text": self.text}


@dataclass(frozen=True)
class ImageFact:
    """An image that was opened and decoded; sizes in pixels, `size` in bytes, `thumbnail` a PNG."""

    format: str
    mode: str
    width: int
    height: int
    frames: int
    size: int
    sha256: str
    thumbnail: bytes = field(repr=False)

    def describe(self) -> str:
        """In words."""
        frames = f"{plural(self.frames, 'frame')}, " if self.frames > 1 else ""
        return f"an image ({self.format}, {self.width}x{self.height}, {self.mode}, {frames}{plural(self.size, 'byte')})"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {
            "kind": "image",
            "format": self.format,
            "media_type": Image.MIME.get(self.format, f"image/{self.format.lower()}"),
            "mode": self.mode,
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "bytes": self.size,
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class PDFFact:
    """A PDF that was opened; the size of its first page in points, `size` in bytes."""

    pages: int
    width: float
    height: float
    text: str | None
    size: int
    sha256: str

    def describe(self) -> str:
        """In words."""
        return f"a PDF ({plural(self.pages, 'page')}, {self.width:.0f}x{self.height:.0f} pt)"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        fields: dict[str, object] = {
            "kind": "pdf",
            "format": "PDF",
            "media_type": "application/pdf",
            "pages": self.pages,
            "width": round(self.width),
            "height": round(self.height),
            "bytes": self.size,
            "sha256": self.sha256,
        }
        return fields if self.text is None else {**fields, "text": self.text}


@dataclass(frozen=True)
class BytesFact:
    """Bytes that are neither an image nor a PDF; they are measured and not opened."""

    kind: str
    """`video`, `audio` or `file`: what the part that held them says."""
    media_type: str
    """What their beginning speaks of, else what was declared."""
    size: int
    """How many."""
    sha256: str
    """Their digest, in hex."""

    def describe(self) -> str:
        """In words."""
        article = "an" if self.kind[0] in "aeiou" else "a"
        return f"{article} {self.kind} ({self.media_type}, {plural(self.size, 'byte')})"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": self.kind, "media_type": self.media_type, "bytes": self.size, "sha256": self.sha256}


@dataclass(frozen=True)
class ReferenceFact:
    """Something that is somewhere else, where this server does not look."""

    kind: str
    reference: str

    def describe(self) -> str:
        """In words."""
        return f"the URL of {self.kind} (not opened: this server opens data: URLs only)"

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": "url", "reference": self.reference, "opened": False}


@dataclass(frozen=True)
class ValuesFact:
    """Numbers, booleans and nulls among an agent's inputs."""

    count: int

    def describe(self) -> str:
        """In words."""
        return plural(self.count, "other JSON value")

    def fields(self) -> Mapping[str, object]:
        """In data."""
        return {"kind": "values", "count": self.count}


Fact = TextFact | ImageFact | PDFFact | BytesFact | ReferenceFact | ValuesFact
"""Any fact."""


@dataclass(frozen=True)
class KnownSkill:
    """What there is to say of a skill."""

    name: str
    """Its name, or its id where it is named by that."""
    version: str | None
    """The version that a reference asks for; `None` for a bundle."""
    files: tuple[str, ...] | None
    """The names of a bundle's files, sorted; `None` for a reference."""

    def describe(self) -> str:
        """In words."""
        if self.files is None:
            return f"I was referred to the skill {self.name}:{self.version}, which is not here"
        return f"I have the skill {self.name} ({plural(len(self.files), 'file')})"

    def fields(self) -> dict[str, object]:
        """In data."""
        return {"name": self.name, "version": self.version, "files": list(self.files or ())}
