"""Draw the pictures of docs/batch.md: a real job against the local server, and the progress bar of a long one."""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from vlmrun import VLMRun
from vlmrun.batch import Batch
from vlmrun.batch._progress import Progress
from vlmrun.batch._rich_bar import RichBar
from vlmrun.batch._states import State
from vlmrun.local import Answer, LocalServer

FOLDER = Path(__file__).parents[1] / "docs" / "images"


class Invoice(BaseModel):
    """What is read."""

    supplier: str
    total: float


def console(width: int) -> Console:
    """A terminal that draws."""
    return Console(record=True, width=width, file=io.StringIO(), force_terminal=True, legacy_windows=False)


def save(drawn: Console, name: str, title: str) -> None:
    """Write a picture that loads no fonts from elsewhere."""
    picture = drawn.export_svg(title=title, unique_id=name)
    picture = re.sub(r"@font-face \{[^}]*\}", "", picture, flags=re.DOTALL).replace("Fira Code, ", "")
    (FOLDER / f"{name}.svg").write_text(re.sub(r"[ \t]+$", "", picture, flags=re.MULTILINE), encoding="utf-8")
    sys.stdout.write(f"docs/images/{name}.svg\n")


def bar() -> None:
    """A job of 2,000 invoices after five minutes."""
    now = 0.0
    progress = Progress(lambda: now, 2000)
    for number in range(500):
        now += 0.6
        progress.see(State.FAILED if number % 83 == 41 else State.DONE, 1.5)
    drawn = console(100)
    with RichBar(console=console(100)) as shown:
        shown.show(progress)
        drawn.print(shown.display)
    save(drawn, "batch-progress", "batch.run(...)")


def table() -> None:
    """The results of a small job."""
    suppliers = {"Acme": 620.0, "Globex": 1340.5, "Initech": 88.2, "Umbrella": 47.0}
    with (
        LocalServer() as server,
        VLMRun(server.api_key, server.base_url) as client,
        tempfile.TemporaryDirectory() as place,
    ):
        for supplier, total in suppliers.items():
            server.answer(Invoice(supplier=supplier, total=total), when=supplier)
        server.answer(Answer(status=400))
        batch = Batch(f"{place}/a.db", prompt="Read the invoice of {name}.", response_model=Invoice, client=client)
        batch.run([{"name": name} for name in [*suppliers, "Hooli"]] + ["scan-17.pdf"])
        drawn = console(100)
        rows = Table("source", "status", "supplier", "total", "error", box=None, header_style="bold")
        for result in batch.results():
            output = None if result.error is not None else result.output
            rows.add_row(
                re.sub(
                    r'.*/|\{"name": "(\w+)"\}',
                    lambda found: f"{found[1].lower()}.pdf" if found[1] else "",
                    result.source,
                ),
                result.status,
                "" if output is None else output.supplier,
                "" if output is None else f"{output.total:,.2f}",
                "" if result.error is None else result.error.kind,
                style="red" if result.error is not None else None,
            )
        drawn.print(rows)
    save(drawn, "batch-results", "batch.results()")


if __name__ == "__main__":
    bar()
    table()
