"""Pages of lists: read one page, or iterate over all items.

```python
page = client.files.list(limit=100)
page.data                 # the items of this page
for file in page: ...     # these items, then those of all further pages, fetched one page at a time
```

The API returns bare arrays, so a page that is shorter than requested is the last one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from vlmrun._arguments.checks import MAX_INT, require_int, type_name
from vlmrun.client.exceptions import InputError

__all__ = ["AsyncPage", "AsyncPages", "Page"]

T = TypeVar("T")

_MAX_LIMIT = 1000


@dataclass(frozen=True)
class _Window:
    """The part of a list to request."""

    skip: int
    limit: int

    def __post_init__(self) -> None:
        require_int("skip", self.skip, 0, MAX_INT, "pass how many to pass over.")
        require_int("limit", self.limit, 1, _MAX_LIMIT, "iterate over the result to get them all.")

    def after(self, count: int) -> _Window | None:
        """The window after a page of `count` items, or `None` if that page was the last."""
        return _Window(self.skip + count, self.limit) if count >= self.limit else None


def _require_callable(fetch: object) -> None:
    if not callable(fetch):
        raise InputError(f"fetch must be callable, not {type_name(fetch)}.", suggestion="pass a function.")


class Page(Generic[T]):
    """One page of a list. Iterating over it continues with the pages after it, each fetched when it is reached."""

    data: list[T]
    """The items of this page."""

    def __init__(self, fetch: Callable[[int, int], list[T]], skip: int, limit: int) -> None:
        """Fetch a page.

        Args:
            fetch: A function of `skip` and `limit` that returns that part of the list.
            skip: Number of items to skip.
            limit: Maximum number of items, 1 to 1000.

        Raises:
            InputError: `skip` or `limit` is out of range.
        """
        _require_callable(fetch)
        window = _Window(skip, limit)
        self._fetch = fetch
        self.data = fetch(skip, limit)
        self._following = window.after(len(self.data))

    def has_next_page(self) -> bool:
        """Whether there may be a page after this one."""
        return self._following is not None

    def get_next_page(self) -> Page[T] | None:
        """Fetch the next page; `None` if this is the last one.

        Raises:
            APIError: The call failed.
        """
        following = self._following
        return None if following is None else Page(self._fetch, following.skip, following.limit)

    def __iter__(self) -> Iterator[T]:
        page: Page[T] | None = self
        while page is not None:
            yield from page.data
            page = page.get_next_page()

    def __repr__(self) -> str:
        return f"<Page of {len(self.data)}>"


class AsyncPage(Generic[T]):
    """One page of a list; see `Page`. `async for` continues with the pages after it."""

    data: list[T]
    """The items of this page."""

    def __init__(
        self, data: list[T], fetch: Callable[[int, int], Awaitable[list[T]]], following: tuple[int, int] | None
    ) -> None:
        """Created by `AsyncPages`; `following` is the skip and limit of the next page, if there may be one."""
        self.data = data
        self._fetch = fetch
        self._following = following

    def has_next_page(self) -> bool:
        """Whether there may be a page after this one."""
        return self._following is not None

    async def get_next_page(self) -> AsyncPage[T] | None:
        """Fetch the next page; see `Page.get_next_page`."""
        return None if self._following is None else await AsyncPages(self._fetch, *self._following)

    async def __aiter__(self) -> AsyncIterator[T]:
        page: AsyncPage[T] | None = self
        while page is not None:
            for item in page.data:
                yield item
            page = await page.get_next_page()

    def __repr__(self) -> str:
        return f"<AsyncPage of {len(self.data)}>"


class AsyncPages(Generic[T]):
    """A list that has not been fetched yet: `await` returns the first page, `async for` iterates over all items."""

    def __init__(self, fetch: Callable[[int, int], Awaitable[list[T]]], skip: int, limit: int) -> None:
        """Check the arguments, which are the same as for `Page`."""
        _require_callable(fetch)
        self._fetch = fetch
        self._window = _Window(skip, limit)

    def __await__(self) -> Generator[None, None, AsyncPage[T]]:
        return self._first().__await__()

    async def _first(self) -> AsyncPage[T]:
        data = await self._fetch(self._window.skip, self._window.limit)
        following = self._window.after(len(data))
        return AsyncPage(data, self._fetch, None if following is None else (following.skip, following.limit))

    async def __aiter__(self) -> AsyncIterator[T]:
        async for item in await self:
            yield item
