"""`make sabotage` is up to date: each breakage can be made, and it breaks something."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

TOOLS = Path(__file__).parents[2] / "tools"

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture
def sabotage(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool, which is no part of the package."""
    monkeypatch.syspath_prepend(str(TOOLS))
    monkeypatch.delitem(sys.modules, "sabotage", raising=False)
    return importlib.import_module("sabotage")


def test_each_breakage_fits_the_tree(sabotage: ModuleType) -> None:
    """What a breakage changes stands in its file, and what stands there instead is something else."""
    assert len(sabotage.BREAKAGES) >= 30
    for breakage in sabotage.BREAKAGES:
        assert breakage.old in (TOOLS.parent / breakage.file).read_text(encoding="utf-8"), breakage.what
        assert breakage.old != breakage.new
        assert breakage.gate in sabotage.GATES
