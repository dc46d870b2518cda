"""Content parts: what goes in can be taken out again, and what cannot be sent is an `InputError`.

A law is a function of a rule and of an example. It is tried on ours, and on rules that are wrong on purpose, which must
fail it.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support.broken import breaks
from vlmrun import content
from vlmrun._inputs import media as _media
from vlmrun._inputs import pixels, sources
from vlmrun.client.exceptions import InputError

# `Any`: each law has its own rule and its own kind of example, which the table below cannot say.
Rule = Callable[..., Any]
Law = Callable[[Rule, Any], None]

MAGIC = [
    b"%PDF-",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"RIFF\0\0\0\0WEBP",
    b"RIFF\0\0\0\0WAVE",
    b"\0\0\0\x18ftypmif1",
    b"\x1aE\xdf\xa3",
    b"ID3\x03\0",
    b"OggS\0",
    b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml",
]
"""How known formats begin."""

SIGNED = ("%PDF-", "GIF87a", "GIF89a", "RIFF", "RF64")
"""Signatures that are text. A size follows that of RIFF, which may look like letters, too."""

WORD = b"PK\x03\x04" + b"\0" * 26 + b"word/"
"""What tells a docx from another zip."""


@cache
def heads() -> SearchStrategy[bytes]:
    """Bytes that begin like a known format, or like none."""
    return st.builds(bytes.__add__, st.sampled_from([b"", *MAGIC]), st.binary(max_size=80))


@cache
def array_images() -> SearchStrategy[Any]:
    """Arrays that are images, as NumPy has them: whole, read-only, and views that skip, turn and mirror."""
    numpy = pytest.importorskip("numpy", reason="makes arrays")

    def made(shape: tuple[int, ...], seed: int, view: str) -> Any:
        array = numpy.random.default_rng(seed).integers(0, 256, shape, numpy.uint8)
        if view == "skipped":
            array = numpy.repeat(numpy.repeat(array, 2, 0), 3, 1)[::2, ::3]
        elif view == "mirrored":
            array = array[::-1, ::-1]
        elif view == "fortran":
            array = numpy.asfortranarray(array)
        elif view == "turned":
            array = array.swapaxes(0, 1)
        elif view == "read-only":
            array.flags.writeable = False
        return array

    sides = st.integers(1, 9)
    shapes = st.one_of(st.tuples(sides, sides), st.tuples(sides, sides, st.sampled_from([1, 3, 4])))
    views = st.sampled_from(["whole", "skipped", "mirrored", "fortran", "turned", "read-only"])
    return st.builds(made, shapes, st.integers(0, 2**32), views)


class Pathlike(SimpleNamespace):
    """Says that it is a path, and has other members that sources have."""

    def __fspath__(self) -> Any:
        return vars(self).get("path")


def _answering(value: object) -> Callable[..., object]:
    """A method that gives a value as often as it is asked, and then an end."""
    values = iter([value, value])
    return lambda *_arguments: next(values, b"")


def _failing(*_: object, **__: object) -> None:
    raise ZeroDivisionError


@cache
def garbage() -> SearchStrategy[Any]:
    """What nobody should pass, among it what looks like something."""
    plain = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), heads(), st.binary(max_size=9)
    )
    members = st.sampled_from(["read", "id", "mode", "save", "shape", "__array_interface__", "path", "type"])
    likes = st.dictionaries(members, st.one_of(plain, st.builds(_answering, plain), st.just(_failing)))
    return st.one_of(
        plain,
        st.builds(io.BytesIO, heads()),
        st.builds(io.StringIO, st.text()),
        st.builds(Path, st.text(max_size=20)),
        st.lists(plain, max_size=3),
        likes,
        likes.map(lambda members: SimpleNamespace(**members)),
        likes.map(lambda members: Pathlike(**members)),
        st.sampled_from([object(), int, bytes, Path, content.image, NotImplemented, ..., content]),
        st.from_regex(r"(?i)(https?:|data:|ftp://)[^\n]{0,30}", fullmatch=True),
        heads().map(lambda head: f"data:image/png;base64,{base64.b64encode(head).decode()}"),
    )


# The laws -------------------------------------------------------------------------------------------------------------


def bytes_come_back(encode: Rule, data: bytes) -> None:
    """What is read from a `data:` URL is what went into it, and the type stands before it."""
    url = encode("video/mp4", data)
    head, _, payload = url.partition(",")
    assert head == "data:video/mp4;base64"
    try:
        decoded = base64.b64decode(payload, validate=True)
    except ValueError as error:
        raise AssertionError(payload) from error
    assert decoded == data


def sniffing_is_total(sniff: Rule, head: bytes) -> None:
    """Any bytes have a media type or none, and it never fails."""
    try:
        found = sniff(head)
    except Exception as error:
        raise AssertionError(head) from error
    assert found is None or re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", found)


def sniffing_looks_at_the_head(sniff: Rule, example: tuple[bytes, bytes]) -> None:
    """A format that was told is not told otherwise by what comes later, past what is looked at."""
    head, rest = example
    whole = head.ljust(65_536, b"\0")
    assert sniff(whole + rest) == sniff(whole)


def text_is_no_format(sniff: Rule, text: str) -> None:
    """Printable text is not taken for an image, sound or an archive, but where it begins with a whole signature."""
    assert sniff(text.encode()) is None


def pixels_come_back(png: Rule, array: Any) -> None:
    """An array, through PNG and back, is the same array."""
    numpy = pytest.importorskip("numpy", reason="makes arrays")
    pillow = pytest.importorskip("PIL.Image", reason="reads PNG")
    decoded = numpy.asarray(pillow.open(io.BytesIO(png(array))))
    expected = array[:, :, 0] if array.shape[2:] == (1,) else array
    assert numpy.array_equal(decoded, expected)


def garbage_is_refused(part: Rule, arguments: tuple[object, object]) -> None:
    """Any source and media type give a part or an `InputError` that says what to do, and nothing else."""
    source, media_type = arguments
    made = outcome(lambda: part(source, media_type=media_type))
    if isinstance(made, InputError):
        assert made.suggestion
    else:
        assert made["type"] in ("image_url", "video_url", "audio_url", "file_url", "input_file")


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or the `InputError` that it raises; anything else is none."""
    try:
        return call()
    except InputError as error:
        return error
    except Exception as error:
        raise AssertionError(repr(error)) from error


# Those that are wrong -------------------------------------------------------------------------------------------------


def array_png(array: Any) -> bytes:
    """Ours: what is sent of an array."""
    media_type, data = pixels.encode_array(array, pixels.Encoding(None, None))
    assert media_type == "image/png"
    return data


def encode_for_urls(media_type: str, data: bytes) -> str:
    """Uses the other alphabet of base64."""
    return f"data:{media_type};base64,{base64.urlsafe_b64encode(data).decode()}"


def encode_in_lines(media_type: str, data: bytes) -> str:
    """Breaks lines, as for mail."""
    return f"data:{media_type};base64,{base64.encodebytes(data).decode()}"


def encode_without_padding(media_type: str, data: bytes) -> str:
    """Leaves out what it thinks is not needed."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode().rstrip('=')}"


def sniff_by_index(head: bytes) -> str | None:
    """Looks at a byte that may not be there."""
    return "image/jpeg" if head[0] == 0xFF else None


def sniff_as_text(head: bytes) -> str | None:
    """Takes all bytes for text."""
    return "application/pdf" if head.decode().startswith("%PDF") else None


def sniff_anywhere(head: bytes) -> str | None:
    """Looks for the letters wherever they are."""
    return "application/pdf" if b"PDF" in head else None


def sniff_letters(head: bytes) -> str | None:
    """Believes two letters."""
    return "image/bmp" if head.startswith(b"BM") else None


def _png(array: Any, data: bytes) -> bytes:
    from PIL import Image

    mode = {1: "L", 3: "RGB", 4: "RGBA"}[(*array.shape, 1)[2]]
    buffer = io.BytesIO()
    Image.frombytes(mode, (array.shape[1], array.shape[0]), data).save(buffer, format="PNG")
    return buffer.getvalue()


def png_of_memory(array: Any) -> bytes:
    """Takes the memory as it lies, whatever order the array has."""
    return _png(array, array.tobytes("A"))


def png_of_base(array: Any) -> bytes:
    """Forgets that a view is not all of its memory."""
    base = array if array.base is None else array.base
    return _png(array, base.tobytes()[: array.size].ljust(array.size))


def png_without_alpha(array: Any) -> bytes:
    """Drops the fourth channel."""
    return _png(array[..., :3], array[..., :3].tobytes()) if array.ndim == 3 else _png(array, array.tobytes())


def png_in_bgr(array: Any) -> bytes:
    """Thinks of OpenCV."""
    return _png(array, (array[..., ::-1] if array.ndim == 3 else array).tobytes())


def part_that_trusts(source: Any, *, media_type: Any) -> object:
    """Leaves the checks to Python."""
    data = source.read() if hasattr(source, "read") else bytes(source)
    return {"type": "file_url", "file_url": {"url": sources.data_url(media_type, data)}}


def part_without_advice(source: Any, *, media_type: Any) -> object:
    """Says no, and nothing else."""
    raise InputError(f"no: {type(source).__name__}, {type(media_type).__name__}")


# The table ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A law, the rules of ours that keep it, what it is tried on, and rules that must fail it."""

    law: Law
    ours: tuple[Rule, ...]
    # Made when they are needed: where NumPy is missing, the law about arrays is skipped, and the others hold.
    examples: Callable[[], SearchStrategy[Any]]
    broken: tuple[Rule, ...]


@cache
def _garbage_arguments() -> SearchStrategy[Any]:
    types = st.one_of(st.none(), st.sampled_from(["image/png", "video/mp4", "audio/mp4", "text/plain", "a/b", "a"]))
    return st.tuples(garbage(), st.one_of(types, garbage()))


@cache
def _texts() -> SearchStrategy[str]:
    words = st.sampled_from(["BM", "ID3", "RIFF", "WAVE", "WEBP", "II*", "ftyp", "GIF8", "OggS", "fLaC", "PDF", " "])
    printable = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z")), max_size=30)
    return (
        st.lists(st.one_of(words, printable), max_size=8).map("".join).filter(lambda text: not text.startswith(SIGNED))
    )


PARTS = (content.image, content.video, content.audio, content.document, content.file)

CASES = [
    Case(
        bytes_come_back,
        (sources.data_url,),
        lambda: st.binary(max_size=200),
        (encode_for_urls, encode_in_lines, encode_without_padding),
    ),
    Case(sniffing_is_total, (_media.sniff,), heads, (sniff_by_index, sniff_as_text)),
    Case(
        sniffing_looks_at_the_head,
        (_media.sniff,),
        lambda: st.tuples(heads(), st.one_of(heads(), st.just(WORD))),
        (sniff_anywhere,),
    ),
    Case(text_is_no_format, (_media.sniff,), _texts, (sniff_letters, sniff_anywhere)),
    Case(
        pixels_come_back,
        (array_png,),
        array_images,
        (png_of_memory, png_of_base, png_without_alpha, png_in_bgr),
    ),
    Case(garbage_is_refused, PARTS, _garbage_arguments, (part_that_trusts, part_without_advice)),
]


@pytest.mark.parametrize(
    ("case", "rule"),
    [pytest.param(c, rule, id=f"{c.law.__name__}-{rule.__name__}") for c in CASES for rule in c.ours],
)
def test_law_holds(case: Case, rule: Rule) -> None:
    """Every law holds for the code that is used."""

    @given(case.examples())
    def holds(example: object) -> None:
        case.law(rule, example)

    holds()


@pytest.mark.parametrize(
    ("case", "rule"),
    [pytest.param(c, rule, id=f"{c.law.__name__}-{rule.__name__}") for c in CASES for rule in c.broken],
)
def test_broken_rules_fail_the_law(case: Case, rule: Rule) -> None:
    """Rules that are wrong fail the law that they break."""
    assert breaks(lambda example: case.law(rule, example), case.examples())


@given(st.lists(garbage(), max_size=3))
def test_message_of_garbage_is_refused(parts: list[Any]) -> None:
    """Any parts give a message or an `InputError`, and nothing else."""
    message = outcome(lambda: content.user(*parts))
    if isinstance(message, InputError):
        assert message.suggestion
    else:
        assert len(message["content"]) == len(parts)


@given(garbage(), garbage())
def test_pages_of_garbage_are_refused_at_once(source: Any, dpi: Any) -> None:
    """Any source and dpi give pages or an `InputError`, and nothing else."""
    pytest.importorskip("pypdfium2", reason="opens PDFs")
    pytest.importorskip("PIL.Image", reason="is asked for before a PDF is opened")
    with pytest.raises(InputError) as caught:
        content.document_pages(source, dpi=dpi)
    assert caught.value.suggestion
    with pytest.raises(InputError):
        content.document_pages(source)
