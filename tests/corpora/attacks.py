"""Small files that were changed, for every function that reads files. `test_attacks.py` runs each in its own process.

Whatever a file holds: nothing but an `InputError` with a remedy is raised; the processor is busy for at most ten
seconds, or the process is ended; and memory grows by at most four times the file and 64 MiB. A page is drawn in
another process, whose memory is that of its pixels.
"""

from __future__ import annotations

import os
import re
import signal
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.colours import Colour
from support.formats import SAMPLES
from support.mutations import mutated
from support.pdfs import GOOD, HANGING, pdf, reassembled
from support.wire import fake_wire
from vlmrun import Skill, VLMRun, content
from vlmrun.client.exceptions import InputError

SECONDS = float(os.environ.get("ATTACK_SECONDS", "10"))
NUMBERS = [bytes(4), b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\1\0", b"\xff" * 8]

# The same examples each time, so that CI finds nothing new.
attack = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=int(os.environ.get("ATTACK_EXAMPLES", "60")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@contextmanager
def bounds(size: int) -> Generator[None, None, None]:
    """What a call with a file of a size may do."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is that from now on
    before = _peak()
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)  # whose signal ends the process, whatever it is doing
    remedy: str | None = "none is needed"
    try:
        yield
    except InputError as error:
        remedy = error.suggestion
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    assert remedy
    assert _peak() - before <= 4 * size + (64 << 20)


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) << 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the file of an example is, and stays if the process is ended."""
    return tmp_path


def _made(name: str) -> bytes:
    try:
        return SAMPLES[name][0]()[:70_000]
    except pytest.skip.Exception:  # without Pillow
        return b"\x89PNG\r\n\x1a\n"


def _files() -> st.SearchStrategy[tuple[str, bytes]]:
    return st.sampled_from(sorted(SAMPLES)).flatmap(
        lambda name: st.tuples(st.just(name), mutated([_made(name)], NUMBERS))
    )


PARTS: list[Callable[[Any], object]] = [
    content.image,
    content.video,
    content.audio,
    content.document,
    content.document_url,
    content.file,
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_content(part: Callable[[Any], object], folder: Path) -> None:
    """A path, an open file, and bytes."""

    @attack
    @given(_files())
    def attacked(example: tuple[str, bytes]) -> None:
        name, data = example
        path = folder / name
        path.write_bytes(data)
        for source in (path, data):
            with bounds(len(data)):
                part(source)
        with path.open("rb") as file, bounds(len(data)):
            part(file)

    attacked()


def test_upload(folder: Path) -> None:
    """A file that is sent has all its bytes."""

    @attack
    @given(_files())
    def attacked(example: tuple[str, bytes]) -> None:
        name, data = example
        path = folder / name
        path.write_bytes(data)
        with fake_wire() as sent, bounds(len(data)):
            Colour(VLMRun).run(lambda client: client.files.upload(path, force=True, method="direct"))
        assert not sent or data in sent[0].body

    attacked()


PDFS = [pdf(GOOD, GOOD), HANGING.replace(b"0.00001", b"1"), reassembled(GOOD + "/UserUnit 2")]
ENTRIES = [b"/UserUnit 7", b"/Rotate 90", b"/ObjStm", b"stream\n", b"<<", b">>", b"0", b"-1", b"1e9", b"99999999999999"]


def test_pages(folder: Path) -> None:
    """A PDF of which each page is drawn or refused."""
    pytest.importorskip("pypdfium2", reason="draws pages")

    @attack
    @given(mutated(PDFS, ENTRIES))
    def attacked(data: bytes) -> None:
        path = folder / "a.pdf"
        path.write_bytes(data)
        with bounds(len(data)):
            for _ in content.document_pages(path, dpi=36, timeout=SECONDS, on_error="skip"):
                pass

    attacked()


def _merging() -> bytes:
    """Front matter in which each line has ten times the entries of the one before."""
    lines = ["a: &a0 {x: 1}"]
    lines += [f"a{at}: &a{at} {{<<: [{', '.join([f'*a{at - 1}'] * 10)}]}}" for at in range(1, 9)]
    return "\n".join(["---", "name: n", "description: d", *lines, "---", ""]).encode()


SKILLS = [
    b"---\nname: a\ndescription: >-\n  Reads\n  receipts.\nmetadata: {tags: [a, b], when: 2026-01-01}\n---\n# A\n",
    b"---\nname: &a a\ndescription: *a\nmore: !!set {a, b}\n---\n",
    b'---\nname: "\\ud83d\\ude00"\ndescription: 1:20:30\n---\n',
    _merging(),
]
YAML = [
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!python/name:os.system ",
    b"!!int 0",
    b"? ",
    b"[" * 50,
    b"{a: " * 50,
    b"---\n",
    b"9" * 40,
]


def test_skill(folder: Path) -> None:
    """A folder with a `SKILL.md` and a script."""
    pytest.importorskip("yaml", reason="reads front matter")
    (folder / "skill").mkdir()
    (folder / "skill" / "run.sh").write_bytes(b"echo\n")

    @attack
    @given(mutated(SKILLS, YAML))
    def attacked(data: bytes) -> None:
        (folder / "skill" / "SKILL.md").write_bytes(data)
        with warnings.catch_warnings(), bounds(len(data)):
            warnings.simplefilter("ignore", UserWarning)
            Skill.from_directory(folder / "skill")

    attacked()


# Those that are wrong, each of which must be found --------------------------------------------------------------------


def _raises(data: bytes) -> None:
    if data[:1] != b"\x89":
        raise ZeroDivisionError


def _has_no_remedy(_: bytes) -> None:
    raise InputError("no")


def _hangs(data: bytes) -> None:
    re.match(r"(a|a|a)*b", "a" * 100 if data else "")  # in C, where no handler of Python is called


def _hoards(data: bytes) -> None:
    bytearray(4 * len(data) + (66 << 20))[::4096] = b"x" * -(-(4 * len(data) + (66 << 20)) // 4096)


BROKEN: list[Callable[[bytes], None]] = [_raises, _has_no_remedy, _hangs, _hoards]


@pytest.mark.parametrize("reader", BROKEN, ids=lambda reader: reader.__name__)
def test_broken(reader: Callable[[bytes], None]) -> None:
    """Fails."""

    @attack
    @given(mutated([b"\x89PNG"], NUMBERS))
    def attacked(data: bytes) -> None:
        with bounds(len(data)):
            reader(data)

    attacked()
