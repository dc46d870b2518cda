"""The questions of a run: a place of two files to compare, or one of our own names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from language_servers.own import CONTROLS, OWNERS, Own, expected, own_file, owns_of, suits
from language_servers.places import (
    ACCESSORS,
    Document,
    Kind,
    Place,
    our_file,
    places_of,
    plain_file,
)
from language_servers.verdicts import Question, Result, is_listed, judge, judge_own, tidy

__all__ = ["Memory", "Probe", "Respondent", "probes_of"]


class Respondent(Protocol):
    """Answers questions about documents: a session with a server."""

    async def ask(self, kind: Kind, document: Document, place: str) -> str:
        """The answer as text, `''` for none."""
        ...


class Memory:
    """Asks each question once: accessors share what they are compared with."""

    def __init__(self, respondent: Respondent) -> None:
        self._respondent = respondent
        self._answers: dict[tuple[str, str], str] = {}

    async def ask(self, kind: Kind, document: Document, place: str) -> str:
        """The answer, without the names in which two files differ."""
        key = document.name, place
        if key not in self._answers:
            answer = await self._respondent.ask(kind, document, place)
            self._answers[key] = tidy(answer, document.own_names)
        return self._answers[key]


class Probe(Protocol):
    """A question, and how to put it."""

    @property
    def question(self) -> Question:
        """What is asked of whom."""
        ...

    @property
    def documents(self) -> tuple[Document, ...]:
        """The files that have to be open."""
        ...

    async def ask(self, memory: Memory) -> Result:
        """Ask it."""
        ...


@dataclass(frozen=True)
class _Comparison:
    """The same place of our file and of the plain one."""

    question: Question
    documents: tuple[Document, Document]
    place: Place

    async def ask(self, memory: Memory) -> Result:
        ours_at, theirs_at = self.documents
        theirs = await memory.ask(self.place.kind, theirs_at, self.place.name)
        # Where nothing is to be expected there is nothing to compare, and jedi takes long to find nothing.
        ours = "" if is_listed(self.question) else await memory.ask(self.place.kind, ours_at, self.place.name)
        return judge(self.question, self.place.witness, ours, theirs)


@dataclass(frozen=True)
class _Finding:
    """A question about our own names, if the server answers that of the control."""

    question: Question
    documents: tuple[Document]
    own: Own

    async def ask(self, memory: Memory) -> Result:
        kind, _, words = CONTROLS[self.own.control]
        shown = await memory.ask(kind, self.documents[0], self.own.control)
        answer = await memory.ask(self.own.kind, self.documents[0], self.own.name)
        wanted = expected(self.question.subject, self.own)
        is_right = suits(self.own, wanted, answer)
        return judge_own(self.question, wanted, wanted if is_right else answer, (words, shown))


def probes_of(server: str, *, native: bool = True) -> list[Probe]:
    """Everything that is asked of a server, with or without what is about native calls."""
    comparisons = [
        _Comparison(Question(server, accessor.name, place.name), (our_file(accessor), plain_file(accessor)), place)
        for accessor in ACCESSORS
        for place in places_of(accessor)
    ]
    findings = [
        _Finding(Question(server, owner, own.name), (own_file(owner),), own)
        for owner in OWNERS
        for own in owns_of(owner)
        if native or not own.is_native
    ]
    return [*comparisons, *findings]
