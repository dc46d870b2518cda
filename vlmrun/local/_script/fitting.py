"""What an answer means for a schema, embeddings, transcriptions and decisions; or why it does not fit them.

A chat, an execution and a prediction can have any text or JSON. These have forms of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from typing_extensions import TypeIs

from vlmrun.local._requests.gateway import ChoiceQuestion, NoulQuestion, Question, Questions
from vlmrun.local._requests.received import ReceivedRequest
from vlmrun.local._script.answer import Answer
from vlmrun.local._wire.errors import ScriptError
from vlmrun.local._wire.json_values import json_list, json_object

__all__ = ["decided", "embedded", "misfit", "schema_of", "transcribed"]

_KEYWORDS = frozenset(("type", "properties", "$ref", "$defs", "allOf", "anyOf", "oneOf", "enum", "const", "items"))
_FORM_OF_NOUL = "a probability from 0 to 1"
_FORM_OF_CHOICE = "one of its labels, or their probabilities"
_FORM_OF_SCORE = "a number on its scale, or the probabilities of levels"


def misfit(request: ReceivedRequest, answer: Answer, expected: str) -> ScriptError:
    """The error for an answer that a test has set, and that does not fit."""
    said = answer if answer.json is None else answer.json
    return ScriptError(
        f"The answer {repr(said)[:200]} does not fit {request.path}: expected {expected}. Pass"
        f" when=When(path=...) to server.answer() if it is for other requests.",
    )


def schema_of(request: ReceivedRequest, answer: Answer) -> dict[str, object]:
    """The members of a response about a schema, `json_schema` among them; none if the answer says none.

    Args:
        request: The request.
        answer: A JSON schema, a class of pydantic, or the response itself.

    Raises:
        ScriptError: It is something else.
    """
    _require_only(request, answer, "outcome")
    if answer.json is None:
        return {}
    members = json_object(answer.json)
    if isinstance(members.get("json_schema"), dict):
        return {name: value for name, value in members.items() if value is not None}
    if not _KEYWORDS & members.keys():
        raise misfit(request, answer, "a JSON schema, or a class of pydantic")
    return {"json_schema": members}


def embedded(
    request: ReceivedRequest, answer: Answer, inputs: Sequence[object]
) -> tuple[list[list[float] | None], dict[str, object]]:
    """The vectors of inputs, and further members of the response.

    Args:
        request: The request.
        answer: A vector for each input, one for all of them, a dict of vectors by texts, or the response itself.
        inputs: The inputs.

    Returns:
        A vector for each input, `None` where the answer has none; and the members.

    Raises:
        ScriptError: It is something else.
    """
    _require_only(request, answer)
    value, more = answer.json, dict[str, object]()
    if value is None:
        return [None for _ in inputs], more
    members = json_object(value)
    if isinstance(members.get("data"), list):
        more = {name: item for name, item in members.items() if name != "data" and item is not None}
        value = [json_object(item).get("embedding") for item in json_list(members["data"])]
    elif members:
        by_text = {text: _vector(item) for text, item in members.items()}
        if None not in by_text.values():
            return [by_text.get(item) if isinstance(item, str) else None for item in inputs], more
    elif (vector := _vector(value)) is not None:
        return [vector for _ in inputs], more
    vectors = [_vector(item) for item in json_list(value)]
    if len(vectors) != len(inputs) or None in vectors:
        expected = f"a list of numbers, {len(inputs)} such lists, or a dict of them by the texts that were sent"
        raise misfit(request, answer, expected)
    return vectors, more


def transcribed(request: ReceivedRequest, answer: Answer) -> dict[str, object]:
    """The members of a transcription; none if the answer says none.

    Args:
        request: The request.
        answer: A text, or the response itself.

    Raises:
        ScriptError: It is something else.
    """
    _require_only(request, answer)
    value = answer.json
    if value is None:
        return {}
    members = {"text": value} if isinstance(value, str) else json_object(value)
    if not isinstance(members.get("text"), str):
        raise misfit(request, answer, "a text, or a dict with a text")
    return {name: item for name, item in members.items() if item is not None}


def decided(
    request: ReceivedRequest, answer: Answer, questions: Questions
) -> tuple[dict[str, object], dict[str, object]]:
    """The answers to questions by their names, and further members of the response.

    Args:
        request: The request.
        answer: A dict of answers by the names of questions, or the response itself.
        questions: The questions.

    Returns:
        The answers to the questions that it names; and the members.

    Raises:
        ScriptError: It is something else, or a question has no such name or no such answer.
    """
    _require_only(request, answer)
    if answer.json is None:
        return {}, {}
    members, more = json_object(answer.json), dict[str, object]()
    if isinstance(members.get("answers"), dict) and "answers" not in questions:
        more = {name: item for name, item in members.items() if name != "answers" and item is not None}
        members = json_object(members["answers"])
    if not members or not members.keys() <= questions.keys():
        raise misfit(request, answer, f"a dict of answers by the names of questions, which are {', '.join(questions)}")
    found: dict[str, object] = {}
    for name, value in members.items():
        made = dict(_decision(questions[name], value))
        if not made:
            raise misfit(request, answer, f"for the question {name} {_form(questions[name])}")
        found[name] = made
    return found, more


def _form(question: Question) -> str:
    if isinstance(question, NoulQuestion):
        return _FORM_OF_NOUL
    return _FORM_OF_CHOICE if isinstance(question, ChoiceQuestion) else _FORM_OF_SCORE


def _decision(question: Question, value: object) -> Iterator[tuple[str, object]]:
    """The members of an answer to a question; none if it cannot be one."""
    members = json_object(value)
    if "type" in members:
        yield from members.items() if members["type"] == question.type else ()
        return
    if isinstance(question, NoulQuestion):
        if _is_share(value):
            yield from (("type", "noul"), ("noul", float(value)))
        return
    names = list(question.criteria)
    if isinstance(question, ChoiceQuestion):
        shares = {name: 1.0} if (name := value) in names and isinstance(name, str) else _shares(members, names)
        if shares:
            best = max(shares, key=lambda name: shares[name])
            yield from (("type", "choice"), ("choice", best))
            yield from _sureness(shares, names)
        return
    levels = [str(level) for level in range(len(names))]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= len(names) - 1:
        lower = min(int(value), len(names) - 2)
        shares = {levels[lower]: 1 - (value - lower), levels[lower + 1]: value - lower}
    else:
        # By the numbers or the words of levels.
        by_level = {levels[names.index(key)] if key in names else key: item for key, item in members.items()}
        shares = _shares(by_level, levels)
    if shares:
        score = sum(int(level) * share for level, share in shares.items()) / sum(shares.values())
        yield from (("type", "score"), ("score", score), ("legend", dict(zip(levels, names, strict=True))))
        yield from _sureness(shares, levels)


def _sureness(shares: Mapping[str, float], names: Sequence[str]) -> Iterator[tuple[str, object]]:
    yield "probabilities", {**dict.fromkeys(names, 0.0), **shares}
    yield "confidence", max(shares.values())


def _shares(members: Mapping[str, object], names: Sequence[str]) -> dict[str, float]:
    """Probabilities by names; empty if something else is among them, or nothing is probable."""
    found = {name: float(value) for name, value in members.items() if name in names and _is_share(value)}
    return found if len(found) == len(members) and any(found.values()) else {}


def _is_share(value: object) -> TypeIs[float]:
    return isinstance(value, (int, float)) and 0 <= value <= 1  # also True and False


def _vector(value: object) -> list[float] | None:
    items = json_list(value)
    numbers = [float(item) for item in items if isinstance(item, (int, float)) and not isinstance(item, bool)]
    return numbers if 0 < len(numbers) == len(items) else None


def _require_only(request: ReceivedRequest, answer: Answer, *more: str) -> None:
    """Refuse an answer with what only chats and jobs have."""
    for name in ("tool_calls", "refusal", "finish_reason", "artifacts", "outcome"):
        if name not in more and getattr(answer, name):
            raise misfit(request, answer, f"no {name}, which this route does not have")
