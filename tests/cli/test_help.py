"""Help of every command, by reflection: it fits a screen, and its examples are real; `docs/cli.md` says the same."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra 'cli'")

from typer.core import TyperGroup

from vlmrun.cli._index import Command, commands

TOOLS = Path(__file__).parents[2] / "tools"

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(TOOLS))
page = importlib.import_module("command_line")

COMMANDS = list(commands())
LEAVES = [each for each in COMMANDS if not each.is_group]
LINES = 50
"""Of a screen; as many as `vlmrun --help` may have."""

each_command = pytest.mark.parametrize("each", COMMANDS[1:], ids=lambda each: each.path)
each_leaf = pytest.mark.parametrize("each", LEAVES, ids=lambda each: each.path)


def help_of(each: Command, width: int) -> list[str]:
    """The lines of its help on a terminal of a width."""
    with each.command.make_context(
        f"vlmrun {each.path}", [], resilient_parsing=True, terminal_width=width, max_content_width=width
    ) as context:
        return each.command.get_help(context).splitlines()


@each_command
@pytest.mark.parametrize("width", [60, 80, 120])
def test_help_fits(each: Command, width: int) -> None:
    """In width, but for examples, which people copy, and usage; in height on a terminal of 80 columns."""
    lines = help_of(each, width)
    start = next((number for number, line in enumerate(lines) if line.strip() == "Examples:"), len(lines))
    assert [line for line in lines[:start] if len(line) > width] == []
    assert width != 80 or len(lines) <= LINES


@each_leaf
def test_two_examples(each: Command) -> None:
    """Each names the command, with options that it has."""
    shown = page.examples(each)
    assert len(shown) >= 2
    known = {name for option in each.options for name in [*option.opts, *option.secondary_opts]}
    for example in shown:
        calls = re.findall(r"\bvlmrun (?:[^|<>&']|'[^']*')+", example)
        assert calls, example
        words = [word for call in calls for word in shlex.split(call)]
        assert " ".join(words).startswith(f"vlmrun {each.path}") or len(calls) > 1, example
        used = {word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)}
        assert used - known - {"--help"} == set() or len(calls) > 1, example


@each_command
def test_everything_is_described(each: Command) -> None:
    """The command, its options and its arguments: no line of a help is empty."""
    assert each.command.help
    assert [option.name for option in each.options if not option.help and not option.hidden] == []
    assert [argument.name for argument in each.arguments if not argument.help] == []


def test_there_is_something_to_read() -> None:
    """Groups and commands are found, at any depth."""
    paths = {each.path for each in COMMANDS}
    assert {"", "chat", "auth", "auth login", "doctor", "local"} <= paths
    assert all(isinstance(each.command, TyperGroup) == each.is_group for each in COMMANDS)


def test_the_page_is_up_to_date() -> None:
    """`docs/cli.md` and its schemas are what the commands say."""
    assert page.changes() == {}
    text = page.PAGE.read_text(encoding="utf-8")
    assert [each.path for each in LEAVES if f"`vlmrun {each.path}`" not in text] == []


def test_each_schema_has_a_command() -> None:
    """What modules publish is of commands that exist."""
    paths = {each.path for each in LEAVES}
    assert {name.partition(" --")[0] for name in page.published()} <= paths
