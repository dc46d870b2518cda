"""Why a connection failed, as far as the chained errors tell."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Literal, TypeAlias

import httpx2

__all__ = ["Cause", "cause_of", "certificate_problem"]

Cause: TypeAlias = Literal["certificate", "client certificate", "unknown host", "refused", "proxy credentials"]

# Not EAI_AGAIN, which is temporary. EAI_NODATA is a name without an address; some systems lack it.
_UNKNOWN = {getattr(socket, name, None) for name in ("EAI_NONAME", "EAI_NODATA")}

_NO_CERTIFICATE = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
"""What OpenSSL says where a server requires a client certificate; of TLS 1.2 it cannot tell."""

# What httpcore2 says where an HTTP or SOCKS proxy requires credentials, or refuses those that it was given.
_WANTS_CREDENTIALS = ("407", "Invalid username", "Requested NO AUTH")


def cause_of(error: BaseException) -> Cause | None:
    """Why the connection failed; `None` for other, possibly temporary causes."""
    for below in _chain(error):
        if isinstance(below, ssl.SSLCertVerificationError):
            return "certificate"
        if isinstance(below, ssl.SSLError) and _NO_CERTIFICATE in str(below):
            return "client certificate"
        if isinstance(below, socket.gaierror) and below.errno in _UNKNOWN:
            return "unknown host"
        if isinstance(below, ConnectionRefusedError):
            return "refused"
        if isinstance(below, httpx2.ProxyError) and str(below).startswith(_WANTS_CREDENTIALS):
            return "proxy credentials"
    return None


def certificate_problem(error: BaseException) -> str:
    """What is wrong with a certificate, in OpenSSL's words, such as `certificate has expired`."""
    found = (below.verify_message for below in _chain(error) if isinstance(below, ssl.SSLCertVerificationError))
    return next(found, "") or "it was not accepted"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and its chained causes. If a host has several addresses, each has an error of its own."""
    pending, seen = [error], set[int]()
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        several: object = getattr(one, "exceptions", ())  # an ExceptionGroup, which Python 3.10 lacks
        pending += [*(several if isinstance(several, tuple) else ()), _below(one)]


def _below(error: BaseException) -> BaseException | None:
    """The error that an error was raised from; httpcore2 raises its own `from None`. Other contexts are ignored."""
    return error.__cause__ or (error.__context__ if error.__suppress_context__ else None)
