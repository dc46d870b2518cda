"""Draws the pictures of "How it works": `docs/images/how-*.svg`.

They are SVG files of a few boxes and arrows, with a light background of their own: they are readable wherever they are
shown, in the dark, too.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

__all__ = ["DRAWINGS", "FOLDER", "write"]

FOLDER = Path(__file__).parents[2] / "docs/images"

_INK = "#1f2430"
_QUIET = "#5b6270"
_OURS = "#e3e7fb"
_THEIRS = "#e6f4ea"
_STOP = "#fde7e7"
_LINE = "#4051b5"


class _Sheet:
    """A drawing: boxes, arrows and words, at the places that it is told."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.size = (width, height)
        self.title = title
        self.parts: list[str] = []

    def box(self, x: int, y: int, width: int, height: int, *lines: str, fill: str = _OURS) -> None:
        """A box with lines of text in its middle; the first is bold."""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="{_LINE}"/>'
        )
        first = y + height / 2 - 9 * (len(lines) - 1) + 5
        for number, line in enumerate(lines):
            weight = ' font-weight="bold"' if number == 0 else ""
            self.parts.append(
                f'<text x="{x + width / 2:g}" y="{first + 18 * number:g}" text-anchor="middle"{weight}>'
                f"{escape(line)}</text>"
            )

    def arrow(self, x1: int, y1: int, x2: int, y2: int, *, dashed: bool = False) -> None:
        """A line that ends in an arrowhead."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_LINE}" stroke-width="1.5"{dash} '
            'marker-end="url(#tip)"/>'
        )

    def bar(self, x: int, y: int, width: int, fill: str) -> None:
        """A stretch of time."""
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="20" rx="3" fill="{fill}"/>')

    def say(self, x: int, y: int, words: str, anchor: str = "middle") -> None:
        """Words beside something."""
        self.parts.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{_QUIET}">{escape(words)}</text>')

    def svg(self) -> str:
        """The file."""
        width, height = self.size
        font = 'font-family="system-ui, sans-serif" font-size="14"'
        size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        tip = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} fill="{_INK}" role="img">',
                f"<title>{escape(self.title)}</title>",
                f'<defs><marker id="tip" {tip}><path d="M0 0 10 5 0 10z" fill="{_LINE}"/></marker></defs>',
                f'<rect width="{width}" height="{height}" rx="10" fill="#fbfbfe"/>',
                *self.parts,
                "</svg>\n",
            ]
        )


def _accessor() -> _Sheet:
    sheet = _Sheet(760, 270, "client.agent.completions is OpenAI's Completions on a client for VLM Run")
    sheet.box(20, 30, 200, 60, "your code", "client.agent.completions", fill="#ffffff")
    sheet.box(280, 30, 200, 60, "Completions", "OpenAI's class", fill=_THEIRS)
    sheet.box(540, 30, 200, 60, "client.openai", "a subclass of OpenAI")
    sheet.arrow(220, 60, 278, 60)
    sheet.arrow(480, 60, 538, 60)
    sheet.box(20, 160, 200, 60, "native calls", "client.files.upload")
    sheet.box(280, 160, 200, 60, "connections", "long chats, cut streams")
    sheet.box(540, 160, 200, 60, "VLM Run", "/openai/chat/completions", fill="#ffffff")
    sheet.arrow(580, 90, 470, 158)
    sheet.arrow(220, 190, 278, 190)
    sheet.arrow(480, 190, 538, 190)
    sheet.say(380, 252, "green: OpenAI's own, unmodified; blue: this package")
    return sheet


def _environment() -> _Sheet:
    sheet = _Sheet(720, 250, "Which parts of the environment a client reads")
    sheet.box(20, 25, 220, 56, "arguments", "api_key=..., base_url=...")
    sheet.box(20, 97, 220, 56, "VLMRUN_* variables", "what no argument says")
    sheet.box(20, 169, 220, 56, "proxies, certificates", "HTTPS_PROXY, SSL_CERT_FILE")
    sheet.box(310, 25, 140, 200, "VLMRun()", "reads them once,", "sends nothing")
    for y in (53, 125, 197):
        sheet.arrow(240, y, 308, y)
    sheet.box(520, 25, 180, 56, "OPENAI_*", "ignored", fill=_STOP)
    sheet.box(520, 97, 180, 56, ".netrc, TYPESAFE_*", "ignored", fill=_STOP)
    sheet.box(520, 169, 180, 56, "openai.api_key = ...", "ignored", fill=_STOP)
    return sheet


def _timeouts() -> _Sheet:
    sheet = _Sheet(720, 230, "A timeout limits each attempt as a whole; a stream's limit restarts with each event")
    sheet.say(20, 40, "a call", "start")
    sheet.bar(130, 25, 150, _LINE)
    sheet.say(205, 62, "first attempt ≤ timeout")
    sheet.bar(330, 25, 150, _LINE)
    sheet.say(405, 62, "a retry ≤ timeout")
    sheet.say(305, 40, "pause")
    sheet.say(20, 110, "a stream", "start")
    for x in (130, 240, 350, 460):
        sheet.bar(x, 95, 90, _LINE)
    sheet.say(340, 132, "the start, then each event ≤ timeout")
    sheet.say(20, 180, "run, wait", "start")
    sheet.bar(130, 165, 420, _LINE)
    sheet.say(340, 202, "with timeout=60: attempts, pauses and polls together ≤ 60 s")
    return sheet


def _retries() -> _Sheet:
    sheet = _Sheet(720, 210, "A retry waits longer each time, and as long as the server asks")
    for number, (x, pause) in enumerate(((20, "≤ 0.5 s"), (200, "≤ 1 s"), (380, "≤ 2 s"), (560, "")), start=1):
        sheet.box(x, 40, 120, 50, f"attempt {number}", "503" if number < 4 else "200")
        if pause:
            sheet.arrow(x + 120, 65, x + 178, 65)
            sheet.say(x + 149, 52, pause)
    sheet.box(20, 130, 300, 50, "Retry-After: 20", "waits 20 s, and a little longer")
    sheet.box(380, 130, 300, 50, "Retry-After: 300", "raises: waiting so long is yours to decide", fill=_STOP)
    return sheet


def _once() -> _Sheet:
    sheet = _Sheet(720, 290, "A POST is sent again only if the server cannot have acted on it")
    sheet.box(20, 30, 200, 50, "a POST fails", "client.agent.execute(...)", fill="#ffffff")
    sheet.arrow(220, 55, 268, 55)
    sheet.box(270, 20, 200, 70, "was it sent at all?", "no connection,", "or none was free")
    sheet.arrow(470, 55, 538, 55)
    sheet.say(503, 46, "no")
    sheet.box(540, 30, 160, 50, "retry", fill=_THEIRS)
    sheet.arrow(370, 90, 370, 118)
    sheet.say(388, 109, "yes")
    sheet.box(270, 120, 200, 70, "did the server", "say that it has not begun?", "429, 503, 529")
    sheet.arrow(470, 155, 538, 80)
    sheet.say(505, 140, "yes")
    sheet.arrow(370, 190, 370, 218)
    sheet.say(388, 209, "no")
    sheet.box(270, 220, 200, 50, "raise", "it may have taken effect", fill=_STOP)
    return sheet


DRAWINGS: dict[str, Callable[[], _Sheet]] = {
    "how-accessor.svg": _accessor,
    "how-environment.svg": _environment,
    "how-timeouts.svg": _timeouts,
    "how-retries.svg": _retries,
    "how-once.svg": _once,
}
"""The drawings, by the name of their file."""


def write() -> None:
    """Write every drawing."""
    for name, drawing in DRAWINGS.items():
        (FOLDER / name).write_text(drawing().svg(), encoding="utf-8")


if __name__ == "__main__":
    write()
