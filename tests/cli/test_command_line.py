"""The command line as a whole: help, options of every command, typos, and what it says without a key."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

import pytest
from pydantic import TypeAdapter

from support.cli import Run, needs_openai, on_terminal, piped, serve
from vlmrun import VLMRun, __version__
from vlmrun.cli._app import GLOBALS
from vlmrun.cli._catalogue import entries
from vlmrun.cli._output import Output
from vlmrun.cli._overview import GLOBAL_OPTIONS
from vlmrun.client.types import FileResponse
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
vlmrun = pytest.fixture(piped, name="vlmrun")
terminal = pytest.fixture(on_terminal, name="terminal")


@pytest.mark.parametrize("option", ["--version", "-V", "-v"])
def test_version(vlmrun: Run, option: str) -> None:
    """The version is printed to stdout, and nothing else."""
    assert vlmrun(option).out == f"vlmrun {__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help",)])
def test_overview(vlmrun: Run, arguments: tuple[str, ...]) -> None:
    """Help lists the commands, fits a terminal of 80 columns and a screen of 50 lines, and has no colours in a pipe."""
    shown = vlmrun(*arguments)
    assert shown.code == 0
    assert "chat" in shown.out
    assert "\x1b" not in shown.out
    assert len(shown.out.splitlines()) <= 50
    assert max(map(len, shown.out.splitlines())) <= 80


def test_overview_in_colour(terminal: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headings are bold on a terminal, unless NO_COLOR is set."""
    assert "\x1b[1mUsage:" in terminal("--help").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in terminal("--help").out


def test_overview_knows_the_options() -> None:
    """The options that help describes are those that every command has."""
    import typer.main

    described = {name.split()[0].rstrip(",") for option in GLOBAL_OPTIONS for name in option.split(", ")}
    options = {name for option in typer.main.get_command(GLOBALS).params for name in option.opts}
    assert described - {"--version", "-V", "--help", "-h"} == options - {"--format", "-f"}


@pytest.mark.parametrize("name", entries())
def test_help_of_command(vlmrun: Run, name: str) -> None:
    """Each command has a help that fits a screen, with two examples at least or with commands below it."""
    shown = vlmrun(name, "--help")
    assert shown.code == 0
    assert shown.out.count(f"  vlmrun {name}") >= 2 or "Commands:" in shown.out
    assert len(shown.out.splitlines()) <= 50


def test_typo(vlmrun: Run) -> None:
    """A typo is a usage error that suggests what was meant."""
    command, option = vlmrun("chta", "x"), vlmrun("chat", "x", "--jsn")
    assert (command.code, option.code) == (2, 2)
    assert "'chat'" in command.err
    assert "--json" in option.err
    assert (command.out, option.out) == ("", "")


@needs_openai
@pytest.mark.parametrize("arguments", [("--api-key", "wrong", "chat", "Hi"), ("chat", "Hi", "--api-key", "wrong")])
def test_refused_key(vlmrun: Run, arguments: tuple[str, ...]) -> None:
    """An option of every command may stand before and after its name; a refused key is exit code 3, with a remedy."""
    refused = vlmrun(*arguments)
    assert refused.code == 3
    assert "vlmrun auth login" in refused.err
    assert "wrong" not in refused.err
    assert refused.out == ""


@needs_openai
def test_no_key(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key nothing is sent."""
    monkeypatch.delenv("VLMRUN_API_KEY")
    assert vlmrun("chat", "Hi").code == 3


@needs_openai
def test_verbose(vlmrun: Run, server: LocalServer) -> None:
    """With -v each request is logged to stderr, those of chats as well; stdout and the key are left alone."""
    shown = vlmrun("chat", "Hi", "-v", "--json")
    shown.json()
    assert re.search(r"^POST \S+/openai/chat/completions: 200 in \d+ ms \(attempt 1\)$", shown.err, re.MULTILINE)
    assert server.api_key not in shown.err


def test_what_is_imported() -> None:
    """`--version` and `--help` import no command library, and no command imports openai before it chats."""
    code = (
        "import sys; from vlmrun.cli import main; main(['--version']); main(['--help'])\n"
        "print(*{'typer', 'rich', 'pydantic', 'openai', 'httpx2'} & sys.modules.keys())\n"
        "from vlmrun.cli._app import build; from vlmrun.cli._catalogue import entries; build(list(entries()))\n"
        "print(*{'openai', 'rich'} & sys.modules.keys())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # nothing here comes from outside
    assert done.stdout.splitlines()[-2:] == ["", ""]


def test_without_the_extra(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the command says what to install; the version and help need none."""
    monkeypatch.delitem(sys.modules, "vlmrun.cli._app")
    monkeypatch.setitem(sys.modules, "typer", None)
    shown = vlmrun("chat", "Hi")
    assert (shown.code, shown.out) == (2, "")
    assert "pip install 'vlmrun[cli]'" in shown.err
    assert vlmrun("--help").code == 0


@pytest.mark.parametrize("name", entries())
def test_outputs(name: str) -> None:
    """What each command prints with --json has a JSON schema."""
    outputs = import_module(f"vlmrun.cli._commands.{entries()[name].module}").OUTPUTS
    for command, output in outputs.items():
        assert command.split()[0] in (name, entries()[name].module)
        assert TypeAdapter(output).json_schema(mode="serialization")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_give_way_to_ids(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """An id is shown whole, as people copy it; what is beside it is cut, and every row has one line."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    long = "5b9b62ad-6855-40b3-ad6d-08980020d1aa"
    columns: dict[str, Callable[[FileResponse], str]] = {
        "ID": lambda file: file.id,
        "NAME": lambda _: "a long name of a file.pdf",
        "TIME": lambda _: "2026-11-29 21:40",
    }
    Output().rows([FileResponse(id=long)], columns)
    lines = [line for line in terminal.getvalue().splitlines() if line.strip()]
    assert len(lines) == 3  # the headings, a line, the row
    assert long in lines[2]
    assert width < 120 or "2026-11-29 21:40" in lines[2]


def _ask(out: str) -> bool:
    """List the models at the server that is named, once it is."""
    found = re.search(r'api_key="(.+)", base_url="(.+)"', out)
    if found is None:
        return False
    with VLMRun(found[1], found[2], max_retries=0) as client:
        client.models.list()
    return True


def test_local_records_and_replays(vlmrun: Run, server: LocalServer) -> None:
    """With the key of the environment; offline afterwards. What does not fit together is a usage error."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        upstream = ("--upstream", server.base_url)
        recorded = vlmrun("local", "--port", "0", "--record", "answers", *upstream, ctrl_c=_ask)
        assert f"and records the answers of {server.base_url} in answers." in recorded.out
        assert server.requests[-1].path == "/v1/models"
        count = len(server.requests)
        replayed = vlmrun("local", "--port", "0", "--api-key", "k", "--replay", "answers", ctrl_c=_ask)
        assert 'api_key="k"' in replayed.out
        assert "with the answers in answers." in replayed.out
        assert (recorded.code, replayed.code, len(server.requests)) == (0, 0, count)
        again = vlmrun("local", "--port", "0", "--record", "answers", *upstream)
        assert (again.code, "recorded answers already" in again.err) == (1, True)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert vlmrun("local", "--replay", "answers", "--record", "answers").code == 2
