"""A job: workers that take items through the states of the journal. It knows no network, and its clock is passed in."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Literal, cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from vlmrun.batch._changes import Change
from vlmrun.batch._commits import Commits
from vlmrun.batch._failures import as_batch_error, judge, retry_after, too_late
from vlmrun.batch._journal import Journal
from vlmrun.batch._pace import Pace
from vlmrun.batch._results import BatchError
from vlmrun.batch._sources import Given
from vlmrun.batch._states import State
from vlmrun.batch._work import Answer, Prepared, Work
from vlmrun.client.exceptions import APIError, RateLimitError, ResponseValidationError, VLMRunError

__all__ = ["Job", "Limits", "Task"]

_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 30.0
_FIRST_POLL = 0.1
_LONGEST_POLL = 5.0
_SHORTEST_LOOK = 1.0
"""Seconds for a poll, however little time is left for the item: the last one should find what is done."""
_LEAST_COMMITTED = 16
"""How many changes a commit may make, however few items are under way."""


@dataclass(frozen=True)
class Task:
    """One item to do."""

    n: int
    """Its number in the journal."""
    given: Given | None
    """What it is made of; `None` if it only has to be waited for."""
    remote: str | None = None
    """The id of its execution or prediction, if it is running."""


@dataclass(frozen=True)
class Limits:
    """How a job works."""

    concurrency: int
    """The greatest number of items under way."""
    seconds: float | None
    """How long an item may take, from the request that starts its work."""
    retries: int
    """How often an item is tried again after failures that may pass."""
    waits: bool
    """Whether to wait for what the server works on."""


class Job:
    """Does the items of a feed.

    Args:
        journal: Where everything is written before it happens, or as soon as it is known.
        work: Asks the server.
        pace: The turns of requests.
        limits: How many items at a time, and how long each may take.
        clock: The time, for durations.
        now: The time, for dates.
        observe: Called with the state that an item came to.
    """

    def __init__(
        self,
        journal: Journal,
        work: Work,
        pace: Pace,
        limits: Limits,
        *,
        clock: Callable[[], float],
        now: Callable[[], float],
        observe: Callable[[State, float | None], None] | None = None,
    ) -> None:
        self._journal = journal
        self._work = work
        self._pace = pace
        self._limits = limits
        self._clock = clock
        self._now = now
        self._observe = observe or _unobserved
        self.commits = Commits(journal, self._written, max(limits.concurrency // 3, _LEAST_COMMITTED))
        """Writes the journal."""
        self._scope = anyio.CancelScope()
        self._error: Exception | None = None
        self.under_way: set[int] = set()
        """The numbers of the items that were taken from the feed and have not ended."""

    async def run(self, feed: AsyncIterator[Sequence[Task]]) -> None:
        """Do all items of a feed.

        Raises:
            Exception: What the feed raised, once the items under way have ended.
            VLMRunError: The job cannot go on: the key is refused, there are no credits, or nothing goes through.
        """
        failure: BaseException | None = None
        try:
            with self._scope:
                await self._do_all(feed)
        except BaseException as error:  # noqa: BLE001  # raised below, out of the group that task groups make of it
            failure = _first(error)
        with nullcontext() if failure is None else suppress(VLMRunError):
            self.commits.flush()
        if failure is not None:
            raise failure
        if self._error is not None:
            raise self._error

    async def _do_all(self, feed: AsyncIterator[Sequence[Task]]) -> None:
        send, receive = anyio.create_memory_object_stream[Task](0)
        async with anyio.create_task_group() as writing:
            writing.start_soon(self.commits.run)
            async with receive, anyio.create_task_group() as working:
                for _ in range(self._limits.concurrency):
                    working.start_soon(self._take, receive.clone())
                async with send, anyio.create_task_group() as feeding:
                    feeding.start_soon(self._end_when_stopped, feeding.cancel_scope)
                    try:
                        await self._feed(feed, send)
                    except Exception as error:  # noqa: BLE001  # of the user's iterator: what is under way ends first
                        self._error = error
                        self.stop()
                    feeding.cancel_scope.cancel()
            writing.cancel_scope.cancel()

    async def _feed(self, feed: AsyncIterator[Sequence[Task]], send: MemoryObjectSendStream[Task]) -> None:
        async for tasks in feed:
            for task in tasks:
                self.under_way.add(task.n)
                try:
                    send.send_nowait(task)  # while somebody waits for it, without a turn of the loop
                except anyio.WouldBlock:
                    await send.send(task)

    @property
    def amount_under_way(self) -> int:
        """How many items are under way; of those that were taken from the feed, the last may wait for a place."""
        return min(len(self.under_way), self._limits.concurrency)

    def stop(self) -> None:
        """Begin no new items. Those under way go on to their end."""
        self._pace.stopping.set()

    def abort(self) -> None:
        """End at once. What is on its way is noted as interrupted when the journal is opened again."""
        self._scope.cancel()

    def halt(self, error: VLMRunError | None = None) -> None:
        """Send nothing more: what is on its way ends, and what the server works on is left to the next run."""
        self._error = self._error or error
        self._pace.stopping.set()
        self._pace.halted.set()

    async def _end_when_stopped(self, scope: anyio.CancelScope) -> None:
        await self._pace.stopping.wait()
        scope.cancel()

    async def _take(self, tasks: MemoryObjectReceiveStream[Task]) -> None:
        async with tasks:
            async for task in tasks:
                try:
                    await self._do(task)
                finally:
                    self.under_way.discard(task.n)

    async def _do(self, task: Task) -> None:
        remote = task.remote
        if remote is None and task.given is not None:
            prepared = await self._prepared(task.n, task.given)
            if prepared is None:
                return
            began, remote = await self._started(task.n, prepared)
        else:
            began = self._clock()
        if remote is not None and self._limits.waits:
            await self._waited(task.n, remote, began)

    async def _prepared(self, n: int, given: Given) -> Prepared | None:
        """The item with its files; `None` if it ended."""
        tries = 0
        while True:
            tickets = [await self._pace.turn(starts_work=True) for _ in range(self._work.uploads)]
            if any(ticket is None for ticket in tickets) or self._pace.stopping.is_set():
                return None
            try:
                return await self._work.prepare(given)
            except VLMRunError as error:
                # An upload is harmless to repeat, and bills nothing.
                if not await self._goes_on(n, error, tickets[-1] if tickets else None, tries, "upload"):
                    return None
                tries += not self._pace.circuit.is_open and not isinstance(error, RateLimitError)
            except Exception as error:  # noqa: BLE001  # one item must not end the job
                await self._failed(n, _unexpected(error, may_be_billed=False))
                return None

    async def _started(self, n: int, prepared: Prepared) -> tuple[float, str | None]:
        """When the request left that started the work, and the id of the work; `None` if the item ended.

        An item is not charged for the time in which it waited for its turn, be it a limit or a refusal.
        """
        tries = 0
        while True:
            ticket = await self._pace.turn(starts_work=True)
            began = self._clock()
            # The journal knows that the request leaves before it does.
            if ticket is None or not await self.commits.write(Change(n, State.STARTED, self._now())):
                return began, None
            try:
                reply = await self._work.start(prepared, self._limits.seconds)
            except VLMRunError as error:
                if not await self._goes_on(n, error, ticket, tries, "start"):
                    return began, None
                tries += not self._pace.circuit.is_open and not isinstance(error, RateLimitError)
                continue
            except Exception as error:  # noqa: BLE001  # one item must not end the job
                await self._failed(n, _unexpected(error, may_be_billed=True))
                return began, None
            self._pace.answered(reply.headers)
            if reply.id is not None:
                await self.commits.write(Change(n, State.RUNNING, remote=reply.id))
            if reply.answer is not None:
                self._answered(n, reply.answer)
                return began, None
            return began, reply.id

    async def _waited(self, n: int, remote: str, began: float) -> None:
        """Ask for the answer until it is there."""
        pause = _FIRST_POLL
        limit = self._limits.seconds
        was_refused = False
        broken = 0
        while True:
            left = None if limit is None else max(began + limit - self._clock(), 0.0)
            if left == 0 and limit is not None and not was_refused:  # a refusal may have hidden that it is done
                await self._failed(n, too_late(limit, remote, is_execution=self._work.is_execution))
                return
            await self._pace.pause(pause if left is None else min(pause, left), starts_work=False)
            pause = min(1.5 * pause, _LONGEST_POLL)
            ticket = await self._pace.turn(starts_work=False)
            if ticket is None:
                return  # the next run waits for it
            try:
                reply = await self._work.look(remote, None if left is None else max(left, _SHORTEST_LOOK))
            except VLMRunError as error:
                if not await self._goes_on(n, error, ticket, broken, "poll"):
                    return
                was_refused = isinstance(error, RateLimitError)
                broken += isinstance(error, ResponseValidationError)
                continue
            except Exception as error:  # noqa: BLE001  # one item must not end the job
                await self._failed(n, _unexpected(error, may_be_billed=True))
                return
            was_refused = False
            self._pace.answered(reply.headers)
            if reply.answer is not None:
                self._answered(n, reply.answer)
                return

    async def _goes_on(
        self, n: int, error: VLMRunError, ticket: float | None, tries: int, what: Literal["upload", "start", "poll"]
    ) -> bool:
        """Whether to send a request that failed again, after what is to be waited for.

        Args:
            n: The item.
            error: The error of the request.
            ticket: The ticket of the request.
            tries: How often it was tried before.
            what: What the request was for.
        """
        verdict = judge(error, starts_work=what == "start")
        may_be_billed = verdict.may_be_billed and what != "upload"
        pace = self._pace
        if verdict.action == "fail":
            pace.circuit.succeeded()
            await self._failed(n, as_batch_error(error, may_be_billed=may_be_billed))
            return False
        if what == "start":  # the server has not begun
            await self.commits.write(Change(n, State.PENDING))
        if verdict.action == "stop":
            self.halt(error)
            return False
        if verdict.action == "refused":
            asked = retry_after(error) if isinstance(error, APIError) else None
            pace.refused(self._clock() if ticket is None else ticket, asked, starts_work=what != "poll")
            return True
        pace.failed()
        if pace.circuit.gives_up(self._clock()):
            self.halt(error)
            return False
        # Polls end with the time of the item; a response that stays unreadable says more than that it is over.
        is_bounded = what != "poll" or isinstance(error, ResponseValidationError)
        if is_bounded and tries >= self._limits.retries and not pace.circuit.is_open:
            await self._failed(n, as_batch_error(error, may_be_billed=may_be_billed))
            return False
        spread = random.uniform(0.5, 1.0)  # noqa: S311  # not for security
        is_new = what != "poll"
        await pace.pause(min(_FIRST_BACKOFF * 2.0**tries, _LONGEST_BACKOFF) * spread, starts_work=is_new)
        return not (pace.stopping if is_new else pace.halted).is_set()

    def _answered(self, n: int, answer: Answer) -> None:
        state = State.DONE if answer.error is None else State.FAILED
        # Not waited for: the next request of this task waits for a later change, so that the answer is on the disk.
        self.commits.note(Change(n, state, self._now(), answer=answer.text, credits=answer.credits, error=answer.error))

    async def _failed(self, n: int, error: BatchError) -> None:
        await self.commits.write(Change(n, State.FAILED, self._now(), error=error))

    def _written(self, change: Change) -> None:
        if change.state in (State.RUNNING, State.DONE, State.FAILED):
            self._observe(change.state, change.credits)


def _first(error: BaseException) -> BaseException:
    """The error within the groups that task groups make of it. Python 3.10 has no class for them."""
    while isinstance(inner := getattr(error, "exceptions", None), tuple):
        error = cast("tuple[BaseException, ...]", inner)[0]
    return error


def _unobserved(state: State, cost: float | None) -> None:
    """Nobody looks."""
    del state, cost


def _unexpected(error: Exception, *, may_be_billed: bool) -> BatchError:
    """The error of an item that fails in a way that nobody has foreseen: its text may quote a document."""
    kind = type(error).__name__
    return BatchError(f"The item raised {kind}.", kind=kind, may_be_billed=may_be_billed)
