"""Every package says in its docstring what it may import, and imports nothing else; none imports itself by a detour.

Imports are read from the source, those inside functions among them, as a cycle hides there as well as anywhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import vlmrun

PACKAGE = Path(vlmrun.__file__).parent

ANYWHERE = {"vlmrun._version"}
"""One constant, which the build reads: below everything."""

ALONE = {
    "vlmrun.client.exceptions": {"vlmrun._lifetimes"},
    "vlmrun.protocols": {"vlmrun._lifetimes"},
}
"""Modules that are a place of their own, because what lies beside them may not be imported where they may."""

VOCABULARY = "vlmrun.protocols"
"""What type checkers may look at from anywhere; it depends on nothing."""

HELD = ("vlmrun.client.exceptions", "vlmrun.client.types")
"""An error holds the job that failed, so its annotations name the models; it never imports them, as they import it."""


def _name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


SOURCES = {_name_of(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
PACKAGES = {_name_of(path) for path in PACKAGE.rglob("__init__.py")}


def may_import(docstring: str) -> set[str]:
    """What a package says that it may import: the names in the last line of its docstring."""
    (line,) = re.findall(r"^May import: (.+)\.$", docstring, flags=re.MULTILINE)
    return set() if line.startswith("nothing of ") else {f"vlmrun.{name}" for name in line.split(", ")}


def _places() -> dict[str, set[str]]:
    """Each place, and the places that it may import from. A package in a package is a place if it says so."""
    found = dict(ALONE)
    for name in sorted(PACKAGES - {"vlmrun"}):
        docstring = ast.get_docstring(ast.parse(SOURCES[name])) or ""
        if "May import: " in docstring and not name.startswith("vlmrun.local."):
            found[name] = may_import(docstring)
    return found


@dataclass(frozen=True)
class Import:
    """One thing that a module imports."""

    name: str
    """The module it comes from."""
    for_types: bool
    """Whether only type checkers see it."""


def imports(module: str, text: str, *, known: set[str] | None = None) -> Iterator[Import]:
    """What a module imports, wherever in it.

    Args:
        module: Its name.
        text: Its source.
        known: The modules that there are, to tell `from package import module` from `from package import name`.
    """
    yield from _imports(module, ast.parse(text), known if known is not None else set(SOURCES), for_types=False)


def _imports(module: str, node: ast.AST, known: set[str], *, for_types: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, for_types)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = module.split(".") if module in PACKAGES else module.split(".")[:-1]
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [base])])
        for alias in node.names:
            submodule = f"{base}.{alias.name}"
            yield Import(submodule if submodule in known else base, for_types)
    elif isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        for seen_by_checkers in node.body:
            yield from _imports(module, seen_by_checkers, known, for_types=True)
        for otherwise in node.orelse:
            yield from _imports(module, otherwise, known, for_types=for_types)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _imports(module, child, known, for_types=for_types)


PLACES = _places()


def place_of(module: str) -> str | None:
    """The place that a module belongs to: its own, or that of the package it lies in; `None` where there is none."""
    while module:
        if module in PLACES:
            return module
        module = module.rpartition(".")[0]
    return None


def wrong_imports(module: str, text: str) -> list[str]:
    """The imports of a module that its place may not have.

    Modules right below `vlmrun`, and the package itself, hand on to users what lies in the places: they may import any.
    """
    own = place_of(module)
    wrong: list[str] = []
    for imported in imports(module, text):
        if imported.name.partition(".")[0] != "vlmrun" or imported.name in ANYWHERE:
            continue
        place = place_of(imported.name)
        if own is None:
            allowed = place is not None or imported.name in SOURCES
        else:
            named = imported.name == VOCABULARY or (module, imported.name) == HELD
            allowed = place == own or place in PLACES[own] or (imported.for_types and named)
        if not allowed:
            wrong.append(imported.name)
    return wrong


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Ways from a node back to itself."""
    found: list[list[str]] = []
    done: set[str] = set()

    def visit(node: str, way: list[str]) -> None:
        if node in way:
            found.append([*way[way.index(node) :], node])
        elif node not in done:
            for other in sorted(graph.get(node, ())):
                visit(other, [*way, node])
            done.add(node)

    for node in graph:
        visit(node, [])
    return found


def openai_imports(module: str, text: str) -> list[str]:
    """The imports of openai that happen when a module runs."""
    return [
        found.name
        for found in imports(module, text)
        if found.name.partition(".")[0] == "openai" and not found.for_types
    ]


# The tests ------------------------------------------------------------------------------------------------------------

# The tests ------------------------------------------------------------------------------------------------------------

each_module = pytest.mark.parametrize("module", SOURCES)


def test_there_are_places() -> None:
    """The packages that a developer looks for say what they may import."""
    wings = {"_arguments", "_http", "_inputs", "_lifetimes", "_openai", "_resources", "client", "client.types", "local"}
    assert {f"vlmrun.{name}" for name in wings} <= PLACES.keys()


def test_every_module_has_a_place() -> None:
    """A new module lies in a package that says what it may import, or right below `vlmrun`, where it only hands on."""
    homeless = [name for name in SOURCES if place_of(name) is None and name.count(".") > 1]
    assert homeless == []


def test_places_name_places() -> None:
    """What a package says that it may import is there."""
    assert [name for allowed in PLACES.values() for name in allowed if name not in PLACES] == []


def test_contributing_says_the_same() -> None:
    """The table in CONTRIBUTING.md has every package, with what it may import."""
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/]+)` \| [^|]+ \| ([^|]+) \|$", text, flags=re.MULTILINE)
    table = {f"vlmrun.{name.replace('/', '.')}": set(re.findall(r"`([\w.]+)`", cell)) for name, cell in rows}
    packages = {name: {other.removeprefix("vlmrun.") for other in PLACES[name]} for name in PLACES.keys() - ALONE}
    errors = {"client.exceptions"}
    assert table == {name: allowed - errors for name, allowed in packages.items()}
    assert {name for name, allowed in packages.items() if not errors <= allowed} == {
        "vlmrun._lifetimes",
        "vlmrun.client",
    }


def test_places_have_no_cycle() -> None:
    """No place may import itself by a detour."""
    assert cycles(PLACES) == []


def test_modules_have_no_cycle() -> None:
    """Nor does a module, within its package or beyond, when it is imported."""
    graph = {
        module: {
            found.name
            for found in imports(module, text)
            if not found.for_types and found.name in SOURCES and found.name not in PACKAGES
        }
        for module, text in SOURCES.items()
    }
    assert cycles(graph) == []


@each_module
def test_module_imports_only_what_it_may(module: str) -> None:
    """A module imports only from its own place and from those that its package names, wherever the import stands."""
    assert wrong_imports(module, SOURCES[module]) == []


@each_module
def test_only_one_module_imports_openai(module: str) -> None:
    """The openai package is optional: only the door imports it at run time."""
    expected_some = module == "vlmrun._openai.door"
    assert bool(openai_imports(module, SOURCES[module])) is expected_some


@pytest.mark.parametrize(
    "text",
    [
        "from vlmrun._http.call import Call",
        "from vlmrun._http import call",
        "from vlmrun.client import VLMRun",
        "from vlmrun import VLMRun",
        "import vlmrun",
        "import vlmrun.client.client as clients",
        "from .._http import call",
        "from .. import VLMRun",
        "from ..client.agent import Agent",
        "def f():\n    from vlmrun.client.agent import Agent",
        "async def f():\n    with g():\n        import vlmrun.client.agent",
        "class C:\n    from vlmrun.client.agent import Agent",
        "try:\n    import vlmrun.local\nexcept ImportError: ...",
        "if TYPE_CHECKING:\n    from vlmrun.client.agent import Agent",
        "if TYPE_CHECKING:\n    ...\nelse:\n    from vlmrun.client.types import AgentInfo",
        "from vlmrun.client.types import AgentInfo",
        "from vlmrun.protocols import ClientConfig",
        "from vlmrun.not_there import x",
    ],
)
def test_wrong_import_is_noticed(text: str) -> None:
    """An import that the package does not name is noticed however it is written."""
    assert len(wrong_imports("vlmrun._arguments.checks", text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from vlmrun.client.exceptions import InputError",
        "from ..client import exceptions",
        "from vlmrun._version import __version__",
        "from vlmrun._arguments.config import configure",
        "import typing\nif typing.TYPE_CHECKING:\n    from vlmrun.protocols import ClientConfig",
        "import json, httpx2",
    ],
)
def test_right_import_is_fine(text: str) -> None:
    """An import that the package names is not complained about, nor is one for type checkers of the vocabulary."""
    assert wrong_imports("vlmrun._arguments.checks", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import openai",
        "from openai.types import chat",
        "def f():\n    import openai.resources",
        "if x:\n    from openai import OpenAI",
    ],
)
def test_import_of_openai_is_noticed(text: str) -> None:
    """An import of openai at run time is noticed however it is written."""
    assert len(openai_imports("vlmrun.client.agent", text)) == 1


def test_import_of_openai_for_types_is_fine() -> None:
    """Type checkers may see openai."""
    assert openai_imports("vlmrun.client.agent", "if TYPE_CHECKING:\n    from openai import OpenAI") == []


def test_cycle_is_noticed() -> None:
    """Two that import each other, and three in a ring, are found; a diamond is fine."""
    assert cycles({"a": {"b"}, "b": {"a"}}) != []
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []
    assert cycles({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}) == []


def test_docstring_without_its_line_is_noticed() -> None:
    """A package that does not say what it may import is no place, and one that says it twice is refused."""
    with pytest.raises(ValueError, match="unpack"):
        may_import("A package.")
    with pytest.raises(ValueError, match="unpack"):
        may_import("May import: a.\nMay import: b.")
