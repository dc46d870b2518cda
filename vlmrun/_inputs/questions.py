"""The questions of System One, typed for editors and type checkers, and as they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, cast

from typing_extensions import Required, TypedDict  # pydantic refuses that of typing on Python 3.10 and 3.11

from vlmrun._arguments.checks import as_json, is_list, require_text, type_name
from vlmrun.client.exceptions import InputError

__all__ = ["ChoiceQuestion", "NoulQuestion", "Question", "Questions", "ScoreQuestion", "questions_on_wire"]

_MOST_QUESTIONS = 16
_LABELS = (2, 128)
_LEVELS = (2, 10)


class NoulQuestion(TypedDict, total=False):
    """A yes-or-no question, which is answered by the probability of yes."""

    type: Required[Literal["noul"]]
    """`noul`."""
    id: str
    """The name of the question, in a list of questions."""
    instructions: str
    """The question in words."""
    criteria: Mapping[Literal["true", "false"], str]
    """What `true` and `false` mean."""


class ChoiceQuestion(TypedDict, total=False):
    """A question that is answered by one of 2 to 128 labels."""

    type: Required[Literal["choice"]]
    """`choice`."""
    id: str
    """The name of the question, in a list of questions."""
    instructions: str
    """The question in words."""
    options: Sequence[str] | Mapping[str, str | None]
    """The labels; or labels with their descriptions."""
    criteria: Mapping[str, str | None]
    """The server's name for `options`; set one of them."""


class ScoreQuestion(TypedDict, total=False):
    """A question that is answered by a position on a scale of 2 to 10 levels."""

    type: Required[Literal["score"]]
    """`score`."""
    id: str
    """The name of the question, in a list of questions."""
    instructions: str
    """The question in words."""
    levels: Sequence[str]
    """The levels in words, the lowest first."""
    criteria: Sequence[str]
    """The server's name for `levels`; set one of them."""


Question: TypeAlias = NoulQuestion | ChoiceQuestion | ScoreQuestion
"""A question of System One."""
Questions: TypeAlias = Mapping[str, Question] | Sequence[Question]
"""Questions by their names, or a list of questions that have an `id`."""

_ALIASES = {"noul": "criteria", "choice": "options", "score": "levels"}
_A_QUESTION = 'pass a question such as {"type": "noul", "instructions": "Is it signed?"}.'


def questions_on_wire(questions: object) -> dict[str, object]:
    """The questions by their names, as they are sent.

    Raises:
        InputError: One of them cannot be asked.
    """
    wire: dict[str, object] = {
        name: _question(f"questions[{name!r}]", question) for name, question in _named(questions)
    }
    if not 1 <= len(wire) <= _MOST_QUESTIONS:
        raise InputError(
            f"questions must be from 1 to {_MOST_QUESTIONS}, not {len(wire)}.",
            suggestion="ask the rest in another call.",
        )
    return wire


def _named(questions: object) -> list[tuple[str, Mapping[object, object]]]:
    """Pairs of a name and a question."""
    hint = 'pass questions by their names: {"signed": {"type": "noul"}}.'
    if isinstance(questions, Mapping):
        pairs = list(cast("Mapping[object, object]", questions).items())
    elif is_list(questions):
        pairs = [(_id(f"questions[{index}]", question), question) for index, question in enumerate(questions)]
    else:
        raise InputError(f"questions must be a mapping or a list, not {type_name(questions)}.", suggestion=hint)
    named: dict[str, Mapping[object, object]] = {}
    for name, question in pairs:
        text = require_text("a name in questions", name, hint)
        if text in named:
            raise InputError(
                f"questions has two questions named {text!r}.", suggestion="answers are found by the name."
            )
        named[text] = _mapping(f"questions[{text!r}]", question)
    return list(named.items())


def _id(argument: str, question: object) -> str:
    return require_text(f"{argument}['id']", _mapping(argument, question).get("id"), "name each question of a list.")


def _mapping(argument: str, question: object) -> Mapping[object, object]:
    if not isinstance(question, Mapping):
        raise InputError(f"{argument} must be a mapping, not {type_name(question)}.", suggestion=_A_QUESTION)
    return cast("Mapping[object, object]", question)


def _question(argument: str, question: Mapping[object, object]) -> dict[str, object]:
    kind = question.get("type")
    alias = _ALIASES.get(kind) if isinstance(kind, str) else None
    if alias is None:
        raise InputError(f"{argument}['type'] must be noul, choice or score.", suggestion=_A_QUESTION)
    known = {"type", "id", "instructions", "criteria", alias}
    unknown = [name for name in question if name not in known]
    if unknown:
        raise InputError(
            f"{argument} has a member that is not known: {unknown[0]!r:.40}.",
            suggestion=f"a {kind} question has {', '.join(sorted(known))}.",
        )
    wire: dict[str, object] = {"type": kind}
    if question.get("instructions") is not None:
        wire["instructions"] = require_text(f"{argument}['instructions']", question["instructions"], "ask in words.")
    given = [name for name in dict.fromkeys((alias, "criteria")) if question.get(name) is not None]
    if len(given) > 1:
        raise InputError(
            f"{argument} has both {alias} and criteria.", suggestion=f"omit criteria: {alias} is the same."
        )
    if given:
        wire["criteria"] = _CRITERIA[str(kind)](f"{argument}[{given[0]!r}]", question[given[0]])
    elif kind != "noul":
        raise InputError(f"{argument} has no {alias}.", suggestion=f"pass the {alias} to choose from.")
    return wire


def _outcomes(argument: str, value: object) -> object:
    outcomes = as_json(argument, value)
    if not isinstance(outcomes, dict) or not set(outcomes) <= {"true", "false"}:
        raise InputError(
            f"{argument} must say what true and false mean.", suggestion='pass {"true": ..., "false": ...}.'
        )
    return outcomes


def _labels(argument: str, value: object) -> object:
    hint = 'pass labels such as ["invoice", "receipt"].'
    pairs: list[tuple[object, object]]
    if isinstance(value, Mapping):
        pairs = list(cast("Mapping[object, object]", value).items())
    elif is_list(value):
        pairs = [(label, None) for label in value]
    else:
        raise InputError(f"{argument} must be a list or a mapping, not {type_name(value)}.", suggestion=hint)
    labels: dict[str, str | None] = {}
    for label, meaning in pairs:
        name = require_text(f"a label in {argument}", label, hint)
        labels[name] = (
            None if meaning is None else require_text(f"{argument}[{name!r}]", meaning, "describe the label.")
        )
    return _few(argument, labels, *_LABELS, "labels")


def _scale(argument: str, value: object) -> object:
    hint = 'pass levels such as ["calm", "angry"], the lowest first.'
    if not is_list(value):
        raise InputError(f"{argument} must be a list, not {type_name(value)}.", suggestion=hint)
    levels = [require_text(f"{argument}[{index}]", level, hint) for index, level in enumerate(value)]
    return _few(argument, levels, *_LEVELS, "levels")


def _few(argument: str, values: Mapping[str, object] | Sequence[object], least: int, most: int, what: str) -> object:
    if not least <= len(values) <= most:
        raise InputError(
            f"{argument} must have from {least} to {most} different {what}, not {len(values)}.",
            suggestion="a noul question answers yes or no." if len(values) < least else "ask several questions.",
        )
    return values


_CRITERIA = {"noul": _outcomes, "choice": _labels, "score": _scale}
