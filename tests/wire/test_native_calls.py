"""Native calls on the wire: what goes out, per API.md §3.6, and how what comes back is read."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import AGENT, CREATED, EXECUTION, Answer, LoopbackServer, Sent, fake_wire, json_answer
from vlmrun import AsyncVLMRun, __version__
from vlmrun.client.exceptions import InputError, ResourceNotFoundError, ResponseValidationError, ServerError
from vlmrun.client.types import (
    AgentCreationConfig,
    AgentCreationResponse,
    AgentExecutionConfig,
    AgentExecutionResponse,
    AgentInfo,
    RequestMetadata,
)
from vlmrun.skills import Skill

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]


def uses(**named: Use) -> pytest.MarkDecorator:
    """Runs a test for each of the named calls; it takes the argument `use`."""
    return pytest.mark.parametrize("use", list(named.values()), ids=list(named))


class Invoice(BaseModel):
    """What the agent of these tests reads."""

    total: float
    paid_on: date | None = None


def sent_by(colour: Colour, use: Use, **options: Any) -> Sent:
    """The one request that a call makes."""
    with fake_wire() as sent:
        colour.run(use, **options)
    assert len(sent) == 1
    return sent[0]


# What goes out --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A call, and the request that it is to make."""

    use: Use
    method: str
    path: str
    body: object = None


EXECUTE_DEFAULTS = {"batch": True, "model": "vlmrun-orion-1:auto"}
CASES = {
    "healthcheck": Case(lambda c: c.healthcheck(), "GET", "/health"),
    "list": Case(lambda c: c.agent.list(), "GET", "/agent"),
    "get by name": Case(lambda c: c.agent.get(name="a:1"), "POST", "/agent/lookup", {"name": "a:1"}),
    "get by id": Case(lambda c: c.agent.get(id="i-1"), "POST", "/agent/lookup", {"id": "i-1"}),
    "get by prompt": Case(lambda c: c.agent.get(prompt="Read."), "POST", "/agent/lookup", {"prompt": "Read."}),
    "get, first position": Case(lambda c: c.agent.get("a"), "POST", "/agent/lookup", {"name": "a"}),
    "get, second position": Case(lambda c: c.agent.get(None, "i"), "POST", "/agent/lookup", {"id": "i"}),
    "get, third position": Case(lambda c: c.agent.get(None, None, "p"), "POST", "/agent/lookup", {"prompt": "p"}),
    "get_by_id": Case(lambda c: c.agent.get_by_id("i-1"), "GET", "/agents/i-1"),
    "get_by_id, any text": Case(
        lambda c: c.agent.get_by_id("../agent?x=1#y 100%/ü"), "GET", "/agents/..%2Fagent%3Fx%3D1%23y%20100%25%2F%C3%BC"
    ),
    "create, least": Case(
        lambda c: c.agent.create({"prompt": "Read."}), "POST", "/agent/create", {"config": {"prompt": "Read."}}
    ),
    "create, by position": Case(
        lambda c: c.agent.create({"prompt": "Read."}, "reader", {"n": 1}, "https://example.com/hook"),
        "POST",
        "/agent/create",
        {
            "config": {"prompt": "Read."},
            "name": "reader",
            "inputs": {"n": 1},
            "callback_url": "https://example.com/hook",
        },
    ),
    "create, by name": Case(
        lambda c: c.agent.create(
            callback_url="https://example.com/hook", inputs={"n": 1}, name="reader", config={"prompt": "Read."}
        ),
        "POST",
        "/agent/create",
        {
            "config": {"prompt": "Read."},
            "name": "reader",
            "inputs": {"n": 1},
            "callback_url": "https://example.com/hook",
        },
    ),
    "execute, least": Case(lambda c: c.agent.execute(), "POST", "/agent/execute", EXECUTE_DEFAULTS),
    "execute, by position": Case(
        lambda c: c.agent.execute(
            "reader:2",
            {"n": 1},
            True,
            {"prompt": "Read."},
            {"environment": "prod"},
            "https://example.com/hook",
            "vlmrun-orion-2:pro",
            ["image", "web"],
        ),
        "POST",
        "/agent/execute",
        {
            "name": "reader:2",
            "inputs": {"n": 1},
            "batch": True,
            "config": {"prompt": "Read."},
            "metadata": {"environment": "prod"},
            "callback_url": "https://example.com/hook",
            "model": "vlmrun-orion-2:pro",
            "toolsets": ["image", "web"],
        },
    ),
    "execute, by name": Case(
        lambda c: c.agent.execute(
            toolsets=("image",),
            model="m",
            callback_url="https://example.com/hook",
            metadata=RequestMetadata(session_id="s", allow_training=False),
            config=AgentExecutionConfig(mode="program"),
            inputs={},
            name="reader",
        ),
        "POST",
        "/agent/execute",
        {
            "name": "reader",
            "inputs": {},
            "batch": True,
            "config": {"mode": "program"},
            "metadata": {"session_id": "s", "allow_training": False},
            "callback_url": "https://example.com/hook",
            "model": "m",
            "toolsets": ["image"],
        },
    ),
    "execute, with what is not yet known": Case(
        lambda c: c.agent.execute(
            config={"mode": "swarm", "new_option": 1}, metadata={"team": "blue"}, toolsets=["telepathy"]
        ),
        "POST",
        "/agent/execute",
        {
            **EXECUTE_DEFAULTS,
            "config": {"mode": "swarm", "new_option": 1},
            "metadata": {"team": "blue"},
            "toolsets": ["telepathy"],
        },
    ),
}


@both_colours
@pytest.mark.parametrize("name", CASES)
def test_a_call_makes_its_request(colour: Colour, name: str) -> None:
    """Each method sends the documented request: method, path, and a JSON body without what is `None`."""
    case = CASES[name]
    sent = sent_by(colour, case.use)
    assert (sent.method, sent.url) == (case.method, f"{BASE_URL}{case.path}")
    if case.body is None:
        assert sent.body == b""
    else:
        assert sent.json() == case.body


@both_colours
@pytest.mark.parametrize("name", CASES)
def test_a_call_sends_these_headers(colour: Colour, name: str) -> None:
    """Native calls say who they are and carry the key; nothing of OpenAI's goes with them."""
    case = CASES[name]
    sent = sent_by(colour, case.use)
    assert sent.header("authorization") == f"Bearer {API_KEY}"
    assert sent.header("accept") == "application/json"
    assert sent.header("user-agent") == f"vlmrun-python/{__version__}"
    about_the_body = {"content-type", "content-length"} if case.body is not None else set[str]()
    assert sent.header("content-type") == ("application/json" if about_the_body else None)
    # Of the connection rather than of the call, and httpx2's to decide.
    free = {"accept-encoding", "connection"}
    assert sent.header_names - free == {"host", "accept", "authorization", "user-agent"} | about_the_body


@both_colours
def test_an_identifier_stays_one_segment_on_a_real_socket(colour: Colour) -> None:
    """What a server reads in its request line is the identifier, encoded whole: no other route is reached."""
    with LoopbackServer() as server:
        colour.run(lambda client: client.agent.get_by_id("a/../b?c#d%2e"), base_url=server.base_url)
    assert [sent.url for sent in server.sent] == [f"{server.base_url}/agents/a%2F..%2Fb%3Fc%23d%252e"]


@both_colours
def test_models_and_mappings_send_the_same(colour: Colour) -> None:
    """A configuration is sent alike whether it comes as a model or as a mapping of its fields."""
    source = {"type": "base64", "media_type": "application/zip", "data": "UEsDBA=="}
    skills = [{"type": "skill_reference", "skill_id": "s-1"}, {"type": "inline", "name": "n", "source": source}]
    shared: dict[str, Any] = {"prompt": "Read.", "service_tier": "flex", "orchestration_mode": False}
    typed_skills = [
        Skill({"type": "skill_reference", "skill_id": "s-1"}),
        Skill({"type": "inline", "name": "n", "source": source}),
    ]
    creation, execution = AgentCreationConfig(**shared, skills=typed_skills), AgentExecutionConfig(**shared)
    metadata = RequestMetadata(environment="dev")
    as_models = sent_by(colour, lambda c: c.agent.create(creation))
    as_mappings = sent_by(colour, lambda c: c.agent.create({**shared, "skills": skills}))
    mixed = sent_by(colour, lambda c: c.agent.create({**shared, "skills": typed_skills}))
    assert as_models.json() == as_mappings.json() == mixed.json() == {"config": {**shared, "skills": skills}}

    as_models = sent_by(colour, lambda c: c.agent.execute(config=execution, metadata=metadata))
    as_mappings = sent_by(colour, lambda c: c.agent.execute(config=shared, metadata={"environment": "dev"}))
    assert as_models.json() == as_mappings.json()
    assert as_models.json() == {**EXECUTE_DEFAULTS, "config": shared, "metadata": {"environment": "dev"}}


@both_colours
@uses(
    create_mapping=lambda c: c.agent.create({"prompt": "Read.", "response_model": Invoice}),
    create_model=lambda c: c.agent.create(AgentCreationConfig(prompt="Read.", response_model=Invoice)),
    execute_mapping=lambda c: c.agent.execute(config={"prompt": "Read.", "response_model": Invoice}),
    execute_model=lambda c: c.agent.execute(config=AgentExecutionConfig(prompt="Read.", response_model=Invoice)),
)
def test_a_response_model_is_sent_as_its_schema(colour: Colour, use: Use) -> None:
    """`response_model` becomes `json_schema`, and stays on this side itself."""
    config = sent_by(colour, use).json()["config"]
    assert config == {"prompt": "Read.", "json_schema": Invoice.model_json_schema()}


class Colouring(Enum):
    """A value that is not JSON by itself."""

    GREY = "grey"


class Page(BaseModel):
    """A user's own model, with a name on the wire that is not its name here."""

    number: int = Field(serialization_alias="pageNumber")
    scanned: datetime


WHEN = datetime(2026, 5, 19, 8, 30, tzinfo=timezone.utc)
INPUTS: dict[str, tuple[object, object]] = {
    "UUID": (UUID("0b9a6b5e-6a3c-4f0e-9a2a-7a1f6d1c2b3d"), "0b9a6b5e-6a3c-4f0e-9a2a-7a1f6d1c2b3d"),
    "datetime": (WHEN, "2026-05-19T08:30:00Z"),
    "date": (WHEN.date(), "2026-05-19"),
    "Path": (Path("/tmp/invoice.pdf"), "/tmp/invoice.pdf"),  # noqa: S108  # named, never opened
    "Enum": (Colouring.GREY, "grey"),
    "pydantic model": (Page(number=3, scanned=WHEN), {"pageNumber": 3, "scanned": "2026-05-19T08:30:00Z"}),
    "text": ("Ünïcödé: 請求書 🧾 \u2028 \x00", "Ünïcödé: 請求書 🧾 \u2028 \x00"),
    "bytes that are text": ("é".encode(), "é"),
    "tuple and set": (("a", {1}), ["a", [1]]),
    "null": (None, None),
    "big and small numbers": ([2**70, -0.0, 1e300, True], [2**70, -0.0, 1e300, True]),
    "message parts": (
        [
            {"type": "text", "text": "Read"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": None}},
            {"type": "input_file", "file_id": UUID(int=1)},
            {"deep": [{"er": [Page(number=1, scanned=WHEN), WHEN]}]},
        ],
        [
            {"type": "text", "text": "Read"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": None}},
            {"type": "input_file", "file_id": "00000000-0000-0000-0000-000000000001"},
            {"deep": [{"er": [{"pageNumber": 1, "scanned": "2026-05-19T08:30:00Z"}, "2026-05-19T08:30:00Z"]}]},
        ],
    ),
}


@both_colours
@pytest.mark.parametrize("name", INPUTS)
def test_inputs_are_sent_as_json(colour: Colour, name: str) -> None:
    """Inputs may be what Python programs have at hand; each becomes its JSON, and a `null` of the user's stays."""
    value, expected = INPUTS[name]
    both: list[Use] = [
        lambda c: c.agent.execute("reader", {"it": value}),
        lambda c: c.agent.create({"prompt": "Read."}, "reader", {"it": value}),
    ]
    for use in both:
        assert sent_by(colour, use).json()["inputs"] == {"it": expected}


@both_colours
def test_the_body_is_compact_utf8(colour: Colour) -> None:
    """A document inside a request is not blown up by escapes or spaces."""
    sent = sent_by(colour, lambda c: c.agent.get(prompt="請求書, bitte: [1, 2]"))
    assert sent.body == '{"prompt":"請求書, bitte: [1, 2]"}'.encode()


# What does not go out -------------------------------------------------------------------------------------------------


def refused(colour: Colour, use: Use) -> InputError:
    """The error of a call that must be refused on this side."""
    with fake_wire() as sent, pytest.raises(InputError) as caught:
        colour.run(use)
    assert sent == []
    assert caught.value.message
    assert caught.value.suggestion
    return caught.value


def _endless() -> list[object]:
    itself: list[object] = []
    itself.append(itself)
    return itself


def _deep() -> object:
    value: object = 0
    for _ in range(100_000):
        value = [value]
    return value


UNSENDABLE: dict[str, Callable[[], object]] = {
    "NaN": lambda: math.nan,
    "infinity": lambda: -math.inf,
    "NaN in a model": lambda: Invoice(total=math.nan),
    "an object": object,
    "a function": lambda: math.sin,
    "bytes that are not text": lambda: b"\xff\xd8\xff\xe0 JPEG",
    "half a character": lambda: "\ud800",
    "a list in itself": _endless,
    "a list a hundred thousand deep": _deep,
}


@both_colours
@pytest.mark.parametrize("name", UNSENDABLE)
def test_what_is_not_json_is_refused(colour: Colour, name: str) -> None:
    """An input that has no JSON is an `InputError`, which does not quote it, before anything is sent."""
    value = UNSENDABLE[name]()
    error = refused(colour, lambda c: c.agent.execute("reader", {"it": [value]}))
    assert "JPEG" not in str(error)
    refused(colour, lambda c: c.agent.create({"prompt": "Read."}, inputs={"it": value}))


SECRET = "patient-4711"
BAD_CONFIGS: dict[str, tuple[Use, str]] = {
    "create without prompt": (lambda c: c.agent.create({"name": SECRET}), "config.prompt"),
    "create with a number as prompt": (lambda c: c.agent.create({"prompt": [SECRET]}), "config.prompt"),
    "create with no config": (lambda c: c.agent.create(SECRET), "config"),
    "create with the config of execute": (lambda c: c.agent.create(AgentExecutionConfig(prompt=SECRET)), "config"),
    "create with a bad skill": (
        lambda c: c.agent.create({"prompt": "Read.", "skills": [{"type": 5, "skill_id": SECRET}]}),
        "config.skills.0.type",
    ),
    "create with a skill of two forms": (
        lambda c: c.agent.create(
            {"prompt": "Read.", "skills": [{"type": "inline", "skill_id": SECRET, "source": {"data": SECRET}}]}
        ),
        "config.skills.0",
    ),
    "create with two schemas": (
        lambda c: c.agent.create({"prompt": SECRET, "json_schema": {}, "response_model": Invoice}),
        "json_schema",
    ),
    "create with a model that is none": (
        lambda c: c.agent.create({"prompt": "Read.", "response_model": SECRET}),
        "config.response_model",
    ),
    "execute with a bad flag": (
        lambda c: c.agent.execute(config={"orchestration_mode": SECRET}),
        "config.orchestration_mode",
    ),
    "execute with bad metadata": (
        lambda c: c.agent.execute(metadata={"allow_training": SECRET}),
        "metadata.allow_training",
    ),
    "execute with a schema that is none": (
        lambda c: c.agent.execute(config={"json_schema": SECRET}),
        "config.json_schema",
    ),
}


@both_colours
@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_a_bad_configuration_is_refused_by_the_name_of_its_field(colour: Colour, name: str) -> None:
    """The error says which field is wrong and how, and never quotes what was in it."""
    use, field = BAD_CONFIGS[name]
    error = refused(colour, use)
    assert field in error.message
    assert SECRET not in f"{error} {error!r} {error.__cause__!r}"


NOT_ONE: list[tuple[Use, str]] = [
    (lambda c: c.agent.get(), "none"),
    (lambda c: c.agent.get(None, None, None), "none"),
    (lambda c: c.agent.get("a", "b"), "name and id"),
    (lambda c: c.agent.get(name="a", prompt="b"), "name and prompt"),
    (lambda c: c.agent.get(id="a", prompt="b"), "id and prompt"),
    (lambda c: c.agent.get("a", "b", "c"), "name and id and prompt"),
]


@both_colours
@pytest.mark.parametrize(("use", "said"), NOT_ONE)
def test_get_takes_exactly_one(colour: Colour, use: Use, said: str) -> None:
    """`get` finds by one of name, id and prompt, and says which of them were given instead."""
    assert said in refused(colour, use).message


BAD_ARGUMENTS: list[tuple[Use, str]] = [
    (lambda c: c.agent.get(name=""), "name"),
    (lambda c: c.agent.get(id=7), "id"),
    (lambda c: c.agent.get(prompt=b"Read."), "prompt"),
    (lambda c: c.agent.get_by_id(""), "agent_id"),
    (lambda c: c.agent.get_by_id(None), "agent_id"),
    (lambda c: c.agent.get_by_id(7), "agent_id"),
    (lambda c: c.agent.execute(batch=False), "batch"),
    (lambda c: c.agent.execute(batch=1), "batch"),
    (lambda c: c.agent.execute(toolsets="image"), "toolsets"),
]


@both_colours
@pytest.mark.parametrize(("use", "argument"), BAD_ARGUMENTS)
def test_a_bad_argument_is_refused_by_its_name(colour: Colour, use: Use, argument: str) -> None:
    """Arguments that the API cannot take are refused here, each by name."""
    assert argument in refused(colour, use).message


@both_colours
@pytest.mark.parametrize("agent_id", [".", ".."])
def test_a_dot_segment_is_refused(colour: Colour, agent_id: str) -> None:
    """`..` would be another route whatever its encoding, so it is not sent."""
    assert "identifier" in refused(colour, lambda c: c.agent.get_by_id(agent_id)).message


@both_colours
def test_an_identifier_that_is_no_unicode_is_refused(colour: Colour) -> None:
    """Half a character has no percent-encoding; that is said with an error of this package."""
    refused(colour, lambda c: c.agent.get_by_id("a\ud800"))


# What comes back ------------------------------------------------------------------------------------------------------


@both_colours
def test_answers_are_models(colour: Colour) -> None:
    """Each call gives the model of its answer, with times as times."""
    with fake_wire():
        agents = colour.run(lambda c: c.agent.list())
        agent = colour.run(lambda c: c.agent.get(name="a"))
        same = colour.run(lambda c: c.agent.get_by_id("i"))
        created = colour.run(lambda c: c.agent.create({"prompt": "Read."}))
        execution = colour.run(lambda c: c.agent.execute("a"))
    assert [type(one) for one in agents] == [AgentInfo, AgentInfo]
    assert type(agent) is AgentInfo
    assert agent == same == agents[0]
    assert type(created) is AgentCreationResponse
    assert type(execution) is AgentExecutionResponse
    assert (agent.name, agent.json_sample) == (AGENT["name"], AGENT["json_sample"])
    assert agent.created_at == datetime(2026, 5, 19, 8, 30, tzinfo=timezone.utc)
    assert (created.id, created.status) == (CREATED["id"], "completed")
    assert execution.usage is not None
    assert (execution.status, execution.usage.credits_used) == ("pending", 0.5)


READERS: dict[str, tuple[Use, dict[str, Any], list[str]]] = {
    "AgentInfo": (lambda c: c.agent.get(name="a"), AGENT, ["id", "name", "created_at", "updated_at", "status"]),
    "AgentCreationResponse": (
        lambda c: c.agent.create({"prompt": "Read."}),
        CREATED,
        ["id", "name", "created_at", "updated_at", "status"],
    ),
    "AgentExecutionResponse": (lambda c: c.agent.execute("a"), EXECUTION, ["id", "created_at", "status"]),
}
all_readers = pytest.mark.parametrize("name", READERS)


def answered(colour: Colour, use: Use, answer: Answer) -> Any:
    """What a call gives for an answer."""
    with fake_wire(lambda _: answer) as sent:
        result = colour.run(use)
    assert len(sent) == 1
    return result


@both_colours
@all_readers
def test_unknown_fields_are_kept(colour: Colour, name: str) -> None:
    """A field that the server has learned since is an attribute."""
    use, body, _ = READERS[name]
    result = answered(colour, use, json_answer({**body, "mood": {"today": ["good"]}}))
    assert result.mood == {"today": ["good"]}
    assert result.model_extra == {"mood": {"today": ["good"]}}


@both_colours
@all_readers
def test_unknown_enumeration_values_are_accepted(colour: Colour, name: str) -> None:
    """A new status is a value, not an error."""
    use, body, _ = READERS[name]
    usage = {"element_type": "hologram", "credits_used": 0.125}
    result = answered(colour, use, json_answer({**body, "status": "dreaming", "usage": usage}))
    assert result.status == "dreaming"


@both_colours
@all_readers
def test_optional_fields_may_be_missing_or_null(colour: Colour, name: str) -> None:
    """Only what the API always sends must be there."""
    use, body, required = READERS[name]
    least = {key: body[key] for key in required}
    nulls = {key: None for key in body if key not in required}
    bare = answered(colour, use, json_answer(least))
    assert answered(colour, use, json_answer(least | nulls)) == bare
    assert bare.id == body["id"]
    assert all(getattr(bare, key) is None for key in nulls)


@both_colours
@pytest.mark.parametrize("response", [None, "text", 1.5, True, [1, {"a": None}], {"total": 12.5}])
def test_a_response_is_any_json(colour: Colour, response: object) -> None:
    """An execution may answer with any JSON value, as the agent was told to."""
    answer = json_answer({**EXECUTION, "response": response, "status": "completed"})
    assert answered(colour, lambda c: c.agent.execute("a"), answer).response == response


@both_colours
def test_a_success_is_any_2xx(colour: Colour) -> None:
    """201 and 202 are successes, too."""
    for status in (200, 201, 202):
        assert answered(colour, lambda c: c.agent.execute("a"), json_answer(EXECUTION, status)).id == EXECUTION["id"]


UNREADABLE: dict[str, tuple[Answer, object]] = {
    "wrong shape": (json_answer({"id": "i", "name": 7}, x_request_id="r-1"), {"id": "i", "name": 7}),
    "another type": (json_answer("fine", x_request_id="r-1"), "fine"),
    "null": (json_answer(None, x_request_id="r-1"), None),
    "HTML": (
        Answer(200, b"<html>Log in</html>", {"content-type": "text/html", "x-request-id": "r-1"}),
        "<html>Log in</html>",
    ),
    "half a JSON": (Answer(200, b'{"id": "i', {"x-request-id": "r-1"}), '{"id": "i'),
    "not text": (Answer(200, b"\xff\xfe\xfd", {"x-request-id": "r-1"}), "���"),
    "nothing": (Answer(200, b"", {"x-request-id": "r-1"}), None),
    "204": (Answer(204, b"", {"x-request-id": "r-1"}), None),
}


@both_colours
@pytest.mark.parametrize("name", UNREADABLE)
@uses(
    list=lambda c: c.agent.list(),
    get=lambda c: c.agent.get(name="a"),
    get_by_id=lambda c: c.agent.get_by_id("i"),
    create=lambda c: c.agent.create({"prompt": "Read."}),
    execute=lambda c: c.agent.execute("a"),
)
def test_a_success_that_cannot_be_read_is_an_error_with_its_body(colour: Colour, name: str, use: Use) -> None:
    """Never an empty result and never a bare `ValidationError` of pydantic: the body is there to be looked at."""
    answer, body = UNREADABLE[name]
    with fake_wire(lambda _: answer), pytest.raises(ResponseValidationError) as caught:
        colour.run(use)
    error = caught.value
    assert error.http_status == answer.status
    assert error.body == body
    assert error.request_id == "r-1"
    assert error.headers["x-request-id"] == "r-1"
    assert str(answer.status) in error.message


@both_colours
def test_an_unreadable_answer_is_not_quoted(colour: Colour) -> None:
    """The message names places and problems; the answer, which may hold a document, is only in `body`."""
    answer = json_answer({**AGENT, "name": {"secret": SECRET}})
    with fake_wire(lambda _: answer), pytest.raises(ResponseValidationError, match="name") as caught:
        colour.run(lambda c: c.agent.get(name="a"))
    assert SECRET not in f"{caught.value} {caught.value!r}"


@both_colours
@pytest.mark.parametrize("body", [b"", b"OK", b'{"status": "ok"}', b"<html>"])
def test_health_needs_no_body(colour: Colour, body: bytes) -> None:
    """A server that answers with success is up, whatever it says."""
    assert answered(colour, lambda c: c.healthcheck(), Answer(200, body)) is True


@both_colours
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_health_is_false_where_the_server_fails(colour: Colour, status: int) -> None:
    """A 5xx is an answer to the question: not up."""
    assert answered(colour, lambda c: c.healthcheck(), Answer(status, b"<html>Bad Gateway</html>")) is False


@both_colours
def test_health_raises_where_the_question_was_wrong(colour: Colour) -> None:
    """A 404 says that the base URL is wrong, and that is not the same as being down."""
    with fake_wire(lambda _: Answer(404, b"")), pytest.raises(ResourceNotFoundError):
        colour.run(lambda c: c.healthcheck())
    with fake_wire(lambda _: Answer(500, b"")), pytest.raises(ServerError):
        colour.run(lambda c: c.agent.list())


def test_calls_may_run_at_the_same_time() -> None:
    """Tasks that share a client do not mix up their answers."""

    def echo(sent: Sent) -> Answer:
        return json_answer({**AGENT, "name": sent.json()["name"]})

    async def main() -> list[str]:
        async with AsyncVLMRun(api_key=API_KEY, base_url=BASE_URL) as client:
            found = await asyncio.gather(*(client.agent.get(name=f"agent-{n}") for n in range(50)))
            return [agent.name for agent in found]

    with fake_wire(echo):
        assert asyncio.run(main()) == [f"agent-{n}" for n in range(50)]


def test_the_samples_are_json() -> None:
    """The answers of these tests are what a server could send."""
    for sample in (AGENT, CREATED, EXECUTION):
        assert json.loads(json.dumps(sample)) == sample
