"""Conversions of answers: what an execution and a completion both can say survives the way there and back.

A law is a function of an implementation and of an example. It is tried on ours over many examples, and on
implementations that are wrong on purpose, which must fail it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import JsonValue

from support.broken import breaks
from vlmrun import results
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import AgentExecutionResponse, CreditUsage
from vlmrun.results import credits_used, session_id

# Above the imports that need it: where openai is missing, the module ends here.
pytest.importorskip("openai", reason="completions are OpenAI's")

from openai.types.chat import ChatCompletion


@dataclass(frozen=True)
class Conversions:
    """The two conversions, ours or wrong ones."""

    to_completion: Callable[[AgentExecutionResponse], ChatCompletion] = results.completion_from_execution
    to_execution: Callable[[ChatCompletion], AgentExecutionResponse] = results.execution_from_completion


OURS = Conversions()

# The examples ---------------------------------------------------------------------------------------------------------

TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")


@cache
def texts(min_size: int = 0) -> SearchStrategy[str]:
    """Texts that JSON can hold."""
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=min_size, max_size=20)


@cache
def json_values() -> SearchStrategy[JsonValue]:
    """Any JSON."""
    leaves: SearchStrategy[JsonValue] = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        texts(),
    )
    return st.recursive(leaves, _containers, max_leaves=8)


def _containers(inner: SearchStrategy[JsonValue]) -> SearchStrategy[JsonValue]:
    return st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts(), inner, max_size=4))


@cache
def answers() -> SearchStrategy[str]:
    """What an agent says: words, JSON, and words that look like JSON."""
    in_json = st.one_of(json_values().map(json.dumps), json_values().map(lambda value: json.dumps(value, indent=2)))
    odd = [
        "null",
        "12",
        '"a"',
        "[1",
        "{",
        "[NaN]",
        '["\\ud800"]',
        ' {"a": 1}\n',
        '{"a": 1, "a": 2}',
        "```json\n[]\n```",
    ]
    return st.one_of(texts(), in_json, st.sampled_from(odd))


@cache
def times() -> SearchStrategy[str]:
    """Times as an API writes them: to the microsecond or not, in any zone or none."""
    zones = st.one_of(
        st.none(),
        st.just(timezone.utc),
        st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
    whole = st.datetimes(datetime(1970, 1, 3), datetime(2200, 1, 1))
    moments = st.one_of(whole, whole.map(lambda moment: moment.replace(microsecond=0)))
    return st.builds(_written, moments, zones)


def _written(moment: datetime, zone: timezone | None) -> str:
    return moment.replace(tzinfo=zone).isoformat()


@cache
def new_fields(known: frozenset[str]) -> SearchStrategy[dict[str, JsonValue]]:
    """What a server has learned since, of any type; names of a completion among it."""
    likely = ["model", "session_id", "execution", "choices", "object", "created", "credits", *TOKENS]
    names = st.one_of(st.sampled_from(likely), texts(1)).filter(lambda name: name not in known)
    return st.dictionaries(names, json_values(), max_size=4)


# Hypothesis looks into a strategy once, however often it is drawn from: so each is made once.
_AMOUNTS = st.one_of(st.none(), st.integers(0, 10**6), st.floats(0, 1e6))
_STEPS = st.one_of(st.none(), st.integers())
_TEXTS_OR_NONE = st.one_of(st.none(), texts())


@st.composite
def usages(draw: st.DrawFn) -> dict[str, JsonValue] | None:
    """What an execution has used: fractions, counts of tokens, nothing."""
    if draw(st.booleans()):
        return None
    fields: dict[str, JsonValue] = {"credits_used": draw(_AMOUNTS), "duration_seconds": draw(_AMOUNTS)}
    fields |= {"steps": draw(_STEPS), "message": draw(_TEXTS_OR_NONE)}
    counts: dict[str, JsonValue] = {name: draw(st.integers(0, 10**6)) for name in TOKENS}
    return {
        **fields,
        **draw(new_fields(frozenset(CreditUsage.model_fields))),
        **(counts if draw(st.booleans()) else {}),
    }


_OPTIONAL: dict[str, SearchStrategy[Any]] = {
    "name": _TEXTS_OR_NONE,
    "completed_at": st.one_of(st.none(), times()),
    "response": st.one_of(json_values(), answers()),
    "execution_mode": _TEXTS_OR_NONE,
    "usage": usages(),
}


@st.composite
def executions(draw: st.DrawFn, statuses: SearchStrategy[str] | None = None) -> AgentExecutionResponse:
    """Executions as they come from the server, completed unless something else is asked for."""
    fields: dict[str, Any] = draw(new_fields(frozenset(AgentExecutionResponse.model_fields)))
    fields |= {
        "id": draw(texts()),
        "created_at": draw(times()),
        "status": draw(st.just("completed") if statuses is None else statuses),
    }
    for name, values in _OPTIONAL.items():
        if draw(st.booleans()):
            fields[name] = draw(values)
    return AgentExecutionResponse.model_validate_json(json.dumps(fields))


_COUNTED = st.dictionaries(
    st.sampled_from(["credits_used", "credits"]), st.one_of(st.integers(0, 10**6), st.floats(0, 1e6), st.none())
)
_DETAILS = st.dictionaries(st.just("prompt_tokens_details"), st.just({"cached_tokens": 1}))
_SESSIONS = st.dictionaries(st.just("session_id"), texts(1))
_EXECUTIONS = st.dictionaries(st.just("execution"), json_values())


@st.composite
def completions(draw: st.DrawFn) -> ChatCompletion:
    """Completions as they come from the server."""
    usage: dict[str, Any] | None = None
    if draw(st.booleans()):
        usage = {name: draw(st.integers(0, 10**6)) for name in TOKENS}
        usage |= draw(_COUNTED)
        usage |= draw(_DETAILS)
    message = {"role": "assistant", "content": draw(answers())}
    fields: dict[str, Any] = {
        "id": draw(texts()),
        "object": "chat.completion",
        "created": draw(st.integers(0, 2**33)),
        "model": draw(texts()),
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": usage,
    }
    fields |= draw(_SESSIONS)
    fields |= draw(_EXECUTIONS)
    return ChatCompletion.construct(**fields)


# An execution, there and back -----------------------------------------------------------------------------------------


def an_execution_comes_back(conversions: Conversions, execution: AgentExecutionResponse) -> None:
    """Every field of it, known or not, is what it was: also in type, for `1` and `1.0` and `true` are not the same."""
    before = repr(execution.model_dump())
    back = conversions.to_execution(conversions.to_completion(execution))
    assert back == execution
    assert repr(back.model_dump()) == before
    assert repr(execution.model_dump()) == before, "the execution itself was changed"


def an_execution_comes_back_from_storage(conversions: Conversions, execution: AgentExecutionResponse) -> None:
    """The completion may be written as JSON and read again in between."""
    stored = conversions.to_completion(execution).model_dump_json()
    assert conversions.to_execution(ChatCompletion.model_validate_json(stored)) == execution


def a_completion_of_an_execution_says_the_same(conversions: Conversions, execution: AgentExecutionResponse) -> None:
    """Code for completions reads the answer, the time and the credits in their places."""
    made = conversions.to_completion(execution)
    content = made.choices[0].message.content
    assert content is not None
    response = execution.response
    assert content == (response if isinstance(response, str) else "" if response is None else content)
    if response is not None and not isinstance(response, str):
        assert json.loads(content) == response
    created = execution.created_at
    since = (created if created.tzinfo else created.replace(tzinfo=timezone.utc)).timestamp()
    assert 0 <= since - made.created < 1
    if made.usage is not None:
        assert credits_used(made.usage) == credits_used(execution.usage)
        assert all(type(getattr(made.usage, name)) is int for name in TOKENS)


def _from_created(completion: ChatCompletion) -> AgentExecutionResponse:
    """Takes the time from `created`, which has whole seconds and no zone."""
    made = results.execution_from_completion(completion)
    return made.model_copy(update={"created_at": datetime.fromtimestamp(completion.created, timezone.utc)})


def _reads_json(completion: ChatCompletion) -> AgentExecutionResponse:
    """Takes every text that is JSON for what it says."""
    made = results.execution_from_completion(completion)
    try:
        return made.model_copy(update={"response": json.loads(completion.choices[0].message.content or "")})
    except ValueError:
        return made


def _empties(completion: ChatCompletion) -> AgentExecutionResponse:
    """Takes nothing for the empty text."""
    made = results.execution_from_completion(completion)
    return made.model_copy(update={"response": made.response or ""})


def _forgets(execution: AgentExecutionResponse) -> ChatCompletion:
    """Keeps only the fields that it knows."""
    known = execution.model_dump(include=set(AgentExecutionResponse.model_fields))
    return results.completion_from_execution(AgentExecutionResponse.model_validate(known))


def _rounds(execution: AgentExecutionResponse) -> ChatCompletion:
    """Has whole credits, as the official SDK."""
    used = execution.usage
    if used is None or used.credits_used is None:
        return results.completion_from_execution(execution)
    usage = used.model_copy(update={"credits_used": float(int(used.credits_used))})
    return results.completion_from_execution(execution.model_copy(update={"usage": usage}))


def _late(execution: AgentExecutionResponse) -> ChatCompletion:
    """Says when the execution was converted."""
    made = results.completion_from_execution(execution)
    made.created += 3600
    return made


def _shows(execution: AgentExecutionResponse) -> ChatCompletion:
    """Writes the answer as Python does."""
    made = results.completion_from_execution(execution)
    made.choices[0].message.content = str(execution.response)
    return made


@given(executions())
def test_an_execution_comes_back(execution: AgentExecutionResponse) -> None:
    """Execution to completion to execution is the identity."""
    an_execution_comes_back(OURS, execution)


@given(executions())
def test_an_execution_comes_back_from_storage(execution: AgentExecutionResponse) -> None:
    """Also where the completion was stored as JSON."""
    an_execution_comes_back_from_storage(OURS, execution)


@given(executions())
def test_a_completion_of_an_execution_says_the_same(execution: AgentExecutionResponse) -> None:
    """The completion is one that code for completions can read."""
    a_completion_of_an_execution_says_the_same(OURS, execution)


@pytest.mark.parametrize(
    "broken",
    [
        Conversions(to_execution=_from_created),
        Conversions(to_execution=_reads_json),
        Conversions(to_execution=_empties),
        Conversions(to_completion=_forgets),
        Conversions(to_completion=_rounds),
    ],
)
def test_what_loses_part_of_an_execution_breaks_the_laws(broken: Conversions) -> None:
    """Each mistake is found by the law of the way back, with storage and without."""
    assert breaks(lambda execution: an_execution_comes_back(broken, execution), executions())
    assert breaks(lambda execution: an_execution_comes_back_from_storage(broken, execution), executions())


@pytest.mark.parametrize("broken", [_late, _shows])
def test_a_completion_that_says_something_else_breaks_the_law(
    broken: Callable[[AgentExecutionResponse], ChatCompletion],
) -> None:
    """Each mistake is found by the law of what the completion says."""
    conversions = Conversions(to_completion=broken)
    assert breaks(lambda execution: a_completion_of_an_execution_says_the_same(conversions, execution), executions())


# Another status -------------------------------------------------------------------------------------------------------


@cache
def other_statuses() -> SearchStrategy[str]:
    """Statuses other than `completed`, those of tomorrow among them."""
    known = ["enqueued", "pending", "running", "failed", "paused", "cancelled", "COMPLETED", "completed ", ""]
    return st.one_of(st.sampled_from(known), texts()).filter(lambda status: status != "completed")


def what_is_not_completed_is_refused(conversions: Conversions, execution: AgentExecutionResponse) -> None:
    """There is no completion of it, however much of a response it has."""
    with pytest.raises(InputError):
        conversions.to_completion(execution)


def _pretends(execution: AgentExecutionResponse) -> ChatCompletion:
    """Takes every execution for a completed one."""
    return results.completion_from_execution(execution.model_copy(update={"status": "completed"}))


def _takes_what_failed(execution: AgentExecutionResponse) -> ChatCompletion:
    """Takes whatever has ended."""
    if execution.status in ("failed", "cancelled"):
        return _pretends(execution)
    return results.completion_from_execution(execution)


@given(executions(other_statuses()))
def test_what_is_not_completed_is_refused(execution: AgentExecutionResponse) -> None:
    """Only a completed execution is an answer."""
    what_is_not_completed_is_refused(OURS, execution)


@pytest.mark.parametrize("broken", [_pretends, _takes_what_failed])
def test_what_converts_more_breaks_the_law(broken: Callable[[AgentExecutionResponse], ChatCompletion]) -> None:
    """A conversion that takes others is noticed."""
    conversions = Conversions(to_completion=broken)
    assert breaks(
        lambda execution: what_is_not_completed_is_refused(conversions, execution),
        executions(other_statuses()),
        how=pytest.fail.Exception,
    )


# A completion, there and back -----------------------------------------------------------------------------------------


def a_completion_comes_back(conversions: Conversions, completion: ChatCompletion) -> None:
    """What both can say is what it was; an object or an array in the content is the same JSON."""
    back = conversions.to_completion(conversions.to_execution(completion))
    assert (back.id, back.created, back.model) == (completion.id, completion.created, completion.model)
    assert session_id(back) == session_id(completion)
    assert _said(back) == _said(completion)
    before, after = completion.usage, back.usage
    assert (after is None) == (before is None)
    if before is not None and after is not None:
        assert [getattr(after, name) for name in TOKENS] == [getattr(before, name) for name in TOKENS]
    assert credits_used(after) == credits_used(before)


def _said(completion: ChatCompletion) -> object:
    """The content: as a value where it is an object or an array in JSON that the API can hold, else as text."""
    text = completion.choices[0].message.content
    assert text is not None
    try:
        value: Any = json.loads(text)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return text
    return repr(value) if type(value) in (dict, list) else text


def _loses_session(completion: ChatCompletion) -> AgentExecutionResponse:
    """Has no place for the session."""
    return results.execution_from_completion(completion).model_copy(update={"session_id": None})


def _loses_usage(completion: ChatCompletion) -> AgentExecutionResponse:
    """Keeps the credits, and no tokens."""
    made = results.execution_from_completion(completion)
    return made.model_copy(update={"usage": CreditUsage(credits_used=credits_used(completion.usage))})


def _loses_credits(completion: ChatCompletion) -> AgentExecutionResponse:
    """Knows only one of the names of credits."""
    made = results.execution_from_completion(completion)
    if completion.usage is None:
        return made
    extra = completion.usage.model_dump(include=set(TOKENS))
    credits_named = (completion.usage.model_extra or {}).get("credits_used")
    return made.model_copy(update={"usage": CreditUsage.model_validate({**extra, "credits_used": credits_named})})


def _wraps(completion: ChatCompletion) -> AgentExecutionResponse:
    """Has only objects as answers, as the official SDK."""
    made = results.execution_from_completion(completion)
    if isinstance(made.response, dict):
        return made
    return made.model_copy(update={"response": {"content": made.response}})


def _local(completion: ChatCompletion) -> AgentExecutionResponse:
    """Takes the zone of whoever wrote it."""
    made = results.execution_from_completion(completion)
    return made.model_copy(update={"created_at": made.created_at.replace(tzinfo=timezone(timedelta(hours=2)))})


@given(completions())
def test_a_completion_comes_back(completion: ChatCompletion) -> None:
    """Completion to execution to completion keeps what both can say."""
    a_completion_comes_back(OURS, completion)


@pytest.mark.parametrize("broken", [_loses_session, _loses_usage, _loses_credits, _wraps, _local])
def test_what_loses_part_of_a_completion_breaks_the_law(
    broken: Callable[[ChatCompletion], AgentExecutionResponse],
) -> None:
    """Each mistake is found."""
    conversions = Conversions(to_execution=broken)
    assert breaks(lambda completion: a_completion_comes_back(conversions, completion), completions())
