"""Loopback addresses, and sockets bound to them."""

from __future__ import annotations

import errno
import os
import socket

from vlmrun.client.exceptions import InputError, NetworkError
from vlmrun.local._wire.loopback import loopback_address

__all__ = ["bind", "loopback"]


def loopback(host: str) -> str:
    """The address of a loopback host, or InputError."""
    address = loopback_address(host)
    if address is None:
        raise InputError(
            f"host must be a loopback address, and is {host!r}.",
            suggestion="127.0.0.1, another address in 127.0.0.0/8, ::1 or localhost",
            error_type="invalid_host",
        )
    return address


def bind(host: str, port: int) -> socket.socket:
    """A socket that has the port, so that nobody can take it before the server does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns off Nagle's algorithm on each accepted connection, which inherits it. A
    # second packet, such as a body after its headers, would otherwise wait 40 ms for a delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # A port that was just given up is free again. On Windows this option would share a port in use.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be bound: {error.strerror}"
        raise NetworkError(
            f"Port {port} of {host} {reason}.",
            suggestion="another port, or port 0 for a free one",
            error_type="port_unavailable",
        ) from error
    return listener
