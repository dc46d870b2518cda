"""The call that asks for the schema of a domain, which the client, its domains and its hub have in common."""

from __future__ import annotations

from collections.abc import Mapping

from vlmrun._arguments.checks import require_text
from vlmrun._arguments.validation import model_as_json
from vlmrun._http.call import Call
from vlmrun.client.types import GenerationConfig, SchemaResponse

__all__ = ["schema_call"]


def schema_call(
    path: tuple[str, ...], domain: str, config: GenerationConfig | Mapping[str, object] | None
) -> Call[SchemaResponse]:
    """Ask for a schema at one of the two endpoints.

    Args:
        path: The endpoint.
        domain: The domain.
        config: What the schema depends on.
    """
    return Call(
        "POST",
        path,
        SchemaResponse.model_validate_json,
        {
            "domain": require_text("domain", domain, "pass a name such as document.invoice."),
            "config": model_as_json("config", GenerationConfig, config),
        },
    )
