"""What people read: links that work everywhere, documented fields, fenced examples, and plain words."""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from tokenize import COMMENT

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
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


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
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


# Docstrings -----------------------------------------------------------------------------------------------------------

SOURCES = sorted((ROOT / "vlmrun").rglob("*.py"))


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Every docstring of a module, those below fields among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield inspect.cleandoc(node.value.value)


def unfenced(text: str) -> list[str]:
    """The lines of indented examples: language servers run them together."""
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\n\n( {4}.*)", outside)


def undocumented_fields(tree: ast.Module) -> list[str]:
    """The fields of public classes that have no docstring below them."""
    found: list[str] = []
    for class_ in ast.walk(tree):
        if isinstance(class_, ast.ClassDef) and not class_.name.startswith("_"):
            for node, following in zip(class_.body, [*class_.body[1:], None], strict=True):
                if (
                    isinstance(node, ast.AnnAssign)
                    and isinstance(node.target, ast.Name)
                    and not node.target.id.startswith("_")
                    and not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant))
                ):
                    found.append(f"{class_.name}.{node.target.id}")
    return found


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in SOURCES])
def test_docstrings_are_for_users(path: Path) -> None:
    """They name routes and public pages, not notes that users do not have; and their examples are fenced."""
    text = path.read_text(encoding="utf-8")
    assert "API.md" not in text
    assert not re.search(r"^ +Attributes:$", text, re.MULTILINE), "write a docstring below each field"
    assert [line for found in docstrings(ast.parse(text)) for line in unfenced(found)] == []


# What a user hovers over; the others say in their class what they are.
HOVERED = [
    *(ROOT / "vlmrun/client/types").glob("*.py"),
    ROOT / "vlmrun/client/exceptions.py",
    ROOT / "vlmrun/_resources/results.py",
    ROOT / "vlmrun/_inputs/options.py",
    ROOT / "vlmrun/_arguments/hooks.py",
    ROOT / "vlmrun/_http/pages.py",
    ROOT / "vlmrun/local/_wire/journal.py",
]


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in HOVERED])
def test_fields_are_documented(path: Path) -> None:
    """Hovering over `run.output` or `file.public_url` says what it is."""
    fields = undocumented_fields(ast.parse(path.read_text(encoding="utf-8")))
    assert [name for name in fields if not name.endswith(".model_config")] == []


def test_what_is_wrong_is_noticed() -> None:
    """A field without a docstring and an example without a fence."""
    assert undocumented_fields(ast.parse("class A:\n    x: int\n    '''X.'''\n    y: int\n    z = 1")) == ["A.y"]
    assert unfenced("Do.\n\n    do()\n") == ["    do()"]
    assert unfenced("Do.\n\n```python\nif x:\n\n    do()\n```\n\nArgs:\n    x: X.") == []


# Words ----------------------------------------------------------------------------------------------------------------

# Phrases that a reader stops at, each with the plain words for it.
INVENTIVE = {
    r"\bha(?:s|ve) no say\b": "is ignored",
    r"\banew\b": "again",
    r"\bwhere (?:there|it|that) is none\b": "if there is none",
    r"\blets? go of\b": "releases",
    r"\bwould else\b": "would otherwise",
    r"\bcomes? about\b": "happens",
    r"\bhere and now\b": "immediately",
    r"\bwhat to raise where\b": "the error for",
    r"\basked for anew\b": "sent again",
    r"\b(?:and|that|which) is none\b": "is not one",
    r"\bon this side\b": "client-side, locally",
    r"\bunasked\b": "unless requested",
    r"\ball the way down\b": "fully",
    r"\bname by name\b": "with every field type-checked",
    r"\ba class a status\b": "one class per HTTP status",
    r"\bfound again by\b": "deduplicated by",
    r"\bcame about\b": "happened",
    r"\bis to go to\b": "is sent to",
    r"\bwhat came\b": "the response",
    r"\blet it go\b": "let it be garbage-collected",
    r"\bsomething in it\b": "non-empty",
    r"\bof tomorrow\b": "newer",
    r"\bwhere it st(?:ands|ood)\b": "its status, its position",
    r"\bstays? at home\b": "is excluded",
    r"\bhands? out\b": "returns",
    r"\bin turn on\b": "alternating",
    r"\bdone never\b": "executed 0 times",
}
READ = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "Makefile", *(ROOT / "examples").rglob("*.py")]


def inventive(text: str) -> list[str]:
    """The inventive phrases of a text, each with the plain words for it."""
    joined = " ".join(text.split())
    return [
        f"{match[0]!r}: write {plain!r}" for phrase, plain in INVENTIVE.items() for match in re.finditer(phrase, joined)
    ]


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in READ])
def test_pages_are_plain(path: Path) -> None:
    """What users read first has ordinary words."""
    assert inventive(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in SOURCES])
def test_sources_are_plain(path: Path) -> None:
    """So have docstrings, which editors show, comments, and the texts of errors."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    comments = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == COMMENT]
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert inventive("\n".join([*comments, *texts])) == []


def test_inventive_words_are_noticed() -> None:
    """Across the end of a line, too."""
    assert inventive("The environment has\nno say.") == ["'has no say': write 'is ignored'"]
