"""Lists with `skip` and `limit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vlmrun._arguments.call_options import CallOptions
from vlmrun._http._async.transport import AsyncTransport
from vlmrun._http.call import Call
from vlmrun._http.pages import AsyncPages

__all__ = ["paged"]

T = TypeVar("T")


def paged(
    transport: AsyncTransport,
    path: tuple[str, ...],
    read: Callable[[bytes], list[T]],
    skip: int,
    limit: int,
    options: CallOptions,
) -> AsyncPages[T]:
    """The pages of a list.

    Args:
        transport: Makes the calls.
        path: The path segments of the list.
        read: Parses the body of a page.
        skip: Number of items to skip.
        limit: Number of items per page.
        options: The options of each call.
    """
    return AsyncPages(
        lambda skip, limit: transport.send(Call("GET", path, read, query={"skip": skip, "limit": limit}), options),
        skip,
        limit,
    )
