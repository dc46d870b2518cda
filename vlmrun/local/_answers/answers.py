"""From facts to an answer: in words, as a JSON object, or as an instance of a schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vlmrun.local._answers.checker import check_schema
from vlmrun.local._answers.filling import fill_schema
from vlmrun.local._answers.hints import Hints
from vlmrun.local._answers.json_schema import UnfillableError
from vlmrun.local._media.facts import Fact, KnownSkill, plural
from vlmrun.local._wire.errors import Location, Problem, RefusalError

__all__ = [
    "Findings",
    "answer_schema",
    "as_object",
    "in_words",
    "refuse_bad_schema",
]

_INTRODUCTION = "This is vlmrun.local, which has no model."


@dataclass(frozen=True)
class Findings:
    """All that there is to answer with."""

    facts: Sequence[Fact]
    """What arrived, in order."""
    skills: Sequence[KnownSkill] = ()
    """The skills that came along."""
    remembered: int = 0
    """How many messages of the session came before."""
    artifacts: Sequence[str] = ()
    """The ids of the thumbnails that were made."""


def in_words(findings: Findings) -> str:
    """The answer as text: who speaks, what arrived, and what became of it.

    Args:
        findings: What to tell.

    Returns:
        A short paragraph.
    """
    received = "; ".join(fact.describe() for fact in findings.facts)
    sentences = [f"{_INTRODUCTION} I received: {received or 'nothing'}"]
    sentences += [skill.describe() for skill in findings.skills]
    if findings.remembered:
        sentences.append(f"I remember {plural(findings.remembered, 'earlier message')} of this session")
    if findings.artifacts:
        noun = "Thumbnail" if len(findings.artifacts) == 1 else "Thumbnails"
        sentences.append(f"{noun}: {', '.join(findings.artifacts)}")
    return "".join(f"{sentence}. " for sentence in sentences).rstrip()


def as_object(findings: Findings) -> dict[str, object]:
    """The answer as a JSON object, for `response_format: {"type": "json_object"}`.

    Args:
        findings: What to tell.

    Returns:
        The object; `received` has one member per fact.
    """
    return {
        "server": "vlmrun.local",
        "model": None,
        "received": [dict(fact.fields()) for fact in findings.facts],
        "skills": [skill.fields() for skill in findings.skills],
        "remembered": findings.remembered,
        "artifacts": list(findings.artifacts),
    }


def refuse_bad_schema(schema: dict[str, object], loc: Location) -> None:
    """Refuse what is not a JSON schema.

    Args:
        schema: What was given for one.
        loc: Where it stands in the request.

    Raises:
        RefusalError: 422, it is none.
    """
    problem = check_schema(schema)
    if problem is not None:
        raise RefusalError(422, [Problem(loc, problem, "invalid_schema")])


def answer_schema(schema: dict[str, object], loc: Location, facts: Sequence[Fact]) -> object:
    """The answer as an instance of a schema.

    Args:
        schema: The JSON schema (Draft 2020-12).
        loc: Where it stands in the request.
        facts: What arrived, in order.

    Returns:
        The instance; it was checked against the schema.

    Raises:
        RefusalError: 422, this is no JSON schema, or none that this server can fill.
    """
    refuse_bad_schema(schema, loc)
    try:
        return fill_schema(schema, Hints(facts, in_words(Findings(facts))))
    except UnfillableError as error:
        raise RefusalError(422, [Problem(loc, str(error), "unfillable_schema")]) from error
