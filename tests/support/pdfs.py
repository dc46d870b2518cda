"""PDFs made by code."""

from __future__ import annotations

import zlib

__all__ = ["BAD", "GOOD", "HANGING", "pdf", "reassembled"]


def pdf(*pages: str, more: str = "", version: str = "1.7") -> bytes:
    """A PDF with pages whose dictionaries have these entries; the first page is object 10.

    Args:
        *pages: The entries of each page.
        more: Further objects.
        version: Of PDF, in the header.
    """
    kids = " ".join(f"{10 + index} 0 R" for index in range(len(pages)))
    objects = [
        "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj",
        f"2 0 obj <</Type/Pages/Kids[{kids}]/Count {len(pages)}>> endobj",
        *(f"{10 + index} 0 obj <</Type/Page/Parent 2 0 R{page}>> endobj" for index, page in enumerate(pages)),
        more,
    ]
    text = "\n".join([f"%PDF-{version}", *objects, "trailer <</Root 1 0 R>>", ""])
    return text.encode("latin-1")


_PAINT = "/Pattern cs /P scn 0 0 400 400 re f"
_TILE = "1 0 0 rg 0 0 1 1 re f"
_PATTERN = f"""
3 0 obj <</Length {len(_PAINT)}>> stream
{_PAINT}
endstream endobj
4 0 obj <</Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.00001/YStep 1/Resources<<>>
/Length {len(_TILE)}>> stream
{_TILE}
endstream endobj
"""

GOOD = "/MediaBox[0 0 40 20]"
BAD = "/MediaBox[0 0 400 400]/Resources<</Pattern<</P 4 0 R>>>>/Contents 3 0 R"

HANGING = pdf(GOOD, BAD, GOOD, more=_PATTERN)
"""Three pages; PDFium tiles the second for hours."""


def reassembled(page: str, *, is_flate: bool = True) -> bytes:
    """A PDF of one page whose dictionary is in a compressed stream of objects, as most producers write it."""
    objects = {
        1: "<</Type/Catalog/Pages 2 0 R>>",
        2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: f"<</Type/Page/Parent 2 0 R{page}>>",
    }
    index = ""
    body = ""
    for number, text in objects.items():
        index += f"{number} {len(body)} "
        body += text + " "
    plain = (index + body).encode()
    data = zlib.compress(plain) if is_flate else plain
    filters = "/Filter/FlateDecode" if is_flate else ""
    out = bytearray(b"%PDF-1.5\n")
    at = len(out)
    out += b"4 0 obj <</Type/ObjStm/N 3/First %d%b/Length %d>> stream\n" % (len(index), filters.encode(), len(data))
    out += data + b"\nendstream endobj\n"
    start = len(out)
    rows = [(0, 0, 255), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, at, 0), (1, start, 0)]
    table = b"".join(kind.to_bytes(1, "big") + where.to_bytes(4, "big") + bytes([last]) for kind, where, last in rows)
    out += b"5 0 obj <</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Length %d>> stream\n" % len(table)
    out += table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
