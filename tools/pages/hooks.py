"""What MkDocs calls while it builds the site.

Pages are ordinary Markdown, as the repository's host shows it. Here an example gets its async twin, and links that lead
out of `docs/` lead to the repository's host.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]
CHANGELOG = ROOT / "CHANGELOG.md"

sys.path.append(str(ROOT / "tools"))
from pages.colours import to_async  # noqa: E402  # MkDocs loads this file by its path

__all__ = ["FENCE", "ROOT", "on_page_markdown", "tabs"]

REPOSITORY = "https://github.com/vlm-run/vlmrun-python-sdk/blob/main/"

FENCE = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```output\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL)
"""An example, and what it prints."""

_LINK = re.compile(
    r"\]\((?P<target>\.\./[^)\s#]+|https://github\.com/vlm-run/vlmrun-python-sdk/blob/main/docs/[^)\s#]+)"
)


class _File(Protocol):
    @property
    def src_uri(self) -> str: ...


class _Page(Protocol):
    @property
    def file(self) -> _File: ...


def on_page_markdown(markdown: str, *, page: _Page, **_: object) -> str:
    """A page as MkDocs reads it."""
    if page.file.src_uri == "changelog.md":
        text = CHANGELOG.read_text(encoding="utf-8").replace("](docs/", "](../docs/")
        return re.sub(r"\]\((?!\.\./|https?:|#)", f"]({REPOSITORY}", text).replace("](../docs/", "](")
    folder = posixpath.dirname(page.file.src_uri)
    return _LINK.sub(lambda link: f"]({_led(link['target'], folder)}", tabs(markdown))


def tabs(markdown: str) -> str:
    """A page in which each example that sends something has a tab for each colour."""
    return FENCE.sub(_tabbed, markdown).replace("\n```output\n", '\n```text title="Output"\n')


def _tabbed(example: re.Match[str]) -> str:
    twin = to_async(example["code"])
    printed = "" if example["output"] is None else f'\n```text title="Output"\n{example["output"]}```'
    if twin is None:
        return f"```python\n{example['code']}```\n{printed}"
    return f'=== "Sync"\n\n{_fenced(example["code"])}\n=== "Async"\n\n{_fenced(twin)}\n{printed}'


def _fenced(code: str) -> str:
    lines = ["```python", *code.splitlines(), "```"]
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


def _led(target: str, folder: str) -> str:
    """Where a link leads: within the site if it can."""
    if target.startswith(REPOSITORY):
        return posixpath.relpath(target.removeprefix(f"{REPOSITORY}docs/"), folder or ".")
    path = posixpath.normpath(posixpath.join("docs", folder, target))
    if path.startswith("docs/"):
        return target
    return REPOSITORY + path
