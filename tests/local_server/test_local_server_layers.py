"""The wings of `vlmrun.local` import only what the docstring of each says, and none of them in a cycle.

The source is read, not imported: imports inside functions and for type checkers count too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import vlmrun

PACKAGE = "vlmrun.local"
ROOT = Path(vlmrun.__file__).parent / "local"

DOORS = {f"{PACKAGE}.__init__", f"{PACKAGE}.__main__"}
"""Modules that belong to no wing: what users import, and what they start."""


def _modules() -> dict[str, str]:
    """The source of each module; that of a package ends with `__init__`."""
    paths = sorted(ROOT.rglob("*.py"))
    return {
        ".".join([PACKAGE, *path.relative_to(ROOT).with_suffix("").parts]): path.read_text("utf-8") for path in paths
    }


MODULES = _modules()


def allowed(docstring: str) -> set[str]:
    """The wings that the docstring of a wing allows it to import."""
    found = re.search(r"^May import: (.+?)\.$", docstring, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, "the docstring must have a line 'May import: ...'"
    if found[1] == f"nothing of {PACKAGE}":
        return set()
    names = re.split(r",\s+", found[1])
    assert all(re.fullmatch(r"_[a-z]+", name) for name in names), f"not a list of wings: {found[1]}"
    return set(names)


def imported(module: str, text: str) -> Iterator[str]:
    """Everything that a module imports, anywhere in it; `a.b` for `from a import b`, whatever `b` is."""
    package = module.split(".")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def forbidden(module: str, text: str, may_import: set[str]) -> set[str]:
    """What a module imports of `vlmrun.local` that is neither in its own wing nor in one that it may import."""
    permitted = may_import | {module.split(".")[2]}
    return {
        name
        for name in imported(module, text)
        # The package itself is not permitted either: it gives access to all that it holds.
        if f"{name}.".startswith(f"{PACKAGE}.") and not permitted & set(name.split(".")[2:3])
    }


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """A cycle among wings, or an empty list."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


WINGS = {
    module.split(".")[2]: allowed(ast.get_docstring(ast.parse(text)) or "")
    for module, text in MODULES.items()
    if module.endswith(".__init__") and module not in DOORS
}


# The tests ------------------------------------------------------------------------------------------------------------


def test_every_module_lies_in_a_wing() -> None:
    """Next to the wings there are only the two doors."""
    outside = {module for module in MODULES if module.split(".")[2] not in WINGS}
    assert outside == DOORS
    assert len(WINGS) > 5


@pytest.mark.parametrize("module", [module for module in MODULES if module not in DOORS])
def test_module_imports_only_what_its_wing_may(module: str) -> None:
    """A module imports from its own wing, and from those that the wing's docstring names."""
    assert forbidden(module, MODULES[module], WINGS[module.split(".")[2]]) == set()


@pytest.mark.parametrize("wing", WINGS)
def test_wing_needs_what_it_may_import(wing: str) -> None:
    """A docstring names no wing that its own does not use, nor one that is not there."""
    texts = {module: text for module, text in MODULES.items() if module.split(".")[2] == wing}
    used = {
        name.split(".")[2]
        for module, text in texts.items()
        for name in imported(module, text)
        if name.startswith(f"{PACKAGE}._")
    }
    assert used - {wing} == WINGS[wing]


def test_wings_import_each_other_in_no_cycle() -> None:
    """One can build the wings one after the other."""
    assert cycle(WINGS) == []


@pytest.mark.parametrize("wing", WINGS)
def test_wing_is_small(wing: str) -> None:
    """No wing has more than a dozen modules."""
    assert len([module for module in MODULES if module.split(".")[2] == wing]) <= 13


def test_wings_are_told_in_the_docstring_of_the_package() -> None:
    """The map that a reader meets first has a line for each wing, in an order in which each imports from above."""
    docstring = ast.get_docstring(ast.parse(MODULES[f"{PACKAGE}.__init__"])) or ""
    told = re.findall(r"^(_[a-z]+)  +\S", docstring, flags=re.MULTILINE)
    assert sorted(told) == sorted(WINGS)
    for index, wing in enumerate(told):
        assert WINGS[wing] <= set(told[:index])


@pytest.mark.parametrize(
    "text",
    [
        "from vlmrun.local._routes.app import create_app",
        "from vlmrun.local._routes import app",
        "from vlmrun.local import _routes",
        "from vlmrun.local import LocalServer",
        "import vlmrun.local",
        "from vlmrun import local",
        "import vlmrun.local._routes.app as routes",
        "from .._routes import app",
        "from .. import _routes",
        "def f():\n    from vlmrun.local._routes.app import create_app",
        "if TYPE_CHECKING:\n    from vlmrun.local._routes.app import create_app",
        "from vlmrun.local._nowhere import x",
    ],
)
def test_forbidden_import_is_noticed(text: str) -> None:
    """An import that the docstring does not allow is noticed however it is written."""
    assert forbidden("vlmrun.local._store.disk", text, WINGS["_store"])


@pytest.mark.parametrize(
    "text",
    [
        "from vlmrun.local._wire.errors import RefusalError",
        "from vlmrun.local._store.files import StoredFile",
        "from . import files",
        "from .._media import facts",
        "from vlmrun.client.exceptions import InputError",
        "import json",
    ],
)
def test_allowed_import_is_fine(text: str) -> None:
    """Imports from the own wing, from allowed ones and from elsewhere are not complained about."""
    assert forbidden("vlmrun.local._store.disk", text, WINGS["_store"]) == set()


def test_cycle_is_noticed() -> None:
    """Wings that allow each other are a cycle, over a third one too."""
    assert cycle({"_a": {"_b"}, "_b": {"_c"}, "_c": {"_a"}})


@pytest.mark.parametrize("docstring", ["Nothing about imports.", "May import: whatever it needs."])
def test_docstring_without_a_list_is_refused(docstring: str) -> None:
    """A wing must say what it may import, as names."""
    with pytest.raises(AssertionError):
        allowed(docstring)
