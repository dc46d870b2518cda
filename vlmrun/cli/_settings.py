"""Where the key and the base URL come from: flag, then environment, then profile, then default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from vlmrun.cli._config import Profile, load_profile

__all__ = ["Flags", "Settings", "Source", "resolve"]

Source = Literal["flag", "environment", "profile", "default"]
"""Where a setting was found."""


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
    """What a client is made with, and where it was found."""

    api_key: str | None = field(repr=False)
    base_url: str | None
    """`None` for the client's default."""
    api_key_source: Source
    base_url_source: Source


def resolve(
    flags: Flags, environment: Mapping[str, str], load: Callable[[str | None], Profile] = load_profile
) -> Settings:
    """Find the key and the base URL. An empty flag or variable counts as none.

    Args:
        flags: The options of the command line.
        environment: The environment variables.
        load: Reads a profile.

    Raises:
        ConfigurationError: The configuration file cannot be read, or has no such profile.
    """
    profile = load(flags.profile or environment.get("VLMRUN_PROFILE") or None)
    api_key, api_key_source = _first(flags.api_key, environment.get("VLMRUN_API_KEY"), profile.api_key)
    base_url, base_url_source = _first(flags.base_url, environment.get("VLMRUN_BASE_URL"), profile.base_url)
    return Settings(api_key, base_url, api_key_source, base_url_source)


def _first(flag: str | None, variable: str | None, profile: str | None) -> tuple[str | None, Source]:
    named: list[tuple[str | None, Source]] = [(flag, "flag"), (variable, "environment"), (profile, "profile")]
    for value, source in named:
        if value and value.strip():
            return value, source
    return None, "default"
