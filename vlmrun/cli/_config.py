"""The configuration file: profiles with a key and a base URL."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Profile", "load_profile"]


@dataclass(frozen=True)
class Profile:
    """What the configuration file says under one name; `None` where it says nothing."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None


def load_profile(name: str | None) -> Profile:
    """Read a profile of the configuration file.

    Args:
        name: Its name; `None` for the one that the file names as its default.

    Returns:
        The profile; an empty one if there is no file and no name.

    Raises:
        ConfigurationError: The file cannot be read, or has no such profile.
    """
    from vlmrun.client.exceptions import ConfigurationError

    if name is not None:
        raise ConfigurationError(f"there is no profile {name!r}.", suggestion="create it with vlmrun auth login.")
    return Profile()
