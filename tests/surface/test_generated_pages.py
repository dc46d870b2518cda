"""What of the documentation is generated is up to date, and `make pages` makes all of it."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(ROOT / "tools"))

GENERATED = {
    "cli.md": "generate",
    "errors.md": "errors",
    "openai-versions.md": "versions",
    "reliability.md": "reliability",
}
"""Each generated page, and the command that makes it alone. Tests of their own hold the pages to what they say."""


@pytest.mark.parametrize("page", GENERATED)
def test_one_command_makes_all_generated_pages(page: str) -> None:
    """The page names its command, and `make pages` runs it."""
    text = " ".join((ROOT / "docs" / page).read_text(encoding="utf-8").split())
    assert f"`make {GENERATED[page]}`" in text
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (prerequisites,) = re.findall(r"^pages: (.*?) ##", makefile, re.MULTILINE)
    assert GENERATED[page] in prerequisites.split()


def test_no_generated_page_is_forgotten() -> None:
    """A page that says that a command makes it is in the table above."""
    says = re.compile(r"`make\s+([a-z]+)`\s+(?:makes|generates|writes)\s+this\s+page")
    pages = {path.name: says.search(path.read_text(encoding="utf-8")) for path in (ROOT / "docs").glob("*.md")}
    assert {name: match[1] for name, match in pages.items() if match} == GENERATED


def test_the_drawings_are_what_the_command_draws() -> None:
    """Whoever changes one changes the other."""
    drawings = importlib.import_module("pages.drawings")
    for name, drawing in drawings.DRAWINGS.items():
        assert (ROOT / "docs/images" / name).read_text(encoding="utf-8") == drawing().svg(), "run make drawings"


def test_an_example_has_its_twin_beside_it() -> None:
    """As tabs; what is about one colour alone has none."""
    hooks = importlib.import_module("pages.hooks")
    example = "from vlmrun import VLMRun\n\nclient = VLMRun()\nfor file in client.files.list():\n    print(file.id)\n"
    page = hooks.tabs(f"```python\n{example}```\n\n```output\nf-1\n```\n")
    assert '=== "Sync"\n\n    ```python\n    from vlmrun import VLMRun\n' in page
    assert "    async with AsyncVLMRun() as client:\n            async for file in client.files.list():\n" in page
    assert page.endswith('```text title="Output"\nf-1\n```\n')
    assert hooks.tabs("```python\nprint(1)\n```\n") == "```python\nprint(1)\n```\n"
