"""Values made when first asked for: one for all threads (`Once`), or one for each event loop (`OncePerLoop`).

A law is a function of the class; it is tried on ours, and on classes that are wrong on purpose.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import pytest
import trio

from support import broken
from support.broken import OnceLike, PerLoopLike
from vlmrun._lifetimes.once import Once, OncePerProcess
from vlmrun._lifetimes.per_loop import OncePerLoop

T = TypeVar("T")

THREADS = 64

# A class that a law is tried on; `Any`, as what it makes is up to the law.
OnceClass = Callable[[Callable[[], Any]], OnceLike[Any]]
PerLoopClass = Callable[[Callable[[], Any]], PerLoopLike[Any]]

# Once -----------------------------------------------------------------------------------------------------------------


def _in_threads(count: int, work: Callable[[], T]) -> list[T]:
    """What `work` returns in each of so many threads that start at once."""
    results: list[T] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        results.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == count
    return results


def racing_threads_get_one_value(once: OnceClass) -> None:
    """However many threads race, they get one and the same value, and it is made once."""
    made: list[object] = []
    second = threading.Event()

    def make() -> object:
        made.append(object())
        if len(made) > 1:
            second.set()
        # For another thread to come in as well: where nothing keeps it out it does, in its time.
        second.wait(0.1 if once is Once else 60)
        return made[-1]

    value = once(make)
    results = _in_threads(THREADS, value.get)
    assert len(made) == 1
    assert all(result is made[0] for result in results)


def asking_again_gives_the_same(once: OnceClass) -> None:
    """The value stays."""
    value = once(object)
    assert value.get() is value.get()


def failed_make_is_tried_again(once: OnceClass) -> None:
    """What making raises is raised, and the next who asks tries again."""
    attempts = iter([OSError("no"), OSError("no"), None])

    def make() -> str:
        error = next(attempts, None)
        if error is not None:
            raise error
        return "made"

    value = once(make)
    for _ in range(2):
        with pytest.raises(OSError, match="no"):
            value.get()
    assert value.get() == value.get() == "made"


def any_value_is_a_value(once: OnceClass) -> None:
    """`None` and what counts as false are values too, and are made once."""
    for false in (None, 0, "", ()):
        made: list[object] = []

        def make(false: object = false, made: list[object] = made) -> object:
            made.append(false)
            return false

        value = once(make)
        assert [value.get(), value.get()] == [false, false]
        assert made == [false]


def nothing_is_made_before_it_is_asked_for(once: OnceClass) -> None:
    """Making waits for `get`; `made` only looks."""
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    value = once(make)
    assert value.made() is None
    assert made == []
    assert value.get() is value.made() is made[0]


class OnceCase(NamedTuple):
    """A law of `Once`, and classes that must fail it."""

    law: Callable[[OnceClass], None]
    broken: tuple[OnceClass, ...]


ONCE = [
    OnceCase(racing_threads_get_one_value, (broken.OnceUnlocked, broken.OnceForgetful)),
    OnceCase(asking_again_gives_the_same, (broken.OnceForgetful,)),
    OnceCase(failed_make_is_tried_again, (broken.OnceSpoilt, broken.OnceJammed)),
    OnceCase(any_value_is_a_value, (broken.OnceTruthy, broken.OnceForgetful)),
    OnceCase(nothing_is_made_before_it_is_asked_for, (broken.OnceEager, broken.OncePeeking)),
]


@pytest.mark.parametrize("case", ONCE, ids=lambda case: str(case.law.__name__))
def test_once_law_holds(case: OnceCase) -> None:
    """Every law of `Once` holds."""
    case.law(Once)


@pytest.mark.parametrize(
    ("law", "once"),
    [pytest.param(case.law, once, id=f"{case.law.__name__}-{once.__name__}") for case in ONCE for once in case.broken],
)
def test_broken_once_fails_the_law(law: Callable[[OnceClass], None], once: OnceClass) -> None:
    """A class that is wrong fails the law that it breaks."""
    # A failure of `once` may come as the made-up error itself, where it should have been tried again.
    with pytest.raises((AssertionError, OSError)):
        law(once)


# OncePerProcess -------------------------------------------------------------------------------------------------------


class Closable:
    """Stands in for a pool of connections: knows how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


PerProcessClass = Callable[[Callable[[], Closable]], Any]


def a_process_gets_one_value(per_process: PerProcessClass) -> None:
    """Within a process the value stays."""
    value = per_process(Closable)
    assert value.get() is value.get()


def a_fork_gets_its_own(per_process: PerProcessClass) -> None:
    """After a fork there is another value, and the one of the parent is as it was."""
    value = per_process(Closable)
    parents = value.get()
    value.after_fork()
    assert value.get() is not parents
    value.close()
    del value
    gc.collect()
    assert not parents.closed


def closing_closes_what_there_is(per_process: PerProcessClass) -> None:
    """`close` makes nothing in order to close it."""
    made: list[Closable] = []

    def make() -> Closable:
        made.append(Closable())
        return made[-1]

    value = per_process(make)
    value.close()
    assert made == []
    value.get()
    value.close()
    assert made[0].closed


def letting_go_closes(per_process: PerProcessClass) -> None:
    """When nobody holds it any more the value is closed."""
    value = per_process(Closable)
    made = value.get()
    del value
    gc.collect()
    assert made.closed


class PerProcessCase(NamedTuple):
    """A law of `OncePerProcess`, and classes that must fail it."""

    law: Callable[[PerProcessClass], None]
    broken: tuple[PerProcessClass, ...]


PER_PROCESS = [
    PerProcessCase(a_process_gets_one_value, (broken.ForkedForgetful,)),
    PerProcessCase(a_fork_gets_its_own, (broken.ForkedSharing, broken.ForkedClosing)),
    PerProcessCase(closing_closes_what_there_is, (broken.ForkedEager,)),
    PerProcessCase(letting_go_closes, (broken.ForkedUnclosed,)),
]


@pytest.mark.parametrize("case", PER_PROCESS, ids=lambda case: str(case.law.__name__))
def test_per_process_law_holds(case: PerProcessCase) -> None:
    """Every law of `OncePerProcess` holds."""
    case.law(OncePerProcess)


@pytest.mark.parametrize(
    ("law", "per_process"),
    [
        pytest.param(case.law, per_process, id=f"{case.law.__name__}-{per_process.__name__}")
        for case in PER_PROCESS
        for per_process in case.broken
    ],
)
def test_broken_per_process_fails_the_law(law: Callable[[PerProcessClass], None], per_process: PerProcessClass) -> None:
    """A class that is wrong fails the law that it breaks."""
    with pytest.raises(AssertionError):
        law(per_process)


# OncePerLoop ----------------------------------------------------------------------------------------------------------


class Connection:
    """Stands in for a pool of connections: knows whether it was closed, and in which loop."""

    def __init__(self) -> None:
        self.opened_in = _current_loop()
        self.closed_in: object = None
        self.closed = 0

    async def aclose(self) -> None:
        self.closed += 1
        self.closed_in = _current_loop()


def _current_loop() -> object:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return trio.lowlevel.current_trio_token()


async def _let_others_run() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        await trio.sleep(0.001)
    else:
        await asyncio.sleep(0.001)


# `Any`, because the two libraries take coroutine functions of different types.
Run = Callable[[Callable[[], Awaitable[Any]]], Any]


def _asyncio(main: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await main()

    return asyncio.run(run())


def _trio(main: Callable[[], Awaitable[T]]) -> T:
    result: T = trio.run(main)
    return result


both_libraries = pytest.mark.parametrize("run", [_asyncio, _trio], ids=["asyncio", "trio"])


def one_loop_gets_one_value(per_loop: PerLoopClass, run: Run) -> None:
    """Within a loop the value stays."""
    value = per_loop(Connection)

    async def main() -> None:
        first = await value.get()
        assert await value.get() is first
        assert first.opened_in is _current_loop()

    run(main)


def racing_tasks_get_one_value(per_loop: PerLoopClass, run: Run) -> None:
    """However many tasks race, they get one and the same value."""
    value = per_loop(Connection)
    results: list[Connection] = []

    async def get() -> None:
        results.append(await value.get())

    async def main() -> None:
        if run is _asyncio:
            await asyncio.gather(*(get() for _ in range(THREADS)))
            return
        async with trio.open_nursery() as nursery:
            for _ in range(THREADS):
                nursery.start_soon(get)

    run(main)
    assert len(results) == THREADS
    assert len(set(map(id, results))) == 1


def each_loop_gets_its_own(per_loop: PerLoopClass, run: Run) -> None:
    """Another loop gets another value, made in that loop, one after another and in two threads at once."""
    value = per_loop(Connection)

    async def main() -> Connection:
        connection: Connection = await value.get()
        assert connection.opened_in is _current_loop()
        return connection

    first, second = run(main), run(main)
    assert first is not second
    in_threads = _in_threads(4, lambda: run(main))
    assert len({id(connection) for connection in (first, second, *in_threads)}) == 6


def shutdown_closes(per_loop: PerLoopClass, run: Run) -> None:
    """When its loop shuts down, a value is closed once, within that loop."""
    value = per_loop(Connection)

    async def main() -> Connection:
        connection: Connection = await value.get()
        assert not connection.closed
        return connection

    connection = run(main)
    assert connection.closed == 1
    assert connection.closed_in is connection.opened_in


def closed_values_are_forgotten(per_loop: PerLoopClass, run: Run) -> None:
    """Nothing is held of a loop that has shut down."""
    value = per_loop(Connection)

    async def main() -> Connection:
        connection: Connection = await value.get()
        return connection

    connection = weakref.ref(run(main))
    gc.collect()
    assert connection() is None
    assert callable(value.get)  # held until here, so that it is not what let go


def closing_closes_and_the_next_is_new(per_loop: PerLoopClass, run: Run) -> None:
    """`aclose` closes the value once; twice is fine, and who asks afterwards gets a new one."""
    value = per_loop(Connection)

    async def main() -> None:
        await value.aclose()  # nothing to close yet
        first = await value.get()
        await value.aclose()
        await value.aclose()
        assert first.closed == 1
        second = await value.get()
        assert second is not first
        assert not second.closed

    run(main)


def closing_leaves_other_loops_alone(per_loop: PerLoopClass, run: Run) -> None:
    """`aclose` closes what belongs to the running loop, and nothing of another."""
    value = per_loop(Connection)

    async def inner() -> None:
        await value.get()
        await value.aclose()

    async def main() -> None:
        mine = await value.get()
        thread = threading.Thread(target=lambda: run(inner))
        thread.start()
        thread.join()
        assert not mine.closed
        assert await value.get() is mine

    run(main)


def failed_make_leaves_nothing(per_loop: PerLoopClass, run: Run) -> None:
    """What making raises is raised, and the next who asks tries again."""
    attempts = iter([OSError("no"), None])

    def make() -> Connection:
        error = next(attempts, None)
        if error is not None:
            raise error
        return Connection()

    value = per_loop(make)

    async def main() -> None:
        with pytest.raises(OSError, match="no"):
            await value.get()
        assert await value.get() is await value.get()

    run(main)


def abandoned_loops_are_forgotten(per_loop: PerLoopClass, run: Run) -> None:
    """A loop that was closed without a shutdown has not closed its value; the next to ask lets go of it."""
    value = per_loop(Connection)

    async def get() -> Connection:
        connection: Connection = await value.get()
        return connection

    loop = asyncio.new_event_loop()
    abandoned = weakref.ref(loop.run_until_complete(get()))
    loop.close()
    run(get)
    del loop
    gc.collect()
    assert abandoned() is None
    assert callable(value.get)  # as above


def letting_go_closes_in_the_loop(per_loop: PerLoopClass, run: Run) -> None:
    """When nobody holds it any more, each value is closed, within its loop."""

    async def main() -> None:
        value = per_loop(Connection)
        connection: Connection = await value.get()
        del value
        gc.collect()
        for _ in range(10):
            await _let_others_run()
        assert connection.closed == 1
        assert connection.closed_in is connection.opened_in

    run(main)


class PerLoopCase(NamedTuple):
    """A law of `OncePerLoop`, and classes that must fail it."""

    law: Callable[[PerLoopClass, Run], None]
    broken: tuple[PerLoopClass, ...]


PER_LOOP = [
    PerLoopCase(one_loop_gets_one_value, (broken.PerCall,)),
    PerLoopCase(racing_tasks_get_one_value, (broken.PerCall, broken.PerLoopRacing)),
    PerLoopCase(each_loop_gets_its_own, (broken.PerProcess,)),
    PerLoopCase(shutdown_closes, (broken.PerLoopUnclosed, broken.PerProcess)),
    PerLoopCase(closed_values_are_forgotten, (broken.PerLoopUnclosed, broken.PerLoopHoarding)),
    PerLoopCase(closing_closes_and_the_next_is_new, (broken.PerLoopCloseless, broken.PerLoopReclosing)),
    PerLoopCase(closing_leaves_other_loops_alone, (broken.PerLoopClosingAll, broken.PerProcess)),
    PerLoopCase(letting_go_closes_in_the_loop, (broken.PerLoopUnclosed, broken.PerProcess)),
    PerLoopCase(failed_make_leaves_nothing, (broken.PerCall,)),
    PerLoopCase(abandoned_loops_are_forgotten, (broken.PerLoopUnclosed, broken.PerLoopHoarding)),
]


@both_libraries
@pytest.mark.parametrize("case", PER_LOOP, ids=lambda case: str(case.law.__name__))
def test_per_loop_law_holds(case: PerLoopCase, run: Run) -> None:
    """Every law of `OncePerLoop` holds, in asyncio and in trio."""
    case.law(OncePerLoop, run)


@pytest.mark.parametrize(
    ("law", "per_loop"),
    [
        pytest.param(case.law, per_loop, id=f"{case.law.__name__}-{per_loop.__name__}")
        for case in PER_LOOP
        for per_loop in case.broken
    ],
)
def test_broken_per_loop_fails_the_law(law: Callable[[PerLoopClass, Run], None], per_loop: PerLoopClass) -> None:
    """A class that is wrong fails the law that it breaks."""
    with pytest.raises(AssertionError):
        law(per_loop, _asyncio)


def test_loops_of_both_libraries_live_side_by_side() -> None:
    """A loop of asyncio and one of trio, in two threads, have a value each."""
    value = OncePerLoop(Connection)
    both = threading.Barrier(2)
    results: list[Connection] = []

    async def main() -> None:
        results.append(await value.get())
        both.wait()

    threads = [threading.Thread(target=run, args=(main,)) for run in (_asyncio, _trio)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(connection) for connection in results}) == 2
    assert [connection.closed for connection in results] == [1, 1]
