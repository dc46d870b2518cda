"""Lists that come in pages: iterating gives what there is, once and in order, with as few requests as will do.

A law is a function of an implementation and of an example. It is tried on ours, in both colours, over many examples,
and on implementations that are wrong on purpose, which must fail it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support.broken import breaks
from support.colours import Colour, both_colours
from support.wire import EXECUTION, FILE, Answer, Sent, fake_wire, json_answer
from vlmrun.client.exceptions import InputError, ServerError
from vlmrun.client.pages import AsyncPage, AsyncPages, Page
from vlmrun.client.types import FileResponse


class List(NamedTuple):
    """A list on a server that returns so many at most, and which part of it is asked for, by how many at a time."""

    total: int
    skip: int
    limit: int
    most: int = 1000


@dataclass
class Server:
    """Has a list, of which it returns so many items at most, and remembers what it was asked for."""

    total: int
    most: int = 1000
    asked: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def fetch(self, skip: int, limit: int) -> list[int]:
        """A part of the list."""
        self.asked.append((skip, limit))
        assert len(self.asked) <= self.total + 2, "this goes on for ever"
        return list(range(self.total))[skip : skip + min(limit, self.most)]

    async def async_fetch(self, skip: int, limit: int) -> list[int]:
        """The same, awaited."""
        await asyncio.sleep(0)
        return self.fetch(skip, limit)


Iterate = Callable[[Server, int, int], list[int]]
"""All that comes when somebody iterates."""


@st.composite
def full_pages(draw: st.DrawFn) -> List:
    """Lists that end where a page does."""
    limit = draw(st.integers(1, 12))
    return List(draw(st.integers(0, 4)) * limit, 0, limit)


def lists() -> SearchStrategy[List]:
    """Lists of all lengths."""
    most = st.integers(1, 70) | st.just(1000)
    return full_pages() | st.builds(List, st.integers(0, 60), st.integers(0, 70), st.integers(1, 70), most)


# The laws -------------------------------------------------------------------------------------------------------------


def every_item_comes_once_and_in_order(iterate: Iterate, example: List) -> None:
    """From the first that is not passed over to the last."""
    server = Server(example.total, example.most)
    assert iterate(server, example.skip, example.limit) == list(range(example.skip, example.total))


def an_empty_page_is_the_last(iterate: Iterate, example: List) -> None:
    """Each page is asked for once, where the one before ended. A page that is not full ends nothing."""
    server = Server(example.total, example.most)
    iterate(server, example.skip, example.limit)
    starts = list(range(example.skip, example.total, min(example.limit, example.most)))
    end = max(example.skip, example.total)
    assert server.asked == [(start, example.limit) for start in [*starts, end]]


# Ours -----------------------------------------------------------------------------------------------------------------


def ours(server: Server, skip: int, limit: int) -> list[int]:
    """Iterating over a page."""
    return list(Page(server.fetch, skip, limit))


def ours_awaited(server: Server, skip: int, limit: int) -> list[int]:
    """`async for` over a list that nobody has asked for."""

    async def main() -> list[int]:
        return [item async for item in AsyncPages(server.async_fetch, skip, limit)]

    return asyncio.run(main())


def ours_from_the_first_page(server: Server, skip: int, limit: int) -> list[int]:
    """`async for` over the first page, which was awaited."""

    async def main() -> list[int]:
        return [item async for item in await AsyncPages(server.async_fetch, skip, limit)]

    return asyncio.run(main())


def ours_page_by_page(server: Server, skip: int, limit: int) -> list[int]:
    """Asking for one page after the other."""
    items: list[int] = []
    page: Page[int] | None = Page(server.fetch, skip, limit)
    while page is not None:
        items += page.data
        following = page.get_next_page()
        assert page.has_next_page() or following is None
        page = following
    return items


def ours_page_by_page_awaited(server: Server, skip: int, limit: int) -> list[int]:
    """The same, awaited."""

    async def main() -> list[int]:
        items: list[int] = []
        page: AsyncPage[int] | None = await AsyncPages(server.async_fetch, skip, limit)
        while page is not None:
            items += page.data
            following = await page.get_next_page()
            assert page.has_next_page() or following is None
            page = following
        return items

    return asyncio.run(main())


OURS: tuple[Iterate, ...] = (
    ours,
    ours_awaited,
    ours_from_the_first_page,
    ours_page_by_page,
    ours_page_by_page_awaited,
)

# Those that are wrong -------------------------------------------------------------------------------------------------


def first_page_only(server: Server, skip: int, limit: int) -> list[int]:
    """Takes the page for the list."""
    return server.fetch(skip, limit)


def until_a_short_page(server: Server, skip: int, limit: int) -> list[int]:
    """Takes a page that is shorter than asked for for the last."""
    items: list[int] = []
    while True:
        page = server.fetch(skip + len(items), limit)
        items += page
        if len(page) < limit:
            return items


def until_less_than_one_page(server: Server, skip: int, limit: int) -> list[int]:
    """Takes a full page for the last."""
    items = server.fetch(skip, limit)
    while len(items) % limit:
        items += server.fetch(skip + len(items), limit)
    return items


def from_the_start(server: Server, skip: int, limit: int) -> list[int]:
    """Forgets what was to be passed over."""
    return ours(server, 0 if skip else skip, limit)


def by_page_number(server: Server, skip: int, limit: int) -> list[int]:
    """Passes over whole pages only."""
    return ours(server, skip // limit * limit, limit)


def overlapping(server: Server, skip: int, limit: int) -> list[int]:
    """Has the last item of each page again as the first of the next."""
    items = page = server.fetch(skip, limit)
    while len(page) >= limit > 1:
        skip += limit - 1
        page = server.fetch(skip, limit)
        items = items + page
    return items


def backwards(server: Server, skip: int, limit: int) -> list[int]:
    """Has all, in another order."""
    return ours(server, skip, limit)[::-1]


def standing_still(server: Server, skip: int, limit: int) -> list[int]:
    """Asks for the same page for ever."""
    items = page = server.fetch(skip, limit)
    while len(page) >= limit:
        page = server.fetch(skip, limit)
        items = items + page
    return items


def one_at_a_time(server: Server, skip: int, limit: int) -> list[int]:
    """Has all, with a request for each."""
    del limit
    return ours(server, skip, 1)


# The table ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A law, and implementations that must fail it."""

    law: Callable[[Iterate, List], None]
    broken: tuple[Iterate, ...]


CASES = [
    Case(
        every_item_comes_once_and_in_order,
        (
            first_page_only,
            until_a_short_page,
            until_less_than_one_page,
            from_the_start,
            by_page_number,
            overlapping,
            backwards,
            standing_still,
        ),
    ),
    Case(
        an_empty_page_is_the_last,
        (first_page_only, until_a_short_page, from_the_start, overlapping, standing_still, one_at_a_time),
    ),
]


@pytest.mark.parametrize("iterate", OURS, ids=lambda iterate: str(iterate.__name__))
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.law.__name__))
def test_law_holds(case: Case, iterate: Iterate) -> None:
    """Every law holds for pages of both colours, however they are gone through."""

    @given(lists())
    def holds(example: List) -> None:
        case.law(iterate, example)

    holds()


@pytest.mark.parametrize(
    ("case", "iterate"),
    [
        pytest.param(case, iterate, id=f"{case.law.__name__}-{iterate.__name__}")
        for case in CASES
        for iterate in case.broken
    ],
)
def test_broken_implementations_fail_the_law(case: Case, iterate: Iterate) -> None:
    """Implementations that are wrong fail the law that they break."""
    assert breaks(lambda example: case.law(iterate, example), lists())


# Examples -------------------------------------------------------------------------------------------------------------


def test_no_page_is_asked_for_before_it_is_reached() -> None:
    """Who stops early has asked for no more than they saw; who goes again asks again for what comes after."""
    server = Server(100)
    page = Page(server.fetch, 0, 10)
    assert (page.data, len(server.asked)) == (list(range(10)), 1)
    for item in page:
        if item == 9:
            break
    assert len(server.asked) == 1
    for item in page:
        if item == 10:
            break
    assert server.asked == [(0, 10), (10, 10)]


def test_no_page_is_asked_for_before_it_is_awaited() -> None:
    """Naming a list asks for nothing; `await` asks for one page, and does so each time."""

    async def main() -> None:
        server = Server(100)
        pages = AsyncPages(server.async_fetch, 0, 10)
        assert server.asked == []
        first = await pages
        assert (first.data, server.asked) == (list(range(10)), [(0, 10)])
        assert (await pages).data == first.data
        async for item in pages:
            if item == 9:
                break
        assert server.asked == [(0, 10)] * 3

    asyncio.run(main())


def test_a_page_does_not_show_its_items() -> None:
    """A `repr` says how many there are and of which kind, and not what is in them."""
    assert repr(Page(Server(3).fetch, 0, 10)) == "<Page of 3 int>"

    async def main() -> str:
        return repr(await AsyncPages(Server(3).async_fetch, 0, 10))

    assert asyncio.run(main()) == "<AsyncPage of 3 int>"


def test_more_than_was_asked_for_is_no_surprise() -> None:
    """A server that takes no heed of `limit` gives all at once: nothing comes twice."""
    asked: list[int] = []

    def fetch(skip: int, limit: int) -> list[int]:
        del limit
        asked.append(skip)
        return list(range(25))[skip:]

    assert list(Page(fetch, 0, 10)) == list(range(25))
    assert asked == [0, 25]


class Item(NamedTuple):
    """Something with an id."""

    id: str


def _items(*numbers: int) -> list[Item]:
    return [Item(str(number)) for number in numbers]


def _everything(answers: dict[int, list[Item]], asked: list[int]) -> list[list[Item]]:
    """What both colours make of a server that gives these answers, by how many it is to pass over."""

    def fetch(skip: int, limit: int) -> list[Item]:
        del limit
        asked.append(skip)
        return answers[skip]

    async def async_fetch(skip: int, limit: int) -> list[Item]:
        return fetch(skip, limit)

    async def main() -> list[Item]:
        return [item async for item in AsyncPages(async_fetch, 0, 3)]

    return [list(Page(fetch, 0, 3)), asyncio.run(main())]


def test_a_server_that_ignores_skip_is_asked_twice() -> None:
    """The same ids again end the list, which would never end otherwise."""
    asked: list[int] = []
    all_of_them = _items(1, 2, 3)
    assert _everything({0: all_of_them, 3: all_of_them}, asked) == [all_of_them] * 2
    assert asked == [0, 3] * 2


def test_an_item_that_was_seen_comes_once() -> None:
    """What has moved to the next page while the list was read, because of a new item, is not given again."""
    pages = {0: _items(1, 2, 3), 3: _items(3, 4, 5), 6: _items(6), 7: []}
    assert _everything(pages, []) == [_items(1, 2, 3, 4, 5, 6)] * 2


def test_a_page_is_a_sequence_of_its_own_items() -> None:
    """`len`, an index and a slice are about one page, and ask for nothing."""

    async def main() -> AsyncPage[int]:
        return await AsyncPages(server.async_fetch, 0, 10)

    server = Server(25)
    for page in (Page(server.fetch, 0, 10), asyncio.run(main())):
        server.asked.clear()
        assert (len(page), page[0], page[-1], page[2:4]) == (10, 0, 9, [2, 3])
        with pytest.raises(IndexError):
            _ = page[10]
        assert server.asked == []


def test_an_async_page_is_no_iterable() -> None:
    """A `for` without `async` is refused, and does not stop at the end of the page."""

    async def main() -> AsyncPage[int]:
        return await AsyncPages(Server(25).async_fetch, 0, 10)

    with pytest.raises(TypeError, match="not iterable"):
        list(asyncio.run(main()))  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]


def test_a_page_is_a_table_in_a_notebook() -> None:
    """With the fields that have names, and without what `repr` hides."""

    def fetch(skip: int, limit: int) -> list[FileResponse]:
        del skip, limit
        return [FileResponse(id="f-1", filename="<a>.pdf", public_url="https://s.test/?signed")]

    html = Page(fetch, 0, 1)._repr_html_()  # pyright: ignore[reportPrivateUsage]  # IPython calls it
    assert html.startswith("<table><thead><tr><th>id</th><th>filename</th>")
    assert "<td>f-1</td><td>&lt;a&gt;.pdf</td>" in html
    assert "signed" not in html
    assert "<td>0</td>" in Page(Server(1).fetch, 0, 1)._repr_html_()  # pyright: ignore[reportPrivateUsage]  # as above


BAD_WINDOWS: list[tuple[Any, Any]] = [
    (-1, 10),
    (True, 10),
    (None, 10),
    ("0", 10),
    (0.0, 10),
    (0, 0),
    (0, -1),
    (0, 1001),
    (0, True),
    (0, None),
    (0, 10.0),
    (0, "10"),
]


@pytest.mark.parametrize(("skip", "limit"), BAD_WINDOWS)
def test_a_window_out_of_range_is_refused(skip: Any, limit: Any) -> None:
    """At once, also where there is something to await, and nothing is asked for."""
    server = Server(10)
    with pytest.raises(InputError) as caught:
        Page(server.fetch, skip, limit)
    assert caught.value.suggestion
    with pytest.raises(InputError):
        AsyncPages(server.async_fetch, skip, limit)
    assert server.asked == []


@pytest.mark.parametrize(("skip", "limit"), [(0, 1), (0, 1000), (10**12, 10)])
def test_the_ends_of_the_range_are_in_it(skip: int, limit: int) -> None:
    """1 and 1000 are limits, and anything from 0 may be passed over."""
    server = Server(0)
    assert Page(server.fetch, skip, limit).data == []
    assert server.asked == [(skip, limit)]


# Over the wire --------------------------------------------------------------------------------------------------------


def _serving(total: int, broken_at: int | None = None) -> Callable[[Sent], Answer]:
    """A server with so many files, and as many executions."""

    def answer(sent: Sent) -> Answer:
        query = dict(pair.split("=") for pair in sent.url.partition("?")[2].split("&"))
        skip, limit = int(query["skip"]), int(query["limit"])
        if skip == broken_at:
            return Answer(500)
        one = FILE if sent.path.endswith("/files") else EXECUTION
        return json_answer([{**one, "id": str(number)} for number in range(total)[skip : skip + limit]])

    return answer


async def _all(pages: Any) -> list[str]:
    return [item.id async for item in pages]


def _ids(colour: Colour, resource: str) -> list[str]:
    def use(client: Any) -> Any:
        pages = getattr(client, resource).list(limit=10, skip=3)
        return _all(pages) if colour.is_async else [item.id for item in pages]

    ids: list[str] = colour.run(use)
    return ids


@both_colours
@pytest.mark.parametrize("resource", ["files", "executions"])
def test_all_of_a_resource(colour: Colour, resource: str) -> None:
    """`for` and `async for` over `list()` give all, a page at a time."""
    with fake_wire(_serving(25)) as sent:
        assert _ids(colour, resource) == [str(number) for number in range(3, 25)]
    assert [request.url.partition("?")[2] for request in sent] == [
        "skip=3&limit=10",
        "skip=13&limit=10",
        "skip=23&limit=10",
        "skip=25&limit=10",
    ]


@both_colours
@pytest.mark.parametrize("resource", ["files", "executions"])
def test_a_page_that_fails_is_raised_where_it_is_reached(colour: Colour, resource: str) -> None:
    """A failure on the way is no end of the list."""
    with fake_wire(_serving(25, broken_at=13)) as sent, pytest.raises(ServerError):
        _ids(colour, resource)
    assert len(sent) == 2
