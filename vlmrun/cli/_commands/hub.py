"""`vlmrun hub`: domains and their schemas."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._session import session_of
from vlmrun.client.types import HubDomainInfo, HubInfoResponse, SchemaResponse

__all__ = ["OUTPUTS", "app"]

app = new_app("Look up domains, and the schemas of their answers. No key is needed.")

OUTPUTS: dict[str, object] = {
    "hub version": HubInfoResponse,
    "hub list": list[HubDomainInfo],
    "hub schema": SchemaResponse,
}


@app.command(epilog=examples("vlmrun hub version", "vlmrun hub version --json"))
def version(context: typer.Context) -> None:
    """Show the version of the hub."""
    session = session_of(context)
    info = session.client.hub.info()
    session.out.document(info, str(info.version))


@app.command("list", epilog=examples("vlmrun hub list", "vlmrun hub list --domain document"))
def list_(
    context: typer.Context,
    domain: Annotated[
        str | None, typer.Option("--domain", "-d", metavar="TEXT", help="Only those whose name contains this.")
    ] = None,
) -> None:
    """List the domains of the hub."""
    session = session_of(context)
    session.out.rows(
        [found for found in session.client.hub.list_domains() if domain is None or domain in found.domain],
        {"DOMAIN": lambda found: found.domain, "DESCRIPTION": lambda found: found.description},
    )


@app.command(epilog=examples("vlmrun hub schema document.invoice", "vlmrun hub schema document.invoice > invoice.json"))
def schema(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain, such as document.invoice.")],
) -> None:
    """Print the JSON schema of the answers of a domain; with --json, all that the hub knows of it."""
    session = session_of(context)
    found = session.client.hub.get_schema(domain)
    session.out.document(found, json.dumps(found.json_schema, indent=2, ensure_ascii=False))
