"""The pages of a PDF as PNG, beside pypdfium2 and Pillow alone."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._environments import BUILD, ROOT, make
from benchmarks._timing import Bench, Result, alternate, milliseconds, process, worker

DOCUMENT = ROOT / "examples" / "assets" / "invoice.pdf"
PAGES = 2
AMOUNT = 10
"""Documents in a round."""


def measure(bench: Bench) -> Iterator[Result]:
    """Render a document again and again, and once in a new process, which starts another one."""
    (built,) = (BUILD / "wheel").glob("*.whl")
    environment = make("pages", f"vlmrun[local] @ {built.as_uri()}")
    with worker(environment, bench.origin) as ours, worker(environment, bench.origin) as theirs:
        for what, subject, plain, beside in (
            ("a page of a PDF", "vlmrun.pages", "pypdfium2.pages", "pypdfium2 alone"),
            (
                "a page of a PDF, the PNG as little compressed",
                "vlmrun.pages",
                "pypdfium2.pages_level_3",
                "pypdfium2 alone",
            ),
            ("a page of a PDF, `timeout=None`", "vlmrun.pages_here", "pypdfium2.pages_level_3", "pypdfium2 alone"),
        ):
            compared = alternate(
                ours.timer(subject, AMOUNT, str(DOCUMENT)), theirs.timer(plain, AMOUNT, str(DOCUMENT)), bench.rounds(20)
            )
            bench.keep(f"{what}.vlmrun", f"{what}.pypdfium2", compared)
            yield Result(
                what,
                milliseconds([seconds / PAGES for seconds in compared.ours]),
                beside,
                milliseconds([seconds / PAGES for seconds in compared.theirs]),
                compared.ratio(),
                "× the time of",
                target=1.05,
            )
    code = f"from vlmrun import content; assert list(content.document_pages({str(DOCUMENT)!r}, timeout=%s))"
    compared = alternate(
        process(environment.python, code % 60), process(environment.python, code % None), bench.rounds(10)
    )
    bench.keep("first pages.vlmrun", "first pages.here", compared)
    yield Result(
        "the first pages of a program",
        milliseconds(compared.ours),
        "`timeout=None`",
        milliseconds(compared.theirs),
        compared.ratio(),
        "× the time of",
    )
