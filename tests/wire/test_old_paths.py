"""The helpers below `vlmrun.common`: images, pages and downloads, under the names of the official SDK."""

from __future__ import annotations

import base64
import gzip
import io
import threading
import time
import tracemalloc
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal

import numpy
import pytest
from PIL import Image

from support.pdfs import pdf
from support.wire import Answer, LoopbackServer, few_certificates
from vlmrun.client.exceptions import (
    InputError,
    MissingFileError,
    RequestTimeoutError,
    ResourceNotFoundError,
    ResponseValidationError,
)
from vlmrun.common import utils
from vlmrun.common.image import encode_frame, encode_image, encode_video
from vlmrun.common.pdf import Page, pdf_images
from vlmrun.common.utils import download_artifact, download_image, remote_image

SECRET = "X-Signature=hunter2"


@pytest.fixture(autouse=True, scope="module")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield


def picture(mode: str = "RGB", size: tuple[int, int] = (4, 2), colour: Any = (200, 10, 30)) -> Image.Image:
    return Image.new(mode, size, colour)


def saved(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format=format_, **options)
    return file.getvalue()


def turned() -> bytes:
    """A JPEG of a camera that was held upright: 4 x 2 pixels that are 2 x 4."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(picture(), "JPEG", exif=exif)


def opened(url: str | bytes) -> Image.Image:
    """The image in a `data:` URL, or in bytes."""
    return Image.open(io.BytesIO(url if isinstance(url, bytes) else base64.b64decode(url.partition(",")[2])))


# encode_image and its siblings ----------------------------------------------------------------------------------------


def test_images_are_encoded_in_the_format_that_is_asked_for(tmp_path: Path) -> None:
    """Of a picture or a path, whatever it came from, with the prefix of that format."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(picture(), "JPEG"))
    for source in (picture(), path, str(path), Image.open(path)):
        formats: list[Literal["PNG", "JPEG"]] = ["PNG", "JPEG"]
        for format_ in formats:
            url = encode_image(source, format_)
            assert url.startswith(f"data:image/{format_.lower()};base64,")
            assert (opened(url).format, opened(url).size, opened(url).mode) == (format_, (4, 2), "RGB")
        data = encode_image(source, "binary")
        assert opened(data).format == "PNG"
    assert encode_image(picture()).startswith("data:image/png")
    assert len(encode_image(picture(size=(64, 64)), "JPEG", 5)) < len(encode_image(picture(size=(64, 64)), "JPEG", 100))


def test_images_are_upright_once(tmp_path: Path) -> None:
    """As a camera saw them; and what is encoded does not say so again."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(turned())
    for encoded in (encode_image(path), encode_image(path, "JPEG"), encode_image(Image.open(path), "binary")):
        assert opened(encoded).size == (2, 4)
        assert opened(encoded).getexif().get(0x0112, 1) == 1
    assert remote_image(path).size == (2, 4)


def test_transparency_is_kept_or_white(tmp_path: Path) -> None:
    """PNG keeps it; JPEG and RGB have none, and what could not be seen does not appear."""
    clear = picture("RGBA", colour=(0, 0, 0, 0))
    assert opened(encode_image(clear)).getpixel((0, 0)) == (0, 0, 0, 0)
    assert opened(encode_image(clear, "JPEG")).getpixel((0, 0)) == (255, 255, 255)
    path = tmp_path / "clear.png"
    path.write_bytes(saved(clear))
    assert remote_image(path).getpixel((0, 0)) == (255, 255, 255)
    palette = picture("P", colour=0)
    path.write_bytes(saved(palette, transparency=0))
    assert remote_image(path).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_every_mode_is_encoded(mode: str) -> None:
    """Sixteen bits become eight in a JPEG, by their scale."""
    grey = picture(mode, colour=0x8080 if mode == "I;16" else None)
    assert opened(encode_image(grey)).format == "PNG"
    jpeg = opened(encode_image(grey, "JPEG"))
    assert jpeg.format == "JPEG"
    if mode == "I;16":
        assert jpeg.convert("L").getpixel((0, 0)) in range(126, 131)


def test_frames_and_videos(tmp_path: Path) -> None:
    """A frame is an array, and a video what it is by its bytes."""
    frame = numpy.full((4, 6, 3), 128, "uint8")
    assert opened(encode_frame(frame)).size == (6, 4)
    assert encode_frame(frame).startswith("data:image/jpeg;base64,")
    path = tmp_path / "clip.bin"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(16))
    assert encode_video(path).startswith("data:video/mp4;base64,")
    path.write_bytes(saved(picture()))
    with pytest.raises(InputError, match="expected a video"):
        encode_video(path)
    with pytest.raises(InputError, match="quality"):
        encode_frame(frame, 0)


def test_what_is_no_image_is_told(tmp_path: Path) -> None:
    """As the builtin errors that callers catch, too."""
    with pytest.raises(FileNotFoundError, match=r"image .*nope"):
        encode_image("nope.png")
    with pytest.raises(MissingFileError):
        remote_image(Path("nope.png"))
    for data in (b"", b"not an image", saved(picture())[:40]):
        path = tmp_path / "broken.png"
        path.write_bytes(data)
        for use in (encode_image, remote_image):
            with pytest.raises(ValueError, match="image"):
                use(path)
    with pytest.raises(InputError, match="quality"):
        encode_image(picture(), quality=0)
    with pytest.raises(InputError, match="format"):
        encode_image(picture(), "GIF")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def test_pixels_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Pillow's own limit, at which Pillow only warns; nothing is decoded."""
    path = tmp_path / "bomb.png"
    path.write_bytes(saved(picture("1", (100, 100), 0)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9_999)
    for use in (encode_image, remote_image):
        with pytest.warns(Image.DecompressionBombWarning), pytest.raises(InputError, match="100 x 100 pixels"):
            use(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert remote_image(path).size == (100, 100)


# Pages of a PDF -------------------------------------------------------------------------------------------------------


def test_pages_are_images_with_numbers() -> None:
    """Counted from 0, in the order that is asked for, one at a time."""
    source = pdf("/MediaBox[0 0 72 144]", "/MediaBox[0 0 144 72]", "/MediaBox[0 0 72 72]")
    found = list(pdf_images(source, dpi=72))
    assert all(type(page) is Page for page in found)
    assert [(page.page_number, page.image.size, page.image.mode) for page in found] == [
        (0, (72, 144), "RGB"),
        (1, (144, 72), "RGB"),
        (2, (72, 72), "RGB"),
    ]
    assert [page.page_number for page in pdf_images(source, 72, (2, 0))] == [2, 0]
    assert [page.image.size for page in pdf_images(source, 72, pages=[1])] == [(144, 72)]
    with pytest.raises(InputError, match="pages contains 3, but path has 3 pages, counted from 0"):
        list(pdf_images(source, 72, pages=[3]))


def test_arguments_of_pages_are_checked_at_once() -> None:
    """Before anything is rendered."""
    wrong: tuple[Callable[[], object], ...] = (
        lambda: pdf_images(b"no PDF"),
        lambda: pdf_images(Path("nope.pdf")),
        lambda: pdf_images(pdf("/MediaBox[0 0 72 72]"), pages=[-1]),
        lambda: pdf_images(pdf("/MediaBox[0 0 72 72]"), pages="0"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: pdf_images(pdf("/MediaBox[0 0 72 72]"), backend="other"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    )
    for use in wrong:
        with pytest.raises(InputError):
            use()


# Downloads ------------------------------------------------------------------------------------------------------------


def json_of(url: str) -> object:
    return download_artifact(url, "json")


def serving(body: bytes, /, status: int = 200, **headers: str) -> LoopbackServer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return LoopbackServer(lambda _: Answer(status, body, named))


def test_an_image_is_downloaded() -> None:
    """Upright and in RGB, with nothing of this client or a browser in the request."""
    with serving(turned(), content_type="text/html") as server:
        for use in (download_image, remote_image):
            image = use(f"{server.origin}/photo?{SECRET}", allow_private=True)
            assert (image.size, image.mode) == ((2, 4), "RGB")
        image = download_artifact(f"{server.origin}/photo", "image", allow_private=True)
        assert image.size == (2, 4)
    for sent in server.sent:
        assert sent.header("user-agent").startswith("vlmrun-python/")  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
        assert sent.header_names <= {"host", "user-agent", "accept", "accept-encoding"}


def test_json_is_downloaded() -> None:
    """Any value; what is none is an error that quotes neither the URL nor the answer."""
    with serving(b'{"total": 12.5}') as server:
        assert download_artifact(server.origin, "json", allow_private=True) == {"total": 12.5}
    with serving(b"<html>hunter2") as server, pytest.raises(ResponseValidationError, match="as JSON") as failure:
        download_artifact(f"{server.origin}/a?{SECRET}", "json", allow_private=True)
    assert "hunter2" not in str(failure.value)


def test_a_file_is_downloaded_into_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two URLs may end in the same name, and a name is never a path; nothing is kept from an earlier download."""
    monkeypatch.setenv("VLMRUN_CACHE_DIR", str(tmp_path / "cache"))
    bodies = iter([b"one", b"two", b"three"])
    with LoopbackServer(lambda _: Answer(200, next(bodies))) as server:
        one = download_artifact(f"{server.origin}/a/report.pdf?{SECRET}", "file", allow_private=True)
        two = download_artifact(f"{server.origin}/b/report.pdf", "file", allow_private=True)
        assert (one.name, one.read_bytes(), two.name, two.read_bytes()) == ("report.pdf", b"one", "report.pdf", b"two")
        assert one != two
        assert download_artifact(f"{server.origin}/a/report.pdf?{SECRET}", "file", allow_private=True) == one
        assert one.read_bytes() == b"three"
    assert "hunter2" not in str(one)
    for name in ("..%2F..%2Fx.txt", "%2Fetc%2Fpasswd", "..", "", "%00", ".bashrc"):
        with serving(b"x") as server:
            path = download_artifact(f"{server.origin}/{name}", "file", folder=tmp_path, allow_private=True)
        assert path.parent == tmp_path
        assert not path.name.startswith(".")


@pytest.mark.parametrize("use", [download_image, remote_image, json_of])
def test_private_addresses_are_refused(use: Callable[[str], object]) -> None:
    """Unless they are allowed; nothing is sent, and nothing secret is shown."""
    with serving(saved(picture())) as server:
        for origin in (server.origin, server.origin.replace("127.0.0.1", "localhost")):
            with pytest.raises(ValueError, match="not a public address") as failure:
                use(f"{origin}/photo?{SECRET}")
            assert "hunter2" not in str(failure.value)
    assert server.sent == []


@pytest.mark.parametrize(
    "url", ["", "ftp://x.test/a", "file:///etc/passwd", "http://", "https://a b/", "data:,x", 5, None]
)
def test_only_http_is_downloaded(url: Any) -> None:
    """Whatever else it is, the error names the argument."""
    for use in (download_image, json_of):
        with pytest.raises(InputError, match="url"):
            use(url)


def test_statuses_are_errors_of_their_own() -> None:
    """Without the server's words, which may quote the signature."""
    with serving(SECRET.encode(), 404) as server, pytest.raises(ResourceNotFoundError, match="refused") as failure:
        download_image(f"{server.origin}/a?{SECRET}", allow_private=True)
    assert "hunter2" not in f"{failure.value} {failure.value.body!r}"


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_size_is_bounded_while_it_arrives(encoding: str) -> None:
    """Of the content, however small it is on the way: a bomb is never in memory."""
    content = bytes(64 << 20)
    body = gzip.compress(content, 9) if encoding else content[: 8 << 20]
    with serving(body, content_encoding=encoding or "identity") as server:
        tracemalloc.start()
        try:
            with pytest.raises(ResponseValidationError, match="more than 1,000,000 bytes") as failure:
                download_artifact(server.origin, "json", max_bytes=1_000_000, allow_private=True)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 << 20
    assert "max_bytes" in str(failure.value)


class _Trickle:
    """A server that sends a byte from time to time, without end."""

    def __enter__(self) -> str:
        import socket

        self._socket = socket.create_server(("127.0.0.1", 0))
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            try:
                while not self._is_over.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                return

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(10)
        self._socket.close()


def test_the_time_is_bounded_as_a_whole() -> None:
    """Bytes that keep arriving do not extend it."""
    with _Trickle() as origin:
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=r"timeout="):
            download_artifact(origin, "json", timeout=0.5, allow_private=True)
        assert time.monotonic() - began < 30


def test_an_image_that_is_none_is_told() -> None:
    """An error of the answer, and not of the argument; callers that expect ValueError of paths have it there."""
    with serving(b"<html>hunter2") as server, pytest.raises(ResponseValidationError, match="as an image") as failure:
        remote_image(f"{server.origin}/a?{SECRET}", allow_private=True)
    assert "hunter2" not in str(failure.value)


def test_a_format_is_one_of_three() -> None:
    """And is checked before anything is sent."""
    with pytest.raises(InputError, match="format"):
        download_artifact("https://example.com", "xml")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    for name, value in (("timeout", -1), ("max_bytes", 0), ("allow_private", "no")):
        with pytest.raises(InputError, match=name):
            download_image("https://example.com", **{name: value})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_the_modules_offer_what_they_name() -> None:
    """And nothing that they import."""
    assert dir(utils) == ["download_artifact", "download_image", "remote_image"]


def test_a_path_is_said_as_it_is(tmp_path: Path) -> None:
    """Only the word for the argument is another one in the message, wherever the file lies."""
    path = tmp_path / "source" / "photo.mp4"
    with pytest.raises(InputError, match=r"^path\b") as caught:
        encode_video(path)
    assert repr(str(path)) in caught.value.message
