"""Pages of lists: read one page, or iterate over all items.

```python
page = client.files.list(limit=100)
page.data, len(page), page[0]  # the items of this page
for file in page: ...          # these items, then those of all further pages, fetched one page at a time
```

The API returns bare arrays that do not say whether more follows, and a server may return fewer items than requested. So
iterating ends with an empty page, or with a page whose items have all come before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, SupportsIndex, TypeAlias, TypeVar, overload

from vlmrun._arguments.checks import MAX_INT, require_int, type_name
from vlmrun._http.tables import table
from vlmrun.client.exceptions import InputError

__all__ = ["AsyncPage", "AsyncPages", "Page"]

T = TypeVar("T")

_MAX_LIMIT = 1000

_Id: TypeAlias = tuple[str, str | None]
_Ids: TypeAlias = frozenset[_Id]


@dataclass(frozen=True)
class _Window:
    """The part of a list to request."""

    skip: int
    limit: int

    def __post_init__(self) -> None:
        require_int("skip", self.skip, 0, MAX_INT, "pass the number of items to skip.")
        require_int("limit", self.limit, 1, _MAX_LIMIT, "iterate over the result to get them all.")

    def after(self, count: int) -> _Window | None:
        """The window after a page of `count` items; `None` if the page was empty."""
        return _Window(self.skip + count, self.limit) if count else None


def _require_callable(fetch: object) -> None:
    if not callable(fetch):
        raise InputError(f"fetch must be callable, not {type_name(fetch)}.", suggestion="pass a function.")


class _Items(Generic[T]):
    """The items of one page."""

    data: list[T]
    """The items of this page."""

    def __len__(self) -> int:
        return len(self.data)

    @overload
    def __getitem__(self, index: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> T | list[T]:
        return self.data[index]

    def __repr__(self) -> str:
        if not hasattr(self, "data"):  # a debugger may show one whose constructor raised
            return f"<{type(self).__name__} that was not made>"
        return f"<{type(self).__name__} of {len(self.data)}{_named(self.data)}>"

    def _repr_html_(self) -> str:
        """The items of this page as a table, in a notebook."""
        return table(self.data)


_MOST_NAMED = 3


def _named(items: Sequence[object]) -> str:
    """What is on a page, in short: the kind of the items, and the first ids."""
    if not items:
        return ""
    kind = type(items[0]).__name__
    ids: list[object] = [getattr(item, "id", None) for item in items[:_MOST_NAMED]]
    if not all(isinstance(one, str) for one in ids):
        return f" {kind}"
    more = ", ..." if len(items) > _MOST_NAMED else ""
    return f" {kind}: {', '.join(map(str, ids))}{more}"


def _news(items: list[T], seen: _Ids) -> list[T]:
    """The items that were on no page before. An item without an id is always new."""
    return [item for item in items if _id(item) not in seen]


def _ids(items: list[T]) -> _Ids:
    return frozenset(one for one in map(_id, items) if one is not None)


def _id(item: object) -> _Id | None:
    """An item's id, and its version: versions of a skill may share an id."""
    found, version = getattr(item, "id", None), getattr(item, "skill_version", None)
    return (found, version if isinstance(version, str) else None) if isinstance(found, str) else None


# Private names have two underscores: jedi and pyright would offer those with one.


class Page(_Items[T]):
    """One page of a list. Iterating continues with the following pages, each fetched when it is reached.

    `len(page)`, `page[0]` and `page[:3]` are about the items of this page.
    """

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
        self.__fetch = fetch
        self.data: list[T] = fetch(skip, limit)
        self.__following = window.after(len(self.data))
        self.__seen: _Ids = frozenset()

    def has_next_page(self) -> bool:
        """Whether there may be a page after this one: only an empty page is known to be the last."""
        return self.__following is not None

    def get_next_page(self) -> Page[T] | None:
        """Fetch the next page; `None` if this is the last one.

        Raises:
            APIError: The call failed.
        """
        following = self.__following
        if following is None:
            return None
        page = Page(self.__fetch, following.skip, following.limit)
        page.__seen = self.__seen | _ids(self.data)
        return page if _news(page.data, page.__seen) else None

    def __iter__(self) -> Iterator[T]:
        page: Page[T] | None = self
        while page is not None:
            yield from _news(page.data, page.__seen)  # noqa: SLF001  # of its own class
            page = page.get_next_page()


class AsyncPage(_Items[T]):
    """One page of a list; see `Page`. `async for` continues with the following pages."""

    def __init__(
        self, data: list[T], fetch: Callable[[int, int], Awaitable[list[T]]], following: tuple[int, int] | None
    ) -> None:
        """Created by `AsyncPages`; `following` is the skip and limit of the next page, if there may be one."""
        self.data: list[T] = data
        self.__fetch = fetch
        self.__following = following
        self.__seen: _Ids = frozenset()

    def has_next_page(self) -> bool:
        """Whether there may be a page after this one: only an empty page is known to be the last."""
        return self.__following is not None

    async def get_next_page(self) -> AsyncPage[T] | None:
        """Fetch the next page; see `Page.get_next_page`."""
        if self.__following is None:
            return None
        page = await AsyncPages(self.__fetch, *self.__following)
        page.__seen = self.__seen | _ids(self.data)  # noqa: SLF001  # of its own class
        return page if _news(page.data, page.__seen) else None  # noqa: SLF001  # of its own class

    __iter__: ClassVar[None] = None
    """A `for` without `async` is refused: by `__getitem__` it would end with the items of this page."""

    async def __aiter__(self) -> AsyncIterator[T]:
        page: AsyncPage[T] | None = self
        while page is not None:
            for item in _news(page.data, page.__seen):  # noqa: SLF001  # of its own class
                yield item
            page = await page.get_next_page()


class AsyncPages(Generic[T]):
    """A list that has not been fetched yet: `await` returns the first page, `async for` iterates over all items."""

    def __init__(self, fetch: Callable[[int, int], Awaitable[list[T]]], skip: int, limit: int) -> None:
        """Check the arguments, which are the same as for `Page`."""
        _require_callable(fetch)
        self.__fetch = fetch
        self.__window = _Window(skip, limit)

    def __await__(self) -> Generator[None, None, AsyncPage[T]]:
        return self.__first().__await__()

    async def __first(self) -> AsyncPage[T]:
        data = await self.__fetch(self.__window.skip, self.__window.limit)
        following = self.__window.after(len(data))
        return AsyncPage(data, self.__fetch, None if following is None else (following.skip, following.limit))

    async def __aiter__(self) -> AsyncIterator[T]:
        async for item in await self:
            yield item
