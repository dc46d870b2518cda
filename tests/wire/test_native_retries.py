"""Native calls that are repeated: only where that cannot do the work twice, and not before the server wants it.

No time passes here: what the transport would have waited is recorded instead.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.colours import Colour, both_colours
from support.wire import Answer, Answerer, Sent, fake_wire, json_answer, vlm_run
from vlmrun._http import retries
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import APIError, NetworkError, RateLimitError, RequestTimeoutError, ServerError

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

NOW = datetime(2026, 5, 19, 8, 30, tzinfo=timezone.utc)
READS: dict[str, Use] = {
    "list": lambda c: c.agent.list(),
    "get_by_id": lambda c: c.agent.get_by_id("i-1"),
    "healthcheck": lambda c: c.healthcheck(),
}
STARTS: dict[str, Use] = {
    "create": lambda c: c.agent.create({"prompt": "Read."}, inputs={"n": [1, {"é": None}]}),
    "execute": lambda c: c.agent.execute("reader", inputs={"n": [1, {"é": None}]}),
    "get": lambda c: c.agent.get(name="reader"),
}
CALLS = {**READS, **STARTS}
all_reads = pytest.mark.parametrize("call", READS)
all_starts = pytest.mark.parametrize("call", STARTS)
one_of_each = pytest.mark.parametrize("call", ["list", "execute"])


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Generator[list[float], None, None]:
    """What the transport waited, in seconds; it is `NOW`, and stays so."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(waiting, "time", NOW.timestamp)
    monkeypatch.setattr(waiting, "sleep", waited.append)
    monkeypatch.setattr(waiting, "async_sleep", sleep)
    yield waited
    assert all(seconds >= 0 for seconds in waited)


def in_turn(*outcomes: Answer | Exception) -> Answerer:
    """Answer with these, then as VLM Run does when all is well."""
    left = iter(outcomes)
    return lambda sent: next(left, None) or vlm_run(sent)


def attempts(colour: Colour, use: Use, answer: Answerer, **options: Any) -> tuple[list[Sent], APIError | None]:
    """The requests of a call, and what it ended with."""
    with fake_wire(answer) as sent:
        try:
            colour.run(use, **options)
        except APIError as error:
            return sent, error
    return sent, None


PASSING: dict[str, Answer | Exception] = {
    **{str(status): json_answer({"detail": "Later."}, status) for status in (408, 429, 500, 502, 503, 504)},
    "connect error": httpx2.ConnectError("refused"),
    "connect timeout": httpx2.ConnectTimeout("no route"),
    "pool timeout": httpx2.PoolTimeout("busy"),
    "read error": httpx2.ReadError("reset"),
    "read timeout": httpx2.ReadTimeout("slow"),
    "write error": httpx2.WriteError("broken pipe"),
    "protocol error": httpx2.RemoteProtocolError("hung up"),
}
UNTOUCHED = ("429", "503", "connect error", "connect timeout", "pool timeout")
"""Where the server cannot have acted on the request."""
FINAL = (400, 401, 402, 403, 404, 405, 409, 413, 422)


@both_colours
@all_reads
@pytest.mark.parametrize("name", PASSING)
def test_a_read_is_repeated_until_the_retries_are_used_up(
    colour: Colour, call: str, name: str, waits: list[float]
) -> None:
    """A GET does no work, so it is repeated after every passing failure, `max_retries` times."""
    sent, error = attempts(colour, READS[call], lambda _: PASSING[name], max_retries=3)
    assert len(sent) == 4
    assert len(waits) == 3
    # A 5xx is an answer to `healthcheck`; all else is an error.
    assert (error is None) == (call == "healthcheck" and name.startswith("5"))


@both_colours
@all_starts
@pytest.mark.parametrize("name", UNTOUCHED)
def test_a_start_is_repeated_where_the_server_cannot_have_acted(
    colour: Colour, call: str, name: str, waits: list[float]
) -> None:
    """A POST is repeated after a connection that never came about, 429 and 503."""
    sent, error = attempts(colour, STARTS[call], lambda _: PASSING[name], max_retries=2)
    assert len(sent) == 3
    assert len(waits) == 2
    assert error is not None


@both_colours
@all_starts
@pytest.mark.parametrize("name", [name for name in PASSING if name not in UNTOUCHED])
def test_a_start_is_never_done_twice(colour: Colour, call: str, name: str, waits: list[float]) -> None:
    """A POST is sent once where the server may have acted on it: that would be billed twice."""
    sent, error = attempts(colour, STARTS[call], lambda _: PASSING[name], max_retries=5)
    assert len(sent) == 1
    assert waits == []
    assert error is not None


@both_colours
@one_of_each
@pytest.mark.parametrize("status", FINAL)
def test_a_refusal_is_final(colour: Colour, call: str, status: int, waits: list[float]) -> None:
    """What the server refuses once, it refuses always."""
    sent, error = attempts(colour, CALLS[call], lambda _: json_answer({"detail": "No."}, status), max_retries=5)
    assert len(sent) == 1
    assert waits == []
    assert error is not None
    assert error.http_status == status


@both_colours
def test_an_unreadable_success_is_final(colour: Colour, waits: list[float]) -> None:
    """The server did what it was asked: asking again helps nobody."""
    for use in CALLS.values():
        sent, error = attempts(colour, use, lambda _: Answer(200, b"<html>"), max_retries=5)
        assert len(sent) == 1
        assert (error is None) == (use is CALLS["healthcheck"])
    assert waits == []


@both_colours
@one_of_each
@pytest.mark.parametrize("name", PASSING)
def test_no_retries_is_one_attempt(colour: Colour, call: str, name: str, waits: list[float]) -> None:
    """`max_retries=0` means once, whatever happens."""
    sent, _ = attempts(colour, CALLS[call], lambda _: PASSING[name], max_retries=0)
    assert len(sent) == 1
    assert waits == []


@both_colours
@all_reads
def test_success_after_a_retry_is_success(colour: Colour, call: str, waits: list[float]) -> None:
    """The caller sees the answer, and nothing of what went before it."""
    answer = in_turn(PASSING["500"], PASSING["read error"], PASSING["429"])
    with fake_wire(answer) as sent:
        result = colour.run(READS[call], max_retries=5)
    assert len(sent) == 4
    assert len(waits) == 3
    with fake_wire():
        assert result == colour.run(READS[call])


@both_colours
@all_starts
def test_every_attempt_is_the_same_request(colour: Colour, call: str, waits: list[float]) -> None:
    """Each repetition is the first request again, byte for byte, and the last gets its answer."""
    with fake_wire(in_turn(PASSING["503"], PASSING["connect error"], PASSING["429"])) as sent:
        result = colour.run(STARTS[call], max_retries=3)
    assert len(waits) == 3
    assert sent == [sent[0]] * 4
    assert sent[0].json()
    assert sent[0].timeout == sent[3].timeout
    with fake_wire():
        assert result == colour.run(STARTS[call])


@both_colours
def test_the_last_failure_is_the_one_that_is_raised(colour: Colour, waits: list[float]) -> None:
    """Where attempts fail in different ways, the error tells of the last, with its body."""
    _, error = attempts(
        colour,
        READS["list"],
        in_turn(PASSING["500"], PASSING["read error"], json_answer({"detail": "Still busy."}, 429)),
        max_retries=2,
    )
    assert type(error) is RateLimitError
    assert error.message == "Still busy."
    _, error = attempts(colour, READS["list"], in_turn(PASSING["429"], PASSING["read timeout"]), max_retries=1)
    assert type(error) is RequestTimeoutError
    _, error = attempts(colour, READS["list"], in_turn(PASSING["429"], PASSING["connect error"]), max_retries=1)
    assert type(error) is NetworkError
    assert len(waits) == 4


@both_colours
def test_with_options_changes_the_retries_of_a_copy(colour: Colour, waits: list[float]) -> None:
    """A copy has its own `max_retries`; the client keeps its own."""
    sent, _ = attempts(colour, lambda c: c.with_options(max_retries=3).agent.list(), lambda _: PASSING["500"])
    assert len(sent) == 4
    assert len(waits) == 3


# How long -------------------------------------------------------------------------------------------------------------


@both_colours
def test_waits_grow_and_differ(colour: Colour, waits: list[float]) -> None:
    """Backoff doubles from half a second up to eight, with jitter, so that clients do not come back together."""
    for _ in range(5):
        attempts(colour, READS["list"], lambda _: PASSING["500"], max_retries=8)
    assert len(waits) == 40
    ceilings = [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    for first in range(0, 40, 8):
        for waited, ceiling in zip(waits[first : first + 8], ceilings, strict=True):
            assert ceiling / 2 <= waited <= ceiling
    assert len(set(waits)) == 40


def asking(value: str, status: int = 429) -> Answer:
    """A refusal that says when to come back."""
    return json_answer({"detail": "Later."}, status, retry_after=value)


@both_colours
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("1", 1), ("7", 7), ("2.5", 2.5), (" 3 ", 3), ("60", 60)])
@one_of_each
def test_retry_after_in_seconds_is_honoured(
    colour: Colour, call: str, value: str, seconds: float, status: int, waits: list[float]
) -> None:
    """The wait is at least what the server asks for, and little more."""
    sent, error = attempts(colour, CALLS[call], in_turn(asking(value, status)), max_retries=1)
    assert error is None
    assert len(sent) == 2
    assert len(waits) == 1
    assert seconds <= waits[0] <= seconds + 0.5


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[str, None, None]:
    """Where on Earth the client runs."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system has no time.tzset to move the client with")
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    time.tzset()


DATES = {
    "IMF-fixdate": "Tue, 19 May 2026 08:30:07 GMT",
    "RFC 850": "Tuesday, 19-May-26 08:30:07 GMT",
    "asctime": "Tue May 19 08:30:07 2026",
}


@both_colours
@pytest.mark.parametrize("form", DATES)
@pytest.mark.usefixtures("time_zone")
def test_retry_after_as_a_date_is_honoured(colour: Colour, form: str, waits: list[float]) -> None:
    """The three forms of RFC 9110 name a moment in GMT, wherever the client runs."""
    sent, error = attempts(colour, READS["list"], in_turn(asking(DATES[form])), max_retries=1)
    assert error is None
    assert len(sent) == 2
    assert len(waits) == 1
    assert 7 <= waits[0] <= 7.5


@both_colours
def test_retry_after_in_the_past_is_now(colour: Colour, waits: list[float]) -> None:
    """A date that has passed asks for no wait."""
    past = format_datetime(datetime(2020, 1, 1, tzinfo=timezone.utc), usegmt=True)
    sent, error = attempts(colour, READS["list"], in_turn(asking(past)), max_retries=1)
    assert error is None
    assert len(sent) == 2
    assert waits[0] <= 0.5


@both_colours
@pytest.mark.parametrize("value", ["61", "86400", "1e9", "inf", "Wed, 19 May 2027 08:30:00 GMT"])
@one_of_each
def test_an_absurd_retry_after_is_an_error_at_once(colour: Colour, call: str, value: str, waits: list[float]) -> None:
    """To wait longer than a minute is for the caller to decide, who gets the error and the header."""
    sent, error = attempts(colour, CALLS[call], in_turn(asking(value)), max_retries=5)
    assert len(sent) == 1
    assert waits == []
    assert type(error) is RateLimitError
    assert error.headers["retry-after"] == value


@both_colours
@pytest.mark.parametrize(
    "value", ["", "soon", "-1", "nan", "-inf", "Tue, 99 May 2026", "Tue, 19 May 99999 08:30:00 GMT"]
)
def test_a_retry_after_that_says_nothing_is_passed_over(colour: Colour, value: str, waits: list[float]) -> None:
    """A header that cannot be understood leaves the ordinary wait."""
    sent, error = attempts(colour, READS["list"], in_turn(asking(value)), max_retries=1)
    assert error is None
    assert len(sent) == 2
    assert len(waits) == 1
    assert 0.25 <= waits[0] <= 0.5


@given(
    st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]))
    | st.from_regex(r"[A-Z][a-z]{2},? [ -~]*", fullmatch=True)
)
def test_no_retry_after_is_ever_an_exception(value: str) -> None:
    """Whatever a server or a proxy puts there, the decision is a wait within bounds, or none."""
    response = httpx2.Response(429, headers={b"retry-after": value.encode("latin-1")})
    delay = retries.retry_delay("GET", response, 0, 1)
    assert delay is None or 0 <= delay <= retries.MAX_RETRY_AFTER_SECONDS + retries.FIRST_BACKOFF_SECONDS


@both_colours
@pytest.mark.parametrize("status", [500, 502, 504])
def test_retry_after_does_not_make_a_start_repeatable(colour: Colour, status: int, waits: list[float]) -> None:
    """A server that failed may have acted, also where it says when to come back."""
    sent, error = attempts(colour, STARTS["execute"], in_turn(asking("1", status)), max_retries=5)
    assert len(sent) == 1
    assert waits == []
    assert type(error) is ServerError
