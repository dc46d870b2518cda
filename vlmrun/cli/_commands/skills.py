"""`vlmrun skills`: instructions and files for agents, stored at VLM Run."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from pydantic import BaseModel

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._errors import UsageError
from vlmrun.cli._inputs import read_schema
from vlmrun.cli._session import session_of
from vlmrun.client.types import SkillInfo

if TYPE_CHECKING:
    from vlmrun.cli._session import Session

__all__ = ["OUTPUTS", "SavedSkill", "UploadedSkill", "app"]

app = new_app("Store skills, the instructions and files of agents, and fetch them.")


class UploadedSkill(BaseModel):
    """What `vlmrun skills upload` prints."""

    id: str
    """The id of the skill."""
    name: str
    """The name that the server gave it."""
    skill_version: str
    """Its version."""


class SavedSkill(BaseModel):
    """What `vlmrun skills download` prints."""

    id: str
    """The id of the skill."""
    name: str
    """Its name."""
    path: str
    """The folder that it was written to."""


OUTPUTS: dict[str, object] = {
    "skills list": list[SkillInfo],
    "skills get": SkillInfo,
    "skills create": SkillInfo,
    "skills upload": UploadedSkill,
    "skills download": SavedSkill,
}

NameOrId = Annotated[str, typer.Argument(metavar="NAME_OR_ID", help="The name or the id of the skill.")]
Version = Annotated[
    str | None, typer.Option("--version", "-V", metavar="VERSION", help="The version; by default the newest.")
]


@app.command("list", epilog=examples("vlmrun skills list --grouped", "vlmrun skills list --order-by name --asc --json"))
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="How many to list.")] = 25,
    offset: Annotated[int, typer.Option(min=0, metavar="N", help="How many to skip.")] = 0,
    order_by: Annotated[
        str | None, typer.Option(metavar="FIELD", help="Sort by created_at, updated_at or name.")
    ] = None,
    descending: Annotated[bool | None, typer.Option("--desc/--asc", help="The direction.")] = None,
    grouped: Annotated[bool, typer.Option("--grouped", "-g", help="Only the newest version of each name.")] = False,
) -> None:
    """List skills."""
    session = session_of(context)
    found = session.client.skills.list(min(limit, 1000), offset, order_by, descending, grouped or None)
    session.out.rows(
        islice(found, limit),
        {
            "ID": lambda skill: skill.id,
            "NAME": lambda skill: skill.name,
            "VERSION": lambda skill: skill.skill_version,
            "UPDATED": lambda skill: skill.updated_at,
            "DESCRIPTION": lambda skill: skill.description,
        },
    )


@app.command(epilog=examples("vlmrun skills get invoice-reader", "vlmrun skills get invoice-reader -V 20260219-abc123"))
def get(context: typer.Context, name_or_id: NameOrId, version: Version = None) -> None:
    """Show what is known of a skill."""
    session = session_of(context)
    session.out.document(_found(session, name_or_id, version))


@app.command(
    epilog=examples(
        'vlmrun skills create -p "Read the total of an invoice." --schema invoice.json -n totals',
        "vlmrun skills create --prompt-file reader.md --schema app.models:Invoice",
    )
)
def create(
    context: typer.Context,
    prompt: Annotated[str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="What it should do.")] = None,
    prompt_file: Annotated[
        Path | None, typer.Option("--prompt-file", "-f", metavar="FILE", help="Or a file that says it.")
    ] = None,
    file_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Or the id of an uploaded zip file with SKILL.md.")
    ] = None,
    session_id: Annotated[
        str | None, typer.Option("--session-id", "-s", metavar="ID", help="Or a chat that it is derived from.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="SCHEMA", help="Its answers: a JSON schema file, or package.module:Model.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", "-n", metavar="NAME", help="Its name.")] = None,
    description: Annotated[
        str | None, typer.Option("--description", "-d", metavar="TEXT", help="When an agent should use it.")
    ] = None,
) -> None:
    """Create a skill from a prompt, a chat or an uploaded file."""
    session = session_of(context)
    if sum(given is not None for given in (prompt, prompt_file, file_id, session_id)) != 1:
        raise UsageError("Pass exactly one of --prompt, --prompt-file, --file-id and --session-id.")
    if prompt_file is not None:
        try:
            prompt = prompt_file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"--prompt-file: cannot read {str(prompt_file)!r}.", "check the path") from error
    skills = session.client.skills
    if prompt is not None:
        asked = None if schema is None else read_schema(schema).json_schema
        made = skills.create(prompt, asked, name=name, description=description)
    elif schema is not None:
        raise UsageError("--schema is only valid with --prompt or --prompt-file.", "leave it out")
    elif file_id is not None:
        made = skills.create(file_id=file_id, name=name, description=description)
    else:
        made = skills.create(session_id=session_id or "", name=name, description=description)
    session.out.document(made)


@app.command(epilog=examples("vlmrun skills upload ./invoice-reader", "vlmrun skills upload . -n reader --json"))
def upload(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with a SKILL.md.")],
    name: Annotated[
        str | None, typer.Option("--name", "-n", metavar="NAME", help="Its name; by default that in SKILL.md.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", "-d", metavar="TEXT", help="When an agent should use it.")
    ] = None,
) -> None:
    """Zip a folder, without hidden files, and create a skill from it."""
    session = session_of(context)
    with session.out.progress() as progress:
        on_progress = progress.bar(f"Uploading {directory}")
        made = session.client.skills.create_from_directory(directory, name, description, on_progress=on_progress)
    session.out.document(
        UploadedSkill.model_validate(
            {"id": made["skill_id"], "name": made["skill_name"], "skill_version": made["skill_version"]}
        )
    )


@app.command(
    epilog=examples("vlmrun skills download invoice-reader", "vlmrun skills download invoice-reader -o skills/reader")
)
def download(
    context: typer.Context,
    name_or_id: NameOrId,
    version: Version = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="A new or empty folder; by default the skill's id."),
    ] = None,
) -> None:
    """Download the files of a skill into a folder."""
    session = session_of(context)
    skill = _found(session, name_or_id, version)
    # Not into a folder of its name, which the server chooses.
    with session.out.progress() as progress:
        on_progress = progress.bar(f"Downloading {skill.name}")
        folder = session.client.skills.download(skill.id, output or Path(Path(skill.id).name), on_progress=on_progress)
    session.out.document(SavedSkill(id=skill.id, name=skill.name, path=str(folder)), str(folder))


def _found(session: Session, name_or_id: str, version: str | None) -> SkillInfo:
    skills = session.client.skills
    try:
        UUID(name_or_id)
    except ValueError:
        return skills.get(name_or_id, skill_version=version)
    return skills.get(id=name_or_id, skill_version=version)
