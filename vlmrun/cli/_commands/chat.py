"""`vlmrun chat`: ask an agent."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlmrun.cli import _errors
from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._commands._options import Inputs, SkillIds, Skills, Toolsets
from vlmrun.cli._errors import UsageError
from vlmrun.cli._models import ChatAnswer
from vlmrun.cli._session import Session, session_of

if TYPE_CHECKING:
    from vlmrun.cli._chats import Chat

__all__ = ["app"]

OUTPUTS: dict[str, object] = {"chat": ChatAnswer}

app = new_app()

_HELP = "Type a prompt. /add FILE attaches a file to the next one. /exit or Ctrl-D leaves, Ctrl-C stops an answer."


@app.command(
    epilog=examples(
        'vlmrun chat "What is in this image?" -i photo.jpg',
        'vlmrun chat "Extract the total" -i invoice.pdf --json | jq -r .content',
        'vlmrun chat "Draw a cabin at sunset" -o ./generated',
        "vlmrun chat -p prompt.txt -i scans/ -i 'pages/*.png'",
        'git diff | vlmrun chat - && vlmrun chat "Shorter" --continue',
    )
)
def chat(
    context: typer.Context,
    prompt: Annotated[str | None, typer.Argument(metavar="PROMPT", help="The prompt; - for stdin.")] = None,
    prompt_option: Annotated[
        str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="The prompt: a text, a file, or stdin.")
    ] = None,
    inputs: Inputs = None,
    skills: Skills = None,
    skill_ids: SkillIds = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for artifacts.", file_okay=False)
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="NAME", help="The model that answers.")
    ] = "vlmrun-orion-1:auto",
    no_stream: Annotated[bool, typer.Option("--no-stream", "-ns", help="Show the answer when it is complete.")] = False,
    no_download: Annotated[bool, typer.Option("--no-download", "-nd", help="Leave artifacts where they are.")] = False,
    toolsets: Toolsets = None,
    session_id: Annotated[
        str | None, typer.Option("--session-id", "--session", "-s", metavar="ID", help="The chat to continue.")
    ] = None,
    go_on: Annotated[bool, typer.Option("--continue", help="Continue the last chat.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="Limit for the answer; no retries.", min=0.001),
    ] = None,
) -> None:
    """Ask an agent about images, videos, audio and documents.

    Without a prompt, on a terminal, it is a conversation. The artifacts of an answer are saved.
    """
    from vlmrun.cli._artifacts import make_folder
    from vlmrun.cli._chats import Chat, last_session
    from vlmrun.cli._inputs import given, parts_of, prompt_of, read_skills

    session = session_of(context)
    if go_on and session_id is None:
        session_id = last_session()
        if session_id is None:
            raise UsageError("there is no chat to continue.", "vlmrun chat PROMPT -s ID")
    text = prompt_of(prompt, prompt_option, stdin_is_taken="-" in (inputs or ()))
    if text is None and not (session.out.is_terminal and sys.stdin.isatty()):
        raise UsageError("there is no prompt.", 'vlmrun chat "What is in this image?" -i photo.jpg')
    chosen = read_skills(skills or (), skill_ids or ())
    asked = Chat(
        session,
        model,
        toolsets or (),
        chosen,
        session_id,
        not no_stream,
        timeout,
        output,
        not no_download,
    )
    files = given(inputs or ())
    if output is not None:
        make_folder(output)
    if text is None:
        _converse(asked, session, inputs or [])
    else:
        asked.ask(text, parts_of(session, files))


def _converse(asked: Chat, session: Session, first: list[str]) -> None:
    """Ask what people type, until they leave. The next prompt comes with the files that were added."""
    from vlmrun.cli._inputs import given, parts_of

    with suppress(ImportError):
        import_module("readline")  # editing, and the arrows for what was typed before
    added = list(first)
    session.out.note(_HELP)
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            session.out.note("")
            return
        command, _, rest = line.partition(" ")
        if command in ("/exit", "/quit"):
            return
        try:
            if command == "/add" and rest:
                added += [one for one in [rest.strip()] if given([one])]
            elif command.startswith("/"):
                session.out.note(_HELP)
            elif line:
                parts = parts_of(session, given(added))
                added.clear()
                asked.ask(line, parts)
        except KeyboardInterrupt:
            session.out.note("\nStopped.")
        except Exception as error:  # people go on after any
            if session.flags.debug:
                raise
            session.out.error(_errors.message(error))
