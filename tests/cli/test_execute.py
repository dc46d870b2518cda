"""`vlmrun execute`: what it starts, what it waits for, and what is left of it when it ends early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel

from support.cli import Run, on_terminal, piped, serve
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.local import Answer, Fault, LocalServer

one_server = pytest.fixture(serve, scope="module", name="one_server")
vlmrun = pytest.fixture(piped, name="vlmrun")
terminal = pytest.fixture(on_terminal, name="terminal")

PNG = b"\x89PNG\r\n\x1a\n"
SOON = ["--poll-interval", "0.001"]


class Invoice(BaseModel):
    """What `--schema` names."""

    total: float


@pytest.fixture
def server(one_server: LocalServer) -> Iterator[LocalServer]:
    """The server of this module, without what another test has told it."""
    one_server.reset()
    yield one_server
    one_server.reset()


def test_json(vlmrun: Run, server: LocalServer) -> None:
    """It waits, and prints the execution as one document."""
    server.answer(Answer(output={"total": 3}))
    document = vlmrun("execute", "-n", "agent", "-p", "Read it.", "--json", *SOON).json()
    jsonschema.validate(document, AgentExecutionResponse.model_json_schema())
    done = AgentExecutionResponse.model_validate(document)
    assert (done.status, done.response) == ("completed", {"total": 3})


def test_people_see_the_result(vlmrun: Run, terminal: Run, server: LocalServer) -> None:
    """Text as it is, or as Markdown on a terminal; other results as JSON."""
    server.answer("Some **bold** text.")
    assert vlmrun("execute", "-p", "Read it.", *SOON).out == "Some **bold** text.\n"
    assert "**" not in terminal("execute", "-p", "Read it.", *SOON).out
    server.reset()
    server.answer(Answer(output={"total": 3}))
    assert json.loads(vlmrun("execute", "-p", "Read it.", *SOON).out) == {"total": 3}


def test_options_are_sent(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """The schema of a file or of a model, inputs in their order, skills and toolsets; stdin is the task if asked."""
    (tmp_path / "schema.json").write_text('{"type": "object", "properties": {"total": {"type": "number"}}}')
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    options = ["-i", "b.txt", "-i", "a.txt", "-t", "document", "--skill-id", "one", "--no-wait", "--json"]
    started = vlmrun("execute", "-p", "stdin", "--schema", "schema.json", *options, stdin="Read it.")
    assert AgentExecutionResponse.model_validate(started.json()).status != "completed"
    sent = server.requests[-1]
    assert [file.filename for file in sent.files] == ["b.txt", "a.txt"]
    config = sent.execution.config
    assert config is not None
    assert (config.prompt, config.json_schema) == (
        "Read it.",
        {"type": "object", "properties": {"total": {"type": "number"}}},
    )
    assert sent.execution.toolsets == ["document"]


def test_schema_of_a_model(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """`package.module:Model`, found from the working folder."""
    (tmp_path / "models_of_test.py").write_text(
        "import pydantic\n\nclass Deep:\n    class Total(pydantic.BaseModel):\n        total: float\n"
    )
    assert vlmrun("execute", "-p", "x", "--no-wait", "--schema", "models_of_test:Deep.Total").code == 0
    config = server.requests[-1].execution.config
    assert config is not None
    assert config.json_schema is not None
    assert config.json_schema["properties"] == {"total": {"title": "Total", "type": "number"}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing says what to do"),
        (("-p", "x", "--schema", "missing.json"), "missing.json"),
        (("-p", "x", "--schema", "no.such.module:Model"), "cannot be imported"),
        (("-p", "x", "--schema", "json:JSONDecoder"), "no pydantic model"),
        (("-p", "x", "--schema", "list.json"), "no JSON schema"),
        (("-p", "x", "--schema", "broken.json"), "no JSON"),
        (("-p", "x", "--timeout", "-1"), "timeout"),
        (("-p", "x", "--no-wait", "-o", "out"), "--no-wait"),
    ],
)
def test_usage(vlmrun: Run, server: LocalServer, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """What cannot work is said before anything is sent."""
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "broken.json").write_text("{")
    shown = vlmrun("execute", *arguments)
    assert (shown.code, shown.out) == (2, "")
    assert said in shown.err
    assert list(server.work) == []


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_failed(vlmrun: Run, server: LocalServer, outcome: str) -> None:
    """An execution without a result is exit code 1."""
    server.answer(Answer(outcome="failed" if outcome == "failed" else "cancelled", error="Because."))
    shown = vlmrun("execute", "-p", "x", "--json", *SOON)
    assert (shown.code, shown.out) == (1, "")
    assert shown.err.startswith("Error: ")
    assert "goes on" not in shown.err


def test_timeout(vlmrun: Run, server: LocalServer) -> None:
    """It goes on, and how to fetch it is said: exit code 6."""
    server.add_fault(Fault("stalled_headers", path="/v1/agent/executions", times=None))
    shown = vlmrun("execute", "-p", "x", "--timeout", "0.05", *SOON)
    (work,) = server.work
    assert shown.code == 6
    assert f"vlmrun executions get {work.id} --wait" in shown.err


def test_ctrl_c(vlmrun: Run, server: LocalServer) -> None:
    """So it is after Ctrl-C."""
    server.add_fault(Fault("stalled_headers", path="/v1/agent/executions", times=None))
    shown = vlmrun(
        "execute", "-p", "x", ctrl_c=lambda _: "executions" in server.requests[-1].path if server.requests else False
    )
    (work,) = server.work
    assert (shown.code, shown.out) == (130, "")
    assert f"vlmrun executions get {work.id} --wait" in shown.err


def test_artifacts_are_saved(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """Into -o, which is made; without it they stay where they are."""
    server.answer(Answer(text="See img_a1b2c3 and doc_string.", artifacts={"img_a1b2c3": PNG}))
    shown = vlmrun("execute", "-p", "Draw.", "-o", "new/out", "--json", *SOON)
    assert AgentExecutionResponse.model_validate(shown.json()).status == "completed"
    path = Path("new/out/img_a1b2c3.png")
    assert (tmp_path / path).read_bytes() == PNG
    assert f"Saved img_a1b2c3 as {path}" in shown.err
    assert vlmrun("execute", "-p", "Draw.", *SOON).code == 0
    assert len(list(tmp_path.rglob("*.png"))) == 1


def test_an_artifact_that_cannot_be_saved(vlmrun: Run, server: LocalServer) -> None:
    """The result is shown all the same, and the exit code says that something is missing."""
    server.answer(Answer(text="See img_a1b2c3.", artifacts={"img_a1b2c3": PNG}))
    server.add_fault(Fault("redirect_loop", path="/v1/artifacts", times=None))
    shown = vlmrun("execute", "-p", "Draw.", "-o", "out", *SOON)
    assert (shown.code, shown.out) == (1, "See img_a1b2c3.\n")


def test_a_folder_that_cannot_be_made(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """It is said before anything is sent: no paid work is lost."""
    (tmp_path / "file").write_text("")
    shown = vlmrun("execute", "-p", "x", "-o", "file/out")
    assert (shown.code, shown.out, list(server.work)) == (2, "", [])
    assert "cannot be made" in shown.err
