"""Downloads from URLs: bounded in size and in time, and from public addresses only, unless told otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from vlmrun._arguments.checks import require_str
from vlmrun._compat.images import image_of_file
from vlmrun._inputs.addresses import looks_like_url
from vlmrun._lifetimes.names import later
from vlmrun._resources.remote_files import MAX_BYTES, TIMEOUT, image_at, json_at, kept_from, within
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from PIL.Image import Image
    from pydantic import JsonValue
else:
    Image = later("PIL.Image", "Image")
    JsonValue = later("pydantic", "JsonValue")

__all__ = ["download_artifact", "download_image", "remote_image"]

_FORMATS = 'pass format="image", "json" or "file".'


def remote_image(
    url: str | os.PathLike[str],
    *,
    timeout: float | None = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    allow_private: bool = False,
) -> Image:
    """Open the image at a URL or in a file, upright and in RGB; what is transparent becomes white.

    Args:
        url: An http or https URL, or the path of a file.
        timeout: Seconds for the whole download, or `None` for no limit.
        max_bytes: How many bytes the download may have.
        allow_private: Whether the URL may lead to an address that is not public, or to a proxy of the environment.

    Raises:
        InputError: An argument is invalid, the file cannot be read, or the URL leads to an address that is not public.
        DependencyError: Pillow is missing.
        ResponseValidationError: The download is not an image, or too large.
        APIError: The download failed in another way.
    """
    if isinstance(url, str) and looks_like_url(url):
        return download_image(url, timeout=timeout, max_bytes=max_bytes, allow_private=allow_private)
    within(timeout, max_bytes, allow_private)
    return image_of_file("url", url)


def download_image(
    url: str, *, timeout: float | None = TIMEOUT, max_bytes: int = MAX_BYTES, allow_private: bool = False
) -> Image:
    """Download an image, upright and in RGB; what is transparent becomes white.

    Args:
        url: An http or https URL.
        timeout: Seconds for the whole download, or `None` for no limit.
        max_bytes: How many bytes the download may have.
        allow_private: Whether the URL may lead to an address that is not public, or to a proxy of the environment.

    Raises:
        InputError: An argument is invalid, or the URL leads to an address that is not public.
        DependencyError: Pillow is missing.
        ResponseValidationError: The download is not an image, or too large.
        APIError: The download failed in another way.
    """
    return image_at(url, within(timeout, max_bytes, allow_private))


@overload
def download_artifact(
    url: str,
    format: Literal["image"],
    *,
    folder: str | os.PathLike[str] | None = None,
    timeout: float | None = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    allow_private: bool = False,
) -> Image: ...
@overload
def download_artifact(
    url: str,
    format: Literal["json"],
    *,
    folder: str | os.PathLike[str] | None = None,
    timeout: float | None = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    allow_private: bool = False,
) -> JsonValue: ...
@overload
def download_artifact(
    url: str,
    format: Literal["file"],
    *,
    folder: str | os.PathLike[str] | None = None,
    timeout: float | None = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    allow_private: bool = False,
) -> Path: ...
def download_artifact(
    url: str,
    format: Literal["image", "json", "file"],
    *,
    folder: str | os.PathLike[str] | None = None,
    timeout: float | None = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    allow_private: bool = False,
) -> Image | JsonValue | Path:
    """Download what lies at a URL. Artifacts of chats and executions are downloaded with `client.artifacts`.

    Args:
        url: An http or https URL.
        format: `image` for a Pillow image in RGB, `json` for a JSON value, `file` for the path of a file.
        folder: The folder for a `file`, which must exist. By default it is written below `VLMRUN_CACHE_DIR`, or
            `~/.vlmrun/cache`, into a folder of this URL alone.
        timeout: Seconds for the whole download, or `None` for no limit.
        max_bytes: How many bytes the download may have.
        allow_private: Whether the URL may lead to an address that is not public, or to a proxy of the environment.

    Raises:
        InputError: An argument is invalid, or the URL leads to an address that is not public.
        DependencyError: Pillow is missing.
        ResponseValidationError: The download is not of this format, or too large.
        APIError: The download failed in another way.
    """
    limits = within(timeout, max_bytes, allow_private)
    require_str("format", format, _FORMATS)
    if format == "image":
        return image_at(url, limits)
    if format == "json":
        return json_at(url, limits)
    if format == "file":
        return kept_from(url, limits, folder)
    raise InputError("format must be image, json or file.", suggestion=_FORMATS)
