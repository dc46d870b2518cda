"""The server's id for a request, which people quote when they ask for help."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["request_id_of"]


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The id in the headers of a response: System One has a header of its own."""
    return headers.get("x-request-id") or headers.get("x-typesafe-request-id")
