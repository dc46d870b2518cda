"""The ids of artifacts, as agents write them."""

from __future__ import annotations

import re

__all__ = ["KINDS", "may_be_url", "without_suffix"]

KINDS = ("img", "vid", "aud", "doc", "recon", "arr", "url")
"""What ids begin with: images, videos, audio, documents, reconstructions, arrays and URLs."""

_WITH_SUFFIX = re.compile(rf"((?:{'|'.join(KINDS)})_\w{{6}})\.[\w.]+")


def without_suffix(object_id: str) -> str:
    """The id that the server knows: agents write `doc_a1b2c3.pdf` as well. Any other text is unchanged."""
    found = _WITH_SUFFIX.fullmatch(object_id)
    return found[1] if found else object_id


def may_be_url(object_id: str) -> bool:
    """Whether the content of an artifact may be a URL as text: of `url_`, and of some reconstructions."""
    return object_id.startswith(("url_", "recon_"))
