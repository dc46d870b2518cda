"""Retries: what is repeated, how often, and after how long.

A law is a function of `retry_delay` and of an example; it is tried on ours, and on some that are wrong on purpose.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support import broken
from support import strategies as examples
from support.broken import Delay, breaks, our_delay
from support.strategies import Answer, Attempt, Method, Outcome
from vlmrun._lifetimes import waiting

MOST_SECONDS = 60.0
BACKOFF_CAP = 8.0


class Asked(NamedTuple):
    """An attempt that ended in an answer with something in its `Retry-After`."""

    attempt: Attempt
    answer: Answer


Counts = tuple[int, int]


@st.composite
def _retries_left(draw: st.DrawFn, most_done: int = 20) -> Counts:
    """Retries done and allowed, with at least one left."""
    done = draw(st.integers(0, most_done))
    return done, done + draw(st.integers(1, 10))


@st.composite
def _no_retries_left(draw: st.DrawFn) -> Counts:
    """Retries done and allowed, with none left."""
    allowed = draw(st.integers(0, 100))
    return allowed + draw(st.integers(0, 3)), allowed


@st.composite
def _attempts(
    draw: st.DrawFn,
    counts: SearchStrategy[Counts],
    outcomes: SearchStrategy[Outcome] | None = None,
    methods: SearchStrategy[Method] | None = None,
) -> Attempt:
    draw(st.random_module())  # hypothesis starts each example from the same seed, and jitter is to be drawn as well
    method = draw(examples.methods() if methods is None else methods)
    return Attempt(method, draw(examples.outcomes() if outcomes is None else outcomes), *draw(counts))


@st.composite
def _asked(draw: st.DrawFn, answers: SearchStrategy[Answer]) -> Asked:
    answer = draw(answers)
    return Asked(draw(_attempts(_retries_left(), st.just(answer.response))), answer)


def _responses(answers: SearchStrategy[Answer]) -> SearchStrategy[Outcome]:
    return answers.map(_response)


def _response(answer: Answer) -> Outcome:
    return answer.response


_throttled = st.sampled_from([429, 503])  # repeated whatever the method

# The laws -------------------------------------------------------------------------------------------------------------


def never_more_than_allowed(delay: Delay, attempt: Attempt) -> None:
    """With no retry left, nothing is repeated."""
    assert delay(attempt) is None


def post_is_repeated_only_where_it_cannot_work_twice(delay: Delay, attempt: Attempt) -> None:
    """A POST is repeated only where no connection came about, or the server said 429, 503 or 529."""
    if delay(attempt) is not None:
        if isinstance(attempt.outcome, httpx2.Response):
            assert attempt.outcome.status_code in (429, 503, 529)
        else:
            assert type(attempt.outcome) in examples.NEVER_SENT


def what_cannot_have_worked_is_repeated(delay: Delay, attempt: Attempt) -> None:
    """Where the server cannot have acted, and a retry is left, any method is repeated."""
    assert delay(attempt) is not None


def get_is_repeated_after_a_passing_failure(delay: Delay, attempt: Attempt) -> None:
    """A GET is repeated after any failure of the network, and after 408, 429 and 5xx."""
    assert delay(attempt) is not None


def what_will_not_change_is_not_repeated(delay: Delay, attempt: Attempt) -> None:
    """A success, a redirect or a refusal is not repeated, nor is an answer that cannot be followed or read."""
    assert delay(attempt) is None


def never_sooner_than_asked(delay: Delay, asked: Asked) -> None:
    """A server that asks for a wait of at most a minute is given it, and is then asked again."""
    called = time.time()
    wait = delay(asked.attempt)
    assert wait is not None
    if asked.answer.seconds is not None:
        assert wait >= asked.answer.seconds
    else:
        assert asked.answer.not_before is not None
        assert time.time() + wait >= asked.answer.not_before - 1e-3
    assert called + wait <= (asked.answer.not_before or called) + MOST_SECONDS


def too_long_a_wait_is_the_callers(delay: Delay, asked: Asked) -> None:
    """Where the server asks for more than a minute, nothing is repeated: waiting that long belongs to the caller."""
    assert delay(asked.attempt) is None


def garbage_falls_back_to_backoff(delay: Delay, asked: Asked) -> None:
    """A `Retry-After` that cannot be read counts for nothing: there is a wait, and it is a short one."""
    wait = delay(asked.attempt)
    assert wait is not None
    assert 0 < wait <= BACKOFF_CAP


def any_text_gives_a_wait_or_none(delay: Delay, asked: Asked) -> None:
    """Whatever text `Retry-After` holds, the result is a number that can be slept, or `None`."""
    wait = delay(asked.attempt)
    assert wait is None or (math.isfinite(wait) and 0 <= wait <= MOST_SECONDS + 1)


def backoff_is_bounded(delay: Delay, attempt: Attempt) -> None:
    """Without word from the server, the wait is above zero and at most eight seconds, however often it was tried."""
    wait = delay(attempt)
    assert wait is not None
    assert 0 < wait <= BACKOFF_CAP


def backoff_grows(delay: Delay, attempt: Attempt) -> None:
    """The wait doubles from half a second up to eight, and jitter takes at most half of it."""
    wait = delay(attempt)
    assert wait is not None
    longest = 0.5 * 2 ** min(attempt.retries_done, 4)
    assert longest / 2 <= wait <= longest


def jitter_varies(delay: Delay, attempt: Attempt) -> None:
    """Clients that fail together do not come back together."""
    assert len({delay(attempt) for _ in range(20)}) > 10


# The table ------------------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A law, what it is tried on, and rules that must fail it."""

    law: Callable[[Delay, Any], None]
    examples: SearchStrategy[Any]
    broken: tuple[Delay, ...]


_never_sent = st.one_of(
    examples.failures(*examples.NEVER_SENT), _responses(examples.answers(_throttled))
)  # fmt: skip
_passing = st.one_of(
    examples.failures(*examples.NEVER_SENT, *examples.PERHAPS_SENT),
    _responses(examples.answers(st.one_of(st.sampled_from([408, 429]), st.integers(500, 599)))),
)
# As many failures as answers, so that each kind of failure turns up.
_any_end = st.booleans().flatmap(
    lambda answered: (
        examples.outcomes()
        if answered
        else examples.failures(*examples.NEVER_SENT, *examples.PERHAPS_SENT, *examples.NOT_OF_THE_NETWORK)
    )
)
_final = st.one_of(
    examples.failures(*examples.NOT_OF_THE_NETWORK),
    _responses(examples.answers(st.integers(200, 499).filter(lambda status: status not in (408, 429)))),
)

CASES = [
    Case(never_more_than_allowed, _attempts(_no_retries_left()), (broken.retry_without_end, broken.retry_once_more)),
    Case(
        post_is_repeated_only_where_it_cannot_work_twice,
        _attempts(_retries_left(), _any_end, st.just("POST")),
        (broken.retry_everything, broken.retry_client_errors),
    ),
    Case(what_cannot_have_worked_is_repeated, _attempts(_retries_left(), _never_sent), (broken.retry_nothing,)),
    Case(
        get_is_repeated_after_a_passing_failure,
        _attempts(_retries_left(), _passing, st.just("GET")),
        (
            broken.retry_nothing,
            broken.retry_like_a_post,
        ),
    ),
    Case(what_will_not_change_is_not_repeated, _attempts(_retries_left(), _final), (broken.retry_client_errors,)),
    Case(
        never_sooner_than_asked,
        _asked(examples.answers_asking(_throttled)),
        (broken.ignore_retry_after, broken.jitter_around, broken.read_numbers_only, broken.retry_nothing),
    ),
    Case(
        too_long_a_wait_is_the_callers,
        _asked(examples.answers_asking(min_seconds=60.001, max_seconds=1e6)),
        (broken.cap_retry_after, broken.ignore_retry_after),
    ),
    Case(
        garbage_falls_back_to_backoff,
        _asked(examples.answers_with_garbage(_throttled)),
        (broken.trust_retry_after, broken.stop_at_garbage, broken.retry_nothing),
    ),
    Case(
        any_text_gives_a_wait_or_none,
        _asked(examples.answers_saying_anything(_throttled)),
        (broken.wait_forever, broken.wait_no_number),
    ),
    # A long outage and a patient caller: far beyond where doubling leaves what a float can hold.
    Case(backoff_is_bounded, _attempts(_retries_left(5000), _never_sent), (broken.no_cap, broken.retry_nothing)),
    Case(backoff_grows, _attempts(_retries_left(), _never_sent), (broken.no_growth, broken.no_cap)),
    Case(
        jitter_varies,
        st.one_of(
            _attempts(_retries_left(), _never_sent),
            _attempts(_retries_left(), _responses(examples.answers_asking(_throttled))),
        ),
        (broken.no_jitter,),
    ),
]


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes between an answer and what is made of it, however busy the machine is."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(waiting, "time", lambda: now)


by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.law.__name__))


@by_name
def test_retry_law_holds(case: Case) -> None:
    """Every law of retries holds for what the transports ask."""

    @settings(max_examples=200)
    @given(case.examples)
    def holds(example: object) -> None:
        case.law(our_delay, example)

    holds()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process can be changed on Unix only")
@pytest.mark.parametrize("zone", ["JST-9", "EST5"])
def test_date_means_the_same_everywhere(zone: str) -> None:
    """A date in `Retry-After` is a moment, whatever the clock on the wall of this machine says."""

    @given(_asked(examples.answers_asking(_throttled)))
    def holds(asked: Asked) -> None:
        never_sooner_than_asked(our_delay, asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        try:
            holds()
        finally:
            patch.undo()
            time.tzset()


@pytest.mark.parametrize(
    ("case", "delay"),
    [
        pytest.param(case, delay, id=f"{case.law.__name__}-{index}")
        for case in CASES
        for index, delay in enumerate(case.broken)
    ],
)
def test_broken_delay_fails_the_law(case: Case, delay: Delay) -> None:
    """A rule that is wrong fails the law that it breaks."""
    assert breaks(lambda example: case.law(delay, example), case.examples)
