"""The schema that a request asks for: that of a domain, or its own, reduced to the fields that it selects."""

from __future__ import annotations

from vlmrun.local._answers.answers import refuse_bad_schema
from vlmrun.local._answers.json_schema import Schema
from vlmrun.local._catalogue.selection import SelectionError, reduce_schema
from vlmrun.local._requests.generation import GenerationConfig
from vlmrun.local._wire.errors import Location, Problem, RefusalError

__all__ = ["SCHEMA_LOC", "asked_schema"]

SCHEMA_LOC: Location = ("body", "config", "json_schema")


def asked_schema(own: Schema, config: GenerationConfig, statement: str | None = None) -> Schema:
    """The schema of an answer.

    Args:
        own: The schema of the domain, which `config.json_schema` replaces.
        config: What was asked.
        statement: A GraphQL statement beside the config, which wins over the one in it.

    Returns:
        The schema.

    Raises:
        RefusalError: 422, `config.json_schema` is none, or a statement selects what the schema does not have.
    """
    schema = own
    if config.json_schema is not None:
        schema = config.json_schema
        refuse_bad_schema(schema, SCHEMA_LOC)
    loc: Location = ("body", "gql_stmt")
    if statement is None:
        statement, loc = config.gql_stmt, ("body", "config", "gql_stmt")
    if not statement:
        return schema
    try:
        return reduce_schema(schema, statement)
    except SelectionError as error:
        raise RefusalError(422, [Problem(loc, f"Unusable statement: {error}", "invalid_gql_stmt")]) from error
