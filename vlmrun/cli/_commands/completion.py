"""`vlmrun completion`: scripts that make shells complete the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer
from typing_extensions import TypedDict

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._completion import SCRIPTS
from vlmrun.cli._errors import UsageError
from vlmrun.cli._private_files import write_privately
from vlmrun.cli._session import session_of

__all__ = ["app"]

app = new_app()


class Script(TypedDict):
    """What `completion` prints."""

    shell: str
    script: str
    file: str | None
    """Where it was written, with `--install`."""


OUTPUTS: dict[str, object] = {"completion": Script}

_ZSH = "Add to ~/.zshrc, unless it has it:  fpath+=~/.zfunc; autoload -Uz compinit; compinit"
_BASH = "If bash-completion is not installed, add to ~/.bashrc:  source {file}"


@app.command(epilog=examples("vlmrun completion zsh --install", "vlmrun completion fish | source"))
def completion(
    context: typer.Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish"] | None, typer.Argument(help="The shell; by default that of SHELL.")
    ] = None,
    install: Annotated[bool, typer.Option("--install", help="Write it to where the shell looks for it.")] = False,
) -> None:
    """Print the script that makes a shell complete commands, options, models, domains and recent ids.

    Completing never uses the network: ids are those that commands have shown before.
    """
    session = session_of(context)
    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SCRIPTS:
        raise UsageError("the shell is not known.", suggestion="vlmrun completion bash, zsh or fish")
    file = _place(name) if install else None
    if file is not None:
        try:
            write_privately(file, SCRIPTS[name])
        except OSError as error:
            raise UsageError(f"cannot write {file}: {error.strerror}.", f"vlmrun completion {name} > FILE") from None
    result = Script(shell=name, script=SCRIPTS[name], file=None if file is None else str(file))
    session.out.document(result, SCRIPTS[name].rstrip("\n") if file is None else f"Wrote {file}. Open a new shell.")
    if file is not None and name != "fish":
        session.out.note(_ZSH if name == "zsh" else _BASH.format(file=file))


def _place(shell: str) -> Path:
    """Where a shell looks for scripts of the user."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / "vlmrun",
        "zsh": Path.home() / ".zfunc" / "_vlmrun",
        "fish": config / "fish" / "completions" / "vlmrun.fish",
    }[shell]
