"""The configuration file of the command: profiles with a key and a base URL, in TOML.

The default profile is at the top level of the file, as in the official `~/.vlmrun/config.toml`; others are tables:

```toml
profile = "staging"   # the profile that is used unless one is named; optional
api_key = "..."
base_url = "https://api.vlm.run/v1"

[profiles.staging]
api_key = "..."
```

The official file is read where this one has no value, and never written. `_settings` decides what wins.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard, cast

from vlmrun.cli._private_files import write_privately
from vlmrun.client.exceptions import ConfigurationError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = [
    "DEFAULT_PROFILE",
    "KEYS",
    "ConfigFile",
    "config_path",
    "official_path",
]

DEFAULT_PROFILE = "default"
KEYS = ("api_key", "base_url")
"""The settings of a profile."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_TEMPLATE = """\
# The configuration of the command `vlmrun`. Flags and environment variables win over this file.

# api_key = ""    # https://app.vlm.run/dashboard/settings/api-keys; or run `vlmrun auth login`
# base_url = "https://api.vlm.run/v1"

# Another profile, for `--profile staging` or VLMRUN_PROFILE=staging:
# [profiles.staging]
# api_key = ""
"""


class ConfigFile:
    """A configuration file. Nothing is read before a value is asked for, and nothing written before `save`."""

    def __init__(self, path: Path) -> None:
        """Name the file.

        Args:
            path: The file; it need not exist.
        """
        self.path = path
        self._document: TOMLDocument | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"  # not what it holds

    @property
    def exists(self) -> bool:
        """Whether the file exists."""
        return self.path.exists()

    @property
    def is_readable_by_others(self) -> bool:
        """Whether other users of this machine can read the file; never on Windows, which has no such modes."""
        return os.name == "posix" and self.exists and bool(self.path.stat().st_mode & 0o077)

    def profiles(self) -> list[str]:
        """The names of all profiles; the default one is always there.

        Raises:
            ConfigurationError: The file is broken.
        """
        return [DEFAULT_PROFILE, *self._tables(self._read())]

    def chosen(self) -> str | None:
        """The profile that the file chooses; `None` if it chooses none.

        Raises:
            ConfigurationError: The file is broken.
        """
        return self._text(self._read(), "profile", "profile")

    def value(self, profile: str, key: str) -> str | None:
        """A setting of a profile; `None` if it is not set. An empty text counts as not set.

        Args:
            profile: The name of the profile.
            key: One of `KEYS`.

        Raises:
            ConfigurationError: The file is broken.
        """
        table = self._table(self._read(), profile)
        return self._text(table, key, key if profile == DEFAULT_PROFILE else f"profiles.{profile}.{key}")

    def set(self, profile: str, values: Mapping[str, str]) -> None:
        """Change settings of a profile, which is created if necessary.

        Args:
            profile: The name of the profile.
            values: The new values, by names of `KEYS`.

        Raises:
            ConfigurationError: The file is broken, or this cannot be the name of a profile.
        """
        import tomlkit

        document = self._read()
        if profile != DEFAULT_PROFILE and profile not in self._tables(document):
            if not _NAME.fullmatch(profile):
                raise ConfigurationError(
                    "this cannot be the name of a profile.", suggestion="use letters, digits, - and _ only."
                )
            if "profiles" not in document:
                document["profiles"] = tomlkit.table(is_super_table=True)
            self._tables(document)[profile] = tomlkit.table()
        self._table(document, profile).update(values)

    def unset(self, profile: str, keys: Iterable[str]) -> list[str]:
        """Remove settings of a profile; return those that were set.

        Args:
            profile: The name of the profile.
            keys: Names of `KEYS`.

        Raises:
            ConfigurationError: The file is broken.
        """
        table = self._table(self._read(), profile)
        removed = [key for key in keys if key in table]
        for key in removed:
            del table[key]
        return removed

    def save(self) -> None:
        """Write the file, so that only its owner can read it. All else that it holds is kept, comments as well.

        Raises:
            ConfigurationError: It cannot be written; the file is as it was.
        """
        import tomlkit

        self._write(tomlkit.dumps(self._read()))

    def create(self) -> None:
        """Write a new file, which explains itself, in place of one that there may be.

        Raises:
            ConfigurationError: It cannot be written; the file is as it was.
        """
        self._write(_TEMPLATE)
        self._document = None

    def _write(self, text: str) -> None:
        try:
            write_privately(self.path, text)
        except OSError as error:
            raise ConfigurationError(
                f"cannot write {self.path}: {error.strerror}.",
                suggestion="make its folder writable, or set VLMRUN_API_KEY instead.",
            ) from None

    def _read(self) -> MutableMapping[str, object]:
        if self._document is None:
            self._document = _parsed(self.path)
        return self._document

    def _table(self, document: MutableMapping[str, object], profile: str) -> MutableMapping[str, object]:
        return document if profile == DEFAULT_PROFILE else self._tables(document).get(profile, {})

    def _tables(self, document: MutableMapping[str, object]) -> MutableMapping[str, MutableMapping[str, object]]:
        found = document.get("profiles", {})
        if not _is_table(found):
            raise self._wrong("profiles", "tables, such as [profiles.staging]")
        if DEFAULT_PROFILE in found:
            raise self._wrong("profiles.default", "at the top level of the file, without [profiles.default]")
        for name, table in found.items():
            if not _is_table(table):
                raise self._wrong(f"profiles.{name}", f"a table: [profiles.{name}]")
        return cast("MutableMapping[str, MutableMapping[str, object]]", found)

    def _text(self, table: Mapping[str, object], key: str, shown: str) -> str | None:
        found = table.get(key)
        if found is not None and not isinstance(found, str):
            raise self._wrong(shown, f'a text in quotes: {key} = "..."')
        return str(found) or None if found is not None else None

    def _wrong(self, entry: str, expected: str) -> ConfigurationError:
        return ConfigurationError(f"{self.path}: {entry} must be {expected}.", suggestion="correct it in an editor.")


def config_path() -> Path:
    """The configuration file of the command, where the platform keeps such files."""
    from platformdirs import user_config_path

    return user_config_path("vlmrun", appauthor=False) / "config.toml"


def official_path() -> Path:
    """The configuration file of the official command line; it is read and never written."""
    return Path.home() / ".vlmrun" / "config.toml"


def _parsed(path: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import ParseError, TOMLKitError

    try:
        text = path.read_bytes().decode("utf-8-sig")  # Notepad begins files with a mark
        return tomlkit.parse(text)
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        problem = f"cannot read {path}: {error.strerror}"
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = f"{path}, line {line}: not UTF-8"
    except ParseError as error:
        problem = f"{path}, line {error.line}: not valid TOML"
    except TOMLKitError:
        problem = f"{path}: not valid TOML: a key stands twice in one {{ }}"
    # Raised out here, as the error of the parser holds the text, and thereby the key.
    raise ConfigurationError(
        f"{problem}.", suggestion="correct it in an editor, or write a new one: vlmrun config init --force"
    )


def _is_table(value: object) -> TypeGuard[MutableMapping[str, object]]:
    return isinstance(value, MutableMapping)
