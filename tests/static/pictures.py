"""Pictures of predictions to a checker."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL.Image import Image
from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun import VLMRun, common, viz
from vlmrun.client.types import PredictionResponse
from vlmrun.common.viz import show_results
from vlmrun.viz import ResultsTable, draw


class Invoice(BaseModel):
    total: float


def drawn(client: VLMRun, page: Image, file: BinaryIO, array: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> None:
    typed = client.document.generate(file="invoice.pdf", response_model=Invoice, config={"grounding": True})
    bare: PredictionResponse = client.image.generate("document.receipt", ["receipt.png"])
    assert_type(draw("invoice.pdf", typed), Image)
    assert_type(viz.draw(Path("invoice.pdf"), typed, page=1, fields=["total"], dpi=96, timeout=None), Image)
    assert_type(draw(page, bare, font="NotoSansCJK-Regular.ttc"), Image)
    assert_type(draw(page, bare, font=Path("fonts/own.ttf")), Image)
    assert_type(draw(page, bare), Image)
    assert_type(draw(array, bare), Image)
    assert_type(draw(file, client.document.generate(file="a.pdf", domain="document.markdown")), Image)
    assert_type(draw(b"bytes", {"total": 5}), Image)

    draw(5, typed)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    draw("invoice.pdf", typed.response)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    draw(page, bare, font=b"own.ttf")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    viz.draw("invoice.pdf", typed, page="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def shown(client: VLMRun, page: Image) -> None:
    prediction = client.image.generate("document.receipt", ["receipt.png"], response_model=Invoice)
    assert_type(show_results(prediction, page), ResultsTable)
    assert_type(show_results(prediction.response, "receipt.png", render_type="bboxes", image_width=600), ResultsTable)
    assert_type(viz.show_results([prediction, prediction], [page, page], as_json=True, limit=5), ResultsTable)
    assert_type(common.viz.show_results({"total": 5}, page, {"taken": "today"}).data, str)

    show_results(prediction, page, font=Path("fonts/own.ttf"))
    show_results(prediction, page, font=b"own.ttf")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    show_results(prediction)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    common.viz.show_results(prediction, page, render_type="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    table: ResultsTable = page  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del table
