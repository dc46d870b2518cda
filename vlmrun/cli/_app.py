"""The command line: the commands that are named, with the options of every command, and what is caught around them.

typer parses: it is typed by annotations; the official command line parses with it, so that what is written for that
one, such as `-ns`, means the same here; and it imports in half of the time of cyclopts, whose help alone takes longer
than `--help` may take here. Its plain help is used; the one in colours would import rich.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from copy import copy
from importlib import import_module
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from vlmrun.cli import _errors
from vlmrun.cli._catalogue import entries
from vlmrun.cli._session import Session, session_of

__all__ = ["run"]

GLOBALS = typer.Typer(add_completion=False, rich_markup_mode=None)
"""Never run: the options of every command are taken from it."""


def _set(name: str) -> Callable[[typer.Context, bool | str | None], None]:
    def callback(context: typer.Context, value: bool | str | None) -> None:
        if value:
            setattr(session_of(context).flags, name, value)

    return callback


def _set_format(context: typer.Context, value: str | None) -> None:
    if value in ("json", "jsonl"):
        setattr(session_of(context).flags, value, True)
    elif value not in (None, "text", "table"):
        raise typer.BadParameter("expected json, jsonl or text.")


def _show_version(value: bool) -> None:
    if value:
        from vlmrun._version import __version__

        print(f"vlmrun {__version__}")  # noqa: T201  # a program prints
        raise typer.Exit


@GLOBALS.command()
def _globals(
    as_json: Annotated[
        bool,
        typer.Option("--json", "-j", help="Print one JSON document.", callback=_set("json"), expose_value=False),
    ] = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print a JSON document a line.", callback=_set("jsonl"), expose_value=False)
    ] = False,
    as_format: Annotated[
        str | None,
        typer.Option("--format", "-f", hidden=True, callback=_set_format, expose_value=False),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", hidden=True, callback=_set("quiet"), expose_value=False)
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", hidden=True, callback=_set("verbose"), expose_value=False)
    ] = False,
    api_key: Annotated[
        str | None,
        typer.Option("--api-key", hidden=True, callback=_set("api_key"), expose_value=False),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", hidden=True, callback=_set("base_url"), expose_value=False),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", hidden=True, callback=_set("profile"), expose_value=False),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", hidden=True, callback=_set("debug"), expose_value=False)] = False,
) -> None:
    """The options of every command, before or after its name. `_overview` describes them."""


def build(arguments: list[str]) -> TyperGroup:
    """Make the command line. Only the modules of commands that are among the arguments are imported.

    Args:
        arguments: What follows `vlmrun`.
    """
    root = typer.Typer(name="vlmrun", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @root.callback()
    def _root(
        version: Annotated[
            bool, typer.Option("--version", "-V", is_eager=True, callback=_show_version, expose_value=False)
        ] = False,
    ) -> None: ...

    named = entries()
    for name, entry in named.items():
        if name not in arguments:  # known by name, for suggestions
            root.command(name, help=entry.summary)(_not_loaded)
    group = get_command(root)
    assert isinstance(group, TyperGroup)  # noqa: S101  # it has a callback
    for name in set(arguments) & named.keys():
        module = import_module(f"vlmrun.cli._commands.{named[name].module}")
        group.add_command(get_command(module.app), name)
    shared = get_command(GLOBALS)
    assert isinstance(shared, TyperCommand)  # noqa: S101  # it is one command
    _add_globals(group, shared)
    return group


def _not_loaded() -> None:
    raise AssertionError("the module of a command that is called is imported")


def _add_globals(group: TyperGroup, shared: TyperCommand) -> None:
    """Give the options of every command to a group and all that is below it, unless it uses the same names."""
    for command in [group, *group.commands.values()]:
        if isinstance(command, TyperGroup) and command is not group:
            _add_globals(command, shared)
            continue
        taken = {name for option in command.params for name in option.opts}
        for option in map(copy, shared.params):  # copies, as each command may have names of its own
            option.opts = [name for name in option.opts if name not in taken]
            if option.opts:
                command.params.append(option)
        command.context_settings = {"help_option_names": ["--help", "-h"], **command.context_settings}


def run(arguments: list[str]) -> int:
    """Run a command line; return the exit code.

    Args:
        arguments: What follows `vlmrun`.
    """
    group = build(arguments)
    session = Session()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal or the pipe does not take is no reason to fail. In JSON it is the escape.
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            # Not `main`, which makes exit codes of its own of what a command raises.
            with warnings.catch_warnings(), group.make_context("vlmrun", list(arguments), obj=session) as context:
                warnings.showwarning = _warn(session)
                group.invoke(context)
        finally:
            session.close()
        sys.stdout.flush()
    except typer.Exit as ending:
        return ending.exit_code
    except typer.TyperException as error:  # of the command line itself
        return _usage(session, error)
    except BrokenPipeError:  # whoever read stdout has what they wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at exit
        return _errors.ExitCode.DONE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # whatever it is, people read one line
        return _failed(session, error)
    return _errors.ExitCode.DONE


def _failed(session: Session, error: BaseException) -> int:
    if session.flags.debug:
        traceback.print_exception(error)
    code = _errors.exit_code(error)
    if code == _errors.ExitCode.INTERRUPTED:
        session.out.error("Interrupted.")
    else:
        session.out.error(_errors.message(error))
    for line in session.ongoing:
        session.out.error(line)
    return code


def _usage(session: Session, error: typer.TyperException) -> int:
    where = getattr(getattr(error, "ctx", None), "command_path", "vlmrun")
    session.out.error(f"Error: {error.format_message()}\nTry: {where} --help")
    return _errors.ExitCode.USAGE


def _warn(session: Session) -> Callable[..., None]:
    def show(text: Warning | str, *_: object, **__: object) -> None:
        session.out.note(f"Warning: {text}")

    return show
