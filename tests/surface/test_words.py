"""What people read: links that work everywhere, documented fields, fenced examples, and plain words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
OURS = "https://github.com/vlm-run/vlmrun-python-sdk/blob/main/"


def links(text: str) -> list[str]:
    """The targets of the links in a page."""
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them of its headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_links_absolutely() -> None:
    """The registry shows the README away from the repository, where a relative link leads nowhere."""
    found = links((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found
    assert [link for link in found if not link.startswith("https://")] == []


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_links_into_the_repository_lead_somewhere(page: Path) -> None:
    """The file of each link exists, and so does the heading."""
    for link in links(page.read_text(encoding="utf-8")):
        if link.startswith("https://") and not link.startswith(OURS):
            continue
        name, _, anchor = link.removeprefix(OURS).partition("#")
        base = ROOT if link.startswith(OURS) else page.parent
        target = base / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
