"""Artifacts whose content is a URL as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vlmrun._inputs.artifact_ids import may_be_url
from vlmrun.client.exceptions import ResponseValidationError

if TYPE_CHECKING:
    from vlmrun._http.strangers import Limits

__all__ = ["limits", "read_url", "url_within"]

_MOST_BYTES = 4 << 30
"""What the URL of an artifact may lead to: a stranger's server may never stop sending."""


def limits(*, allow_private: bool) -> Limits:
    """The limits of a download from the URL of an artifact, or of a skill."""
    from vlmrun._http.strangers import Limits  # not at the top, because few artifacts are URLs

    return Limits(timeout=None, max_bytes=_MOST_BYTES, allow_private=allow_private)


def url_within(name: str, content: bytes) -> str | None:
    """The URL that the content of an artifact is, if artifacts of its kind may be URLs.

    Args:
        name: The artifact's id, or its name in the agent's workspace.
        content: The whole content, or nothing if it is too long for a URL.
    """
    return _url(content) if may_be_url(name) else None


def read_url(name: str, content: bytes) -> str:
    """The URL that the content of an artifact is.

    Raises:
        ResponseValidationError: It is none.
    """
    url = _url(content)
    if url is None:
        raise ResponseValidationError(
            f"Artifact {name} is not a URL.",
            http_status=200,
            suggestion="pass the object_id or filename of another one; client.artifacts.get(...) returns the bytes.",
        )
    return url


def _url(content: bytes) -> str | None:
    found = re.fullmatch(rb"\s*\"?(https?://[!-~]+?)\"?\s*", content, re.IGNORECASE)
    return found[1].decode("ascii") if found else None
