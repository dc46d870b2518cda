"""The domains of the server, and what `/v1/models`, `/v1/domains`, `/v1/schema` and `/v1/hub` say of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from vlmrun.local._answers.filling import fill_schema
from vlmrun.local._answers.hints import Hints
from vlmrun.local._answers.json_schema import Schema, UnfillableError
from vlmrun.local._catalogue import schemas
from vlmrun.local._catalogue.further import FURTHER
from vlmrun.local._catalogue.selection import statement_of
from vlmrun.local._wire.errors import RefusalError

__all__ = ["DOMAINS", "HUB_VERSION", "Domain", "find_domain", "known_domain"]

HUB_VERSION = "1.0.0"
"""The version of this catalogue; it is also the version of each schema in it."""

_MODEL = "vlm-1"


@dataclass(frozen=True)
class Domain:
    """A domain: a kind of input, with the schema of its answer."""

    id: str
    """Its name in requests, such as `document.invoice`."""
    name: str
    """Its name for people."""
    description: str
    """What its answer contains."""
    inputs: Sequence[str]
    """Which inputs it takes: `image`, `document`, `audio` or `video`."""
    json_schema: Schema
    """The schema of its answer."""

    def as_domain(self) -> dict[str, object]:
        """An item of `/v1/domains`."""
        return {"domain": self.id, "name": self.name, "description": self.description}

    def as_model(self) -> dict[str, object]:
        """An item of `/v1/models`."""
        return {"model": _MODEL, "domain": self.id}

    def as_hub_domain(self) -> dict[str, object]:
        """An item of `/v1/hub/domains`."""
        return {
            "domain": self.id,
            "description": self.description,
            "supported_inputs": list(self.inputs),
            "tags": self.id.split("."),
            "sample_data": None,
        }

    def as_schema(self, json_schema: Schema) -> dict[str, object]:
        """The answer to `/v1/schema`, a SchemaResponse.

        Args:
            json_schema: The schema to describe: the domain's own, a part of it, or the user's.

        Returns:
            The JSON body.
        """
        canonical = json.dumps(json_schema, sort_keys=True, separators=(",", ":"))
        return {
            "domain": self.id,
            "description": self.description,
            "schema_version": HUB_VERSION,
            "schema_hash": hashlib.sha256(canonical.encode()).hexdigest()[:8],
            "gql_stmt": statement_of(json_schema),
            "json_schema": json_schema,
            "json_sample": _sample(json_schema),
        }


def _sample(schema: Schema) -> object:
    """A small valid instance, or `None` for a schema that cannot be filled."""
    try:
        return fill_schema(schema, Hints((), ""))
    except UnfillableError:
        return None


DOMAINS: Sequence[Domain] = (
    Domain(
        "document.invoice",
        "Invoice",
        "Parties, line items and totals of an invoice.",
        ("document", "image"),
        schemas.INVOICE,
    ),
    Domain(
        "document.receipt",
        "Receipt",
        "Merchant, items and total of a receipt.",
        ("document", "image"),
        schemas.RECEIPT,
    ),
    Domain(
        "document.markdown",
        "Markdown",
        "The pages of a document as Markdown, with tables and figures.",
        ("document", "image"),
        schemas.MARKDOWN,
    ),
    Domain("image.caption", "Caption", "A caption and keywords for an image.", ("image",), schemas.CAPTION),
    Domain(
        "audio.transcription",
        "Audio transcription",
        "What is said in a recording, by segment.",
        ("audio",),
        schemas.AUDIO_TRANSCRIPTION,
    ),
    Domain(
        "video.transcription",
        "Video transcription",
        "What is said and seen in a video, by segment.",
        ("video",),
        schemas.VIDEO_TRANSCRIPTION,
    ),
    *(Domain(id_, name, f"{name}, a few fields of it.", inputs, schema) for id_, name, inputs, schema in FURTHER),
)
"""All domains."""


def find_domain(id_: str) -> Domain | None:
    """The domain of an id."""
    return next((domain for domain in DOMAINS if domain.id == id_), None)


def known_domain(id_: str) -> Domain:
    """The domain of an id.

    Raises:
        RefusalError: 404, there is none.
    """
    domain = find_domain(id_)
    if domain is None:
        raise RefusalError(404, f"Domain not found: this server has no domain {id_[:100]!r}.")
    return domain
