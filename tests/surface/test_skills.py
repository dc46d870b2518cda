"""Skills: the object that is sent, what a folder must be like, and what is said of one that cannot be used."""

from __future__ import annotations

import base64
import copy
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import vlmrun
from vlmrun._inputs import bundles
from vlmrun.client.exceptions import DependencyError, InputError
from vlmrun.client.types import AgentExecutionConfig, AgentSkill
from vlmrun.skills import Skill

SKILL_MD = "---\nname: reader\ndescription: Reads invoices.\n---\n# Reader\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A skill, as small as can be."""
    path = tmp_path / "reader"
    path.mkdir()
    (path / "SKILL.md").write_text(SKILL_MD, encoding="utf-8")
    return path


def zipped(**files: str) -> bytes:
    """A zip file; `__` in a name is a slash, and `_` a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return buffer.getvalue()


BUNDLE = zipped(SKILL_md=SKILL_MD)


def names_in(skill: Skill) -> list[str]:
    """The entries of a skill's bundle, in their order."""
    assert skill.bundle is not None
    with zipfile.ZipFile(io.BytesIO(skill.bundle)) as archive:
        return archive.namelist()


def refused(make: Callable[[], object]) -> InputError:
    """The error that a bad argument is refused with; it says what to do."""
    with pytest.raises(InputError) as caught:
        make()
    assert caught.value.suggestion
    return caught.value


# `Any`, as arguments of the wrong type are the point.
def from_directory(path: Any, **options: Any) -> Skill:
    """`Skill.from_directory`, without its types."""
    return Skill.from_directory(path, **options)


# What is sent ---------------------------------------------------------------------------------------------------------


def test_a_reference_is_the_documented_object() -> None:
    """`skill_id` and `skill_version`, which is the latest where none is asked for; nothing else."""
    reference = Skill.reference("reader")
    assert reference == {"type": "skill_reference", "skill_id": "reader", "skill_version": "latest"}
    assert Skill.reference("reader", version="20260219-abc123")["skill_version"] == "20260219-abc123"
    assert (reference.id, reference.version) == ("reader", "latest")
    assert (reference.name, reference.description, reference.bundle) == (None, None, None)


def test_an_inline_skill_is_the_documented_object() -> None:
    """The bundle in base64, with its name and description; no id and no version."""
    inline = Skill.inline(BUNDLE, name="reader", description="Reads.")
    data = base64.b64encode(BUNDLE).decode()
    assert json.loads(json.dumps(inline)) == {
        "type": "inline",
        "name": "reader",
        "description": "Reads.",
        "source": {"type": "base64", "media_type": "application/zip", "data": data},
    }
    assert (inline.name, inline.description, inline.bundle) == ("reader", "Reads.", BUNDLE)
    assert (inline.id, inline.version) == (None, None)


@pytest.mark.parametrize("value", ["", " ", None, 7, b"reader"], ids=repr)
def test_a_text_that_is_none_is_refused(value: Any) -> None:
    """Every text must be a non-empty string, and the error names the argument."""
    assert "skill" in refused(lambda: Skill.reference(value)).message
    assert "version" in refused(lambda: Skill.reference("reader", version=value)).message
    assert "name" in refused(lambda: Skill.inline(BUNDLE, name=value, description="d")).message
    assert "description" in refused(lambda: Skill.inline(BUNDLE, name="n", description=value)).message


@pytest.mark.parametrize(
    ("bundle", "said"),
    [
        ("UEs=", "must be bytes, not str"),
        (None, "must be bytes, not NoneType"),
        (b"", "not a valid zip file"),
        (b"PK\x03\x04 and no more", "not a valid zip file"),
        (BUNDLE[:-4], "not a valid zip file"),
        (zipped(), "SKILL.md"),
        (zipped(reader__SKILL_md=SKILL_MD), "SKILL.md"),
        (zipped(skill_md=SKILL_MD), "SKILL.md"),
    ],
    ids=["str", "None", "empty", "garbage", "cut off", "no file", "in a folder", "another case"],
)
def test_a_bundle_that_is_none_is_refused(bundle: Any, said: str) -> None:
    """A bundle is the bytes of a zip file with `SKILL.md` at its root."""
    assert said in refused(lambda: Skill.inline(bundle, name="n", description="d")).message


@given(st.data())
def test_a_damaged_bundle_is_no_surprise(data: st.DataObject) -> None:
    """Whatever the bytes, they make a skill or an `InputError`."""
    damaged = bytearray(BUNDLE)
    for place in data.draw(st.lists(st.integers(0, len(BUNDLE) - 1), min_size=1, max_size=4)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        Skill.inline(bytes(damaged), name="n", description="d")
    except InputError as error:
        refusal = error
    else:
        return
    assert "bundle" in refusal.message


def test_a_bundle_may_be_so_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more than the most is refused."""
    monkeypatch.setattr(bundles, "MAX_BUNDLE_BYTES", len(BUNDLE))
    Skill.inline(BUNDLE, name="n", description="d")
    monkeypatch.setattr(bundles, "MAX_BUNDLE_BYTES", len(BUNDLE) - 1)
    assert "bytes" in refused(lambda: Skill.inline(BUNDLE, name="n", description="d")).message


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"name": 7, "description": None, "skill_id": [], "skill_version": 2, "source": "UEs="},
        {"source": {"data": 7}},
        {"source": {"data": "*"}},
        {"source": {"data": "\u00e9"}},
        {"source": {}},
    ],
    ids=str,
)
def test_the_properties_read_whatever_is_there(wire: dict[str, object]) -> None:
    """A dict of any kind may be a skill: what is not there, or cannot be read, is `None`."""
    skill = Skill(wire)
    assert (skill.name, skill.description, skill.id, skill.version, skill.bundle) == (None,) * 5
    assert repr(skill) == "Skill()"


def test_a_repr_says_what_it_is_and_not_what_is_in_it() -> None:
    """The bundle is counted, not shown."""
    inline = Skill.inline(BUNDLE, name="reader", description="Reads.")
    assert repr(inline) == f"Skill(type='inline', name='reader', bundle={len(BUNDLE):,} bytes)"
    assert str([inline]) == f"[{inline!r}]"
    assert repr(Skill.reference("r")) == "Skill(type='skill_reference', id='r', version='latest')"


def test_copies_are_skills() -> None:
    """Copied and pickled, a skill is an equal skill."""
    skill = Skill.inline(BUNDLE, name="reader", description="Reads.")
    for other in (copy.copy(skill), copy.deepcopy(skill), pickle.loads(pickle.dumps(skill))):  # noqa: S301  # our own
        assert type(other) is Skill
        assert other == skill


# As a field -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wire",
    [
        Skill.reference("reader"),
        Skill.inline(BUNDLE, name="reader", description="Reads."),
        {"type": "skill_reference", "skill_name": "of-old", "version": "latest"},
        {"type": "of-tomorrow", "url": "https://example.com/skill", "skill_id": None},
    ],
    ids=["reference", "inline", "legacy", "of tomorrow"],
)
def test_a_field_takes_skills_and_their_objects(wire: dict[str, Any]) -> None:
    """Either becomes a `Skill`, and is written as the same JSON."""
    config = AgentExecutionConfig.model_validate({"skills": [wire]})
    assert config.skills == [wire]
    assert [type(skill) for skill in config.skills or []] == [Skill]
    assert json.loads(config.model_dump_json(exclude_unset=True)) == {"skills": [wire]}
    assert config.model_dump(mode="json", exclude_unset=True) == {"skills": [wire]}
    assert AgentExecutionConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"type": None, "skill_id": "reader"}, ("skills", 0, "type")),
        ({"type": "skill_reference", "skill_id": 7}, ("skills", 0, "skill_id")),
        ({"type": "inline", "skill_id": "reader", "source": {"data": ""}}, ("skills", 0)),
        ("reader", ("skills", 0)),
    ],
    ids=["type of another type", "id of another type", "both forms", "a str"],
)
def test_a_field_refuses_what_is_no_skill(value: object, place: tuple[str | int, ...]) -> None:
    """The error says where."""
    with pytest.raises(ValidationError) as caught:
        AgentExecutionConfig.model_validate({"skills": [value]})
    assert [error["loc"] for error in caught.value.errors()] == [place]


TAUGHT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "by name": (
        {"skill_name": "reader", "skill_version": "3"},
        {"type": "skill_reference", "skill_name": "reader", "skill_version": "3"},
    ),
    "by id": ({"skill_id": "s-1"}, {"type": "skill_reference", "skill_id": "s-1", "skill_version": "latest"}),
    "version": ({"version": "3"}, {"type": "skill_reference", "skill_version": "3"}),
    "both versions": (
        {"skill_id": "s-1", "version": "3", "skill_version": "3"},
        {"type": "skill_reference", "skill_id": "s-1", "skill_version": "3"},
    ),
    "with its type": (
        {"type": "skill_reference", "skill_id": "s-1", "version": "3"},
        {"type": "skill_reference", "skill_id": "s-1", "skill_version": "3"},
    ),
    "inline": (
        {"name": "n", "description": "", "source": {"type": "base64", "data": "UEs="}},
        {"type": "inline", "name": "n", "description": "", "source": {"type": "base64", "data": "UEs="}},
    ),
    "unknown type": ({"type": "of-tomorrow", "name": "n"}, {"type": "of-tomorrow", "name": "n"}),
}


@pytest.mark.parametrize("how", TAUGHT)
def test_keywords_make_a_whole_skill(how: str) -> None:
    """As `AgentSkill` of the official SDK: the type and the version have defaults, and a config takes it."""
    fields, wire = TAUGHT[how]
    skill = AgentSkill(**fields)
    assert skill == wire
    assert AgentExecutionConfig(skills=[skill]).skills == [wire]
    if wire["type"] == "skill_reference":
        assert (skill.skill_id, skill.skill_name) == (wire.get("skill_id"), wire.get("skill_name"))
        assert skill.skill_version == skill.version == wire["skill_version"]
        assert skill.id == (wire.get("skill_id") or wire.get("skill_name"))


@pytest.mark.parametrize("how", ["by name", "by id", "version", "inline"])
def test_a_field_has_the_same_defaults(how: str) -> None:
    """An object without a type means the same in a config, as chats of the documentation have it."""
    fields, wire = TAUGHT[how]
    assert AgentExecutionConfig.model_validate({"skills": [fields]}).skills == [wire]


@pytest.mark.parametrize(
    "fields",
    [
        {"skill_id": ""},
        {"skill_id": 7},
        {"skill_name": b"reader"},
        {"skill_version": 3},
        {"type": " "},
        {"description": 5},
        {"source": "UEs="},
        {"skill_id": "s", "version": "1", "skill_version": "2"},
    ],
    ids=str,
)
def test_keywords_that_make_no_skill_are_refused(fields: dict[str, Any]) -> None:
    """By name, before anything is sent."""
    assert next(reversed(fields)) in refused(lambda: AgentSkill(**fields)).message


def test_validation_leaves_what_it_is_given_alone() -> None:
    """The caller's object is copied, not changed."""
    wire: dict[str, Any] = {"type": "skill_reference", "skill_id": "reader", "skill_version": None}
    given_, before = [wire], copy.deepcopy(wire)
    config = AgentExecutionConfig.model_validate({"skills": given_})
    assert given_ == [before]
    assert given_[0] is wire
    assert config.skills is not None
    config.skills[0]["skill_id"] = "writer"
    assert wire == before


def test_users_models_may_have_skills() -> None:
    """It is a field of any model, which has a JSON schema."""

    class Task(BaseModel):
        skill: Skill

    assert Task(skill=Skill.reference("reader")).model_dump() == {"skill": Skill.reference("reader")}
    assert Task.model_json_schema()["properties"]["skill"]["required"] == ["type"]


def test_the_taught_name_is_the_same_class() -> None:
    """`AgentSkill`, as the official SDK has it, is `Skill`."""
    assert AgentSkill is Skill


# A folder -------------------------------------------------------------------------------------------------------------


def test_a_folder_becomes_an_inline_skill(folder: Path) -> None:
    """Name and description are those of the front matter, entries are relative to the folder, sorted and plain."""
    (folder / "resources").mkdir()
    (folder / "resources" / "a.txt").write_text("a")
    (folder / "resources-b.txt").write_text("b")
    (folder / "schema.json").write_text("{}")
    (folder / "pipeline.py").write_text("x = 1")
    (folder / "pipeline.py").chmod(0o700)
    (folder / "schema.json").chmod(0o604)
    skill = Skill.from_directory(folder)
    assert (skill["type"], skill.name, skill.description) == ("inline", "reader", "Reads invoices.")
    assert names_in(skill) == ["SKILL.md", "pipeline.py", "resources-b.txt", "resources/a.txt", "schema.json"]
    assert skill.bundle is not None
    with zipfile.ZipFile(io.BytesIO(skill.bundle)) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.compress_type == zipfile.ZIP_DEFLATED
            mode = "0o100755" if info.filename == "pipeline.py" and sys.platform != "win32" else "0o100644"
            assert (info.create_system, oct(info.external_attr >> 16)) == (3, mode)
        assert archive.read("SKILL.md").decode() == SKILL_MD
    assert skill == from_directory(str(folder)) == from_directory(os.path.relpath(folder))


def test_arguments_go_before_front_matter(folder: Path) -> None:
    """What is given is taken, also where the front matter has nothing to take, and the file is sent as it is."""
    skill = Skill.from_directory(folder, name="other", description="Another.")
    assert (skill.name, skill.description) == ("other", "Another.")
    (folder / "SKILL.md").write_text("---\nname: [1]\n---\n")
    assert Skill.from_directory(folder, name="other", description="Another.").name == "other"
    assert (
        "name must be a non-empty string"
        in refused(lambda: Skill.from_directory(folder, name="", description="d")).message
    )


READABLE = {
    "CRLF": (SKILL_MD.replace("\n", "\r\n").encode(), "Reads invoices."),
    "CR": (SKILL_MD.replace("\n", "\r").encode(), "Reads invoices."),
    "BOM": (b"\xef\xbb\xbf" + SKILL_MD.encode(), "Reads invoices."),
    "BOM and CRLF": (b"\xef\xbb\xbf" + SKILL_MD.replace("\n", "\r\n").encode(), "Reads invoices."),
    "folded": (b"---\nname: reader\ndescription: >-\n  Reads\n  invoices.\nlicense: MIT\n---\n", "Reads invoices."),
    "literal": (b"---\nname: reader\ndescription: |-\n  a\n\n  --- b\n  ---\n---\n", "a\n\n--- b\n---"),
    "literal, to the last line end": (b"---\nname: reader\ndescription: |\n  a\n---\n", "a\n"),
    "quoted": (b"---\nname: \"reader\"\ndescription: 'a: b # c'\n---", "a: b # c"),
    "nested": (b"---\nmetadata:\n  name: no\n  description: no\nname: reader\ndescription: yes.\n---\n", "yes."),
    "comment": (b"--- \n# a comment\nname: reader # of invoices\ndescription: d\n--- \n", "d"),
    "a rule further down": (b"---\nname: reader\ndescription: d\n---\n\n---\nname: no\n---\n", "d"),
    "beyond ASCII": ("---\nname: reader\ndescription: Prüft 发票\n---\n".encode(), "Prüft 发票"),
}


@pytest.mark.parametrize("how", READABLE)
def test_front_matter_is_read_as_yaml(how: str, folder: Path) -> None:
    """Whatever YAML can say, with any line ends and with a byte order mark, as far as the second `---`."""
    content, description = READABLE[how]
    (folder / "SKILL.md").write_bytes(content)
    skill = Skill.from_directory(folder)
    assert (skill.name, skill.description) == ("reader", description)
    assert skill.bundle is not None
    assert zipfile.ZipFile(io.BytesIO(skill.bundle)).read("SKILL.md") == content


WITHOUT = {
    "empty": (b"", "no front matter", "", ""),
    "none": (b"# Reader\n", "no front matter", "", ""),
    "later": (b"\n" + SKILL_MD.encode(), "no front matter", "", ""),
    "a longer rule": (b"----\nname: reader\n----\n", "no front matter", "", ""),
    "nothing in it": (b"---\n---\n", "no name and no description in its front matter", "", ""),
    "no name": (b"---\ndescription: d\n---\n", "no name in its front matter", "", "d"),
    "no description": (b"---\nname: writer\n---\n", "no description in its front matter", "writer", ""),
    "an empty line": (b"---\nname:\ndescription: d\n---\n", "no name in its front matter", "", "d"),
}


@pytest.mark.parametrize("how", WITHOUT)
def test_what_front_matter_does_not_say(how: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is the folder's, as in the official SDK, and a warning at the caller's line names the file."""
    content, said, name, description = WITHOUT[how]
    (folder / "SKILL.md").write_bytes(content)
    monkeypatch.chdir(folder)
    for path in (folder, Path(".")):
        with pytest.warns(UserWarning, match="front matter") as caught:
            skill = Skill.from_directory(path)
        (warning,) = caught
        assert warning.filename == __file__
        assert str(warning.message).startswith(f"{os.path.join(path, 'SKILL.md')} has {said}: ")
        assert ("folder's name, 'reader'" in str(warning.message)) is (not name)
        assert (skill.name, skill.description) == (name or "reader", description)
        assert skill["description"] == description
    # Nothing is said where nothing is missing; `-W error` is on.
    given_ = Skill.from_directory(folder, name="n", description="d")
    assert (given_.name, given_.description) == ("n", "d")


SURROGATES = {
    '"\\ud83d\\ude00"': "\U0001f600",
    '"a \\uD83D\\uDE00 b"': "a \U0001f600 b",
    '"\\U0001F600"': "\U0001f600",
}


@pytest.mark.parametrize("written", SURROGATES)
def test_a_whole_surrogate_pair_is_a_character(written: str, folder: Path) -> None:
    """JSON writes one so, and every JSON text is YAML; half a pair is no character."""
    (folder / "SKILL.md").write_text(f"---\nname: {written}\ndescription: {written}\n---\n")
    skill = Skill.from_directory(folder)
    assert (skill.name, skill.description) == (SURROGATES[written],) * 2
    for half in ('"\\ud83d"', '"\\ude00\\ud83d"', '"\\ud83d \\ude00"'):
        (folder / "SKILL.md").write_text(f"---\nname: {half}\ndescription: d\n---\n")
        assert "name" in refused(lambda: Skill.from_directory(folder)).message


def test_no_path_is_not_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable would send whatever is there; who means it writes a dot."""
    monkeypatch.chdir(folder)
    error = refused(lambda: Skill.from_directory(""))
    assert "directory is empty" in error.message
    assert '"."' in (error.suggestion or "")
    assert Skill.from_directory(".").name == "reader"


UNREADABLE = {
    "without an end": (b"---\nname: reader\ndescription: d\n", "has no end"),
    "a character that is none": (b'---\nname: "\\UFFFFFFFF"\n---\n', "not valid YAML"),
    "a number on base 60": (b"---\nname: 1" + b":59" * 200 + b".5\n---\n", "not valid YAML"),
    "a moment beyond all calendars": (b"---\nname: 0001-01-01T00:00:00+23:59\n---\n", "must be"),
    "too long": (b"---\nname: " + b"n" * 65_536 + b"\n---\n", "more than 65,536 characters"),
    "a list": (b"---\n- name\n---\n", "not a mapping"),
    "a text": (b"---\nname reader\n---\n", "not a mapping"),
    "bad YAML": (b"---\nname: reader\ndescription: a: b\n---\n", "not valid YAML, line 3"),
    "tabs": (b"---\nname:\n\t- x\n---\n", "not valid YAML, line 3"),
    "a tag of Python": (b"---\nname: !!python/object/apply:os.getcwd []\n---\n", "not valid YAML, line 2"),
    "a tag that does not fit": (b"---\nname: !!bool maybe\n---\n", "not valid YAML"),
    "a date that is none": (b"---\nname: 2026-02-31\n---\n", "not valid YAML"),
    "too deep": (b"---\nname: " + b"[" * 50_000 + b"\n---\n", "not valid YAML"),
    "a control character": (b"---\nname: \x00\n---\n", "not valid YAML"),
    "not encoded as UTF-8": (b"---\nname: \xff\n---\n", "not encoded as UTF-8"),
    "a number as name": (b"---\nname: 2026\ndescription: d\n---\n", "name in the front matter of SKILL.md must be"),
    "a date as name": (b"---\nname: 2026-02-01\ndescription: d\n---\n", "name in the front matter of SKILL.md must be"),
    "an empty name": (b"---\nname: ' '\ndescription: d\n---\n", "name in the front matter of SKILL.md must be"),
    "a list as description": (b"---\nname: n\ndescription: [d]\n---\n", "description in the front matter of SKILL.md"),
}


@pytest.mark.parametrize("how", UNREADABLE)
def test_front_matter_that_cannot_be_used_is_refused(how: str, folder: Path) -> None:
    """The error says what is wrong, and what to write."""
    content, said = UNREADABLE[how]
    (folder / "SKILL.md").write_bytes(content)
    assert said in refused(lambda: Skill.from_directory(folder)).message


def test_a_folder_without_skill_md_is_refused(folder: Path) -> None:
    """`SKILL.md` is at the root, in this spelling, and a file."""
    (folder / "SKILL.md").rename(folder / "README.md")
    assert "contains no SKILL.md" in refused(lambda: Skill.from_directory(folder)).message
    (folder / "SKILL.md").mkdir()
    assert "contains no SKILL.md" in refused(lambda: Skill.from_directory(folder)).message


def test_a_path_that_is_no_folder_is_refused(folder: Path) -> None:
    """A missing path, a file, and what is no path are `InputError`s."""
    assert "elsewhere" in refused(lambda: Skill.from_directory(folder / "elsewhere")).message
    assert "SKILL.md" in refused(lambda: Skill.from_directory(folder / "SKILL.md")).message
    refused(lambda: Skill.from_directory("a\0b"))
    for wrong in (None, 7, os.fsencode(folder)):
        assert type(wrong).__name__ in refused(lambda wrong=wrong: from_directory(wrong)).message  # type: ignore[misc]  # a default has no type to infer


def test_what_is_hidden_stays_at_home(folder: Path) -> None:
    """Hidden files and folders and `__pycache__` are left out at any depth; a hidden folder around is none of it."""
    for name in (".env", ".git/config", "a/.env", "a/.b/c", "__pycache__/d.pyc", "a/__pycache__/e.pyc", "a/f.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret")
    assert names_in(Skill.from_directory(folder)) == ["SKILL.md", "a/f.txt"]
    hidden = folder.parent / ".skills" / "__pycache__"
    hidden.mkdir(parents=True)
    folder.rename(hidden / "reader")
    assert names_in(Skill.from_directory(hidden / "reader")) == ["SKILL.md", "a/f.txt"]


def test_what_cannot_be_read_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is an `InputError` from the system's own, not a file less."""
    (folder / "b.txt").symlink_to("gone.txt")
    assert isinstance(refused(lambda: Skill.from_directory(folder)).__cause__, FileNotFoundError)
    (folder / "b.txt").unlink()

    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", forbid)  # modes do not keep out root, which tests may run as
    error = refused(lambda: Skill.from_directory(folder))
    assert "Permission denied" in error.message
    assert isinstance(error.__cause__, PermissionError)


def test_a_name_that_is_no_unicode_is_refused(folder: Path) -> None:
    """The zip file could not name it."""
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff")).write_text("a")
    except OSError:
        pytest.skip("this file system has no such names")
    assert "cannot be read" in refused(lambda: Skill.from_directory(folder)).message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_pipe_is_refused(folder: Path, through_a_link: bool) -> None:
    """What is no file might never end: it is not opened."""
    os.mkfifo(folder / "pipe")
    if through_a_link:
        (folder / "a").symlink_to("pipe")
    assert "neither a file nor a folder" in refused(lambda: Skill.from_directory(folder)).message


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_BUNDLE_BYTES", 2000), ("_MAX_FOLDER_BYTES", 2000), ("_MAX_FOLDER_ENTRIES", 10)]
)
def test_a_folder_that_is_too_large_is_refused(
    name: str, value: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many bytes, zipped or not, and too many files; what is just small enough is taken."""
    for number in range(9):
        (folder / f"{number}.bin").write_bytes(os.urandom(300))
    with monkeypatch.context() as patch:
        patch.setattr(bundles, name, value)
        if name == "_MAX_FOLDER_ENTRIES":
            Skill.from_directory(folder)
            (folder / "empty").mkdir()
        assert f"{value:,}" in refused(lambda: Skill.from_directory(folder)).message
    assert len(names_in(Skill.from_directory(folder))) == 10


# Links ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("target", ["secret.txt", "reader-2", "reader-2/SKILL.md", ""])
@pytest.mark.parametrize("place", ["link", "a/link"])
def test_a_link_that_leaves_the_folder_is_refused(folder: Path, absolute: bool, target: str, place: str) -> None:
    """Neither a file nor a folder elsewhere is sent, also where its path begins as that of the folder does."""
    (folder.parent / "secret.txt").write_text("secret")
    (folder.parent / "reader-2").mkdir()
    (folder.parent / "reader-2" / "SKILL.md").write_text(SKILL_MD)
    link = folder / place
    link.parent.mkdir(exist_ok=True)
    outside = folder.parent / target
    link.symlink_to(outside if absolute else os.path.relpath(outside, link.parent))
    assert f"'{place}' is a link that leads out" in refused(lambda: Skill.from_directory(folder)).message


def test_a_link_out_by_way_of_another_is_refused(folder: Path) -> None:
    """Where a chain of links ends is what counts."""
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "b").symlink_to(folder.parent / "secret.txt")
    (folder / "a").symlink_to("b")
    assert "leads out" in refused(lambda: Skill.from_directory(folder)).message


@pytest.mark.parametrize("target", [".env", ".git", ".git/config", "__pycache__/a.pyc"])
def test_a_link_to_what_is_hidden_is_refused(folder: Path, target: str) -> None:
    """A link does not carry out what its own name keeps at home."""
    for name in (".env", ".git/config", "__pycache__/a.pyc"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("secret")
    assert names_in(Skill.from_directory(folder)) == ["SKILL.md"]
    (folder / "link").symlink_to(target)
    assert "hidden" in refused(lambda: Skill.from_directory(folder)).message


def test_a_link_inside_the_folder_is_followed(folder: Path) -> None:
    """It is the file or the folder that it points at, under its own name, whichever way leads to the skill."""
    (folder / "a").mkdir()
    (folder / "a" / "real.txt").write_text("real")
    (folder / "a" / "up.txt").symlink_to("../SKILL.md")
    (folder / "link.txt").symlink_to("a/real.txt")
    (folder / "b").symlink_to(folder / "a", target_is_directory=True)
    skill = Skill.from_directory(folder)
    names = ["SKILL.md", "a/real.txt", "a/up.txt", "b/real.txt", "b/up.txt", "link.txt"]
    assert names_in(skill) == names
    assert skill.bundle is not None
    with zipfile.ZipFile(io.BytesIO(skill.bundle)) as archive:
        assert [archive.read(name).decode() for name in names] == [SKILL_MD, "real", SKILL_MD, "real", SKILL_MD, "real"]
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
    (folder.parent / "by-link").symlink_to(folder, target_is_directory=True)
    assert Skill.from_directory(folder.parent / "by-link") == skill


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ({"a": "a"}, "cannot be read"),
        ({"a": "b", "b": "a"}, "cannot be read"),
        ({"a": "."}, "'a' is a link to one of its parent folders"),
        ({"sub/a": ".."}, "'sub/a' is a link to one of its parent folders"),
        ({"sub/a": "../other", "other/b": "../sub"}, "'sub/a/b' is a link to one of its parent folders"),
    ],
    ids=["itself", "each other", "the root", "the folder above", "two folders"],
)
def test_a_loop_of_links_ends(folder: Path, links: dict[str, str], said: str) -> None:
    """A loop is refused rather than followed, and the error names the link."""
    for name, target in links.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(target)
    assert said in refused(lambda: Skill.from_directory(folder)).message


def test_a_web_of_links_ends(folder: Path) -> None:
    """Links that lead to more and more folders are too many before they are too slow."""
    for number in range(20):
        (folder / f"{number}").mkdir()
        for other in range(number):
            (folder / f"{number}" / f"{other}").symlink_to(f"../{other}")
    assert "more than" in refused(lambda: Skill.from_directory(folder)).message


# PyYAML and other imports ---------------------------------------------------------------------------------------------


def test_without_pyyaml_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install; what needs no YAML works without it."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(DependencyError) as caught:
        Skill.from_directory(folder)
    assert caught.value.error_type == "missing_dependency"
    assert caught.value.suggestion == "pip install 'vlmrun[skills]'"
    Skill.inline(BUNDLE, name="reader", description="Reads.")


def test_importing_is_light() -> None:
    """Neither module loads what only some of its calls need."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import vlmrun.skills, vlmrun.options\n"
        "print([name for name in ('pydantic', 'pydantic_core', 'yaml', 'zipfile', 'openai', 'httpx2')"
        " if name in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603  # nothing here comes from outside
        [sys.executable, "-I", "-B", "-W", "error", "-c", code, str(Path(vlmrun.__file__).parents[1])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
