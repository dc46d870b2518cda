"""A warning for a key that is sent unencrypted."""

from __future__ import annotations

import warnings

__all__ = ["warn_of_clear_text"]


def warn_of_clear_text(base_url: str) -> None:
    """Warn, where the caller was called, if a base URL is `http:` and not on this machine."""
    if base_url.startswith("https:"):
        return
    from vlmrun._arguments.urls import is_in_the_clear  # not at the top: most clients do without

    if is_in_the_clear(base_url):
        warnings.warn(
            f"The API key and all that is sent to {base_url} cross the network in the clear. Try: https.",
            UserWarning,
            stacklevel=3,
        )
