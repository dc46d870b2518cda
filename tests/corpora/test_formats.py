"""Media types of files of every kind, judged by libmagic, Pillow and mutagen, and not by our own table."""

from __future__ import annotations

import importlib
import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.colours import Colour
from support.formats import SAMPLES, make_ole, make_zip
from support.wire import fake_wire
from vlmrun import VLMRun, content
from vlmrun._inputs import media
from vlmrun.client.exceptions import InputError

each_sample = pytest.mark.parametrize("name", SAMPLES)

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(Path(__file__).parents[2] / "tools"))
libmagic = importlib.import_module("libmagic")

# Where libmagic says otherwise: what it says, and why we do not.
DISAGREEMENTS = {
    "a.cr3": ("application/octet-stream", "a brand that it does not know"),
    "a.ico": ("image/vnd.microsoft.icon", "another name"),
    "a.ppm": ("image/x-portable-pixmap", "one name for the family"),
    "a.dds": ("application/octet-stream", "it describes it, and has no media type for it"),
    "a.qoi": ("application/octet-stream", "this version does not know it"),
    "a.xpm": ("image/x-xpmi", "a slip of the pen"),
    "a.hdr": ("text/plain", "it describes it, and has no media type for it"),
    "a.emf": ("application/octet-stream", "it describes it, and has no media type for it"),
    "a.m4v": ("video/x-m4v", "MP4, which VLM Run reads by that name"),
    "wide.mov": ("application/octet-stream", "it wants more after the first box"),
    "a.ts": ("video/MP2T", "another spelling"),
    "late.ogv": ("audio/ogg", "it looks at the first stream only"),
    "late.ogm": ("audio/ogg", "it looks at the first stream only"),
    "a.m4a": ("audio/x-m4a", "the registered name"),
    "nul.m4a": ("audio/x-m4a", "the registered name"),
    "a.m4p": ("video/mp4", "protected audio, by its brand"),
    "a.wav": ("audio/x-wav", "another name"),
    "a.aac": ("audio/x-hx-aac-adts", "another name"),
    "tagged.aac": ("audio/x-hx-aac-adts", "another name"),
    "a.wv": ("application/octet-stream", "it describes it, and has no media type for it"),
    "late.pdf": ("application/octet-stream", "it looks for a PDF in 256 bytes, readers in 1,024"),
    "with-a-table.doc": ("application/vnd.ms-excel", "a Word document that holds a table of Excel"),
    "a.ppt": ("application/CDFV2", "it asks for a summary, which the sample has not"),
    "a.apk": ("application/zip", "this version does not know it"),
    "a.jar": ("application/zip", "it asks for a mark that few writers set"),
    "a.cbz": ("application/zip", "only the name tells"),
    "a.msi": ("application/CDFV2", "only the name tells"),
    "README.md": ("application/pdf", "text that quotes a PDF"),
    "quoting.md": ("application/pdf", "text that quotes a PDF"),
    "table.csv": ("text/plain", "only the name tells, with so few lines"),
}


def uploaded_as(path: Path) -> str:
    """The media type that an upload sends."""
    with fake_wire() as sent:
        Colour(VLMRun).run(lambda client: client.files.upload(path, force=True, method="direct"))
    head = sent[0].body.partition(b"\r\n\r\n")[0]
    return head.rpartition(b"Content-Type: ")[2].decode()


@pytest.fixture
def sample(name: str, tmp_path: Path) -> Path:
    """A sample as a file."""
    path = tmp_path / name
    path.write_bytes(SAMPLES[name][0]())
    return path


@each_sample
def test_parts_and_uploads_say_the_same(sample: Path, name: str) -> None:
    """A path, its open file, and an upload of it have the media type that it has."""
    expected = SAMPLES[name][1]
    assert uploaded_as(sample) == expected
    if expected == "application/octet-stream":
        with pytest.raises(InputError, match=r"unrecognised file format: .*too-late"):
            content.file(sample)
        return
    part: Any = content.file(sample)
    assert part["file_url"]["url"].startswith(f"data:{expected};base64,")
    with sample.open("rb") as file:
        assert content.file(file) == part


@pytest.mark.skipif(sys.platform == "win32", reason="pylibmagic, which brings libmagic, has no wheels for Windows")
@each_sample
def test_libmagic_agrees(sample: Path, name: str) -> None:
    """But where it is known to say otherwise, with the reason; a disagreement that is gone is struck out."""
    said = libmagic.media_types([sample])[sample]
    expected = SAMPLES[name][1]
    assert said == DISAGREEMENTS.get(name, (expected,))[0]
    assert name not in DISAGREEMENTS or said != expected


def test_disagreements_are_about_samples() -> None:
    """None outlives its sample."""
    assert DISAGREEMENTS.keys() <= SAMPLES.keys()


@pytest.mark.parametrize("name", [name for name, (_, media_type) in SAMPLES.items() if media_type.startswith("image/")])
def test_pillow_agrees(sample: Path, name: str) -> None:
    """What Pillow opens is an image of that type."""
    pillow = pytest.importorskip("PIL.Image", reason="opens images")
    try:
        with pillow.open(sample) as image:
            found = image.get_format_mimetype()
    except (OSError, SyntaxError, ValueError, ArithmeticError):
        pytest.skip("Pillow does not open it")
    if found is not None:
        others = {
            "image/icns": "image/x-icns",
            "image/vnd.microsoft.icon": "image/x-icon",
            "image/x-portable-pixmap": "image/x-portable-anymap",
        }
        assert others.get(found, found) == SAMPLES[name][1]


# mutagen's classes, each of which opens what is of its format and refuses all else, with what it is of.
MUTAGEN = {
    ("flac", "FLAC"): "audio/flac",
    ("aac", "AAC"): "audio/aac",
    ("musepack", "Musepack"): "audio/x-musepack",
    ("wavpack", "WavPack"): "audio/x-wavpack",
    ("mp3", "MP3"): "audio/mpeg",
}


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.endswith((".flac", ".aac", ".mpc", ".wv", ".mp3"))])
def test_mutagen_agrees(sample: Path, name: str) -> None:
    """What mutagen opens is audio of that type, whatever tag is in front of it."""
    mutagen = pytest.importorskip("mutagen", reason="reads audio")
    found: list[str] = []
    for (module, kind), media_type in MUTAGEN.items():
        try:
            getattr(importlib.import_module(f"mutagen.{module}"), kind)(io.BytesIO(sample.read_bytes()))
        except mutagen.MutagenError:
            continue
        found.append(media_type)
    if not found:
        pytest.skip("mutagen wants more than a sample, or reads one tag only")
    assert found == [SAMPLES[name][1]]


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, (_, media_type) in SAMPLES.items() if media_type in media.UNREAD])
def test_what_is_not_read_is_said(sample: Path, name: str) -> None:
    """With what it is, where it is, and what to convert it to."""
    what, other = media.UNREAD[SAMPLES[name][1]]
    for function in (content.image, content.audio, content.video, content.document):
        with pytest.raises(InputError) as caught:
            function(sample)
        assert f"got {what}: {str(sample)!r}" in caught.value.message
        assert caught.value.suggestion == f"convert it to {other} first: VLM Run does not read {what}."


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.odt", "a.zip", "data.csv.gz"])
def test_what_is_no_document_is_named(sample: Path, name: str) -> None:
    """It is what it is, and not a zip archive or a Word document."""
    with pytest.raises(InputError, match=f"got {re.escape(SAMPLES[name][1])}: "):
        content.document(sample)


@pytest.mark.parametrize("name", ["notes.txt", "latin.txt", "utf-16.txt", "README.md", "table.csv", "page.html"])
def test_text_is_a_document(sample: Path, name: str) -> None:
    """By its name, as a path and as an open file."""
    part: Any = content.document(sample)
    assert part["file_url"]["url"].startswith(f"data:{SAMPLES[name][1]};base64,")
    with sample.open("rb") as file:
        assert content.document(file) == part


@pytest.mark.parametrize("data", [b"\x00\x01\x02 notes", b"total\x00", b"\xff\xfe\x00\x00\x00\x00"])
def test_what_is_no_text_is_no_document(data: bytes, tmp_path: Path) -> None:
    """A name alone makes no text of it."""
    path = tmp_path / "notes.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"unrecognised file format: .*notes\.txt"):
        content.document(path)


def test_a_name_of_nothing_known_does_not_help(tmp_path: Path) -> None:
    """Text with a name that says nothing, or that it is a picture, is not recognised."""
    for name in ("README", "a.xyz", "a.png"):
        (tmp_path / name).write_bytes(b"hello")
        with pytest.raises(InputError, match="unrecognised file format"):
            content.document(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("data.csv.gz", b"cut", "application/gzip"),
        ("drawing.svgz", b"cut", "application/gzip"),
        ("data.tar.bz2", b"cut", "application/x-bzip2"),
        ("data.csv.xz", b"cut", "application/x-xz"),
        ("data.csv.Z", b"cut", "application/x-compress"),
        ("data.csv", b"\0\1", "text/csv"),
        ("photo.png", b"cut", "image/png"),
        ("nothing", b"cut", "application/octet-stream"),
    ],
)
def test_an_upload_believes_a_name_where_the_bytes_say_nothing(
    name: str, data: bytes, expected: str, tmp_path: Path
) -> None:
    """With what it says of compression."""
    (tmp_path / name).write_bytes(data)
    assert uploaded_as(tmp_path / name) == expected


# What is hostile ------------------------------------------------------------------------------------------------------


def _made(name: str) -> bytes:
    try:
        return SAMPLES[name][0]()
    except pytest.skip.Exception:  # without Pillow
        return b"\x89PNG\r\n\x1a\n"


@settings(deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_no_file_breaks_the_detection(name: str, data: st.DataObject) -> None:
    """Cut, changed and put together: any bytes have a media type or none."""
    sample = _made(name)[:70_000]
    cut = sample[: data.draw(st.integers(0, len(sample)))]
    changed = bytearray(cut)
    for place in data.draw(st.lists(st.integers(0, max(len(cut) - 1, 0)), max_size=8)):
        if changed:
            changed[place] = data.draw(st.integers(0, 255))
    made = bytes(changed) + data.draw(st.binary(max_size=40))
    found = media.media_type_of(media.Window.of(made), name)
    assert found is None or "/" in found


def test_broken_directories_end() -> None:
    """A directory that leads to itself, or nowhere, is left."""
    ole = bytearray(make_ole(["Nothing"]))
    ole[512 + 4 : 512 + 8] = (1).to_bytes(4, "little")  # the sector after the directory is the directory
    assert media.sniff(bytes(ole)) == "application/x-ole-storage"
    ole[1024 + 128 + 68 : 1024 + 128 + 72] = (1).to_bytes(4, "little")  # an entry is its own brother
    assert media.sniff(bytes(ole)) == "application/x-ole-storage"
    archive = make_zip({"a": b""})
    assert media.sniff(archive[:-10] + b"\xff\xff\xff\x7f" + archive[-6:]) == "application/zip"
