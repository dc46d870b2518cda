"""`vlmrun config`: the configuration file."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from typing_extensions import TypedDict

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._config import KEYS, ConfigFile, config_path
from vlmrun.cli._errors import UsageError
from vlmrun.cli._session import Session, session_of
from vlmrun.cli._settings import chosen_profile, config_files
from vlmrun.cli._typed_secrets import read_secret

__all__ = ["app"]

app = new_app("The configuration file: a key and a base URL, in profiles.")


class Shown(TypedDict):
    """A setting, as `config show` prints it."""

    value: str | None
    """`None` if it is not set, or a secret."""
    is_set: bool
    source: str
    """A flag, a variable, the path of a file, or `default`."""


class Configuration(TypedDict):
    """What `config show` prints."""

    profile: Shown
    api_key: Shown
    base_url: Shown
    profiles: list[str]
    files: list[str]
    """The files that exist, the first of which wins."""


class Changed(TypedDict):
    """What the other commands print."""

    file: str
    profile: str
    changed: list[str]
    """The settings that were changed."""


OUTPUTS: dict[str, object] = {
    "config init": Changed,
    "config show": Configuration,
    "config set": Changed,
    "config unset": Changed,
}


@app.command("init", epilog=examples("vlmrun config init", "vlmrun config init --force"))
def init(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace the file if it exists.")] = False,
) -> None:
    """Create a configuration file with comments that explain it."""
    session, file = session_of(context), ConfigFile(config_path())
    if file.exists and not force:
        raise UsageError(f"{file.path} exists.", suggestion="--force to replace it, or vlmrun config show.")
    file.create()
    _changed(session, file, "default", [], f"Created {file.path}. Next: vlmrun auth login")


@app.command("show", epilog=examples("vlmrun config show", "vlmrun config show --profile staging --json"))
def show(context: typer.Context) -> None:
    """Show each setting and where it comes from. A key is never shown."""
    from vlmrun.client.config import DEFAULT_BASE_URL

    session, files = session_of(context), config_files()
    found = session.settings
    result = Configuration(
        profile=Shown(value=found.profile, is_set=True, source=found.profile_source),
        api_key=Shown(value=None, is_set=found.api_key is not None, source=found.api_key_source),
        base_url=Shown(value=found.base_url or DEFAULT_BASE_URL, is_set=True, source=found.base_url_source),
        profiles=list(dict.fromkeys(name for file in files for name in file.profiles())),
        files=[str(file.path) for file in files if file.exists],
    )
    key = f"set, by {found.api_key_source}" if found.api_key else "not set. Next: vlmrun auth login"
    session.out.document(
        result,
        f"profile   {found.profile} ({found.profile_source})\n"
        f"api_key   {key}\n"
        f"base_url  {result['base_url']['value']} ({found.base_url_source})\n"
        f"profiles  {', '.join(result['profiles'])}\n"
        f"files     {', '.join(result['files']) or 'none. Create one with vlmrun config init'}",
    )


@app.command(
    "set",
    epilog=examples(
        "vlmrun config set --api-key - < key.txt",
        "vlmrun config set --profile staging --base-url https://staging.example.com/v1",
    ),
)
def set_(
    context: typer.Context,
    api_key: Annotated[
        str | None, typer.Option("--api-key", metavar="KEY", help="The API key; - reads it from stdin.")
    ] = None,
    base_url: Annotated[str | None, typer.Option("--base-url", metavar="URL", help="The base URL.")] = None,
) -> None:
    """Write settings of a profile: the default one, or that of --profile, which is created if necessary."""
    if api_key is None and base_url is None:
        raise UsageError("nothing to set.", suggestion="--api-key KEY, --base-url URL, or both.")
    if api_key == "-":
        api_key = read_secret("API key: ")
    given = {"api_key": api_key, "base_url": base_url}
    values = {name: value.strip() for name, value in given.items() if value is not None}
    _check(values)
    session, file = session_of(context), ConfigFile(config_path())
    profile, _ = chosen_profile(session.flags, os.environ, [file])
    file.set(profile, values)
    file.save()
    _changed(session, file, profile, list(values), f"Set {' and '.join(values)} of profile {profile} in {file.path}.")


@app.command(
    "unset", epilog=examples("vlmrun config unset --api-key", "vlmrun config unset --profile staging --base-url")
)
def unset(
    context: typer.Context,
    api_key: Annotated[bool, typer.Option("--api-key", help="Remove the API key.")] = False,
    base_url: Annotated[bool, typer.Option("--base-url", help="Remove the base URL.")] = False,
) -> None:
    """Remove settings of a profile: the default one, or that of --profile."""
    named = [name for name, is_named in zip(KEYS, (api_key, base_url), strict=True) if is_named]
    if not named:
        raise UsageError("nothing to unset.", suggestion="--api-key, --base-url, or both.")
    session, files = session_of(context), config_files()
    own = files[0]
    profile, _ = chosen_profile(session.flags, os.environ, files)
    removed = own.unset(profile, named)
    if removed:
        own.save()
    what = f"Removed {' and '.join(removed)}" if removed else "There was nothing to remove"
    _changed(session, own, profile, removed, f"{what} of profile {profile} in {own.path}.")
    for file in files[1:]:
        for name in named:
            if file.value(profile, name):
                session.out.note(f"{file.path} still has {name}; this command does not write it.")


def _check(values: dict[str, str]) -> None:
    """Raise the client's own error for a value that it would refuse."""
    from vlmrun.client import VLMRun

    VLMRun(values.get("api_key", "unused"), values.get("base_url")).close()


def _changed(session: Session, file: ConfigFile, profile: str, changed: list[str], told: str) -> None:
    session.out.document(Changed(file=str(file.path), profile=profile, changed=changed), told)
