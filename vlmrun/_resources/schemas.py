"""Schemas of answers: those of a domain, and those that a caller describes."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import as_json, require_keys, require_text
from vlmrun._arguments.validation import model_as_json, no_schema
from vlmrun._http.call import Call
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import GenerationConfig, SchemaResponse

__all__ = ["answer_schema", "require_model", "schema_call", "type_call"]


def schema_call(
    path: tuple[str, ...], domain: str, config: GenerationConfig | Mapping[str, object] | None
) -> Call[SchemaResponse]:
    """The call that gets a schema.

    Args:
        path: The endpoint.
        domain: The domain.
        config: The options of the schema.
    """
    return Call("POST", path, SchemaResponse.model_validate_json, _asked(domain, config))


def type_call(
    path: tuple[str, ...], domain: str, config: GenerationConfig | Mapping[str, object] | None
) -> Call[type[BaseModel]]:
    """The call that gets a schema as a pydantic class; the arguments are those of `schema_call`."""
    from vlmrun._resources.schema_models import read_type  # here, because few programs need it

    return Call("POST", path, read_type, _asked(domain, config))


def _asked(domain: str, config: GenerationConfig | Mapping[str, object] | None) -> dict[str, object]:
    return {
        "domain": require_text("domain", domain, "pass a name such as document.invoice."),
        "config": model_as_json("config", GenerationConfig, config),
    }


def require_model(value: object) -> None:
    """Raise `InputError` unless `response_model` is a pydantic model, or `None`."""
    # By its metaclass: on Python 3.10, `isinstance(list[Invoice], type)` is true.
    if value is not None and (not isinstance(value, type(BaseModel)) or value is BaseModel):
        raise InputError(
            "response_model must be a pydantic model.", suggestion="pass the class: response_model=Invoice."
        )


def answer_schema(json_schema: Mapping[str, object] | None, response_model: type[BaseModel] | None) -> JsonValue:
    """The JSON schema of answers, from either argument; `None` if neither is given."""
    if json_schema is not None:
        if response_model is not None:
            raise InputError("json_schema and response_model exclude each other.", suggestion="pass one of them.")
        require_keys("json_schema", json_schema)
        return as_json("json_schema", json_schema)
    require_model(response_model)
    if response_model is None:
        return None
    try:
        schema = response_model.model_json_schema()
    except Exception as error:  # the model's own code may raise anything
        raise no_schema("response_model", error) from error
    return as_json("response_model", schema)
