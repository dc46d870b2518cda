"""Draw where the fields of an invoice were read: `python examples/grounding.py [PICTURE]`.

It asks a local server, which has no model: it is told what is in the invoice, and finds where that stands on the page.
`docs/images/grounding.png` was made with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel

from vlmrun import VLMRun, viz
from vlmrun.client.types import GenerationConfig, PredictionResponse
from vlmrun.local import LocalServer

INVOICE = Path(__file__).parent / "assets" / "invoice.pdf"


class Item(BaseModel):
    """A line of an invoice."""

    name: str
    amount: float


class Invoice(BaseModel):
    """The fields of an invoice that we need."""

    number: str
    issuer: str
    customer: str
    date: str
    due_date: str
    items: list[Item]
    total: float


READ = Invoice(
    number="2026-0117",
    issuer="Nordlicht Instruments GmbH",
    customer="Aurora Labs Ltd",
    date="2026-11-02",
    due_date="2026-12-02",
    items=[
        Item(name="Spectrometer calibration", amount=480),
        Item(name="Fibre cable, 2 m", amount=116),
        Item(name="Shipping", amount=24),
    ],
    total=620,
)


def read(client: VLMRun, pdf: Path) -> PredictionResponse[Invoice]:
    """Read an invoice, with the places of its fields."""
    config = GenerationConfig(confidence=True, grounding=True)
    return client.document.generate(file=pdf, domain="document.invoice", response_model=Invoice, config=config)


def main() -> None:
    """Read the sample in `assets`, and draw its first page."""
    picture = sys.argv[1] if len(sys.argv) > 1 else "grounding.png"
    with LocalServer() as server, VLMRun(api_key=server.api_key, base_url=server.base_url) as client:
        server.answer(READ)
        prediction = read(client, INVOICE)
    total = prediction.field("total")
    print(f"total: {prediction.response.total} ({total.confidence}), read at {total.boxes[0].xywh}")
    page = viz.draw(INVOICE, prediction, dpi=110)
    page.crop((0, 0, page.width, round(page.height * 0.44))).save(picture, optimize=True)


if __name__ == "__main__":
    main()
