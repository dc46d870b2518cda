"""A job: each item ends in one state and is started at most once, whatever happens and whenever the process ends.

The server, the time and the end of the process are simulated; the job and its journal are real.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.broken import breaks
from support.simulated import SimulatedLoop, simulate
from vlmrun.batch._changes import Change
from vlmrun.batch._circuit import Circuit
from vlmrun.batch._commits import Commits
from vlmrun.batch._feed import Feed
from vlmrun.batch._gate import Gate
from vlmrun.batch._job import Job, Limits
from vlmrun.batch._journal import Entry, Journal, Kept
from vlmrun.batch._lock import Lock
from vlmrun.batch._pace import Pace
from vlmrun.batch._progress import Progress
from vlmrun.batch._results import BatchError
from vlmrun.batch._sources import Given
from vlmrun.batch._states import State
from vlmrun.batch._work import Answer, Prepared, Reply
from vlmrun.client.exceptions import (
    AuthenticationError,
    ClientError,
    InputError,
    NetworkError,
    RateLimitError,
    ResponseValidationError,
    ServerError,
    VLMRunError,
)

JOB = b"j" * 16


class Killed(BaseException):
    """The process ends."""


Event = Literal[
    "ok", "at once", "refused", "unavailable", "lost", "error", "failed", "poll lost", "poll refused", "poll broken"
]
EVENTS: Sequence[Event] = (
    "ok",
    "at once",
    "refused",
    "unavailable",
    "lost",
    "error",
    "failed",
    "poll lost",
    "poll refused",
    "poll broken",
)


@dataclass
class World:
    """The server, which outlives processes; it also says when a process ends."""

    events: list[Event]
    ends: list[int]
    """After how many steps each process ends; one that has no number goes on to its end."""
    begun: Counter[str] = field(default_factory=Counter[str])
    """How often the work of each item was begun."""
    works: dict[str, str] = field(default_factory=dict[str, str])
    """The item of each id."""
    steps_left: int | None = None
    is_dead: bool = False

    is_execution = True
    uploads = 0

    def step(self) -> None:
        """Something happens; the process may end before it."""
        if self.is_dead:
            raise Killed
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                self.is_dead = True
                raise Killed

    def event(self) -> Event:
        """What happens to the next request."""
        return self.events.pop() if self.events else "ok"

    async def prepare(self, item: Given) -> Prepared:
        self.step()
        return Prepared(item.source, [])

    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        del seconds
        self.step()
        await anyio.sleep(0.1)
        name, event = item.prompt or "", self.event()
        if event == "refused":
            raise RateLimitError("Too many.", http_status=429, headers={"retry-after": "3"})
        if event == "unavailable":
            raise ServerError("Not now.", http_status=503)
        self.begun[name] += 1
        self.step()  # the server has begun, and nobody here knows it
        if event == "lost":
            raise NetworkError("No answer.")
        if event == "error":
            raise ServerError("Broken.", http_status=500)
        remote = f"id-{len(self.works)}"
        self.works[remote] = name
        return Reply(remote, self._answer(name) if event == "at once" else None, {})

    async def look(self, id: str, seconds: float | None) -> Reply:
        del seconds
        self.step()
        await anyio.sleep(0.1)
        event = self.event()
        if event == "poll refused":
            raise RateLimitError("Too many.", http_status=429, headers={"retry-after": "1"})
        if event == "poll broken":
            raise ResponseValidationError("<html>", http_status=200)
        if event == "poll lost":
            raise NetworkError("No answer.")
        if event == "failed":
            return Reply(id, Answer("null", 1.0, BatchError("No.", kind="ExecutionFailedError")), {})
        return Reply(id, self._answer(self.works[id]) if event != "unavailable" else None, {})

    def _answer(self, name: str) -> Answer:
        return Answer(f'"answer of {name}"', 1.0)


class Mortal(Journal):
    """A journal of a process that may end before and after each commit."""

    world: World

    def __init__(self, path: str, fingerprint: bytes, about: str) -> None:
        super().__init__(path, fingerprint, about)
        self._connection.execute("PRAGMA synchronous = OFF")  # the machine goes on

    def apply(self, changes: Sequence[Change]) -> list[bool]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # what a job passes
        self.world.step()
        happened = super().apply(changes)
        self.world.step()
        return happened


class Example(NamedTuple):
    """What happens to a job."""

    items: int
    events: list[Event]
    ends: list[int]
    concurrency: int
    per_minute: float | None


examples = st.builds(
    Example,
    st.integers(1, 6),
    st.lists(st.sampled_from(EVENTS), max_size=20),
    st.lists(st.integers(0, 25), max_size=3),
    st.integers(1, 4),
    st.sampled_from([None, 60.0]),
)

Make = Callable[[Journal, World, Pace, Limits, SimulatedLoop], Job]


def ours(journal: Journal, world: World, pace: Pace, limits: Limits, loop: SimulatedLoop) -> Job:
    """A job as it is."""
    return Job(journal, world, pace, limits, clock=loop.time, now=loop.time)


def life(path: str, example: Example, world: World, make: Make, opens: type[Mortal]) -> None:
    """One process: it opens the journal, and does all that is left."""

    async def main(loop: SimulatedLoop) -> None:
        journal = opens(path, JOB, "{}")
        journal.world = world
        try:
            journal.recover()
            pace = Pace(Gate(example.per_minute), Circuit(), loop.time)
            job = make(journal, world, pace, Limits(example.concurrency, 60.0, 3, waits=True), loop)
            feed = Feed(journal, JOB, "Read it.", (), job.under_way, Progress(loop.time))
            # Each item comes twice.
            sources = [(f"item {n}", b"%d" % n) for n in [*range(example.items), *range(example.items)]]
            await job.run(feed.tasks(sources, waits=True))
        finally:
            journal.close()

    try:
        simulate(main)
    except BaseException:
        if not world.is_dead:
            raise


def holds(example: Example, make: Make = ours, opens: type[Mortal] = Mortal) -> None:
    """The law."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "job.db")
        world = World(list(reversed(example.events)), [])
        done: dict[bytes, str | None] = {}
        kept: list[Kept] = []
        for end in [*example.ends, None]:
            world.steps_left, world.is_dead = end, False
            life(path, example, world, make, opens)
            journal = Journal(path, JOB, "{}")
            kept = journal.kept(0, 1000, list(State))
            now_done = {item.key: item.answer for item in kept if item.state == State.DONE}
            journal.close()
            assert done.items() <= now_done.items()  # a restart changes nothing that is done
            done = now_done
        counted = Counter(State(item.state) for item in kept)
        assert sum(counted.values()) == example.items  # nothing is lost, and nothing is there twice
        assert counted.keys() <= {State.DONE, State.FAILED, State.INTERRUPTED}  # each has ended
        assert all(times == 1 for times in world.begun.values())  # nothing was started twice
        names = {item.source: State(item.state) for item in kept}
        assert all(names[name] is not State.PENDING for name in world.begun)
        for item in kept:
            if item.state == State.DONE:
                assert item.answer == f'"answer of {item.source}"'
                assert world.begun[item.source] == 1
            if item.state == State.INTERRUPTED:
                assert item.remote is None  # what has an id is waited for


@settings(max_examples=25)
@given(examples)
def test_nothing_is_lost_and_nothing_is_done_twice(example: Example) -> None:
    """Over schedules of answers, faults, refusals, ends of the process and restarts."""
    holds(example)


@pytest.mark.parametrize(
    ("per_minute", "events"),
    [(0.5, []), (None, ["refused"] * 60), (None, ["poll refused"] * 60)],
    ids=["rate", "refusals", "refused polls"],
)
def test_waiting_for_a_turn_takes_no_time_of_an_item(
    per_minute: float | None, events: list[Event], tmp_path: Path
) -> None:
    """Not at a rate of one's own, nor after refusals: its time runs from the request that starts it."""
    path = str(tmp_path / "job.db")
    life(path, Example(3, events, [], 3, per_minute), World(list(events), []), ours, Mortal)
    with closing(Journal(path, JOB, "{}")) as journal:
        assert journal.counts().done == 3


def test_polls_that_cannot_be_read(tmp_path: Path) -> None:
    """They are repeated; and what has an id is waited for by a retry, not started, and billed, again."""
    path = str(tmp_path / "job.db")
    world = World(["poll broken"] * 5, [])
    example = Example(1, [], [], 1, None)
    life(path, example, world, ours, Mortal)
    with closing(Journal(path, JOB, "{}")) as journal:
        assert journal.counts().failed == 1
        journal.ask_again(None, interrupted=False)
    life(path, example, world, ours, Mortal)
    with closing(Journal(path, JOB, "{}")) as journal:
        assert journal.counts().done == 1
    assert world.begun.total() == 1


class Late(Commits):
    """Broken: the journal learns that a request left when it is answered."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal, lambda _: None, 16)
        self._late: dict[int, Change] = {}

    async def write(self, change: Change) -> bool:
        if change.state is State.STARTED:
            self._late[change.n] = change
            return True
        self._catch_up(change.n)
        return await super().write(change)

    def note(self, change: Change) -> None:
        self._catch_up(change.n)
        super().note(change)

    def _catch_up(self, n: int) -> None:
        if (late := self._late.pop(n, None)) is not None:
            super().note(late)


def late(journal: Journal, world: World, pace: Pace, limits: Limits, loop: SimulatedLoop) -> Job:
    """A job that writes the journal after the request."""
    job = ours(journal, world, pace, limits, loop)
    job.commits = Late(journal)
    return job


class Forgetful(Mortal):
    """Broken: what was on its way is taken for not sent."""

    def recover(self) -> int:
        with self._transaction() as run:
            return run("UPDATE items SET state = 0 WHERE state = 1").rowcount


class Hopeful(Mortal):
    """Broken: what was on its way stays so."""

    def recover(self) -> int:
        return 0


CRASHES = st.builds(
    Example, st.integers(2, 4), st.just([]), st.lists(st.integers(2, 15), min_size=1), st.just(2), st.none()
)


@pytest.mark.parametrize(
    ("make", "opens"), [(late, Mortal), (ours, Forgetful), (ours, Hopeful)], ids=["late", "forgetful", "hopeful"]
)
def test_a_broken_job_is_noticed(make: Make, opens: type[Mortal]) -> None:
    """The journal after the request, and an end of the process that is not noted."""
    assert breaks(lambda example: holds(example, make, opens), CRASHES)


@dataclass
class Witness(World):
    """A server that looks at the journal when a request arrives."""

    path: str = ""
    answered: int = 0
    saved: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """How many answers there were, and how many of them were in the journal."""

    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        journal = Journal(self.path, JOB, "{}")
        counts = journal.counts()
        journal.close()
        self.saved.append((self.answered, counts.done + counts.failed))
        return self._counted(await super().start(item, seconds))

    async def look(self, id: str, seconds: float | None) -> Reply:
        return self._counted(await super().look(id, seconds))

    def _counted(self, reply: Reply) -> Reply:
        self.answered += reply.answer is not None
        return reply


def is_saved(events: Sequence[Event], make: Make = ours) -> None:
    """The law of answers, of a job that does one item after another."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "job.db")
        world = Witness(list(events), [], path=path)
        life(path, Example(3, [], [], 1, None), world, make, Mortal)
        assert world.saved == [(0, 0), (1, 1), (2, 2)]


ANSWERED: Sequence[Event] = ("ok", "at once", "failed")
ANSWERS = st.lists(st.sampled_from(ANSWERED), max_size=4)


@settings(max_examples=10)
@given(ANSWERS)
def test_an_answer_is_on_the_disk_before_the_next_item_begins(events: Sequence[Event]) -> None:
    """Nobody waits for it to get there, but the next request does."""
    is_saved(events)


class Slow(Commits):
    """Broken: answers are written at the end."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal, lambda _: None, 16)
        self._notes: list[Change] = []

    def note(self, change: Change) -> None:
        self._notes.append(change)

    def flush(self) -> None:
        for change in self._notes:
            super().note(change)
        super().flush()


def slow(journal: Journal, world: World, pace: Pace, limits: Limits, loop: SimulatedLoop) -> Job:
    """A job that writes answers at the end."""
    job = ours(journal, world, pace, limits, loop)
    job.commits = Slow(journal)
    return job


def test_an_answer_that_is_written_later_is_noticed() -> None:
    """Otherwise the law says nothing."""
    assert breaks(lambda events: is_saved(events, slow), ANSWERS)


def test_a_journal_that_cannot_be_written_ends_the_job(tmp_path: Path) -> None:
    """Also when it is an answer that is lost, which nobody waits for."""

    class Full(Mortal):
        def apply(self, changes: Sequence[Change]) -> list[bool]:  # type: ignore[override]  # what a job passes
            if any(change.state is State.DONE for change in changes):
                raise ClientError("The disk is full.")
            return super().apply(changes)

    with pytest.raises(ClientError, match="full"):
        life(str(tmp_path / "job.db"), Example(1, [], [], 1, None), World([], []), ours, Full)


def finds(order: Sequence[int], size: int, opens: type[Journal] = Journal) -> None:
    """The law of a second run: what is settled is found, in whatever order the sources come."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(opens(str(Path(folder) / "job.db"), JOB, "{}")) as journal,
    ):
        names = [b"%016d" % n for n in range(len(order))]
        numbers = journal.add([Entry(name, "bytes", "") for name in names])
        settled = {name for name in names if numbers[name] % 4}
        journal.apply([Change(numbers[name], State.STARTED) for name in settled])
        for begin in range(0, len(order), size):
            keys = {names[n] for n in order[begin : begin + size]} | {b"another         "}
            assert set(journal.settled(keys)) == keys & settled


ORDERS = st.one_of(st.just(list(range(12))), st.permutations(range(12)))


@settings(max_examples=20)
@given(ORDERS, st.integers(1, 5))
def test_what_is_settled_is_found_in_any_order(order: Sequence[int], size: int) -> None:
    """What is given in the order of before is found without a search."""
    finds(order, size)


class Trusting(Journal):
    """Broken: it takes what stands next for what is asked for."""

    def settled(self, keys: AbstractSet[bytes]) -> AbstractSet[bytes]:
        found = super().settled(keys)
        return keys if found else found


def test_a_journal_that_trusts_the_order_is_noticed() -> None:
    """Otherwise the law says nothing."""
    assert breaks(lambda order: finds(order, 3, Trusting), ORDERS)


# Locks ----------------------------------------------------------------------------------------------------------------


def test_one_job_at_a_time(tmp_path: Path) -> None:
    """A second one is refused, and the first one's end, however it comes, lets the next one in."""
    path = str(tmp_path / "job.db")
    with Lock(path), pytest.raises(InputError, match="another job is running"), Lock(path):
        pass
    with Lock(path):
        pass


def test_without_a_lock_work_is_lost(tmp_path: Path) -> None:
    """Why there is one: a second process takes what is on its way for interrupted."""
    journals = [Journal(str(tmp_path / "job.db"), JOB, "{}") for _ in range(2)]
    feed = Feed(journals[0], JOB, None, (), set(), Progress(lambda: 0.0))
    (task,) = feed.added([Given("bytes", "a")], set())
    assert journals[0].apply([Change(task.n, State.STARTED)]) == [True]
    assert journals[1].recover() == 1
    assert journals[0].apply([Change(task.n, State.DONE, answer="1")]) == [False]
    for journal in journals:
        journal.close()


# How a job ends -------------------------------------------------------------------------------------------------------


class Refusing(World):
    """A server that refuses the key after some requests."""

    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        if len(self.works) >= 2:
            raise AuthenticationError("Wrong key.", http_status=401)
        return await super().start(item, seconds)


class Broken(World):
    """A server that nothing reaches."""

    async def start(self, item: Prepared, seconds: float | None) -> Reply:
        del item, seconds
        self.begun["tries"] += 1
        raise ServerError("Not now.", http_status=503)


class Stuck(World):
    """A server that never ends."""

    async def look(self, id: str, seconds: float | None) -> Reply:
        del seconds
        return Reply(id, None, {})


def ended(path: Path, world: World, items: int, stop_after: float | None = None) -> tuple[VLMRunError | None, float]:
    """Run a job of items; its error, and how long it took."""
    found: list[VLMRunError] = []

    async def main(loop: SimulatedLoop) -> float:
        journal = Journal(str(path / "job.db"), JOB, "{}")
        job = ours(journal, world, Pace(Gate(), Circuit(), loop.time), Limits(5, 30.0, 3, waits=True), loop)
        feed = Feed(journal, JOB, None, (), job.under_way, Progress(loop.time))
        if stop_after is not None:
            loop.call_later(stop_after, job.stop)
        try:
            await job.run(feed.tasks([(f"item {n}", b"%d" % n) for n in range(items)], waits=True))
        except VLMRunError as error:
            found.append(error)
        journal.close()
        return loop.time()

    seconds = simulate(main)
    return (found[0] if found else None), seconds


def states(path: Path) -> Counter[State]:
    """How many items are in each state."""
    journal = Journal(str(path / "job.db"), JOB, "{}")
    kept = journal.kept(0, 10_000, list(State))
    journal.close()
    return Counter(State(item.state) for item in kept)


def test_a_refused_key_stops_the_job(tmp_path: Path) -> None:
    """At once, and with everything in the journal: what runs at the server is waited for by the next run."""
    error, _ = ended(tmp_path, Refusing([], []), 50)
    assert isinstance(error, AuthenticationError)
    found = states(tmp_path)
    assert found.keys() <= {State.PENDING, State.RUNNING, State.DONE}
    assert found[State.DONE] + found[State.RUNNING] < 10
    works = {f"id-{n}": f"item {n}" for n in range(9)}
    assert ended(tmp_path, World([], [], works=works), 50)[0] is None
    assert states(tmp_path) == {State.DONE: 50}


def test_nothing_goes_through(tmp_path: Path) -> None:
    """Few requests are made, no item is blamed, and the job ends."""
    world = Broken([], [])
    error, seconds = ended(tmp_path, world, 50)
    assert isinstance(error, ServerError)
    assert 600 <= seconds <= 800
    assert world.begun["tries"] < 60
    assert State.FAILED not in states(tmp_path)


def test_a_time_limit_for_each_item(tmp_path: Path) -> None:
    """What takes longer is a value, and a retry waits on for the same work."""
    world = Stuck([], [])
    error, seconds = ended(tmp_path, world, 3)
    assert error is None
    assert 30 <= seconds <= 40
    assert states(tmp_path) == {State.FAILED: 3}
    journal = Journal(str(tmp_path / "job.db"), JOB, "{}")
    journal.ask_again(None, interrupted=False)
    journal.close()
    assert states(tmp_path) == {State.RUNNING: 3}
    assert ended(tmp_path, World([], [], works=world.works), 3)[0] is None
    assert states(tmp_path) == {State.DONE: 3}
    assert all(times == 1 for times in world.begun.values())


def test_ctrl_c_once(tmp_path: Path) -> None:
    """No new items; those under way end."""
    error, _ = ended(tmp_path, World([], []), 500, stop_after=0.25)
    assert error is None
    found = states(tmp_path)
    assert found.keys() <= {State.DONE, State.PENDING}
    assert 5 <= found[State.DONE] <= 15


def test_an_iterator_that_fails(tmp_path: Path) -> None:
    """Its error is raised as it is, once what is under way has ended."""

    async def main(loop: SimulatedLoop) -> None:
        journal = Journal(str(tmp_path / "job.db"), JOB, "{}")
        job = ours(journal, World([], []), Pace(Gate(), Circuit(), loop.time), Limits(2, 30.0, 3, waits=True), loop)
        feed = Feed(journal, JOB, None, (), job.under_way, Progress(loop.time))

        def broken() -> Iterator[tuple[str, bytes]]:
            yield from ((f"item {n}", b"%d" % n) for n in range(20))
            raise LookupError("the table is gone")

        try:
            with pytest.raises(LookupError, match="the table is gone"):
                await job.run(feed.tasks(broken(), waits=True))
        finally:
            journal.close()

    simulate(main)
    found = states(tmp_path)
    assert found.keys() == {State.DONE, State.PENDING}
    assert found[State.DONE] >= 2
