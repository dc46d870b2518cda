"""Models, domains and the hub on the wire, per API.md §3.1, §7 and §20."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import DOMAIN, HUB_DOMAIN, MODEL, SCHEMA, Answer, fake_wire, json_answer
from vlmrun import Skill, VLMRun
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    InputError,
    ResourceNotFoundError,
    ResponseValidationError,
    ServerError,
)
from vlmrun.client.types import (
    DomainInfo,
    GenerationConfig,
    HubDomainInfo,
    HubInfoResponse,
    HubSchemaResponse,
    ModelInfo,
    SchemaResponse,
)

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]
SECRET = "what-is-in-the-prompt"


class Invoice(BaseModel):
    total: float


GETS: dict[str, tuple[Use, str]] = {
    "models.list": (lambda c: c.models.list(), "/models"),
    "domains.list": (lambda c: c.domains.list(), "/domains"),
    "list_domains": (lambda c: c.list_domains(), "/domains"),
    "hub.info": (lambda c: c.hub.info(), "/hub/info"),
    "hub.list_domains": (lambda c: c.hub.list_domains(), "/hub/domains"),
    "hub.has_domain": (lambda c: c.hub.has_domain("document.invoice"), "/hub/domains/document.invoice"),
    "hub.has_domain, any text": (lambda c: c.hub.has_domain("../a?b=c#d"), "/hub/domains/..%2Fa%3Fb%3Dc%23d"),
}
SCHEMAS: dict[str, tuple[Callable[..., Use], str]] = {
    "domains.get_schema": (lambda *args, **rest: lambda c: c.domains.get_schema(*args, **rest), "/schema"),
    "get_schema": (lambda *args, **rest: lambda c: c.get_schema(*args, **rest), "/schema"),
    "hub.get_schema": (lambda *args, **rest: lambda c: c.hub.get_schema(*args, **rest), "/hub/schema"),
}
"""The ways to a schema: each makes a use of a client from the arguments, and sends to a path."""

each_schema = pytest.mark.parametrize(("get_schema", "path"), SCHEMAS.values(), ids=SCHEMAS.keys())
any_call = pytest.mark.parametrize(
    "use",
    [*(use for use, _ in GETS.values()), *(get("document.invoice") for get, _ in SCHEMAS.values())],
    ids=[*GETS, *SCHEMAS],
)


# What goes out --------------------------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize(("use", "path"), GETS.values(), ids=GETS.keys())
def test_a_lookup_makes_its_request(colour: Colour, use: Use, path: str) -> None:
    """Each sends the documented request, with the key and without a body."""
    with fake_wire() as sent:
        colour.run(use)
    assert [(request.method, request.url, request.body) for request in sent] == [("GET", f"{BASE_URL}{path}", b"")]
    assert sent[0].header("authorization") == f"Bearer {API_KEY}"


FULL: dict[str, object] = {
    "prompt": "Read it.",
    "json_schema": {"type": "object"},
    "gql_stmt": "{ total }",
    "max_retries": 0,
    "max_tokens": 100,
    "temperature": 0.0,
    "detail": "hi",
    "confidence": False,
    "grounding": True,
    "keyframes": False,
    "video_segment_duration": 2.5,
    "video_frames_per_segment": 4,
    "page_indices": [0, 2],
    "service_tier": "flex",
    "skills": [{"type": "skill_reference", "skill_id": "reader", "skill_version": "latest"}],
}


@both_colours
@each_schema
@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {}),
        ({"config": None}, {}),
        ({"config": {}}, {"config": {}}),
        ({"config": {"gql_stmt": "{ total }"}}, {"config": {"gql_stmt": "{ total }"}}),
        ({"config": GenerationConfig(detail="lo")}, {"config": {"detail": "lo"}}),
        ({"config": FULL}, {"config": FULL}),
        ({"config": GenerationConfig.model_validate(FULL)}, {"config": FULL}),
        ({"config": {"of_tomorrow": [1], "prompt": None}}, {"config": {"of_tomorrow": [1]}}),
        (
            {"config": GenerationConfig(response_model=Invoice)},
            {"config": {"json_schema": Invoice.model_json_schema()}},
        ),
        ({"config": {"response_model": Invoice}}, {"config": {"json_schema": Invoice.model_json_schema()}}),
    ],
    ids=[
        "no-config",
        "none",
        "empty",
        "dict",
        "model",
        "all",
        "all-in-a-model",
        "unknown",
        "response-model",
        "in-dict",
    ],
)
def test_a_schema_is_asked_for_with_what_is_set(
    colour: Colour, get_schema: Callable[..., Use], path: str, arguments: dict[str, Any], body: dict[str, object]
) -> None:
    """The body is the domain, and of the configuration what is set: no default of this side, and no null."""
    with fake_wire() as sent:
        colour.run(get_schema("document.invoice", **arguments))
    [request] = sent
    assert (request.method, request.url) == ("POST", f"{BASE_URL}{path}")
    assert request.json() == {"domain": "document.invoice", **body}


def test_every_field_is_tested() -> None:
    """The test above sends every field but the one that is converted."""
    assert FULL.keys() == GenerationConfig.model_fields.keys() - {"response_model"}


@each_schema
def test_the_configuration_may_be_the_second_argument(get_schema: Callable[..., Use], path: str) -> None:
    """`get_schema(domain, config)`, by position; the configuration stays as it is."""
    config = {"prompt": "Read it.", "response_model": Invoice}
    with fake_wire() as sent:
        Colour(VLMRun).run(get_schema("document.invoice", config))
    assert sent[0].path == f"/v1{path}"
    assert sent[0].json()["config"]["prompt"] == "Read it."
    assert config == {"prompt": "Read it.", "response_model": Invoice}


def test_a_skill_of_a_configuration_is_sent_as_it_is() -> None:
    """A skill goes out in its wire form."""
    config = GenerationConfig(skills=[Skill.reference("reader")])
    assert config.model_dump(mode="json", exclude_none=True) == {"skills": [dict(Skill.reference("reader"))]}


# What comes back ------------------------------------------------------------------------------------------------------


@both_colours
def test_answers_are_models(colour: Colour) -> None:
    """Each method returns what the documentation says, read into its model."""
    model, domain = ModelInfo.model_validate(MODEL), DomainInfo.model_validate(DOMAIN)
    hub_domain, schema = HubDomainInfo.model_validate(HUB_DOMAIN), SchemaResponse.model_validate(SCHEMA)
    expected: list[tuple[Use, object]] = [
        (lambda c: c.models.list(), [model, model]),
        (lambda c: c.domains.list(), [domain, domain]),
        (lambda c: c.list_domains(), [domain, domain]),
        (lambda c: c.hub.info(), HubInfoResponse(version="0.1.35")),
        (lambda c: c.hub.list_domains(), [hub_domain, hub_domain]),
        (lambda c: c.hub.has_domain("document.invoice"), True),
        *((get_schema("document.invoice"), schema) for get_schema, _ in SCHEMAS.values()),
    ]
    with fake_wire():
        for use, answer in expected:
            assert colour.run(use) == answer
    assert schema.json_sample == {"total": 12.5}
    assert HubSchemaResponse is SchemaResponse


@both_colours
def test_little_is_required_of_an_answer(colour: Colour) -> None:
    """Older servers say less, and newer ones more: what has no name here is kept."""
    only: dict[str, Any] = {"json_schema": {}, "schema_version": "1", "schema_hash": "0a1b2c3d", "new": [1]}
    lists: list[tuple[Use, list[dict[str, Any]]]] = [
        (lambda c: c.domains.list(), [{"domain": "a.b", "new": 1}]),
        (lambda c: c.hub.list_domains(), [{"domain": "a.b"}, {"domain": "c.d", "sample_data": {"url": "u"}}]),
        (lambda c: c.models.list(), []),
    ]
    for use, items in lists:
        with fake_wire(lambda _, items=items: json_answer(items)):  # type: ignore[misc]  # a default
            assert [item.model_dump(exclude_unset=True) for item in colour.run(use)] == items
    with fake_wire(lambda _: json_answer(only)):
        got = colour.run(lambda c: c.hub.get_schema("a.b"))
    assert (got.model_dump(exclude_unset=True), got.model_extra) == (only, {"new": [1]})


@both_colours
@any_call
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_answer({"detail": "a"}, 401), AuthenticationError),
        (json_answer({"detail": "no such domain", "id": 5}, 404, x_request_id="r-1"), ResourceNotFoundError),
        (json_answer({"detail": "a"}, 500), ServerError),
    ],
    ids=["401", "404", "500"],
)
def test_an_error_keeps_all_that_it_says(colour: Colour, use: Use, answer: Answer, kind: type[APIError]) -> None:
    """The error is of the class of its status, with status, headers and body: nothing is raised in its place."""
    with fake_wire(lambda _: answer), pytest.raises(kind) as raised:
        colour.run(use)
    assert type(raised.value) is kind
    assert raised.value.http_status == answer.status
    assert raised.value.body is not None
    assert raised.value.headers["content-type"] == "application/json"
    assert raised.value.request_id == answer.headers.get("x-request-id")


@both_colours
@any_call
@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"5", b'"text"', b'[{"a": 1}]', b'{"a": 1}'])
def test_an_answer_of_another_shape_is_an_error(colour: Colour, use: Use, body: bytes) -> None:
    """A 2xx whose body is something else raises, and is not taken for an answer."""
    with fake_wire(lambda _: Answer(200, body)), pytest.raises(ResponseValidationError) as raised:
        colour.run(use)
    assert raised.value.http_status == 200


@both_colours
@pytest.mark.parametrize("answer", [True, False])
def test_the_hub_has_a_domain_or_not(colour: Colour, answer: bool) -> None:
    """The answer is a JSON boolean."""
    with fake_wire(lambda _: json_answer(answer)):
        assert colour.run(lambda c: c.hub.has_domain("a.b")) is answer


@both_colours
@pytest.mark.parametrize("body", [b'"true"', b"1", b"0", b'"no"', b"[]"])
def test_what_is_like_a_boolean_is_none(colour: Colour, body: bytes) -> None:
    """Nothing else is taken for one."""
    with fake_wire(lambda _: Answer(200, body)), pytest.raises(ResponseValidationError):
        colour.run(lambda c: c.hub.has_domain("a.b"))


# What is refused ------------------------------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize("domain", ["", None, 5, "\ud800"])
def test_a_domain_that_is_none_is_refused(colour: Colour, domain: object) -> None:
    """What cannot be the name of a domain is sent nowhere."""
    for get_schema, _ in SCHEMAS.values():
        with fake_wire() as sent, pytest.raises(InputError, match="domain"):
            colour.run(get_schema(domain))
        assert sent == []
    with fake_wire() as sent, pytest.raises(InputError, match="domain"):
        colour.run(lambda c: c.hub.has_domain(domain))
    assert sent == []


@both_colours
@each_schema
@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"prompt": {SECRET: 1}}, "config.prompt"),
        ({"page_indices": [SECRET]}, "config.page_indices.0"),
        ({"detail": 5, "prompt": SECRET}, "config.detail"),
        ({"response_model": SECRET}, "config.response_model"),
        ({"response_model": Invoice, "json_schema": {SECRET: 1}}, "config"),
        ({"response_model": BaseModel}, "config"),
        ([SECRET], "config"),
        (5, "config"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(
    colour: Colour, get_schema: Callable[..., Use], path: str, config: object, place: str
) -> None:
    """The error says which field is wrong and quotes nothing of it; nothing is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match=rf"^config cannot be used: {place}\b") as raised:
        colour.run(get_schema("document.invoice", config))
    assert sent == []
    assert SECRET not in str(raised.value)
    del path


def test_a_configuration_says_itself_what_is_wrong() -> None:
    """Made by hand, a configuration raises pydantic's own error."""
    with pytest.raises(ValidationError, match="set one of them"):
        GenerationConfig(response_model=Invoice, json_schema={})
    with pytest.raises(ValidationError, match="page_indices"):
        GenerationConfig.model_validate({"page_indices": "all"})
