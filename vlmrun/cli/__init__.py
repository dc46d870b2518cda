"""The command `vlmrun`.

```text
__init__    `main`, the entry point: answers --version and --help without importing a command library
_catalogue  the names of the commands, with a summary and the module of each
_app        builds the command line of the commands that are named, and runs it
_session    what a running command works with: flags, settings, client, output
_settings   flag > environment > file > default; _config reads the file
_output     everything that is written to stdout and stderr
_errors     exit codes, and one readable message for each error
_seen       ids that commands have shown, for _completion; _index lists commands and options
_inputs     files, folders, globs, URLs, stdin and schemas on a command line
_media      what an input is; _frames reads frames of videos, _gates conditions on decisions, _json options in JSON
_commands   one module for each command or group of commands
```

A command is added in two steps: a module in `_commands` that defines `app`, and an entry in `_catalogue`. The docstring
of `vlmrun.cli._commands` shows one.

Requires the extra `cli`. Importing `vlmrun` never imports this package.

May import: client, client.exceptions, client.types, _arguments, _drawing, _inputs, _lifetimes, _openai, _resources, batch, local.
"""  # noqa: E501  # one line, which a test reads

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What follows `vlmrun`; defaults to the arguments of the process.

    Returns:
        The exit code: 0 done, 1 failed, 2 usage, 3 refused key, 4 not found, 5 rate limited or out of credits, 6
        timeout, 130 interrupted.
    """
    try:
        return _main(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # while modules are imported; `_app` knows more of what it interrupts
        return 130


def _main(given: list[str]) -> int:
    shell = os.environ.get("_VLMRUN_COMPLETE")
    if shell is not None:
        from vlmrun.cli._completion import complete

        return complete(shell, os.environ.get("_VLMRUN_LINE", ""))
    if given in (["--version"], ["-V"], ["-v"]):  # the last without a command: as in the official command line
        from vlmrun._version import __version__

        print(f"vlmrun {__version__}")  # noqa: T201  # a program prints
        return 0
    if given in ([], ["--help"], ["-h"], ["help"]):
        from vlmrun.cli._overview import overview

        return overview()
    if given[:1] in (["--install-completion"], ["--show-completion"]):  # as in the official command line
        given = ["completion", *given[1:], *(["--install"] if given[0] == "--install-completion" else [])]
    try:
        from vlmrun.cli._app import run
    except ImportError as error:
        # A missing module of this package is a defect, which no extra fixes.
        if (error.name or "").partition(".")[0] == "vlmrun":
            raise
        print(  # noqa: T201  # a program prints
            f"vlmrun: the command line requires {error.name or 'a package'}, which cannot be imported.\n"
            "Try: pip install 'vlmrun[cli]'",
            file=sys.stderr,
        )
        return 2
    return run(given)


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
