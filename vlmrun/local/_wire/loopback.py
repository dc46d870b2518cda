"""Which hosts are this machine."""

from __future__ import annotations

import ipaddress

__all__ = ["loopback_address"]


def loopback_address(host: str) -> str | None:
    """The address of a loopback host, or `None` for any other host."""
    if host == "localhost":
        # Not resolved: a hosts file may say anything.
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if not address.is_loopback or "%" in host or getattr(address, "ipv4_mapped", None) is not None:
        return None
    return str(address)
