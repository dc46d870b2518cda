"""Pictures of predictions: boxes and labels where fields were read, on any page, and tables for notebooks."""

from __future__ import annotations

import io
import itertools
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PIL", reason="it is Pillow that draws")

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageColor
from pydantic import BaseModel

from support.pdfs import HANGING, pdf
from vlmrun import viz
from vlmrun._drawing import lettering, painting
from vlmrun._drawing.marks import COLOURS
from vlmrun.client.exceptions import DependencyError, InputError
from vlmrun.client.types import PredictionResponse
from vlmrun.client.types._predictions import with_response
from vlmrun.common.viz import show_results

INVOICE = Path(__file__).parents[2] / "examples" / "assets" / "invoice.pdf"
BLUE, RED = (ImageColor.getrgb(colour) for colour in COLOURS[:2])
WHITE = (255, 255, 255)

Colour = tuple[int, ...]
Rectangle = tuple[int, int, int, int]


def note(*xywh: float, confidence: str | None = None, **more: object) -> dict[str, Any]:
    """The metadata of a field."""
    sure = {} if confidence is None else {"confidence": confidence}
    return {**sure, "bboxes": [{"xywh": list(xywh), **more}]}


TOTAL: dict[str, Any] = {"total": 620, "total_metadata": note(0.25, 0.5, 0.5, 0.25)}


def plain(size: tuple[int, int] = (200, 200), colour: str = "white") -> Image.Image:
    return Image.new("RGB", size, colour)


def drawn(answer: dict[str, Any], image: Image.Image | None = None, **options: Any) -> Image.Image:
    return viz.draw(plain() if image is None else image, answer, **options)


def region(image: Image.Image, colour: Colour) -> Rectangle | None:
    """The smallest rectangle that has all pixels of a colour."""
    differing = ImageChops.difference(image, Image.new("RGB", image.size, colour)).convert("L")
    return differing.point([255] + [0] * 255).getbbox()


def is_same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and one.tobytes() == other.tobytes()


def file_of(image: Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=file_format, **options)
    return buffer.getvalue()


# Boxes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("xywh", [(0.25, 0.5, 0.5, 0.25), (50, 100, 100, 50)], ids=["fractions", "pixels"])
def test_a_box_is_around_what_was_read(xywh: tuple[float, ...]) -> None:
    """In fractions of the page or in pixels; the line is outside, and what lies inside stays."""
    image = plain()
    made = drawn({"total": 620, "total_metadata": note(*xywh)}, image)
    inside = made.crop((50, 100, 150, 150))
    assert region(inside, BLUE) is None
    assert region(made.crop((0, 110, 200, 200)), BLUE) == (48, 0, 152, 42)  # below the label
    assert is_same(image, plain())
    assert (made.mode, made.size) == ("RGB", (200, 200))


@pytest.mark.parametrize("xywh", [(-0.05, -0.05, 1.1, 1.1), (0, 0, 1, 1), (1, 1, 0, 0), (190, 190, 500, 500)])
def test_a_box_does_not_leave_the_picture(xywh: tuple[float, ...]) -> None:
    """What goes over the edge ends there; what has no area is still seen."""
    assert region(drawn({"total": 1, "total_metadata": note(*xywh)}), BLUE) is not None


def test_a_box_outside_of_the_picture_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """As it is of another picture, such as one of another size."""
    with caplog.at_level(logging.WARNING, "vlmrun"):
        made = drawn({**TOTAL, "date": "x", "date_metadata": note(900, 10, 20, 20)})
    assert region(made, RED) is None
    assert [record.getMessage() for record in caplog.records] == [
        "A box of 'date' is left out: it lies outside of the image of 200x200."
    ]


def test_each_field_has_a_colour_and_items_share_it() -> None:
    """On every page the same, whichever fields are drawn."""
    items = [{"price": 1, "price_metadata": note(0.1, y, 0.2, 0.1)} for y in (0.2, 0.6)]
    answer = {"items": items, "date": "x", "date_metadata": note(0.6, 0.4, 0.2, 0.1)}
    made = drawn(answer)
    assert region(made.crop((0, 0, 100, 100)), BLUE) is not None
    assert region(made.crop((0, 110, 100, 200)), BLUE) is not None
    assert region(made.crop((100, 0, 200, 200)), RED) is not None
    assert region(drawn(answer, fields=["date"]), RED) is not None


@pytest.mark.parametrize(
    ("fields", "blue", "red"),
    [
        (["items"], True, False),
        (["items.price"], True, False),
        (["items.0.price"], True, False),
        (["date", "items.0"], True, True),
        (("date",), False, True),
    ],
)
def test_fields_are_chosen_by_name(fields: list[str], *, blue: bool, red: bool) -> None:
    """With all that lies in them, in one item or in all."""
    answer = {
        "items": [{"price": 1, "price_metadata": note(0.1, 0.2, 0.2, 0.1)}],
        "date": "x",
        "date_metadata": note(0.6, 0.4, 0.2, 0.1),
    }
    made = drawn(answer, fields=fields)
    assert (region(made, BLUE) is not None, region(made, RED) is not None) == (blue, red)


def test_the_suffix_of_images_may_be_left_out() -> None:
    """It is the number of the image, and no part of the name."""
    answer = {"car_page0_metadata": note(0.1, 0.1, 0.2, 0.2), "car_page1_metadata": note(0.6, 0.6, 0.2, 0.2)}
    assert region(drawn(answer, fields=["car"]).crop((100, 100, 200, 200)), BLUE) is None
    assert region(drawn(answer, page=1).crop((100, 100, 200, 200)), BLUE) is not None


def test_pages_have_the_boxes_that_name_them() -> None:
    """A box without a page is on all of them, or on that of the item of `pages` in which it lies."""
    pages = [{"title": "x", "title_metadata": note(0.1, 0.1, 0.2, 0.2)}, {"title": "y"}]
    assert [region(drawn({"pages": pages}, page=page), BLUE) is not None for page in (0, 1)] == [True, False]
    named = {"total": 1, "total_metadata": note(0.1, 0.1, 0.2, 0.2, page=1)}
    assert is_same(drawn(named, page=0), plain())
    assert region(drawn(named, page=1), BLUE) is not None


def test_a_typed_prediction_is_drawn_from_what_the_server_sent() -> None:
    """Where the model has no place for the boxes."""

    class Invoice(BaseModel):
        total: float

    prediction = PredictionResponse.model_validate({"id": "p", "response": TOTAL})
    typed = with_response(prediction, Invoice.model_validate(prediction.response))
    assert is_same(viz.draw(plain(), typed), drawn(TOTAL))


# Labels ---------------------------------------------------------------------------------------------------------------


def _luminance(colour: Colour) -> float:
    parts = (part / 255 for part in colour)
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_labels_are_readable_in_every_colour() -> None:
    """White on each is a contrast of 4.5 (WCAG AA); each is 2.5 on black; and no two are alike."""
    colours = [ImageColor.getrgb(colour) for colour in COLOURS]
    assert all(1.05 / (_luminance(colour) + 0.05) >= 4.5 for colour in colours)
    assert all((_luminance(colour) + 0.05) / 0.05 >= 2.5 for colour in colours)
    far = [sum(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in itertools.combinations(colours, 2)]
    assert min(far) >= 60


@pytest.mark.parametrize("background", ["white", "black", "gray", COLOURS[0]])
def test_boxes_are_seen_on_every_background(background: str) -> None:
    """A line in the field's colour within a white one: either is seen."""
    made = drawn(TOTAL, plain(colour=background)).crop((40, 97, 160, 155))
    assert region(made, BLUE) is not None
    if background != "white":
        assert region(made, WHITE) is not None


Spots = list[tuple[str, Rectangle]]


@pytest.fixture(name="spots")
def _spots(monkeypatch: pytest.MonkeyPatch) -> Spots:
    """The text and the place of each label that is drawn."""
    return _watched(monkeypatch)


def _watched(monkeypatch: pytest.MonkeyPatch) -> Spots:
    spots: Spots = []
    texts: list[str] = []
    fitting, spot = painting.fitting, painting.spot_for

    def fits(*arguments: Any) -> str:
        texts.append(fitting(*arguments))
        return texts[-1]

    def lies(*arguments: Any) -> Rectangle:
        spots.append((texts[-1], spot(*arguments)))
        return spots[-1][1]

    monkeypatch.setattr(painting, "fitting", fits)
    monkeypatch.setattr(painting, "spot_for", lies)
    return spots


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@pytest.mark.parametrize(
    ("metadata", "label"),
    [
        ({}, "total"),
        ({"confidence": "hi"}, "total (hi)"),
        ({"confidence": 0.4567}, "total (0.46)"),
    ],
)
def test_a_label_shows_name_and_confidence(spots: Spots, metadata: dict[str, Any], label: str) -> None:
    """In white on the colour of the box."""
    answer = {"total": 1, "total_metadata": {**note(0.2, 0.5, 0.2, 0.2), **metadata}}
    made = drawn(answer)
    ((text, spot),) = spots
    assert text == label
    inside = made.crop((*spot[:2], spot[2] + 1, spot[3] + 1))
    assert region(inside, BLUE) is not None
    letters = inside.crop((2, 2, inside.width - 2, inside.height - 2)).convert("L").tobytes()
    assert max(letters) > 200  # they have no sharp edges


def test_a_label_lies_above_its_box_or_where_it_covers_least(spots: Spots) -> None:
    """Below, if something is printed above; not over what another box shows, nor over another label."""
    image = plain((400, 400))
    drawn({"total": 1, "total_metadata": note(0.5, 0.5, 0.2, 0.1)}, image)
    assert spots.pop()[1][3] < 200
    image.paste(Image.effect_noise((400, 190), 200).convert("RGB"), (0, 0))
    drawn({"total": 1, "total_metadata": note(0.5, 0.5, 0.2, 0.1)}, image)
    assert spots.pop()[1][1] > 235


def test_labels_of_close_boxes_do_not_overlap(spots: Spots) -> None:
    """As long as there is room."""
    items = [{"price": 1, "price_metadata": note(0.1, 0.1 + index * 0.06, 0.2, 0.04)} for index in range(12)]
    drawn({"items": items}, plain((600, 600)))
    assert len(spots) == 12
    assert not [pair for pair in itertools.combinations(spots, 2) if overlap(pair[0][1], pair[1][1])]


def test_a_label_that_is_too_long_is_cut(spots: Spots) -> None:
    """And one that does not fit at all is left out."""
    name = "a_very_long_name_of_a_field_that_nobody_would_choose"
    answer = {name: 1, f"{name}_metadata": note(0, 0, 1, 1)}
    drawn(answer, plain((100, 100)))
    text, spot = spots.pop()
    assert text.startswith("a_very")
    assert text.endswith("...")
    assert spot[2] - spot[0] < 100
    drawn(answer, plain((8, 8)))
    assert spots == []


def test_the_font_of_pixels_draws_what_it_can(monkeypatch: pytest.MonkeyPatch, spots: Spots) -> None:
    """Where Pillow has no other: before 10.1, and without FreeType."""
    from PIL import ImageFont

    pixels = ImageFont.load_default_imagefont()
    monkeypatch.setattr(ImageFont, "load_default", lambda: pixels)
    drawn({"合計 é": 1, "合計 é_metadata": note(0.2, 0.5, 0.2, 0.2, confidence="hi")})
    assert spots[0][0] == r"\u5408\u8a08 é (hi)"


NAMES = {"合計": r"\u5408\u8a08", "Número": "Numero", "Straße": r"Stra\xdfe", "Σύνολο": None, "сумма": None}


@pytest.fixture(name="no_fonts")
def _no_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has no fonts: Pillow's own remains, which has no letter but those of English."""
    monkeypatch.setattr(lettering, "_INSTALLED", ())


@pytest.mark.usefixtures("no_fonts")
def test_letters_that_no_font_has_stay_readable(spots: Spots, caplog: pytest.LogCaptureFixture) -> None:
    """Without their accents, or as their numbers, and never as boxes; one warning says what to pass."""
    answer: dict[str, Any] = {}
    for index, name in enumerate(NAMES):
        answer |= {name: 1, f"{name}_metadata": note(0.02, 0.05 + 0.15 * index, 0.2, 0.1)}
    with caplog.at_level(logging.WARNING, "vlmrun"):
        drawn(answer, plain((900, 900)))
    for (text, _), (name, expected) in zip(spots, NAMES.items(), strict=True):
        assert text == (expected or name.encode("ascii", "backslashreplace").decode())
    (record,) = caplog.records
    assert "font=" in record.getMessage()
    assert "合" not in record.getMessage()


def _file_of_a_font(tmp_path: Path) -> Path:
    """Pillow's own font, as a file."""
    path = tmp_path / "own.ttf"
    font: Any = lettering.Lettering(20).of("a")[1]
    path.write_bytes(font.font_bytes)
    return path


def test_another_font_is_used_if_it_has_all_letters(
    monkeypatch: pytest.MonkeyPatch, spots: Spots, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That of `font=` first; then one of the system, for labels alone that need it."""
    path = _file_of_a_font(tmp_path)
    lacks = lettering.lacks
    asked: list[str] = []

    def lacking(font: Any, letter: str) -> bool:
        asked.append(str(font.path) if isinstance(font.path, str) else "Pillow's")
        return lacks(font, letter) and (asked[-1] != str(path) or letter == "合")

    monkeypatch.setattr(lettering, "lacks", lacking)
    monkeypatch.setattr(lettering, "_INSTALLED", ("no such font.ttf", str(path)))
    answer = {"total": 1, "total_metadata": note(0.1, 0.5, 0.2, 0.1)}
    drawn(answer)
    assert set(asked) == {"Pillow's"}
    options: list[dict[str, Any]] = [{}, {"font": path}, {"font": str(path)}]
    for chosen in options:
        asked.clear()
        with caplog.at_level(logging.WARNING, "vlmrun"):
            drawn({"сумма": 1, "сумма_metadata": note(0.1, 0.5, 0.2, 0.1)}, **chosen)
        assert spots[-1][0] == "сумма"
        assert asked[-1] == str(path)
        assert ("Pillow's" in asked) == (not chosen)
    assert not caplog.records


def test_a_font_that_is_none_is_named(tmp_path: Path) -> None:
    """It is looked for where the path says, and nowhere else."""
    (tmp_path / "a.ttf").write_bytes(b"no font")
    wrong: list[tuple[Any, str]] = [
        (5, "font must be a str or a path, not int"),
        (b"a.ttf", "font must be a str or a path, not bytes"),
        (tmp_path / "a.ttf", "font cannot be read as a font"),
        (tmp_path, "font cannot be read as a font"),
        ("DejaVuSans.ttf", "font does not exist"),
        ("a\0b", "font cannot be read as a font"),
    ]
    for font, words in wrong:
        with pytest.raises(InputError, match=words):
            drawn(TOTAL, font=font)
        with pytest.raises(InputError, match=words):
            show_results(TOTAL, plain(), render_type="bboxes", font=font)


_NUMBERS = st.one_of(st.floats(-0.2, 1.2), st.integers(-50, 500))


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.lists(st.tuples(st.text(min_size=1, max_size=30), st.lists(_NUMBERS, min_size=4, max_size=4)), min_size=1),
)
def test_nothing_is_drawn_outside(size: tuple[int, int], fields: list[tuple[str, list[float]]]) -> None:
    """Whatever the boxes and the names are, on a picture of any size."""
    answer: dict[str, Any] = {}
    for name, xywh in fields:
        answer |= {name: 1, f"{name}_metadata": note(*xywh)}
    with pytest.MonkeyPatch.context() as monkeypatch:
        spots = _watched(monkeypatch)
        assert drawn(answer, plain(size)).size == size
    for _, (left, top, right, bottom) in spots:
        assert 0 <= left <= right < size[0]
        assert 0 <= top <= bottom < size[1]


# Sources --------------------------------------------------------------------------------------------------------------


def _array(image: Image.Image) -> object:
    return pytest.importorskip("numpy").asarray(image)


class _Savable:
    mode = "RGB"

    def save(self, fp: Any, /, *, format: str) -> None:
        plain().save(fp, format=format)


@pytest.mark.parametrize(
    "make",
    [
        plain,
        _Savable,
        lambda: file_of(plain()),
        lambda: io.BytesIO(file_of(plain())),
        lambda: bytearray(file_of(plain(), "BMP")),
        lambda: _array(plain()),
        lambda: Image.new("L", (200, 200), 255),
        lambda: Image.new("1", (200, 200), 1),
        lambda: Image.new("I;16", (200, 200), 65535),
        lambda: Image.new("RGBA", (200, 200), (0, 0, 0, 0)),
        lambda: Image.new("CMYK", (200, 200), (0, 0, 0, 0)),
        lambda: plain().convert("P"),
    ],
)
def test_every_kind_of_image_is_drawn_on(make: Callable[[], Any]) -> None:
    """White in all of them; where something is transparent, it is white."""
    assert is_same(viz.draw(make(), TOTAL), drawn(TOTAL))


def test_paths_are_read(tmp_path: Path) -> None:
    """As text or as a path, of images and of PDFs."""
    path = tmp_path / "a.bin"
    path.write_bytes(file_of(plain()))
    assert is_same(viz.draw(str(path), TOTAL), drawn(TOTAL))
    path.write_bytes(pdf("/MediaBox[0 0 200 200]"))
    assert is_same(viz.draw(path, TOTAL, dpi=72, timeout=None), drawn(TOTAL))


def test_an_image_is_drawn_upright() -> None:
    """As its EXIF says; and what that says of place and camera does not go along."""
    image = plain((200, 100))
    exif = image.getexif()
    exif[0x0112] = 6
    made = viz.draw(file_of(image, "JPEG", exif=exif), TOTAL)
    assert (made.size, dict(made.getexif())) == ((100, 200), {})


def test_a_page_of_a_pdf_is_drawn() -> None:
    """Rendered in another process, at the resolution that is asked for."""
    pytest.importorskip("pypdfium2", reason="it renders the pages")
    data = pdf("/MediaBox[0 0 40 20]", "/MediaBox[0 0 200 200]")
    assert viz.draw(data, TOTAL, dpi=144).size == (80, 40)
    assert is_same(viz.draw(io.BytesIO(data), TOTAL, page=1, dpi=72), drawn(TOTAL))
    with pytest.raises(InputError, match=r"page is out of range: source has pages 0 to 1"):
        viz.draw(data, TOTAL, page=2)
    with pytest.raises(InputError, match=r"page is out of range: source has only page 0"):
        viz.draw(pdf("/MediaBox[0 0 40 20]"), TOTAL, page=1)
    with pytest.raises(
        InputError, match=r"page 2 of source cannot be rendered within the timeout of 1 s\..*pass a longer timeout\.$"
    ):
        viz.draw(HANGING, TOTAL, page=1, timeout=1)


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("https://example.com/a.png?signature=secret", "source is a URL"),
        (b"", "source is empty"),
        (b"GIF", "expected an image or a PDF, got an unrecognised file format"),
        (b"ID3" + bytes(100), "source: expected an image or a PDF"),
        (file_of(plain())[:60], "source cannot be opened as image/png"),
        (5, "source must be a path, bytes, a Pillow image, a NumPy array or an open binary file, not int"),
        (Image.new("L", (0, 2)), "source has no pixels"),
        (Image.new("F", (2, 2)), "source: the values of mode F"),
    ],
)
def test_what_is_no_picture_is_refused(source: Any, words: str) -> None:
    """By its name, and not by what it holds."""
    with pytest.raises(InputError, match=words) as refused:
        viz.draw(source, TOTAL)
    assert "secret" not in str(refused.value)


def test_a_rejected_file_keeps_its_position() -> None:
    """So that something else can read it."""
    file = io.BytesIO(b"no picture")
    with pytest.raises(InputError):
        viz.draw(file, TOTAL)
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("prediction", "options", "words"),
    [
        ({"total": 1}, {}, r"prediction has no grounding.*config=GenerationConfig\(grounding=True\)"),
        ({"total": 1}, {"fields": ["total"]}, "prediction has no grounding"),
        (PredictionResponse(id="p"), {}, r"prediction has no answer: its status is 'pending'.*wait\(id\)"),
        (5, {}, "prediction must be a prediction or a dict, not int"),
        ({"total": object()}, {}, "prediction"),
        (TOTAL, {"fields": "total"}, "fields must be a list"),
        (TOTAL, {"fields": ["sum"]}, r"fields: no box of 'sum' was found\. Try: pass some of these: total\."),
        (TOTAL, {"fields": ["tot"]}, "fields: no box of 'tot'"),
        (TOTAL, {"page": -1}, "page must be an int"),
        (TOTAL, {"page": True}, "page must be an int"),
        (TOTAL, {"dpi": 0}, "dpi must be"),
        (TOTAL, {"timeout": -1}, "timeout"),
    ],
)
def test_arguments_are_named(prediction: Any, options: dict[str, Any], words: str) -> None:
    """With what to do."""
    with pytest.raises(InputError, match=words):
        viz.draw(INVOICE, prediction, **options)


@pytest.mark.parametrize("module", ["PIL", "pypdfium2"])
def test_what_is_not_installed_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DependencyError, match=rf"viz.draw requires {module}.*pip install 'vlmrun\[all\]'"):
        viz.draw(INVOICE, TOTAL, timeout=None)


# Tables for notebooks -------------------------------------------------------------------------------------------------


def test_results_are_a_table() -> None:
    """With the image, the fields without their metadata, and what else is known of the image; nothing is markup."""
    answer = {**TOTAL, "shop": "<script>", "address": {"street": "Mill Lane"}}
    table = show_results(answer, plain(), {"taken": "<b>"})
    assert table._repr_html_() == table.data  # pyright: ignore[reportPrivateUsage]  # a notebook's
    assert "<script>" not in table.data
    assert "<b>" not in table.data
    assert "&lt;script&gt;" in table.data
    assert "<th>Image</th><th>total</th><th>shop</th><th>address</th><th>Image Info</th>" in table.data
    assert repr(table) == "ResultsTable()"


def test_fields_of_results_are_chosen() -> None:
    """With dots; what one of them has not is empty."""
    prediction = PredictionResponse.model_validate({"id": "p", "response": {"address": {"street": "Mill Lane"}}})
    table = show_results([prediction, TOTAL], [plain(), plain()], fields=["address.street"])
    assert table.data.count("<tr>") == 3
    assert "<td>Mill Lane</td>" in table.data
    assert "<td></td>" in table.data


def test_results_as_json_are_whole() -> None:
    """In one column, with the metadata; of a model, too."""

    class Invoice(BaseModel):
        total: float

    assert "total_metadata" in show_results(TOTAL, plain(), as_json=True).data
    assert "&quot;total&quot;: 5.0" in show_results(Invoice(total=5), plain(), as_json=True).data


def test_long_values_are_cut() -> None:
    """An embedding is not for people."""
    assert len(show_results({"vector": [0.5] * 10_000}, plain((1, 1)), image_width=None).data) < 3_000


def _pictures(table: viz.ResultsTable) -> list[Image.Image]:
    import base64
    import re

    found = re.findall(r'src="data:image/png;base64,([^"]+)"', table.data)
    return [Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB") for data in found]


def test_results_are_drawn_if_asked_for(spots: Spots) -> None:
    """In a colour and a thickness, if one is chosen; an answer without boxes is shown as it is."""
    (boxes,) = _pictures(show_results(TOTAL, plain(), render_type="bboxes", image_width=None))
    assert is_same(boxes, drawn(TOTAL))
    (thick,) = _pictures(
        show_results(TOTAL, plain(), render_type="bboxes", box_color=(0, 0, 255), box_thickness=5, image_width=None)
    )
    assert region(thick, (255, 0, 0)) is not None
    assert region(thick, BLUE) is None
    (bare,) = _pictures(show_results({"total": 1}, plain(), render_type="bboxes", image_width=400))
    assert is_same(bare, plain((400, 400)))
    spots.clear()
    read = {"total": 1, "total_metadata": note(0.2, 0.5, 0.2, 0.2, confidence="hi", content="620.00")}
    choices: list[dict[str, Any]] = [{}, {"show_content": True}, {"show_confidence": True}]
    for options in choices:
        show_results(read, plain(), render_type="bboxes", **options)
    assert [text for text, _ in spots] == ["total", "total: 620.00", "total (hi)"]


def test_results_have_labels_in_a_font(tmp_path: Path) -> None:
    """As `draw` has, whether or not a colour is chosen."""
    path = _file_of_a_font(tmp_path)
    (told,) = _pictures(show_results(TOTAL, plain(), render_type="bboxes", image_width=None, font=path))
    assert is_same(told, drawn(TOTAL, font=path))
    with pytest.raises(InputError, match="font does not exist"):
        show_results(TOTAL, plain(), render_type="bboxes", box_color=(0, 0, 255), font="DejaVuSans.ttf")


def test_no_more_results_are_shown_than_wanted() -> None:
    """Which helps with many."""
    assert show_results([TOTAL] * 3, [plain()] * 3, limit=2).data.count("<img") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"result": None}, "result must be a prediction"),
        ({"image": None}, "image: source must be"),
        ({"image": [plain(), plain()]}, "image has 2 items, and result has 1"),
        ({"image_info": [TOTAL, TOTAL]}, "image_info has 2 items"),
        ({"image_info": 5}, "image_info must be a mapping"),
        ({"render_type": "all"}, "render_type must be"),
        ({"fields": "total"}, "fields must be a list"),
        ({"image_width": 0}, "image_width must be"),
        ({"as_json": 1}, "as_json must be a bool"),
        ({"limit": -1}, "limit must be"),
        ({"box_color": (1, 2)}, "box_color must be"),
        ({"box_color": (1, 2, 256)}, "box_color must be"),
        ({"box_thickness": 0}, "box_thickness must be"),
        ({"table_style": 5}, "table_style must be"),
        ({"show_content": 5}, "show_content must be a bool"),
        ({"show_confidence": None}, "show_confidence must be a bool"),
    ],
)
def test_arguments_of_show_results_are_named(arguments: dict[str, Any], words: str) -> None:
    """Before anything is drawn."""
    all_of_them: dict[str, Any] = {"result": TOTAL, "image": plain(), **arguments}
    with pytest.raises(InputError, match=words):
        viz.show_results(**all_of_them)
