"""The configuration file: private, whole or not at all, and it never tells its key."""

from __future__ import annotations

import os
import stat
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from vlmrun.cli._config import ConfigFile, config_path, official_path
from vlmrun.cli._settings import Flags, Settings, resolve
from vlmrun.client.exceptions import ConfigurationError

KEY = "sk-very-secret-0123456789"

posix_only = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "config.toml"


def saved(path: Path, profile: str = "default", **values: str) -> ConfigFile:
    """A file after its settings were set and saved."""
    file = ConfigFile(path)
    file.set(profile, values)
    file.save()
    return file


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


# Writing --------------------------------------------------------------------------------------------------------------


def test_what_was_saved_is_read(path: Path) -> None:
    """Both profiles, whatever a value holds: quotes, backslashes and line breaks are TOML's business."""
    strange = "a\"b\\c\nd#é'"
    saved(path, api_key=strange)
    saved(path, "staging", base_url="https://example.com/v1")
    file = ConfigFile(path)
    assert file.profiles() == ["default", "staging"]
    assert file.value("default", "api_key") == strange
    assert file.value("default", "base_url") is None
    assert file.value("staging", "base_url") == "https://example.com/v1"
    assert file.value("staging", "api_key") is None


@posix_only
def test_only_the_owner_reads_it(path: Path) -> None:
    """Whatever the umask is, and also where others could read the file until now."""
    before = os.umask(0)
    try:
        saved(path, api_key=KEY)
        assert mode(path) == 0o600
        assert mode(path.parent) == 0o700
        path.chmod(0o644)
        assert ConfigFile(path).is_readable_by_others
        file = saved(path, base_url="https://example.com/v1")
    finally:
        os.umask(before)
    assert mode(path) == 0o600
    assert not file.is_readable_by_others


def fails(*_: object, **__: object) -> None:
    """In place of something that a full disk makes fail."""
    raise OSError(28, "No space left on device")


def interrupted(*_: object, **__: object) -> None:
    """In place of something during which Ctrl-C is pressed."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(("break_it", "expected"), [(fails, ConfigurationError), (interrupted, KeyboardInterrupt)])
def test_a_failed_write_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str, break_it: Callable[..., None], expected: type[BaseException]
) -> None:
    """A full disk or Ctrl-C, at any step: the old file is there to the byte, and nothing lies beside it."""
    saved(path, api_key=KEY)
    before = path.read_bytes()
    monkeypatch.setattr(os, step, break_it)
    with pytest.raises(expected) as caught:
        saved(path, api_key="another")
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]
    if expected is ConfigurationError:
        assert str(caught.value).startswith(f"cannot write {path}: No space left on device.")


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    """As any other reason for which the file cannot be written."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"cannot write .*config.toml"):
        ConfigFile(tmp_path / "file" / "config.toml").create()


@posix_only
def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    """People keep dotfiles elsewhere."""
    kept, link = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    kept.write_text('base_url = "https://example.com/v1"\n')
    link.symlink_to(kept)
    saved(link, api_key=KEY)
    assert link.is_symlink()
    assert ConfigFile(kept).value("default", "api_key") == KEY


def test_everything_else_is_kept(path: Path) -> None:
    """Comments, keys of other programs, tables and their order."""
    path.parent.mkdir()
    text = f"""\
# mine
theme = "dark"  # a later version may know this
api_key = "{KEY}"

[profiles.staging]
# of the team
api_key = "other"
color = 3

[plugins.x]
on = true
"""
    path.write_text(text)
    file = ConfigFile(path)
    file.set("staging", {"api_key": "new"})
    file.set("default", {"base_url": "https://example.com/v1"})
    assert file.unset("default", ["api_key", "base_url"]) == ["api_key", "base_url"]
    file.save()
    assert path.read_text() == text.replace(f'api_key = "{KEY}"\n', "").replace('"other"', '"new"')


def test_a_new_setting_of_the_default_profile_stays_out_of_the_tables(path: Path) -> None:
    """TOML has no end of a table: a key at the end of the file would belong to the last one."""
    saved(path, "staging", api_key="other")
    saved(path, api_key=KEY)
    file = ConfigFile(path)
    assert file.value("default", "api_key") == KEY
    assert file.value("staging", "api_key") == "other"


def test_unset_says_what_was_set(path: Path) -> None:
    """And removes nothing where nothing was."""
    file = saved(path, api_key=KEY)
    assert file.unset("default", ["api_key", "base_url"]) == ["api_key"]
    assert file.unset("default", ["api_key"]) == []
    assert file.unset("nobody", ["api_key"]) == []
    assert file.value("default", "api_key") is None


def test_a_new_file_explains_itself(path: Path) -> None:
    """It sets nothing, and is valid with each line of it uncommented."""
    file = ConfigFile(path)
    file.create()
    assert file.profiles() == ["default"]
    assert file.value("default", "api_key") is None
    lines = path.read_text().splitlines()
    commented = [line.removeprefix("# ") if "=" in line or "[" in line else line for line in lines]
    path.write_text("\n".join(line for line in commented if "--profile" not in line))
    assert ConfigFile(path).profiles() == ["default", "staging"]


# Broken files ---------------------------------------------------------------------------------------------------------


def read_all(file: ConfigFile) -> None:
    """Ask for everything."""
    file.chosen()
    for profile in ("default", "a"):
        file.value(profile, "api_key")
        file.value(profile, "base_url")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f'a = 1\napi_key = "{KEY}\n', ", line 2: not valid TOML"),
        (f'api_key = "{KEY}"\napi_key = "{KEY}"\n', ", line 2: not valid TOML"),
        (f"\n\napi_key = {KEY}\n", ", line 3: not valid TOML"),
        (f'x = {{api_key = "{KEY}", api_key = "{KEY}"}}\n', ": not valid TOML"),
        (f'api_key = "{KEY}\xff"\n', ", line 1: not UTF-8"),
        ("api_key = 5", ": api_key must be a text in quotes"),
        ("base_url = ['x']", ": base_url must be a text in quotes"),
        ("profile = true", ": profile must be a text in quotes"),
        ("[profiles.a]\napi_key = 5", ": profiles.a.api_key must be a text in quotes"),
        ("profiles = 3", ": profiles must be tables"),
        ("[profiles]\na = 3", ": profiles.a must be a table"),
        (f'[profiles.default]\napi_key = "{KEY}"', ": profiles.default must be at the top level"),
    ],
)
def test_a_broken_file_is_a_clear_error(path: Path, text: str, place: str) -> None:
    """It names the file, the line or the entry, and a remedy; the key is in none of what the error holds."""
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        read_all(ConfigFile(path))
    assert str(caught.value).startswith(f"{path}{place}")
    assert "Try: " in str(caught.value)
    shown = traceback.TracebackException.from_exception(caught.value)
    assert KEY not in "".join(shown.format())
    assert caught.value.__context__ is None


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_clear_error(path: Path) -> None:
    """The reason is the system's own."""
    saved(path, api_key=KEY).path.chmod(0)
    with pytest.raises(ConfigurationError, match=r"cannot read .*: Permission denied"):
        ConfigFile(path).chosen()


def test_a_folder_in_its_place_is_a_clear_error(path: Path) -> None:
    """The reason is the system's own."""
    path.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"cannot read .*config.toml"):
        ConfigFile(path).chosen()


def test_a_file_of_notepad_is_read(path: Path) -> None:
    """With a byte order mark and its line ends."""
    path.parent.mkdir()
    path.write_bytes(f'\ufeffapi_key = "{KEY}"\r\n'.encode())
    assert ConfigFile(path).value("default", "api_key") == KEY


@pytest.mark.parametrize("name", ["a b", "", "a\nb", "a.b", "é"])
def test_a_strange_name_of_a_profile_is_refused(path: Path, name: str) -> None:
    """It would have to be quoted in the file and in every shell."""
    with pytest.raises(ConfigurationError, match="name of a profile"):
        saved(path, name, api_key=KEY)
    assert not path.exists()


# What wins ------------------------------------------------------------------------------------------------------------


@pytest.fixture(name="files")
def _files(tmp_path: Path) -> tuple[ConfigFile, ConfigFile]:
    own, official = ConfigFile(tmp_path / "own.toml"), ConfigFile(tmp_path / "official.toml")
    own.path.write_text('[profiles.staging]\napi_key = "staging"\nbase_url = "https://staging.example/v1"\n')
    official.path.write_text('api_key = "official"\nbase_url = "https://official.example/v1"\n')
    return own, official


def told(settings: Settings) -> tuple[str | None, str | None]:
    """The key and the base URL."""
    return settings.api_key, settings.base_url


def test_nothing_is_set_anywhere(tmp_path: Path) -> None:
    """No key, and the base URL that the client defaults to."""
    settings = resolve(Flags(), {}, [ConfigFile(tmp_path / "none.toml")])
    assert told(settings) == (None, None)
    assert (settings.profile, settings.profile_source, settings.base_url_source) == ("default",) * 3


def test_each_place_wins_over_the_next(files: tuple[ConfigFile, ConfigFile]) -> None:
    """Flag, environment, own file, official file; each value on its own, and it says where it is from."""
    own, official = files
    environ: dict[str, str] = {}
    settings = resolve(Flags(), environ, files)
    assert told(settings) == ("official", "https://official.example/v1")
    assert settings.base_url_source == str(official.path)
    own.set("default", {"api_key": "own"})
    settings = resolve(Flags(), environ, files)
    assert told(settings) == ("own", "https://official.example/v1")
    environ = {"VLMRUN_API_KEY": " variable\n", "VLMRUN_BASE_URL": " "}
    settings = resolve(Flags(), environ, files)
    assert told(settings) == ("variable", "https://official.example/v1")
    assert settings.api_key_source == "VLMRUN_API_KEY"
    settings = resolve(Flags("flag", "https://flag.example"), environ, files)
    assert told(settings) == ("flag", "https://flag.example")
    assert settings.base_url_source == "--base-url"


def test_the_profile_of_a_flag_wins_over_the_environment(files: tuple[ConfigFile, ConfigFile]) -> None:
    """Else the key of VLMRUN_API_KEY would be sent to the profile's server. Other flags still win over it."""
    environ = {"VLMRUN_API_KEY": "variable", "VLMRUN_BASE_URL": "https://variable.example"}
    assert told(resolve(Flags(profile="staging"), environ, files)) == ("staging", "https://staging.example/v1")
    assert told(resolve(Flags("flag", profile="staging"), environ, files))[0] == "flag"


def test_who_chooses_the_profile(files: tuple[ConfigFile, ConfigFile]) -> None:
    """The flag, else VLMRUN_PROFILE, else the file; the environment's values win over the latter two's."""
    own, _ = files
    own.path.write_text('profile = "staging"\n' + own.path.read_text())
    files = ConfigFile(own.path), files[1]
    settings = resolve(Flags(), {}, files)
    assert (settings.profile, settings.profile_source) == ("staging", str(own.path))
    assert told(resolve(Flags(), {"VLMRUN_API_KEY": "variable"}, files))[0] == "variable"
    settings = resolve(Flags(), {"VLMRUN_PROFILE": "default"}, files)
    assert (settings.profile, settings.profile_source) == ("default", "VLMRUN_PROFILE")
    assert told(settings)[0] == "official"
    assert told(resolve(Flags(profile="staging"), {"VLMRUN_PROFILE": "default"}, files))[0] == "staging"


@pytest.mark.parametrize(("flag", "environ"), [("nobody", {}), (None, {"VLMRUN_PROFILE": "nobody"})])
def test_a_profile_that_does_not_exist(
    files: tuple[ConfigFile, ConfigFile], flag: str | None, environ: dict[str, str]
) -> None:
    """Is an error that names those that do."""
    with pytest.raises(ConfigurationError, match=r"no profile 'nobody', .*Try: one of default, staging"):
        resolve(Flags(profile=flag), environ, files)


def test_nothing_shows_a_key(path: Path) -> None:
    """No `repr` of what holds one."""
    file = saved(path, api_key=KEY)
    settings = resolve(Flags(), {}, [file])
    assert (settings.api_key, settings.api_key_source) == (KEY, str(path))
    assert KEY not in repr(settings) + repr(file) + repr(Flags(KEY))


def test_where_the_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The own one where the platform puts such files, the official one in the home; a home is not created."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert official_path() == tmp_path / ".vlmrun" / "config.toml"
    assert (config_path().parent.name, config_path().name) == ("vlmrun", "config.toml")
    assert list(tmp_path.iterdir()) == []
