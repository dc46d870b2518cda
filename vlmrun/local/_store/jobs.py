"""Jobs: executions and predictions, each of which moves one step further when it is fetched."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from vlmrun.local._store import newest
from vlmrun.local._store.clock import Clock
from vlmrun.local._store.records import Job, Outcome

__all__ = ["Jobs"]

JobT = TypeVar("JobT", bound=Job)


class Jobs(Generic[JobT]):
    """The newest jobs of one kind, oldest first; any thread may call it.

    Args:
        outcome: How they end, unless a job has an outcome of its own.
        clock: How they go on.
    """

    def __init__(self, outcome: Outcome, clock: Clock) -> None:
        self._outcome: Outcome = outcome
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[str, JobT] = {}

    def add(self, job: JobT) -> JobT:
        """Keep a job, and return it."""
        with self._lock:
            self._jobs[job.id] = job
            newest.drop_oldest(self._jobs, newest.KEPT)
        return job

    def page(self, skip: int, limit: int) -> list[JobT]:
        """A page of jobs, newest first; looking at the list moves none of them on."""
        with self._lock:
            return list(self._jobs.values())[::-1][skip : skip + limit]

    def get(self, id_: str) -> JobT | None:
        """The job of an id, as it is."""
        with self._lock:
            return self._jobs.get(id_)

    def advance(self, id_: str) -> JobT | None:
        """The job of an id, further as the clock has it: pending, running, ended."""
        with self._lock:
            job = self._jobs.get(id_)
            if job is None or self._clock.pace == "never":
                return job
            if self._clock.pace == "at_once":
                return self._finish(job)
            self._jobs[id_] = job = job.advanced(self._outcome)
            return job

    def finish(self, job: JobT) -> JobT:
        """A job that was added here, all the steps further."""
        with self._lock:
            return self._finish(self._jobs.get(job.id, job))

    def _finish(self, job: JobT) -> JobT:
        while not job.has_ended:
            job = job.advanced(self._outcome)
        if job.id in self._jobs:
            self._jobs[job.id] = job
        return job
