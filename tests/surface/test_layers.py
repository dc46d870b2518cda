"""The map in the docstring of `vlmrun` is true: every module is on it, and imports only from layers below its own.

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

DOORS = {"vlmrun.client": 1, "vlmrun": 2}
"""Packages that only hand on what lies in them, and how far above the map they are: no other module may use them."""

BELOW_ALL = {"vlmrun._version"}
"""One constant, which the build reads: below everything, and not worth a line of the map."""


def layers(docstring: str) -> dict[str, int]:
    """The layer of each module and package on the map, read from the docstring."""
    found: dict[str, int] = {}
    for path, layer in re.findall(r"^ +([\w/]+(?:\.py|/)) +(\d+)  \S", docstring, flags=re.MULTILINE):
        name = "vlmrun." + path.removesuffix(".py").rstrip("/").replace("/", ".")
        assert name not in found, f"{path} is on the map twice"
        found[name] = int(layer)
    return found


def _name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


SOURCES = {_name_of(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
PACKAGES = {_name_of(path) for path in PACKAGE.rglob("__init__.py")}
MAP = layers(vlmrun.__doc__ or "")


@dataclass(frozen=True)
class Import:
    """One thing that a module imports.

    Attributes:
        name: The module it comes from.
        for_types: Whether only type checkers see it.
    """

    name: str
    for_types: bool


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


def _place(module: str, on_map: Mapping[str, int]) -> str | None:
    """The entry of the map that a module belongs to: its own, or that of the package it lies in."""
    while module:
        if module in on_map:
            return module
        module = module.rpartition(".")[0]
    return None


def _layer(module: str, on_map: Mapping[str, int]) -> int | None:
    """The layer of a module, or `None` where the map does not have it."""
    if module in BELOW_ALL:
        return min(on_map.values()) - 1
    if module in DOORS:
        return max(on_map.values()) + DOORS[module]
    place = _place(module, on_map)
    return None if place is None else on_map[place]


def upward_imports(module: str, text: str, on_map: Mapping[str, int]) -> list[str]:
    """The imports of a module that do not point downward.

    For type checkers only, a module may also look at its own layer, and at the vocabulary, which depends on nothing.
    """
    own = _layer(module, on_map)
    assert own is not None, f"{module} is not on the map"
    wrong: list[str] = []
    for imported in imports(module, text):
        if imported.name.partition(".")[0] != "vlmrun":
            continue
        if (place := _place(imported.name, on_map)) is not None and place == _place(module, on_map):
            continue  # within one entry of the map, which is a package that minds its own layers
        layer = _layer(imported.name, on_map)
        below = layer is not None and layer < own
        if not (below or (imported.for_types and (layer == own or imported.name == "vlmrun.protocols"))):
            wrong.append(imported.name)
    return wrong


def openai_imports(module: str, text: str) -> list[str]:
    """The imports of openai that happen when a module runs."""
    return [
        found.name
        for found in imports(module, text)
        if found.name.partition(".")[0] == "openai" and not found.for_types
    ]


# The tests ------------------------------------------------------------------------------------------------------------

each_module = pytest.mark.parametrize("module", SOURCES)


def test_map_is_read() -> None:
    """The map has a line for each layer, from the bottom to the clients on top, in that order."""
    assert set(MAP.values()) == set(range(max(MAP.values()) + 1))
    assert list(MAP.values()) == sorted(MAP.values())
    assert MAP["vlmrun.client.client"] == max(MAP.values())


def test_every_module_is_on_the_map() -> None:
    """A new module is put on the map."""
    missing = [module for module in SOURCES if module not in DOORS.keys() | BELOW_ALL and _place(module, MAP) is None]
    assert missing == []


def test_every_place_on_the_map_exists() -> None:
    """What the map names is there."""
    assert [place for place in MAP if place not in SOURCES] == []


@each_module
def test_module_imports_only_from_below(module: str) -> None:
    """A module imports only from lower layers, wherever in it the import stands."""
    assert upward_imports(module, SOURCES[module], MAP) == []


@each_module
def test_only_one_module_imports_openai(module: str) -> None:
    """The openai package is optional: only `_openai.py` imports it at run time."""
    expected_some = module == "vlmrun.client._openai"
    assert bool(openai_imports(module, SOURCES[module])) is expected_some


@pytest.mark.parametrize(
    "text",
    [
        "from vlmrun.client.config import configure",
        "from vlmrun.client import config",
        "from vlmrun.client import VLMRun",
        "from vlmrun import VLMRun",
        "import vlmrun",
        "import vlmrun.client.client as clients",
        "from . import agent",
        "from .agent import Agent",
        "from .. import VLMRun",
        "from ..client.agent import Agent",
        "def f():\n    from vlmrun.client.agent import Agent",
        "async def f():\n    with g():\n        import vlmrun.client.agent",
        "class C:\n    from vlmrun.client.agent import Agent",
        "try:\n    import vlmrun.local\nexcept ImportError: ...",
        "if TYPE_CHECKING:\n    from vlmrun.client.agent import Agent",
        "if TYPE_CHECKING:\n    ...\nelse:\n    from vlmrun.client.types import AgentInfo",
        "from vlmrun.client.types import AgentInfo",
        "from vlmrun.client.not_on_the_map import x",
    ],
)
def test_upward_import_is_noticed(text: str) -> None:
    """An import from a higher layer, or from its own at run time, is noticed however it is written."""
    assert len(upward_imports("vlmrun.client._checks", text, MAP)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from vlmrun.client.exceptions import InputError",
        "from . import exceptions",
        "from vlmrun._version import __version__",
        "if TYPE_CHECKING:\n    from vlmrun.client._pdfium import lock",
        "import typing\nif typing.TYPE_CHECKING:\n    from vlmrun.protocols import ClientConfig",
        "import json, httpx2",
    ],
)
def test_downward_import_is_fine(text: str) -> None:
    """An import from a lower layer is not complained about, nor is one for type checkers from the same layer."""
    assert upward_imports("vlmrun.client._checks", text, MAP) == []


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


def test_map_that_lacks_a_layer_is_noticed() -> None:
    """A module that is not on the map cannot be judged, and is not waved through."""
    shorter = {name: layer for name, layer in MAP.items() if name != "vlmrun.client.urls"}
    with pytest.raises(AssertionError, match="not on the map"):
        upward_imports("vlmrun.client.urls", "", shorter)


def test_map_with_a_module_twice_is_refused() -> None:
    """Two layers for one module are no map."""
    with pytest.raises(AssertionError, match="twice"):
        layers("    a.py   0  one thing\n    a.py   1  and another\n")
