"""Where the gateway is. Pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from vlmrun._arguments.urls import InvalidURLError, join, normalize_base_url
from vlmrun.client.exceptions import ConfigurationError

__all__ = ["ANONYMOUS", "Gateway", "find_gateway", "gateway_root", "system_one_root"]

ANONYMOUS = "vlmrun"
"""The key that stands for none: the gateway answers those who have no account, too."""

_DOMAIN = "vlm.run"
_DEFAULT = "https://gateway.vlm.run/v1"
_VARIABLES = ("VLMRUN_GATEWAY_BASE_URL", "VLMRUN_GATEWAY_URL")
"""The first of them that is set counts."""


class Gateway(NamedTuple):
    """Where the gateway is."""

    base_url: str
    """Its base URL, in normal form."""
    named_by: str
    """The variable that names it, for errors."""


def find_gateway(environ: Mapping[str, str], base_url: str) -> Gateway:
    """Where the gateway of a client is.

    A client of another server has a key of that server, and perhaps headers with secrets. They go to VLM Run's gateway
    only if a variable says so.

    Args:
        environ: Where the variables are looked up. An empty variable counts as unset.
        base_url: The base URL of the client, in normal form.

    Raises:
        ConfigurationError: A variable has a URL that cannot be used, or none is set and the client is not VLM Run's.
    """
    name = next((name for name in _VARIABLES if environ.get(name)), None)
    if name is None:
        host = urlsplit(base_url).hostname or ""
        if host != _DOMAIN and not host.endswith(f".{_DOMAIN}"):
            raise ConfigurationError(
                f"The client is for {host}, so its API key is not sent to the gateway of VLM Run.",
                suggestion=f"set {_VARIABLES[0]} to the gateway to use, such as {_DEFAULT}.",
                error_type="unknown_gateway",
            )
        return Gateway(_DEFAULT, _VARIABLES[0])
    try:
        return Gateway(normalize_base_url(environ[name]), name)
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


def system_one_root(base_url: str) -> str:
    """Where System One is: beside the API of the gateway.

    Args:
        base_url: The base URL of the gateway, in normal form.
    """
    return join(gateway_root(base_url), "typesafe")
