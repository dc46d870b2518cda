"""Warnings for a key that crosses a network unencrypted, or goes to a server that is not verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlmrun._arguments.connection_options import ConnectionOptions

__all__ = ["warn_of_clear_text", "warn_of_no_verification"]


def warn_of_clear_text(base_url: str) -> None:
    """Warn at the caller's line if a base URL is `http:` and not on this machine."""
    if base_url.startswith("https:"):
        return
    import warnings  # not at the top: most clients need neither

    from vlmrun._arguments.urls import is_in_the_clear

    if is_in_the_clear(base_url):
        warnings.warn(
            f"The API key and all that is sent to {base_url} cross the network in the clear. Try: https.",
            UserWarning,
            stacklevel=3,
        )


def warn_of_no_verification(options: ConnectionOptions) -> None:
    """Warn at the caller's line if servers are not verified."""
    if options.verify is False:
        import warnings  # as above

        warnings.warn(
            "With verify=False anyone on the network can read the API key. Try: verify=, the path of your CA.",
            UserWarning,
            stacklevel=3,
        )
