"""The arguments of `LocalServer.record` and `LocalServer.replay`, checked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import httpx2

from vlmrun._arguments.config import DEFAULT_BASE_URL, configure, warn_of_clear_text
from vlmrun._arguments.connection_options import Verify
from vlmrun._arguments.urls import InvalidURLError, normalize_base_url
from vlmrun._http.opening import Opener, trusted
from vlmrun.client.exceptions import InputError
from vlmrun.local._recordings.exchange import recordings
from vlmrun.local._recordings.player import Player, load_all
from vlmrun.local._recordings.recorder import Recorder

__all__ = ["DEFAULT_UPSTREAM", "open_player", "open_recorder"]

DEFAULT_UPSTREAM = DEFAULT_BASE_URL
"""The platform."""

_OPENER = Opener(httpx2.create_ssl_context, httpx2.Proxy, httpx2.InvalidURL)


def open_recorder(to: str | os.PathLike[str], upstream: str, api_key: str | None, verify: Verify) -> Recorder:
    """The app that records.

    Args:
        to: The folder to write to; it may be missing.
        upstream: The base URL of the server to record.
        api_key: Its key, or `None` for that of the environment.
        verify: Which certificates to trust.

    Raises:
        InputError: The folder or the URL cannot be used.
        ConfigurationError: The key is missing, or it or `verify` cannot be used.
    """
    folder = _folder("to", to)
    if recordings(folder):
        raise InputError(
            f"to has recorded answers already: {folder}.",
            suggestion="delete them to record again, or use LocalServer.replay(...).",
            error_type="already_recorded",
        )
    base_url = _base_url(upstream)
    config = configure(
        api_key=api_key,
        base_url=base_url,
        timeout=None,
        max_retries=0,
        default_headers=None,
        environ=os.environ,
        verify=verify,
    )
    warn_of_clear_text(base_url)
    return Recorder(folder, base_url, config.api_key, trusted(config.connections, _OPENER))


def open_player(folder: str | os.PathLike[str]) -> Player:
    """The app that replays.

    Raises:
        InputError: There are no recorded answers in the folder, or one cannot be read.
    """
    return Player(load_all(_folder("folder", folder)))


def _folder(name: str, value: object) -> Path:
    text: object = os.fspath(cast("os.PathLike[str]", value)) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text or "\0" in text:
        raise InputError(f"{name} must be the path of a folder.", suggestion='pass a path such as "answers".')
    folder = Path(text)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{name} is a file, and must be a folder: {folder}.")
    return folder


def _base_url(value: object) -> str:
    if not isinstance(value, str):
        raise InputError("upstream must be a URL.", suggestion=f"pass a URL such as {DEFAULT_UPSTREAM}.")
    try:
        return normalize_base_url(value)
    except InvalidURLError as error:
        # Not quoted: pasted URLs may contain a password.
        raise InputError(
            f"upstream cannot be used: {error}.", suggestion=f"pass a URL such as {DEFAULT_UPSTREAM}."
        ) from None
