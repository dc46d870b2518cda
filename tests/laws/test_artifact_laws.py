"""Artifacts: whatever one is called, its file lands in the folder that was named, and nowhere else.

A law is a function of an implementation and of an example. It is tried on ours over many examples, and on
implementations that are wrong on purpose, which must fail it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support.broken import breaks
from support.colours import API_KEY, BASE_URL, Colour
from support.wire import Answer, fake_wire, few_certificates
from vlmrun import AsyncVLMRun, VLMRun


class Artifact(NamedTuple):
    """What is asked for, by one of its two names, and what the server says that it is."""

    object_id: str | None
    filename: str | None
    media_type: str


Save = Callable[[Path, Artifact], Path]
"""`artifacts.download`, or what stands in for it: puts `CONTENT` into a folder."""

CONTENT = b"\x89PNG\r\n\x1a\n a picture"

# The examples ---------------------------------------------------------------------------------------------------------

PIECES = (
    *("..", ".", "/", "\\", "//", "~", "C:", "\\\\?\\", "$HOME", "%2e%2e%2f", "-", "_", " ", ":", "*", "?", "|", '"'),
    *("\0", "\n", "\r", "\t", "\x1b[2J", "\x7f", "\u202e", "\u2028", "\u2024", "\uff0f", "\u0301"),
    *("a", "B", "b.png", ".ssh", ".vlmrun-x", "NUL", "con", "aux.txt", "COM1", "é", "請", "🧾", "ß"),
)
LENGTHY = ("x", "請", "é", ".", "a.", "../", "-", "\U00020000")  # of one to four bytes
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}


@st.composite
def lengthy_names(draw: st.DrawFn) -> str:
    """More than a file system takes."""
    return draw(st.sampled_from(LENGTHY)) * 300 + draw(st.sampled_from(["", ".png"]))


@cache
def names() -> SearchStrategy[str]:
    """What a server or an agent may call something, in bad faith or in good."""
    return st.one_of(
        st.text(min_size=1, max_size=20),
        st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join),
        lengthy_names(),
    )


@cache
def artifacts() -> SearchStrategy[Artifact]:
    """Artifacts, by either name."""
    types = st.sampled_from(["", "image/png", "application/octet-stream", "text/../../x", "a", "image/png; x=/"])
    by_id = st.builds(Artifact, names(), st.none(), types)
    return by_id | st.builds(Artifact, st.none(), names(), types)


@st.composite
def plain_artifacts(draw: st.DrawFn) -> Artifact:
    """Artifacts whose names are files' names on any system, somewhere in an agent's workspace."""
    stem = draw(st.from_regex(r"[A-Za-z0-9é請][\w-]{0,20}(\.tar)?", fullmatch=True))
    assume(stem.split(".")[0].upper() not in DEVICES)
    folder = draw(st.sampled_from(["", "/", "a/b/", "../", "a\\", "C:\\x\\"]))
    return Artifact(None, folder + stem + draw(st.sampled_from([".png", ".PDF", ".gz"])), "image/jpeg")


@contextmanager
def sandbox() -> Generator[Path, None, None]:
    """An empty folder, deep in others that have files."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "a" / "b" / "folder"
        folder.mkdir(parents=True)
        for other in (folder.parent, folder.parent.parent):
            (other / "passwd").write_bytes(b"mine")
        yield folder


def _seen(folder: Path) -> dict[str, bytes]:
    """All files around a folder."""
    place = folder.parents[2]
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


# The laws -------------------------------------------------------------------------------------------------------------


def it_lands_in_the_folder(save: Save, artifact: Artifact) -> None:
    """One file is new, directly in the folder, with all of the bytes; it is returned, and it can be seen."""
    with sandbox() as folder:
        before = _seen(folder)
        path = save(folder, artifact)
        assert path.parent == folder
        assert path.is_file()
        assert _seen(folder) == before | {str(path.relative_to(folder.parents[2])): CONTENT}
        assert not path.name.startswith(".")


def its_name_is_a_name_everywhere(save: Save, artifact: Artifact) -> None:
    """No system takes it for a path, a device, an option or an escape sequence, or finds it too long."""
    with sandbox() as folder:
        name = save(folder, artifact).name
    assert re.fullmatch(r"[\w.-]+", name)
    assert name[0] not in ".-"
    assert name[-1] != "."
    assert len(name.encode()) <= 255
    assert name.split(".")[0].upper() not in DEVICES


def a_plain_name_is_kept(save: Save, artifact: Artifact) -> None:
    """Where the last part of a name is a file's name on any system, that is what the file is called."""
    assert artifact.filename is not None
    with sandbox() as folder:
        assert save(folder, artifact).name == re.split(r"[/\\]", artifact.filename)[-1]


def it_depends_on_nothing_else(save: Save, artifact: Artifact) -> None:
    """Downloaded again it is the same file, and is replaced."""
    with sandbox() as folder:
        first = save(folder, artifact)
        assert save(folder, artifact) == first
        assert list(folder.iterdir()) == [first]


# Those that are wrong -------------------------------------------------------------------------------------------------


def _written(folder: Path, name: str) -> Path:
    """Write where a name leads, though never out of the sandbox: these are wrong, and need not do harm."""
    try:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.parents[2]) and path != folder:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CONTENT)
    except (OSError, ValueError) as error:
        raise AssertionError(f"{name!r} cannot be written to") from error
    return folder / name


def _name(artifact: Artifact) -> str:
    return artifact.filename or artifact.object_id or ""


def as_it_is(folder: Path, artifact: Artifact) -> Path:
    """Trusts the server."""
    return _written(folder, _name(artifact))


def last_part(folder: Path, artifact: Artifact) -> Path:
    """Knows one separator, and not what `..` is."""
    return _written(folder, _name(artifact).rpartition("/")[2] or "artifact")


def without_dots(folder: Path, artifact: Artifact) -> Path:
    """Takes away what leads upwards, which makes something else that does."""
    return _written(folder, _name(artifact).replace("../", "") or "artifact")


def hidden(folder: Path, artifact: Artifact) -> Path:
    """Leaves the dots in front."""
    return _written(folder, re.sub(r"[^\w.-]", "_", _name(artifact))[:40] + "x")


def long(folder: Path, artifact: Artifact) -> Path:
    """Counts characters, where file systems count bytes."""
    name = re.sub(r"[^\w.-]", "_", re.split(r"[\\/]", _name(artifact))[-1]).lstrip("._-")[:100]
    return _written(folder, name.rstrip(".") or "artifact")


def for_unix(folder: Path, artifact: Artifact) -> Path:
    """Thinks of one system."""
    name = re.sub(r"[^\w.-]", "_", re.split(r"[\\/]", _name(artifact))[-1]).lstrip("._-")[:40]
    return _written(folder, name or "artifact")


def nameless(folder: Path, artifact: Artifact) -> Path:
    """Is safe, and of no use."""
    return _written(folder, f"artifact{len(_name(artifact))}")


def counted(folder: Path, artifact: Artifact) -> Path:
    """Never replaces anything."""
    return _written(folder, f"{len(list(folder.iterdir()))}-{artifact.media_type.replace('/', '-')}")


def with_a_part_file(folder: Path, artifact: Artifact) -> Path:
    """Leaves behind what it wrote to first."""
    _written(folder, ".part")
    return nameless(folder, artifact)


# The table ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A law, what it is tried on, and implementations that must fail it."""

    law: Callable[[Save, Any], None]
    examples: SearchStrategy[Any]
    broken: tuple[Save, ...]


CASES = [
    Case(it_lands_in_the_folder, artifacts(), (as_it_is, last_part, without_dots, hidden, long, with_a_part_file)),
    Case(its_name_is_a_name_everywhere, artifacts(), (as_it_is, last_part, without_dots, hidden, long, for_unix)),
    Case(a_plain_name_is_kept, plain_artifacts(), (as_it_is, last_part, nameless, counted)),
    Case(it_depends_on_nothing_else, artifacts(), (counted, with_a_part_file)),
]


@pytest.fixture(scope="module", name="ours")
def _ours(tmp_path_factory: pytest.TempPathFactory) -> Generator[Save, None, None]:
    """`VLMRun().artifacts.download`, with one client for all."""
    with (
        few_certificates(tmp_path_factory.mktemp("certificates")),
        VLMRun(api_key=API_KEY, base_url=BASE_URL) as client,
    ):

        def save(folder: Path, artifact: Artifact) -> Path:
            with fake_wire(lambda _: Answer(200, CONTENT, {"content-type": artifact.media_type})):
                return client.artifacts.download(
                    artifact.object_id, filename=artifact.filename, folder=folder, session_id="s"
                )

        yield save


by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.law.__name__))


@by_name
def test_law_holds(case: Case, ours: Save) -> None:
    """Every law holds for `artifacts.download`."""

    @given(case.examples)
    def holds(example: object) -> None:
        case.law(ours, example)

    holds()


@by_name
def test_law_holds_when_awaited(case: Case, tmp_path: Path) -> None:
    """Every law holds for the download of the other colour."""

    def save(folder: Path, artifact: Artifact) -> Path:
        with fake_wire(lambda _: Answer(200, CONTENT, {"content-type": artifact.media_type})):
            path = Colour(AsyncVLMRun).run(
                lambda client: client.artifacts.download(
                    artifact.object_id, filename=artifact.filename, folder=folder, session_id="s"
                )
            )
        assert isinstance(path, Path)
        return path

    @settings(max_examples=20)
    @given(case.examples)
    def holds(example: object) -> None:
        case.law(save, example)

    with few_certificates(tmp_path):
        holds()


@pytest.mark.parametrize(
    ("case", "save"),
    [pytest.param(case, save, id=f"{case.law.__name__}-{save.__name__}") for case in CASES for save in case.broken],
)
def test_broken_implementations_fail_the_law(case: Case, save: Save) -> None:
    """Implementations that are wrong fail the law that they break."""
    assert breaks(lambda example: case.law(save, example), case.examples)
