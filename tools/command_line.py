"""Writes `docs/cli.md` and `docs/cli-schemas.json`: every command, as the commands themselves say it.

`make generate` runs it, so that pages and commands cannot differ. Nothing leaves this machine.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import cast

from pydantic import TypeAdapter
from typer.core import TyperArgument, TyperOption

from vlmrun.cli._catalogue import ALIASES, CATALOGUE, entries
from vlmrun.cli._commands.help import TOPICS
from vlmrun.cli._errors import MEANINGS
from vlmrun.cli._index import Command, commands
from vlmrun.cli._overview import GLOBAL_OPTIONS

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "cli.md"
SCHEMAS = DOCS / "cli-schemas.json"

HEAD = """\
# The command line

`make generate` makes this page from the commands.

```console
$ pip install "vlmrun[cli]"
$ vlmrun auth login
$ vlmrun chat "What is this?" -i photo.jpg
$ vlmrun generate invoice.pdf -d document.invoice --json
```

`vlmrun doctor` finds what is wrong with a key or a network, `vlmrun completion` makes bash, zsh and fish complete
commands, models, domains and recent ids, and `vlmrun local` serves a local VLM Run to try all of it without a key.

![A session in a terminal](images/cli-light.svg)
![A session in a dark terminal](images/cli-dark.svg)

"""

_SHARED = {name for option in GLOBAL_OPTIONS for name in re.findall(r"--?[\w-]+", option)} | {"--format", "-f"}


def page() -> str:
    """The page."""
    parts = [HEAD, *_topics(), "## Options of every command\n\n| option | |\n|---|---|\n"]
    parts += [f"| `{option}` | {text} |\n" for option, text in GLOBAL_OPTIONS.items()]
    parts += ["\nThey may stand before and after the name of the command.\n"]
    every = list(commands())
    outputs = published()
    for heading, named in CATALOGUE.items():
        if named:
            parts += [f"\n## {heading}\n"]
        for name in named:
            below = [each for each in every if each.path.split()[:1] == [name]]
            parts += [part for each in below for part in _command(each, outputs)]
    return "".join(parts)


def _topics() -> Iterator[str]:
    yield "## Exit codes\n\n| code | meaning |\n|---|---|\n"
    for code, meaning in MEANINGS.items():
        yield f"| {code.value} | {meaning} |\n"
    yield "\n"
    for name, (summary, text) in TOPICS.items():
        if name != "errors":
            yield f"## {name.capitalize()}\n\n{summary} (`vlmrun help {name}`):\n\n```text\n{text.rstrip()}\n```\n\n"


def _command(each: Command, outputs: dict[str, object]) -> Iterator[str]:
    yield f"\n{'####' if ' ' in each.path else '###'} `vlmrun {each.path}`\n\n"
    others = [alias for alias, name in ALIASES.items() if name == each.path]
    if others:
        yield f"Also `vlmrun {'`, `vlmrun '.join(others)}`.\n\n"
    yield inspect.cleandoc(each.command.help or "").partition("\f")[0].strip() + "\n"
    if each.is_group:
        return
    arguments = " ".join(_placeholder(argument) for argument in each.arguments)
    yield f"\n```text\nvlmrun {each.path}{' ' if arguments else ''}{arguments} [OPTIONS]\n```\n"
    rows = [*_rows(each.arguments), *_rows(each.options)]
    if rows:
        yield "\n| | |\n|---|---|\n" + "".join(rows)
    yield "\n```console\n" + "".join(f"$ {example}\n" for example in examples(each)) + "```\n"
    printed = [name for name in outputs if name == each.path or name.startswith(f"{each.path} --")]
    if printed:
        links = [f"[`{name}`](cli-schemas.json)" for name in printed]
        yield f"\n`--json` prints the schema {', '.join(links)}.\n"


def _rows(parameters: Iterable[TyperOption | TyperArgument]) -> Iterator[str]:
    for parameter in parameters:
        names = [*parameter.opts, *parameter.secondary_opts]
        if isinstance(parameter, TyperArgument):
            shown = _placeholder(parameter)
        elif parameter.hidden or set(names) <= _SHARED:
            continue
        else:
            takes = not (parameter.is_flag or parameter.count)
            shown = ", ".join(sorted(names, key=len, reverse=True)) + (f" {_value(parameter)}" if takes else "")
        told = " ".join((parameter.help or "").split())
        default = parameter.default
        is_told = isinstance(default, (str, int, float)) and not isinstance(default, bool) and default != ""
        told += f" Default: {default}." if is_told else ""
        yield f"| `{shown}` | {told} |\n".replace("`|`", "`\\|`")


def _placeholder(argument: TyperArgument) -> str:
    name = _value(argument).strip("[]")
    return name if argument.required else f"[{name}]"


def _value(parameter: TyperOption | TyperArgument) -> str:
    described = parameter.type_descriptor
    if described.is_choice and described.choices:
        return ",".join(str(getattr(choice, "value", choice)) for choice in described.choices)
    return str(parameter.metavar or (parameter.name or "").upper())


def examples(each: Command) -> list[str]:
    """The examples at the end of a command's help."""
    lines = inspect.cleandoc(each.command.epilog or "").splitlines()
    return [line.strip() for line in lines if line.startswith(" ")]


def published() -> dict[str, object]:
    """The type that each command prints with `--json`, by its name."""
    found: dict[str, object] = {}
    for module in dict.fromkeys(entry.module for entry in entries().values()):
        found |= getattr(import_module(f"vlmrun.cli._commands.{module}"), "OUTPUTS", {})
    return found


def schemas() -> str:
    """The JSON schema of each, as JSON."""
    types = {name: cast("type[object]", kind) for name, kind in sorted(published().items())}
    made = {name: TypeAdapter(kind).json_schema(mode="serialization") for name, kind in types.items()}
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def changes() -> dict[Path, str]:
    """The files that are not what the commands say, each with the text that it should have."""
    wanted = {PAGE: page(), SCHEMAS: schemas()}
    return {
        path: text for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }
