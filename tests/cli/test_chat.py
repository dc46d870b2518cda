"""`vlmrun chat`: what it sends, what it prints for people and programs, what it saves, and how it fails."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from PIL import Image
from pydantic import BaseModel

pytest.importorskip("openai", reason="chats require it")

from support.cli import Run, on_terminal, piped, serve
from vlmrun.cli import main
from vlmrun.cli._chats import cache_of
from vlmrun.cli._markdown import complete
from vlmrun.cli._models import ChatAnswer, ChatPiece
from vlmrun.local import Answer, Fault, LocalServer

one_server = pytest.fixture(serve, scope="module", name="one_server")
vlmrun = pytest.fixture(piped, name="vlmrun")
terminal = pytest.fixture(on_terminal, name="terminal")

PNG = b"\x89PNG\r\n\x1a\n"
NOT_AGAIN = {"x-should-retry": "false"}


@pytest.fixture
def server(one_server: LocalServer) -> Iterator[LocalServer]:
    """The server of this module, without what another test has told it."""
    one_server.reset()
    yield one_server
    one_server.reset()


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Eight pictures, whose order tells."""
    for number in range(8):
        Image.new("RGB", (10 + number, 10)).save(tmp_path / f"p{number}.png")
    return [f"p{number}.png" for number in range(8)]


class Chat(BaseModel):
    """The body of a chat, as far as these tests look at it."""

    model: str
    messages: list[Message]
    session_id: str | None = None
    toolsets: list[str] | None = None
    skills: list[dict[str, str]] | None = None


class Message(BaseModel):
    """A message of it."""

    content: str | list[dict[str, object]]

    def parts(self) -> list[dict[str, object]]:
        """Its parts, without the prompt behind them."""
        assert isinstance(self.content, list)
        assert self.content[-1]["type"] == "text"
        return self.content[:-1]


def chats(server: LocalServer) -> list[Chat]:
    """The chats that the server has received."""
    return [Chat.model_validate(one.body) for one in server.requests if one.path.endswith("/completions")]


def names_of_files(server: LocalServer) -> list[str | None]:
    """The names of the files in the last chat."""
    (*_, last) = (one for one in server.requests if one.path.endswith("/completions"))
    return [file.filename for file in last.files]


# What public skills write: each has been seen in one of them.
FORMS = [
    ["Describe what you see in this image in detail", "-i", "photo.jpg"],
    ["Compare these two images", "-i", "before.jpg", "-i", "after.jpg"],
    ["Generate a photorealistic image of a cabin", "-o", "./generated"],
    ["Remove the background", "-i", "product.jpg", "-o", "./output"],
    ["Transcribe this lecture with timestamps for each section", "-i", "lecture.mp4", "--json"],
    ["-p", "long_prompt.txt", "-i", "photo.jpg"],
    ["-p", "What is in this image?", "-i", "photo.jpg"],
    ["Create a new scene", "-i", "photo.jpg", "-s", "c0a8012e-0000-4000-8000-000000000000"],
    ["Create a new scene", "--session", "c0a8012e-0000-4000-8000-000000000000"],
    ["What is visible?", "-i", "photo.jpg", "-nd"],
    ["What is visible?", "-ns", "-j"],
    ["Use the skill", "-k", "./skill/"],
    ["Extract", "-i", "photo.jpg", "-m", "vlmrun-orion-1:pro", "-f", "json"],
    ["-", "-i", "photo.jpg"],
    ["-p", "stdin", "-i", "photo.jpg"],
    ["-i", "photo.jpg"],
]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_forms_of_public_skills(vlmrun: Run, server: LocalServer, tmp_path: Path, form: list[str]) -> None:
    """The command lines that public skills have run as written."""
    for name in ("photo.jpg", "before.jpg", "after.jpg", "product.jpg", "lecture.mp4"):
        Image.new("RGB", (4, 4)).save(tmp_path / name, "JPEG")
    (tmp_path / "long_prompt.txt").write_text("From a file.\n")
    (tmp_path / "skill").mkdir()
    (tmp_path / "skill" / "SKILL.md").write_text("---\nname: one\ndescription: two\n---\n")
    server.answer("An answer.")
    if "-s" in form or "--session" in form:  # a chat that exists
        started = ChatAnswer.model_validate(vlmrun("chat", "Start", "--json").json()).session_id
        assert started is not None
        form = [started if part.startswith("c0a8") else part for part in form]
    shown = vlmrun("chat", *form, stdin="From stdin.")
    assert shown.code == 0, shown.err
    if {"--json", "-j", "json"} & set(form):
        assert json.loads(shown.out)["content"] == "An answer."
    else:
        assert shown.out == "An answer.\n"


def test_key_before_the_command(vlmrun: Run, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a public skill writes it."""
    monkeypatch.delenv("VLMRUN_API_KEY")
    assert vlmrun("--api-key", server.api_key, "chat", "Hi").code == 0


@pytest.mark.parametrize("options", [(), ("-ns",)])
def test_json(vlmrun: Run, server: LocalServer, options: tuple[str, ...]) -> None:
    """One document, which fits the published schema, streamed or not; and nothing else on stdout."""
    server.answer(Answer(text="Two words.", usage={"credits_used": 3}))
    document = vlmrun("chat", "Hi", "--json", *options).json()
    jsonschema.validate(document, ChatAnswer.model_json_schema())
    answer = ChatAnswer.model_validate(document)
    assert answer.content == "Two words."
    assert answer.session_id
    assert answer.id
    assert answer.usage is not None
    assert answer.usage.credits_used == 3
    assert answer.latency_s > 0


def test_jsonl(vlmrun: Run, server: LocalServer) -> None:
    """A line for each piece, and the answer in the last; each fits its schema."""
    server.answer(Answer(chunks=["One ", "two."]))
    *pieces, last = map(json.loads, vlmrun("chat", "Hi", "--jsonl").out.splitlines())
    for piece in pieces:
        jsonschema.validate(piece, ChatPiece.model_json_schema())
    jsonschema.validate(last, ChatAnswer.model_json_schema())
    assert "".join(piece["content"] for piece in pieces) == last["content"] == "One two."


def test_order_of_inputs(vlmrun: Run, server: LocalServer, pictures: list[str]) -> None:
    """Files come in the order of the command line, however their uploads end; each is uploaded once."""
    given = [*reversed(pictures), "p3.png", "./p3.png"]
    assert vlmrun("chat", "Which?", *(part for name in given for part in ("-i", name))).code == 0
    assert names_of_files(server) == [Path(name).name for name in given]
    assert sum(work.kind == "file" for work in server.work) == len(pictures)


def test_folders_globs_urls_and_stdin(vlmrun: Run, server: LocalServer, tmp_path: Path, pictures: list[str]) -> None:
    """A folder is what is in it and not hidden, sorted; so is a glob; a URL is sent as it is; - is stdin."""
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    for name in ("b.png", "a.png", "deep/c.png", ".hidden.png"):
        (folder / name).write_bytes((tmp_path / pictures[0]).read_bytes() + name.encode())
    arguments = ["-i", "folder", "-i", "p[12].png", "-i", "https://example.com/x.png?signed=1", "-i", "-"]
    shown = vlmrun("chat", "Which?", *arguments, stdin=(tmp_path / "p7.png").read_bytes())
    assert shown.code == 0, shown.err
    uploaded = ["a.png", "b.png", "c.png", "p1.png", "p2.png"]
    assert names_of_files(server) == [*uploaded, None, "stdin"]
    parts = chats(server)[-1].messages[0].parts()
    assert parts[5] == {"type": "image_url", "image_url": {"url": "https://example.com/x.png?signed=1"}}


def test_options_are_sent(vlmrun: Run, server: LocalServer) -> None:
    """Toolsets, skills, the model, and the chat to continue."""
    first = vlmrun(
        "chat", "Hi", "-m", "vlmrun-orion-2:pro", "-t", "image", "-t", "web", "--skill-id", "one:2", "--json"
    )
    sent = chats(server)[-1]
    assert sent.model == "vlmrun-orion-2:pro"
    assert sent.toolsets == ["image", "web"]
    assert sent.skills == [{"type": "skill_reference", "skill_id": "one", "skill_version": "2"}]
    assert sent.session_id is None
    assert vlmrun("chat", "Again", "--continue").code == 0
    assert chats(server)[-1].session_id == ChatAnswer.model_validate(first.json()).session_id


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        ((), "", "there is no prompt"),
        (("-p", ""), "", "the prompt is empty"),
        (("-",), "", "stdin is empty"),
        (("-", "-i", "-"), "x", "both the prompt and an input"),
        (("Hi", "-i", "missing.pdf"), "", "missing.pdf"),
        (("Hi", "-i", "*.nothing"), "", "matches no files"),
        (("Hi", "--continue"), "", "no chat to continue"),
        (("Hi", "-k", "missing"), "", "missing"),
        (("Hi", "-f", "xml"), "", "json"),
    ],
)
def test_usage(vlmrun: Run, server: LocalServer, arguments: tuple[str, ...], stdin: str, said: str) -> None:
    """What cannot work is said before anything is sent: exit code 2."""
    shown = vlmrun("chat", *arguments, stdin=stdin)
    assert (shown.code, shown.out) == (2, "")
    assert said in shown.err
    assert list(server.work) == []


# Artifacts ------------------------------------------------------------------------------------------------------------


def test_artifacts_are_saved(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """Into -o, which is made; ordinary words, and ids that the server does not have, are no errors."""
    server.answer(Answer(text="See img_a1b2c3 and doc_string.", artifacts={"img_a1b2c3": PNG}))
    shown = vlmrun("chat", "Draw", "-o", "new/out", "--json")
    answer = ChatAnswer.model_validate(shown.json())
    (saved,) = answer.artifacts
    path = str(Path("new/out/img_a1b2c3.png"))
    assert saved.path == path
    assert (tmp_path / path).read_bytes() == PNG
    assert path in shown.err


def test_artifacts_go_to_the_cache(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """Without -o they are saved where the official command line has them, and with -nd nowhere."""
    server.answer(Answer(text="See img_a1b2c3.", artifacts={"img_a1b2c3": PNG}))
    kept = ChatAnswer.model_validate(vlmrun("chat", "Draw", "-nd", "--json").json())
    assert [artifact.path for artifact in kept.artifacts] == [None]
    answer = ChatAnswer.model_validate(vlmrun("chat", "Draw", "--json").json())
    assert answer.session_id is not None
    folder = tmp_path / "home" / ".vlmrun" / "cache" / "artifacts" / answer.session_id
    assert [path.name for path in folder.iterdir()] == ["img_a1b2c3.png"]


def test_the_cache_is_never_left() -> None:
    """Whatever the server calls a chat, its artifacts are saved below the cache."""
    cache = cache_of("x").parent
    for session_id in ("../../x", "/etc", "..", ".", "", "a\\b", "a\0b", "x" * 1000):
        folder = cache_of(session_id)
        assert folder.parent == cache
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,100}", folder.name)


# On a terminal --------------------------------------------------------------------------------------------------------


def test_markdown_on_a_terminal(terminal: Run, server: LocalServer) -> None:
    """Markdown is rendered, and an answer cannot move the cursor: its control characters are not shown."""
    server.answer(Answer(chunks=["# Ti", "tle\n\nSome **bo", "ld** text.\x1b[2J\x1b]0;x\x07\n\n- item"]))
    whole = terminal("chat", "Hi").out
    assert "\x1b[1mbold\x1b[0m" in whole
    assert "• item" in re.sub(r"\x1b\[[0-9;]*m", "", whole)
    assert "\x1b[2J" not in whole
    assert "\x1b]0;" not in whole


def test_no_colour_on_a_terminal(terminal: Run, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is obeyed."""
    monkeypatch.setenv("NO_COLOR", "1")
    server.answer(Answer(status=404, error="gone", headers=NOT_AGAIN))
    assert not re.search(r"\x1b\[(3[0-9]|4[0-9]|9[0-9])m", terminal("chat", "Hi").out)


def test_json_on_a_terminal(terminal: Run, server: LocalServer) -> None:
    """The document has no colours, and what stands beside it is stderr's."""
    server.answer("Fine.")
    shown = terminal("chat", "Hi", "--json", "-q").out
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert json.loads(shown[shown.index("{") :])["content"] == "Fine."


def test_progress(terminal: Run, vlmrun: Run, pictures: list[str]) -> None:
    """Uploads and the wait are shown on a terminal; not with -q, and not in a pipe."""
    arguments = ["chat", "Hi", "-nd", "-i", pictures[0]]
    shown = terminal(*arguments).out
    assert "Uploading p0.png" in shown
    assert "Waiting for the agent" in shown
    assert "Uploading" not in terminal(*arguments, "-q").out
    assert "Uploading" not in vlmrun(*arguments).err


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
@pytest.mark.usefixtures("vlmrun")
def test_any_character(monkeypatch: pytest.MonkeyPatch, server: LocalServer, encoding: str) -> None:
    """A character that stdout does not take is escaped; JSON is valid all the same."""
    server.answer(lambda _: "é 🙂")
    for option in ("--json", "-q"):
        stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stdout)
            assert main(["chat", "Hi", option]) == 0
        stdout.seek(0)
        if option == "--json":
            assert json.loads(stdout.read())["content"] == "é 🙂"


@pytest.mark.parametrize(
    ("markdown", "complete_part"),
    [
        ("one", ""),
        ("one\n", ""),
        ("one\n\ntwo", "one\n\n"),
        ("one\n\n```\na\n\nb", "one\n\n"),
        ("```\na\n\nb\n```\n\nc", "```\na\n\nb\n```\n\n"),
        ("~~~\na\n \nb", ""),
    ],
)
def test_complete_paragraphs(markdown: str, complete_part: str) -> None:
    """A paragraph is complete with the empty line behind it, and a block of code with its end."""
    assert markdown[: complete(markdown)] == complete_part


def test_conversation(terminal: Run, server: LocalServer, pictures: list[str]) -> None:
    """Without a prompt it is a conversation: each prompt continues the chat, an error does not end it, /exit does."""
    server.answer(Answer(status=404, error="Not there.", headers=NOT_AGAIN), when="broken")
    shown = terminal("chat", stdin=f"First\n/add {pictures[0]}\nSecond\nbroken\n/exit\nnever\n")
    assert shown.code == 0
    assert "Not there." in shown.out
    first, second, _ = chats(server)
    assert first.session_id is None
    assert second.session_id is not None
    assert second.messages[0].parts()[0]["type"] == "input_file"


@pytest.mark.parametrize(
    ("variables", "begins"),
    [
        ({"KITTY_WINDOW_ID": "1"}, "\x1b_Gf=100,a=T,m=0;"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]1337;File=inline=1;"),
        ({"TERM": "foot"}, "\x1bPq"),
        ({"VLMRUN_IMAGES": "off", "KITTY_WINDOW_ID": "1"}, None),
        ({}, None),
    ],
)
def test_pictures(
    terminal: Run,
    server: LocalServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    pictures: list[str],
    variables: dict[str, str],
    begins: str | None,
) -> None:
    """An image is shown where the terminal can, and named everywhere."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    data = (tmp_path / pictures[0]).read_bytes()
    server.answer(Answer(text="See img_a1b2c3.", artifacts={"img_a1b2c3": data}))
    shown = terminal("chat", "Draw", "-o", "out").out
    assert "img_a1b2c3.png" in shown
    if begins is None:
        assert not re.search(r"\x1b_G|\x1b]1337|\x1bP", shown)
    else:
        assert begins in shown


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"), [(400, 1), (401, 3), (402, 5), (403, 3), (404, 4), (429, 5), (500, 1), (503, 1)]
)
@pytest.mark.parametrize("options", [(), ("-ns", "--json")])
def test_refusals(vlmrun: Run, server: LocalServer, status: int, code: int, options: tuple[str, ...]) -> None:
    """Each status has its exit code, and one readable line; stdout is empty, and no traceback is shown."""
    server.answer(Answer(status=status, error="Because.", headers=NOT_AGAIN))
    shown = vlmrun("chat", "Hi", *options)
    assert (shown.code, shown.out) == (code, "")
    assert shown.err.startswith("Error: ")
    assert "Because." in shown.err
    assert re.search(r"\(request id req-\w+\)", shown.err)
    assert "Traceback" not in shown.err
    assert len(shown.err.splitlines()) <= 2


def test_debug(vlmrun: Run, server: LocalServer) -> None:
    """A traceback is shown with --debug only."""
    server.answer(Answer(status=404, error="Because.", headers=NOT_AGAIN))
    assert "Traceback" in vlmrun("chat", "Hi", "--debug").err


def test_cut_stream(vlmrun: Run, server: LocalServer) -> None:
    """What had arrived is shown, it is no success, and the chat can be continued."""
    server.answer("One two three four five six seven eight nine ten.")
    server.add_fault(Fault("stream_cut", path="/v1/openai"))
    shown = vlmrun("chat", "Hi")
    assert shown.code == 1
    assert shown.out.startswith("One ")
    assert shown.out.endswith("\n")
    assert "Continue it with: vlmrun chat PROMPT -s " in shown.err


def test_timeout(vlmrun: Run, server: LocalServer) -> None:
    """No answer in time is exit code 6."""
    server.add_fault(Fault("stalled_headers", path="/v1/openai", times=None))
    assert vlmrun("chat", "Hi", "--timeout", "0.05", "-ns").code == 6


@pytest.mark.usefixtures("vlmrun", "server")
def test_closed_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever stops reading is no error: nothing is said."""
    reader, writer = os.pipe()
    os.close(reader)
    with monkeypatch.context() as patch, open(writer, "w", encoding="utf-8") as stdout:
        patch.setattr(sys, "stdout", stdout)
        assert main(["chat", "Hi"]) == 0
    assert capsys.readouterr().err == ""


# Ctrl-C ---------------------------------------------------------------------------------------------------------------


def test_ctrl_c_while_uploading(vlmrun: Run, server: LocalServer, pictures: list[str]) -> None:
    """What is uploaded already is named with its id."""
    server.add_fault(Fault("stalled_headers", path="/v1/files/hash", times=1))
    arguments = [part for name in pictures[:5] for part in ("-i", name)]

    def fifth_begins(_: str) -> bool:  # four are uploaded at a time: one of them is done
        return sum("hash" in one.path for one in server.requests) == 5

    shown = vlmrun("chat", "Hi", *arguments, ctrl_c=fifth_begins)
    assert (shown.code, shown.out) == (130, "")
    assert "Interrupted." in shown.err
    named = re.findall(r"its id is (\S+)\.$", shown.err, re.MULTILINE)
    assert named
    assert set(named) <= {work.id for work in server.work}


def test_ctrl_c_while_streaming(vlmrun: Run, server: LocalServer) -> None:
    """What had arrived is shown, and how to continue the chat is said."""
    server.answer(Answer(chunks=["One ", "two ", "three."], delay=0.1))
    shown = vlmrun("chat", "Hi", ctrl_c=lambda out: "One" in out)
    assert shown.code == 130
    assert shown.out.startswith("One ")
    assert "Continue it with: vlmrun chat PROMPT -s " in shown.err


def test_ctrl_c_while_waiting(vlmrun: Run, server: LocalServer) -> None:
    """Before the answer begins there is nothing to lose."""
    server.add_fault(Fault("stalled_headers", path="/v1/openai", times=None))
    shown = vlmrun("chat", "Hi", ctrl_c=lambda _: any("completions" in one.path for one in server.requests))
    assert (shown.code, shown.out) == (130, "")


def test_ctrl_c_while_downloading(vlmrun: Run, server: LocalServer) -> None:
    """The answer is not lost, nor is the id that the artifacts are fetched with."""
    server.answer(Answer(text="See img_a1b2c3.", artifacts={"img_a1b2c3": PNG}))
    server.add_fault(Fault("stalled_headers", path="/v1/artifacts", times=None))
    shown = vlmrun("chat", "Hi", "--json", ctrl_c=lambda _: any("artifacts" in one.path for one in server.requests))
    assert shown.code == 130
    answer = ChatAnswer.model_validate_json(shown.out)
    assert answer.content == "See img_a1b2c3."
    assert f"vlmrun artifacts list -s {answer.session_id}" in shown.err


def test_a_folder_that_cannot_be_made(vlmrun: Run, server: LocalServer, tmp_path: Path) -> None:
    """It is said before anything is sent: no paid work is lost."""
    (tmp_path / "file").write_text("")
    shown = vlmrun("chat", "Hi", "-o", "file/out")
    assert (shown.code, shown.out, list(server.work)) == (2, "", [])
    assert "cannot be made" in shown.err
