"""The options that `chat` and `execute` have in common."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Inputs", "SkillIds", "Skills", "Toolsets"]

Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", "-i", metavar="FILE", help="A file, folder, glob or URL; - for stdin. Repeatable."),
]
Skills = Annotated[
    list[str] | None, typer.Option("--skill", "-k", metavar="DIR", help="Folder of a skill. Repeatable.")
]
SkillIds = Annotated[
    list[str] | None,
    typer.Option("--skill-id", metavar="NAME", help="Stored skill, or NAME:VERSION. Repeatable."),
]
Toolsets = Annotated[
    list[str] | None, typer.Option("--toolset", "-t", metavar="NAME", help="Toolset to use. Repeatable.")
]
