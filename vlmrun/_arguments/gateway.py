"""Where the gateway is. Pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping

from vlmrun._arguments.urls import InvalidURLError, normalize_base_url
from vlmrun.client.exceptions import ConfigurationError

__all__ = ["ANONYMOUS", "gateway_base_url", "gateway_root"]

ANONYMOUS = "vlmrun"
"""The key that stands for none: the gateway answers those who have no account, too."""

_DEFAULT = "https://gateway.vlm.run/v1"
_VARIABLES = ("VLMRUN_GATEWAY_BASE_URL", "VLMRUN_GATEWAY_URL")
"""The first of them that is set counts."""


def gateway_base_url(environ: Mapping[str, str]) -> str:
    """The base URL of the gateway, in normal form.

    Args:
        environ: Where the variables are looked up. An empty variable counts as unset.

    Raises:
        ConfigurationError: A variable has a URL that cannot be used.
    """
    name = next((name for name in _VARIABLES if environ.get(name)), None)
    if name is None:
        return _DEFAULT
    try:
        return normalize_base_url(environ[name])
    except InvalidURLError as error:
        # Not quoted: people paste URLs with a password inside.
        raise ConfigurationError(
            f"{name} cannot be used: {error}.", suggestion=f"pass a URL such as {_DEFAULT}."
        ) from None


def gateway_root(base_url: str) -> str:
    """Where the gateway says whether it is up: above the version of its API.

    Args:
        base_url: Its base URL, in normal form.
    """
    return base_url.removesuffix("/v1")
