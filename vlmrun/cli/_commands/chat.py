"""`vlmrun chat`: ask an agent."""

from __future__ import annotations

from typing import Annotated

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._session import session_of

__all__ = ["app"]

app = new_app()


@app.command(epilog=examples('vlmrun chat "What is this?" -i photo.jpg', "vlmrun chat -p prompt.txt -i a.pdf --json"))
def chat(context: typer.Context, prompt: Annotated[str, typer.Argument(help="The prompt.")] = "") -> None:
    """Ask an agent about images, videos, audio and documents."""
    session = session_of(context)
    session.out.text(str(session.client.agent.run(prompt).output))
