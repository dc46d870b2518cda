"""Where the key and the base URL come from: flag, then environment, then configuration files, then default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vlmrun.cli._config import DEFAULT_PROFILE, ConfigFile, config_path, official_path
from vlmrun.client.exceptions import ConfigurationError

__all__ = ["Flags", "Settings", "chosen_profile", "config_files", "resolve"]


@dataclass
class Flags:
    """The options of every command, as they were given."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    profile: str | None = None
    debug: bool = False
    json: bool = False
    jsonl: bool = False
    quiet: bool = False
    verbose: bool = False


@dataclass(frozen=True)
class Settings:
    """What a client is made with, and where it was found: a flag, a variable, the path of a file, or `default`."""

    api_key: str | None = field(repr=False)
    """`None` if there is no key anywhere."""
    base_url: str | None
    """`None` for the client's default."""
    profile: str
    api_key_source: str
    base_url_source: str
    profile_source: str


def resolve(flags: Flags, environment: Mapping[str, str], files: Sequence[ConfigFile] | None = None) -> Settings:
    """Find the key and the base URL: flags win over the environment, which wins over the files.

    A profile that a flag names is as good as flags: what it holds wins over the environment, so that
    `--profile staging` does not send the key of VLMRUN_API_KEY to another server.

    Args:
        flags: The options of the command line. An empty one counts as not given.
        environment: The environment variables. An empty one counts as not set.
        files: The files, the first of which wins; by default the command's own and the official one.

    Raises:
        ConfigurationError: A file cannot be read, or the profile does not exist.
    """
    read = config_files() if files is None else files
    profile, profile_source = chosen_profile(flags, environment, read)
    known = list(dict.fromkeys(name for file in read for name in file.profiles()))
    if profile not in known:
        raise ConfigurationError(
            f"there is no profile {profile!r}, which {profile_source} names.",
            suggestion=f"one of {', '.join(known)}; or create it with vlmrun auth login --profile {profile}",
        )

    def find(key: str, flag: str | None) -> tuple[str | None, str]:
        variable = f"VLMRUN_{key.upper()}"
        given = (flag, f"--{key.replace('_', '-')}")
        exported = (environment.get(variable), variable)
        stored = [(file.value(profile, key), str(file.path)) for file in read]
        return _first([given, *stored, exported] if flags.profile else [given, exported, *stored])

    api_key, api_key_source = find("api_key", flags.api_key)
    base_url, base_url_source = find("base_url", flags.base_url)
    return Settings(api_key, base_url, profile, api_key_source, base_url_source, profile_source)


def config_files() -> list[ConfigFile]:
    """The files that are read: the command's own, then the official one."""
    return [ConfigFile(config_path()), ConfigFile(official_path())]


def chosen_profile(flags: Flags, environment: Mapping[str, str], files: Sequence[ConfigFile]) -> tuple[str, str]:
    """The profile to use, which need not exist, and who names it.

    Args:
        flags: The options of the command line.
        environment: The environment variables.
        files: The files, the first of which wins.

    Raises:
        ConfigurationError: A file cannot be read.
    """
    named, source = _first([(flags.profile, "--profile"), (environment.get("VLMRUN_PROFILE"), "VLMRUN_PROFILE")])
    if named is None:
        named, source = _first([(file.chosen(), str(file.path)) for file in files])
    return named or DEFAULT_PROFILE, source


def _first(candidates: Sequence[tuple[str | None, str]]) -> tuple[str | None, str]:
    return next(((value.strip(), source) for value, source in candidates if value and value.strip()), (None, "default"))
