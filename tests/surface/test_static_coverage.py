"""Every public name has a static test that accepts a use of it, and one that rejects another."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import vlmrun

pytest.importorskip("openai", reason="the static tests are about OpenAI's types too")

OWN = ("vlmrun._arguments.", "vlmrun._http.", "vlmrun._resources.", "vlmrun.client.")
"""Where classes lie whose members are counted one by one."""

STATIC = Path(__file__).parents[1] / "static"


def public_modules() -> Iterator[ModuleType]:
    """Every module that users may import."""
    yield vlmrun
    for found in pkgutil.walk_packages(vlmrun.__path__, "vlmrun."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def public_names() -> set[str]:
    """Every name that they may use: what the modules export, and the public members of the classes among it."""
    names: set[str] = set()
    for module in public_modules():
        for name in module.__all__:
            names.add(name)
            value = getattr(module, name)
            if inspect.isclass(value) and value.__module__.startswith(OWN) and not _is_data(value):
                family = [base for base in value.__mro__ if base.__module__.startswith(OWN)]
                names |= {member for base in family for member in vars(base) if not member.startswith("_")}
    return names - {"__version__"}


def _is_data(value: type) -> bool:
    """Models and enumerations are tested whole, not field by field."""
    return hasattr(value, "model_fields") or hasattr(value, "__members__") or hasattr(value, "__dataclass_fields__")


def mentioned(code: str) -> tuple[set[str], set[str]]:
    """The names used on lines that must be accepted, and on those that must be rejected."""
    lines = code.splitlines()
    accepted: set[str] = set()
    rejected: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        names = (
            {node.id}
            if isinstance(node, ast.Name)
            else {node.attr}
            if isinstance(node, ast.Attribute)
            else {node.arg}
            if isinstance(node, ast.keyword) and node.arg
            else set[str]()
        )
        if isinstance(node, ast.expr | ast.keyword):
            (rejected if ": ignore[" in lines[node.lineno - 1] else accepted).update(names)
    return accepted, rejected


def all_mentioned() -> tuple[set[str], set[str]]:
    """What the static tests mention."""
    accepted: set[str] = set()
    rejected: set[str] = set()
    for path in sorted(STATIC.glob("*.py")):
        more_accepted, more_rejected = mentioned(path.read_text(encoding="utf-8"))
        accepted |= more_accepted
        rejected |= more_rejected
    return accepted, rejected


def test_there_is_something_to_count() -> None:
    """The names that people use are among the public ones."""
    assert {"VLMRun", "AsyncVLMRun", "completions", "execute", "RateLimitError", "AgentInfo"} <= public_names()


def test_every_public_name_has_an_accepting_test() -> None:
    """A use of it that checkers must accept."""
    assert not sorted(public_names() - all_mentioned()[0])


def test_every_public_name_has_a_rejecting_test() -> None:
    """A use of it that checkers must reject."""
    assert not sorted(public_names() - all_mentioned()[1])


def test_an_unmentioned_name_is_noticed() -> None:
    """A line with an ignore rejects, one without accepts, and a comment mentions nothing."""
    accepted, rejected = mentioned("a.b(c=1)\nd(e)  # type: ignore[arg-type]\n# f\n")
    assert (accepted, rejected) == ({"a", "b", "c"}, {"d", "e"})
