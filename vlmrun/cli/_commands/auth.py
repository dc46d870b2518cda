"""`vlmrun auth`: the key of a profile."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from typing_extensions import TypedDict

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._config import ConfigFile, config_path
from vlmrun.cli._session import Session, session_of
from vlmrun.cli._settings import chosen_profile, config_files, resolve
from vlmrun.cli._typed_secrets import read_secret

__all__ = ["app"]

app = new_app("The API key: log in, log out, and see which key is used.")


class LoggedIn(TypedDict):
    """What `auth login` prints."""

    profile: str
    file: str
    is_checked: bool
    """Whether the server accepted the key."""


class Status(TypedDict):
    """What `auth status` prints."""

    profile: str
    base_url: str
    api_key_source: str | None
    """A flag, a variable, or the path of a file; `None` if there is no key."""
    is_accepted: bool


class LoggedOut(TypedDict):
    """What `auth logout` prints."""

    profile: str
    file: str
    is_removed: bool
    """Whether there was a key."""


OUTPUTS: dict[str, object] = {"auth login": LoggedIn, "auth status": Status, "auth logout": LoggedOut}


@app.command("login", epilog=examples("vlmrun auth login", "vlmrun auth login --profile staging < key.txt"))
def login(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Try the key before it is stored.")] = True,
) -> None:
    """Ask for an API key without echo, check it, and store it in the configuration file.

    Create a key at https://app.vlm.run/dashboard/settings/api-keys. Without a terminal it is read from stdin. A
    --base-url is stored beside it.
    """
    session, file = session_of(context), ConfigFile(config_path())
    profile, _ = chosen_profile(session.flags, os.environ, [file])
    if profile not in file.profiles():
        file.set(profile, {})  # not saved yet
    key = session.flags.api_key or read_secret(f"API key for profile {profile}: ")
    base_url = resolve(session.flags, os.environ, [file, *config_files()[1:]]).base_url
    if check:
        check_key(key, base_url)
    given = {"api_key": key, "base_url": session.flags.base_url}
    file.set(profile, {name: value for name, value in given.items() if value})
    file.save()
    told = f"{'The key is accepted and' if check else 'The key is'} stored in {file.path}, as profile {profile}."
    session.out.document(LoggedIn(profile=profile, file=str(file.path), is_checked=check), told)
    if os.environ.get("VLMRUN_API_KEY") and not session.flags.profile:
        session.out.note("VLMRUN_API_KEY is set and wins over the file; unset it to use the stored key.")


@app.command("status", epilog=examples("vlmrun auth status", "vlmrun auth status --json || vlmrun auth login"))
def status(context: typer.Context) -> None:
    """Show which key is used and whether the server accepts it; exit code 3 if not. The key itself is not shown."""
    from vlmrun.client.config import DEFAULT_BASE_URL
    from vlmrun.client.exceptions import AuthenticationError, PermissionDeniedError

    session = session_of(context)
    found = session.settings
    base_url = found.base_url or DEFAULT_BASE_URL
    try:
        if found.api_key is None:
            raise AuthenticationError("There is no API key.")
        check_key(found.api_key, found.base_url)
    except (AuthenticationError, PermissionDeniedError):
        _show_status(session, base_url, is_accepted=False)
        raise
    _show_status(session, base_url, is_accepted=True)


def _show_status(session: Session, base_url: str, *, is_accepted: bool) -> None:
    found = session.settings
    source = found.api_key_source if found.api_key else None
    session.out.document(
        Status(profile=found.profile, base_url=base_url, api_key_source=source, is_accepted=is_accepted),
        f"profile   {found.profile} ({found.profile_source})\n"
        f"base_url  {base_url} ({found.base_url_source})\n"
        f"api_key   {'from ' + source if source else 'none'}\n"
        f"accepted  {'yes' if is_accepted else 'no'}",
    )


@app.command("logout", epilog=examples("vlmrun auth logout", "vlmrun auth logout --profile staging"))
def logout(context: typer.Context) -> None:
    """Remove the key of a profile from the configuration file. Keys elsewhere are named, and stay."""
    session, files = session_of(context), config_files()
    own = files[0]
    profile, _ = chosen_profile(session.flags, os.environ, files)
    is_removed = bool(own.unset(profile, ["api_key"]))
    if is_removed:
        own.save()
    told = f"{'Removed the key' if is_removed else 'There was no key'} of profile {profile} in {own.path}."
    session.out.document(LoggedOut(profile=profile, file=str(own.path), is_removed=is_removed), told)
    for file in files[1:]:
        if file.value(profile, "api_key"):
            session.out.note(f"{file.path} still has a key, which is used; remove it there.")
    if os.environ.get("VLMRUN_API_KEY"):
        session.out.note("VLMRUN_API_KEY is set and still used; unset it.")


def check_key(key: str, base_url: str | None) -> None:
    """Make a call that needs a key. `/health` would not do: it answers any.

    Args:
        key: The key.
        base_url: The base URL; `None` for the default.

    Raises:
        VLMRunError: The key is refused, or the call failed for another reason.
    """
    from vlmrun.client import VLMRun

    with VLMRun(key, base_url, timeout=30, max_retries=1) as client:
        client.files.list(limit=1)
