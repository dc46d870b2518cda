"""Files from URLs that lead to any host: as images, as JSON and as files in a folder."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import MAX_INT, require_bool, require_int, require_str, type_name
from vlmrun._arguments.config import DEFAULT_BASE_URL, Configuration, wait_seconds
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs.addresses import check_http_url
from vlmrun._inputs.extras import missing
from vlmrun._resources.downloads import arriving, unusable
from vlmrun.client.exceptions import InputError, ResponseValidationError, VLMRunError

if TYPE_CHECKING:
    from PIL.Image import Image
    from pydantic import JsonValue

    from vlmrun._http.call import Sink
    from vlmrun._http.strangers import Limits
    from vlmrun._inputs.progress import OnProgress

__all__ = ["MAX_BYTES", "TIMEOUT", "image_at", "image_in", "json_at", "kept_from", "within"]

T = TypeVar("T")

MAX_BYTES: int = 256 * 1024 * 1024
"""How many bytes a download may have, unless more are allowed."""
TIMEOUT: float = 60.0
"""Seconds that a download may take as a whole, unless more are allowed."""

_RETRIES = 2


def within(timeout: object, max_bytes: object, allow_private: object) -> Limits:
    """The limits of a download, checked."""
    from vlmrun._http.strangers import Limits  # not at the top: importing the old paths must be fast

    require_int("max_bytes", max_bytes, 1, MAX_INT, "pass a number of bytes, such as 1_000_000_000.")
    require_bool("allow_private", allow_private)
    most = max_bytes if isinstance(max_bytes, int) else None
    return Limits(wait_seconds("timeout", timeout), most, allow_private is True)


def image_at(url: object, limits: Limits) -> Image:
    """The image at a URL, upright and in RGB."""
    return _read(url, limits, "an image", image_in)


def image_in(data: bytes) -> Image:
    """The image in a file, upright and in RGB; raises whatever decoders do."""
    try:
        from vlmrun._inputs.plain_images import in_rgb, loaded

        return in_rgb(loaded(data))
    except ImportError as error:
        raise missing("vlmrun.common", error) from error


def json_at(url: object, limits: Limits) -> JsonValue:
    """The JSON value at a URL."""
    return _read(url, limits, "JSON", _json)


def _json(data: bytes) -> JsonValue:
    value: JsonValue = json.loads(data)
    return value


def kept_from(
    url: object, limits: Limits, folder: str | os.PathLike[str] | None, on_progress: OnProgress | None = None
) -> Path:
    """Download a file into a folder.

    Args:
        url: The URL.
        limits: What the download may take.
        folder: The folder, which must exist; or `None` for one of the cache, of this URL alone.
        on_progress: Learns how much has arrived.
    """
    address = _checked(url)
    with arriving(_cache(address) if folder is None else folder, on_progress) as file:
        headers = _fetch(address, file, limits)
        return file.keep(re.split(r"[\\/]", unquote(urlsplit(address).path))[-1] or "download", headers)


def _cache(url: str) -> Path:
    """The folder of a URL: two URLs may end in the same name."""
    try:
        root = Path(os.environ.get("VLMRUN_CACHE_DIR") or Path.home() / ".vlmrun" / "cache")
        folder = root / "downloads" / hashlib.sha256(url.encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError) as error:  # without a home there is a RuntimeError
        if isinstance(error, OSError):
            raise unusable("of the cache", error) from error
        raise InputError("folder is required: this user has no home.", suggestion='pass folder=".".') from error
    return folder


class _Memory:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.data = io.BytesIO()

    def write(self, data: bytes) -> None:
        """Keep a chunk."""
        self.data.write(data)

    def clear(self) -> None:
        """Discard what was received."""
        self.data = io.BytesIO()

    def report(self, done: int, total: int | None) -> None:
        """Nobody asks."""


def _read(url: object, limits: Limits, what: str, read: Callable[[bytes], T]) -> T:
    address = _checked(url)
    memory = _Memory()
    _fetch(address, memory, limits)
    error: VLMRunError | None = None
    with discreet_errors():
        try:
            return read(memory.data.getvalue())
        except VLMRunError as known:
            error = known
        except Exception as unread:  # noqa: BLE001  # decoders raise many types, and quote what they read
            error = ResponseValidationError(
                f"What {urlsplit(address).hostname} sent cannot be read as {what} ({type_name(unread)}).",
                http_status=200,
                suggestion="check the URL: it may lead to a page that says what is wrong.",
            )
        raise error


def _checked(url: object) -> str:
    text = require_str("url", url, "pass a URL such as https://example.com/photo.jpg.").strip()
    check_http_url(text, "url")
    from httpx2 import URL, InvalidURL  # as above

    try:
        URL(text)
    except InvalidURL:  # which quotes it
        raise InputError("url is too long or malformed.", suggestion="pass a URL of another form.") from None
    return text


def _fetch(url: str, sink: Sink, limits: Limits) -> dict[str, str]:
    from vlmrun._http._sync.remote import fetch

    config = Configuration("", DEFAULT_BASE_URL, limits.timeout, _RETRIES, {})
    return dict(fetch(url, sink, limits, config, CallOptions()))
