"""Stored skills on the wire, per API.md §3.9, §15 and §20; their zip files are unpacked and never lead outside."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import BaseModel

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import FILE, SKILL, SKILL_URL, Answer, Answerer, Sent, fake_wire, json_answer, vlm_run, zipped
from vlmrun import Skill, VLMRun
from vlmrun._http import strangers
from vlmrun._lifetimes import waiting
from vlmrun._resources import unpacking
from vlmrun.client.exceptions import (
    InputError,
    MissingFileError,
    PermissionDeniedError,
    ResourceNotFoundError,
    ResponseValidationError,
)
from vlmrun.client.types import SkillDownloadResponse, SkillInfo

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]
MAIN = "---\nname: reader\ndescription: Reads receipts.\n---\nRead it.\n"
STORAGE = "https://vlmrun.test/storage/"


class Invoice(BaseModel):
    total: float


def query_of(sent: Sent) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(sent.url).query))


# What goes out --------------------------------------------------------------------------------------------------------

CASES: dict[str, tuple[Use, str, str, object]] = {
    "by id": (lambda c: c.skills.get(id="a/b?c"), "GET", "/skills/a%2Fb%3Fc", None),
    "by name": (lambda c: c.skills.get("reader"), "POST", "/skills/lookup", {"name": "reader"}),
    "by name, by name": (lambda c: c.skills.get(name="reader"), "POST", "/skills/lookup", {"name": "reader"}),
    "a version": (
        lambda c: c.skills.get("reader", skill_version="5"),
        "POST",
        "/skills/lookup",
        {"name": "reader", "skill_version": "5"},
    ),
    "a version, by its older name": (
        lambda c: c.skills.get(id="s", version="5"),
        "POST",
        "/skills/lookup",
        {"id": "s", "skill_version": "5"},
    ),
    "from a prompt": (lambda c: c.skills.create("Read it."), "POST", "/skills/create", {"prompt": "Read it."}),
    "from a long prompt": (
        lambda c: c.skills.create("Read it. " * 1000),  # ids have a limit, prompts have none
        "POST",
        "/skills/create",
        {"prompt": "Read it. " * 1000},
    ),
    "with a schema": (
        lambda c: c.skills.create("Read it.", {"type": "object"}, name="reader", description="Reads."),
        "POST",
        "/skills/create",
        {"prompt": "Read it.", "json_schema": {"type": "object"}, "name": "reader", "description": "Reads."},
    ),
    "with a model": (
        lambda c: c.skills.create(prompt="Read it.", response_model=Invoice),
        "POST",
        "/skills/create",
        {"prompt": "Read it.", "json_schema": Invoice.model_json_schema()},
    ),
    "from a chat": (
        lambda c: c.skills.create(session_id="s", name="reader"),
        "POST",
        "/skills/create",
        {"session_id": "s", "name": "reader"},
    ),
    "from a file": (lambda c: c.skills.create(file_id="f"), "POST", "/skills/create", {"file_id": "f"}),
    "update": (lambda c: c.skills.update("a/b", "f"), "POST", "/skills/a%2Fb/update", {"file_id": "f"}),
    "update its description": (
        lambda c: c.skills.update("s", description="Reads."),
        "POST",
        "/skills/s/update",
        {"description": "Reads."},
    ),
    "where it is": (lambda c: c.skills.download("a/b"), "GET", "/skills/a%2Fb/download", None),
}


@both_colours
@pytest.mark.parametrize(("use", "method", "path", "body"), CASES.values(), ids=CASES.keys())
def test_a_call_makes_its_request(colour: Colour, use: Use, method: str, path: str, body: object) -> None:
    """Each sends the documented request, with what is set and nothing else."""
    with fake_wire() as sent:
        answer = colour.run(use)
    [request] = sent
    assert (request.method, request.url) == (method, f"{BASE_URL}{path}")
    assert (request.json() if request.body else None) == body
    assert request.header("authorization") == f"Bearer {API_KEY}"
    expected = SkillDownloadResponse.model_validate(SKILL_URL) if path.endswith("download") else _skill()
    assert answer == expected


def _skill() -> SkillInfo:
    return SkillInfo.model_validate(SKILL)


@both_colours
def test_a_list_is_asked_for_with_what_is_set(colour: Colour) -> None:
    """Booleans go out as JSON writes them; the server's defaults hold for what is not set."""
    with fake_wire() as sent:
        colour.run(lambda c: c.skills.list())
        colour.run(lambda c: c.skills.list(limit=5, offset=2, order_by="name", descending=False, grouped=True))
    assert [query_of(request) for request in sent] == [
        {"limit": "25", "offset": "0"},
        {"limit": "5", "offset": "2", "order_by": "name", "descending": "false", "grouped": "true"},
    ]


def test_a_list_goes_on_to_its_end() -> None:
    """Iterating asks for page after page; versions of one skill are all there, also where they share an id."""
    stock = [{**SKILL, "skill_version": f"v{number}"} for number in range(5)]

    def answer(sent: Sent) -> Answer:
        query = query_of(sent)
        start = int(query["offset"])
        return json_answer(stock[start : start + int(query["limit"])])

    with fake_wire(answer) as sent:
        found = [skill.skill_version for skill in VLMRun(API_KEY, BASE_URL).skills.list(limit=2)]
    assert found == ["v0", "v1", "v2", "v3", "v4"]
    assert [query_of(request)["offset"] for request in sent] == ["0", "2", "4", "5"]


REFUSED: dict[str, tuple[Use, str]] = {
    "neither name nor id": (lambda c: c.skills.get(), "name or id"),
    "both": (lambda c: c.skills.get("a", "b"), "name or id"),
    "two versions": (lambda c: c.skills.get("a", skill_version="1", version="2"), "skill_version and version"),
    "an id that is none": (lambda c: c.skills.get(id=".."), "id"),
    "no mode": (lambda c: c.skills.create(name="a"), "prompt, session_id or file_id"),
    "two modes": (lambda c: c.skills.create("a", file_id="f"), "got prompt and file_id"),
    "a schema without a prompt": (lambda c: c.skills.create(file_id="f", json_schema={}), "json_schema"),
    "a model without a prompt": (lambda c: c.skills.create(session_id="s", response_model=Invoice), "response_model"),
    "a schema and a model": (lambda c: c.skills.create("a", {}, response_model=Invoice), "json_schema"),
    "a model that is none": (lambda c: c.skills.create("a", response_model=int), "response_model"),
    "nothing to update": (lambda c: c.skills.update("s"), "file_id or description"),
    "limit": (lambda c: c.skills.list(limit=0), "limit"),
    "offset": (lambda c: c.skills.list(offset=-1), "offset"),
    "descending": (lambda c: c.skills.list(descending="yes"), "descending"),
    "order_by": (lambda c: c.skills.list(order_by=""), "order_by"),
}


@both_colours
@pytest.mark.parametrize(("use", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_meant_is_refused(colour: Colour, use: Use, words: str) -> None:
    """The error names the argument, and nothing is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match=words):
        colour.run(use)
    assert sent == []


def test_an_answer_may_say_little_or_more() -> None:
    """Older servers call the version `version`; what has no name here is kept; a URL is not shown."""
    skill = SkillInfo.model_validate({"id": "s", "name": "n", "version": "5", "of_tomorrow": 1})
    assert (skill.skill_version, skill.model_extra) == ("5", {"of_tomorrow": 1})
    assert SkillInfo(id="s", name="n", skill_version="6").skill_version == "6"
    assert "sesame" not in repr(SkillDownloadResponse.model_validate(SKILL_URL))


# From a folder --------------------------------------------------------------------------------------------------------


def _folder(tmp_path: Path, name: str = "receipts") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "SKILL.md").write_text(MAIN)
    (folder / ".env").write_text("KEY=secret")
    return folder


@both_colours
def test_a_folder_is_uploaded_and_becomes_a_skill(colour: Colour, tmp_path: Path) -> None:
    """Zip, upload, create; the reference has the id, the name and the version that the server gave."""
    pytest.importorskip("yaml", reason="front matter is read with it")
    folder = _folder(tmp_path)
    with fake_wire() as sent:
        skill = colour.run(lambda c: c.skills.create_from_directory(folder))
    assert [(request.method, request.path) for request in sent] == [
        ("GET", sent[0].path),
        ("POST", "/v1/files"),
        ("POST", "/v1/skills/create"),
    ]
    assert query_of(sent[1])["purpose"] == "assistants"
    bundle = Skill.from_directory(folder).bundle
    assert bundle is not None
    assert bundle in sent[1].body
    assert b"secret" not in sent[1].body
    assert sent[2].json() == {"file_id": FILE["id"], "name": "reader", "description": "Reads receipts."}
    assert type(skill) is Skill
    assert skill == {
        "type": "skill_reference",
        "skill_id": SKILL["id"],
        "skill_name": SKILL["name"],
        "skill_version": SKILL["skill_version"],
    }


@both_colours
def test_a_name_and_a_description_of_ones_own(colour: Colour, tmp_path: Path) -> None:
    """They win over the front matter."""
    pytest.importorskip("yaml", reason="front matter is read with it")
    folder = _folder(tmp_path)
    with fake_wire() as sent:
        colour.run(lambda c: c.skills.create_from_directory(folder, "mine", "My own."))
    assert sent[-1].json() == {"file_id": FILE["id"], "name": "mine", "description": "My own."}


@both_colours
def test_a_folder_that_is_none_is_named_as_the_argument_is(colour: Colour, tmp_path: Path) -> None:
    """The error says `directory`; nothing is sent."""
    with fake_wire() as sent:
        with pytest.raises(MissingFileError, match=r"^directory") as raised:
            colour.run(lambda c: c.skills.create_from_directory(tmp_path / "nowhere"))
        with pytest.raises(InputError, match=r"^directory"):
            colour.run(lambda c: c.skills.create_from_directory(5))
    assert sent == []
    assert "path does not" not in str(raised.value.args)


# Into a folder --------------------------------------------------------------------------------------------------------


def serving(data: bytes, status: int = 200) -> Answerer:
    """A server whose skill has these bytes."""
    return lambda sent: Answer(status, data) if sent.url.startswith(STORAGE) else vlm_run(sent)


def saying(answer: Answer) -> Answerer:
    """A server that always says this."""
    return lambda _: answer


def download(folder: object) -> Use:
    return lambda client: client.skills.download("s-1", folder)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@both_colours
def test_the_files_of_a_skill_come_into_a_folder(colour: Colour, tmp_path: Path) -> None:
    """A folder that does not exist, or is empty; the key does not go to the storage."""
    content: dict[str, str | bytes] = {"SKILL.md": MAIN, "resources/a.txt": "a", "resources/deep/b.bin": b"\0\xff"}
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        folder = tmp_path / name
        with fake_wire(serving(zipped(content))) as sent:
            assert colour.run(download(folder)) == folder
        assert files_in(folder) == {
            "SKILL.md": MAIN.encode(),
            "resources/a.txt": b"a",
            "resources/deep/b.bin": b"\0\xff",
        }
        ticket, fetched = sent
        assert (ticket.path, fetched.url) == ("/v1/skills/s-1/download", SKILL_URL["download_url"])
        assert fetched.header_names <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert API_KEY not in str(fetched)


@both_colours
def test_scripts_stay_executable(colour: Colour, tmp_path: Path) -> None:
    """Of what an entry says of its mode, only that the owner may execute it counts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, mode in {"run.py": 0o4777, "a.txt": 0o600}.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(info, "x")
    with fake_wire(serving(buffer.getvalue())):
        colour.run(download(tmp_path / "new"))
    assert [stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) & 0o7700 for name in ("run.py", "a.txt")] == [
        0o700,
        0o600,
    ]


def _linked(target: str = "/etc/passwd") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
        archive.writestr("link/file", "x")
    return buffer.getvalue()


def _twice(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "x")
    return buffer.getvalue()


def _renamed(name: bytes) -> bytes:
    """A zip file with an entry of a name that zipfile would not write."""
    return zipped({"x" * len(name): "content"}).replace(b"x" * len(name), name)


HOSTILE: dict[str, bytes] = {
    "parent": zipped({"SKILL.md": MAIN, "../evil.txt": "x"}),
    "parent inside": zipped({"a/../../evil.txt": "x"}),
    "absolute": zipped({"/evil.txt": "x"}),
    "drive": zipped({"C:/evil.txt": "x"}),
    "stream": zipped({"a.txt:hidden": "x"}),
    "backslash": _renamed(b"..\\evil.txt"),
    "current": zipped({"./evil.txt": "x"}),
    "empty part": zipped({"a//b": "x"}),
    "device": zipped({"a/CON": "x"}),
    "device with suffix": zipped({"nul.txt": "x"}),
    "trailing dot": zipped({"a./b": "x"}),
    "control": zipped({"a\nb": "x"}),
    "long": zipped({"a" * 300: "x"}),
    "link": _linked(),
    "twice": _twice("a", "A"),
    "file and folder": _twice("a", "a/b"),
    "no zip": b"PK\x03\x04 no zip",
    "empty": b"",
    "cut": zipped({"SKILL.md": MAIN * 100})[:-30],
    "damaged": zipped({"SKILL.md": MAIN}).replace(b"Read it.", b"Read me."),
}


@both_colours
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_written_of_a_hostile_zip(colour: Colour, data: bytes, tmp_path: Path) -> None:
    """It is rejected as a whole: nothing is in the folder, beside it or left over."""
    home = tmp_path / "home"
    home.mkdir()
    with fake_wire(serving(data)), pytest.raises(ResponseValidationError, match="cannot be unpacked"):
        colour.run(download(home / "new"))
    assert list(tmp_path.rglob("*")) == [home]
    (home / "there").mkdir()
    with fake_wire(serving(data)), pytest.raises(ResponseValidationError):
        colour.run(download(home / "there"))
    assert list(tmp_path.rglob("*")) == [home, home / "there"]


@both_colours
@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [("MAX_BUNDLE_BYTES", 100, "100 bytes"), ("_MAX_BYTES", 500, "more than 500"), ("_MAX_ENTRIES", 1, "entries")],
)
def test_what_is_too_large_is_rejected(
    colour: Colour, limit: str, value: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In bytes as they arrive, in bytes when they are unpacked, and in entries."""
    monkeypatch.setattr(unpacking, limit, value)
    data = zipped({"a": b"\0" * 300, "b": b"\0" * 300})
    with fake_wire(serving(data)), pytest.raises(ResponseValidationError, match=words):
        colour.run(download(tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []


@both_colours
def test_a_folder_that_cannot_be_used_is_refused(colour: Colour, tmp_path: Path) -> None:
    """Nothing is sent, and nothing in it is touched."""
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    with fake_wire() as sent:
        for folder in (full, full / "mine.txt", full / "a" / "b", "", 5, "a\0b"):
            with pytest.raises(InputError, match="folder"):
                colour.run(download(folder))
    assert sent == []
    assert files_in(tmp_path) == {"full/mine.txt": b"mine"}


@both_colours
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (saying(json_answer({"detail": "no"}, 404)), ResourceNotFoundError),
        (serving(b"<Signature>sesame-4712</Signature>", 403), PermissionDeniedError),
        (saying(json_answer({"download_url": "file:///etc/passwd"})), ResponseValidationError),
        (saying(json_answer({"download_url": "https://"})), ResponseValidationError),
    ],
    ids=["no skill", "refused", "no http", "no host"],
)
def test_a_download_that_fails_leaves_nothing(
    colour: Colour, answer: Answerer, kind: type[Exception], tmp_path: Path
) -> None:
    """No folder is left, and the error says nothing of the signature."""
    with fake_wire(answer), pytest.raises(kind) as raised:
        colour.run(download(tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []
    assert "sesame" not in f"{raised.value} {vars(raised.value)}"
    assert "invoice-reader" not in str(raised.value)


@both_colours
def test_a_download_that_breaks_off_begins_anew(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry writes the file from its start."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(waiting, "sleep", waited.append)
    monkeypatch.setattr(waiting, "async_sleep", sleep)
    answers = iter([Answer(503, b"later"), Answer(200, zipped({"SKILL.md": MAIN}))])
    with fake_wire(lambda sent: next(answers) if sent.url.startswith(STORAGE) else vlm_run(sent)):
        colour.run(download(tmp_path / "new"), max_retries=1)
    assert files_in(tmp_path / "new") == {"SKILL.md": MAIN.encode()}
    assert len(waited) == 1


# Where the files are --------------------------------------------------------------------------------------------------

ELSEWHERE = "https://files.test/skill.zip?X-Signature=sesame-4713"


def at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Every host has this address."""

    def look_up(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port))]

    monkeypatch.setattr(strangers, "getaddrinfo", look_up)


def kept_elsewhere(sent: Sent) -> Answer:
    if "/storage/" in sent.url or "skill.zip" in sent.url:
        return Answer(200, zipped({"SKILL.md": MAIN}))
    return json_answer({"download_url": ELSEWHERE})


@both_colours
def test_another_host_is_reached_at_a_public_address(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request goes to the address that was checked, without the key."""
    at(monkeypatch, "93.184.215.14")
    with fake_wire(kept_elsewhere) as sent:
        colour.run(download(tmp_path / "new"))
    assert files_in(tmp_path / "new") == {"SKILL.md": MAIN.encode()}
    assert sent[-1].url == "https://93.184.215.14/skill.zip?X-Signature=sesame-4713"
    assert (sent[-1].header("host"), sent[-1].header("authorization")) == ("files.test", None)


@both_colours
def test_a_private_address_is_refused_unless_it_is_allowed(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent there and no folder is left; the error says what to do, and shows no signature."""
    at(monkeypatch, "169.254.169.254")
    with fake_wire(kept_elsewhere) as sent, pytest.raises(InputError, match="not a public address") as raised:
        colour.run(download(tmp_path / "new"))
    assert len(sent) == 1
    assert list(tmp_path.iterdir()) == []
    assert "allow_private=True" in str(raised.value)
    assert "sesame" not in str(raised.value)
    with fake_wire(kept_elsewhere) as sent:
        colour.run(lambda client: client.skills.download("s-1", tmp_path / "new", allow_private=True))
    assert sent[-1].url == ELSEWHERE
    assert files_in(tmp_path / "new") == {"SKILL.md": MAIN.encode()}


@both_colours
def test_whether_it_is_allowed_is_a_bool(colour: Colour, tmp_path: Path) -> None:
    """Nothing is sent where it is something else."""
    with fake_wire() as sent, pytest.raises(InputError, match="allow_private must be a bool"):
        colour.run(lambda client: client.skills.download("s-1", tmp_path / "new", allow_private="no"))
    assert sent == []
