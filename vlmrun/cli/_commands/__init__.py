"""One module for each command, or group of commands, of `vlmrun`; each is imported when it is called.

A module defines `app`, and `OUTPUTS` with the type that each command prints with `--json`:

```python
app = new_app("The files of the account.")

OUTPUTS = {"files get": FileResponse, "files list": list[FileResponse]}

@app.command("get", epilog=examples("vlmrun files get file_1", "vlmrun files get file_1 --json | jq .filename"))
def get(
    context: typer.Context,
    file_id: Annotated[str, typer.Argument(help="The id of the file.")],
) -> None:
    \"\"\"Show what is known of a file.\"\"\"
    session = session_of(context)
    session.out.document(session.client.files.get(file_id))
```

A group has a callback (`@app.callback()`) or several commands. A module with one command and no callback is that
command itself. `--json`, `-q`, `--api-key` and the like are added to every command, before or after its name. Errors
are raised, never printed: `_errors` knows what each means. What goes on without the process is told to
`session.goes_on`. stdout is written through `session.out` only.

Then the command gets an entry in `vlmrun.cli._catalogue`.
"""

from __future__ import annotations

import typer

__all__ = ["examples", "new_app"]


def new_app(help: str | None = None) -> typer.Typer:
    """Make the `app` of a module.

    Args:
        help: What a group is for; a single command has its docstring.
    """
    return typer.Typer(help=help, add_completion=False, rich_markup_mode=None, no_args_is_help=help is not None)


def examples(*commands: str) -> str:
    """The examples at the end of a command's help.

    Args:
        commands: Command lines, as people type them.
    """
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
