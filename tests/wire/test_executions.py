"""Executions on the wire, per API.md §3.6, and waiting for one, per §12.

No time passes here: whoever sleeps, or waits for a slow answer, moves the clock on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import EXECUTION, Answer, Answerer, Sent, fake_wire, json_answer, vlm_run
from vlmrun._arguments.config import configure
from vlmrun._http.limits import ASKED, limit
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.deadline import Deadline
from vlmrun.client.exceptions import (
    APIError,
    ExecutionError,
    ExecutionFailedError,
    ExecutionTimeoutError,
    InputError,
    NetworkError,
    OutputValidationError,
    RequestTimeoutError,
    ResourceNotFoundError,
    ResponseValidationError,
    ServerError,
)
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.results import AgentRun, run_from_execution

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]
ID = str(EXECUTION["id"])
PENDING = AgentExecutionResponse.model_validate(EXECUTION)


@dataclass
class Clock:
    """A clock that goes on when somebody sleeps, and how long each slept."""

    now: float = 1000.0
    sleeps: list[float] = field(default_factory=list[float])

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        assert seconds >= 0
        assert len(self.sleeps) < 5000, "this goes on for ever"
        self.sleeps.append(seconds)
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        """The same, awaited."""
        self.sleep(seconds)

    def slow(self, seconds: float, answer: Answer) -> Answerer:
        """An answer that comes after so many seconds, if whoever asks waits for it."""

        def late(sent: Sent) -> Answer | Exception:
            patience = sent.timeout["read"]
            if patience is not None and patience < seconds:
                self.now += patience
                return httpx2.ReadTimeout("slow")
            self.now += seconds
            return answer

        return late


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one clock of waiting, of deadlines and of retries."""
    clock = Clock()
    monkeypatch.setattr(waiting, "monotonic", lambda: clock.now)
    monkeypatch.setattr(waiting, "time", lambda: clock.now)
    monkeypatch.setattr(waiting, "sleep", clock.sleep)
    monkeypatch.setattr(waiting, "async_sleep", clock.async_sleep)
    return clock


def state(status: str, **fields: object) -> Answer:
    """The execution, as it stands."""
    return json_answer({**EXECUTION, "status": status, **fields})


def in_turn(*outcomes: Answer | Exception | Answerer) -> Answerer:
    """Answer with these, and with the last of them ever after."""
    left = iter(outcomes)
    last: list[Answer | Exception | Answerer] = []

    def answer(sent: Sent) -> Answer | Exception:
        outcome = next(left, None)
        last[:] = last if outcome is None else [outcome]
        return last[0](sent) if callable(last[0]) else last[0]

    return answer


def wait(**arguments: Any) -> Use:
    """Waiting, for a client of either colour."""
    return lambda client: client.executions.wait(ID, **arguments)


# What goes out --------------------------------------------------------------------------------------------------------

CASES: dict[str, tuple[Use, str]] = {
    "list": (lambda c: c.executions.list(), "/agent/executions?skip=0&limit=10"),
    "list, a part": (lambda c: c.executions.list(skip=5, limit=1000), "/agent/executions?skip=5&limit=1000"),
    "get": (lambda c: c.executions.get("e-1"), "/agent/executions/e-1"),
    "get, any text": (lambda c: c.executions.get("../e?a=b#c"), "/agent/executions/..%2Fe%3Fa%3Db%23c"),
    "wait": (lambda c: c.executions.wait("e-1"), "/agent/executions/e-1"),
}


@both_colours
@pytest.mark.parametrize("name", CASES)
def test_a_call_makes_its_request(colour: Colour, name: str) -> None:
    """Each method sends the documented request, with the key and without a body."""
    use, path = CASES[name]
    with fake_wire() as sent:
        colour.run(use)
    assert [(request.method, request.url, request.body) for request in sent] == [("GET", f"{BASE_URL}{path}", b"")]
    assert sent[0].header("authorization") == f"Bearer {API_KEY}"


@both_colours
def test_answers_are_executions(colour: Colour) -> None:
    """What comes back is an execution, or a page of them."""
    with fake_wire(lambda _: state("pending", response=["any", {"JSON": 1}], new=1)):
        got = colour.run(lambda c: c.executions.get(ID))
    assert isinstance(got, AgentExecutionResponse)
    assert (got.id, got.status, got.response) == (ID, "pending", ["any", {"JSON": 1}])
    assert got.model_extra == {"new": 1}
    with fake_wire():
        assert colour.run(lambda c: c.executions.list()).data == [PENDING, PENDING]


@both_colours
@pytest.mark.parametrize("execution_id", ["", None, 5, ".", ".."])
def test_an_id_that_is_none_is_refused(colour: Colour, execution_id: object) -> None:
    """What cannot be an identifier is sent nowhere."""
    both: list[Use] = [lambda c: c.executions.get(execution_id), lambda c: c.executions.wait(execution_id)]
    for use in both:
        with fake_wire() as sent, pytest.raises(InputError):
            colour.run(use)
        assert sent == []


@both_colours
@pytest.mark.parametrize("window", [{"skip": -1}, {"skip": "0"}, {"limit": 0}, {"limit": 1001}, {"limit": True}])
def test_a_window_out_of_range_is_refused(colour: Colour, window: dict[str, Any]) -> None:
    """`skip` is from 0, `limit` from 1 to 1000."""
    with fake_wire() as sent, pytest.raises(InputError):
        colour.run(lambda c: c.executions.list(**window))
    assert sent == []


# Waiting --------------------------------------------------------------------------------------------------------------


@both_colours
def test_what_is_completed_is_not_waited_for(colour: Colour, clock: Clock) -> None:
    """One request, and the answer."""
    with fake_wire() as sent:
        got = colour.run(wait())
    assert (got.status, got.response) == ("completed", {"total": 12.5})
    assert len(sent) == 1
    assert clock.sleeps == []


@both_colours
def test_pauses_grow_to_five_seconds(colour: Colour, clock: Clock) -> None:
    """A tenth of a second at first, half as much again each time, and never more than five seconds."""
    with fake_wire(in_turn(*[state("running")] * 12, state("completed", response=1))) as sent:
        assert colour.run(wait()).response == 1
    assert len(sent) == 13
    expected = [min(0.1 * 1.5**n, 5.0) for n in range(12)]
    assert clock.sleeps == pytest.approx(expected)
    assert expected[-1] == 5.0


@both_colours
@pytest.mark.parametrize("name", ["poll_interval", "sleep"])
def test_the_interval_is_what_was_asked_for(colour: Colour, clock: Clock, name: str) -> None:
    """`sleep` is what the official SDK calls it."""
    with fake_wire(in_turn(*[state("running")] * 3, state("completed"))) as sent:
        colour.run(wait(timeout=600, **{name: 7}))
    assert len(sent) == 4
    assert clock.sleeps == [7, 7, 7]


@both_colours
def test_a_long_interval_ends_with_the_time(colour: Colour, clock: Clock) -> None:
    """The last look is at the end of the time, however long the interval."""
    with fake_wire(lambda _: state("running")) as sent, pytest.raises(ExecutionTimeoutError):
        colour.run(wait(timeout=10, poll_interval=8))
    assert len(sent) == 3
    assert sum(clock.sleeps) <= 10


@both_colours
def test_two_names_of_the_interval_are_one_too_many(colour: Colour) -> None:
    """Nothing is sent where they may contradict each other, or where one is no time."""
    for arguments, named in (
        ({"poll_interval": 1, "sleep": 2}, "poll_interval"),
        ({"poll_interval": 0}, "poll_interval"),
        ({"sleep": "5"}, "sleep"),
        ({"response_model": dict}, "response_model"),
    ):
        with fake_wire() as sent, pytest.raises(InputError, match=named):
            colour.run(wait(**arguments))
        assert sent == []


class Invoice(BaseModel):
    """What the execution of these tests answers."""

    total: float


@both_colours
def test_a_typed_answer_is_waited_for(colour: Colour, clock: Clock) -> None:
    """With a `response_model` it is the run that `agent.run` would have returned."""
    completed = json_answer({**EXECUTION, "status": "completed", "response": {"total": 1}}, x_request_id="r-1")
    with fake_wire(in_turn(state("running"), completed)):
        run = colour.run(wait(response_model=Invoice))
    assert run.__class__ is AgentRun
    assert (run.output, run.text, run.execution_id, run.request_id) == (Invoice(total=1), '{"total": 1}', ID, "r-1")
    assert isinstance(run.raw, AgentExecutionResponse)
    assert clock.sleeps == [0.1]


@both_colours
def test_an_answer_that_does_not_fit_is_an_error_that_has_it(colour: Colour) -> None:
    """It says which call it came by."""
    with fake_wire(lambda _: state("completed", response="No.")), pytest.raises(OutputValidationError) as caught:
        colour.run(wait(response_model=Invoice))
    assert caught.value.text == "No."
    assert (caught.value.method, caught.value.url) == ("GET", f"{BASE_URL}/agent/executions/{ID}")


@both_colours
@pytest.mark.parametrize("status", ["failed", "running"])
def test_an_error_of_an_execution_says_by_which_call(colour: Colour, status: str) -> None:
    """As every error of a call does; a retry of the last look is counted."""
    answer = in_turn(Answer(503, headers={"x-request-id": "r-0"}), state(status, response="Dark."))
    with fake_wire(answer), pytest.raises(ExecutionError) as caught:
        colour.run(wait(timeout=30), max_retries=1)
    error = caught.value
    assert (error.method, error.url) == ("GET", f"{BASE_URL}/agent/executions/{ID}")
    assert (error.execution_id, error.http_status) == (ID, 200)
    assert error.attempts == (2 if status == "failed" else 1)
    assert isinstance(error.seconds, float)
    assert f"(GET /agent/executions/{ID}: 200" in str(error)


@both_colours
def test_a_look_that_is_not_answered_says_which_it_was(colour: Colour, clock: Clock) -> None:
    """There is no status then."""
    slow = clock.slow(100, state("running"))
    with fake_wire(slow), pytest.raises(ExecutionTimeoutError) as caught:
        colour.run(wait(timeout=10))
    assert (caught.value.method, caught.value.http_status, caught.value.attempts) == ("GET", None, 1)
    assert f"(GET /agent/executions/{ID}: no response in 10.0 s)" in str(caught.value)


@both_colours
def test_an_execution_in_place_of_its_id_is_explained(colour: Colour) -> None:
    """The remedy is its id."""
    with fake_wire() as sent, pytest.raises(InputError, match=r"^id must be") as caught:
        colour.run(lambda client: client.executions.wait(PENDING))
    assert sent == []
    assert caught.value.suggestion == "pass its id."


# Without a call -------------------------------------------------------------------------------------------------------


def execution(status: str, response: object = None) -> AgentExecutionResponse:
    """What a webhook brings."""
    return AgentExecutionResponse.model_validate({**EXECUTION, "status": status, "response": response})


def test_an_execution_that_came_otherwise_gives_the_same_run() -> None:
    """As by a webhook: text without a model, and else its output."""
    run = run_from_execution(execution("completed", {"total": 1, "image": "img_a1b2c3"}), Invoice)
    assert run.output == Invoice(total=1)
    assert (run.execution_id, run.artifacts, run.request_id) == (ID, ("img_a1b2c3",), None)
    assert run_from_execution(execution("completed", "Done.")).output == "Done."


def test_an_execution_without_an_answer_gives_no_run() -> None:
    """One that failed is the error of `wait`, one that runs is too early, and what does not fit keeps its text."""
    with pytest.raises(ExecutionFailedError, match="Too dark") as failed:
        run_from_execution(execution("failed", "Too dark."), Invoice)
    assert failed.value.execution_id == ID
    with pytest.raises(InputError, match="execution is running, not completed"):
        run_from_execution(execution("running"), Invoice)
    with pytest.raises(OutputValidationError) as unfit:
        run_from_execution(execution("completed", "No."), Invoice)
    assert unfit.value.text == "No."
    wrong: Any = {"status": "completed"}
    with pytest.raises(InputError, match="execution cannot be read"):
        run_from_execution(wrong, Invoice)
    wrong = dict
    with pytest.raises(InputError, match="response_model"):
        run_from_execution(execution("completed"), wrong)


@both_colours
@pytest.mark.parametrize("status", ["enqueued", "pending", "running", "paused", "hibernating", "COMPLETED", ""])
def test_all_that_has_not_ended_goes_on(colour: Colour, clock: Clock, status: str) -> None:
    """Only the three final statuses end it: one that is not known yet is no reason to give up."""
    with fake_wire(in_turn(state(status), state(status), state("completed"))) as sent:
        assert colour.run(wait()).status == "completed"
    assert len(sent) == 3
    assert len(clock.sleeps) == 2


WORDS: dict[str, tuple[object, str]] = {
    "OpenAI's": ({"error": {"message": "Page 3 is unreadable.", "type": "input"}}, "Page 3 is unreadable"),
    "FastAPI's": ({"detail": "Page 3 is unreadable."}, "Page 3 is unreadable"),
    "a gateway's": ({"detail": {"error": {"message": "Page 3 is unreadable"}}}, "Page 3 is unreadable"),
    "a list": ({"detail": [{"loc": ["pages", 3], "msg": "is unreadable"}]}, "pages.3: is unreadable"),
    "few": ({"error": "Page 3 is unreadable"}, "Page 3 is unreadable"),
    "text": ("Page 3 is unreadable", "Page 3 is unreadable"),
    "none": (None, "does not say why"),
    "no text": ("", "does not say why"),
    "others": ({"pages": [3]}, "does not say why"),
    "a list of others": ([3], "does not say why"),
}


@both_colours
@pytest.mark.parametrize("status", ["failed", "cancelled"])
@pytest.mark.parametrize("name", WORDS)
def test_a_failure_is_raised_at_once(colour: Colour, clock: Clock, status: str, name: str) -> None:
    """The error has the server's words, and says which execution it was, how it ended and what it left."""
    response, words = WORDS[name]
    with (
        fake_wire(in_turn(state("running"), state(status, response=response))) as sent,
        pytest.raises(ExecutionFailedError) as caught,
    ):
        colour.run(wait())
    error = caught.value
    assert words in error.message
    assert status in error.message
    assert ".." not in error.message
    assert (error.execution_id, error.status, error.body) == (ID, status, response)
    assert isinstance(error.execution, AgentExecutionResponse)
    assert (error.execution.id, error.execution.status, error.execution.response) == (ID, status, response)
    assert isinstance(error, ExecutionError)
    assert isinstance(error, APIError)
    assert len(sent) == 2
    assert clock.sleeps == [0.1]


@both_colours
@pytest.mark.parametrize("status", ["pending", "paused"])
def test_time_is_up(colour: Colour, clock: Clock, status: str) -> None:
    """What has not ended in time is an `ExecutionTimeoutError`, no later than asked for."""
    with fake_wire(lambda _: state(status)), pytest.raises(ExecutionTimeoutError, match=status) as caught:
        colour.run(wait(timeout=30))
    assert (caught.value.execution_id, caught.value.status) == (ID, status)
    assert caught.value.execution == AgentExecutionResponse.model_validate({**EXECUTION, "status": status})
    assert caught.value.error_type == "timeout"
    assert caught.value.suggestion
    assert 29.5 <= clock.now - 1000 <= 30


@both_colours
def test_a_short_time_is_two_looks(colour: Colour, clock: Clock) -> None:
    """Where the time is shorter than a pause, the execution is asked for at once and at the end, and not beyond it."""
    with fake_wire(lambda _: state("running")) as sent, pytest.raises(ExecutionTimeoutError):
        colour.run(wait(timeout=0.15))
    assert len(sent) == 2
    assert sum(clock.sleeps) <= 0.15


@both_colours
def test_the_client_says_how_long_by_default(colour: Colour, clock: Clock) -> None:
    """The client's `timeout`, also that of a copy; an argument comes before it."""
    ways: list[tuple[float, Use, dict[str, Any]]] = [
        (60, wait(), {"timeout": 60.0}),
        (40, lambda c: c.with_options(timeout=40).executions.wait(ID), {"timeout": 60.0}),
        (20, wait(timeout=20), {"timeout": 60.0}),
        (600, wait(), {}),
    ]
    with fake_wire(lambda _: state("running")):
        for seconds, use, options in ways:
            before = clock.now
            with pytest.raises(ExecutionTimeoutError):
                colour.run(use, **options)
            assert seconds - 5 <= clock.now - before <= seconds


@both_colours
def test_without_a_limit_nobody_gives_up(colour: Colour, clock: Clock) -> None:
    """`timeout=None` goes on, whether the argument or the client says it."""
    for use, options in ((wait(timeout=None), {"timeout": 5.0}), (wait(), {"timeout": None})):
        before = clock.now
        with fake_wire(in_turn(*[state("running")] * 400, state("completed"))):
            assert colour.run(use, **options).status == "completed"
        assert clock.now - before > 1900


@both_colours
def test_no_attempt_outlives_the_deadline(colour: Colour, clock: Clock) -> None:
    """Each request may take what is left of the time, and no more; nor more than the client's own timeout."""
    with fake_wire(lambda _: state("running")) as sent, pytest.raises(ExecutionTimeoutError):
        colour.run(wait(timeout=30), timeout=20.0)
    assert sent[0].timeout["read"] == 20.0
    at = 0.0
    for request, slept in zip(sent, [*clock.sleeps, 0.0], strict=True):
        assert request.timeout["read"] == pytest.approx(min(20.0, 30 - at))
        assert request.timeout["connect"] == pytest.approx(min(5.0, 30 - at))
        at += slept


@both_colours
def test_a_slow_answer_does_not_make_it_late(colour: Colour, clock: Clock) -> None:
    """A poll that is not answered ends with the time, and is not repeated after it."""
    slow = clock.slow(100, state("running"))
    with fake_wire(in_turn(state("running"), slow)) as sent, pytest.raises(ExecutionTimeoutError) as caught:
        colour.run(wait(timeout=10), max_retries=5)
    assert clock.now - 1000 == pytest.approx(10)
    assert len(sent) == 2
    assert caught.value.status == "running"
    assert isinstance(caught.value.__cause__, RequestTimeoutError)

    with fake_wire(slow), pytest.raises(ExecutionTimeoutError) as caught:
        colour.run(wait(timeout=10))
    assert caught.value.status is None


@both_colours
def test_an_answer_that_is_late_and_good_is_taken(colour: Colour, clock: Clock) -> None:
    """What comes within the time counts, however slowly."""
    with fake_wire(clock.slow(9, state("completed"))):
        assert colour.run(wait(timeout=10)).status == "completed"


@both_colours
def test_the_clients_timeout_within_the_time_is_its_own_error(colour: Colour, clock: Clock) -> None:
    """Where a poll takes longer than the client waits, and there is time left, the poll is repeated, then raised."""
    slow = clock.slow(100, state("completed"))
    with fake_wire(in_turn(slow, slow, state("completed"))) as sent:
        assert colour.run(wait(timeout=60), timeout=10.0, max_retries=2).status == "completed"
    assert len(sent) == 3
    with fake_wire(slow) as sent, pytest.raises(RequestTimeoutError):
        colour.run(wait(timeout=60), timeout=10.0, max_retries=1)
    assert len(sent) == 2


PASSING: dict[str, Answer | Exception] = {
    "500": Answer(500),
    "503": Answer(503),
    "429": json_answer({"detail": "Later."}, 429, retry_after="2"),
    "reset": httpx2.ReadError("reset"),
    "no connection": httpx2.ConnectError("refused"),
}


@both_colours
@pytest.mark.parametrize("name", PASSING)
def test_a_passing_failure_of_a_poll_is_passed_over(colour: Colour, clock: Clock, name: str) -> None:
    """A poll does no work, so it is repeated as any GET; the count begins anew with each poll."""
    failure = PASSING[name]
    answer = in_turn(failure, failure, state("running"), failure, failure, state("completed"))
    with fake_wire(answer) as sent:
        assert colour.run(wait(), max_retries=2).status == "completed"
    assert len(sent) == 6
    assert len(clock.sleeps) == 5


@both_colours
@pytest.mark.parametrize("name", PASSING)
def test_retries_end_with_the_time(colour: Colour, clock: Clock, name: str) -> None:
    """However many retries there may be, nobody waits beyond the time."""
    with fake_wire(lambda _: PASSING[name]), pytest.raises(APIError) as caught:
        colour.run(wait(timeout=10), max_retries=100)
    assert type(caught.value) is not ExecutionFailedError
    assert clock.now - 1000 <= 10


@both_colours
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({"detail": "No such execution."}, 404), ResourceNotFoundError),
        (Answer(200, b"<html>"), ResponseValidationError),
        (Answer(500), ServerError),
        (httpx2.ReadError("reset"), NetworkError),
    ],
)
def test_what_does_not_pass_is_raised(
    colour: Colour, clock: Clock, answer: Answer | Exception, error: type[APIError]
) -> None:
    """An execution that is not there will not be there later, and without retries every failure is final."""
    with fake_wire(lambda _: answer) as sent, pytest.raises(error):
        colour.run(wait(), max_retries=5 if error is ResourceNotFoundError else 0)
    assert len(sent) == 1
    assert clock.sleeps == []


@both_colours
@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 10**400, True, "60", b"", [], object()])
def test_a_timeout_that_is_none_is_refused(colour: Colour, timeout: object) -> None:
    """Seconds above 0, or `None`; what else comes is refused before anything is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match="timeout") as caught:
        colour.run(wait(timeout=timeout))
    assert sent == []
    assert caught.value.suggestion


def _waits_again(colour: Colour) -> Iterator[str]:
    answers = in_turn(*[state("running")] * 30, state("completed"))
    for _ in range(30):
        with fake_wire(answers):
            try:
                yield str(colour.run(wait(timeout=10)).status)
            except ExecutionTimeoutError as error:
                yield str(error.error_type)


@both_colours
def test_it_can_be_waited_for_again(colour: Colour) -> None:
    """Giving up changes nothing: who waits often enough has the answer."""
    outcomes = list(_waits_again(colour))
    assert outcomes[0] == "timeout"
    assert outcomes[-1] == "completed"


def test_the_wire_of_these_tests_completes() -> None:
    """`vlm_run` says that executions are completed, on which some of the tests above rely."""
    answer = vlm_run(Sent("GET", f"{BASE_URL}/agent/executions/{ID}", (), b""))
    assert b'"completed"' in answer.body


def test_a_deadline_that_has_passed_is_no_socket_that_does_not_wait(clock: Clock) -> None:
    """Of a timeout of 0 a socket makes "Operation now in progress", which is no error of the network."""
    config = configure(api_key=API_KEY, base_url=BASE_URL, timeout=600, max_retries=0, default_headers=None, environ={})
    request = httpx2.Request("GET", BASE_URL)
    deadline = Deadline(3)
    clock.now += 4
    limit(request, config, deadline)
    assert all(seconds > 0 for seconds in request.extensions["timeout"].values())
    assert request.extensions[ASKED] == 3
