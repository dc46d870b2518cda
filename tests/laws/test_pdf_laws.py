"""Whatever bytes a PDF has, its pages come as pypdfium2 alone draws them, or an `InputError` says why not, in time."""

from __future__ import annotations

import base64
import io
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from support.mutations import mutated
from support.pdfs import GOOD, HANGING, pdf, reassembled
from vlmrun import content
from vlmrun.client.exceptions import InputError

pypdfium2: Any = pytest.importorskip("pypdfium2", reason="draws pages, and is the judge")
image_module: Any = pytest.importorskip("PIL.Image", reason="looks at pages")

SECONDS = 8.0
"""How long a page may take, so that a hang is ended before ten seconds are over."""
_TEXT = b"BT /F 8 Tf 2 5 Td (Total: 42) Tj ET 1 0 0 rg 5 5 9 9 re f"


def _rich() -> bytes:
    """A page with a font, a compressed content stream, an image and a form field."""
    stream = zlib.compress(_TEXT)
    more = (
        f"3 0 obj <</Length {len(stream)}/Filter/FlateDecode>> stream\n{stream.decode('latin-1')}\nendstream endobj\n"
        "4 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n"
        "5 0 obj <</Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/Length 4>>"
        " stream\nabcd\nendstream endobj\n"
        "6 0 obj <</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(b)/DA(/F 9 Tf)/F 4/Rect[0 0 20 20]/P 10 0 R>> endobj\n"
    )
    return pdf(
        "/MediaBox[0 0 40 20]/Resources<</Font<</F 4 0 R>>/XObject<</I 5 0 R>>>>/Contents 3 0 R", GOOD, more=more
    )


def _invoice() -> bytes:
    return (Path(__file__).parents[2] / "examples" / "assets" / "invoice.pdf").read_bytes()


SEEDS = [_rich(), HANGING.replace(b"0.00001", b"1"), reassembled(GOOD + "/UserUnit 2"), _invoice()]

NUMBERS = [b"0", b"-1", b"0.00001", b"1e9", b"99999999999999999999", b"4294967296", b"nan"]


PIECES = [*NUMBERS, b"/UserUnit 7", b"/CropBox[9 9 8 8]", b"/Rotate 90", b"/ObjStm", b"stream\n", b"<<", b">>"]


def _mutated() -> st.SearchStrategy[bytes]:
    return mutated(SEEDS, PIECES)


def _opens(data: bytes) -> Iterator[object]:
    """Pages without what this package does of errors."""
    return iter(pypdfium2.PdfDocument(data))


def _obeys(render: Callable[[bytes], Iterator[object]], data: bytes) -> bool:
    """Whether nothing but an `InputError` with a remedy is raised, and no page takes ten seconds."""
    limit = time.monotonic() + 60  # on a machine that does something else
    try:
        for _ in render(data):
            if time.monotonic() > limit:
                return False
            limit = time.monotonic() + 60
    except InputError as error:
        return bool(error.suggestion) and time.monotonic() < limit
    except Exception:  # noqa: BLE001  # whatever it is, it is not ours
        return False
    return True


@given(_mutated())
def test_mutated_pdf_gives_pages_or_input_errors(data: bytes) -> None:
    """Nothing else is raised, and nothing hangs."""
    assert _obeys(lambda data: content.document_pages(data, dpi=40, timeout=SECONDS), data)


def test_pypdfium2_alone_breaks_the_law() -> None:
    """The examples are such as show it."""
    assert not _obeys(_opens, find(_mutated(), lambda data: not _obeys(_opens, data)))


@given(
    st.lists(
        st.tuples(st.integers(1, 200), st.integers(1, 200), st.sampled_from([0, 90, 180, 270])), min_size=1, max_size=4
    )
)
def test_pages_are_those_of_pypdfium2(boxes: list[tuple[int, int, int]]) -> None:
    """Pixel for pixel, at one pixel for a point."""
    data = pdf(*[f"/MediaBox[0 0 {width} {height}]/Rotate {angle}" for width, height, angle in boxes])
    pages = list(content.document_pages(data, dpi=72))
    judged = [page.render(scale=1).to_pil() for page in pypdfium2.PdfDocument(data)]
    assert len(pages) == len(judged)
    for page, expected in zip(pages, judged, strict=True):
        part: Any = page
        image = image_module.open(io.BytesIO(base64.b64decode(part["image_url"]["url"].partition(",")[2])))
        assert image.size == expected.size
        assert image.convert("RGB").tobytes() == expected.convert("RGB").tobytes()
