"""What answers of predictions offer: documents as Markdown, transcriptions, confidence and grounding."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from vlmrun.client.exceptions import DependencyError, InputError
from vlmrun.client.types import (
    AudioTranscription,
    BoundingBox,
    MarkdownDocument,
    MarkdownTable,
    PredictionResponse,
    VideoTranscription,
)
from vlmrun.client.types._predictions import with_response

TABLE: dict[str, Any] = {
    "metadata": {"title": "Items", "caption": "All prices in EUR."},
    "headers": [{"id": "c1", "column": 1, "name": "Price"}, {"id": "c0", "column": 0, "name": "Item"}],
    "data": [{"c0": "A | B", "c1": 2.5}, {"c0": "two\nlines", "c1": None}],
}
DOCUMENT = MarkdownDocument.model_validate(
    {
        "pages": [
            {
                "content": 'Before <Table id="tb-7"/> after <Figure id="fg-1"/> and <Table id="tb-9"/>.',
                "tables": [TABLE],
                "figures": [{"id": 1, "title": "A cat", "content": "It sleeps.", "caption": "Figure 1"}],
            },
            {"content": "# End"},
        ]
    }
)


def test_a_document_is_its_pages() -> None:
    """`len`, an index, and what all pages have."""
    assert (len(DOCUMENT), DOCUMENT[1].content) == (2, "# End")
    assert [table.column_names() for table in DOCUMENT.tables] == [["Item", "Price"]]
    assert [figure.title for figure in DOCUMENT.figures] == ["A cat"]
    assert (DOCUMENT.all_tables, DOCUMENT.all_figures) == (DOCUMENT.tables, DOCUMENT.figures)
    assert bool(MarkdownDocument(pages=[])) is True


def test_placeholders_become_what_they_stand_for() -> None:
    """Tables in the order of the page, figures by their numbers; what stands for nothing stays."""
    text = DOCUMENT.markdown_content
    assert text == DOCUMENT.render() == DOCUMENT._repr_markdown_()  # pyright: ignore[reportPrivateUsage]  # a notebook's
    assert "**Items**\n\n| Item | Price |\n| --- | --- |\n| A \\| B | 2.5 |\n| two<br>lines |  |\n\nAll prices" in text
    assert "**A cat**\n\nIt sleeps.\n\nFigure 1" in text
    assert '<Table id="tb-9"/>' in text
    assert text.endswith("\n\n# End")


def test_a_table_is_rows() -> None:
    """In the order of its columns; a key that no header names comes last."""
    table = MarkdownTable.model_validate({**TABLE, "data": [{"c1": 1, "more": True}]})
    assert table.to_rows() == [[None, 1, True]]
    assert table.column_names() == ["Item", "Price", "more"]
    assert table.column_names("id") == ["c0", "c1", "more"]
    assert table.column_names("none") == ["0", "1", "2"]
    with pytest.raises(InputError, match="header must be"):
        table.column_names("title")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake
    assert MarkdownTable(content="a | b").render() == "a | b"


def test_a_table_is_a_dataframe_where_there_is_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says what to do where there is none."""
    pandas = pytest.importorskip("pandas", reason="no extra brings pandas")
    table = DOCUMENT.tables[0]
    frame = table.to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["Item", "Price"]
    assert list(table.to_dataframe("id").columns) == ["c0", "c1"]
    assert [str(name) for name in table.to_dataframe("none").columns] == ["0", "1"]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(DependencyError, match="to_rows"):
        table.to_dataframe()


def test_transcriptions_are_text() -> None:
    """What is said, a line for each segment."""
    audio = AudioTranscription.model_validate({"segments": [{"start_time": 0, "end_time": 1, "content": "Hi."}] * 2})
    said = {"start_time": 0, "end_time": 1, "audio": {"content": "Hi."}, "video": {"content": "A cat."}}
    video = VideoTranscription.model_validate({"segments": [said, {"start_time": 1, "end_time": 2}]})
    assert (audio.text, video.text) == ("Hi.\nHi.", "Hi.")
    assert audio.segments[0].end_time == 1


# Confidence and grounding ---------------------------------------------------------------------------------------------

FORMS: dict[str, tuple[dict[str, Any], str | float | None, BoundingBox]] = {
    "documented": (
        {"total_metadata": {"confidence": "hi", "bboxes": [{"xywh": [0.1, 0.2, 0.3, 0.4], "page": 1}]}},
        "hi",
        BoundingBox(0.1, 0.2, 0.3, 0.4, page=1),
    ),
    "cookbooks": (
        {
            "total_metadata": {
                "confidence": "lo",
                "bboxes": [{"content": "12.50", "page": 0, "bbox": {"xywh": [0.1, 0.2, 0.3, 0.4]}}],
            }
        },
        "low",
        BoundingBox(0.1, 0.2, 0.3, 0.4, page=0, content="12.50"),
    ),
    "older": ({"total_metadata": {"bbox": {"xywh": [1, 2, 30, 40]}}}, None, BoundingBox(1, 2, 30, 40)),
    "bare": ({"total_metadata": {"bbox": [1, 2, 30, 40], "confidence": 0.5}}, 0.5, BoundingBox(1, 2, 30, 40)),
    "images": (
        {"total_metadata_page0": {"confidence": "med", "bboxes": [{"xywh": [0.1, 0.2, 0.3, 0.4]}]}},
        "med",
        BoundingBox(0.1, 0.2, 0.3, 0.4, page=0),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_grounding_is_read(form: str) -> None:
    """Beside the field, wherever it lies, and also where a model has no place for it."""
    beside, confidence, box = FORMS[form]
    prediction = PredictionResponse.model_validate({"id": "p", "response": {"items": [{"total": 12.5, **beside}]}})
    found = prediction.field("items.0.total")
    assert (found.value, found.confidence, found.boxes) == (12.5, confidence, (box,))

    class Item(BaseModel):
        total: float

    class Items(BaseModel):
        items: list[Item]

    typed = with_response(prediction, Items.model_validate(prediction.response))
    assert typed.field("items.0.total") == found


def test_the_suffix_of_images_is_read() -> None:
    """A key may have the number of its page."""
    prediction = PredictionResponse.model_validate(
        {"id": "p", "response": {"total_page0": {"confidence": 0.9, "xywh": [1, 2, 3, 4]}}}
    )
    found = prediction.field("total")
    assert (found.confidence, found.boxes) == (0.9, (BoundingBox(1, 2, 3, 4),))


def test_a_field_that_is_not_there_is_named() -> None:
    """With those that are."""
    prediction = PredictionResponse.model_validate(
        {"id": "p", "response": {"total": 1, "total_metadata": {}, "a": [1]}}
    )
    with pytest.raises(InputError, match=r"no field 'sum'.*pass one of these: total, a\."):
        prediction.field("sum")
    for path in ("a.1", "a.x", "total.x", "", 5):
        with pytest.raises(InputError, match="path"):
            prediction.field(path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # some are no paths
    assert prediction.field("a.0").value == 1


def test_fractions_and_pixels_are_told_apart() -> None:
    """A box of fractions is scaled to the page, one of pixels stays as it is."""
    assert BoundingBox(0.5, 0.25, 0.1, 1).in_pixels(200, 400) == pytest.approx((100, 100, 20, 400))
    assert BoundingBox(5, 25, 10, 1).in_pixels(200, 400) == (5, 25, 10, 1)
    assert [BoundingBox(0, 0, 1, 1).is_normalized, BoundingBox(0, 0, 2, 1).is_normalized] == [True, False]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["xywh", "bbox", "bboxes", "page", "confidence", "content"]), inner)
    ),
    max_leaves=20,
)


@given(_JSON, _JSON)
def test_whatever_stands_beside_a_field_is_no_error(value: object, note: object) -> None:
    """What cannot be read is left out."""
    prediction = PredictionResponse.model_validate({"id": "p", "response": {"total": value, "total_metadata": note}})
    found = prediction.field("total")
    assert found.value == value
    assert all(isinstance(number, float) for box in found.boxes for number in box.xywh)
