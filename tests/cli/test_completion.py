"""Completion: what is offered where, that nothing is sent or imported for it, and that the shells understand it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from support.cli import Run, needs_openai, piped, serve
from vlmrun.cli import main
from vlmrun.cli._completion import SCRIPTS, candidates, complete, words_of
from vlmrun.cli._config import ConfigFile, config_path
from vlmrun.cli._index import completion_index
from vlmrun.cli._seen import Seen, cache_folder, known
from vlmrun.client.types import FileResponse, PredictionResponse
from vlmrun.local import LocalServer

if TYPE_CHECKING:
    from vlmrun.cli._completion import Index

server = pytest.fixture(serve, scope="module", name="server")
vlmrun = pytest.fixture(piped, name="vlmrun")

INDEX: Index = {
    "commands": {
        "": {"below": {"files": "Files", "chat": "Chat"}, "options": {}, "arguments": []},
        "files": {"below": {"get": "One", "list": "All"}, "options": {}, "arguments": []},
        "files get": {
            "below": {},
            "options": {"--output": {"kind": "", "help": "Where"}, "--json": {"kind": None, "help": ""}},
            "arguments": [{"kind": "file", "many": False}],
        },
        "chat": {
            "below": {},
            "options": {
                "--model": {"kind": "model", "help": "The model"},
                "-m": {"kind": "model", "help": "The model"},
                "--toolset": {"kind": "toolset", "help": ""},
                "--wait": {"kind": None, "help": ""},
                "--unit": {"kind": "=px,mm", "help": ""},
                "--profile": {"kind": "profile", "help": ""},
            },
            "arguments": [{"kind": "", "many": False}, {"kind": "domain", "many": True}],
        },
    },
    "values": {"model": ["orion-1:auto", "orion-1:pro", "other"], "toolset": ["core", "web"], "domain": ["a.b", "a.c"]},
}
SEEN = {"file": {"file_2": "b.pdf", "file_1": "a.pdf"}, "model": {"orion-1:pro": "", "newest": ""}}


def offered(line: str) -> list[str]:
    """What a line may become."""
    return [each.value for each in candidates(INDEX, SEEN, words_of(line), lambda: ["default", "staging"])]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("vlmrun ", ["files", "chat"]),
        ("vlmrun", ["files", "chat"]),
        ("vlmrun f", ["files"]),
        ("/opt/bin/vlmrun f", ["files"]),
        ("vlmrun x", []),
        ("vlmrun files ", ["get", "list"]),
        ("vlmrun files get ", ["file_2", "file_1"]),
        ("vlmrun files get file_1", ["file_1"]),
        ("vlmrun files get file_1 ", []),
        ("vlmrun files get -", ["--output", "--json"]),
        ("vlmrun files get --output ", []),
        ("vlmrun files get --json ", ["file_2", "file_1"]),
        ("vlmrun files get --output x ", ["file_2", "file_1"]),
        ("vlmrun files get -- -", []),
        ("vlmrun chat -m ", ["orion-1:pro", "newest", "orion-1:auto", "other"]),
        ("vlmrun chat -m orion-1:", ["orion-1:pro", "orion-1:auto"]),
        ("vlmrun chat --model=o", ["--model=orion-1:pro", "--model=orion-1:auto", "--model=other"]),
        ("vlmrun chat --wait -m", ["-m"]),
        ("vlmrun chat --toolset w", ["web"]),
        ("vlmrun chat --unit ", ["px", "mm"]),
        ("vlmrun chat --profile s", ["staging"]),
        ("vlmrun chat 'a b' a", ["a.b", "a.c"]),
        ("vlmrun chat 'a b' a.b a.c ", ["a.b", "a.c"]),
        ("vlmrun chat 'files ", []),
        ("vlmrun chat files ", ["a.b", "a.c"]),
        ('vlmrun chat "an open quote" --toolset "w', ["web"]),
        ("vlmrun chat hm\\ ", []),
        ("", ["files", "chat"]),
    ],
)
def test_what_is_offered(line: str, values: list[str]) -> None:
    """Commands, options, values of options and of arguments; what was seen comes first; else files, by the shell."""
    assert offered(line) == values


def test_every_command_is_known() -> None:
    """With its options, and the kinds of values that people do not want to type."""
    index = cast("Index", completion_index())
    assert {"", "chat", "auth login", "config set", "doctor"} <= index["commands"].keys()
    assert next(iter(index["commands"][""]["below"])) == "chat"
    assert index["commands"]["config set"]["options"]["--api-key"]["kind"] == ""
    assert index["commands"]["auth login"]["options"]["--no-check"]["kind"] is None
    assert index["commands"]["completion"]["arguments"][0]["kind"] == "=bash,zsh,fish"
    assert "vlmrun-orion-1:auto" in index["values"]["model"]
    assert "document.invoice" in index["values"]["domain"]
    assert "web" in index["values"]["toolset"]


def test_kinds_of_what_commands_take() -> None:
    """Wherever a command takes a model, a domain, an id and so on, it is completed."""
    index = cast("Index", completion_index())
    wanted = {
        "artifacts list": {"--session-id": "session", "--execution-id": "execution"},
        "chat": {"--model": "model", "-m": "model", "--toolset": "toolset", "-s": "session", "--skill-id": "skill"},
        "execute": {"--model": "model", "--toolset": "toolset"},
        "generate": {"--domain": "domain", "--profile": "profile"},
    }
    for path, options in wanted.items():
        found = index["commands"][path]["options"]
        assert {name: found[name]["kind"] for name in options} == options
    arguments = {
        "executions get": "execution",
        "files delete": "file",
        "files get": "file",
        "hub schema": "domain",
        "predictions get": "prediction",
        "skills get": "skill",
    }
    assert {path: index["commands"][path]["arguments"][0]["kind"] for path in arguments} == arguments
    assert index["commands"]["gw"]["below"] == index["commands"]["gateway"]["below"] != {}


@needs_openai
def test_commands_remember_what_they_showed(vlmrun: Run, tmp_path: Path) -> None:
    """Files, executions, predictions and chats, whether people or programs read them."""
    (tmp_path / "note.txt").write_text("Hello.")
    uploaded = cast("dict[str, str]", vlmrun("files", "upload", "note.txt", "--json").json())
    started = cast("dict[str, str]", vlmrun("execute", "-p", "Hi", "--no-wait", "--json").json())
    chat_id = cast("dict[str, str]", vlmrun("chat", "Hi", "--json").json())["session_id"]
    assert vlmrun("chat", "Hi", "-s", chat_id).code == 0
    seen = known()
    assert seen["file"] == {uploaded["id"]: "note.txt"}
    assert list(seen["execution"]) == [started["id"]]
    assert chat_id in seen["session"]


@pytest.mark.usefixtures("vlmrun")
def test_the_commands_are_read_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Then a file in the cache folder answers, for this version and source; a broken one is replaced."""
    monkeypatch.setenv("_VLMRUN_COMPLETE", "bash")
    monkeypatch.setenv("_VLMRUN_LINE", "vlmrun doc")
    assert main([]) == 0
    path = cache_folder() / "commands.json"
    kept = json.loads(path.read_text())
    kept["commands"][""]["below"] = {"doctored": ""}
    path.write_text(json.dumps(kept))
    assert main([]) == 0
    path.write_text(json.dumps(kept | {"stamp": "another version"}))
    assert main([]) == 0
    path.write_text("broken")
    assert main([]) == 0
    assert capsys.readouterr().out == "doctor\ndoctored\ndoctor\ndoctor\n"
    assert os.name != "posix" or path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("vlmrun")
def test_completing_sends_nothing(server: LocalServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even for ids."""
    before = len(server.requests)
    complete("fish", "vlmrun help doc")
    assert len(server.requests) == before
    assert capsys.readouterr().out == "doctor\n"


def test_profiles_are_completed(vlmrun: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """From the file; a broken one offers none."""
    vlmrun("config", "set", "--profile", "staging", "--base-url", "https://example.com/v1")
    complete("zsh", "vlmrun chat --profile st")
    ConfigFile(config_path()).path.write_text("x")
    complete("zsh", "vlmrun chat --profile st")
    assert capsys.readouterr().out == "staging\n"


# What was seen --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("vlmrun")
def test_ids_are_remembered() -> None:
    """The newest first, at most a hundred of a kind, in a file that others cannot read."""
    earlier, later = Seen(), Seen()
    earlier.note(FileResponse(id="file_1", filename="a.pdf"))
    earlier.note(PredictionResponse(id="pred_1", status="completed"))
    earlier.save()
    later.note(FileResponse(id="file_2", filename="b.pdf"))
    later.note("a text")
    later.note({"id": "file_3"})
    later.save()
    assert known() == {"file": {"file_2": "b.pdf", "file_1": "a.pdf"}, "prediction": {"pred_1": "completed"}}
    many = Seen()
    for number in range(150):
        many.note_id("file", f"f{number}")
    many.save()
    assert len(known()["file"]) == 100
    path = cache_folder() / "seen.json"
    assert os.name != "posix" or path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("vlmrun")
@pytest.mark.parametrize("text", ["", "[]", "{", '{"file": 3}', '{"file": {"f": null}}', "\xff"])
def test_a_broken_memory_is_no_error(text: str) -> None:
    """It is forgotten."""
    path = cache_folder() / "seen.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    assert set(known()) <= {"file"}
    seen = Seen()
    seen.note_id("file", "file_1")
    seen.save()
    assert "file_1" in known()["file"]


@pytest.mark.usefixtures("vlmrun")
def test_a_cache_that_cannot_be_written_is_no_error() -> None:
    """Commands work, and completion does."""
    cache_folder().parent.mkdir(parents=True)
    cache_folder().write_text("a file in its place")
    seen = Seen()
    seen.note_id("file", "file_1")
    seen.save()
    assert known() == {}
    assert complete("bash", "vlmrun doc") == 0


# The scripts ----------------------------------------------------------------------------------------------------------


def test_completion_prints_the_script(vlmrun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the shell that is named, or that of SHELL."""
    for shell, script in SCRIPTS.items():
        assert vlmrun("completion", shell).out == script
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert vlmrun("completion").out == SCRIPTS["fish"]
    assert vlmrun("--show-completion", "zsh").out == SCRIPTS["zsh"]
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert vlmrun("completion").code == 2


@pytest.mark.parametrize(
    ("shell", "place"),
    [
        ("bash", ".local/share/bash-completion/completions/vlmrun"),
        ("zsh", ".zfunc/_vlmrun"),
        ("fish", ".config/fish/completions/vlmrun.fish"),
    ],
)
def test_completion_installs_the_script(
    vlmrun: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str, place: str
) -> None:
    """Where the shell looks for it, and nothing else is changed."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    shown = vlmrun("completion", shell, "--install", "--json")
    assert shown.json() == {"shell": shell, "script": SCRIPTS[shell], "file": str(tmp_path / place)}
    assert (tmp_path / place).read_text() == SCRIPTS[shell]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / place]


# A shell function in place of the command, so that no Python starts.
_FAKE = r"""vlmrun() { printf '%s\n' "$_VLMRUN_COMPLETE|$_VLMRUN_LINE" >&3; printf '%s\n' orion-1:auto orion-1:pro; }"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_understands_its_script() -> None:
    """The line up to the cursor is handed over; readline is given what follows the colon, which it counts as a word."""
    typed = "COMP_WORDBREAKS=$' \\n:='; COMP_LINE='vlmrun chat -m orion-1:a --json'; COMP_POINT=24"
    asked = "_vlmrun vlmrun 3>&1; printf '%s\\n' \"${COMPREPLY[@]}\"; complete -p vlmrun"
    code = "\n".join([_FAKE, SCRIPTS["bash"], typed, asked])
    shown = subprocess.run(["bash", "--norc", "-c", code], check=True, capture_output=True, text=True).stdout
    assert shown.splitlines() == [
        "bash|vlmrun chat -m orion-1:a",
        "auto",
        "pro",
        "complete -o default -F _vlmrun vlmrun",
    ]


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_understands_its_script(tmp_path: Path) -> None:
    """It offers what the command answers."""
    fake = tmp_path / "vlmrun"
    fake.write_text("#!/bin/sh\nprintf '%s\\n' \"line=$_VLMRUN_LINE\"\n")
    fake.chmod(0o755)
    shown = subprocess.run(
        ["fish", "--no-config", "-c", f"{SCRIPTS['fish']}\ncomplete --do-complete 'vlmrun chat l'"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
    ).stdout
    assert shown == "line=vlmrun chat l\n"


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_accepts_its_script() -> None:
    """It has no syntax error; `_describe` works in an interactive shell only."""
    subprocess.run(["zsh", "--no-rcs", "-n"], input=SCRIPTS["zsh"], check=True, text=True)
