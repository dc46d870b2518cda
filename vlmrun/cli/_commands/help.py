"""`vlmrun help`: topics that are no command."""

from __future__ import annotations

from typing import Annotated

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._errors import MEANINGS, UsageError
from vlmrun.cli._session import session_of

__all__ = ["TOPICS", "app"]

app = new_app()

OUTPUTS: dict[str, object] = {}

_ERRORS = """\
Errors are written to stderr: what went wrong in one line, with the id of the
request, and what to try. --debug adds the traceback. stdout stays valid JSON.

Exit codes:
{codes}

Work that goes on at VLM Run when a command ends early is named with its id and
the command that fetches it. A request that may already have taken effect is
not repeated.
"""

_CONFIGURATION = """\
Each setting is taken from the first of these that has it:

  1. a flag:             --api-key, --base-url
  2. the environment:    VLMRUN_API_KEY, VLMRUN_BASE_URL
  3. the file of vlmrun: vlmrun config show tells where it is
  4. the official file:  ~/.vlmrun/config.toml, which is read and never written
  5. the default

The file is TOML. The default profile is at its top level, others are tables:

  api_key = "..."

  [profiles.staging]
  api_key = "..."
  base_url = "https://staging.example.com/v1"

A profile is chosen by --profile, VLMRUN_PROFILE, or profile = "NAME" in the
file. What a profile that --profile names holds wins over the environment.

vlmrun auth login stores a key; only you can read the file. No command shows a
key. Environment variables of other programs, such as OPENAI_API_KEY, and
.netrc are ignored; proxies (HTTPS_PROXY, ALL_PROXY, NO_PROXY) and certificates
(SSL_CERT_FILE, SSL_CERT_DIR) are taken from the environment.
"""

_OUTPUT = """\
Results go to stdout, everything else to stderr.

  on a terminal  tables, Markdown, colours, progress
  in a pipe      plain text; tables become lines with tabs
  --json, -j     one JSON document (also -f json)
  --jsonl        a JSON document a line, as they arrive
  -q             results and errors only
  -v             each request is logged to stderr

NO_COLOR turns colours off. docs/cli.md has the JSON schema of each command.
"""

_INPUT = """\
Commands that take files take these, in the order in which they are given:

  photo.jpg           a path
  scans/              all files of a folder, by name
  'scans/*.pdf'       a pattern
  https://...         a URL, which VLM Run fetches
  -                   stdin

Files are uploaded once: the same bytes are not sent again. --schema takes a
file with a JSON schema, or package.module:Model, a pydantic model.
"""

TOPICS = {
    "configuration": ("Where settings come from, and profiles", _CONFIGURATION),
    "errors": (
        "Exit codes, and what to do",
        _ERRORS.format(codes="\n".join(f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())),
    ),
    "input": ("Files, folders, patterns, URLs and stdin", _INPUT),
    "output": ("For people and for programs", _OUTPUT),
}
"""What `vlmrun help` explains besides commands: a summary and the text of each."""


@app.command("help", epilog=examples("vlmrun help errors", "vlmrun help auth login"))
def help_(
    context: typer.Context,
    topic: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC]", help="A command, or configuration, errors, input, output.")
    ] = None,
) -> None:
    """Explain a topic or a command."""
    from vlmrun.cli._app import run
    from vlmrun.cli._catalogue import entries
    from vlmrun.cli._overview import overview

    session = session_of(context)
    if not topic:
        raise typer.Exit(overview())
    if len(topic) == 1 and topic[0] in TOPICS:
        session.out.text(TOPICS[topic[0]][1].rstrip("\n"))
    elif topic[0] in entries():
        raise typer.Exit(run([*topic, "--help"]))
    else:
        raise UsageError(_unknown(topic[0], [*TOPICS, *entries()]), "vlmrun help, for a list")


def _unknown(word: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1)
    return f"there is no topic {word!r}." + (f" Did you mean {near[0]!r}?" if near else "")
