"""The commands of `vlmrun`: their names, what each does, and the module that is imported when it is called."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ALIASES", "CATALOGUE", "Entry", "entries"]


class Entry(NamedTuple):
    """A command or a group of commands."""

    summary: str
    """What it does, for `vlmrun --help`."""
    module: str
    """The module in `vlmrun.cli._commands` whose `app` it is."""


CATALOGUE: dict[str, dict[str, Entry]] = {
    "Ask": {
        "chat": Entry("Ask an agent about images, videos, audio and documents", "chat"),
        "execute": Entry("Run an agent in the background, and wait for its result", "execute"),
        "generate": Entry("Extract data from a document, image, audio or video", "generate"),
        "batch": Entry("Read many documents, with a journal that survives crashes", "batch"),
    },
    "Results": {
        "executions": Entry("List executions of agents, and fetch their answers", "executions"),
        "predictions": Entry("List predictions, and fetch their answers", "predictions"),
        "artifacts": Entry("List and download the files that agents create", "artifacts"),
        "files": Entry("Upload, list, download and delete files", "files"),
    },
    "Catalogue": {
        "hub": Entry("Look up domains, and the schemas of their answers", "hub"),
        "models": Entry("Look up the models of VLM Run", "models"),
        "skills": Entry("Store and fetch skills of agents", "skills"),
        "gateway": Entry("Use the models of other makers, and System One (or: gw)", "gateway"),
    },
    "Setup": {
        "auth": Entry("Log in and out, and see which key is used", "auth"),
        "completion": Entry("Complete commands and ids in bash, zsh and fish", "completion"),
        "config": Entry("Show and change the configuration file", "config"),
        "doctor": Entry("Check key, network and versions, with what to do", "doctor"),
        "help": Entry("Explain a command or a topic", "help"),
        "local": Entry("Serve a local VLM Run for demos and tests", "local"),
    },
}
"""The commands under the headings of `vlmrun --help`, in its order."""

ALIASES: dict[str, str] = {"gw": "gateway"}
"""Other names of commands, which help does not list."""


def entries() -> dict[str, Entry]:
    """All commands by name, aliases among them."""
    named = {name: entry for heading in CATALOGUE.values() for name, entry in heading.items()}
    return named | {alias: named[name] for alias, name in ALIASES.items()}
