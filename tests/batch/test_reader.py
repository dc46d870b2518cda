"""Sources are read in one thread, as they are wanted, and what was read waits for nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from vlmrun.batch._reader import Reader
from vlmrun.batch._sources import Given, given


def item(source: object) -> Given:
    """An item of a job without columns."""
    return given(source, None, ())


def test_one_thread_reads_all_of_it() -> None:
    """A database that an iterator has opened may be used by no other thread; and no more is read than was taken."""
    threads: set[int] = set()
    read = 0

    def sources() -> Iterator[tuple[str, bytes]]:
        nonlocal read
        for read in count(1):
            threads.add(threading.get_ident())
            yield (f"{read}.txt", b"a")

    reader = Reader(sources(), item)
    taken = [len(reader.take() or ()) for _ in range(4)]
    reader.close()
    assert all(taken)
    assert sum(taken) <= read <= sum(taken) + 1
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_was_read_waits_for_nothing() -> None:
    """Not for an iterator that waits itself, as one of a queue does."""
    more = threading.Event()

    def sources() -> Iterator[str]:
        yield "a.txt"
        yield "b.txt"
        assert more.wait(60)
        yield "c.txt"

    reader = Reader(sources(), item)
    names: list[str] = []
    while len(names) < 2:
        names += [one.source for one in reader.take() or ()]
    assert names == ["a.txt", "b.txt"]
    more.set()
    assert [one.source for one in reader.take() or ()] == ["c.txt"]
    assert reader.take() is None


@pytest.mark.parametrize("failure", [ValueError("No."), KeyboardInterrupt()], ids=repr)
def test_what_was_read_before_a_failure_is_taken(failure: BaseException) -> None:
    """Then it is raised where it is taken."""

    def sources() -> Iterator[str]:
        yield "a.txt"
        raise failure

    reader = Reader(sources(), item)
    assert [one.source for one in reader.take() or ()] == ["a.txt"]
    with pytest.raises(type(failure)):
        reader.take()


def test_a_reader_that_is_closed_takes_no_more() -> None:
    """Whoever waits for it goes on."""
    more = threading.Event()

    def sources() -> Iterator[str]:
        assert more.wait(60)
        yield "a.txt"

    reader = Reader(sources(), item)
    taker = threading.Thread(target=reader.take)
    taker.start()
    reader.close()
    taker.join(60)
    assert not taker.is_alive()
    more.set()
