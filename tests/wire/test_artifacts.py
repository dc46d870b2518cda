"""Artifacts on the wire, per API.md §3.7: as bytes, and as files in a folder."""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import numpy
import pytest
from PIL import Image
from typing_extensions import Buffer

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import ARTIFACT, ARTIFACTS, Answer, Answerer, LoopbackServer, Sent, fake_wire, json_answer, vlm_run
from vlmrun._lifetimes import waiting
from vlmrun._resources import downloads
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    DependencyError,
    InputError,
    NetworkError,
    PermissionDeniedError,
    ResourceNotFoundError,
    ResponseValidationError,
    ServerError,
)
from vlmrun.client.types import ArtifactInfo
from vlmrun.types import ImageRef

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]


def get(*arguments: Any, **named: Any) -> Use:
    """Getting an artifact, for a client of either colour."""
    return lambda client: client.artifacts.get(*arguments, **named)


def download(*arguments: Any, **named: Any) -> Use:
    """Downloading one; of some chat, unless it is said whose."""
    whose = {} if "execution_id" in named or "session_id" in named else {"session_id": "s"}
    return lambda client: client.artifacts.download(*arguments, **named, **whose)


def serving(content: bytes = ARTIFACT, **headers: str) -> Answerer:
    """An artifact; `content_type="a/b"` is the header `content-type: a/b`."""
    return lambda _: Answer(200, content, {name.replace("_", "-"): text for name, text in headers.items()})


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited before requests were repeated; no time passes."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(waiting, "sleep", waited.append)
    monkeypatch.setattr(waiting, "async_sleep", sleep)
    return waited


# What goes out --------------------------------------------------------------------------------------------------------

CASES: dict[str, tuple[Use, str, Mapping[str, str]]] = {
    "list of a chat": (lambda c: c.artifacts.list(session_id="s"), "/artifacts/list", {"session_id": "s"}),
    "list of an execution": (lambda c: c.artifacts.list(execution_id="e"), "/artifacts/list", {"execution_id": "e"}),
    "by id": (get("img_a1b2c3", session_id="s"), "/artifacts", {"object_id": "img_a1b2c3", "session_id": "s"}),
    "by name": (
        get(filename="out/ü & b.png", execution_id="e#1"),
        "/artifacts",
        {"filename": "out/ü & b.png", "execution_id": "e#1"},
    ),
    "by id, by name": (
        get(object_id="../x?a=b", execution_id="e"),
        "/artifacts",
        {"object_id": "../x?a=b", "execution_id": "e"},
    ),
}


@both_colours
@pytest.mark.parametrize("name", CASES)
def test_a_call_makes_its_request(colour: Colour, name: str) -> None:
    """Each method sends the documented request, with the key; names are in the query, encoded."""
    use, path, query = CASES[name]
    with fake_wire() as sent:
        colour.run(use)
    (request,) = sent
    assert (request.method, request.url.partition("?")[0], request.body) == ("GET", f"{BASE_URL}{path}", b"")
    assert parse_qsl(urlsplit(request.url).query) == list(query.items())
    assert request.header("authorization") == f"Bearer {API_KEY}"
    assert request.header("accept") == ("application/json" if path.endswith("list") else "*/*")


@both_colours
def test_download_asks_as_get_does(colour: Colour, tmp_path: Path) -> None:
    """The two differ in where the bytes go."""
    for arguments in (
        {"object_id": "img_a1b2c3", "session_id": "s"},
        {"filename": "out/a.png", "execution_id": "e"},
    ):
        with fake_wire() as sent:
            colour.run(get(**arguments))
            colour.run(download(folder=tmp_path, **arguments))
        assert len(sent) == 2
        assert sent[0] == sent[1]


@both_colours
def test_a_list_is_what_there_is(colour: Colour) -> None:
    """The items, without what is around them."""
    with fake_wire():
        found = colour.run(lambda c: c.artifacts.list(session_id="s"))
    assert found == [ArtifactInfo.model_validate(item) for item in ARTIFACTS["items"]]
    with fake_wire(lambda _: json_answer({"namespace_id": "s", "items": []})):
        assert colour.run(lambda c: c.artifacts.list(session_id="s")) == []


NOT_ONE: list[dict[str, Any]] = [
    {},
    {"object_id": "o", "filename": "f", "session_id": "s"},
    {"session_id": "s"},
    {"object_id": "o"},
    {"object_id": "o", "session_id": "s", "execution_id": "e"},
    {"object_id": "", "session_id": "s"},
    {"object_id": "", "filename": "f", "session_id": "s"},
    {"object_id": "o", "session_id": ""},
    {"object_id": 5, "session_id": "s"},
    {"filename": Path("f"), "session_id": "s"},
    {"object_id": "o", "execution_id": b"e"},
    {"object_id": "half a character: \ud800", "session_id": "s"},
    {"filename": "f", "session_id": "\udcff"},
]


@both_colours
@pytest.mark.parametrize("arguments", NOT_ONE)
def test_not_exactly_one_is_refused(colour: Colour, arguments: dict[str, Any], tmp_path: Path) -> None:
    """One of id and name, and one of chat and execution, as text: all else is refused before anything is sent."""
    both: list[Use] = [
        lambda c: c.artifacts.get(**arguments),
        lambda c: c.artifacts.download(folder=tmp_path, **arguments),
    ]
    for use in both:
        with fake_wire() as sent, pytest.raises(InputError) as caught:
            colour.run(use)
        assert sent == []
        assert caught.value.suggestion
    assert list(tmp_path.iterdir()) == []


@both_colours
@pytest.mark.parametrize("arguments", [{}, {"session_id": "s", "execution_id": "e"}, {"session_id": ""}])
def test_a_list_is_of_exactly_one(colour: Colour, arguments: dict[str, Any]) -> None:
    """Of a chat or of an execution."""
    with fake_wire() as sent, pytest.raises(InputError):
        colour.run(lambda c: c.artifacts.list(**arguments))
    assert sent == []


@both_colours
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"https://files.test/a?b", b'{"json": 1}', bytes(300_000)])
def test_bytes_are_as_they_are_served(colour: Colour, content: bytes, tmp_path: Path) -> None:
    """Nothing is decoded or read into them, whatever the server says that they are."""
    for answer in (serving(content, content_type="application/json"), serving(content)):
        with fake_wire(answer):
            got = colour.run(get("url_a1b2c3", session_id="s"))
            path = colour.run(download("doc_a1b2c3", folder=tmp_path))
        assert type(got) is bytes
        assert got == content == path.read_bytes()


@both_colours
def test_what_is_compressed_on_the_way_is_not_in_the_folder(colour: Colour, tmp_path: Path) -> None:
    """A `Content-Encoding` is of the transfer, and not of the artifact."""
    packed = serving(gzip.compress(ARTIFACT), content_type="image/png", content_encoding="gzip")
    with fake_wire(packed):
        assert colour.run(get("img_a1b2c3", session_id="s")) == ARTIFACT
        assert colour.run(download("img_a1b2c3", folder=tmp_path)).read_bytes() == ARTIFACT


# What it is called ----------------------------------------------------------------------------------------------------

SUFFIXES = {
    "image/png": ".png",
    "IMAGE/PNG": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/png; charset=x": ".png",
    " image/png ;charset=x": ".png",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "application/pdf": ".pdf",
    "application/octet-stream": ".png",  # which says nothing, so that the bytes are looked at
    "text/plain": ".txt",
    "made/up": "",
    "image/../../x": "",
    "/": "",
    "": "",
}


@both_colours
@pytest.mark.parametrize("media_type", SUFFIXES)
def test_an_id_gets_the_suffix_of_its_media_type(colour: Colour, media_type: str, tmp_path: Path) -> None:
    """So that whatever opens it knows what it is; where nothing is known of the type, there is no suffix."""
    with fake_wire(serving(content_type=media_type)):
        path = colour.run(download("img_a1b2c3", folder=tmp_path))
    assert path == tmp_path / f"img_a1b2c3{SUFFIXES[media_type]}"
    assert path.read_bytes() == ARTIFACT
    assert list(tmp_path.iterdir()) == [path]


@both_colours
def test_without_a_media_type_there_is_no_suffix(colour: Colour, tmp_path: Path) -> None:
    """Nothing is guessed."""
    with fake_wire(serving()):
        assert colour.run(download("img_a1b2c3", folder=tmp_path)) == tmp_path / "img_a1b2c3"


NAMES = {
    "picture.png": "picture.png",
    "out/deep/picture.png": "picture.png",
    "out\\deep\\picture.png": "picture.png",
    "C:\\out\\picture.png": "picture.png",
    "/etc/passwd": "passwd.jpg",
    "../../.ssh/authorized_keys": "authorized_keys.jpg",
    ".bashrc": "bashrc.jpg",
    "-rf": "rf.jpg",
    "..": "artifact.jpg",
    "out/": "artifact.jpg",
    "請求書 é.pdf": "請求書_é.pdf",
    "a:b*c?.txt": "a_b_c_.txt",
    "archive.tar.gz": "archive.tar.gz",
    "no suffix": "no_suffix.jpg",
    "ends with a dot.": "ends_with_a_dot.jpg",
    "NUL": "artifact-NUL.jpg",
    "con.png": "artifact-con.png",
    "com1.tar.gz": "artifact-com1.tar.gz",
    "console.png": "console.png",
    "請" * 300 + ".pdf": "請" * 66 + ".jpg",
}


@both_colours
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_its_last_part(colour: Colour, name: str, tmp_path: Path) -> None:
    """Where an agent put a file is of no concern here; a name that some system would take otherwise is changed."""
    with fake_wire(serving(content_type="image/jpeg")):
        assert colour.run(download(filename=name, folder=tmp_path)) == tmp_path / NAMES[name]
    assert [path.name for path in tmp_path.iterdir()] == [NAMES[name]]


@both_colours
def test_an_id_may_come_with_a_suffix(colour: Colour, tmp_path: Path) -> None:
    """Agents write `doc_a1b2c3.pdf`, and then it is that."""
    with fake_wire(serving(content_type="application/octet-stream")):
        assert colour.run(download("doc_a1b2c3.pdf", folder=tmp_path)).name == "doc_a1b2c3.pdf"


# The folder -----------------------------------------------------------------------------------------------------------


@both_colours
def test_the_folder_may_be_text_and_relative(colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    with fake_wire(serving(content_type="image/png")):
        assert colour.run(download("img_a1b2c3", folder="out")) == Path("out/img_a1b2c3.png")
    assert (tmp_path / "out/img_a1b2c3.png").read_bytes() == ARTIFACT


@both_colours
def test_a_file_of_that_name_is_replaced(colour: Colour, tmp_path: Path) -> None:
    """By what came, and not written into: whoever has the old one open goes on reading it."""
    old = tmp_path / "a.png"
    old.write_bytes(b"old")
    if sys.platform == "win32":
        with fake_wire():
            colour.run(download(filename="a.png", folder=tmp_path))
    else:
        with old.open("rb") as file:
            with fake_wire():
                colour.run(download(filename="a.png", folder=tmp_path))
            assert file.read() == b"old"
    assert old.read_bytes() == ARTIFACT
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@both_colours
def test_a_link_of_that_name_is_replaced(colour: Colour, tmp_path: Path) -> None:
    """And not followed to where it points."""
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_bytes(b"mine")
    (folder / "a.png").symlink_to(elsewhere)
    with fake_wire():
        colour.run(download(filename="a.png", folder=folder))
    assert elsewhere.read_bytes() == b"mine"
    assert not (folder / "a.png").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
@both_colours
def test_a_file_is_its_owners(colour: Colour, tmp_path: Path) -> None:
    """Nobody has said who else may read it."""
    with fake_wire():
        path = colour.run(download("img_a1b2c3", folder=tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


FAILURES: dict[str, tuple[Answer | Exception, type[APIError]]] = {
    "401": (json_answer({"detail": "Who?"}, 401), AuthenticationError),
    "403": (json_answer({"detail": "No."}, 403), PermissionDeniedError),
    "404": (json_answer({"detail": "Artifact not found."}, 404), ResourceNotFoundError),
    "500": (Answer(500, b"<html>"), ServerError),
    "reset": (httpx2.ReadError("reset"), NetworkError),
}


@both_colours
@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.usefixtures("waits")
def test_a_failure_leaves_the_folder_as_it_was(colour: Colour, name: str, tmp_path: Path) -> None:
    """It is the error of its status, with the server's words, and what was there before is there still."""
    answer, kind = FAILURES[name]
    old = tmp_path / "img_a1b2c3.png"
    old.write_bytes(b"old")
    for use in (get("img_a1b2c3", session_id="s"), download("img_a1b2c3", folder=tmp_path)):
        with fake_wire(lambda _: answer), pytest.raises(kind) as caught:
            colour.run(use)
        assert not isinstance(answer, Answer) or caught.value.http_status == answer.status
        if isinstance(answer, Answer) and answer.status < 500:
            assert caught.value.message in answer.body.decode()
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


@both_colours
@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"items": null}', b'{"items": [{}]}', b"<html>", b""])
def test_a_list_that_cannot_be_read(colour: Colour, body: bytes) -> None:
    """An answer that says success and is no list of artifacts is an error."""
    with fake_wire(serving(body)), pytest.raises(ResponseValidationError):
        colour.run(lambda c: c.artifacts.list(session_id="s"))


def ref(suffix: str) -> ImageRef:
    """A reference, as an agent may write it."""
    return ImageRef(id=f"img_a1b2c3{suffix}")


# Of what kind it is ---------------------------------------------------------------------------------------------------


def saved(array: object, **named: object) -> bytes:
    """A file of NumPy's: `.npy`, or `.npz` of what is named."""
    file = io.BytesIO()
    if named:
        numpy.savez(file, **named)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # arrays by names
    else:
        numpy.save(file, array)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # an array
    return file.getvalue()


def picture(format: str = "PNG", mode: str = "RGBA") -> bytes:
    """An image of 3 x 2 pixels."""
    file = io.BytesIO()
    Image.new(mode, (3, 2), 7).save(file, format=format)
    return file.getvalue()


OCTETS = {
    "png": ("img_a1b2c3", picture(), ".png"),
    "jpeg": ("img_a1b2c3", picture("JPEG", "L"), ".jpg"),
    "pdf": ("doc_a1b2c3", b"%PDF-1.7\n", ".pdf"),
    "gzip of a reconstruction": ("recon_a1b2c3", gzip.compress(b"x"), ".spz"),
    "cloud": ("recon_a1b2c3", b"ply\nformat ascii 1.0\n", ".ply"),
    "array": ("arr_a1b2c3", saved([1, 2]), ".npy"),
    "who knows": ("recon_a1b2c3", b"who knows", ".bin"),
    "its own suffix": ("doc_a1b2c3.pdf", b"who knows", ".pdf"),
}


@both_colours
@pytest.mark.parametrize("name", OCTETS)
def test_octets_are_what_their_bytes_say(colour: Colour, name: str, tmp_path: Path) -> None:
    """A server that says `application/octet-stream` says nothing: the suffix comes from the first bytes."""
    object_id, content, suffix = OCTETS[name]
    with fake_wire(serving(content, content_type="application/octet-stream")):
        path = colour.run(download(object_id, folder=tmp_path))
    assert path.name == object_id.partition(".")[0] + suffix
    assert path.read_bytes() == content


@both_colours
@pytest.mark.parametrize("method", ["get", "image", "array", "download"])
@pytest.mark.parametrize(
    "asked",
    ["img_a1b2c3", "img_a1b2c3.png", "img_a1b2c3.tar.gz", ImageRef(id="img_a1b2c3"), ImageRef(id="img_a1b2c3.png")],
)
def test_an_id_is_asked_for_without_its_suffix(colour: Colour, method: str, asked: object, tmp_path: Path) -> None:
    """Agents write `img_a1b2c3.png`, and a `response_model` has references; the server knows `img_a1b2c3`."""
    folder = {"folder": tmp_path} if method == "download" else {}
    with fake_wire(serving(picture(), content_type="image/png")) as sent:
        colour.run(lambda c: getattr(c.artifacts, method)(asked, session_id="s", **folder))
    (request,) = sent
    assert parse_qsl(urlsplit(request.url).query)[0] == ("object_id", "img_a1b2c3")
    if folder:
        assert [path.name.startswith("img_a1b2c3.") for path in tmp_path.iterdir()] == [True]


@both_colours
@pytest.mark.parametrize("asked", ["report.pdf", "img_a1b2c3d.png", "x_a1b2c3.png", "img_a1b2c3/.png"])
def test_what_is_no_id_is_asked_for_as_it_is(colour: Colour, asked: str) -> None:
    """Only an id's own suffix is known to be none of it."""
    with fake_wire() as sent:
        colour.run(get(asked, session_id="s"))
    assert parse_qsl(urlsplit(sent[0].url).query)[0] == ("object_id", asked)


@both_colours
@pytest.mark.parametrize("media_type", ["image/png", "application/octet-stream", "text/plain", ""])
def test_an_image_is_a_pillow_image(colour: Colour, media_type: str) -> None:
    """Whatever the server calls it, in its own mode, and read to its end. A notebook shows it."""
    with fake_wire(serving(picture(), content_type=media_type)):
        image = colour.run(lambda c: c.artifacts.image("img_a1b2c3", session_id="s"))
    assert isinstance(image, Image.Image)
    assert (image.mode, image.size, image.format) == ("RGBA", (3, 2), "PNG")
    assert image._repr_png_()  # pyright: ignore[reportPrivateUsage]  # what a notebook asks for


@both_colours
def test_an_image_by_its_name(colour: Colour) -> None:
    """As `get` takes it."""
    with fake_wire(serving(picture("JPEG", "L"))) as sent:
        image = colour.run(lambda c: c.artifacts.image(filename="out/a.jpg", execution_id="e"))
    assert image.mode == "L"
    assert parse_qsl(urlsplit(sent[0].url).query) == [("filename", "out/a.jpg"), ("execution_id", "e")]


ARRAYS = {
    "npy": (saved([[1.5, 2.0]]), [[1.5, 2.0]]),
    "npz": (saved(None, only=[3, 4]), [3, 4]),
    "png": (picture("PNG", "L"), [[7, 7, 7], [7, 7, 7]]),
}


@both_colours
@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_numpys(colour: Colour, name: str) -> None:
    """Of one of NumPy's files, or the pixels of an image."""
    content, values = ARRAYS[name]
    with fake_wire(serving(content, content_type="application/octet-stream")):
        array = colour.run(lambda c: c.artifacts.array("arr_a1b2c3", session_id="s"))
    assert isinstance(array, numpy.ndarray)
    assert array.tolist() == values


NEITHER = {
    "pdf": (b"%PDF-1.7\nsecret", "is application/pdf, not"),
    "text": (b"https://files.test/a?signature=secret", "cannot be read as"),
    "cut off": (picture()[:40], "cannot be read as"),
    "nothing": (b"", "cannot be read as"),
    "objects": (saved(numpy.array([{}], dtype=object)), "cannot be read as"),
    "two arrays": (saved(None, a=[1], b=[2]), "not an"),
    "a broken file": (saved([1, 2])[:-3], "cannot be read as"),
}


@both_colours
@pytest.mark.parametrize("method", ["image", "array"])
@pytest.mark.parametrize("name", NEITHER)
def test_an_artifact_of_another_kind(colour: Colour, method: str, name: str) -> None:
    """An error of this package that says which artifact, what it is and what to call, and does not quote it."""
    content, said = NEITHER[name]
    with fake_wire(serving(content, content_type="image/png")), pytest.raises(ResponseValidationError) as caught:
        colour.run(lambda c: getattr(c.artifacts, method)("img_a1b2c3", session_id="s"))
    text = str(caught.value)
    assert "img_a1b2c3" in text
    assert said in text or "not an" in text
    assert "artifacts.get" in text
    assert "secret" not in text
    frames = [frame.f_locals for error in (caught.value, caught.value.__cause__) for frame in frames_of(error)]
    assert not any(content and value == content for known in frames for value in known.values())


def frames_of(error: BaseException | None) -> list[FrameType]:
    """The frames of this package in a traceback."""
    found = traceback.walk_tb(error.__traceback__ if error else None)
    return [frame for frame, _ in found if str(frame.f_globals.get("__name__")).startswith("vlmrun")]


@both_colours
@pytest.mark.parametrize(("method", "module"), [("image", "PIL"), ("array", "numpy")])
def test_without_the_extra_nothing_is_sent(
    colour: Colour, method: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what to install."""
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with fake_wire() as sent, pytest.raises(DependencyError, match=f"artifacts.{method}") as caught:
        colour.run(lambda c: getattr(c.artifacts, method)("img_a1b2c3", session_id="s"))
    assert sent == []
    assert caught.value.suggestion == "pip install 'vlmrun[all]'"


@both_colours
def test_raw_images(colour: Colour) -> None:
    """`with_raw_response` has the headers, and the image is parsed; what is none is an error of `parse`."""
    with fake_wire(serving(picture(), content_type="image/png", x_request_id="r-1")):
        raw = colour.run(lambda c: c.artifacts.with_raw_response.image("img_a1b2c3", session_id="s"))
    assert (raw.request_id, raw.parse().size) == ("r-1", (3, 2))
    with fake_wire(serving(b"%PDF-1.7")):
        raw = colour.run(lambda c: c.artifacts.with_raw_response.image("img_a1b2c3", session_id="s"))
    with pytest.raises(ResponseValidationError):
        raw.parse()


# One that is new ------------------------------------------------------------------------------------------------------


class Clock:
    """Time that passes only where somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.waited.append(seconds)
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        """Wait, as tasks do."""
        self.sleep(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of this package, which does not go by itself."""
    clock = Clock()
    monkeypatch.setattr(waiting, "sleep", clock.sleep)
    monkeypatch.setattr(waiting, "async_sleep", clock.async_sleep)
    monkeypatch.setattr(waiting, "monotonic", lambda: clock.now)
    return clock


MISSING = json_answer({"detail": "Artifact not found."}, 404)


def after(number: int, found: Answer) -> Answerer:
    """404 so many times, and then what is found."""
    left = [MISSING] * number
    return lambda _: left.pop() if left else found


@both_colours
@pytest.mark.parametrize("method", ["get", "image", "array", "download"])
@pytest.mark.parametrize("number", [1, 5])
def test_a_new_artifact_is_waited_for(colour: Colour, method: str, number: int, clock: Clock, tmp_path: Path) -> None:
    """An answer may name it before it is stored: its 404 is no error as long as it may still come."""
    folder = {"folder": tmp_path} if method == "download" else {}
    with fake_wire(after(number, Answer(200, picture(), {"content-type": "image/png"}))) as sent:
        got = colour.run(lambda c: getattr(c.artifacts, method)("img_a1b2c3", session_id="s", **folder))
    assert got is not None
    assert len(sent) == number + 1
    assert clock.waited == [0.25, 0.5, 1.0, 2.0, 2.0][:number]


WAITS: dict[str, tuple[dict[str, float | None], float]] = {
    "as it is": ({}, 10.0),
    "longer": ({"wait": 25}, 25.0),
    "shorter": ({"wait": 0.6}, 0.6),
    "not at all": ({"wait": 0}, 0.0),
    "within the timeout": ({"timeout": 3.0}, 3.0),
    "within both": ({"wait": 5.0, "timeout": 3}, 3.0),
    "without a timeout": ({"wait": 5.0, "timeout": None}, 5.0),
}


@both_colours
@pytest.mark.parametrize("name", WAITS)
def test_one_that_does_not_come_is_an_error(colour: Colour, name: str, clock: Clock, tmp_path: Path) -> None:
    """In the time that `wait` says, never longer than the timeout; the error says how long that was."""
    options, seconds = WAITS[name]
    for use in (get("img_a1b2c3", session_id="s", **options), download("img_a1b2c3", folder=tmp_path, **options)):
        clock.waited.clear()
        with fake_wire(lambda _: MISSING) as sent, pytest.raises(ResourceNotFoundError, match="not found") as caught:
            colour.run(use)
        assert sum(clock.waited) == pytest.approx(seconds)  # the last look is at the end
        error = caught.value
        assert error.attempts == len(sent)
        assert error.seconds == pytest.approx(seconds)
        assert "artifacts.list" in (error.suggestion or "")
        assert ("waited" in (error.suggestion or "")) is (seconds > 0)
    assert list(tmp_path.iterdir()) == []


@both_colours
@pytest.mark.parametrize("name", ["401", "403", "500", "reset"])
def test_other_failures_are_not_waited_for(colour: Colour, name: str, clock: Clock) -> None:
    """They are final."""
    answer, kind = FAILURES[name]
    with fake_wire(lambda _: answer) as sent, pytest.raises(kind):
        colour.run(get("img_a1b2c3", session_id="s"))
    assert (len(sent), clock.waited) == (1, [])


@both_colours
def test_what_is_no_artifact_is_not_waited_for(colour: Colour, clock: Clock) -> None:
    """A list of a chat that does not exist, and a `base_url` at which no artifact will ever be."""
    with fake_wire(lambda _: MISSING) as sent, pytest.raises(ResourceNotFoundError):
        colour.run(lambda c: c.artifacts.list(session_id="s"))
    with (
        fake_wire(lambda _: json_answer({"detail": "Not Found"}, 404)) as also,
        pytest.raises(ResourceNotFoundError, match="base_url"),
    ):
        colour.run(get("img_a1b2c3", session_id="s"), base_url="https://vlmrun.test")
    assert (len(sent), len(also), clock.waited) == (1, 1, [])


@both_colours
@pytest.mark.parametrize("wait", [-1, "5", None, True, float("nan"), float("inf")], ids=repr)
def test_a_wait_that_is_none_is_refused(colour: Colour, wait: object) -> None:
    """By name, before anything is sent."""
    with fake_wire() as sent, pytest.raises(InputError, match="wait"):
        colour.run(get("img_a1b2c3", session_id="s", wait=wait))
    assert sent == []


# What breaks off ------------------------------------------------------------------------------------------------------


def broken_off(content: bytes) -> Answer:
    """An answer whose connection ends before its body does."""
    headers = {"content-type": "image/png", "content-length": str(len(content) + 1), "connection": "close"}
    return Answer(200, content, headers)


BIG = bytes(range(256)) * 4000


@both_colours
@pytest.mark.parametrize(
    "first", [BIG[:-1], BIG[:70_000], b"", BIG + b"more than there is"], ids=["most", "some", "nothing", "more"]
)
def test_a_body_that_broke_off_comes_again(colour: Colour, first: bytes, tmp_path: Path, waits: list[float]) -> None:
    """What an attempt that failed has left is forgotten: the file is exactly what the last one brought."""

    def answer(_: Sent) -> Answer:
        whole = Answer(200, BIG, {"content-type": "image/png"})
        return broken_off(first) if len(server.sent) % 3 else whole

    with LoopbackServer(answer) as server:
        for use in (download("img_a1b2c3", folder=tmp_path), get("img_a1b2c3", session_id="s")):
            got = colour.run(use, base_url=server.base_url, max_retries=2)
            assert (got.read_bytes() if isinstance(got, Path) else got) == BIG
    assert len(server.sent) == 6
    assert len(waits) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["img_a1b2c3.png"]


@both_colours
def test_a_body_that_breaks_off_for_good(colour: Colour, tmp_path: Path, waits: list[float]) -> None:
    """Half an artifact is none: an error, and nothing new in the folder."""
    old = tmp_path / "img_a1b2c3.png"
    old.write_bytes(b"old")
    with LoopbackServer(lambda _: broken_off(BIG)) as server, pytest.raises(NetworkError):
        colour.run(download("img_a1b2c3", folder=tmp_path), base_url=server.base_url, max_retries=1)
    assert len(server.sent) == 2
    assert len(waits) == 1
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


@both_colours
def test_a_refusal_after_half_a_body(colour: Colour, tmp_path: Path, waits: list[float]) -> None:
    """The last attempt counts, and nothing is made of the half."""
    gone = json_answer({"detail": "Gone."}, 404)
    with (
        LoopbackServer(lambda _: broken_off(BIG) if len(server.sent) == 1 else gone) as server,
        pytest.raises(ResourceNotFoundError, match="Gone"),
    ):
        colour.run(download("img_a1b2c3", folder=tmp_path, wait=0), base_url=server.base_url, max_retries=5)
    assert len(waits) == 1
    assert list(tmp_path.iterdir()) == []


@both_colours
@pytest.mark.parametrize("folder", ["missing", "file", "nul", "none", "number"])
def test_a_folder_that_is_none_is_refused(colour: Colour, folder: str, tmp_path: Path) -> None:
    """Before anything is asked for; it is not made either."""
    file = tmp_path / "file"
    file.touch()
    folders: dict[str, object] = {
        "missing": tmp_path / "missing",
        "file": file,
        "nul": f"{tmp_path}\0",
        "none": None,
        "number": 5,
    }
    with fake_wire() as sent, pytest.raises(InputError, match="folder") as caught:
        colour.run(download("img_a1b2c3", folder=folders[folder]))
    assert sent == []
    assert caught.value.suggestion
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="who may do everything may write anywhere")
@both_colours
def test_a_folder_that_may_not_be_written_to_is_refused(colour: Colour, tmp_path: Path) -> None:
    """As one that is not there."""
    tmp_path.chmod(0o500)
    try:
        with fake_wire() as sent, pytest.raises(InputError, match="folder"):
            colour.run(download("img_a1b2c3", folder=tmp_path))
    finally:
        tmp_path.chmod(0o700)
    assert sent == []


@both_colours
def test_a_folder_that_takes_no_file_is_refused(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the system says against it: a full disk, a folder of others, too many open files."""

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("vlmrun._resources.downloads.tempfile.mkstemp", refuse)
    with fake_wire() as sent, pytest.raises(InputError, match="Permission denied"):
        colour.run(download("img_a1b2c3", folder=tmp_path))
    assert sent == []


class FullDisk(io.FileIO):
    """A file on a disk that has room for some bytes more, wherever else it is."""

    room = 300_000

    def write(self, data: Buffer, /) -> int:
        """Write what there is room for."""
        with memoryview(data) as view:
            left = self.room - self.tell()
            if left <= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(view[:left])


@both_colours
def test_a_full_disk(colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says where and how much had come, the half is gone, and what was there before is there still."""
    old = tmp_path / "img_a1b2c3.png"
    old.write_bytes(b"old")

    def opened(handle: int, mode: str, **_: object) -> FullDisk:
        return FullDisk(handle, mode)

    monkeypatch.setattr(downloads, "open", opened, raising=False)
    with fake_wire(serving(BIG, content_type="image/png")) as sent, pytest.raises(InputError) as caught:
        colour.run(download("img_a1b2c3", folder=tmp_path), max_retries=3)
    assert len(sent) == 1  # another attempt would fail as this one did
    text = str(caught.value)
    for told in (str(tmp_path), "300,000 bytes", "No space left on device", "free some space"):
        assert told in text
    assert isinstance(caught.value.__cause__, OSError)
    assert not any(BIG in known.values() for known in (frame.f_locals for frame in frames_of(caught.value)))
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]
    monkeypatch.undo()
    with fake_wire(serving(BIG, content_type="image/png")):
        assert colour.run(download("img_a1b2c3", folder=tmp_path)).read_bytes() == BIG


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@both_colours
def test_a_file_that_may_not_grow(colour: Colour, tmp_path: Path) -> None:
    """The system's own refusal in the middle of a file, after it wrote a part of a piece."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_001, before[1]))
    try:
        with fake_wire(serving(BIG, content_type="image/png")), pytest.raises(InputError) as caught:
            colour.run(download("img_a1b2c3", folder=tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "500,001 bytes" in caught.value.message
    assert caught.value.suggestion
    assert list(tmp_path.iterdir()) == []


@both_colours
@pytest.mark.parametrize("code", [errno.ENAMETOOLONG, errno.EROFS, errno.EACCES, errno.ENOSPC], ids=errno.errorcode.get)
@pytest.mark.parametrize("door", ["tempfile.mkstemp", "os.replace"])
def test_what_the_system_refuses(
    colour: Colour, door: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is too long, a disk that is read-only: an error that names the folder, and nothing is left."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(f"vlmrun._resources.downloads.{door}", refuse)
    with fake_wire(), pytest.raises(InputError, match="folder") as caught:
        colour.run(download("img_a1b2c3", folder=tmp_path))
    assert str(tmp_path) in caught.value.message
    assert os.strerror(code) in caught.value.message
    assert caught.value.suggestion
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="paths are measured otherwise there")
@both_colours
def test_a_path_that_is_too_long(colour: Colour, tmp_path: Path) -> None:
    """A folder that takes a short name and not the artifact's: no trace of Python's own error."""
    folder = tmp_path
    most = os.pathconf("/", "PC_PATH_MAX")
    while len(os.fsencode(folder)) < most - 260:
        folder /= "f" * 200
    folder /= "f" * (most - len(os.fsencode(folder)) - 60)
    folder.mkdir(parents=True)
    with fake_wire(), pytest.raises(InputError, match="too long"):
        colour.run(download(filename="a" * 190 + ".png", folder=folder))
    assert list(folder.iterdir()) == []
    with fake_wire():
        assert colour.run(download(filename="a.png", folder=folder)).name == "a.png"


@both_colours
def test_a_folder_in_the_place_of_the_file(colour: Colour, tmp_path: Path) -> None:
    """Nothing but a file is replaced, and nothing is left behind."""
    taken = tmp_path / "img_a1b2c3.png"
    taken.mkdir()
    with fake_wire(), pytest.raises(InputError, match="folder"):
        colour.run(download("img_a1b2c3", folder=tmp_path))
    assert list(tmp_path.iterdir()) == [taken]
    assert list(taken.iterdir()) == []


@both_colours
def test_it_can_be_interrupted(colour: Colour, tmp_path: Path) -> None:
    """Whatever ends a download, no part of it is left."""

    class StopError(BaseException):
        """As Ctrl-C is, and other errors are not."""

    def stop(_: Sent) -> Answer:
        raise StopError

    with fake_wire(stop), pytest.raises(StopError):
        colour.run(download("img_a1b2c3", folder=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_wire_of_these_tests_serves_a_picture() -> None:
    """`vlm_run` serves a PNG, on which some of the tests above rely."""
    answer = vlm_run(Sent("GET", f"{BASE_URL}/artifacts?object_id=o&session_id=s", (), b""))
    assert (answer.body, answer.headers["content-type"]) == (ARTIFACT, "image/png")
