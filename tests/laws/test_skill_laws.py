"""Skills: a folder's bundle depends on its files alone, holds all that may leave the folder, and nothing else.

A law is a function of an implementation and of an example. It is tried on ours over many examples, and on
implementations that are wrong on purpose, which must fail it.
"""

from __future__ import annotations

import base64
import io
import json
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support.broken import breaks
from vlmrun.client.exceptions import InputError
from vlmrun.skills import Skill

Make = Callable[[Path], Skill]
"""`Skill.from_directory`, or what stands in for it."""

# The examples ---------------------------------------------------------------------------------------------------------

SKILL_MD = b"---\nname: reader\ndescription: Reads invoices.\n---\n"
SEGMENTS = ["a", "b", "B", "a-b", "a b", "a.txt", "\u00e9", "\u8bfb.md", "SKILL.md", "__main__.py"]
AT_HOME = [".env", ".git", "..a", "__pycache__"]


class Tree(NamedTuple):
    """The files of a folder, in the order in which they are to be written, and what else a file system keeps."""

    files: Mapping[str, bytes]
    """What is in them, by their names in the folder."""
    moment: int
    """When the first of them was last changed; each other a second after the one before."""
    mode: int
    """Who may do what with them."""


def _is_tree(names: list[str]) -> bool:
    """Whether no file would have to be a folder as well."""
    return not any(other.startswith(f"{name}/") for name in names for other in names)


@st.composite
def trees(draw: st.DrawFn, segments: list[str]) -> Tree:
    """A skill with files in folders."""
    paths = st.lists(st.sampled_from(segments), min_size=1, max_size=3).map("/".join)
    names = draw(st.lists(paths, max_size=6, unique=True).map(lambda names: ["SKILL.md", *names]).filter(_is_tree))
    contents = st.sampled_from([b"", b"a\n", b"a\r\n", b"\x00\xff", b"long " * 1000])
    files = {name: draw(contents) for name in names} | {"SKILL.md": SKILL_MD}
    return Tree(files, draw(st.integers(0, 2**31)), draw(st.sampled_from([0o600, 0o644, 0o755])))


@st.composite
def twins(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """The same files twice, with all else different but whether they can be executed."""
    one, other = draw(trees(SEGMENTS)), draw(trees(SEGMENTS))
    order = draw(st.permutations(list(one.files)))
    mode = draw(st.sampled_from([0o700, 0o755] if one.mode == 0o755 else [0o600, 0o644]))
    return one, other._replace(files={name: one.files[name] for name in order}, mode=mode)


@contextmanager
def written(tree: Tree) -> Generator[Path, None, None]:
    """A folder with these files, in a place of its own."""
    with tempfile.TemporaryDirectory() as place:
        for moment, (name, content) in enumerate(tree.files.items(), tree.moment):
            path = Path(place) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(tree.mode)
            os.utime(path, (moment, moment))
        yield Path(place)


@cache
def texts() -> SearchStrategy[str]:
    """What YAML can say in any of its ways, and more than a reader of lines understands."""
    pieces = st.sampled_from([*"ab:#-'\"\\\n|>[]{}&*!%@` \u00e9\u8bfb\U0001f600", "---", "\n---\n"])
    return st.lists(pieces, min_size=1).map("".join).filter(str.strip)


class Front(NamedTuple):
    """Front matter, and one way to write it."""

    name: str
    """The skill's name."""
    description: str
    """When to use it."""
    style: str | None
    """How YAML writes texts: bare, quoted or as blocks."""
    line_end: str
    """What ends a line."""
    mark: str
    """A byte order mark, or none."""

    def written(self) -> bytes:
        """`SKILL.md` with it."""
        values = {"metadata": {"name": "no", "description": "no"}, "name": self.name, "description": self.description}
        front = yaml.safe_dump(values, default_style=self.style, allow_unicode=True, sort_keys=False)
        text = f"---\n{front}---\n# Reader\n\n---\nname: no\n---\n"
        return (self.mark + text.replace("\n", self.line_end)).encode()


@cache
def fronts() -> SearchStrategy[Front]:
    """Front matter of all kinds."""
    return st.builds(
        Front,
        texts(),
        texts(),
        st.sampled_from([None, '"', "'", "|", ">"]),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["", "\ufeff"]),
    )


# The laws -------------------------------------------------------------------------------------------------------------


def _entries(skill: Skill) -> list[tuple[str, bytes]]:
    assert skill.bundle is not None
    with zipfile.ZipFile(io.BytesIO(skill.bundle)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def same_files_give_the_same_skill(make: Make, example: tuple[Tree, Tree]) -> None:
    """Byte for byte, whenever, in whatever order and wherever they were written, and whoever may read them."""
    one, other = example
    with written(one) as here, written(other) as there:
        assert make(here) == make(here) == make(there)


def every_file_comes_back(make: Make, tree: Tree) -> None:
    """Unzipped, a bundle is the files that were there, byte for byte, under their names, and sorted by them."""
    with written(tree) as folder:
        assert _entries(make(folder)) == sorted(tree.files.items())


def what_is_hidden_stays_at_home(make: Make, tree: Tree) -> None:
    """No part of the name of an entry begins with a dot or is `__pycache__`, and nothing else is missing."""
    seen = {
        name: content
        for name, content in tree.files.items()
        if not any(part.startswith(".") or part == "__pycache__" for part in name.split("/"))
    }
    with written(tree) as folder:
        assert _entries(make(folder)) == sorted(seen.items())


def a_skill_is_its_json(make: Make, tree: Tree) -> None:
    """`json.dumps` writes the object of API.md §15, with these keys and no other."""
    with written(tree) as folder:
        skill = make(folder)
    wire = json.loads(json.dumps(skill))
    data = wire["source"].pop("data")
    assert wire == {
        "type": "inline",
        "name": "reader",
        "description": "Reads invoices.",
        "source": {"type": "base64", "media_type": "application/zip"},
    }
    assert base64.b64decode(data, validate=True) == skill.bundle


def front_matter_is_understood(make: Make, front: Front) -> None:
    """Name and description are what YAML says that they are, however it says so."""
    with written(Tree({"SKILL.md": front.written()}, 0, 0o644)) as folder:
        skill = make(folder)
    assert (skill.name, skill.description) == (front.name, front.description)


# Those that are wrong -------------------------------------------------------------------------------------------------


def _zip(entries: Iterable[tuple[str, Path]], *, moment: tuple[int, int, int, int, int, int] | None = None) -> Skill:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, path in entries:
            info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            info.date_time = info.date_time if moment is None else moment
            archive.writestr(info, path.read_bytes())
    data = base64.b64encode(buffer.getvalue()).decode()
    source = {"type": "base64", "media_type": "application/zip", "data": data}
    return Skill({"type": "inline", "name": "reader", "description": "Reads invoices.", "source": source})


def _all(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


THEN = (1980, 1, 1, 0, 0, 0)


def with_times_and_modes(folder: Path) -> Skill:
    """What `zipfile` does by itself."""
    return _zip((path.relative_to(folder).as_posix(), path) for path in _all(folder))


def with_modes(folder: Path) -> Skill:
    """Forgets the times only."""
    return _zip(((path.relative_to(folder).as_posix(), path) for path in _all(folder)), moment=THEN)


def as_it_was_written(folder: Path) -> Skill:
    """In an order that says how the folder came to be."""
    paths = sorted(_all(folder), key=lambda path: path.stat().st_mtime)
    return _zip(((path.relative_to(folder).as_posix(), path) for path in paths), moment=THEN)


def in_a_folder(folder: Path) -> Skill:
    """With the folder itself around all."""
    return _zip((path.relative_to(folder.parent).as_posix(), path) for path in _all(folder))


def flat(folder: Path) -> Skill:
    """Without the folders."""
    return _zip((path.name, path) for path in {path.name: path for path in _all(folder)}.values())


def top_level_only(folder: Path) -> Skill:
    """Does not look into folders."""
    return _zip((path.name, path) for path in _all(folder) if path.parent == folder)


def everything(folder: Path) -> Skill:
    """With what is hidden."""
    return with_modes(folder)


def hidden_at_the_top_only(folder: Path) -> Skill:
    """Does not look for what is hidden deeper down."""
    names = ((path.relative_to(folder).as_posix(), path) for path in _all(folder))
    return _zip(((name, path) for name, path in names if not name.startswith((".", "__pycache__"))), moment=THEN)


def hidden_files_only(folder: Path) -> Skill:
    """Does not hide what is in hidden folders."""
    return _zip(
        ((path.relative_to(folder).as_posix(), path) for path in _all(folder) if not path.name.startswith(".")),
        moment=THEN,
    )


def with_a_version(folder: Path) -> Skill:
    """What the official SDK sends."""
    return Skill({**Skill.from_directory(folder), "skill_version": "latest"})


def as_bytes(folder: Path) -> Skill:
    """With the bundle twice encoded."""
    skill = Skill.from_directory(folder)
    data = base64.b64encode(base64.b64encode(skill.bundle or b"")).decode()
    return Skill({**skill, "source": {"type": "zip", "data": data}})


def line_by_line(folder: Path) -> Skill:
    """What the official SDK reads: `key: value`, as far as the line goes."""
    text = (folder / "SKILL.md").read_bytes().decode()
    pairs = (line.partition(":") for line in text.split("\n")[1:] if ":" in line)
    return Skill({key.strip(): value.strip().strip("'\"") for key, _, value in pairs})


def unix_only(folder: Path) -> Skill:
    """Knows one line end, and no byte order mark."""
    text = (folder / "SKILL.md").read_bytes().decode()
    if not text.startswith("---\n"):
        return Skill()
    return Skill(yaml.safe_load(text.split("\n---\n")[0]))


def until_the_next_rule(folder: Path) -> Skill:
    """Takes any three dashes for the end."""
    text = (folder / "SKILL.md").read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    try:
        return Skill(yaml.safe_load(text.split("---")[1]))
    except yaml.YAMLError:
        return Skill()


# The table ------------------------------------------------------------------------------------------------------------

# `Any` for the example: each law has its own kind, which the table below cannot say.
Law = Callable[[Make, Any], None]


@dataclass(frozen=True)
class Case:
    """A law, what it is tried on, and implementations that must fail it."""

    law: Law
    examples: SearchStrategy[Any]
    broken: tuple[Make, ...]


CASES = [
    Case(same_files_give_the_same_skill, twins(), (with_times_and_modes, with_modes, as_it_was_written, in_a_folder)),
    Case(every_file_comes_back, trees(SEGMENTS), (in_a_folder, flat, top_level_only, as_it_was_written)),
    Case(
        what_is_hidden_stays_at_home,
        trees([*SEGMENTS, *AT_HOME]),
        (everything, hidden_at_the_top_only, hidden_files_only, top_level_only),
    ),
    Case(a_skill_is_its_json, trees(SEGMENTS), (with_a_version, as_bytes)),
    Case(front_matter_is_understood, fronts(), (line_by_line, unix_only, until_the_next_rule)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.law.__name__))
def test_law_holds(case: Case) -> None:
    """Every law holds for `Skill.from_directory`."""

    @given(case.examples)
    def holds(example: object) -> None:
        case.law(Skill.from_directory, example)

    holds()


@pytest.mark.parametrize(
    ("case", "make"),
    [pytest.param(case, make, id=f"{case.law.__name__}-{make.__name__}") for case in CASES for make in case.broken],
)
def test_broken_implementations_fail_the_law(case: Case, make: Make) -> None:
    """Implementations that are wrong fail the law that they break."""
    assert breaks(lambda example: case.law(make, example), case.examples)


HOSTILE = [
    '"\\UFFFFFFFF"',
    '"\\ud83d"',
    '"\\ud83d\\ude00"',
    "1" + ":59" * 300,
    "1" + ":59" * 300 + ".5",
    "0x" + "f" * 5000,
    "9" * 5000,
    "0001-01-01T00:00:00+23:59",
    "9999-12-31 23:59:60 -23",
    "2026-13-45",
    "!!float x",
    "!!int ''",
    "!!binary \u00e9",
    "!!timestamp x",
    "!!python/name:os.system",
    "!!set {a, b}",
    "!!omap [a]",
    "&a [*a]",
    "{<<: 5}",
    "{<<: [1]}",
    "? {a: b}\n: c",
    "[" * 3000,
    "- " * 3000,
    "{a: " * 3000,
    "%YAML 9.9",
    "\x85",
    "\u2028",
    "=",
    ".inf",
    "|9\n a",
]
"""What a reader of YAML may stumble over."""


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Front matter that is right but for some changes."""
    text = draw(fronts()).written().decode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 20, len(text))))
        text = text[:start] + draw(st.sampled_from(["", "\n", *HOSTILE]) | st.text(max_size=5)) + text[end:]
    return text.encode(errors="surrogatepass")


@given(
    st.binary()
    | st.text().map(str.encode)
    | texts().map(lambda text: f"---\n{text}\n---\n".encode())
    | st.sampled_from(HOSTILE).map(lambda value: f"---\nname: {value}\n---\n".encode())
    | mutated(),
    st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_skill_md_says_is_no_surprise(content: bytes, is_named: bool) -> None:
    """Any bytes are front matter that can be used, or an `InputError` that says what to do."""
    arguments = {"name": "n", "description": "d"} if is_named else {}
    with written(Tree({"SKILL.md": content}, 0, 0o644)) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of fields that are missing
        try:
            skill = Skill.from_directory(folder, **arguments)
        except InputError as error:
            refusal = error
        else:
            json.dumps(skill, ensure_ascii=False).encode()
            return
    assert "SKILL.md" in refusal.message
    assert refusal.suggestion
