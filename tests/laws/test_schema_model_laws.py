"""Classes from JSON schemas: what a pydantic model says in JSON, the class that is made from its schema says, too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel, Field, RootModel, ValidationError, create_model

from support.broken import breaks
from support.kinds import json_values, kinds
from vlmrun._resources.schema_models import UnusableSchemaError, model_of

# The examples ---------------------------------------------------------------------------------------------------------

NAMES = ["total", "class", "copy", "_id", "id", "a-b", "a_b", "2nd", "model_config", "json", "", "ﬁ", "größe", "$ref"]


@st.composite
def instances(draw: st.DrawFn) -> BaseModel:
    """Instances of models whose fields have any type, with names of all kinds, some with defaults."""
    fields: dict[str, Any] = {}
    values: dict[str, object] = {}
    for number, name in enumerate(draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=4))):
        kind = draw(kinds())
        default = draw(st.sampled_from([..., 7, None]))
        annotation: Any = kind.type if default is ... else kind.type | int | None
        fields[f"field_{number}"] = (
            annotation,
            Field(default, alias=name, title=draw(st.none() | st.text(max_size=5))),
        )
        if default is ... or draw(st.booleans()):
            values[name] = draw(kind.values)
    extra = draw(st.sampled_from(["ignore", "allow", "forbid"]))
    made: Any = create_model("Answer", __cls_kwargs__={"extra": extra}, **fields)
    instance: BaseModel = made(**values)
    return instance


@cache
def spoilt() -> SearchStrategy[tuple[BaseModel, str, object]]:
    """An instance, the place of one of its fields, and what stands there instead."""
    return instances().flatmap(
        lambda instance: st.tuples(
            st.just(instance), st.sampled_from([*json.loads(instance.model_dump_json(by_alias=True))]), json_values()
        )
    )


# The laws -------------------------------------------------------------------------------------------------------------

Maker = Callable[[Mapping[str, object], str], type[BaseModel]]


def numbers_alone(schema: Mapping[str, object], name: str) -> type[BaseModel]:
    """Makes no difference between integers and other numbers."""
    return model_of(json.loads(json.dumps(schema).replace('"integer"', '"number"')), name)


def nothing_within(schema: Mapping[str, object], name: str) -> type[BaseModel]:
    """Does not look at what lies in lists."""
    return model_of(json.loads(json.dumps(schema).replace('"items"', '"things"').replace("prefixItems", "p")), name)


def names_as_they_are(schema: Mapping[str, object], name: str) -> type[BaseModel]:
    """Takes the name of a property for that of a field."""
    properties: Any = schema.get("properties") or {}
    fields: Any = {str(key): (Any, None) for key in properties}
    made: type[BaseModel] = create_model(name, **fields)
    return made


def anything(_: Mapping[str, object], name: str) -> type[BaseModel]:
    """Makes a class for any JSON."""
    return create_model(name, __base__=RootModel[Any])


def an_instance_says_the_same(make: Maker) -> Callable[[BaseModel], None]:
    """The JSON of an instance is valid, and is what the class that was made writes."""

    def law(instance: BaseModel) -> None:
        text = instance.model_dump_json(by_alias=True)
        made = make(type(instance).model_json_schema(), "Answer")
        assert _members(made.model_validate_json(text).model_dump_json(by_alias=True)) == _members(text)

    return law


def _members(text: str) -> dict[str, str]:
    """The members of a JSON object; `1` and `1.0` are not the same."""
    return {key: json.dumps(value) for key, value in json.loads(text).items()}


def what_is_of_another_type_is_refused(make: Maker) -> Callable[[tuple[BaseModel, str, object]], None]:
    """What a model refuses for its type, the class that was made refuses."""

    def law(example: tuple[BaseModel, str, object]) -> None:
        instance, place, value = example
        text = json.dumps({**json.loads(instance.model_dump_json(by_alias=True)), place: value})
        try:
            type(instance).model_validate_json(text)
        except ValidationError as error:
            if not all(problem["type"].endswith("_type") for problem in error.errors()):
                return
            with pytest.raises(ValidationError):
                make(type(instance).model_json_schema(), "Answer").model_validate_json(text)

    return law


@settings(max_examples=60)
@given(instances())
def test_an_instance_says_the_same(instance: BaseModel) -> None:
    """Whatever its fields are, and whatever they are called."""
    an_instance_says_the_same(model_of)(instance)


@settings(max_examples=60)
@given(spoilt())
def test_what_is_of_another_type_is_refused(example: tuple[BaseModel, str, object]) -> None:
    """A class that took anything would say nothing."""
    what_is_of_another_type_is_refused(model_of)(example)


@pytest.mark.parametrize("broken", [numbers_alone, names_as_they_are])
def test_classes_that_say_something_else_are_noticed(broken: Maker) -> None:
    """Each fails the law for some model."""
    assert breaks(an_instance_says_the_same(broken), instances(), Exception)


@pytest.mark.parametrize("broken", [anything, nothing_within])
def test_classes_that_take_too_much_are_noticed(broken: Maker) -> None:
    """Each fails the law for some model."""
    assert breaks(what_is_of_another_type_is_refused(broken), spoilt(), pytest.fail.Exception)


# Any schema -----------------------------------------------------------------------------------------------------------

_REFERENCES = st.sampled_from(
    ["#", "#/$defs/a", "#/$defs/b", "#/properties/a", "#/$defs/c", "#a", "https://a.test/b", ""]
)
_NUMBERS = st.one_of(st.integers(-2, 3), st.sampled_from([0.5, 1e300, 10**30, True, None, "1"]))


def _keywords(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    some = st.lists(inner, max_size=3)
    named = st.dictionaries(st.sampled_from(["a", "b", "class", "copy", ""]), inner, max_size=3)
    types = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null", "text"])
    limits = ("minimum", "maximum", "exclusiveMinimum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems")
    return st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, max_size=2) | inner,
            "properties": named | inner,
            "$defs": named | inner,
            "required": st.lists(st.sampled_from(["a", "b"])) | inner,
            "items": inner | some,
            "prefixItems": some | inner,
            "anyOf": some | inner,
            "oneOf": some | inner,
            "allOf": some | inner,
            "$ref": _REFERENCES | inner,
            "enum": st.lists(json_values(), max_size=3) | inner,
            "const": json_values(),
            "default": json_values(),
            "additionalProperties": st.booleans() | inner,
            "patternProperties": named,
            "format": st.sampled_from(["date", "email", "uri", "uuid", "of-tomorrow"]) | inner,
            "pattern": st.sampled_from(["^a$", "(?=a)", "(", r"\w{1000}{1000}"]) | inner,
            "nullable": st.booleans(),
            "title": st.text(max_size=3) | inner,
            "description": st.text(max_size=3) | inner,
            "examples": some | inner,
            **dict.fromkeys(limits, _NUMBERS),
        },
    )


SCHEMAS = st.recursive(st.booleans() | json_values(), _keywords, max_leaves=12)


@settings(max_examples=80)
@given(_keywords(SCHEMAS), json_values())
def test_any_schema_makes_a_class_or_an_error(schema: dict[str, Any], value: object) -> None:
    """Whatever a server says is a schema; and the class validates, or refuses, whatever it is given."""
    try:
        made = model_of(schema, "Answer")
    except UnusableSchemaError:
        return
    try:
        made.model_validate_json(json.dumps(value))
    except ValidationError:
        return
