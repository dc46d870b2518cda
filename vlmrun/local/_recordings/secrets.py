"""What must not reach a file: the API key, and the queries of URLs, which may be signatures.

No list of names can be complete, so that every URL loses its query, its fragment and its credentials.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import cast

from vlmrun.local._wire.paths import STORAGE

__all__ = ["HERE", "Discretion", "at_any_depth"]

HERE = "http://recorded.invalid"
"""This server in a file, where its port is not known; no such host can exist (RFC 2606)."""

_REMOVED = "removed"

# What may follow a URL in a text ends it only where no URL could go on: the rest of a signature would stay behind.
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"<>`]+", re.IGNORECASE)
_CLOSING = ")]}.,;:!'\\*_|"
_PRIVATE = re.compile(r"[?#]|://[^/]*@")

_NAME = r"x-(?:amz|goog)-[\w-]+|[\w-]*(?:signature|token|secret|api_?key|access_?key(?:_?id)?)|sig|googleaccessid"
# The queries of relative URLs, and of URLs that are percent-encoded in another one.
_PARAMETER = re.compile(rf"((?:(?<![\w-])|(?<=%3F)|(?<=%26))(?:{_NAME}))(=|%3D)[^\s\"<>`&]+", re.IGNORECASE)
_SECRET_MEMBER = re.compile(
    r"authorization|(x[-_])?api[-_]?key|(access|refresh)[-_]?token|x-(amz|goog)-.+", re.IGNORECASE
)


def at_any_depth(value: object, change: Callable[[str], str]) -> object:
    """JSON with each text changed, names of members among them; the texts of secret members are removed."""
    # Casts: what comes from JSON is made of dicts and lists, and nothing narrower is known of them.
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [at_any_depth(item, change) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {
            change(name): _REMOVED
            if isinstance(item, str) and _SECRET_MEMBER.fullmatch(name)
            else at_any_depth(item, change)
            for name, item in cast("dict[str, object]", value).items()
        }
    return value


class Discretion:
    """Takes the secrets out of texts, and remembers the URLs that it replaced.

    Args:
        api_key: The key that must not be written.
        upstream: The URL of the server that is recorded, including `/v1`.
    """

    def __init__(self, api_key: str, upstream: str) -> None:
        self._api_key = api_key
        self._upstream = upstream
        self._urls: dict[str, str] = {}

    def asked(self, text: str) -> str:
        """A text of a request: URLs lose what is private, so that a new signature makes no other request."""
        return self._rest(_URL.sub(lambda found: _without_query(found[0]), text))

    def answered(self, text: str, *, is_private: bool = False) -> str:
        """A text of an answer: URLs that are private lead to this server, which knows where they led.

        Args:
            text: The text.
            is_private: Whether a text that is one URL is private also without a query: a path may be a secret, too.
        """

        def told(found: re.Match[str]) -> str:
            # What closes a sentence may end a URL that stands alone: a signature, or the token of a path.
            is_alone = found[0] == text.strip()
            url = found[0] if is_alone else found[0].rstrip(_CLOSING)
            if _PRIVATE.search(url) or (is_private and is_alone):
                shown = self.stored(url)
            elif url == self._upstream or url.startswith(f"{self._upstream}/"):
                shown = f"{HERE}/v1{url[len(self._upstream) :]}"
            else:
                shown = url
            return shown + found[0][len(url) :]

        return self._rest(_URL.sub(told, text))

    def stored(self, url: str) -> str:
        """The URL on this server that stands for another one."""
        token = _digest(url)[:24]
        self._urls[token] = url
        return f"{HERE}{STORAGE}{token}"

    def url_of(self, token: str) -> str | None:
        """The URL that was replaced; `None` if this server has not replaced it."""
        return self._urls.get(token)

    def without_key(self, data: bytes) -> bytes:
        """Bytes that are no text, without the key."""
        return data.replace(self._api_key.encode(), _REMOVED.encode()) if self._api_key else data

    def _rest(self, text: str) -> str:
        text = text.replace(self._api_key, _REMOVED) if self._api_key else text
        return _PARAMETER.sub(rf"\1\2{_REMOVED}", text)


def _without_query(found: str) -> str:
    """A URL without what is private; a digest tells queries apart that are no signatures, which change."""
    url = found.rstrip(_CLOSING)
    shown, mark, query = url.partition("?") if "?" in url else url.partition("#")
    scheme, _, rest = shown.partition("#")[0].partition("://")
    authority, slash, path = rest.partition("/")
    digest = f"?{_digest(query)[:16]}" if mark and not _PARAMETER.search(query) else ""
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}{digest}{found[len(url) :]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
