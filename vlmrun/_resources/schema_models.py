"""Pydantic classes from JSON schemas, made by pydantic's `create_model`: no text of a schema is ever run as code.

Keywords that pydantic has no counterpart for, such as `not` and `if`, are ignored: such a class accepts more than its
schema does. So is a limit or a `pattern` that pydantic refuses; the class's own JSON schema still has it.
"""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from ipaddress import IPv4Address, IPv6Address
from types import new_class
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeGuard, Union
from urllib.parse import unquote
from uuid import UUID

import pydantic
from pydantic import AnyUrl, BaseModel, ConfigDict, EmailStr, Field, JsonValue, RootModel, TypeAdapter, create_model
from pydantic_core import CoreSchema, PydanticCustomError, SchemaError

from vlmrun.client.types import SchemaResponse

__all__ = ["UnusableSchemaError", "model_of", "read_type"]

Type: TypeAlias = Any  # what stands in an annotation: a class, a union, a list of something
JSONObject: TypeAlias = Mapping[str, object]

_MAX_SIZE = 10_000
"""How many types a schema may have, each counted wherever it is used."""
_MAX_DEPTH = 60
"""How deep types may lie in each other: pydantic needs several frames of Python's stack for each."""
_MAX_PATTERNS = 10_000
"""How many characters all patterns may have, repeated ones counted as often: compiling them takes long."""


class UnusableSchemaError(ValueError):
    """A JSON schema that no class can be made of; the message says why."""


def read_type(body: bytes) -> type[BaseModel]:
    """The class for the schema in a response.

    Raises:
        pydantic.ValidationError: It is not a schema, or no class can be made of it.
    """
    found = SchemaResponse.model_validate_json(body)
    try:
        return model_of(found.json_schema, found.domain or "Answer")
    except UnusableSchemaError as error:
        problem = PydanticCustomError("json_schema", "{reason}", {"reason": str(error)})
        raise pydantic.ValidationError.from_exception_data(
            "SchemaResponse", [{"type": problem, "loc": ("json_schema",), "input": None}]
        ) from None


def model_of(schema: JSONObject, name: str) -> type[BaseModel]:
    """A pydantic class for what matches a JSON schema: with fields for an object, else a `RootModel`.

    Names that Python or pydantic cannot have for a field, such as `class`, `copy` and `_id`, become `class_`, `copy_`
    and `id`, with the original as the alias; both are accepted. A property that is not required may also be null.

    Args:
        schema: The schema.
        name: What to call the class if the schema has no title.

    Raises:
        UnusableSchemaError: A reference leads nowhere or to itself, keywords contradict each other, or the schema is
            too large or nested too deeply.
    """
    builder = _Builder(schema, name)
    try:
        model = builder.model()
        model.model_rebuild(force=True)
    except RecursionError:
        raise UnusableSchemaError("it is nested too deeply") from None
    return model


# The classes ----------------------------------------------------------------------------------------------------------


def _as_read(schema: dict[str, JsonValue]) -> None:
    """Leave out what pydantic adds for `extra="allow"`, which is the default of JSON schemas."""
    if schema.get("additionalProperties") is True:
        del schema["additionalProperties"]


class _Object(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow",
        defer_build=True,  # a class may contain one that is made after it
        json_schema_extra=_as_read,
        populate_by_name=True,
        protected_namespaces=(),
    )


class _Value(RootModel[Any]):
    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)


class _Later:
    """Stands for a class that is not made yet, because it contains itself."""

    def __init__(self, made: Mapping[str, Type], pointer: str) -> None:
        self._made = made
        self._pointer = pointer

    def __get_pydantic_core_schema__(self, _: object, handler: pydantic.GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self._made[self._pointer])


class _Builder:
    """Makes the types of one schema."""

    def __init__(self, document: JSONObject, name: str) -> None:
        self._document = document
        self._name = name
        self._made: dict[str, Type] = {}  # by JSON pointer
        self._sizes: dict[str, int] = {}
        self._open: set[str] = set()  # pointers whose types are being made
        self._recursive: set[str] = set()  # those among them that contain themselves
        self._class_names: set[str] = set()
        self._size = 0
        self._patterns = 0

    def model(self) -> type[BaseModel]:
        """The class for the whole document."""
        title = self._document.get("title")
        return self._as_class(self._referred("#", self._name, 0, ()), title if isinstance(title, str) else self._name)

    def _as_class(self, found: Type, name: str) -> type[BaseModel]:
        if isinstance(found, type(BaseModel)):
            return found
        return create_model(self._class_name(name), __base__=_Value, __module__=__name__, root=(found, ...))

    def _class_name(self, text: str) -> str:
        words = re.findall(r"[A-Za-z0-9]+", text)
        name = "".join(word[0].upper() + word[1:] for word in words)[:60]
        if not name or name[0].isdigit():
            name = f"Model{name}"
        return _unused(name, self._class_names, "")

    # Types

    def _type(self, schema: object, name: str, depth: int, chain: tuple[str, ...] = ()) -> Type:
        """The type of what matches a schema.

        Args:
            schema: The schema.
            name: What to call its class, if it becomes one and has no title.
            depth: How many types are around it.
            chain: The references that led here, with no property and no item between.
        """
        self._count(1)
        if depth > _MAX_DEPTH:
            raise UnusableSchemaError(f"it is nested more than {_MAX_DEPTH} levels deep")
        if isinstance(schema, bool):
            return Any if schema else _one_of([])
        if not _is_object(schema):
            raise UnusableSchemaError(f"{name[:60]!r} is no schema")
        pointer = _only_reference(schema)
        if pointer is not None:
            return self._referred(pointer, name, depth, chain)
        plain = self._plain(schema, chain)
        for word in ("anyOf", "oneOf"):
            if _is_list(options := plain.get(word)):
                around = {key: value for key, value in plain.items() if key != word and key in _KEYWORDS}
                parts = [{"allOf": [around, option]} if around else option for option in options]
                return _union([self._type(part, name, depth + 1, chain) for part in parts])
        kinds = plain.get("type")
        if _is_list(kinds):
            return _union([self._type({**plain, "type": kind}, name, depth + 1, chain) for kind in kinds])
        if plain.get("nullable") is True:
            return _union([self._type({**plain, "nullable": False}, name, depth + 1, chain), None])
        if "const" in plain:
            return _one_of([plain["const"]])
        if _is_list(values := plain.get("enum")):
            self._count(len(values))
            return _one_of(values)
        return self._of_kind(kinds if isinstance(kinds, str) else _kind_of(plain), plain, name, depth)

    def _of_kind(self, kind: str | None, schema: JSONObject, name: str, depth: int) -> Type:
        match kind:
            case "object":
                return self._object(schema, name, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._text(schema)
            case "integer":
                return _limited(int, schema, _NUMBER_LIMITS)
            case "number":
                return _limited(float, schema, _NUMBER_LIMITS)
            case "boolean":
                return bool
            case "null":
                return None
            case None:
                return Any
            case _:
                raise UnusableSchemaError(f"there is no type {kind[:60]!r}")

    def _text(self, schema: JSONObject) -> Type:
        form, pattern = schema.get("format"), schema.get("pattern")
        if form == "email" and _has_email_validator():
            return EmailStr
        if isinstance(form, str) and form in _FORMATS:
            return _FORMATS[form]
        if isinstance(pattern, str):
            self._patterns += len(pattern) * math.prod(int(count) or 1 for count in re.findall(r"\d{1,9}", pattern))
        return _limited(str, schema, _TEXT_LIMITS, without="pattern" if self._patterns > _MAX_PATTERNS else None)

    def _array(self, schema: JSONObject, name: str, depth: int) -> Type:
        items, first = schema.get("items", True), schema.get("prefixItems")
        if _is_list(items):  # as it was written before 2020
            first, items = items, schema.get("additionalItems", True)
        if _is_list(first):
            types = [self._type(item, f"{name} {index}", depth + 1) for index, item in enumerate(first)]
            if items is False or schema.get("maxItems") == len(first) == schema.get("minItems"):
                return tuple[tuple(types)]  # type: ignore[misc]  # of values
            rest = self._type(items, f"{name} item", depth + 1)
            return _limited(_list_of(_union([*types, rest])), schema, _LIST_LIMITS)
        return _limited(_list_of(self._type(items, f"{name} item", depth + 1)), schema, _LIST_LIMITS)

    def _object(self, schema: JSONObject, name: str, depth: int) -> Type:
        properties, rest = schema.get("properties"), schema.get("additionalProperties", True)
        patterns = schema.get("patternProperties")
        title = schema.get("title")
        if not _is_object(properties) and rest is not False:
            options = [*patterns.values()] if _is_object(patterns) and patterns else [rest]
            value = _union([self._type(option, f"{name} value", depth + 1) for option in options])
            return _limited(_dict_of(value), schema, _DICT_LIMITS)
        words = self._class_name(title if isinstance(title, str) else name)
        fields = self._fields(schema, name, depth) if _is_object(properties) else {}
        description = schema.get("description")
        base: Any = _Object
        if _is_object(rest) and rest:
            extras = _dict_of(self._type(rest, f"{name} value", depth + 1))
            body = {"__annotations__": {"__pydantic_extra__": extras}, "__module__": __name__}
            base = new_class(words, (_Object,), exec_body=lambda members: members.update(body))
        made: type[BaseModel] = create_model(
            words,
            __base__=base,
            __module__=__name__,
            __doc__=description if isinstance(description, str) else None,
            __cls_kwargs__={
                "title": title if isinstance(title, str) else words,
                "extra": "forbid" if rest is False and not _is_object(patterns) else "allow",
            },
            **fields,
        )
        return made

    def _fields(self, schema: JSONObject, name: str, depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties"), schema.get("required")
        fields: dict[str, Any] = {}
        if not _is_object(properties):
            return fields
        must = {key for key in required if isinstance(key, str)} if _is_list(required) else set[str]()
        self._count(len(properties))  # before the names: a schema may have a million
        for key, field in _field_names(properties).items():
            about = properties[key]
            found = self._type(about, f"{name} {key}", depth + 1)
            said: JSONObject = about if _is_object(about) else {}
            options: dict[str, Any] = {
                word: said[word] for word in ("title", "description") if isinstance(said.get(word), str)
            }
            if _is_list(said.get("examples")):
                options["examples"] = said["examples"]
            if field != key:
                options["alias"] = key
            if key not in must:
                default = said.get("default")
                found = _union([found, None]) if default is None else found
                options.update({"default": default, "validate_default": True})
            fields[field] = (found, Field(**options))
        return fields

    def _count(self, number: int) -> None:
        self._size += number
        if self._size > _MAX_SIZE:
            raise UnusableSchemaError(f"it has more than {_MAX_SIZE:,} types")

    # References

    def _referred(self, pointer: str, name: str, depth: int, chain: tuple[str, ...]) -> Type:
        """The type that a reference leads to: the same wherever it is used."""
        if pointer in chain:
            raise UnusableSchemaError(f"the reference {pointer[:60]!r} leads to itself")
        if pointer in self._made:
            found = self._made[pointer]
            # A class is described once, and anything else wherever it is used.
            self._count(0 if isinstance(found, type(BaseModel)) else self._sizes[pointer])
            return found
        if pointer in self._open:
            self._recursive.add(pointer)
            return Annotated[Any, _Later(self._made, pointer)]
        before, within = self._size, self._document_at(pointer)
        words = unquote(pointer.rpartition("/")[2]) if "/" in pointer else name
        self._open.add(pointer)
        found = self._type(within, words, depth + 1, (*chain, pointer))
        self._open.remove(pointer)
        if pointer in self._recursive:
            found = self._as_class(found, words)
        self._made[pointer] = found
        self._sizes[pointer] = self._size - before
        return found

    def _document_at(self, pointer: str) -> object:
        """What a reference leads to."""
        start, *parts = pointer.split("/")
        if start != "#":
            raise UnusableSchemaError(f"the reference {pointer[:60]!r} leads out of it")
        found: object = self._document
        for part in parts:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if _is_object(found) and key in found:
                found = found[key]
            elif _is_list(found) and key.isdecimal() and len(key) < 10 and int(key) < len(found):
                found = found[int(key)]
            else:
                raise UnusableSchemaError(f"the reference {pointer[:60]!r} leads nowhere")
        return found

    def _plain(self, schema: object, chain: tuple[str, ...]) -> dict[str, object]:
        """A schema without `$ref` and `allOf` at its top: what they say is part of it."""
        if schema is True:
            return {}
        if not _is_object(schema):
            raise UnusableSchemaError("allOf contains what is no schema")
        plain = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        pointer, all_of = schema.get("$ref"), schema.get("allOf")
        if isinstance(pointer, str):
            if pointer in chain:
                raise UnusableSchemaError(f"the reference {pointer[:60]!r} leads to itself")
            found = self._document_at(pointer)
            self._count(_breadth(found))
            plain = _both(self._plain(found, (*chain, pointer)), plain)
        for part in all_of if _is_list(all_of) else ():
            self._count(_breadth(part))
            plain = _both(self._plain(part, chain), plain)
        return plain


# Keywords -------------------------------------------------------------------------------------------------------------

_NUMBER_LIMITS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
}
_TEXT_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
_LIST_LIMITS = {"minItems": "min_length", "maxItems": "max_length"}
_DICT_LIMITS = {"minProperties": "min_length", "maxProperties": "max_length"}
_FORMATS: Mapping[str, Type] = {
    "date": date,
    "date-time": datetime,
    "time": time,
    "duration": timedelta,
    "uuid": UUID,
    "uri": AnyUrl,
    "ipv4": IPv4Address,
    "ipv6": IPv6Address,
}
_KINDS = {
    "object": ("properties", "additionalProperties", "patternProperties", "required"),
    "array": ("items", "prefixItems"),
}
_STRICTER: Mapping[str, Callable[[float, float], float]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}
_KEYWORDS = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "type", "nullable", "const", "enum", "format", "additionalItems"}.union(
        _NUMBER_LIMITS, _TEXT_LIMITS, _LIST_LIMITS, _DICT_LIMITS, *_KINDS.values()
    )
)
"""The keywords that say which values match."""


def _breadth(schema: object) -> int:
    """How much of a schema is read to put it together with another."""
    members = schema.values() if _is_object(schema) else ()
    return 1 + sum(len(member) for member in members if _is_object(member) or _is_list(member))


def _only_reference(schema: JSONObject) -> str | None:
    """The reference that a schema is, also as the only member of `allOf`; `None` if it says more than that."""
    said = [key for key in schema if key in _KEYWORDS]
    if said == ["allOf"] and _is_list(members := schema["allOf"]) and len(members) == 1 and _is_object(members[0]):
        return _only_reference(members[0])
    pointer = schema.get("$ref")
    return pointer if said == ["$ref"] and isinstance(pointer, str) else None


def _kind_of(schema: JSONObject) -> str | None:
    """The type of a schema that names none."""
    return next((kind for kind, words in _KINDS.items() if any(word in schema for word in words)), None)


def _both(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """What two schemas say together."""
    both = {**first, **second}
    for key in first.keys() & second.keys():
        one, other = first[key], second[key]
        if key == "properties" and _is_object(one) and _is_object(other):
            common = {name: {"allOf": [one[name], other[name]]} for name in one if name in other}
            both[key] = {**one, **other, **common}
        elif key == "required" and _is_list(one) and _is_list(other):
            both[key] = [*one, *other]
        elif key in ("type", "enum"):
            both[key] = _common(one, other)
        elif key in _STRICTER and _is_number(one) and _is_number(other):
            both[key] = _STRICTER[key](one, other)
    return both


def _common(one: object, other: object) -> object:
    """The types or values that two schemas both allow."""
    ones, others = ([*value] if _is_list(value) else [value] for value in (one, other))
    if "number" in ones and "integer" in others:  # which is the narrower one
        ones.append("integer")
    if "number" in others and "integer" in ones:
        others.append("integer")
    found = [value for value in ones if value in others]
    if not found:
        raise UnusableSchemaError("allOf contradicts itself")
    return found if len(found) > 1 or _is_list(one) else found[0]


def _limited(kind: Type, schema: JSONObject, limits: Mapping[str, str], *, without: str | None = None) -> Type:
    """A type with the limits of a schema, as far as pydantic takes them.

    Args:
        kind: The type.
        schema: The schema.
        limits: What pydantic calls each keyword.
        without: A keyword that is not to limit anything.
    """
    taken: dict[str, Any] = {}
    others: dict[str, Any] = {}
    base: Type = getattr(kind, "__origin__", kind)
    for word, name in limits.items():
        value = schema.get(word)
        if isinstance(value, str) if word == "pattern" else _is_number(value):
            if isinstance(value, float) and value.is_integer() and base is not float:
                value = int(value)
            if word != without and _takes(base, name, value):
                taken[name] = value
            else:
                others[word] = value
    if not taken and not others:
        return kind
    return Annotated[kind, Field(**taken, json_schema_extra=others or None)]


def _takes(kind: Type, name: str, value: Any) -> bool:
    """Whether pydantic takes a limit: for example, its regular expressions have no lookaround."""
    limit: dict[str, Any] = {name: value}
    if name == "multiple_of" and value <= 0:
        return False
    try:
        TypeAdapter(Annotated[kind, Field(**limit)])
    except (SchemaError, pydantic.PydanticUserError, ValueError, TypeError, OverflowError):
        return False
    return True


def _has_email_validator() -> bool:
    try:
        TypeAdapter(EmailStr)
    except ImportError:
        return False
    return True


def _one_of(values: Sequence[object]) -> Type:
    """The type of a few values."""
    if values and all(value is None or isinstance(value, (str, int)) for value in values):
        return Literal[tuple(values)]

    def check(value: object) -> object:
        if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in values):
            raise PydanticCustomError("enum", "Input should be one of the values of the schema")
        return value

    return Annotated[Any, pydantic.AfterValidator(check), pydantic.WithJsonSchema({"enum": [*values]})]


def _union(types: Sequence[Type]) -> Type:
    if not types:
        return _one_of([])
    return Union[tuple(types)]  # noqa: UP007  # of values


def _list_of(kind: Type) -> Type:
    return list[kind]


def _dict_of(kind: Type) -> Type:
    return dict[str, kind]


# Names ----------------------------------------------------------------------------------------------------------------


def _field_names(properties: JSONObject) -> dict[str, str]:
    """What each property is called as a field: as in the schema where that is possible."""
    usable = {key: _field_name(key) for key in properties}
    used = {key for key, name in usable.items() if key == name}
    return {key: name if key == name else _unused(name, used, "_") for key, name in usable.items()}


def _field_name(key: str) -> str:
    # Python reads names in this normal form.
    name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", key)).lstrip("_")
    if not name.isidentifier():
        name = f"field_{name}".rstrip("_") if f"field_{name}".isidentifier() else "field"
    return f"{name}_" if keyword.iskeyword(name) or hasattr(_Object, name) else name


def _unused(name: str, used: set[str], between: str) -> str:
    """The name, with a number if it is taken; it is taken from now on."""
    found, number = name, 1
    while found in used:
        number += 1
        found = f"{name}{between}{number}"
    used.add(found)
    return found


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
