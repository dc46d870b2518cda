"""Draws a session in a terminal, light and dark, as SVG: `python tools/transcript.py FOLDER [WIDTH]`.

The commands really run, on a pseudo-terminal, against a local server that is told what to answer. `make pictures` runs
it for `docs/images`.
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import shlex
import shutil
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from unittest import mock

from rich.console import Console
from rich.terminal_theme import MONOKAI, TerminalTheme
from rich.text import Text

from vlmrun.cli import main as vlmrun
from vlmrun.local import LocalServer, When

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "examples" / "assets"

SESSION = (
    'vlmrun chat "What is on this receipt? As a table." -i receipt.png',
    "vlmrun files list",
    "vlmrun generate invoice.pdf -d document.invoice",
    "vlmrun files get file_unknown",
    "vlmrun chat 'In one sentence.' --jsn",
)

ANSWER = """\
The receipt is from **Corner Bakery**, paid in cash:

| item | amount |
|---|---:|
| Espresso | 2.80 |
| Croissant | 3.20 |
| **Total** | **6.00** |
"""


def _colours(text: str) -> list[tuple[int, int, int]]:
    return [(int(one[:2], 16), int(one[2:4], 16), int(one[4:], 16)) for one in text.split()]


LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    _colours("24292f b31d28 116329 946200 0550ae 8250df 1b7c83 6e7781"),
    _colours("57606a d1242f 1a7f37 9a6700 0969da 8250df 3192aa 8c959f"),
)
_COLUMN = 12.2
"""The width of a column in rich's pictures."""

THEMES = {"light": LIGHT, "dark": MONOKAI}


def main() -> None:
    """Draw it."""
    folder = Path(sys.argv[1])
    width = int(sys.argv[2]) if len(sys.argv) > 2 else 80
    folder.mkdir(parents=True, exist_ok=True)
    shown = "\n".join(record(width))
    for name, theme in THEMES.items():
        (folder / f"cli-{name}.svg").write_text(svg(shown, width, theme), encoding="utf-8")


def record(width: int) -> Iterator[str]:
    """The lines of the session on a terminal of a width, with their colours."""
    with tempfile.TemporaryDirectory() as folder, LocalServer() as server, _within(folder):
        server.answer({"invoice_id": "RX-1042", "total": 25.0, "currency": "EUR"}, when=When(file="invoice.pdf"))
        server.answer(ANSWER)
        for name in ("receipt.png", "invoice.pdf"):
            shutil.copy(ASSETS / name, folder)
        variables = {
            "VLMRUN_API_KEY": server.api_key,
            "VLMRUN_BASE_URL": server.base_url,
            "HOME": f"{folder}/home",
            "XDG_CACHE_HOME": f"{folder}/home",
            "XDG_CONFIG_HOME": f"{folder}/home",
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "COLUMNS": str(width),
        }
        with mock.patch.dict(os.environ, variables, clear=True):
            for command in SESSION:
                yield f"\x1b[1;32m$\x1b[0m \x1b[1m{command}\x1b[0m"
                yield from replayed(run(shlex.split(command)[1:]))
                yield ""


@contextlib.contextmanager
def _within(folder: str) -> Generator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(arguments: list[str]) -> str:
    """What a command writes to a terminal."""
    reading, writing = pty.openpty()
    written: list[bytes] = []

    def read() -> None:
        with contextlib.suppress(OSError):  # the other end is closed
            while data := os.read(reading, 65536):
                written.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    with (
        open(writing, "w", encoding="utf-8") as terminal,
        mock.patch.multiple(sys, stdin=io.StringIO(), stdout=terminal, stderr=terminal),
    ):
        vlmrun(arguments)
    reader.join()
    os.close(reading)
    return b"".join(written).decode()


def replayed(written: str) -> list[str]:
    """The lines that stay on a terminal, which knows of lines that are erased and written again."""
    lines, row = [""], 0
    for part in re.split(r"(\r?\n|\r|\x1b\[\??[0-9;]*[A-Za-ln-z]|\x1b\].*?(?:\x07|\x1b\\))", written):
        if part in ("\n", "\r\n"):
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif found := re.fullmatch(r"\x1b\[(\d*)A", part):
            row = max(0, row - int(found[1] or 1))
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith("\x1b[?") and part != "\r" and not part.startswith("\x1b]"):
            lines[row] += part
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def svg(shown: str, width: int, theme: TerminalTheme) -> str:
    """A picture of a terminal."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in Text.from_ansi(shown).split("\n", allow_blank=True):
        for part in line.divide(range(width, len(line), width)):  # as terminals do
            console.print(part, soft_wrap=True)
    picture = console.export_svg(title="vlmrun", theme=theme, unique_id="vlmrun")
    # rich loads a font from elsewhere; the reader's own will do.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = picture.replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, DejaVu Sans Mono")
    return re.sub(r'x="([\d.]+)"([^>]*) textLength="([\d.]+)"([^>]*)>((?:&#160;)+)', _moved, picture)


def _moved(text: re.Match[str]) -> str:
    """A text without the spaces that it begins with, which some viewers leave out."""
    spaces = _COLUMN * text[5].count("&#160;")
    return f'x="{float(text[1]) + spaces:g}"{text[2]} textLength="{float(text[3]) - spaces:g}"{text[4]}>'


if __name__ == "__main__":
    main()
