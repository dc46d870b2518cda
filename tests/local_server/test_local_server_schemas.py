"""The law of structured answers: what is answered fits the schema, and what cannot be answered is refused honestly."""

from __future__ import annotations

import json
import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from enum import Enum
from types import GenericAlias
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Discriminator, Field, HttpUrl, RootModel, Tag, create_model

from vlmrun.client.exceptions import DependencyError

pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

import jsonschema  # comes with the extra
from jsonschema import Draft202012Validator

from vlmrun import VLMRun
from vlmrun.local import LocalServer
from vlmrun.local._answers import patterns
from vlmrun.local._answers.checker import Checker

Schema = dict[str, Any]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    """A plain HTTP client of a server for the tests of this file."""
    with LocalServer() as server:
        headers = {"authorization": f"Bearer {server.api_key}"}
        with closing(httpx2.Client(base_url=server.base_url, headers=headers, timeout=60)) as opened:
            yield opened


def _ask(client: httpx2.Client, schema: Schema) -> httpx2.Response:
    body = {
        "messages": [{"role": "user", "content": "read this invoice, please"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
    }
    return client.post("/openai/chat/completions", json=body)


def _answer(client: httpx2.Client, schema: Schema) -> Any:
    answer = _ask(client, schema)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.json()["choices"][0]["message"]["content"])


def law_answer_fits(schema: Schema, answer: Any) -> None:
    """An answer is an instance of the schema that was asked for, formats included."""
    formats = Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(answer, schema, cls=Draft202012Validator, format_checker=formats)


# Realistic schemas, which are always answered.


class Color(Enum):
    """An enumeration."""

    RED = "red"
    GREEN = "green"


class Address(BaseModel):
    """A nested object with patterns."""

    model_config = ConfigDict(extra="forbid")

    street: str
    zip: Annotated[str, Field(pattern=r"^\d{5}(-\d{4})?$")]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]


class LineItem(BaseModel):
    """Numbers with bounds."""

    description: str
    quantity: Annotated[int, Field(gt=0)]
    price: Decimal
    discount: Annotated[float, Field(ge=0, lt=1)]


class Invoice(BaseModel):
    """The usual demo."""

    number: Annotated[str, Field(min_length=1, max_length=20)]
    issued: date
    due: date | None
    items: Annotated[list[LineItem], Field(min_length=1)]
    address: Address
    currency: Literal["EUR", "USD"] = "EUR"


class Node(BaseModel):
    """A recursive model, whose recursion must end."""

    value: int
    children: list[Node]
    parent: Node | None


class Leaf(BaseModel):
    """One of a discriminated pair."""

    kind: Literal["leaf"]
    size: int


class Branch(BaseModel):
    """The other, which may hold the first."""

    kind: Literal["branch"]
    parts: Annotated[list[Annotated[Leaf | Branch, Field(discriminator="kind")]], Field(min_length=1)]


class Tree(BaseModel):
    """A discriminated, recursive union."""

    root: Annotated[Branch | Leaf, Field(discriminator="kind")]
    must: Branch


class Moments(BaseModel):
    """Formats."""

    day: date
    at: datetime
    clock: time_of_day
    id: UUID
    link: HttpUrl


class Optionals(BaseModel):
    """All that may be left out or null."""

    name: str | None = None
    color: Color | None = None
    tags: list[str] | None = None
    address: Address | None


class Collections(BaseModel):
    """Containers."""

    counts: dict[str, int]
    pair: tuple[int, str]
    distinct: Annotated[set[int], Field(min_length=3)]
    colors: Annotated[frozenset[Color], Field(min_length=2)]
    matrix: Annotated[list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(min_length=2)]


class Measures(BaseModel):
    """Steps and bounds."""

    even: Annotated[int, Field(multiple_of=2, gt=5)]
    cents: Annotated[float, Field(multiple_of=0.01, gt=0, lt=0.1)]
    negative: Annotated[int, Field(lt=-3)]
    ratio: Annotated[float, Field(gt=0.25, lt=0.5)]


class Facts(BaseModel):
    """What the server knows of what arrived."""

    prompt: str
    words: int
    characters: int
    summary: str
    image_count: int


MODELS: list[type[BaseModel]] = [
    *(Invoice, Address, LineItem, Node, Tree, Moments, Optionals, Collections, Measures, Facts),
    *(Leaf, Branch),
]

PLAIN: dict[str, Schema] = {
    "any": {},
    "text": {"type": "string"},
    "nullable": {"type": ["string", "null"]},
    "list": {"type": "array", "items": {"type": "string", "format": "email"}, "minItems": 2, "uniqueItems": False},
    "phone": {"type": "string", "pattern": r"^\+?[0-9]{1,3}[ -]?\(?\d{3}\)?[ -]?\d{3,4}$", "maxLength": 20},
    "begins": {"type": "string", "pattern": "^[A-Z]", "minLength": 5, "maxLength": 7},
    "ends": {"type": "string", "pattern": "[0-9]$", "minLength": 8},
    "holds": {"type": "string", "pattern": r"\d{2}", "minLength": 40},
    "the longer of two": {"type": "string", "pattern": "^(no|certainly)$", "minLength": 5},
    "named characters": {"type": "string", "pattern": r"^\x41[\u0042-\u0043]$"},
    "choice": {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "integer", "minimum": 10}]},
    "exactly one": {
        "type": "object",
        "properties": {
            "a": {"oneOf": [{"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 0}, {"type": "string"}]}
        },
        "required": ["a"],
    },
    "both": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer", "minimum": 3}}, "required": ["a"]},
            {"type": "object", "properties": {"a": {"maximum": 3}, "b": {"const": "x"}}, "required": ["b"]},
        ]
    },
    "draft 7": {
        "definitions": {"n": {"type": "number"}},
        "type": "array",
        "items": {"$ref": "#/definitions/n"},
        "minItems": 1,
    },
    "root reference": {
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
        "required": ["next"],
        "additionalProperties": False,
    },
    "open object": {
        "type": "object",
        "required": ["unsaid"],
        "additionalProperties": {"type": "integer"},
        "minProperties": 2,
    },
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_realistic_model_is_always_answered(client: httpx2.Client, model: type[BaseModel]) -> None:
    """The answer fits the schema of the model, and the model itself takes it."""
    schema = model.model_json_schema()
    answer = _answer(client, schema)
    law_answer_fits(schema, answer)
    model.model_validate_json(json.dumps(answer))


@pytest.mark.parametrize("name", PLAIN)
def test_realistic_schema_is_always_answered(client: httpx2.Client, name: str) -> None:
    """Hand-written schemas are answered as well."""
    law_answer_fits(PLAIN[name], _answer(client, PLAIN[name]))


class Cat(BaseModel):
    """Told from a dog by what it has, which a schema does not say."""

    name: str
    lives: int = 9


class Dog(BaseModel):
    """Fits all that a cat fits."""

    name: str
    good: bool = True


def _kind(value: Any) -> str:
    return "cat" if isinstance(value, Cat) or (isinstance(value, dict) and "lives" in value) else "dog"


class Pet(BaseModel):
    """A union whose discriminator is a function: `oneOf`, whose alternatives overlap."""

    pet: Annotated[Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(_kind)]
    oneOf: list[int] = []  # noqa: N815  # a name that is a keyword elsewhere


class Letters(BaseModel):
    """Patterns as Rust reads them, and not Python."""

    word: Annotated[str, Field(pattern=r"^\p{Lu}[\p{L}\p{Nd} -]*$", min_length=3)]
    signs: Annotated[str, Field(pattern=r"^\pL\P{L}[^\p{L}]\z")]
    code: Annotated[str, Field(pattern=r"^\x{41}\u{42}\\p$")]
    greek: Annotated[str, Field(pattern=r"^\p{Greek}{3}[\p{Han}]\P{Latin}$")]
    posix: Annotated[str, Field(pattern=r"^[[:upper:]][[:alpha:]_[:digit:]]{4}[[:^space:]]$")]
    any_case: Annotated[str, Field(pattern=r"(?i)^TOTAL: (?i:eur|usd) \d$")]
    named: Annotated[str, Field(pattern=r"^(?<year>\d{4})-(?P<month>\d\d)$")]


@pytest.mark.parametrize("mode", ["chat", "execution"])
@pytest.mark.parametrize("type_", [Pet, Letters, str, date, int | None, Any, None, Decimal, list[date]], ids=str)
def test_what_pydantic_asks_for_is_answered_in_both_modes(type_: Any, mode: Literal["chat", "execution"]) -> None:
    """Also where jsonschema reads the schema in another way than pydantic: the model takes the answer."""
    pytest.importorskip("openai", reason="chats are OpenAI's")
    model: Any = type_ if type_ in (Pet, Letters) else RootModel[type_]
    with LocalServer() as server, VLMRun(server.api_key, server.base_url) as client:
        run: Any = client.agent.run("read this, please", response_model=model, mode=mode)
    assert isinstance(run.output, model)


@pytest.mark.parametrize("name", ["L", "Lu", "N", "Zs", "P"])
def test_classes_of_unicode_are_those_of_unicode(name: str) -> None:
    """Alone, in a class, and inverted."""
    signs = [chr(code) for code in (*range(0x250), 0x3A9, 0x660, 0x2003, 0x4E2D, 0xFFFD)]
    expected = {sign for sign in signs if unicodedata.category(sign).startswith(name)}

    def matched(pattern: str) -> set[str]:
        return {sign for sign in signs if re.fullmatch(patterns.in_python(pattern), sign)}

    assert matched(rf"\p{{{name}}}") == expected
    assert matched(rf"\p{{General_Category={name}}}") == expected
    assert matched(rf"\P{{{name}}}") == set(signs) - expected
    assert matched(rf"[_\p{{{name}}}]") == expected | {"_"}
    assert matched(rf"[^\[\P{{{name}}}]") == expected - {"["}
    assert matched(rf"[x]\p{{{name}}}|\[\p{{{name}}}") == set()


@pytest.mark.parametrize(("script", "signs"), [("Greek", "βΩ"), ("Cyrillic", "Жя"), ("Han", "合計"), ("Latin", "aé")])
def test_scripts_are_told_apart(script: str, signs: str) -> None:
    """By the names of their characters."""
    everything = "βΩЖя合計aé1 ก"
    for form in (rf"\p{{{script}}}", rf"[\p{{Script={script}}}]"):
        assert "".join(re.findall(patterns.in_python(form), everything)) == signs
    assert set(re.findall(patterns.in_python(rf"\P{{{script}}}"), everything)) == set(everything) - set(signs)


@pytest.mark.parametrize("name", ["alpha", "digit", "space", "punct", "xdigit"])
def test_classes_of_posix_are_those_of_ascii(name: str) -> None:
    """Within a class, with others, and inverted."""
    members = {
        "alpha": string.ascii_letters,
        "digit": string.digits,
        "space": string.whitespace,
        "punct": string.punctuation,
        "xdigit": string.hexdigits,
    }[name]
    signs = {chr(code) for code in range(0x100)}

    def matched(pattern: str) -> set[str]:
        expression = re.compile(patterns.in_python(pattern))
        return {sign for sign in signs if expression.fullmatch(sign)}

    assert matched(f"[[:{name}:]]") == set(members)
    assert matched(f"[_[:{name}:]\\]]") == {*members, "_", "]"}
    assert matched(f"[^[:{name}:]]") == matched(f"[[:^{name}:]]") == signs - set(members)


@pytest.mark.parametrize(
    "pattern",
    [r"\p{Klingon}", r"\p{}", r"\u{110000}", r"\\p{L}", "a", r"\d", "\\", "[:alpha:]", "[[:of:]]", "(?<=a)", "[(?<a]"],
)
def test_what_is_not_known_of_a_pattern_stays(pattern: str) -> None:
    """So that it is refused, and not read otherwise."""
    assert patterns.in_python(pattern) == pattern


def test_properties_are_filled_from_what_arrived(client: httpx2.Client) -> None:
    """Where a property's name says what it is, it holds what arrived."""
    answer = Facts.model_validate(_answer(client, Facts.model_json_schema()))
    assert answer.prompt == "read this invoice, please"
    assert (answer.words, answer.characters, answer.image_count) == (4, 25, 0)
    assert answer.summary.startswith("This is vlmrun.local, which has no model.")


def test_what_is_not_known_is_null_or_left_out(client: httpx2.Client) -> None:
    """Nothing is made up where null or nothing will do."""
    assert _answer(client, Optionals.model_json_schema()) == {"address": None}


# Schemas that have no instance, or none that this server finds.

_HOLDS_ITSELF: Schema = {
    "type": "object",
    "properties": {"self": {"$ref": "#"}},
    "required": ["self"],
}
UNFILLABLE: dict[str, tuple[Schema, str]] = {
    "nothing fits": ({"not": {}}, "at $:"),
    "never ends": (_HOLDS_ITSELF, "at $.self.self:"),
    "circle": ({"$ref": "#"}, "at $:"),
    "circle in not": ({"not": {"$ref": "#"}}, "holds itself"),
    "contradiction": ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "at $:"),
    "empty range": (
        {"type": "object", "properties": {"a": {"type": "integer", "minimum": 2, "maximum": 1}}, "required": ["a"]},
        "at $.a:",
    ),
    "elsewhere": ({"$ref": "http://127.0.0.1:9/schema.json"}, "fetches nothing"),
    "leads nowhere": ({"$ref": "#/$defs/none"}, "leads nowhere"),
    "backreference": ({"type": "array", "items": {"pattern": "^(a)\\1$"}, "minItems": 1}, "at $[0]:"),
    "too long": ({"type": "array", "minItems": 10**9}, "1,000,000,000 items"),
    "too wide": ({"type": "string", "minLength": 10**12}, "at $:"),
}


@pytest.mark.parametrize("name", UNFILLABLE)
def test_unfillable_schema_is_refused_with_its_place(client: httpx2.Client, name: str) -> None:
    """It is 422 rather than a wrong answer: who cannot fill it, and where."""
    schema, said = UNFILLABLE[name]
    answer = _ask(client, schema)
    assert answer.status_code == 422
    message = answer.json()["error"]["message"]
    assert "vlmrun.local cannot fill this schema" in message
    assert said in message
    assert len(message) < 1000


def test_hostile_schema_ends_soon(client: httpx2.Client) -> None:
    """A schema with endless alternatives is given up in seconds, or answered rightly."""
    names = [f"n{number}" for number in range(12)]
    references = [{"$ref": f"#/$defs/{name}"} for name in names]
    node = {"type": "object", "properties": {name: {"anyOf": references} for name in names}, "required": names}
    branches = {"allOf": [{"anyOf": [{"type": "object", "required": [f"{a}{b}"]} for b in range(9)]} for a in range(9)]}
    for schema in ({"$defs": dict.fromkeys(names, node), "$ref": "#/$defs/n0"}, {**branches, "maxProperties": 3}):
        answer = _ask(client, schema)  # the client's timeout is what ends one that takes for ever
        assert answer.status_code in (200, 422)


# Laws.

_TEXT = st.text("abc_", min_size=1, max_size=6)
_FORMATS = st.sampled_from(["date", "date-time", "time", "email", "uuid", "uri", "ipv4", "ipv6", "duration"])
_PATTERNS = st.sampled_from(
    ["^[A-Z]{3}$", r"^\d{3}-\d{4}$", "^(yes|no)$", r"^\w+@\w+\.com$", "^[^a-z]*$", "a+b?c{2,3}"]
)


_VALUES = st.one_of(st.none(), st.booleans(), _TEXT, st.integers())


@st.composite
def _leaves(draw: st.DrawFn) -> Schema:
    """Schemas of scalars that have an instance."""
    low, width = draw(st.integers(-99, 99)), draw(st.integers(0, 9))
    return draw(
        st.sampled_from(
            [
                *({"type": kind} for kind in ("string", "integer", "number", "boolean", "null")),
                {"type": "string", "minLength": width, "maxLength": width + 2},
                {"type": "string", "format": draw(_FORMATS)},
                {"type": "string", "pattern": draw(_PATTERNS)},
                {"type": "integer", "minimum": low, "maximum": low + width},
                {"type": "number", "minimum": low, "maximum": low + width},
                {"type": "integer", "exclusiveMinimum": low, "multipleOf": width + 1},
                {"enum": draw(st.lists(_VALUES, min_size=1, max_size=4))},
                {"const": draw(st.one_of(_VALUES, st.lists(_VALUES, max_size=2)))},
            ]
        )
    )


_NAMES = st.one_of(
    _TEXT, st.sampled_from(["prompt", "width", "format", "pages", "images", "summary", "text", "size", "files"])
)


@st.composite
def _containers(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> Schema:
    """Schemas around schemas, which have an instance where those have."""
    parts = draw(st.lists(inner, min_size=1, max_size=3))
    least = draw(st.integers(0, 3))
    properties = draw(st.dictionaries(_NAMES, inner, max_size=4))
    return draw(
        st.sampled_from(
            [
                {
                    "type": "object",
                    "properties": properties,
                    "required": list(properties)[:: draw(st.integers(1, 2))],
                    "additionalProperties": draw(st.booleans()),
                },
                {"type": "array", "items": parts[0], "minItems": least, "maxItems": least + 1},
                {"type": "array", "prefixItems": parts, "minItems": len(parts)},
                {"anyOf": parts},
                {"allOf": parts[:1], "description": "wrapped"},
            ]
        )
    )


_SCHEMAS = st.recursive(_leaves(), _containers, max_leaves=12)


@settings(max_examples=150, deadline=None)
@given(schema=_SCHEMAS, is_referred=st.booleans())
def test_law_every_schema_of_the_subset_is_answered(client: httpx2.Client, schema: Schema, is_referred: bool) -> None:
    """Types, bounds, formats, patterns, enumerations, objects, lists, alternatives and references are answered."""
    if is_referred:
        schema = {
            "$defs": {"it": schema},
            "type": "object",
            "properties": {"it": {"$ref": "#/$defs/it"}},
            "required": ["it"],
        }
    law_answer_fits(schema, _answer(client, schema))


@st.composite
def _generics(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Any:
    """Types around types."""
    item = draw(inner)
    return draw(
        st.sampled_from(
            [
                GenericAlias(list, (item,)),
                GenericAlias(dict, (str, item)),
                GenericAlias(tuple, (item, int)),
                item | None,
            ]
        )
    )


_TYPES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([str, int, float, bool, date, datetime, UUID, Decimal, Color, Address, Node, Literal["a", 1]]),
    _generics,
    max_leaves=4,
)
_make_model: Callable[..., type[BaseModel]] = create_model


@settings(max_examples=75, deadline=None)
@given(fields=st.dictionaries(_TEXT.map(lambda name: f"f{name}"), _TYPES, max_size=5))
def test_law_every_model_takes_its_answer(client: httpx2.Client, fields: dict[str, Any]) -> None:
    """Whatever pydantic model is asked for, the answer validates as that model."""
    model = _make_model("Made", **{name: (type_, ...) for name, type_ in fields.items()})
    model.model_validate_json(json.dumps(_answer(client, model.model_json_schema())))


_KEYWORDS: st.SearchStrategy[Schema] = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "number", "object", "array", "null", ["string", "null"]]),
        "minimum": st.integers(-5, 5),
        "exclusiveMaximum": st.integers(-5, 5),
        "multipleOf": st.sampled_from([1, 3, 0.1, 0.07]),
        "minLength": st.integers(0, 4),
        "maxLength": st.integers(0, 4),
        "pattern": _PATTERNS,
        "format": _FORMATS,
        "enum": st.lists(st.one_of(st.none(), st.integers(), _TEXT), max_size=3),
        "required": st.lists(_TEXT, max_size=3, unique=True),
        "minItems": st.integers(0, 3),
        "maxItems": st.integers(0, 3),
        "uniqueItems": st.booleans(),
        "minProperties": st.integers(0, 3),
        "$ref": st.sampled_from(["#", "#/not", "#/allOf/0"]),
    },
)


@st.composite
def _wild_containers(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> Schema:
    """Any keywords side by side."""
    around: Schema = draw(
        st.fixed_dictionaries(
            {},
            optional={
                **dict.fromkeys(("not", "items", "contains", "propertyNames", "if", "then"), inner),
                **dict.fromkeys(("allOf", "oneOf", "anyOf"), st.lists(inner, min_size=1, max_size=2)),
                "properties": st.dictionaries(_TEXT, inner, max_size=2),
                "additionalProperties": st.one_of(st.booleans(), inner),
            },
        )
    )
    return {**draw(_KEYWORDS), **around}


_WILD = st.recursive(_KEYWORDS, _wild_containers, max_leaves=6)


def _any_of(schema: Any) -> Any:
    return json.loads(json.dumps(schema), object_hook=_with_any_of)


def _with_any_of(schema: Schema) -> Schema:
    if "oneOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "oneOf"}
    return {**rest, "allOf": [*rest.get("allOf", []), {"anyOf": schema["oneOf"]}]}


@settings(max_examples=100, deadline=None)
@given(schema=_WILD)
def test_law_wild_schema_is_answered_rightly_or_refused(client: httpx2.Client, schema: Schema) -> None:
    """Of schemas that may contradict themselves none is answered wrongly, and none breaks the server."""
    answer = _ask(client, schema)
    if answer.status_code == 200:
        # Where no value fits exactly one alternative, one that fits any is made.
        law_answer_fits(_any_of(schema), json.loads(answer.json()["choices"][0]["message"]["content"]))
    else:
        assert answer.status_code == 422
        assert "response_format.json_schema.schema: " in answer.json()["error"]["message"]


def test_law_can_fail() -> None:
    """A server that answered `{}` to everything would be found out."""
    with pytest.raises(jsonschema.ValidationError):
        law_answer_fits(Invoice.model_json_schema(), {})


@pytest.mark.parametrize("raised", ["PanicException", "RecursionError"])
def test_a_recursion_that_ends_in_rust_is_refused_like_any_other(raised: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mappings of jsonschema panic where the stack ends inside them: that is a RecursionError, too."""
    panic = RecursionError if raised == "RecursionError" else type(raised, (BaseException,), {})

    def fail(*_: object) -> bool:
        raise panic("the stack has ended")

    monkeypatch.setattr(Draft202012Validator, "is_valid", fail)
    with pytest.raises(RecursionError):
        Checker({"type": "object"}).is_valid({}, {})


def test_an_interrupt_is_no_recursion(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no panic passes as it is."""

    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Draft202012Validator, "is_valid", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Checker({"type": "object"}).is_valid({}, {})
