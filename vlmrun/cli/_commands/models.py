"""`vlmrun models`: the models of VLM Run."""

from __future__ import annotations

from typing import Annotated

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._session import session_of
from vlmrun.client.types import ModelInfo

__all__ = ["OUTPUTS", "app"]

app = new_app("Look up the models of VLM Run.")

OUTPUTS: dict[str, object] = {"models list": list[ModelInfo]}


@app.callback()
def models() -> None:
    """Look up the models of VLM Run."""


@app.command("list", epilog=examples("vlmrun models list", "vlmrun models list --domain document.invoice --json"))
def list_(
    context: typer.Context,
    domain: Annotated[
        str | None, typer.Option("--domain", "-d", metavar="TEXT", help="Only domains whose name contains this.")
    ] = None,
) -> None:
    """List pairs of a model and a domain that it serves."""
    session = session_of(context)
    session.out.rows(
        [found for found in session.client.models.list() if domain is None or domain in found.domain],
        {"MODEL": lambda found: found.model, "DOMAIN": lambda found: found.domain},
    )
