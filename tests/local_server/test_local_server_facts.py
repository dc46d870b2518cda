"""What the server says of what it received: it really opens images and PDFs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import zlib
from contextlib import closing
from typing import Any

import httpx2
import pytest

pytest.importorskip("PIL", reason="needs the extra 'local'")

from PIL import Image

from support.local import connect, data_url, encoded, serve, url_part

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")


def _pdf(pages: int, width: int, height: int) -> bytes:
    sheets = [Image.new("L", (width, height)) for _ in range(pages)]
    # At 72 dots per inch a pixel is a point.
    return encoded(sheets[0], "PDF", save_all=True, append_images=sheets[1:], resolution=72)


def _pdf_with_text(text: str) -> bytes:
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("ascii")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 %s >> >> >>"
        % font,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    body, offsets = b"%PDF-1.4\n", list[int]()
    for number, item in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body)
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def _ask(client: httpx2.Client, *parts: dict[str, object], **more: object) -> httpx2.Response:
    body = {"messages": [{"role": "user", "content": list(parts)}], **more}
    return client.post("/openai/chat/completions", json=body)


def _said(client: httpx2.Client, *parts: dict[str, object]) -> str:
    answer = _ask(client, *parts)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


def _received(client: httpx2.Client, *parts: dict[str, object]) -> Any:
    answer = _ask(client, *parts, response_format={"type": "json_object"})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.json()["choices"][0]["message"]["content"])["received"]


IMAGES = [
    *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
    *(("TIFF", mode) for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "F", "LAB")),
    *(("WEBP", mode) for mode in ("RGB", "RGBA")),
    *(("GIF", mode) for mode in ("L", "P")),
    ("BMP", "RGB"),
]


@pytest.mark.parametrize(("format_", "mode"), IMAGES)
def test_image_is_opened(client: httpx2.Client, format_: str, mode: str) -> None:
    """Format, size in pixels, mode and size in bytes are those of the image that was sent."""
    data = encoded(Image.new(mode, (31, 17)), format_)
    with closing(Image.open(io.BytesIO(data))) as image:
        # Releases of Pillow differ in the mode that they give to some files.
        mode = image.mode
    part = url_part("image_url", data_url(data, f"image/{format_.lower()}"))
    assert f"an image ({format_}, 31x17, {mode}, {len(data):,} bytes)" in _said(client, part)
    (fact,) = _received(client, part)
    assert (fact["format"], fact["width"], fact["height"], fact["mode"]) == (format_, 31, 17, mode)
    assert fact["media_type"] == f"image/{format_.lower()}"
    assert fact["bytes"] == len(data)
    assert fact["sha256"] == hashlib.sha256(data).hexdigest()


def test_frames_of_an_animation_are_counted(client: httpx2.Client) -> None:
    """A GIF of three frames is said to have three."""
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 100, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert "3 frames" in _said(client, url_part("image_url", data_url(data, "image/gif")))


def test_declared_type_is_not_believed(client: httpx2.Client) -> None:
    """The format is that of the bytes, whatever the URL says."""
    data = encoded(Image.new("RGB", (4, 4)), "JPEG")
    assert "an image (JPEG" in _said(client, url_part("image_url", data_url(data, "image/png")))


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "TIFF", "WEBP"])
def test_image_that_is_cut_short_is_422(client: httpx2.Client, format_: str) -> None:
    """An image whose end is missing does not pass, though its header could be read."""
    noise = Image.effect_noise((64, 64), 90).convert("RGB" if format_ == "WEBP" else "L")
    data = encoded(noise, format_)
    assert _ask(client, url_part("image_url", data_url(data, "image/x"))).status_code == 200
    answer = _ask(client, url_part("image_url", data_url(data[: len(data) // 2], "image/x")))
    assert answer.status_code == 422
    message = answer.json()["error"]["message"]
    assert message.startswith("messages.0.content.0.image_url.url: This image does not open")


@pytest.mark.parametrize("data", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"])
def test_what_is_no_image_is_422(client: httpx2.Client, data: bytes) -> None:
    """Bytes that are no raster image do not pass for one; PostScript is never run."""
    answer = _ask(client, url_part("image_url", data_url(data, "image/png")))
    assert answer.status_code == 422
    assert "PNG, JPEG" in answer.json()["error"]["message"]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 60_000])
def test_decompression_bomb_is_422(client: httpx2.Client, side: int) -> None:
    """A few bytes that would be a hundred million pixels are refused undecoded; Pillow only warns of some."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    bomb = b"\x89PNG\r\n\x1a\n" + chunks
    answer = _ask(client, url_part("image_url", data_url(bomb, "image/png")))
    assert answer.status_code == 422
    assert "pixels" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "url", ["data:text/plain;base64,aGVs!bG8=", "data:;base64,aGVsbG8", "data:text/plain;base64,é"]
)
def test_base64_is_read_strictly(client: httpx2.Client, url: str) -> None:
    """Foreign characters and missing padding are said, and not passed over."""
    answer = _ask(client, url_part("file_url", url))
    assert answer.status_code == 422
    assert "base64" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("pages", "said"), [(1, "1 page"), (3, "3 pages")])
def test_pdf_is_opened(client: httpx2.Client, pages: int, said: str) -> None:
    """The number of pages and the size of the first are those of the PDF that was sent."""
    data = _pdf(pages, 595, 842)
    part = url_part("file_url", data_url(data, "application/pdf"))
    assert f"a PDF ({said}, 595x842 pt)" in _said(client, part)
    (fact,) = _received(client, part)
    assert (fact["kind"], fact["pages"], fact["width"], fact["height"], fact["bytes"]) == (
        "pdf",
        pages,
        595,
        842,
        len(data),
    )


def test_text_of_a_short_pdf_is_read(client: httpx2.Client) -> None:
    """The text of a PDF is among the facts where it is short, and left out where it is long."""
    url = data_url(_pdf_with_text("Total 42 EUR"), "application/pdf")
    (fact,) = _received(client, url_part("file_url", url))
    assert fact["text"] == "Total 42 EUR"
    url = data_url(_pdf_with_text("word " * 500), "application/pdf")
    (fact,) = _received(client, url_part("file_url", url))
    assert "text" not in fact


@pytest.mark.parametrize("data", [b"%PDF-1.7\nbroken", b"not a pdf at all", b""])
def test_pdf_that_does_not_open_is_422(client: httpx2.Client, data: bytes) -> None:
    """What is declared or begins as a PDF must be one."""
    answer = _ask(client, url_part("file_url", data_url(data, "application/pdf")))
    assert answer.status_code == 422
    assert "messages.0.content.0.file_url.url: This PDF" in answer.json()["error"]["message"]


def test_image_as_a_file_is_opened_too(client: httpx2.Client) -> None:
    """file_url and input_file take images as well."""
    url = data_url(encoded(Image.new("RGB", (5, 6)), "PNG"), "application/octet-stream")
    said = _said(client, url_part("file_url", url), {"type": "input_file", "file_url": {"url": url}})
    assert said.count("an image (PNG, 5x6, RGB") == 2


@pytest.mark.parametrize(
    ("kind", "data", "declared", "said"),
    [
        ("video_url", b"\0\0\0\x18ftypmp42" + b"\0" * 20, "video/mp4", "a video (video/mp4, 32 bytes)"),
        ("audio_url", b"RIFF\0\0\0\0WAVEfmt ", "application/octet-stream", "an audio (audio/wav, 16 bytes)"),
        ("audio_url", b"\0\0", "audio/x-raw", "an audio (audio/x-raw, 2 bytes)"),
        ("file_url", b"a,b\n1,2\n", "text/csv", "a file (text/csv, 8 bytes)"),
        ("file_url", b"?", "", "a file (application/octet-stream, 1 byte)"),
    ],
)
def test_other_bytes_are_measured(client: httpx2.Client, kind: str, data: bytes, declared: str, said: str) -> None:
    """Video, audio and other files are told by media type and size: what the bytes say, else what was declared."""
    assert said in _said(client, url_part(kind, data_url(data, declared)))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/a.png", "https://example.invalid/a.png", "HTTPS://example.invalid/"]
)
def test_urls_are_never_fetched(client: httpx2.Client, url: str) -> None:
    """A URL is told as not opened, and nothing is connected to."""
    said = _said(client, url_part("image_url", url))
    assert "the URL of an image (not opened: this server opens data: URLs only)" in said


def test_file_ids_lead_to_what_was_uploaded(client: httpx2.Client) -> None:
    """An uploaded file is opened as if it came along: by what its bytes say, and else by its name."""

    def uploaded(name: str, data: bytes) -> dict[str, object]:
        return {"type": "input_file", "file_id": client.post("/files", files={"file": (name, data)}).json()["id"]}

    picture = encoded(Image.new("RGB", (20, 10)), "PNG")
    assert _received(client, uploaded("a.bin", picture)) == _received(
        client, url_part("file_url", data_url(picture, "application/octet-stream"))
    )
    pdf = _pdf(3, 100, 100)
    assert _received(client, uploaded("a", pdf)) == _received(client, url_part("file_url", data_url(pdf, "a/b")))
    (fact,) = _received(client, uploaded("clip.mp4", b"x" * 5000))
    assert fact == {
        "kind": "file",
        "media_type": "video/mp4",
        "bytes": 5000,
        "sha256": hashlib.sha256(b"x" * 5000).hexdigest(),
    }
    answer = _ask(client, uploaded("broken.png", b"no picture"))
    assert answer.status_code == 422
    assert "messages.0.content.0.file_id: This image does not open" in answer.json()["error"]["message"]


def test_openai_parts_of_its_own_are_opened(client: httpx2.Client) -> None:
    """OpenAI's `file` and `input_audio` are read: what LangChain and pydantic-ai send."""
    pdf, wav = _pdf(2, 595, 842), b"RIFF\x24\0\0\0WAVEfmt "
    coded = base64.b64encode(pdf).decode()
    for file_data in (data_url(pdf, "application/pdf"), coded):
        part: dict[str, object] = {"type": "file", "file": {"filename": "a.pdf", "file_data": file_data}}
        assert "a PDF (2 pages, 595x842 pt)" in _said(client, part)
    id_ = client.post("/files", files={"file": ("a.pdf", pdf)}).json()["id"]
    assert "a PDF (2 pages, 595x842 pt)" in _said(client, {"type": "file", "file": {"file_id": id_}})
    sound = {"data": base64.b64encode(wav).decode(), "format": "mp3"}
    assert "an audio (audio/wav, 16 bytes)" in _said(client, {"type": "input_audio", "input_audio": sound})
    unknown = _ask(client, {"type": "file", "file": {"file_id": "nobody"}})
    assert unknown.status_code == 404
    assert "messages.0.content.0.file.file_id is 'nobody'" in unknown.json()["error"]["message"]


def test_unknown_file_id_is_404(client: httpx2.Client) -> None:
    """An id that no file has is refused in OpenAI's shape, and the message says where it stands."""
    answer = _ask(client, {"type": "input_file", "file_id": "file-123"})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["type"] == "not_found_error"
    assert "messages.0.content.0.file_id is 'file-123'" in error["message"]


def test_percent_encoded_data_url_is_read(client: httpx2.Client) -> None:
    """A data: URL without base64 is decoded by RFC 2397."""
    assert "a file (text/plain, 5 bytes)" in _said(client, url_part("file_url", "data:text/plain,a%20b%2Cc"))


def test_answer_says_what_it_is_and_counts_all(client: httpx2.Client) -> None:
    """The paragraph says that there is no model, and then what arrived, in order."""
    url = data_url(encoded(Image.new("RGB", (640, 480)), "PNG"), "image/png")
    said = _said(
        client,
        {"type": "text", "text": "what is in this picture"},
        url_part("image_url", url),
        url_part("file_url", data_url(_pdf(2, 595, 842), "application/pdf")),
    )
    assert said.startswith(
        "This is vlmrun.local, which has no model. I received: text (5 words); an image (PNG, 640x480, "
    )
    assert "; a PDF (2 pages, 595x842 pt). Thumbnail: img_" in said
