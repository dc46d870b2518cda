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


def test_a_table_has_cells() -> None:
    """Each with its row and column, and where it is on the page."""
    cell = {"content": "2.5", "index": [1, 0], "bbox": {"xywh": [0.1, 0.2, 0.3, 0.4]}, "span": [1, 2]}
    (found,) = MarkdownTable.model_validate({**TABLE, "cells": [cell]}).cells or []
    assert (found.content, found.index, found.span) == ("2.5", (1, 0), [1, 2])
    assert found.bbox is not None
    assert found.bbox.xywh == (0.1, 0.2, 0.3, 0.4)


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
    "corners": (  # as common/viz.py of the official SDK 0.9.2 reads them
        {"total_metadata": {"bbox": [1, 2, 31, 42], "bbox_content": "12.50", "confidence": 0.5}},
        0.5,
        BoundingBox(1, 2, 30, 40, content="12.50"),
    ),
    "named corners": ({"total_metadata": {"bboxes": [{"xyxy": [1, 2, 31, 42]}]}}, None, BoundingBox(1, 2, 30, 40)),
    "no corners": ({"total_metadata": {"bbox": [100, 200, 30, 40]}}, None, BoundingBox(100, 200, 30, 40)),
    "sides": (
        {"total_metadata": {"confidence": "high", "bbox": {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}}},
        "hi",
        BoundingBox(0.1, 0.2, 0.3, 0.4),
    ),
    "long sides": (
        {"total_metadata": {"bboxes": [{"bbox": {"x": 1, "y": 2, "width": 30, "height": 40, "page": 3}}]}},
        None,
        BoundingBox(1, 2, 30, 40, page=3),
    ),
    "page first": (
        {"total_page2_metadata": {"confidence": "medium", "bboxes": [{"bbox": {"xywh": [0.1, 0.2, 0.3, 0.4]}}]}},
        "med",
        BoundingBox(0.1, 0.2, 0.3, 0.4, page=2),
    ),
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


def _of(response: Any) -> PredictionResponse:
    return PredictionResponse.model_validate({"id": "p", "response": response})


def test_the_suffix_of_images_is_read() -> None:
    """A key may have the number of its page, which is that of its boxes; the suffix may be left out."""
    prediction = _of(
        {
            "total_page0": {"confidence": 0.9, "xywh": [1, 2, 3, 4]},
            "date_page0": "2026-11-02",
            "date_page0_metadata": {"confidence": "hi", "bboxes": [{"xywh": [1, 2, 3, 4]}]},
            "date_page1": "2026-12-02",
            "date_page1_metadata": {"confidence": "low", "bboxes": [{"xywh": [5, 6, 7, 8]}]},
        }
    )
    found = prediction.field("total")
    assert (found.confidence, found.boxes) == (0.9, (BoundingBox(1, 2, 3, 4, page=0),))
    assert prediction.field("total_page0") == found
    later = prediction.field("date_page1")
    assert (later.value, later.confidence, later.boxes) == ("2026-12-02", "low", (BoundingBox(5, 6, 7, 8, page=1),))
    both = prediction.field("date")
    assert (both.value, [box.page for box in both.boxes]) == ("2026-11-02", [0, 1])


@pytest.mark.parametrize("suffix", ["_metadata", "_page0_metadata", "_metadata_page0"])
def test_what_was_detected_may_have_metadata_alone(suffix: str) -> None:
    """Domains that detect things name them in the keys of their metadata."""
    prediction = _of({"content": "A car.", f"car{suffix}": {"confidence": "hi", "bboxes": [{"xywh": [0, 0, 1, 1]}]}})
    found = prediction.field("car")
    assert (found.value, found.confidence, len(found.boxes)) == (None, "hi", 1)
    with pytest.raises(InputError, match=r"pass one of these: content, car\."):
        prediction.field("truck")


def test_elements_and_tables_are_their_own_grounding() -> None:
    """As chats and Markdown documents have them."""
    chat = _of({"elements": [{"content": "Total", "xywh": [10, 20, 30, 40], "confidence": 0.8}]}).field("elements.0")
    assert (chat.confidence, chat.boxes) == (0.8, (BoundingBox(10, 20, 30, 40, content="Total"),))
    page = {"content": "", "tables": [{"bbox": {"xywh": [0.1, 0.2, 0.3, 0.4]}, "cells": [{"content": "a"}]}]}
    table = _of({"pages": [page]}).field("pages.0.tables.0")
    assert table.boxes == (BoundingBox(0.1, 0.2, 0.3, 0.4),)


def test_a_field_may_be_called_metadata() -> None:
    """What ends so and says nothing of another field is a field itself."""
    prediction = _of({"request_metadata": {"model": "x"}, "metadata": {"duration": 1.5}})
    assert prediction.field("request_metadata").value == {"model": "x"}
    with pytest.raises(InputError, match=r"these: request_metadata, metadata\."):
        prediction.field("request")


@pytest.mark.parametrize("shape", [[1, 2, 3], [1, 2, 3, True], [1, 2, 3, 10**400], ["1", 2, 3, 4], {"x": 1}, None])
def test_what_is_no_box_is_left_out(shape: object) -> None:
    """Too few numbers, no numbers, and numbers that are no place in a picture."""
    note = {"bboxes": [{"xywh": shape}, {"bbox": shape}, shape, {"xywh": [0, 0, 1, 1], "page": True}]}
    assert _of({"total": 1, "total_metadata": note}).field("total").boxes == (BoundingBox(0, 0, 1, 1),)


def test_a_field_that_is_not_there_is_named() -> None:
    """With those that are."""
    prediction = PredictionResponse.model_validate(
        {"id": "p", "response": {"total": 1, "total_metadata": {}, "a": [1]}}
    )
    with pytest.raises(InputError, match=r"no field 'sum'.*pass one of these: total, a\."):
        prediction.field("sum")
    for path in ("a.1", "a.x", "a.²", "total.x", "", 5):
        with pytest.raises(InputError, match="path"):
            prediction.field(path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # some are no paths
    assert prediction.field("a.0").value == 1


def test_fractions_and_pixels_are_told_apart() -> None:
    """A box of fractions is scaled to the page, one of pixels stays as it is."""
    assert BoundingBox(0.5, 0.25, 0.1, 1).in_pixels(200, 400) == pytest.approx((100, 100, 20, 400))
    assert BoundingBox(5, 25, 10, 1).in_pixels(200, 400) == (5, 25, 10, 1)
    assert [BoundingBox(0, 0, 1, 1).is_normalized, BoundingBox(0, 0, 2, 1).is_normalized] == [True, False]
    slightly_outside = BoundingBox(-0.01, 0, 1.03, 1)
    assert slightly_outside.in_pixels(100, 100) == pytest.approx((-1, 0, 103, 100))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["xywh", "xyxy", "x", "y", "w", "h", "bbox", "bboxes", "page", "confidence", "content"]),
            inner,
        )
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
