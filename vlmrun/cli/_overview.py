"""`vlmrun --help`: written from the catalogue, so that it imports neither a command nor a command library."""

from __future__ import annotations

import os
import sys

from vlmrun.cli._catalogue import CATALOGUE

__all__ = ["overview"]

GLOBAL_OPTIONS = {
    "--json, -j": "Print one JSON document (also -f json)",
    "--jsonl": "Print a JSON document a line, as they arrive",
    "-q, --quiet": "Print results and errors only",
    "-v, --verbose": "Log each request to stderr",
    "--api-key KEY": "Overrides VLMRUN_API_KEY and the profile",
    "--base-url URL": "Overrides VLMRUN_BASE_URL and the profile",
    "--profile NAME": "The profile of the configuration file to use",
    "--debug": "Show the traceback of an error",
    "--version, -V": "Print the version",
    "--help, -h": "Print this help, or that of a command",
}
"""The options of every command. `_app` defines them; a test compares the two."""


def overview() -> int:
    """Print the help of `vlmrun` to stdout; return the exit code."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if _has_colours() else ("", "")
    lines = ["Ask VLM Run's agents, and extract data from documents, images, audio and video.", ""]
    lines += [f"{bold}Usage:{plain} vlmrun COMMAND [ARGUMENTS] [OPTIONS]"]
    for heading, commands in CATALOGUE.items():
        if commands:
            lines += ["", f"{bold}{heading}:{plain}"]
            lines += [f"  {name:<14} {entry.summary}" for name, entry in commands.items()]
    lines += ["", f"{bold}Options of every command:{plain}"]
    lines += [f"  {option:<16} {text}" for option, text in GLOBAL_OPTIONS.items()]
    lines += ["", "vlmrun COMMAND --help has examples."]
    print("\n".join(lines))  # noqa: T201  # a program prints
    return 0


def _has_colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
