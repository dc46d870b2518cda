"""`vlmrun gateway`: chats, embeddings, transcriptions, and System One with its gates."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("openai", reason="chats, embeddings and transcriptions are OpenAI's")

from PIL import Image
from pydantic import TypeAdapter

from support.cli import Result, Run, on_terminal, piped, serve
from vlmrun._lifetimes import waiting
from vlmrun.cli import _frames, _gates
from vlmrun.cli._errors import UsageError
from vlmrun.client.types import SystemOneResponse
from vlmrun.local import Fault, LocalServer

server = pytest.fixture(serve, scope="module", name="server")
vlmrun = pytest.fixture(piped, name="vlmrun")
terminal = pytest.fixture(on_terminal, name="terminal")


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch, server: LocalServer, tmp_path: Path) -> None:
    """The gateway of the server, an image in the working folder, and no pauses between retries."""
    server.reset()
    monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", server.gateway_url)
    Image.new("RGB", (64, 32), "white").save(tmp_path / "door.png")
    (tmp_path / "talk.mp3").write_bytes(b"ID3")

    def sleep(seconds: float) -> None:
        del seconds

    monkeypatch.setattr(waiting, "sleep", sleep)


def documents(result: Result, published: str, code: int = 0) -> Any:
    """The one document on stdout, which is of the type that is published, and loses nothing by it."""
    adapter = TypeAdapter[Any](importlib.import_module("vlmrun.cli._commands.gateway").OUTPUTS[published])
    assert result.code == code, result.err
    printed = json.loads(result.out)
    assert adapter.dump_python(adapter.validate_python(printed), mode="json") == printed
    return printed


def sent(server: LocalServer, path: str) -> dict[str, Any]:
    """The body of the newest request to a path."""
    body = next(request.body for request in reversed(server.requests) if request.path.endswith(path))
    return cast("dict[str, Any]", body)


def test_health(vlmrun: Run, server: LocalServer) -> None:
    """Up, or exit code 1."""
    assert documents(vlmrun("gw", "health", "--json"), "gateway health")["healthy"] is True
    assert vlmrun("gateway", "health").out == f"{server.gateway_url} is up.\n"


def test_models(vlmrun: Run) -> None:
    """All, or one by its name; another is not found."""
    listed = documents(vlmrun("gateway", "models", "--json"), "gateway models")
    assert [model["id"] for model in listed] == ["local/chat", "local/embed", "local/transcribe"]
    assert documents(vlmrun("gw", "models", "local/chat", "--json"), "gateway models") == listed[0]
    assert vlmrun("gw", "models", "no/such").code == 4


def test_chat(vlmrun: Run, server: LocalServer) -> None:
    """The answer for people, one document for programs, a line a piece with --jsonl; all fields are sent."""
    server.answer("It is open.", times=None)
    asked = ("gw", "chat", "door.png", "-m", "local/chat", "-p", "Is it open?")
    assert vlmrun(*asked).out == "It is open.\n"
    assert documents(vlmrun(*asked, "--json"), "gateway chat")["content"] == "It is open."
    pieces = [json.loads(line)["content"] for line in vlmrun(*asked, "--jsonl").out.splitlines()]
    assert "".join(pieces) == "It is open."
    assert len(pieces) > 1
    schema = '{"type": "object"}'
    more = ("-M", "ocr", "--method-params", '{"a": 1}', "-e", "document_dpi=150", "-e", "precision=high")
    assert vlmrun(*asked, *more, "--response-format", schema).code == 0
    body = sent(server, "/openai/chat/completions")
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url", "text"]
    assert {name: body[name] for name in ("method", "method_params", "document_dpi", "precision")} == {
        "method": "ocr",
        "method_params": {"a": 1},
        "document_dpi": 150,
        "precision": "high",
    }
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert vlmrun(*asked, "--json-mode").code == 0
    assert sent(server, "/openai/chat/completions")["response_format"] == {"type": "json_object"}


def test_chat_on_a_terminal(terminal: Run, server: LocalServer) -> None:
    """The answer is streamed, unless that is not wanted."""
    server.answer("It is open.", times=None)
    asked = ("gw", "chat", "door.png", "-m", "local/chat")
    assert "It is open." in terminal(*asked).out
    assert sent(server, "/openai/chat/completions")["stream"] is True
    assert "It is open." in terminal(*asked, "-ns").out
    assert not sent(server, "/openai/chat/completions").get("stream")


@pytest.mark.parametrize(
    "arguments",
    [
        ("chat", "-m", "a/b"),
        ("chat", "door.png"),
        ("chat", "nope.png", "-m", "a/b"),
        ("chat", "door.png", "-m", "a/b", "-e", "precision"),
        ("chat", "door.png", "-m", "a/b", "--method-params", "[1]"),
        ("chat", "door.png", "-m", "a/b", "--json-mode", "--response-format", "{}"),
        ("embed", "-m", "a/b"),
        ("transcribe", "-m", "a/b"),
        ("transcribe", "talk.mp3", "-m", "a/b", "-f", "docx"),
        ("transcribe", "nope.mp3", "-m", "a/b"),
        ("s1", "door.png"),
        ("s1", "-Q", "Open?"),
        ("s1", "door.png", "-Q", "Open?", "-g", "open>1"),
        ("s1", "door.png", "-Q", "Open?", "-g", "answer"),
        ("s1", "door.png", "-Q", "Open?", "--gate-mode", "some"),
        ("s1", "door.png", "--choice", "team"),
        ("s1", "-B", "[]"),
        ("s1", "talk.mp3", "-Q", "Open?"),
        ("s1", "-s", "@nope.txt", "-Q", "Open?"),
        ("s1", "-s", "Hi", "-Q", "Open?", "--ws"),
    ],
)
def test_usage(vlmrun: Run, server: LocalServer, arguments: tuple[str, ...]) -> None:
    """What cannot work is said before anything is sent: exit code 2."""
    failed = vlmrun("gw", *arguments)
    assert (failed.code, failed.out) == (2, ""), failed.err
    assert failed.err.startswith("Error: ")
    assert not server.work


def test_embed(vlmrun: Run, server: LocalServer) -> None:
    """One embedding for each input and text, or one of all."""
    asked = ("gw", "embed", "door.png", "-m", "local/embed", "-t", "a door", "-d", "3")
    found = documents(vlmrun(*asked, "--json"), "gateway embed")
    assert list(map(len, found["embeddings"])) == [3, 3]
    parts, text = sent(server, "/embeddings")["input"]
    assert (parts[0]["type"], text) == ("image_url", "a door")
    joined = documents(vlmrun(*asked, "--join", "--json"), "gateway embed")
    assert len(joined["embeddings"]) == 1
    assert [part["type"] for part in sent(server, "/embeddings")["input"][0]] == ["image_url", "text"]
    assert vlmrun(*asked).out.startswith("3 numbers: ")


@pytest.mark.parametrize(
    ("form", "begin"),
    [("text", "vlmrun"), ("srt", "1\n00:"), ("vtt", "WEBVTT\n"), ("json", "{"), ("verbose_json", "{")],
)
def test_transcribe(vlmrun: Run, form: str, begin: str) -> None:
    """Each format as it is; with --json a document."""
    asked = ("gw", "transcribe", "talk.mp3", "-m", "local/transcribe", "-f", form, "-l", "en", "-p", "VLM")
    assert vlmrun(*asked).out.startswith(begin)
    assert "talk.mp3" in documents(vlmrun(*asked, "--json"), "gateway transcribe")["text"]


def test_transcribe_a_url_and_stdin(vlmrun: Run) -> None:
    """A URL is sent as it is, as an argument or as an option."""
    for source in (("https://example.com/a.mp3",), ("--url", "https://example.com/a.mp3")):
        assert "audio of a URL" in vlmrun("gw", "transcribe", *source, "-m", "local/transcribe").out
    assert "3 bytes" in vlmrun("gw", "transcribe", "-", "-m", "local/transcribe", stdin=b"ID3").out


# System One -----------------------------------------------------------------------------------------------------------

ASKED = ("gw", "s1", "door.png", "-Q", "Is it open?")


def test_a_decision_has_exit_codes(vlmrun: Run, server: LocalServer) -> None:
    """0 passed, 1 a gate failed, 2 a request failed; the server here is as sure of yes as of no."""
    passed = documents(vlmrun(*ASKED, "-g", "answer>=0.5", "--json"), "gateway systemone")
    assert (passed["passed"], passed["decisions"][0]["input"]) == (True, "door.png")
    failed = documents(vlmrun(*ASKED, "-g", "answer>=0.5", "-g", "answer>0.9", "--json"), "gateway systemone", code=1)
    assert failed["decisions"][0]["failed_gates"] == ["answer>0.9"]
    people = vlmrun(*ASKED, "-g", "answer>0.9")
    assert (people.code, people.out) == (1, "answer  0.50\ngate failed: answer>0.9\n")
    for fault in ("rate_limited", "server_error", "unavailable"):
        server.add_fault(Fault(fault, path="/gateway/typesafe", times=None))
        broken = vlmrun(*ASKED, "-g", "answer>0.9", "--json")
        server.reset()
        assert (broken.code, broken.out) == (2, ""), broken.err
        assert broken.err.startswith("Error: ")


def test_a_decision_sends_what_is_asked(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """Questions in words, with labels and with levels; a state from a file; the settings."""
    (tmp_path / "state.json").write_text('{"mail": "Charged twice."}')
    (tmp_path / "body.json").write_text('{"questions": {"late": {"type": "noul"}}, "reasoning_effort": "low"}')
    questions = (
        "--noul",
        "urgent=Is it urgent?",
        "--choice",
        "team=billing,sales=Which team?",
        "--score",
        "mood=calm,angry",
    )
    settings = ("-m", "a/b", "--detail", "low", "--steps", "2", "--samples", "3", "-B", "body.json")
    assert vlmrun("gateway", "systemone", "door.png", "-s", "@state.json", *questions, *settings).code == 0
    body = sent(server, "/typesafe/v1/systemone")
    assert body["state"] == {"mail": "Charged twice."}
    assert body["questions"] == {
        "late": {"type": "noul"},
        "urgent": {"type": "noul", "instructions": "Is it urgent?"},
        "team": {"type": "choice", "instructions": "Which team?", "criteria": {"billing": None, "sales": None}},
        "mood": {"type": "score", "criteria": ["calm", "angry"]},
    }
    assert {name: body[name] for name in ("model", "steps", "samples", "reasoning_effort")} == {
        "model": "a/b",
        "steps": 2,
        "samples": 3,
        "reasoning_effort": "low",
    }
    assert body["content"][0]["image_url"]["detail"] == "low"


def test_a_state_from_stdin(vlmrun: Run, server: LocalServer) -> None:
    """Text, also if it begins like JSON."""
    assert vlmrun("gw", "s1", "-s", "-", "-Q", "Is it a greeting?", stdin="{Hi}").code == 0
    assert sent(server, "/typesafe/v1/systemone")["state"] == "{Hi}"


def test_many_decisions(vlmrun: Run, server: LocalServer) -> None:
    """Repeated, over a WebSocket one for each image, and a line each with --jsonl."""
    repeated = documents(vlmrun(*ASKED, "-r", "3", "-c", "2", "--json"), "gateway systemone")
    assert [decision["input"] for decision in repeated["decisions"]] == ["door.png"] * 3
    lines = vlmrun(*ASKED, "door.png", "--ws", "--jsonl").out.splitlines()
    assert [json.loads(line)["input"] for line in lines] == ["door.png", "door.png"]
    assert len(server.work) == 5
    raw = vlmrun(*ASKED, "-R").json()
    assert isinstance(raw, dict)
    assert raw["answers"]["answer"]["noul"] == 0.5


def test_gate_mode(vlmrun: Run) -> None:
    """`any` passes if one decision does; none does here."""
    assert vlmrun(*ASKED, "-r", "2", "-g", "answer<0.1", "--gate-mode", "any").code == 1
    assert vlmrun(*ASKED, "-r", "2", "-g", "answer>0.1", "--gate-mode", "any").code == 0


def test_a_dry_run_sends_nothing(vlmrun: Run, server: LocalServer) -> None:
    """It prints what would be asked."""
    shown = documents(vlmrun(*ASKED, "-s", "Hi", "--dry-run", "--json"), "gateway systemone --dry-run")
    assert shown["questions"] == {"answer": {"type": "noul", "instructions": "Is it open?"}}
    assert not server.work


def test_models_of_system_one(vlmrun: Run) -> None:
    """`models` in place of inputs lists them."""
    (model,) = documents(vlmrun("gw", "s1", "models", "--json"), "gateway systemone")
    assert model["name"] == "google/diffusiongemma-26b-a4b-it"


def nowhere(program: str) -> None:
    """Where a program is that is not installed."""
    del program


def test_without_ffmpeg_a_video_is_not_read(vlmrun: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom")
    monkeypatch.setattr(shutil, "which", nowhere)
    missing = vlmrun("gw", "s1", "a.mp4", "-Q", "Open?")
    assert missing.code == 2
    assert "ffmpeg" in missing.err


def test_frames_are_those_of_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told how many, and a video that it cannot read is a usage error with its reason."""
    monkeypatch.setattr(shutil, "which", "/usr/bin/{}".format)
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        if len(commands) == 1:
            Image.new("RGB", (8, 8)).save(tmp_path / "000001.jpg")
            return subprocess.CompletedProcess(command, 0, "", "")
        return subprocess.CompletedProcess(command, 1, "", "moov atom not found\n")

    monkeypatch.setattr(subprocess, "run", run)
    assert _frames.frames_of(Path("-a.mp4"), tmp_path, 2.0, 5) == [tmp_path / "000001.jpg"]
    assert commands[0][commands[0].index("-vf") + 1] == "fps=2"
    assert commands[0][commands[0].index("-frames:v") + 1] == "5"
    with pytest.raises(UsageError, match="moov atom"):
        _frames.frames_of(Path("a.mp4"), tmp_path, 2.0, 5)


DECISION = SystemOneResponse.model_validate(
    {
        "answers": {
            "open": {"type": "noul", "noul": 0.8},
            "team": {"type": "choice", "choice": "billing", "confidence": 0.7},
            "mood": {"type": "score", "score": 1.5},
        }
    }
)


@pytest.mark.parametrize(
    ("gate", "passes"),
    [
        ("open>=0.8", True),
        ("open > 0.8", False),
        ("open<0.9", True),
        ("open<=0.1", False),
        ("open!=0.8", False),
        ("mood==1.5", True),
        ("team=billing", True),
        ("team=sales", False),
        ("team!=sales", True),
        ("team.confidence>0.6", True),
    ],
)
def test_gates(gate: str, passes: bool) -> None:  # a table
    """Numbers are compared, labels are equal or not."""
    assert _gates.parse(gate, {"open", "team", "mood"}).passes(DECISION) is passes


@pytest.mark.parametrize("gate", ["team>1", "open=yes", "mood.confidence>0.1"])
def test_gates_that_cannot_be_compared(gate: str) -> None:
    """They are usage errors, and never pass."""
    with pytest.raises(UsageError):
        _gates.parse(gate, {"open", "team", "mood"}).passes(DECISION)
