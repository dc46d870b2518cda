"""Pydantic classes for the answers of a domain: `client.get_type` and `client.hub.get_pydantic_model`."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, RootModel, ValidationError

from support.colours import BASE_URL, Colour, both_colours
from support.wire import SCHEMA, fake_wire, json_answer
from vlmrun import VLMRun
from vlmrun._resources.schema_models import UnusableSchemaError, model_of
from vlmrun.client.exceptions import InputError, ResourceNotFoundError, ResponseValidationError
from vlmrun.client.types import GenerationConfig

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]
TYPES: dict[str, tuple[Callable[..., Use], str]] = {
    "get_type": (lambda *args, **rest: lambda c: c.get_type(*args, **rest), "/schema"),
    "hub.get_pydantic_model": (lambda *args, **rest: lambda c: c.hub.get_pydantic_model(*args, **rest), "/hub/schema"),
}
each_type = pytest.mark.parametrize(("get_type", "path"), TYPES.values(), ids=TYPES.keys())

# Over the wire --------------------------------------------------------------------------------------------------------


@both_colours
@each_type
def test_a_class_is_made_of_the_schema_of_a_domain(colour: Colour, get_type: Callable[..., Use], path: str) -> None:
    """The request is that for the schema, and the class has its fields."""
    with fake_wire() as sent:
        plain = colour.run(get_type("document.invoice"))
        colour.run(get_type("document.invoice", GenerationConfig(gql_stmt="{ total }")))
    assert [(request.method, request.url) for request in sent] == [("POST", f"{BASE_URL}{path}")] * 2
    assert sent[0].json() == {"domain": "document.invoice"}
    assert sent[1].json() == {"domain": "document.invoice", "config": {"gql_stmt": "{ total }"}}
    assert issubclass(plain, BaseModel)
    assert plain.__name__ == "DocumentInvoice"
    assert plain.model_validate({"total": "12.5"}).model_dump() == {"total": 12.5}


@both_colours
@each_type
@pytest.mark.parametrize("domain", ["", None, 5])
def test_a_domain_that_is_none_is_refused(
    colour: Colour, get_type: Callable[..., Use], path: str, domain: object
) -> None:
    """Nothing is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match="domain"):
        colour.run(get_type(domain))
    assert sent == []
    del path


@both_colours
@each_type
def test_an_error_of_the_server_is_its_own(colour: Colour, get_type: Callable[..., Use], path: str) -> None:
    """An unknown domain is no class."""
    with (
        fake_wire(lambda _: json_answer({"detail": "no such domain"}, 404)),
        pytest.raises(ResourceNotFoundError, match="no such domain") as raised,
    ):
        colour.run(get_type("a.b"))
    assert raised.value.url == f"{BASE_URL}{path}"


@both_colours
@each_type
def test_a_schema_that_is_no_class_is_an_error(colour: Colour, get_type: Callable[..., Use], path: str) -> None:
    """It says why, and which call it came by."""
    answer = json_answer({**SCHEMA, "json_schema": {"$ref": "https://a.test/s"}}, x_request_id="r-1")
    with fake_wire(lambda _: answer), pytest.raises(ResponseValidationError, match="leads out of it") as raised:
        colour.run(get_type("a.b"))
    assert (raised.value.http_status, raised.value.request_id) == (200, "r-1")
    assert raised.value.url == f"{BASE_URL}{path}"


def test_the_response_of_a_class_is_there() -> None:
    """With its headers, and the class."""
    with fake_wire(lambda _: json_answer(SCHEMA, x_request_id="r-1")), VLMRun("k") as client:
        raw = client.hub.with_raw_response.get_pydantic_model("document.invoice")
    assert raw.request_id == "r-1"
    assert issubclass(raw.parse(), BaseModel)


def test_a_class_of_a_schema_is_a_response_model() -> None:
    """Its schema goes out, and the answer comes back as its instance."""
    with fake_wire() as sent, VLMRun("k") as client:
        invoice = client.get_type("document.invoice")
        prediction = client.document.generate(file="f-1", domain="document.invoice", response_model=invoice)
    assert isinstance(prediction.response, invoice)
    assert sent[-1].json()["config"]["json_schema"] == invoice.model_json_schema()
    assert sent[-1].json()["config"]["json_schema"]["properties"] == {"total": {"default": None, **_NULLABLE_NUMBER}}


_NULLABLE_NUMBER = {"anyOf": [{"type": "number"}, {"type": "null"}], "title": "Total"}

# What schemas say -----------------------------------------------------------------------------------------------------


def _is(schema: dict[str, Any], value: object) -> object:
    """A value as a field with this schema has it."""
    made = model_of({"type": "object", "properties": {"a": schema}, "required": ["a"], "$defs": DEFS}, "Answer")
    found: object = made.model_validate_json(json.dumps({"a": value})).a  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # a field of the schema
    return found.model_dump() if isinstance(found, BaseModel) else found  # pyright: ignore[reportUnknownVariableType]


DEFS: dict[str, Any] = {
    "Colour": {"enum": ["red", 1, True, None]},
    "Item": {"type": "object", "properties": {"price": {"type": "number"}}, "required": ["price"]},
    "Named": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "Tree": {"type": "object", "properties": {"v": {"type": "integer"}, "kids": {"items": {"$ref": "#/$defs/Tree"}}}},
    "Json": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/Json"}}]},
    "a/b~c": {"type": "integer"},
}
ITEM = {"$ref": "#/$defs/Item"}
TAKEN: list[tuple[dict[str, Any], object, object]] = [
    ({}, {"b": [1]}, {"b": [1]}),
    ({"type": "string"}, "x", "x"),
    ({"type": "string", "format": "date"}, "2026-05-19", date(2026, 5, 19)),
    ({"type": "string", "format": "date-time"}, "2026-05-19T01:02:03", datetime(2026, 5, 19, 1, 2, 3)),
    ({"type": "string", "format": "duration"}, "PT5S", timedelta(seconds=5)),
    ({"type": "string", "format": "uuid"}, str(UUID(int=5)), UUID(int=5)),
    ({"type": "string", "format": "ipv4"}, "127.0.0.1", IPv4Address("127.0.0.1")),
    ({"type": "string", "format": "of-tomorrow"}, "x", "x"),
    ({"type": ["integer", "null"]}, None, None),
    ({"type": "integer", "nullable": True}, None, None),
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "x", "x"),
    ({"oneOf": [ITEM, {"$ref": "#/$defs/Named"}]}, {"name": "x"}, {"name": "x"}),
    ({"properties": {"b": {}}, "anyOf": [{"required": ["b"]}, {"required": ["c"]}]}, {"b": 1}, {"b": 1}),
    ({"$ref": "#/$defs/Colour"}, True, True),
    ({"$ref": "#/$defs/a~1b~0c"}, "5", 5),
    ({"$ref": "#/$defs/a%2Fb~0c"} | {"$ref": "#/$defs/Item", "description": "x"}, {"price": 1}, {"price": 1}),
    ({"allOf": [ITEM], "default": {"price": 1}}, {"price": 2}, {"price": 2}),
    ({"allOf": [ITEM, {"$ref": "#/$defs/Named"}]}, {"price": 1, "name": "x"}, {"price": 1, "name": "x"}),
    ({"const": 1.5}, 1.5, 1.5),
    ({"enum": [{"b": 1}, [2]]}, [2], [2]),
    ({"type": "array", "items": ITEM}, [], []),
    ({"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False}, [1, "x"], (1, "x")),
    ({"items": [{"type": "integer"}, {"type": "string"}]}, [1, "x", None], [1, "x", None]),
    ({"type": "object"}, {"b": 1}, {"b": 1}),
    ({"additionalProperties": {"type": "integer"}}, {"b": "1"}, {"b": 1}),
    ({"patternProperties": {"^b": {"type": "integer"}}}, {"b": "1"}, {"b": 1}),
    ({"properties": {"b": {}}, "additionalProperties": {"type": "integer"}}, {"b": 1, "c": "2"}, {"b": 1, "c": 2}),
    ({"properties": {"b": {"type": "integer"}}}, {"new": [1]}, {"b": None, "new": [1]}),
    ({"properties": {"b": {"type": "integer"}}}, {"b": None}, {"b": None}),
    (
        {"properties": {"b": {"type": "string", "format": "date", "default": "2026-05-19"}}},
        {},
        {"b": date(2026, 5, 19)},
    ),
    ({"$ref": "#/$defs/Tree"}, {"v": 1, "kids": [{"v": 2}]}, {"v": 1, "kids": [{"v": 2, "kids": None}]}),
    ({"$ref": "#/$defs/Json"}, ["x", ["y"]], ["x", ["y"]]),
    ({"type": "integer", "minimum": 0.5, "maximum": 2.0, "exclusiveMinimum": True, "multipleOf": 0}, 2, 2),
    ({"type": "string", "pattern": "^(?!a)b"}, "a", "a"),  # which Rust's regex has not
]


@pytest.mark.parametrize(("schema", "value", "found"), TAKEN)
def test_what_a_schema_allows_is_taken(schema: dict[str, Any], value: object, found: object) -> None:
    """As the Python type that says the most."""
    got = _is(schema, value)
    assert (got, type(got)) == (found, type(found))


REFUSED: list[tuple[dict[str, Any], object]] = [
    ({"type": "string", "format": "date"}, "soon"),
    ({"type": "string", "format": "uri"}, "nowhere"),
    ({"type": "string", "minLength": 2}, "a"),
    ({"type": "string", "maxLength": 2.0}, "aaa"),
    ({"type": "string", "pattern": "^a+$"}, "b"),
    ({"type": "number", "exclusiveMinimum": 0}, 0),
    ({"type": "number", "maximum": 1}, 2),
    ({"type": "integer", "multipleOf": 3}, 4),
    ({"type": "integer"}, None),
    ({"type": "array", "minItems": 1}, []),
    ({"type": "array", "items": {"type": "integer"}}, ["x"]),
    ({"prefixItems": [{"type": "integer"}], "minItems": 1, "maxItems": 1}, [1, 2]),
    ({"type": "object", "maxProperties": 1}, {"a": 1, "b": 2}),
    ({"properties": {}, "additionalProperties": False}, {"b": 1}),
    ({"additionalProperties": False}, {"b": 1}),
    ({"properties": {"b": {"type": "integer", "default": 5}}}, {"b": None}),
    ({"properties": {"b": False}}, {"b": 1}),
    ({"enum": [1.5]}, 2.5),
    ({"enum": []}, 1),
    ({"anyOf": []}, 1),
    ({"$ref": "#/$defs/Colour"}, "blue"),
    ({"$ref": "#/$defs/Item", "required": ["name"], "properties": {"name": {}}}, {"price": 1}),
    ({"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 3}]}, 2),
    ({"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, 3),
    ({"allOf": [{"type": "number"}, {"type": "integer"}]}, 1.5),
    ({"$ref": "#/$defs/Tree"}, {"kids": [{"v": "x"}]}),
    ({"$ref": "#/$defs/Json"}, ["x", [1]]),
]


@pytest.mark.parametrize(("schema", "value"), REFUSED)
def test_what_a_schema_forbids_is_refused(schema: dict[str, Any], value: object) -> None:
    """By pydantic, when the value is read."""
    with pytest.raises(ValidationError):
        _is(schema, value)


def test_a_value_alone_is_a_root_model() -> None:
    """A class is made of every schema, also of one that is no object."""
    made = model_of({"type": "array", "items": {"type": "integer"}}, "numbers of a page")
    assert issubclass(made, RootModel)
    assert made.__name__ == "NumbersOfAPage"
    assert made.model_validate([1, "2"]).model_dump() == [1, 2]


def test_an_address_is_text_without_its_validator(monkeypatch: pytest.MonkeyPatch) -> None:
    """`email-validator` is no dependency of this package."""
    monkeypatch.setitem(sys.modules, "email_validator", None)
    assert _is({"type": "string", "format": "email", "minLength": 1}, "nobody") == "nobody"
    with pytest.raises(ValidationError):
        _is({"type": "string", "format": "email", "minLength": 1}, "")


NAMES = ["class", "copy", "_id", "__id", "id", "a-b", "a_b", "", "2nd", "model_fields", "json", "ﬁ", "self", "_"]


def test_every_name_is_a_field() -> None:
    """As in the schema where it can be; both names are accepted, and the original ones are written."""
    made = model_of({"properties": {name: {"type": "integer"} for name in NAMES}}, "Answer")
    fields = {name if field.alias is None else field.alias: name for name, field in made.model_fields.items()}
    assert [*fields] == NAMES
    assert all(name.isidentifier() and not name.startswith("_") for name in fields.values())
    assert (fields["class"], fields["copy"], fields["id"], fields["a_b"]) == ("class_", "copy_", "id", "a_b")
    values = {name: index for index, name in enumerate(NAMES)}
    by_field = made.model_validate({fields[name]: value for name, value in values.items()})
    assert by_field == made.model_validate(values)
    assert by_field.model_dump(by_alias=True) == values
    assert by_field.model_json_schema()["properties"].keys() == values.keys()


def test_a_class_says_what_its_schema_says() -> None:
    """Titles, descriptions, examples, defaults and limits, also those that pydantic cannot check."""
    schema = {
        "title": "An invoice",
        "description": "What is to be paid.",
        "type": "object",
        "properties": {
            "total": {"type": "number", "title": "Sum", "description": "All of it.", "examples": [1.5], "minimum": 0},
            "code": {"type": "string", "title": "Code", "default": "x", "maxLength": 3, "pattern": "^(?=x)"},
        },
        "required": ["total"],
    }
    made = model_of(schema, "Answer")
    assert made.model_json_schema() == schema
    assert (made.__name__, made.__doc__) == ("AnInvoice", "What is to be paid.")


def test_classes_of_one_name_are_told_apart() -> None:
    """Also in the schema of the class around them."""
    inner = {
        "title": "Item",
        "type": "object",
        "properties": {"a": {"type": "integer", "title": "A"}},
        "required": ["a"],
    }
    schema = {"type": "object", "properties": dict.fromkeys(("x", "y"), inner), "required": ["x", "y"]}
    made = model_of(schema, "Answer")
    names = {getattr(field.annotation, "__name__", "") for field in made.model_fields.values()}
    assert names == {"Item", "Item2"}
    assert made.model_json_schema()["$defs"].keys() == names


# Hostile schemas ------------------------------------------------------------------------------------------------------


def _nested(depth: int, wrap: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = wrap(schema)
    return schema


def _twice(kind: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """A schema that is small, and enormous once its references are followed."""
    defs = {f"a{index}": kind({"$ref": f"#/$defs/a{index + 1}"}) for index in range(18)}
    return {"$ref": "#/$defs/a0", "$defs": {**defs, "a18": {"type": "string"}}}


HOSTILE: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "itself": (lambda: {"$ref": "#"}, "leads to itself"),
    "itself, among others": (lambda: {"anyOf": [{"$ref": "#"}, {"type": "string"}]}, "leads to itself"),
    "each other": (
        lambda: {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}, {"minLength": 1}]}, "b": {"$ref": "#/$defs/a"}},
        },
        "leads to itself",
    ),
    "out": (lambda: {"items": {"$ref": "https://a.test/s.json#/a"}}, "leads out of it"),
    "an anchor": (lambda: {"$ref": "#a"}, "leads out of it"),
    "nowhere": (lambda: {"$ref": "#/$defs/a"}, "leads nowhere"),
    "nowhere, by number": (lambda: {"$ref": "#/allOf/5", "allOf": [{}]}, "leads nowhere"),
    "a text": (lambda: {"properties": {"a": {"items": "text"}}}, "is no schema"),
    "a number": (lambda: {"allOf": [5]}, "is no schema"),
    "a type of tomorrow": (lambda: {"type": "decimal"}, "no type 'decimal'"),
    "a contradiction": (lambda: {"allOf": [{"type": "string"}, {"type": "integer"}]}, "contradicts itself"),
    "deep": (lambda: _nested(1000, lambda schema: {"properties": {"a": schema}}), "nested"),
    "deep lists": (lambda: _nested(100_000, lambda schema: {"items": schema}), "nested"),
    "deep allOf": (lambda: _nested(100_000, lambda schema: {"allOf": [schema]}), "nested"),
    "many": (lambda: {"properties": {str(number): {} for number in range(1_000_000)}}, "more than 10,000"),
    "many values": (lambda: {"enum": [*range(1_000_000)]}, "more than 10,000"),
    "doubled tuples": (
        lambda: _twice(lambda inner: {"prefixItems": [inner, inner], "minItems": 2, "maxItems": 2}),
        "more than 10,000",
    ),
    "doubled unions": (lambda: _twice(lambda inner: {"anyOf": [inner, {"items": inner}]}), "more than 10,000"),
    "doubled parts": (lambda: _twice(lambda inner: {"allOf": [inner, inner]}), "more than 10,000"),
    "many parts": (
        lambda: {
            "allOf": [{"$ref": "#/$defs/a"}] * 1000,
            "$defs": {"a": {"properties": {str(number): {} for number in range(5000)}}},
        },
        "more than 10,000",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_schema_is_an_error(name: str) -> None:
    """It says what is wrong, and soon."""
    schema, message = HOSTILE[name]
    made = schema()
    started = time.process_time()
    with pytest.raises(UnusableSchemaError, match=re.escape(message)):
        model_of(made, "Answer")
    assert time.process_time() - started < 30


def test_patterns_that_take_long_to_compile_are_not_checked() -> None:
    """Each of these takes half a second; the schema of the class still has them."""
    properties = {f"p{number}": {"type": "string", "pattern": rf"\w{{{400 + number}}}"} for number in range(500)}
    started = time.process_time()
    made = model_of({"properties": properties}, "Answer")
    assert time.process_time() - started < 30
    shown = made.model_json_schema()["properties"]
    assert [shown[name]["anyOf"][0]["pattern"] for name in properties] == [
        one["pattern"] for one in properties.values()
    ]


def test_no_text_of_a_schema_is_run() -> None:
    """A name, a title, a default or a reference that is code stays text."""
    code = "__import__('sys').modules.__setitem__('pwned', 1)"
    schema = {
        "title": code,
        "description": f'"""{code}"""',
        "type": "object",
        "properties": {code: {"type": "string", "default": code, "title": code}, "a": {"$ref": f"#/$defs/{code}"}},
        "$defs": {code: {"type": "object", "properties": {"b": {"$ref": f"#/$defs/{code}"}}}},
    }
    made = model_of(schema, code)
    assert made.model_validate({"a": {"b": {}}}).model_dump(by_alias=True)[code] == code
    assert "pwned" not in sys.modules
