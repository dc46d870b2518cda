"""`make sabotage` is up to date: each breakage can be made, and it breaks something."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

TREE = Path(__file__).parents[2]

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(TREE / "tools"))
sabotage = importlib.import_module("sabotage")


def test_each_breakage_fits_the_tree() -> None:
    """What a breakage changes stands in its file, and what stands there instead is something else."""
    assert len(sabotage.BREAKAGES) >= 30
    for breakage in sabotage.BREAKAGES:
        assert breakage.old in (TREE / breakage.file).read_text(encoding="utf-8"), breakage.what
        assert breakage.old != breakage.new
        assert breakage.gate in sabotage.GATES
