"""`vlmrun config`, `auth` and `doctor`: what they store, what they show, and that it is never the key."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from pathlib import Path

import pytest

from support.cli import Result, Run, needs_openai, piped, serve
from vlmrun._lifetimes import waiting
from vlmrun.cli import main
from vlmrun.cli._config import ConfigFile, config_path, official_path
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
vlmrun = pytest.fixture(piped, name="vlmrun")

KEY = "sk-very-secret-0123456789"


@pytest.fixture(name="no_variables")
def _no_variables(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set but what the files hold. `vlmrun` comes first, as it sets the variables."""
    del vlmrun
    monkeypatch.delenv("VLMRUN_API_KEY")
    monkeypatch.delenv("VLMRUN_BASE_URL")


def store(path: Path, **values: str) -> None:
    """Write a configuration file."""
    file = ConfigFile(path)
    file.set("default", values)
    file.save()


# config ---------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_variables")
def test_config_init(vlmrun: Run) -> None:
    """A file is created, for its owner alone, and replaced only by force."""
    created = vlmrun("config", "init")
    assert (created.code, created.err) == (0, "")
    assert str(config_path()) in created.out
    assert stat.S_IMODE(config_path().stat().st_mode) == 0o600 or os.name != "posix"
    store(config_path(), api_key=KEY)
    refused = vlmrun("config", "init")
    assert refused.code == 2
    assert "--force" in refused.err
    assert ConfigFile(config_path()).value("default", "api_key") == KEY
    assert vlmrun("config", "init", "-f").code == 0
    assert ConfigFile(config_path()).value("default", "api_key") is None


@pytest.mark.usefixtures("no_variables")
def test_config_set_and_unset(vlmrun: Run) -> None:
    """The official flags, in the default profile and in another one; the key is not repeated, and may come by stdin."""
    both = vlmrun("config", "set", "--api-key", KEY, "--base-url", "https://example.com/v1")
    other = vlmrun("config", "set", "--profile", "staging", "--api-key", "-", stdin=f"{KEY}-2\n")
    assert (both.code, other.code) == (0, 0)
    assert KEY not in both.out + both.err + other.out + other.err
    file = ConfigFile(config_path())
    assert [file.value("default", "api_key"), file.value("staging", "api_key")] == [KEY, f"{KEY}-2"]
    removed = vlmrun("config", "unset", "--api-key", "--json").json()
    assert removed == {"file": str(config_path()), "profile": "default", "changed": ["api_key"]}
    file = ConfigFile(config_path())
    assert file.value("default", "api_key") is None
    assert file.value("default", "base_url") == "https://example.com/v1"
    assert file.value("staging", "api_key") == f"{KEY}-2"


@pytest.mark.usefixtures("no_variables")
@pytest.mark.parametrize(
    "arguments",
    [
        ("config", "set"),
        ("config", "unset"),
        ("config", "set", "--base-url", "ftp://example.com"),
        ("config", "set", "--api-key", ""),
        ("config", "set", "--api-key", "k\u00e9y"),
        ("config", "set", "--profile", "a b", "--api-key", KEY),
        ("config", "set", "--api-key", "-"),
    ],
)
def test_config_refuses(vlmrun: Run, arguments: tuple[str, ...]) -> None:
    """What cannot work is a usage error, and nothing is written."""
    refused = vlmrun(*arguments)
    assert refused.code == 2
    assert "Try: " in refused.err
    assert KEY not in refused.err
    assert not config_path().exists()


@pytest.mark.usefixtures("no_variables")
def test_config_show(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each value comes from; no part of the key, in either form."""
    store(official_path(), api_key=KEY)
    store(config_path(), base_url="https://example.com/v1")
    text, document = vlmrun("config", "show"), vlmrun("config", "show", "--json")
    for part in (KEY, KEY[:8], KEY[-4:]):
        assert part not in text.out + document.out
    assert f"set, by {official_path()}" in text.out
    assert document.json() == {
        "profile": {"value": "default", "is_set": True, "source": "default"},
        "api_key": {"value": None, "is_set": True, "source": str(official_path())},
        "base_url": {"value": "https://example.com/v1", "is_set": True, "source": str(config_path())},
        "profiles": ["default"],
        "files": [str(config_path()), str(official_path())],
    }
    monkeypatch.setenv("VLMRUN_API_KEY", "other")
    assert "set, by VLMRUN_API_KEY" in vlmrun("config", "show").out


@pytest.mark.usefixtures("no_variables")
def test_unset_says_what_it_leaves(vlmrun: Run) -> None:
    """The official file is never written."""
    store(official_path(), api_key=KEY)
    before = official_path().read_bytes()
    told = vlmrun("config", "unset", "--api-key")
    assert told.code == 0
    assert f"{official_path()} still has api_key" in told.err
    assert official_path().read_bytes() == before


@pytest.mark.usefixtures("no_variables")
def test_a_broken_file_fails_every_command_that_needs_it(vlmrun: Run) -> None:
    """With the file and the line; `config init --force` and help work."""
    config_path().parent.mkdir(parents=True)
    config_path().write_text(f'x = 1\napi_key = "{KEY}\n')
    for command in (["config", "show"], ["files", "list"], ["auth", "status"], ["config", "set", "--api-key", "k"]):
        failed = vlmrun(*command)
        assert failed.code == 2
        assert f"{config_path()}, line 2" in failed.err
        assert KEY not in failed.err
    assert KEY not in vlmrun("config", "show", "--debug").err
    assert vlmrun("config", "show", "--help").code == 0
    assert vlmrun("config", "init", "--force").code == 0


# auth -----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_variables")
def test_log_in_and_out(vlmrun: Run, server: LocalServer) -> None:
    """A piped key is checked and stored with the base URL, then used, then removed."""
    at = ("--base-url", server.base_url)
    document = vlmrun("auth", "login", *at, "--json", stdin=f"{server.api_key}\n").json()
    assert document == {"profile": "default", "file": str(config_path()), "is_checked": True}
    status = vlmrun("auth", "status", "--json")
    assert status.json() == {
        "profile": "default",
        "base_url": server.base_url,
        "api_key_source": str(config_path()),
        "is_accepted": True,
    }
    assert server.api_key not in status.out + vlmrun("auth", "status").out
    assert vlmrun("auth", "logout", "--json").json() == {
        "profile": "default",
        "file": str(config_path()),
        "is_removed": True,
    }
    without = vlmrun("auth", "status")
    assert without.code == 3
    assert "auth login" in without.err


@pytest.mark.usefixtures("no_variables")
def test_a_refused_key_is_not_stored(vlmrun: Run, server: LocalServer) -> None:
    """The key that was there stays; `--no-check` stores any."""
    store(config_path(), api_key="before", base_url=server.base_url)
    refused = vlmrun("auth", "login", stdin=KEY)
    assert refused.code == 3
    assert KEY not in refused.out + refused.err
    assert ConfigFile(config_path()).value("default", "api_key") == "before"
    assert vlmrun("auth", "login", "--no-check", stdin=KEY).code == 0
    assert ConfigFile(config_path()).value("default", "api_key") == KEY
    status = vlmrun("auth", "status", "--json")
    assert status.code == 3
    assert '"is_accepted": false' in status.out


@pytest.mark.usefixtures("no_variables")
def test_the_profile_of_a_log_in(vlmrun: Run, server: LocalServer) -> None:
    """A profile that is not there is created; its values are used where it is named, and nowhere else."""
    created = vlmrun("auth", "login", "--profile", "local", "--base-url", server.base_url, stdin=server.api_key)
    assert created.code == 0
    assert vlmrun("auth", "status", "--profile", "local").code == 0
    assert vlmrun("auth", "status").code == 3


def test_a_variable_that_wins_is_named(vlmrun: Run, server: LocalServer) -> None:
    """Who logs in or out while VLMRUN_API_KEY is set is told."""
    assert "VLMRUN_API_KEY" in vlmrun("auth", "login", stdin=server.api_key).err
    assert "VLMRUN_API_KEY" in vlmrun("auth", "logout").err


@pytest.mark.usefixtures("no_variables")
def test_a_typed_key_is_not_echoed(vlmrun: Run, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the key is asked for; what is typed does not appear."""
    assert vlmrun("config", "init").code == 0
    shown = type_at_prompt(monkeypatch, f"{server.api_key}\n", ["auth", "login", "--base-url", server.base_url])
    assert shown.code == 0
    assert "API key for profile default:" in shown.out
    assert server.api_key not in shown.out
    assert ConfigFile(config_path()).value("default", "api_key") == server.api_key


def type_at_prompt(monkeypatch: pytest.MonkeyPatch, typed: str, arguments: list[str]) -> Result:
    """Run a command on a pseudo-terminal, and type something when it asks."""
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    termios = pytest.importorskip("termios")
    really_open = os.open

    def no_controlling_terminal(path: str, *rest: int, **named: int) -> int:
        # getpass would ask at the terminal of whoever runs the tests.
        if path == "/dev/tty":
            raise OSError
        return really_open(path, *rest, **named)

    main_end, other_end = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(main_end, 65536):
                shown.append(data)
                if b": " in data and typed:
                    while termios.tcgetattr(other_end)[3] & termios.ECHO:  # the prompt comes after echo is off
                        time.sleep(0.001)
                    os.write(main_end, typed.encode())
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", no_controlling_terminal)
        streams = [open(os.dup(other_end), mode, encoding="utf-8") for mode in ("r", "w", "w")]  # noqa: SIM115
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        code = main(arguments)
    for stream in streams:
        stream.close()
    os.close(other_end)
    reader.join()
    os.close(main_end)
    return Result(code, b"".join(shown).decode(), "")


# doctor ---------------------------------------------------------------------------------------------------------------


def checks(result: Result) -> dict[str, tuple[str, str | None]]:
    """The state and the remedy of each check that `doctor --json` printed."""
    import json

    return {each["check"]: (each["state"], each["remedy"]) for each in json.loads(result.out)["checks"]}


@needs_openai
def test_doctor_finds_nothing(vlmrun: Run, server: LocalServer) -> None:
    """Everything works: exit code 0, no remedies, and no key in sight."""
    result = vlmrun("doctor", "--json")
    found = checks(result)
    assert result.code == 0
    assert set(found.values()) == {("ok", None)}
    assert {"vlmrun", "python", "packages", "config", "key", "base URL", "proxy", "certificates"} < found.keys()
    assert {"server", "key is accepted", "clock"} < found.keys()
    assert server.api_key not in result.out + vlmrun("doctor").out


@needs_openai
def test_doctor_offline(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent, so that a server that is not there does not matter."""
    monkeypatch.setenv("VLMRUN_BASE_URL", "http://127.0.0.1:1/v1")
    assert vlmrun("doctor", "--offline").code == 0
    unreachable = vlmrun("doctor", "--json")
    assert unreachable.code == 1
    assert checks(unreachable)["server"][0] == "problem"
    assert checks(unreachable)["clock"] == ("unknown", None)


def test_doctor_finds_a_wrong_key(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no key at all; the server is reached either way, and tells the time."""
    monkeypatch.setenv("VLMRUN_API_KEY", KEY)
    wrong = vlmrun("doctor", "--json")
    assert wrong.code == 1
    assert checks(wrong)["key is accepted"] == ("problem", "vlmrun auth login, or correct VLMRUN_API_KEY")
    assert KEY not in wrong.out
    monkeypatch.delenv("VLMRUN_API_KEY")
    found = checks(vlmrun("doctor", "--json"))
    assert found["key"][0] == "problem"
    assert found["server"][0] == found["clock"][0] == "ok"
    assert "key is accepted" not in found


def test_doctor_finds_a_wrong_base_url(vlmrun: Run, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without /v1, of a wrong scheme, and one that sends the key unencrypted."""
    monkeypatch.setenv("VLMRUN_BASE_URL", server.base_url.removesuffix("/v1") + "/v2")
    assert "/v1" in (checks(vlmrun("doctor", "--json"))["server"][1] or "")
    monkeypatch.setenv("VLMRUN_BASE_URL", "ftp://example.com")
    assert checks(vlmrun("doctor", "--json"))["base URL"][0] == "problem"
    monkeypatch.setenv("VLMRUN_BASE_URL", "http://example.com/v1")
    assert checks(vlmrun("doctor", "--offline", "--json"))["base URL"] == ("warning", "use https://")


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (-45, "ok"), (300, "problem"), (-300, "problem")])
def test_doctor_finds_a_wrong_clock(vlmrun: Run, monkeypatch: pytest.MonkeyPatch, seconds: float, state: str) -> None:
    """Against the server's."""
    monkeypatch.setattr(waiting, "time", lambda: time.time() + seconds)
    assert checks(vlmrun("doctor", "--json"))["clock"][0] == state


def test_doctor_finds_a_proxy_and_certificates(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is shown without its password; certificates that are not there are a problem."""
    monkeypatch.setenv("VLMRUN_BASE_URL", "https://example.com/v1")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:geheim@127.0.0.1:8080")
    monkeypatch.setenv("SSL_CERT_FILE", "/not/there.pem")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    result = vlmrun("doctor", "--offline", "--json")
    assert "127.0.0.1:8080" in result.out
    assert "geheim" not in result.out
    assert checks(result)["certificates"] == ("problem", "correct or unset SSL_CERT_FILE")
    monkeypatch.setenv("NO_PROXY", "example.com")
    assert "NO_PROXY exempts example.com" in vlmrun("doctor", "--offline").out


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_doctor_finds_a_key_that_others_can_read(vlmrun: Run) -> None:
    """As the official command line leaves it."""
    store(official_path(), api_key=KEY)
    official_path().chmod(0o644)
    found = checks(vlmrun("doctor", "--offline", "--json"))
    assert found["config"] == ("warning", f"chmod 600 {official_path()}")


def test_doctor_survives_a_broken_file(vlmrun: Run) -> None:
    """It says which, and what to do, in place of failing."""
    config_path().parent.mkdir(parents=True)
    config_path().write_text("x")
    result = vlmrun("doctor", "--json")
    assert result.code == 1
    assert checks(result)["config"][0] == checks(result)["settings"][0] == "problem"
