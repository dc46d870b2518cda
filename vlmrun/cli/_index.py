"""What commands and options there are, read from the commands themselves: for completion, documents and tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from vlmrun.cli._app import build
from vlmrun.cli._catalogue import ALIASES, entries

__all__ = ["Command", "commands", "completion_index"]

_OF_NAME = {
    "domain": "domain",
    "execution_id": "execution",
    "file_id": "file",
    "model": "model",
    "name_or_id": "skill",
    "prediction_id": "prediction",
    "profile": "profile",
    "session_id": "session",
    "skill_id": "skill",
    "skill_ids": "skill",
    "toolset": "toolset",
    "toolsets": "toolset",
}
"""The kind of value of a parameter, by its name in the code."""
_OF_COMMAND = {
    "executions get": "execution",
    "files delete": "file",
    "files get": "file",
    "help": "topic",
    "predictions get": "prediction",
}
"""The kind of the first argument of a command, whose name in the code does not tell."""


@dataclass(frozen=True)
class Command:
    """A command, or a group of them."""

    path: str
    """Its name after `vlmrun`, such as `files get`; empty for `vlmrun` itself."""
    command: TyperCommand | TyperGroup
    """What typer made of it."""

    @property
    def is_group(self) -> bool:
        """Whether it has commands below it."""
        return isinstance(self.command, TyperGroup)

    @property
    def options(self) -> list[TyperOption]:
        """Its options, those of every command among them."""
        return [parameter for parameter in self.command.params if isinstance(parameter, TyperOption)]

    @property
    def arguments(self) -> list[TyperArgument]:
        """Its arguments, in their order."""
        return [parameter for parameter in self.command.params if isinstance(parameter, TyperArgument)]


def commands(*, aliases: bool = False) -> Iterator[Command]:
    """All commands and groups, `vlmrun` itself first. Imports all their modules.

    Args:
        aliases: Whether to list commands under their other names, too.
    """
    names = [name for name in entries() if aliases or name not in ALIASES]
    root = build(names)
    yield Command("", root)
    for name in names:
        yield from _below(name, root.commands[name], aliases=aliases)


def _below(path: str, command: object, *, aliases: bool) -> Iterator[Command]:
    assert isinstance(command, (TyperCommand, TyperGroup))  # noqa: S101  # typer makes no others
    yield Command(path, command)
    if isinstance(command, TyperGroup):
        seen: set[int] = set()
        for name, one in command.commands.items():
            if aliases or id(one) not in seen:
                yield from _below(f"{path} {name}", one, aliases=aliases)
            seen.add(id(one))


def completion_index() -> dict[str, object]:
    """What `_completion` needs to know, as JSON: the commands with their options, and the values that are known."""
    from vlmrun._inputs.options import AgentModel, AgentToolset
    from vlmrun.cli._commands.help import TOPICS
    from vlmrun.client.types import Domain

    return {
        "commands": {each.path: _completed(each) for each in commands(aliases=True)},
        "values": {
            "domain": list(get_args(get_args(Domain)[0])),
            "model": [str(model) for model in AgentModel],
            "topic": [*TOPICS, *entries()],
            "toolset": list(get_args(AgentToolset)),
        },
    }


def _completed(each: Command) -> dict[str, object]:
    below: dict[str, str] = {}
    if isinstance(each.command, TyperGroup):
        shown = {name: one for name, one in each.command.commands.items() if not one.hidden}
        below = {name: _line(one.get_short_help_str(80)) for name, one in shown.items()}
    if not each.path:
        below = {name: entry.summary for name, entry in entries().items() if name not in ALIASES}
    options: dict[str, dict[str, object]] = {}
    for option in each.options:
        for name in [*option.opts, *option.secondary_opts]:
            takes = not (option.is_flag or option.count)
            options[name] = {"kind": _kind(each.path, option) if takes else None, "help": _line(option.help)}
    return {
        "below": below,
        "options": options,
        "arguments": [{"kind": _kind(each.path, one), "many": one.nargs == -1} for one in each.arguments],
    }


def _kind(path: str, parameter: TyperOption | TyperArgument) -> str:
    """The kind of value of a parameter; choices are given in full: `=a,b`."""
    described = parameter.type_descriptor
    if described.is_choice and described.choices:
        return "=" + ",".join(str(getattr(choice, "value", choice)) for choice in described.choices)
    if isinstance(parameter, TyperArgument) and path in _OF_COMMAND:
        return _OF_COMMAND[path]
    return _OF_NAME.get(parameter.name or "", "")


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
