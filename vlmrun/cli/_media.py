"""What an input on a command line is (image, video, audio, document), by its bytes or the end of its URL."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from vlmrun._inputs.media import HEAD_BYTES, by_name, kind_of, sniff
from vlmrun.cli._errors import UsageError

__all__ = ["Kind", "is_url", "kind_of_input"]

Kind = Literal["image", "video", "audio", "document"]


def is_url(source: str) -> bool:
    """Whether an input is a URL, which the server fetches."""
    return source.lower().startswith(("http://", "https://"))


def kind_of_input(source: str | bytes) -> Kind:
    """What an input is; what is not recognised counts as a document.

    Args:
        source: A path, a URL, or the bytes of stdin.

    Raises:
        UsageError: The file cannot be read.
    """
    if isinstance(source, bytes):
        media_type = sniff(source[:HEAD_BYTES])
    elif is_url(source):
        media_type = by_name(urlsplit(source).path.rpartition("/")[2])
    else:
        try:
            with Path(source).open("rb") as file:
                media_type = sniff(file.read(HEAD_BYTES)) or by_name(Path(source).name)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(f"Cannot read {source!r}: {reason}.", "check the path") from error
    return cast("Kind", kind_of(media_type or "") or "document")
