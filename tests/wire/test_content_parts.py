"""The parts of `vlmrun.content`: as API.md §8 has them, byte for byte, and on the wire as they were made."""

from __future__ import annotations

import base64
import gc
import io
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from support.colours import Colour, both_colours
from support.wire import COMPLETION, fake_wire
from vlmrun import content
from vlmrun._inputs import pdf, reading
from vlmrun._inputs import sources as _sources
from vlmrun._inputs.media import DOCX, sniff
from vlmrun._resources.runs import Run
from vlmrun.client.exceptions import DependencyError, InputError

URL = "https://files.test/a?signature=sesame-4711"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
MP4 = b"\0\0\0\x18ftypmp42" + b"\0" * 20
PDF = b"%PDF-1.7 sesame-4711"
WAV = b"RIFF\x24\0\0\0WAVEfmt "
TEXT = b"total;sesame-4711"

# Functions of sources, by the kind that they take. `Any`, as the tests below hand them what they do not take, too.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "image": content.image,
    "video": content.video,
    "audio": content.audio,
    "document": content.document,
    "file": content.file,
}
# The same of messages.
ASSISTANT: Callable[..., Any] = content.assistant
USER: Callable[..., Any] = content.user

BYTES = {"image": PNG, "video": MP4, "audio": WAV, "document": PDF, "file": PDF}
TYPES = {
    "image": "image/png",
    "video": "video/mp4",
    "audio": "audio/wav",
    "document": "application/pdf",
    "file": "application/pdf",
}
FORMS = {"image": "image_url", "video": "video_url", "audio": "audio_url", "document": "file_url", "file": "file_url"}

each_kind = pytest.mark.parametrize("kind", FUNCTIONS)


def data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def form(kind: str, url: str) -> dict[str, object]:
    return {"type": FORMS[kind], FORMS[kind]: {"url": url}}


def refusal(call: Callable[..., object], *arguments: Any, **options: Any) -> InputError:
    """The error of a call, which says what to do and does not repeat what it was given."""
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    assert caught.value.suggestion
    assert "sesame-4711" not in str(caught.value)
    assert "base64," not in str(caught.value).replace("<type>/<subtype>;base64,<data>", "")
    return caught.value


@dataclass
class Uploaded:
    """As `client.files` returns it."""

    id: str | None


# Forms ----------------------------------------------------------------------------------------------------------------


def test_text() -> None:
    """Text is text."""
    assert content.text("Hello!") == {"type": "text", "text": "Hello!"}


@each_kind
@pytest.mark.parametrize("url", [URL, "HTTP://user@[::1]:8080/", "https://bücher.test/ä"])
def test_url_goes_out_as_it_is(kind: str, url: str) -> None:
    """An http(s) URL is neither fetched nor changed."""
    assert FUNCTIONS[kind](url) == form(kind, url)


def test_document_of_the_gateway_has_a_part_of_its_own() -> None:
    """It is a document in all but the name of the part."""
    assert content.document_url(URL) == {"type": "document_url", "document_url": {"url": URL}}
    url = data_url("application/pdf", PDF)
    assert content.document_url(PDF) == {"type": "document_url", "document_url": {"url": url}}
    refusal(content.document_url, PNG)
    assert "document_url" in content.document_url(b"a", media_type="text/plain")


@each_kind
def test_data_url_goes_out_as_it_is(kind: str) -> None:
    """A `data:` URL is looked into, and not changed."""
    url = data_url(TYPES[kind], BYTES[kind]).replace("data:", "DATA:").replace(";base64", ";a=b;base64")
    assert FUNCTIONS[kind](url) == form(kind, url)


@each_kind
@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, io.BytesIO], ids=lambda wrap: str(wrap.__name__))
def test_bytes_go_out_as_they_are(kind: str, wrap: Callable[[bytes], object]) -> None:
    """Bytes of any sort become a `data:` URL of what they begin like."""
    assert FUNCTIONS[kind](wrap(BYTES[kind])) == form(kind, data_url(TYPES[kind], BYTES[kind]))


@each_kind
def test_path_is_read(kind: str, tmp_path: Path) -> None:
    """A file is read, and its name is not believed."""
    path = tmp_path / "misleading.zip"
    path.write_bytes(BYTES[kind])
    expected = form(kind, data_url(TYPES[kind], BYTES[kind]))
    assert FUNCTIONS[kind](path) == expected
    if kind != "file":  # where a str is an id
        assert FUNCTIONS[kind](str(path)) == expected
    with path.open("rb") as opened:
        opened.seek(0)
        assert FUNCTIONS[kind](opened) == expected
    with path.open("rb", buffering=0) as raw:
        assert FUNCTIONS[kind](raw) == expected


def test_open_file_is_read_from_where_it_stands() -> None:
    """What was read before is not sent."""
    stream = io.BytesIO(b"before" + PNG)
    stream.seek(6)
    assert content.image(stream) == form("image", data_url("image/png", PNG))


def test_open_file_may_give_less_than_it_is_asked_for() -> None:
    """As pipes and sockets do."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 7))

    assert content.image(Slow(PNG)) == form("image", data_url("image/png", PNG))


def test_file_that_can_be_saved_is_no_pillow_image() -> None:
    """Files of web frameworks have a mode and can be saved."""

    class Field:
        mode = "rb"

        def __init__(self, data: bytes) -> None:
            self.read = io.BytesIO(data).read

        def save(self, *_: object, **__: object) -> None: ...

    assert content.image(Field(PNG)) == form("image", data_url("image/png", PNG))


@pytest.mark.parametrize("detail", ["auto", "low", "high"])
def test_detail_is_sent_only_if_given(detail: Any) -> None:
    """`detail` stands beside the URL."""
    assert content.image(URL, detail=detail) == {"type": "image_url", "image_url": {"url": URL, "detail": detail}}
    assert content.image(URL, detail=None) == form("image", URL)


@pytest.mark.parametrize("source", ["file_a-1", Uploaded("file_a-1")])
def test_uploaded_file_goes_out_by_its_id(source: str | Uploaded) -> None:
    """An uploaded file, or its id."""
    assert content.file(source) == {"type": "input_file", "file_id": "file_a-1"}


def test_id_is_not_taken_for_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where there is a file of that name."""
    monkeypatch.chdir(tmp_path)
    Path("invoice").write_bytes(PDF)
    assert content.file("invoice") == {"type": "input_file", "file_id": "invoice"}


def test_messages() -> None:
    """A str is a text part; the order is kept."""
    part = content.image(URL)
    assert content.user("a", part, "b") == {
        "role": "user",
        "content": [{"type": "text", "text": "a"}, part, {"type": "text", "text": "b"}],
    }
    assert content.system("Be brief.") == {"role": "system", "content": "Be brief."}


# `Any`, as in the table of functions.
def run_with(inputs: Any) -> Any:
    """A run with these inputs."""
    return Run[Any]("p", inputs, None, "chat", None, None, None, None, None)


def answer(**fields: object) -> Any:
    """The message of an answer, as OpenAI's client reads it: it checks nothing, and keeps what it does not know."""
    chat: Any = pytest.importorskip("openai.types.chat", reason="answers are OpenAI's")
    return chat.ChatCompletionMessage.construct(role="assistant", **fields)


CALLS = [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]

ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"content": "12.50"}, {"content": "12.50"}),
    "no text": ({"content": ""}, {"content": ""}),
    "a refusal": ({"content": None, "refusal": "No."}, {"content": None, "refusal": "No."}),
    "calls of tools": ({"content": None, "tool_calls": CALLS}, {"content": None, "tool_calls": CALLS}),
    "a call that openai 1.92 does not know": (
        {"content": "a", "tool_calls": [{"id": "c2", "type": "custom", "custom": {"name": "f", "input": "x", "a": 1}}]},
        {"content": "a", "tool_calls": [{"id": "c2", "type": "custom", "custom": {"name": "f", "input": "x"}}]},
    ),
    "a call of a function": (
        {"content": None, "function_call": {"name": "add", "arguments": "{}"}},
        {"content": None, "function_call": {"name": "add", "arguments": "{}"}},
    ),
    "sound": (
        {"content": None, "audio": {"id": "a1", "data": "AAAA", "expires_at": 1, "transcript": "Hi"}},
        {"content": None, "audio": {"id": "a1"}},
    ),
    "what only answers have": (
        {"content": "a", "annotations": [], "parsed": {"total": 1}, "session_id": "s", "tool_calls": []},
        {"content": "a"},
    ),
    "what OpenAI's client parsed": (
        {"content": None, "tool_calls": [{**CALLS[0], "index": 0, "parsed_arguments": {"a": 1}}]},
        {"content": None, "tool_calls": CALLS},
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_becomes_a_message(name: str) -> None:
    """Of an answer, exactly what a message may have is sent back."""
    fields, expected = ANSWERS[name]
    assert content.assistant(answer(**fields)) == {"role": "assistant", **expected}


@both_colours
def test_a_conversation_goes_on(colour: Colour) -> None:
    """The message of an answer, as the client returns it, is sent as a part of the next chat."""
    pytest.importorskip("openai", reason="sends messages with OpenAI's client")
    messages = [content.user("a")]
    with fake_wire() as sent:
        first: Any = colour.run(lambda client: client.agent.completions.create(model="m", messages=messages))
        messages += [content.assistant(first.choices[0].message), content.assistant("b"), content.user("c")]
        colour.run(lambda client: client.agent.completions.create(model="m", messages=messages))
    assert sent[-1].json()["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "a"}]},
        {"role": "assistant", "content": COMPLETION["choices"][0]["message"]["content"]},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": [{"type": "text", "text": "c"}]},
    ]


def test_what_is_no_answer_is_refused() -> None:
    """With the way to the message of an answer."""
    for wrong in (7, None, {"role": "assistant", "content": "a"}, answer, b"a"):
        assert refusal(ASSISTANT, wrong).suggestion == "pass completion.choices[0].message."
    refusal(ASSISTANT, "\ud800")
    chat: Any = pytest.importorskip("openai.types.chat", reason="answers are OpenAI's")
    refusal(ASSISTANT, chat.ChatCompletion.construct(choices=[]))
    refusal(ASSISTANT, answer(content="\ud800"))
    refusal(ASSISTANT, answer(content=object()))


@pytest.mark.parametrize("fields", [{}, {"content": None}, {"content": None, "refusal": "", "tool_calls": []}])
def test_an_empty_answer_is_refused(fields: dict[str, object]) -> None:
    """A server would refuse the message."""
    assert "empty" in refusal(ASSISTANT, answer(**fields)).message


def test_inputs_of_a_run_and_parts_of_a_message_are_the_same() -> None:
    """Both are told by one function: a str is text, a mapping with a type is a part, and else they are none."""
    for good in ("a", content.file("f"), MappingProxyType({"type": "text", "text": "a"})):
        made = USER(good)
        assert run_with([good]).parts == made["content"]
    for bad in (7, None, b"a", {"text": "a"}, ["a"], "\ud800", Path("a")):
        wrong = refusal(USER, bad)
        same = refusal(run_with, [bad])
        assert (wrong.message, wrong.suggestion) == (same.message.replace("inputs[", "parts["), same.suggestion)


@both_colours
def test_parts_are_sent_as_they_are(colour: Colour) -> None:
    """The real OpenAI client sends each part unchanged, those that it does not know among them."""
    pytest.importorskip("openai", reason="sends parts with OpenAI's client")
    parts = [
        content.text("Hällo"),
        content.image(PNG, detail="high"),
        content.video(URL),
        content.audio(WAV),
        content.document(PDF),
        content.file(PDF),
        content.file("file_1"),
    ]
    messages = [content.system("Be brief."), content.user(*parts)]
    with fake_wire() as sent:
        colour.run(lambda client: client.agent.completions.create(model="m", messages=messages))
    assert sent[-1].json()["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hällo"},
                {"type": "image_url", "image_url": {"url": data_url("image/png", PNG), "detail": "high"}},
                {"type": "video_url", "video_url": {"url": URL}},
                {"type": "audio_url", "audio_url": {"url": data_url("audio/wav", WAV)}},
                {"type": "file_url", "file_url": {"url": data_url("application/pdf", PDF)}},
                {"type": "file_url", "file_url": {"url": data_url("application/pdf", PDF)}},
                {"type": "input_file", "file_id": "file_1"},
            ],
        },
    ]


# Media types ----------------------------------------------------------------------------------------------------------

_ZIP = b"PK\x03\x04" + b"\0" * 26

FORMATS: dict[str, tuple[bytes, str | None]] = {
    "pdf": (PDF, "application/pdf"),
    "png": (PNG, "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0", "image/jpeg"),
    "gif": (b"GIF89a", "image/gif"),
    "bmp": (b"BM" + b"\0" * 12 + b"\x28\0\0\0", "image/bmp"),
    "tiff": (b"II*\0", "image/tiff"),
    "tiff-big-endian": (b"MM\0*", "image/tiff"),
    "bigtiff": (b"II+\0", "image/tiff"),
    "webp": (b"RIFF\0\n\0\0WEBPVP8 ", "image/webp"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
    "heic-as-mif1": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
    "avif": (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "image/avif"),
    "avif-as-mif1": (b"\0\0\0\x18ftypmif1\0\0\0\0miafavif", "image/avif"),
    "mp4": (MP4, "video/mp4"),
    "mov": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/quicktime"),
    "avi": (b"RIFF\0\n\0\0AVI LIST", "video/x-msvideo"),
    "webm": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01\x42\x82\x84webm", "video/webm"),
    "mkv": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01\x42\x82\x88matroska", "video/x-matroska"),
    "ebml-of-nothing-known": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", None),
    "mp3-id3": (b"ID3\x04\0\0", "audio/mpeg"),
    "mp3-frame": (b"\xff\xfb\x90\x64", "audio/mpeg"),
    "mp3-mpeg2": (b"\xff\xf3\x40\xc0", "audio/mpeg"),
    "wav": (WAV, "audio/wav"),
    "wav-large": (b"RF64\xff\xff\xff\xffWAVEds64", "audio/wav"),
    "m4a": (b"\0\0\0\x1cftypM4A \0\0\0\0", "audio/mp4"),
    "flac": (b"fLaC\0\0\0\x22", "audio/flac"),
    "ogg": (b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis", "audio/ogg"),
    "ogv": (b"OggS\0\x02" + b"\0" * 22 + b"\x80theora", "video/ogg"),
    "aac": (b"\xff\xf1\x50\x80", "audio/aac"),
    "ole-of-nothing-known": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    "docx": (_ZIP + b"[Content_Types].xml..." + _ZIP + b"_rels/.rels" + _ZIP + b"word/document.xml", DOCX),
    "docx-folder-first": (_ZIP + b"word/numbering.xml", DOCX),
    "xlsx": (
        _ZIP + b"[Content_Types].xml..." + _ZIP + b"xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "docx-in-zip": (_ZIP + b"a.docx" + _ZIP + b"word/document.xml", "application/zip"),
    "docx-that-shows-too-late": (
        _ZIP + b"[Content_Types].xml" + b"\0" * 65_536 + _ZIP + b"word/document.xml",
        "application/zip",
    ),
    "zip": (_ZIP + b"passwords/a", "application/zip"),
    "zip-empty": (b"PK\x05\x06", "application/zip"),
    "nothing": (b"", None),
    "text-about-bmw": (b"BMW sold 2,450,854 cars in 2024, and more", None),
    "text-about-webp": (b"What is WEBP?", None),
    "text-about-waves": (b"The big WAVE came", None),
    "text-about-id3": (b"ID3 tags are old", None),
    "text-utf-16": ("Hello".encode("utf-16"), None),
    "second-line-of-pdf": (b"\n%PDF-1.7", "application/pdf"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_format_is_told_by_its_first_bytes(name: str) -> None:
    """Every format that VLM Run takes is known, and text is not taken for one."""
    data, media_type = FORMATS[name]
    assert sniff(data) == media_type


@pytest.mark.parametrize(
    ("kind", "data", "declared", "sent"),
    [
        ("document", TEXT, "text/csv", "text/csv"),
        ("document", TEXT, "TEXT/CSV", "text/csv"),
        ("image", TEXT, "image/svg+xml", "image/svg+xml"),
        ("image", PNG, "image/x-png", "image/x-png"),
        ("audio", MP4, "audio/mp4", "audio/mp4"),
        ("video", FORMATS["ogg"][0], "video/ogg", "video/ogg"),
        ("document", FORMATS["zip"][0], DOCX, DOCX),
        ("file", TEXT, "application/octet-stream", "application/octet-stream"),
        ("file", FORMATS["xlsx"][0], "application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("file", PNG, None, "image/png"),
    ],
)
def test_declared_type_wins_where_it_may(kind: str, data: bytes, declared: str | None, sent: str) -> None:
    """It is of the right kind, and the bytes do not say that they are of another."""
    assert FUNCTIONS[kind](data, media_type=declared) == form(kind, data_url(sent, data))


@pytest.mark.parametrize(
    ("kind", "data", "declared", "words"),
    [
        ("image", MP4, None, "source: expected an image, got video/mp4. Try: pass it to content.video."),
        ("image", MP4, "image/png", "source: expected an image, got video/mp4. Try: pass it to content.video."),
        ("image", PDF, None, "content.document"),
        ("image", FORMATS["zip"][0], None, "content.file"),
        ("video", PNG, "audio/mp4", "content.image"),
        ("video", WAV, None, "content.audio"),
        ("audio", MP4, None, "source: expected audio, got video/mp4. Try: pass it to content.video."),
        ("audio", PNG, "audio/wav", "content.image"),
        ("document", PNG, None, "content.image"),
        ("document", FORMATS["zip"][0], None, "content.file"),
        ("document", TEXT, "application/json", "media_type: expected a document, got application/json."),
        ("image", PNG, "video/mp4", "media_type: expected an image, got video/mp4. Try: pass it to content.video."),
        ("image", TEXT, None, 'such as media_type="image/png"'),
        ("document", TEXT, None, 'such as media_type="text/plain"'),
        ("file", TEXT, None, 'such as media_type="text/csv"'),
        ("document", TEXT, "text", "media_type must have the form <type>/<subtype>"),
        ("document", TEXT, "text/plain; charset=utf-8", "media_type must have"),
        ("document", TEXT, "", "media_type must have"),
        ("document", TEXT, 7, "media_type must be a str or None, not int"),
    ],
)
def test_other_kind_is_refused(kind: str, data: bytes, declared: object, words: str) -> None:
    """The error names the function that takes it, or asks for the type."""
    assert words in str(refusal(FUNCTIONS[kind], data, media_type=declared))
    if isinstance(declared, str) and declared.count("/") == 1 and ";" not in declared:
        refusal(FUNCTIONS[kind], data_url(declared, data))


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document"])
def test_data_url_of_another_kind_is_refused(kind: str) -> None:
    """A `data:` URL is held to the same rules."""
    url = data_url("application/zip", _ZIP)
    assert "content.file" in str(refusal(FUNCTIONS[kind], url))


# Refused --------------------------------------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///sesame-4711",
        "https:sesame-4711",
        "https://host:port/sesame-4711",
        "https://[::1/sesame-4711",
        "https://host/sesame-4711 x",
        " https://host/sesame-4711",
        "https://host/sesame-4711\n",
        "ftp://host/sesame-4711",
        "s3://bucket/sesame-4711",
        "file:///sesame-4711",
        "data:",
        "data:,sesame-4711",
        "data:image/png,sesame-4711",
        "data:;base64,sesame-4711",
        "data:image/png;base64,",
        "data:image/png;base64,sesame-4711",
        "data:image/png;base64,QUJ",
        "data:image/png;base64,QU=JD",
        "data:image/png;base64,QÜJD",
        "data:image/png;x y;base64,QUJD",
    ],
)
def test_bad_url_is_refused(kind: str, url: str) -> None:
    """A URL that cannot work is refused, not repeated, and not taken for a path or an id."""
    assert "URL" in refusal(FUNCTIONS[kind], url).message


@each_kind
def test_media_type_of_a_url_is_refused(kind: str) -> None:
    """It would be ignored."""
    for url in (URL, data_url(TYPES[kind], BYTES[kind])):
        assert "media_type" in str(refusal(FUNCTIONS[kind], url, media_type=TYPES[kind]))


@each_kind
def test_unreadable_path_is_refused(kind: str, tmp_path: Path) -> None:
    """What cannot be read is named, with the reason."""
    for path in (tmp_path / "missing.pdf", tmp_path):
        error = refusal(FUNCTIONS[kind], path)
        assert str(path) in error.message
        assert isinstance(error.__cause__, OSError)
    assert "null" in str(refusal(FUNCTIONS[kind], tmp_path / "a\0b"))
    assert "pass the URL as a str" in str(refusal(FUNCTIONS[kind], Path(URL)))


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document"])
@pytest.mark.parametrize("text", ["sesame-4711\n", "sesame-4711" * 100])
def test_text_is_not_repeated_as_a_path(kind: str, text: str) -> None:
    """A document, or base64, in the place of a path is not quoted."""
    assert "neither a URL nor a path" in str(refusal(FUNCTIONS[kind], text))


@each_kind
def test_empty_source_is_refused(kind: str, tmp_path: Path) -> None:
    """Nothing is nothing."""
    (tmp_path / "empty").touch()
    for source in (b"", bytearray(), memoryview(b""), io.BytesIO(), tmp_path / "empty"):
        assert "empty" in str(refusal(FUNCTIONS[kind], source))


@each_kind
def test_file_that_is_not_open_for_bytes_is_refused(kind: str, tmp_path: Path) -> None:
    """As text, closed, or for writing."""
    path = tmp_path / "a"
    path.write_bytes(PNG)
    with path.open(encoding="utf-8") as as_text:
        assert 'open it with "rb"' in str(refusal(FUNCTIONS[kind], as_text))
    assert 'open it with "rb"' in str(refusal(FUNCTIONS[kind], io.StringIO("a")))
    assert "source is a closed file" in str(refusal(FUNCTIONS[kind], as_text))
    with path.open("wb") as for_writing:
        assert "cannot be read" in str(refusal(FUNCTIONS[kind], for_writing))


@each_kind
@pytest.mark.parametrize(
    "source", [None, 42, 4.2, [PNG], {"url": URL}, object(), bytes, Path], ids=lambda source: type(source).__name__
)
def test_source_of_a_wrong_type_is_refused(kind: str, source: object) -> None:
    """The error names the argument, what it got, and what it wants."""
    assert "source must be a URL, a path, bytes" in refusal(FUNCTIONS[kind], source).message
    assert type(source).__name__ in refusal(FUNCTIONS[kind], source).message


@pytest.mark.parametrize(
    "source",
    ["", "invoice.pdf", "a/b", "a b", "fïle", Uploaded(None), Uploaded("")],
    ids=["nothing", "path", "folder", "space", "letter", "no id", "empty id"],
)
def test_what_is_no_id_is_refused(source: str | Uploaded) -> None:
    """A path in a str is not guessed."""
    assert "pathlib.Path" in str(refusal(content.file, source))


def test_media_type_of_an_uploaded_file_is_refused() -> None:
    """It would be ignored."""
    assert "media_type" in str(refusal(content.file, "file_1", media_type="a/b"))


@pytest.mark.parametrize("detail", ["lo", "", 1, b"low", []])
def test_unknown_detail_is_refused(detail: Any) -> None:
    """The three that API.md has are known."""
    assert "detail" in str(refusal(content.image, URL, detail=detail))


@pytest.mark.parametrize("value", [None, 1, b"a", ["a"], "\ud800"], ids=ascii)
def test_what_is_no_text_is_refused(value: Any) -> None:
    """Where text is wanted."""
    assert "text" in refusal(content.text, value).message
    assert "text" in refusal(content.system, value).message
    assert "parts[1]" in refusal(content.user, "a", value).message


def test_message_without_parts_is_refused() -> None:
    """There is nothing to answer."""
    assert "parts is empty" in refusal(content.user).message


# Sizes ----------------------------------------------------------------------------------------------------------------


def test_limit_is_32_mebibytes() -> None:
    """As it is documented."""
    assert content.MAX_INLINE_BYTES == 33_554_432 == _sources.MAX_INLINE_BYTES


@each_kind
def test_size_limit(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many bytes as allowed go out, one more does not, wherever they come from."""
    data = BYTES[kind].ljust(100)
    monkeypatch.setattr(_sources, "MAX_INLINE_BYTES", 100)

    def sources(data: bytes) -> Iterator[object]:
        (tmp_path / "a").write_bytes(data)
        yield from (data, bytearray(data), memoryview(data), io.BytesIO(data), tmp_path / "a")
        yield data_url(TYPES[kind], data)

    for source in sources(data):
        FUNCTIONS[kind](source)
    for source in sources(data + b"."):
        assert "client.files.upload" in str(refusal(FUNCTIONS[kind], source))


def test_no_more_is_read_than_it_takes_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without end is refused."""
    monkeypatch.setattr(_sources, "MAX_INLINE_BYTES", 3_000_000)
    asked: list[int] = []

    class Endless:
        def read(self, size: int, /) -> bytes:
            asked.append(size)
            return bytes(size)

    refusal(content.video, Endless(), media_type="video/mp4")
    assert sum(asked) == 3_000_001


def test_large_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is looked up."""
    (tmp_path / "a").write_bytes(PNG)
    monkeypatch.setattr(_sources, "MAX_INLINE_BYTES", 10)

    def read(*_: object) -> bytes:
        pytest.fail("it was read")

    monkeypatch.setattr(reading, "_read_stream", read)
    refusal(content.image, tmp_path / "a")


# Pillow and NumPy -----------------------------------------------------------------------------------------------------


def _decoded(part: Any) -> Any:
    """The image in a part, by Pillow."""
    from PIL import Image

    head, _, payload = part["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    image = Image.open(io.BytesIO(base64.b64decode(payload)))
    image.load()
    return image


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pillow_image_keeps_its_pixels(mode: str) -> None:
    """In every mode that PNG has."""
    pillow = pytest.importorskip("PIL.Image", reason="makes images")
    image = pillow.new(mode, (3, 2), 255 if mode == "1" else 1)
    decoded = _decoded(content.image(image))
    if mode != "I;16":  # which older releases of Pillow open as "I"
        assert decoded.mode == mode
    assert decoded.size == image.size
    places = [(x, y) for x in range(3) for y in range(2)]
    assert [decoded.getpixel(place) for place in places] == [image.getpixel(place) for place in places]


def test_broken_pillow_image_is_refused() -> None:
    """One that is empty, or turns out to be cut short when it is read."""
    pillow = pytest.importorskip("PIL.Image", reason="opens images")
    noise = pillow.effect_noise((64, 64), 50)
    whole = io.BytesIO()
    noise.save(whole, format="PNG")
    refusal(content.image, pillow.open(io.BytesIO(whole.getvalue()[:2000])))
    refusal(content.image, pillow.new("RGB", (0, 0)))


def test_what_only_looks_like_a_pillow_image_is_refused() -> None:
    """It writes nothing when it is saved."""

    class Saved:
        mode = "RGB"

        def save(self, *_: object, **__: object) -> None: ...

    assert "Saved" in refusal(FUNCTIONS["image"], Saved()).message


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 2), (2, 3, 5), (1, 2, 3, 4), (0, 3), (3, 0, 3), (3, 3, 0)])
def test_array_of_a_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    """The error says which it has."""
    numpy = pytest.importorskip("numpy", reason="makes arrays")
    error = refusal(content.image, numpy.zeros(shape, numpy.uint8))
    assert f"uint8 with shape {shape}" in error.message


@pytest.mark.parametrize("dtype", ["int8", "float32", "complex64", "M8[s]", "O", "S1", "u1,u1"])
def test_array_of_a_wrong_dtype_is_refused(dtype: str) -> None:
    """Nothing is scaled or cut off."""
    numpy = pytest.importorskip("numpy", reason="makes arrays")
    array = numpy.zeros((2, 3), dtype)
    assert str(array.dtype) in refusal(content.image, array).message


def test_array_of_too_many_pixels_is_refused() -> None:
    """Before it is copied: this one is larger than the memory, and takes none."""
    numpy = pytest.importorskip("numpy", reason="makes arrays")
    array = numpy.broadcast_to(numpy.zeros((1, 1), numpy.uint8), (10**6, 10**6))
    assert "pixels" in refusal(content.image, array).message


def test_only_image_takes_arrays_and_images() -> None:
    """And it takes no media type with them."""
    numpy = pytest.importorskip("numpy", reason="makes arrays")
    pillow = pytest.importorskip("PIL.Image", reason="makes images")
    for source in (numpy.zeros((2, 3), numpy.uint8), pillow.new("L", (3, 2))):
        assert "media_type" in refusal(content.image, source, media_type="image/png").message
        for kind in ("video", "audio", "document", "file"):
            refusal(FUNCTIONS[kind], source)


# Pages ----------------------------------------------------------------------------------------------------------------


def _pdf(*sizes: tuple[int, int]) -> bytes:
    """A PDF of gray pages; at 72 dots per inch a pixel is a point."""
    pillow = pytest.importorskip("PIL.Image", reason="makes PDFs")
    pytest.importorskip("pypdfium2", reason="opens PDFs")
    sheets = [pillow.new("L", size, 40 * (index + 1)) for index, size in enumerate(sizes)]
    buffer = io.BytesIO()
    sheets[0].save(buffer, "PDF", save_all=True, append_images=sheets[1:], resolution=72)
    return buffer.getvalue()


_FORM = b"""%PDF-1.7
1 0 obj <</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 40 40]/Annots[4 0 R]>> endobj
4 0 obj <</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 4/Rect[0 0 40 40]/P 3 0 R/AP<</N 5 0 R>>>> endobj
5 0 obj <</Type/XObject/Subtype/Form/BBox[0 0 40 40]/Length 24>> stream
1 0 0 rg 0 0 40 40 re f
endstream endobj
trailer <</Root 1 0 R>>
"""


def test_pages_are_images_in_order(tmp_path: Path) -> None:
    """From bytes, a path or an open file: an image part each, as large as the dpi says."""
    data = _pdf((72, 36), (36, 72))
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    for source in (data, bytearray(data), path, str(path), io.BytesIO(data)):
        first, second = [_decoded(part) for part in content.document_pages(source, dpi=144)]
        assert (first.size, second.size) == ((144, 72), (72, 144))
        assert [image.convert("L").getpixel((9, 9)) for image in (first, second)] == pytest.approx([40, 80], abs=2)
    assert _decoded(next(content.document_pages(data))).size == (150, 75)


def test_what_was_filled_in_is_drawn() -> None:
    """A form without its fields would be another document."""
    pytest.importorskip("pypdfium2", reason="opens PDFs")
    pytest.importorskip("PIL.Image", reason="looks at the page")
    [part] = content.document_pages(_FORM, dpi=72)
    red, green, blue = _decoded(part).convert("RGB").getpixel((20, 20))
    assert red > 150 > green
    assert blue < 250


def test_size_of_a_pdf_has_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its pages are sent, and each is held to the limit."""
    data = _pdf((72, 36), (36, 72))
    monkeypatch.setattr(_sources, "MAX_INLINE_BYTES", len(data) - 1)
    assert len(list(content.document_pages(data))) == 2
    monkeypatch.setattr(_sources, "MAX_INLINE_BYTES", 10)
    assert "lower dpi" in str(refusal(next, content.document_pages(data)))


@pytest.mark.parametrize(
    "dpi",
    [0, 0.99, 2401, -1, float("nan"), float("inf"), 10**5000, True, "150", None],
    ids=lambda dpi: type(dpi).__name__,
)
def test_bad_dpi_is_refused_at_once(dpi: Any) -> None:
    """Not when the first page is asked for."""
    assert "dpi" in refusal(content.document_pages, PDF, dpi=dpi).message


@pytest.mark.parametrize("source", [URL, "nope.pdf", b"", PNG, MP4, None, 42, data_url("application/pdf", PDF)])
def test_bad_pdf_source_is_refused_at_once(source: Any) -> None:
    """Not when the first page is asked for."""
    assert "source" in refusal(content.document_pages, source).message


@pytest.mark.parametrize(("data", "function"), [(PNG, "image"), (MP4, "video"), (_ZIP, "file")])
def test_what_is_no_pdf_is_named(data: bytes, function: str) -> None:
    """With the function that takes it."""
    assert f"content.{function}." in str(refusal(content.document_pages, data))


@pytest.mark.parametrize("data", [b"%PDF-1.7 sesame-4711", b"sesame-4711", _FORM.replace(b"[3 0 R]/Count 1", b"[]")])
def test_broken_pdf_is_refused_at_once(data: bytes) -> None:
    """One that does not open, and one that has no page."""
    pytest.importorskip("pypdfium2", reason="opens PDFs")
    pytest.importorskip("PIL.Image", reason="is asked for before a PDF is opened")
    assert "PDF" in refusal(content.document_pages, data).message


def test_encrypted_pdf_is_refused_at_once() -> None:
    """There is no password to give."""
    data = _FORM.replace(
        b"trailer <<",
        b"trailer <</ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(" + b"o" * 32 + b")/U(" + b"u" * 32 + b")>>",
    )
    pytest.importorskip("pypdfium2", reason="opens PDFs")
    pytest.importorskip("PIL.Image", reason="is asked for before a PDF is opened")
    assert "password" in refusal(content.document_pages, data).message.lower()


def test_page_of_too_many_pixels_is_refused_when_its_turn_comes() -> None:
    """The pages before it are drawn."""
    pytest.importorskip("pypdfium2", reason="opens PDFs")
    pytest.importorskip("PIL.Image", reason="draws pages")
    two = b"[3 0 R 6 0 R]/Count 2"
    large = b"6 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9999 9999]>> endobj\ntrailer"
    data = _FORM.replace(b"[3 0 R]/Count 1", two).replace(b"trailer", large)
    pages = content.document_pages(data, dpi=72)
    next(pages)
    error = refusal(next, pages)
    assert "page 2" in error.message
    assert "dpi" in str(error)


class Watched:
    """The documents and pages of pypdfium2 that are open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pypdfium2: Any = pytest.importorskip("pypdfium2", reason="opens PDFs")
        pytest.importorskip("PIL.Image", reason="draws pages")
        self.open = 0
        self.unlocked = 0
        for kind in (pypdfium2.PdfDocument, pypdfium2.PdfPage):
            monkeypatch.setattr(kind, "__init__", self._opening(kind.__init__))
            monkeypatch.setattr(kind, "close", self._closing(kind.close))

    def _opening(self, opening: Callable[..., Any]) -> Callable[..., Any]:
        def init(*args: Any, **options: Any) -> None:
            opening(*args, **options)
            self.open += 1
            self.unlocked += not is_locked()

        return init

    def _closing(self, closing: Callable[..., Any]) -> Callable[..., Any]:
        def close(*args: Any, **options: Any) -> Any:
            closed = closing(*args, **options)
            self.open -= bool(closed)
            self.unlocked += not is_locked()
            return closed

        return close


def is_locked() -> bool:
    """Whether another thread could not enter PDFium now."""
    got: list[bool] = []

    def attempt() -> None:
        got.append(pdf.lock.acquire(blocking=False))
        if got[0]:
            pdf.lock.release()

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return not got[0]


def test_pdfium_is_entered_with_the_lock_and_left_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """All is closed when the pages are used up, abandoned, or never asked for; between two pages nothing is locked."""
    data = _pdf((7, 7), (7, 7), (7, 7))
    watched = Watched(monkeypatch)
    used_up = content.document_pages(data, timeout=None)
    assert watched.open == 1
    for _ in used_up:
        assert not is_locked()
        assert watched.open == 1  # the document
    assert watched.open == 0
    abandoned = content.document_pages(data, timeout=None)
    next(abandoned)
    del abandoned
    gc.collect()
    assert watched.open == 0
    assert watched.unlocked == 0
    assert not is_locked()


def test_failing_page_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a broken document, nor one that is too large."""
    data = _pdf((7, 7))
    watched = Watched(monkeypatch)
    monkeypatch.setattr(pdf, "MAX_PIXELS", 3)
    refusal(next, content.document_pages(data, timeout=None))
    refusal(content.document_pages, PDF, timeout=None)
    gc.collect()
    assert (watched.open, watched.unlocked) == (0, 0)


def test_abandoned_pages_may_be_collected_insidepdf() -> None:
    """Whoever holds the lock may be the one who closes them."""
    held = [content.document_pages(_pdf((7, 7), (7, 7)), timeout=None)]
    next(held[0])

    def abandon() -> None:
        with pdf.lock:
            held.clear()
            gc.collect()

    thread = threading.Thread(target=abandon, daemon=True)  # which is left behind if it waits for itself
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def test_local_server_has_the_same_lock() -> None:
    """PDFium is one for the process."""
    local = pytest.importorskip("vlmrun.local._media.pdf", reason="needs the extra 'local'", exc_type=ImportError)
    assert local.lock is pdf.lock


# What is optional -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["PIL.Image", "pypdfium2"])
def test_missing_package_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it, and at once."""
    data = _pdf((7, 7))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(DependencyError, match=missing.partition(".")[0]) as caught:
        content.document_pages(data)
    assert caught.value.suggestion == "pip install 'vlmrun[all]'"
    assert caught.value.error_type == "missing_dependency"


def test_array_without_pillow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    numpy = pytest.importorskip("numpy", reason="makes arrays")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DependencyError, match="PIL") as caught:
        content.image(numpy.zeros((2, 3), numpy.uint8))
    assert caught.value.suggestion == "pip install 'vlmrun[all]'"


def test_import_is_light() -> None:
    """Importing the module, and making parts of bytes, loads no third-party module that `vlmrun` has not."""
    code = f"""
import sys, vlmrun
before = set(sys.modules)
from vlmrun import content
content.user("a", content.image({PNG!r}), content.document({PDF!r}), content.video({URL!r}))
loaded = {{name.partition(".")[0] for name in sys.modules.keys() - before}} - {{"vlmrun"}}
assert loaded <= sys.stdlib_module_names - {{"mimetypes", "asyncio", "http", "ssl"}}, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603  # a literal of this file


# Remedies -------------------------------------------------------------------------------------------------------------


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    """The error says which file it was: a program may send many."""
    path = tmp_path / "bad.png"
    path.write_bytes(b"%PDF-1.7")
    message = f"source: expected an image, got application/pdf: {str(path)!r}. Try: pass it to content.document."
    for source in (path, str(path)):
        assert str(refusal(content.image, source)) == message


def test_a_format_that_is_not_recognised_is_named(tmp_path: Path) -> None:
    """With its path, and an example of a type that fits the function."""
    path = tmp_path / "scan.xyz"
    path.write_bytes(b"xyz")
    error = refusal(content.image, path)
    assert error.message == f"source: unrecognised file format: {str(path)!r}."
    assert error.suggestion == 'pass the type if you know it, such as media_type="image/png".'


def test_svg_is_explained() -> None:
    """It is an image to people, and text to the server: no media type makes it work."""
    error = refusal(content.image, b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')
    assert str(error) == "source: expected an image, got SVG. Try: convert it to PNG first: VLM Run does not read SVG."


def test_a_home_folder_is_explained() -> None:
    """Python expands no `~`, which people expect."""
    assert refusal(content.image, "~/no/such.png").suggestion == "pass pathlib.Path('~/no/such.png').expanduser()."
