"""The commands of the platform: what each prints, for people and for programs, and what it says when a call fails."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from pydantic import TypeAdapter
from typer.core import TyperCommand, TyperGroup

from support.cli import Result, Run, needs_openai, on_terminal, piped, serve
from support.pdfs import pdf
from vlmrun import content
from vlmrun._lifetimes import waiting
from vlmrun.cli import main
from vlmrun.cli._app import build
from vlmrun.client import VLMRun
from vlmrun.local import Answer, Fault, FaultKind, LocalServer, ReceivedRequest

server = pytest.fixture(serve, scope="module", name="server")
vlmrun = pytest.fixture(piped, name="vlmrun")
terminal = pytest.fixture(on_terminal, name="terminal")

GROUPS = ("executions", "predictions", "files", "artifacts", "hub", "models", "skills", "generate", "gateway")


@pytest.fixture(autouse=True)
def files_here(tmp_path: Path, server: LocalServer) -> None:
    """An image, a schema and a skill in the working folder, and nothing on the server."""
    server.reset()
    Image.new("RGB", (64, 32), "white").save(tmp_path / "scan.png")
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "SKILL.md").write_text("---\nname: reader\ndescription: Reads invoices.\n---\nRead.\n")
    (tmp_path / "schema.json").write_text('{"type": "object", "properties": {"total": {"type": "number"}}}')


@pytest.fixture
def client(server: LocalServer) -> Iterator[VLMRun]:
    """A client of the server."""
    with VLMRun(server.api_key, server.base_url) as made:
        yield made


def outputs() -> dict[str, Any]:
    """What each command prints with `--json`."""
    found: dict[str, Any] = {}
    for name in GROUPS:
        found |= importlib.import_module(f"vlmrun.cli._commands.{name}").OUTPUTS
    return found


OUTPUTS = outputs()


def documents(result: Result, published: str) -> Any:
    """The one document on stdout, which is of the type that is published, and loses nothing by it."""
    adapter = TypeAdapter[Any](OUTPUTS[published])
    printed = result.json()
    assert adapter.dump_python(adapter.validate_python(printed), mode="json") == printed
    return printed


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes between retries and polls."""

    def sleep(seconds: float) -> None:
        del seconds

    monkeypatch.setattr(waiting, "sleep", sleep)


@pytest.fixture
def ctrl_c(monkeypatch: pytest.MonkeyPatch, server: LocalServer) -> Iterator[None]:
    """Jobs do not end, and Ctrl-C is pressed as soon as one is waited for."""

    def sleep(seconds: float) -> None:
        del seconds
        raise KeyboardInterrupt

    monkeypatch.setattr(waiting, "sleep", sleep)
    server.clock.never_end()
    yield
    server.clock.end_by_steps()


def _body(sent: ReceivedRequest) -> dict[str, Any]:
    """The body of a request, from JSON."""
    return cast("dict[str, Any]", sent.body)


def leaves(group: TyperGroup, path: str = "") -> Iterator[tuple[str, TyperCommand]]:
    """All commands below a group, by their names."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, f"{path}{name} ")
        elif isinstance(command, TyperCommand) and not command.hidden:
            yield f"{path}{name}", command


def test_each_command_has_examples_a_schema_and_a_help_that_fits() -> None:
    """Two examples that name the command, and the type of its JSON; a screen has 50 lines of 80 columns."""
    commands = [(path, command) for path, command in leaves(build(list(GROUPS))) if path.partition(" ")[0] in GROUPS]
    assert len(commands) >= 25
    for path, command in commands:
        assert path in OUTPUTS
        with command.make_context(f"vlmrun {path}", [], resilient_parsing=True, terminal_width=80) as context:
            shown = command.get_help(context)
        name = path.replace("gateway", "(?:gateway|gw)").replace("systemone", "(?:systemone|s1)")
        assert len(re.findall(rf"^ +(?:.* \| )?vlmrun {name}\b", shown, re.MULTILINE)) >= 2, shown
        assert len(shown.splitlines()) <= 60, path


def test_each_schema_can_be_published() -> None:
    """A JSON schema can be made of each."""
    for kind in OUTPUTS.values():
        assert TypeAdapter[Any](kind).json_schema(mode="serialization")


# Files ----------------------------------------------------------------------------------------------------------------


def test_files(vlmrun: Run, tmp_path: Path) -> None:
    """A file is uploaded, listed, shown, downloaded and deleted."""
    uploaded = documents(vlmrun("files", "upload", "scan.png", "--json"), "files upload")
    assert uploaded["filename"] == "scan.png"
    file_id = str(uploaded["id"])
    assert documents(vlmrun("files", "get", file_id, "--json"), "files get") == uploaded
    listed = documents(vlmrun("files", "list", "-n", "1", "--json"), "files list")
    assert listed == [uploaded]
    assert json.loads(vlmrun("files", "list", "-n", "1", "--jsonl").out) == uploaded
    assert vlmrun("files", "list", "-n", "1").out.split("\t")[:2] == [file_id, "scan.png"]
    saved = documents(vlmrun("files", "get", file_id, "-o", "copy.png", "--json"), "files get --output")
    assert "public_url" not in saved or saved["public_url"] is None
    assert (tmp_path / "copy.png").read_bytes() == (tmp_path / "scan.png").read_bytes()
    (tmp_path / "out").mkdir()
    assert vlmrun("files", "get", file_id, "-o", "out").out == "out/scan.png\n"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["scan.png"]
    assert documents(vlmrun("files", "delete", file_id, "--json"), "files delete") == {"id": file_id, "deleted": True}
    assert vlmrun("files", "get", file_id).code == 4


def test_a_file_from_stdin_and_to_stdout(vlmrun: Run) -> None:
    """`-` is stdin, and stdout."""
    uploaded = documents(vlmrun("files", "upload", "-", "--name", "a.txt", "--json", stdin="Hello."), "files upload")
    assert uploaded["filename"] == "a.txt"
    assert vlmrun("files", "get", uploaded["id"], "-o", "-").out == "Hello."
    assert vlmrun("files", "get", uploaded["id"], "-o", "-", "--json").code == 2
    assert vlmrun("files", "get", uploaded["id"], "-o", "nowhere/a.txt").code == 2


def test_no_file(vlmrun: Run) -> None:
    """A path that does not exist is a usage error: nothing was sent."""
    failed = vlmrun("files", "upload", "nope.png")
    assert (failed.code, failed.out) == (2, "")
    assert "nope.png" in failed.err


# Predictions and executions -------------------------------------------------------------------------------------------


def test_generate(vlmrun: Run) -> None:
    """People get the answer on stdout, and its id on stderr; programs get the whole prediction."""
    people = vlmrun("generate", "scan.png", "-d", "document.invoice")
    assert set(json.loads(people.out)) == {"invoice_id", "items", "total"}
    assert re.search(r"prediction [0-9a-f-]{36} is completed", people.err)
    made = documents(vlmrun("generate", "-i", "scan.png", "-d", "document.invoice", "--json"), "generate")
    assert (made["status"], made["domain"]) == ("completed", "document.invoice")
    got = documents(vlmrun("predictions", "get", made["id"], "--json"), "predictions get")
    assert got == made
    rows = documents(vlmrun("predictions", "list", "--status", "completed", "-n", "1", "--json"), "predictions list")
    assert rows == [made]


@pytest.mark.parametrize(
    ("options", "route"),
    [
        (("scan.png", "-d", "document.invoice"), "/v1/image/generate"),
        (("a.pdf", "-d", "document.invoice"), "/v1/document/generate"),
        (("https://example.com/a.mp3", "-d", "audio.transcription"), "/v1/audio/generate"),
        (("https://example.com/a.mp4", "-d", "video.transcription"), "/v1/video/generate"),
        (("-", "-d", "document.invoice"), "/v1/document/generate"),
    ],
)
def test_generate_sends_an_input_where_it_belongs(
    vlmrun: Run, server: LocalServer, tmp_path: Path, options: tuple[str, ...], route: str
) -> None:
    """By what it is, with all that is asked for."""
    (tmp_path / "a.pdf").write_bytes(pdf(""))
    asked = ("--schema", "schema.json", "-p", "In euros.", "-k", "reader", "--skill-id", "totals:2", "--no-wait")
    started = vlmrun("generate", *options, *asked, "--json", stdin=pdf("").decode("latin-1"))
    made = documents(started, "generate")
    assert f"vlmrun predictions get {made['id']} --wait" in started.err
    sent = next(request for request in reversed(server.requests) if request.path == route)
    body = _body(sent)
    assert body["batch"] is True
    assert body["config"]["json_schema"]["properties"] == {"total": {"type": "number"}}
    assert body["config"]["prompt"] == "In euros."
    assert [skill.get("skill_id", skill.get("name")) for skill in body["config"]["skills"]] == ["reader", "totals"]


def test_generate_with_a_model_of_a_module(vlmrun: Run, tmp_path: Path, server: LocalServer) -> None:
    """`--schema package.module:Model` is a pydantic model, found from the working folder."""
    (tmp_path / "app_models_17.py").write_text(
        "import pydantic\nclass Invoice(pydantic.BaseModel):\n    total: float\n"
    )
    assert vlmrun("generate", "scan.png", "-d", "document.invoice", "--schema", "app_models_17:Invoice").code == 0
    sent = next(request for request in reversed(server.requests) if request.path == "/v1/image/generate")
    assert _body(sent)["config"]["json_schema"]["title"] == "Invoice"
    for wrong in ("app_models_17:Nope", "no_such_module:A", "missing.json", "reader/SKILL.md"):
        assert vlmrun("generate", "scan.png", "-d", "document.invoice", "--schema", wrong).code == 2


def test_generate_draws(vlmrun: Run, tmp_path: Path) -> None:
    """`--draw` asks for the places of the fields, and draws them into a picture of the size of the input."""
    drawn = vlmrun("generate", "scan.png", "-d", "document.invoice", "--draw", "boxes.png", "--json")
    assert drawn.code == 0, drawn.err
    assert "Drew boxes.png" in drawn.err
    boxes = Image.open(io.BytesIO((tmp_path / "boxes.png").read_bytes()))
    assert boxes.size == (64, 32)
    assert len(set(boxes.tobytes())) > 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("scan.png",),
        ("scan.png", "-i", "scan.png", "-d", "d"),
        ("nope.png", "-d", "d"),
        ("scan.png", "-d", "d", "--draw", "a.png", "--no-wait"),
        ("https://example.com/a.png", "-d", "d", "--draw", "a.png"),
    ],
)
def test_generate_says_what_is_wrong(vlmrun: Run, server: LocalServer, arguments: tuple[str, ...]) -> None:
    """Before anything is sent."""
    before = len(server.requests)
    failed = vlmrun("generate", *arguments)
    assert (failed.code, failed.out) == (2, "")
    assert failed.err.startswith("Error: ")
    assert len(server.requests) == before


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_names_what_goes_on(vlmrun: Run, client: VLMRun) -> None:
    """Nothing is lost that has an id."""
    stopped = vlmrun("generate", "scan.png", "-d", "document.invoice")
    assert (stopped.code, stopped.out) == (130, "")
    named = re.search(r"The prediction (\S+) goes on", stopped.err)
    assert named is not None
    assert f"vlmrun predictions get {named[1]} --wait" in stopped.err
    assert vlmrun("predictions", "get", named[1], "--wait").code == 130
    execution = client.agent.execute(config={"prompt": "Read."})
    stopped = vlmrun("executions", "get", execution.id, "--wait")
    assert stopped.code == 130
    assert f"vlmrun executions get {execution.id} --wait" in stopped.err


@pytest.mark.usefixtures("no_pauses")
def test_a_timeout_names_what_goes_on(vlmrun: Run, server: LocalServer, client: VLMRun) -> None:
    """Exit code 6."""
    server.clock.never_end()
    execution = client.agent.execute(config={"prompt": "Read."})
    late = vlmrun("executions", "get", execution.id, "--wait", "--timeout", "0.05")
    server.clock.end_by_steps()
    assert (late.code, late.out) == (6, "")
    assert f"vlmrun executions get {execution.id} --wait" in late.err


@pytest.mark.usefixtures("no_pauses")
def test_what_failed_does_not_go_on(vlmrun: Run, server: LocalServer) -> None:
    """Exit code 1, and no advice to fetch it."""
    server.answer(Answer(outcome="failed", error="It is blank."))
    failed = vlmrun("generate", "scan.png", "-d", "document.invoice")
    assert (failed.code, failed.out) == (1, "")
    assert "It is blank." in failed.err
    assert "goes on" not in failed.err


@pytest.mark.usefixtures("no_pauses")
def test_executions(vlmrun: Run, client: VLMRun) -> None:
    """Executions are listed by their status and day, waited for and shown."""
    execution = client.agent.execute(config={"prompt": "Read."})
    done = documents(vlmrun("executions", "get", execution.id, "--wait", "--json"), "executions get")
    assert done["status"] == "completed"
    listed = documents(vlmrun("executions", "list", "--since", "2026-01-01", "-n", "1", "--json"), "executions list")
    assert listed == [done]
    assert documents(vlmrun("executions", "list", "--until", "2020-01-01", "--json"), "executions list") == []
    assert vlmrun("executions", "list", "--status", "paused").err == "Nothing found.\n"
    assert vlmrun("executions", "list", "--since", "yesterday").code == 2


# Artifacts and skills -------------------------------------------------------------------------------------------------


@needs_openai
def test_artifacts(vlmrun: Run, client: VLMRun, tmp_path: Path) -> None:
    """What a chat has made is listed, downloaded into a folder that is made, and written to stdout."""
    chat = client.agent.run("Make a thumbnail.", inputs=[content.image(tmp_path / "scan.png")])
    session = ("-s", str(chat.session_id))
    listed = documents(vlmrun("artifacts", "list", *session, "--json"), "artifacts list")
    object_id = listed[0]["object_id"]
    saved = documents(vlmrun("artifacts", "get", object_id, *session, "-o", "new/out", "--json"), "artifacts get")
    assert Image.open(io.BytesIO(Path(saved["path"]).read_bytes())).size == (64, 32)
    assert Path(saved["path"]).parent == Path("new/out")
    assert vlmrun("artifacts", "list", *session).out.split("\t")[0] == object_id
    for wrong in (
        ("list",),
        ("list", "-s", "a", "-e", "b"),
        ("get", object_id),
        ("get", object_id, *session, "--raw", "--json"),
    ):
        assert vlmrun("artifacts", *wrong).code == 2


@needs_openai
@pytest.mark.usefixtures("vlmrun")
def test_raw_artifact(client: VLMRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--raw` writes the bytes, and nothing else."""
    chat = client.agent.run("Make a thumbnail.", inputs=[content.image(tmp_path / "scan.png")])
    (artifact, *_) = client.artifacts.list(session_id=str(chat.session_id))
    stdout = io.TextIOWrapper(io.BytesIO(), write_through=True)
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["artifacts", "get", artifact.object_id, "-s", str(chat.session_id), "--raw"]) == 0
    assert isinstance(stdout.buffer, io.BytesIO)
    assert stdout.buffer.getvalue() == client.artifacts.get(artifact.object_id, session_id=str(chat.session_id))


def test_skills(vlmrun: Run, tmp_path: Path) -> None:
    """A skill is uploaded, found by its name and its id, listed and downloaded; another is made from a prompt."""
    made = documents(vlmrun("skills", "upload", "reader", "--json"), "skills upload")
    by_id = documents(vlmrun("skills", "get", made["id"], "--json"), "skills get")
    assert (
        documents(vlmrun("skills", "get", made["name"], "-V", made["skill_version"], "--json"), "skills get") == by_id
    )
    assert by_id in (documents(vlmrun("skills", "list", "-g", "--order-by", "name", "--asc", "--json"), "skills list"))
    assert made["id"] in vlmrun("skills", "list").out
    documents(vlmrun("skills", "download", made["name"], "-o", "copy", "--json"), "skills download")
    assert (tmp_path / "copy" / "SKILL.md").read_text() == (tmp_path / "reader" / "SKILL.md").read_text()
    (tmp_path / "prompt.md").write_text("Read the total.")
    options = ("--prompt-file", "prompt.md", "--schema", "schema.json", "-n", "totals", "-d", "For invoices.")
    created = documents(vlmrun("skills", "create", *options, "--json"), "skills create")
    assert created["name"] == "totals"
    for wrong in ((), ("-p", "a", "--file-id", "b"), ("--file-id", "b", "--schema", "schema.json"), ("-f", "nope.md")):
        assert vlmrun("skills", "create", *wrong).code == 2


# Catalogue ------------------------------------------------------------------------------------------------------------


def test_hub_and_models(vlmrun: Run) -> None:
    """Versions, domains, schemas and models."""
    assert documents(vlmrun("hub", "version", "--json"), "hub version")
    domains = documents(vlmrun("hub", "list", "--domain", "invoice", "--json"), "hub list")
    assert [domain["domain"] for domain in domains] == ["document.invoice"]
    schema = documents(vlmrun("hub", "schema", "document.invoice", "--json"), "hub schema")
    assert json.loads(vlmrun("hub", "schema", "document.invoice").out) == schema["json_schema"]
    models = documents(vlmrun("models", "list", "--domain", "document.invoice", "--json"), "models list")
    assert models == [{"model": "vlm-1", "domain": "document.invoice"}]
    assert vlmrun("models", "list", "--domain", "document.invoice").out == "vlm-1\tdocument.invoice\n"


# Faults and terminals -------------------------------------------------------------------------------------------------

CALLS: dict[str, tuple[str, ...]] = {
    "files": ("files", "list"),
    "executions": ("executions", "get", "e-1"),
    "predictions": ("predictions", "list"),
    "artifacts": ("artifacts", "list", "-s", "s-1"),
    "models": ("models", "list"),
    "skills": ("skills", "get", "reader"),
    "generate": ("generate", "scan.png", "-d", "document.invoice"),
}


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("name", CALLS)
def test_what_fails_has_an_exit_code_and_a_line(vlmrun: Run, server: LocalServer, name: str) -> None:
    """One for each kind of failure; with `--json`, too, stdout stays empty."""
    faults: tuple[tuple[FaultKind, int], ...] = (("rate_limited", 5), ("server_error", 1), ("unavailable", 1))
    for kind, code in faults:
        server.add_fault(Fault(kind, times=None))
        failed = vlmrun(*CALLS[name], "--json")
        server.reset()
        assert (failed.code, failed.out) == (code, ""), failed.err
        assert failed.err.startswith("Error: ")
    refused = vlmrun(*CALLS[name], "--api-key", "wrong")
    assert (refused.code, refused.out) == (3, "")
    assert "vlmrun auth login" in refused.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("files", "get", "f-1", "-o", "a"),
        ("files", "delete", "f-1"),
        ("executions", "get", "e-1", "--wait"),
        ("predictions", "get", "p-1", "--wait"),
        ("skills", "download", "nope"),
        ("hub", "schema", "no.such-domain"),
    ],
)
def test_what_is_not_there_is_not_found(vlmrun: Run, arguments: tuple[str, ...]) -> None:
    """Exit code 4; nothing goes on, and nothing is written."""
    missing = vlmrun(*arguments)
    assert (missing.code, missing.out) == (4, "")
    assert "goes on" not in missing.err


@needs_openai
def test_on_a_terminal(terminal: Run, client: VLMRun, tmp_path: Path) -> None:
    """Lists are tables with headings, and uploads and waiting show progress, which is gone at the end."""
    uploaded = terminal("files", "upload", "scan.png", "--force")
    assert "Uploading scan.png" in uploaded.out
    assert "\x1b[2K" in uploaded.out  # the bar is erased
    (listed, *_) = client.files.list()
    assert "Downloading scan.png" in terminal("files", "get", listed.id, "-o", "copy.png").out
    assert "NAME" in terminal("files", "list").out
    chat = client.agent.run("Make a thumbnail.", inputs=[content.image(tmp_path / "scan.png")])
    (artifact, *_) = client.artifacts.list(session_id=str(chat.session_id))
    shown = terminal("artifacts", "get", artifact.object_id, "-s", str(chat.session_id))
    assert f"Downloading {artifact.object_id}" in shown.out
    assert "Waiting for prediction" in terminal("generate", "scan.png", "-d", "document.invoice").out
    assert "Uploading" not in terminal("-q", "files", "upload", "scan.png", "--force").out


@pytest.mark.parametrize(
    ("width", "headings"), [("60", "ID STATUS"), ("80", "ID STATUS CREATED"), ("120", "ID STATUS CREATED DOMAIN")]
)
def test_a_table_has_the_columns_that_can_be_read(
    terminal: Run, monkeypatch: pytest.MonkeyPatch, client: VLMRun, width: str, headings: str
) -> None:
    """On a narrow terminal the last are left out; none is cut to a letter."""
    made = client.image.generate("document.invoice", [Image.new("RGB", (8, 8))], batch=True)
    monkeypatch.setenv("COLUMNS", width)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal("predictions", "list").out)  # without bold
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    assert lines[0].split() == headings.split()
    assert lines[-1].split()[0] == made.id
    assert max(map(len, lines)) <= int(width)


def test_no_progress_in_a_pipe(vlmrun: Run) -> None:
    """Nothing but the status of the prediction."""
    assert vlmrun("files", "upload", "scan.png", "--force").err == ""
    assert len(vlmrun("generate", "scan.png", "-d", "document.invoice").err.splitlines()) == 1
    assert vlmrun("generate", "scan.png", "-d", "document.invoice", "-q").err == ""


IMPORTS = """
import sys
from vlmrun.cli import main
for arguments in {arguments!r}:
    main(arguments)
print([name for name in ("openai", "rich", "PIL") if name in sys.modules], file=sys.stderr)
"""


def test_no_command_imports_openai_that_does_not_chat(server: LocalServer) -> None:
    """Nor rich, where nothing is shown to people on a terminal. One fresh interpreter for all."""
    arguments = [[*CALLS[name], "--json"] for name in CALLS if name != "generate"]
    arguments += [["gateway", "health"], ["gateway", "models", "--json"], ["hub", "list"]]
    arguments += [["gw", "s1", "-s", "Hi", "-Q", "Is it a greeting?", "--json"]]
    environment = {
        **os.environ,
        "VLMRUN_API_KEY": server.api_key,
        "VLMRUN_BASE_URL": server.base_url,
        "VLMRUN_GATEWAY_BASE_URL": server.gateway_url,
    }
    done = subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, "-c", IMPORTS.format(arguments=arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"
