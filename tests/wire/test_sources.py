"""What people have in their hands when they want to send a file: each kind of source, and the ways that files break."""

from __future__ import annotations

import bz2
import contextlib
import gc
import gzip
import io
import lzma
import mmap
import os
import sys
import tarfile
import tempfile
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import anyio
import pytest

from support.colours import Colour, both_colours
from support.wire import PROMISE, LoopbackServer, fake_wire, json_answer, vlm_run
from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun._inputs import reading
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import ArtifactInfo

SYNC, ASYNC = Colour(VLMRun), Colour(AsyncVLMRun)
PDF = b"%PDF-1.7\n\x00\xff\r\n--sesame-4711"

# The sources of these tests are forgotten where they are used.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
posix = pytest.mark.skipif(sys.platform == "win32", reason="has pipes with names and devices")
linux = pytest.mark.skipif(sys.platform != "linux", reason="has /proc")


def uploaded(colour: Colour, source: object, **options: Any) -> tuple[str, bytes]:
    """The name and the bytes that a server gets of a source."""
    with fake_wire() as sent:
        colour.run(lambda client: client.files.upload(source, force=True, method="presigned-url", **options))
    assert sent[1].header("content-length") == str(len(sent[1].body))
    return sent[0].json()["filename"], sent[1].body


def refused(colour: Colour, source: object) -> InputError:
    """The error of an upload, of which nothing was sent."""
    with fake_wire() as sent, pytest.raises(InputError) as caught:
        colour.run(lambda client: client.files.upload(source))
    assert sent == []
    assert caught.value.suggestion
    assert_bare(caught.value)
    return caught.value


def assert_bare(error: BaseException | None) -> None:
    """No frame of an error or of its causes holds the document, but those of the test and of the call itself."""
    while error is not None:
        assert "sesame-4711" not in str(error)
        frame = error.__traceback__
        while frame is not None:
            code = frame.tb_frame.f_code
            if "/tests/" not in code.co_filename and "/_resources/" not in code.co_filename:
                held = [name for name, value in frame.tb_frame.f_locals.items() if b"sesame" in _bytes_of(value)]
                assert not held, (code.co_qualname if sys.version_info >= (3, 11) else code.co_name, held)
            frame = frame.tb_next
        error = error.__cause__ or error.__context__


def _bytes_of(value: object) -> bytes:
    return bytes(value) if isinstance(value, (bytes, bytearray)) else repr(value).encode()


class FileStorage:
    """As Werkzeug has it: what it has not is that of its stream."""

    def __init__(self, stream: IO[bytes], filename: str | None, name: str) -> None:
        self.stream, self.filename, self.name = stream, filename, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class AsyncFile:
    """As anyio and aiofiles have it: all of it is awaited."""

    def __init__(self, data: bytes, name: str) -> None:
        self._file = io.BytesIO(data)
        self.name = name
        self.asked: list[int] = []

    async def read(self, size: int = -1) -> bytes:
        self.asked.append(size)
        return self._file.read(size)

    async def seek(self, position: int) -> int:
        return self._file.seek(position)


def upload_file(data: bytes) -> Any:
    """FastAPI's `UploadFile` is Starlette's."""
    starlette = pytest.importorskip("starlette.datastructures", reason="has UploadFile")
    file = tempfile.SpooledTemporaryFile(max_size=10)  # noqa: SIM115  # as Starlette makes it, and never closes
    file.write(data)
    file.seek(0)
    return starlette.UploadFile(file, filename="scan.pdf")


@contextlib.contextmanager
def piped(data: bytes) -> Generator[IO[bytes]]:
    """A pipe with bytes in it."""
    reading_end, writing_end = os.pipe()

    def write() -> None:
        with os.fdopen(writing_end, "wb") as file:
            file.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading_end, "rb") as file:
        yield file
    thread.join()


# Kinds of sources -----------------------------------------------------------------------------------------------------


def _temporary(_: Path) -> Any:
    file = tempfile.NamedTemporaryFile(suffix="-scan.pdf")  # noqa: SIM115  # the test closes it
    file.write(PDF)
    file.seek(0)
    return file


def _spooled(_: Path) -> Any:
    file = tempfile.SpooledTemporaryFile(max_size=10)  # noqa: SIM115  # the test closes it
    file.write(PDF)
    file.seek(0)
    return file


def _mapped(path: Path) -> Any:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _zipped(path: Path) -> Any:
    with zipfile.ZipFile(path.with_name("a.zip"), "w") as archive:
        archive.write(path, "folder/member.pdf")
    return zipfile.ZipFile(path.with_name("a.zip")).open("folder/member.pdf")


def _in_tar(path: Path) -> Any:
    with tarfile.open(path.with_name("a.tar.gz"), "w:gz") as archive:
        archive.add(path, "folder/member.pdf")
    return tarfile.open(path.with_name("a.tar.gz")).extractfile("folder/member.pdf")


SOURCES: dict[str, tuple[Callable[[Path], Any], str | None]] = {
    "str": (str, "scan.pdf"),
    "path": (lambda path: path, "scan.pdf"),
    "path of bytes": (lambda path: SimplePath(os.fsencode(path)), "scan.pdf"),
    "bytes": (lambda _: PDF, "upload.pdf"),
    "bytearray": (lambda _: bytearray(PDF), "upload.pdf"),
    "memoryview": (lambda _: memoryview(b".." + PDF)[2:], "upload.pdf"),
    "file": (lambda path: path.open("rb"), "scan.pdf"),
    "temporary file": (_temporary, None),
    "spooled temporary file": (_spooled, "upload.pdf"),
    "mmap": (_mapped, "upload.pdf"),
    "member of a zip": (_zipped, "member.pdf"),
    "member of a tar": (_in_tar, "member.pdf"),
    "upload of Starlette": (lambda _: upload_file(PDF), "scan.pdf"),
    "upload of Werkzeug": (lambda _: FileStorage(io.BytesIO(PDF), "scan.pdf", "field"), "scan.pdf"),
    "upload of Werkzeug without a name": (lambda _: FileStorage(io.BytesIO(PDF), None, "field"), "upload.pdf"),
    "file behind a wrapper that only reads": (lambda _: SimpleNamespace(read=io.BytesIO(PDF).read), "upload.pdf"),
    "file behind a wrapper without tell": (
        lambda _: SimpleNamespace(read=(file := io.BytesIO(PDF)).read, seek=file.seek, name="/x/scan.pdf"),
        "scan.pdf",
    ),
}


class SimplePath:
    def __init__(self, path: Any) -> None:
        self._path = path

    def __fspath__(self) -> Any:
        return self._path


@both_colours
@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_one_for_uploads_and_parts(colour: Colour, name: str, tmp_path: Path) -> None:
    """Whatever can be uploaded can be sent in a message, with the same bytes, and the other way round."""
    path = tmp_path / "scan.pdf"
    path.write_bytes(PDF)
    make, filename = SOURCES[name]
    sent_as, body = uploaded(colour, make(path))
    assert body == PDF
    assert filename is None or sent_as == filename
    part: Any = content.document(make(path))
    assert part == content.document(PDF)
    gc.collect()  # files of archives close when they are forgotten


def test_async_file_is_awaited() -> None:
    """A file whose `read` is awaited is read whole, a piece at a time."""
    file = AsyncFile(bytes(3_000_000), "/x/zeros.bin")
    anyio.run(file.seek, 7)
    assert uploaded(ASYNC, file) == ("zeros.bin", bytes(3_000_000))
    assert set(file.asked) == {1 << 20}


def test_async_upload_without_its_file_is_awaited() -> None:
    """So is an `UploadFile` of a framework that shows no file."""

    class Upload(AsyncFile):
        filename = "scan.pdf"

    assert uploaded(ASYNC, Upload(PDF, "field")) == ("scan.pdf", PDF)


def test_async_file_is_refused_where_nothing_awaits() -> None:
    """The error says what to pass."""
    assert refused(SYNC, AsyncFile(PDF, "a")).suggestion == "pass the bytes: await file.read()."
    with pytest.raises(InputError, match="awaited"):
        content.document(AsyncFile(PDF, "a"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_async_file_that_breaks_is_refused() -> None:
    """As any other."""

    class Broken(AsyncFile):
        async def read(self, size: int = -1) -> bytes:
            if self.asked:
                raise OSError(5, "Input/output error")
            return await super().read(size)

    assert "Input/output error" in refused(ASYNC, Broken(PDF, "a")).message


@both_colours
def test_upload_of_a_framework_stands_where_it_stood(colour: Colour) -> None:
    """It may have been read before, and may be read again."""
    file = upload_file(PDF)
    file.file.seek(5)
    assert uploaded(colour, file) == ("scan.pdf", PDF)
    assert file.file.tell() == 5


# What cannot seek -----------------------------------------------------------------------------------------------------


@both_colours
def test_a_pipe_is_uploaded(colour: Colour) -> None:
    """It is copied first, as an upload may have to be repeated."""
    with piped(PDF) as file:
        assert uploaded(colour, file) == ("upload.pdf", PDF)


@both_colours
def test_a_large_pipe_takes_little_memory(colour: Colour) -> None:
    """It is copied to disk, and never in memory as a whole."""

    class Endless:
        left = 200 << 20

        def read(self, size: int, /) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    def answer(_: Any) -> Any:
        raise InterruptedError

    tracemalloc.start()
    try:
        with pytest.raises(InterruptedError), fake_wire(answer):
            colour.run(lambda client: client.files.upload(Endless()))
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@posix
@both_colours
def test_a_named_pipe_is_uploaded(colour: Colour, tmp_path: Path) -> None:
    """Also if the program that writes to it starts later, and is slow."""
    path = tmp_path / "pipe.pdf"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as file:
            file.write(PDF[:9])
            time.sleep(0.05)
            file.write(PDF[9:])

    for use in (lambda: uploaded(colour, path), lambda: content.document(path)):
        thread = threading.Timer(0.05, write)
        thread.start()
        assert use() in (("pipe.pdf", PDF), content.document(PDF))
        thread.join()


@posix
@both_colours
def test_a_named_pipe_without_a_writer_is_refused(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be waited for without end."""
    monkeypatch.setattr(reading, "_WRITER_SECONDS", 0.05)
    os.mkfifo(tmp_path / "pipe")
    assert "no program writes" in refused(colour, tmp_path / "pipe").message
    with pytest.raises(InputError, match="no program writes"):
        content.document(tmp_path / "pipe")


@posix
def test_a_writer_that_is_silent_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long: it may be working. Only a pipe that no program has open is given up."""
    monkeypatch.setattr(reading, "_WRITER_SECONDS", 0.01)
    path = tmp_path / "pipe.pdf"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)

    def write() -> None:
        os.write(writer, PDF)
        os.close(writer)

    thread = threading.Timer(0.3, write)
    thread.start()
    assert content.document(path) == content.document(PDF)
    thread.join()


@linux
@both_colours
@pytest.mark.parametrize("path", ["/proc/self/status", "/proc/cpuinfo", "/sys/kernel/mm/transparent_hugepage/enabled"])
def test_a_file_of_the_kernel_is_uploaded(colour: Colour, path: str) -> None:
    """It has no size, or one that is wrong."""
    if not os.path.exists(path):
        pytest.skip("is not here")
    expected = Path(path).read_bytes()
    name, body = uploaded(colour, path)
    assert (name, len(body) > 0) == (os.path.basename(path), True)
    if "self" not in path:
        assert body.splitlines()[:1] == expected.splitlines()[:1]


@linux
@both_colours
def test_a_file_by_its_number_is_uploaded(colour: Colour, tmp_path: Path) -> None:
    """Whether it is one on disk, or a pipe, as a shell's `<(...)` makes it."""
    (tmp_path / "a.pdf").write_bytes(PDF)
    with (tmp_path / "a.pdf").open("rb") as file:
        assert uploaded(colour, f"/dev/fd/{file.fileno()}")[1] == PDF
    with piped(PDF) as file:
        assert uploaded(colour, f"/dev/fd/{file.fileno()}")[1] == PDF


@posix
@both_colours
@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(colour: Colour, path: str) -> None:
    """It has no end, or nothing."""
    assert "device" in refused(colour, path).message
    with pytest.raises(InputError, match="device"):
        content.document(path)


# What changes or breaks while it is read ------------------------------------------------------------------------------


@both_colours
@pytest.mark.parametrize("method", ["direct", "presigned-url"])
@pytest.mark.parametrize("by_path", [True, False])
def test_a_file_that_grows_is_sent_as_it_was_counted(
    colour: Colour, method: str, by_path: bool, tmp_path: Path
) -> None:
    """A log is being written: what comes while it is sent is not sent."""
    path = tmp_path / "app.log"
    path.write_bytes(b"line\n" * 1000)

    def grow(sent: Any) -> Any:
        with path.open("ab") as file:
            file.write(b"more\n" * 1000)
        return vlm_run(sent)

    with fake_wire(grow) as sent, path.open("rb") as file:
        colour.run(lambda client: client.files.upload(path if by_path else file, method=method))
    body = sent[1 if method == "direct" else 2].body
    assert body.count(b"line\n") == 1000
    assert b"more" not in body


@both_colours
@pytest.mark.parametrize("method", ["direct", "presigned-url"])
@pytest.mark.parametrize("force", [True, False])
def test_a_file_that_shrinks_is_an_error_of_ours(colour: Colour, method: str, force: bool, tmp_path: Path) -> None:
    """Not one of the HTTP client, which counts on the length that it was told."""
    path = tmp_path / "app.log"
    path.write_bytes(b"sesame-4711\n" * 400_000)

    class Cut(io.FileIO):
        def read(self, size: int | None = -1, /) -> Any:
            if self.tell() > 1 << 20 and (self.hashed or force):
                os.truncate(path, 100)
            chunk = super().read(size)
            self.hashed = self.hashed or not chunk or self.tell() == 4_800_000
            return chunk

        hashed = False

    def answer(sent: Any) -> Any:
        if sent.path.endswith("presigned-url"):
            return json_answer({**PROMISE, "url": f"{server.origin}/bucket/a"})
        return vlm_run(sent)

    with LoopbackServer(answer) as server, Cut(path) as file, pytest.raises(InputError) as caught:
        colour.run(
            lambda client: client.files.upload(file, method=method, force=force),
            base_url=server.base_url,
            max_retries=0,
        )
    assert "became shorter while it was read: it had 4,800,000 bytes" in caught.value.message
    assert_bare(caught.value)


def _gzip(data: bytes, path: Path) -> Any:
    path.write_bytes(data)
    return gzip.open(path)


PACKED = gzip.compress(os.urandom(100_000) + PDF)


class Breaking(io.BytesIO):
    """A file on a disk that fails in the middle."""

    def read(self, _: int | None = -1, /) -> bytes:
        if self.tell() >= 8:
            raise OSError(5, "Input/output error")
        return super().read(8)


def _fails(size: int) -> object:
    return size // 0


def _counts(size: int) -> object:
    return size


def _idles(_: int) -> object:
    return None


BROKEN: dict[str, Callable[[Path], Any]] = {
    "cut gzip": lambda path: _gzip(PACKED[:-500], path),
    "gzip with a wrong checksum": lambda path: _gzip(PACKED[:-6] + b"\0\0" + PACKED[-4:], path),
    "gzip with broken data": lambda path: _gzip(PACKED[:300] + b"\xff" * 300 + PACKED[600:], path),
    "no gzip": lambda path: _gzip(PDF, path),
    "cut bzip2": lambda _: bz2.BZ2File(io.BytesIO(bz2.compress(PDF)[:-5])),
    "broken xz": lambda _: lzma.LZMAFile(io.BytesIO(lzma.compress(PDF)[:-20] + bytes(20))),  # noqa: SIM115  # forgotten
    "disk that fails": lambda _: Breaking(PDF * 3),
    "text file": lambda path: path.open("w+", encoding="latin-1"),
    "text": lambda _: io.StringIO("sesame-4711"),
    "text that is no text": lambda path: _as_text(path),
    "closed file": lambda _: _closed(io.BytesIO(PDF)),
    "closed mmap": lambda _: _closed(mmap.mmap(-1, 9)),
    "file that is only written": lambda path: path.open("wb"),
    "reader that raises what it likes": lambda _: SimpleNamespace(read=_fails),
    "reader of numbers": lambda _: SimpleNamespace(read=_counts),
    "reader of nothing": lambda _: SimpleNamespace(read=_idles),
}


def _as_text(path: Path) -> Any:
    path.write_bytes(b"\xff" * 9)
    return path.open(encoding="utf-8")


def _closed(file: Any) -> Any:
    file.close()
    return file


@both_colours
@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_an_error_of_ours(colour: Colour, name: str, tmp_path: Path) -> None:
    """Whoever raises what: it is an `InputError`, which names the argument and holds no piece of the file."""
    source = BROKEN[name](tmp_path / "source")
    assert refused(colour, source).message.startswith("file ")
    other = BROKEN[name](tmp_path / "source")
    with pytest.raises(InputError, match=r"^source ") as caught:
        content.file(other, media_type="text/plain")
    assert_bare(caught.value)
    for opened in (source, other):
        with contextlib.suppress(AttributeError):
            opened.close()
    gc.collect()


def test_text_says_how_to_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input has its bytes elsewhere."""
    assert refused(SYNC, io.StringIO("a")).suggestion == 'open it with "rb".'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PDF), "latin-1"))
    assert refused(SYNC, sys.stdin).suggestion == "pass sys.stdin.buffer."
    assert uploaded(SYNC, sys.stdin.buffer)[1] == PDF


@both_colours
def test_no_room_for_a_copy_is_said(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot seek needs room on disk."""

    class Full(io.BytesIO):
        def __init__(self, _: int) -> None: ...

        def write(self, _: Any, /) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    with piped(PDF) as file:
        message = refused(colour, file).message
    assert "No space left on device" in message
    assert tempfile.gettempdir() in message


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "opener", "pack", "expected"),
    [
        ("photo.png.gz", gzip.open, gzip.compress, "photo.png"),
        ("photo.PNG.GZ", gzip.open, gzip.compress, "photo.PNG"),
        ("photos.tgz", gzip.open, gzip.compress, "photos.tar"),
        ("photo.png", gzip.open, gzip.compress, "photo.png"),
        ("photo.png.bz2", bz2.open, bz2.compress, "photo.png"),
        ("photo.png.xz", lzma.open, lzma.compress, "photo.png"),
    ],
)
def test_a_name_is_that_of_the_bytes(name: str, opener: Any, pack: Any, expected: str, tmp_path: Path) -> None:
    """What is sent is the picture, and not what it was packed in."""
    if opener is not gzip.open and sys.version_info < (3, 13):
        expected = "upload.pdf"  # these have no name there
    (tmp_path / name).write_bytes(pack(PDF))
    with opener(tmp_path / name) as file:
        assert uploaded(SYNC, file) == (expected, PDF)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize(("name", "expected"), [("a/b.pdf", "b.pdf"), ("x" * 90 + "/" + "y" * 60 + ".pdf", None)])
def test_a_member_of_a_tar_has_its_own_name(mode: Any, name: str, expected: str | None, tmp_path: Path) -> None:
    """Not that of the archive."""
    (tmp_path / "b").write_bytes(PDF)
    with tarfile.open(tmp_path / "archive.tar", mode) as archive:
        archive.add(tmp_path / "b", name)
    with tarfile.open(tmp_path / "archive.tar") as archive:
        sent_as, body = uploaded(SYNC, archive.extractfile(name))
    assert body == PDF
    # Before Python 3.12 a long one is not told.
    assert sent_as == (expected or (os.path.basename(name) if sys.version_info >= (3, 12) else "upload.pdf"))


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are not bytes there")
@both_colours
def test_errors_print_any_path(colour: Colour, tmp_path: Path) -> None:
    """A name that is no text can be printed."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/no\xff\n.png")
    errors = [refused(colour, Path(path))]
    Path(path).write_bytes(PDF)
    uses: list[Callable[[Path], object]] = [content.image, content.video]
    for use in uses:
        with pytest.raises(InputError) as caught:
            use(Path(path))
        errors.append(caught.value)
    for error in errors:
        assert "\\udcff\\n.png" in str(error).encode().decode()


@both_colours
def test_an_artifact_in_place_of_its_id_is_explained(colour: Colour) -> None:
    """As a file, or an execution, is."""
    artifact = ArtifactInfo(object_id="img_1")
    with fake_wire() as sent, pytest.raises(InputError) as caught:
        colour.run(lambda client: client.artifacts.get(artifact, session_id="s"))
    assert (sent, caught.value.suggestion) == ([], "pass artifact.object_id.")
