"""Parse a PDF invoice into a pydantic model: `python examples/invoice.py [PDF]`, with VLMRUN_API_KEY set."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel

from vlmrun import VLMRun, content
from vlmrun.client.exceptions import OutputValidationError

INVOICE = Path(__file__).parent / "assets" / "invoice.pdf"


class Invoice(BaseModel):
    """The fields of an invoice that we need."""

    number: str
    pages: int
    total: float


def read(client: VLMRun, pdf: Path) -> Invoice:
    """Read an invoice."""
    run = client.agent.run("Read this invoice.", inputs=[content.document(pdf)], response_model=Invoice)
    return run.output  # an Invoice, and checkers know


def main() -> None:
    """Read the given invoice, or the sample in `assets`."""
    pdf = Path(sys.argv[1]) if len(sys.argv) > 1 else INVOICE
    with VLMRun() as client:
        try:
            print(repr(read(client, pdf)))
        except OutputValidationError as error:
            print(f"{error}\nThe agent said: {error.text}")


if __name__ == "__main__":
    main()
