"""Which addresses are public: those that a URL from a stranger may lead to.

The tables are written out: `ipaddress.is_global` changes with the release of Python, and accepts multicast.
See https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address

__all__ = ["is_public"]

_NOT_PUBLIC_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by the customers of a provider
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the platform below virtual machines of Azure
        "169.254.0.0/16",  # link-local, and the metadata of cloud machines
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]

_PUBLIC_6 = IPv6Network("2000::/3")
"""All that is assigned to the internet; beside it lie loopback, private, mapped, NAT64 and multicast addresses."""

_NOT_PUBLIC_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols; among them Teredo, which contains an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which contains an IPv4 address
        "3fff::/20",  # documentation
    )
]


def is_public(address: str) -> bool:
    """Whether an address, as `getaddrinfo` writes it, belongs to the public internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if found.version == 4:
        return not any(found in network for network in _NOT_PUBLIC_4)
    return found in _PUBLIC_6 and not any(found in network for network in _NOT_PUBLIC_6)
