"""Checks the built site: each public name has its place in the reference, and no page loads anything from elsewhere."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build/site"

_LOADED = {"script": "src", "img": "src", "iframe": "src", "video": "src", "audio": "src", "source": "src"}
"""What a browser loads by itself, of each element."""

_OURS = ("vlmrun.",)


class _Page(HTMLParser):
    """The anchors of a page, and what it loads from another host."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.foreign: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read one element."""
        given = dict(attrs)
        if given.get("id"):
            self.anchors.add(str(given["id"]))
        url = given.get(_LOADED.get(tag, "")) or ""
        if tag == "link" and given.get("rel") not in {"canonical", "next", "prev", "alternate", "edit"}:
            url = given.get("href") or ""
        if url.startswith(("http:", "https:", "//")):
            self.foreign.add(url)


def _public() -> Iterator[tuple[str, str, object]]:
    """Each public name: the module, the name, and what it is."""
    import vlmrun

    modules = [vlmrun]
    modules += [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(vlmrun.__path__, "vlmrun.")
        if not any(part.startswith("_") for part in found.name.split("."))
    ]
    for module in modules:
        for name in module.__all__:
            yield module.__name__, name, getattr(module, name)


def _members(class_: type) -> Iterator[str]:
    """The public methods and properties of a class that are this package's."""
    for base in class_.__mro__:
        if base.__module__.startswith(_OURS) and not hasattr(base, "model_fields"):
            for name, value in vars(base).items():
                if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                    yield name


def missing(anchors: set[str]) -> list[str]:
    """The public names, and their members, without an anchor. One name that is in several modules needs one anchor."""
    paths: dict[tuple[str, int], list[str]] = {}
    values: dict[tuple[str, int], object] = {}
    for module, name, value in _public():
        if not inspect.ismodule(value) and not name.startswith("__"):
            key = (name, id(value))
            paths.setdefault(key, []).append(f"{module}.{name}")
            values[key] = value
    found: list[str] = []
    for key, known in paths.items():
        shown = next((path for path in known if path in anchors), None)
        value = values[key]
        if shown is None:
            found.append(known[0])
        elif inspect.isclass(value) and value.__name__ == key[0]:  # and not another name of a class
            found += [f"{shown}.{member}" for member in _members(value) if f"{shown}.{member}" not in anchors]
    return sorted(set(found))


def main() -> int:
    """Check `build/site`; what is wrong is printed."""
    wrong: list[str] = []
    anchors: set[str] = set()
    for path in sorted(SITE.rglob("*.html")):
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        where = path.relative_to(SITE).as_posix()
        if where.startswith("reference/"):
            anchors |= page.anchors
        wrong += [f"{where} loads {url}" for url in sorted(page.foreign)]
        if where.endswith("index.html") and not path.with_suffix(".md").exists():
            wrong.append(f"{where} has no Markdown twin: name the page in mkdocs.yml, below llmstxt")
    for style in SITE.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        wrong += [
            f"{style.relative_to(SITE)} loads {url}" for url in re.findall(r"url\(\s*[\"']?(https?:[^)\"']+)", text)
        ]
    wrong += [f"{name} has no anchor in the reference: add it to a page of docs/reference" for name in missing(anchors)]
    exceptions = (SITE / "reference/exceptions/index.html").read_text(encoding="utf-8")
    for _, name, value in _public():
        if inspect.isclass(value) and issubclass(value, Exception) and value.__module__ == "vlmrun.client.exceptions":
            after = exceptions.partition(f'id="vlmrun.client.exceptions.{name}"')[2].partition("<h2")[0]
            if 'href="../../guides/errors/#' not in after:
                wrong.append(f"{name} has no link to its guide")
    print("\n".join(sorted(set(wrong))) or f"{len(anchors)} anchors; nothing is loaded from another host")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
