"""`vlmrun.hub`, which the distribution vlmrun-hub brings, is found wherever that is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import vlmrun

PACKAGE = Path(vlmrun.__file__).parents[1]

CODE = """
import sys

sys.path[:0] = sys.argv[1].split("|")
import vlmrun

print(len(vlmrun.__path__))
import vlmrun.client, vlmrun.local

assert not hasattr(vlmrun.client, "is_foreign") and vlmrun.VLMRun(api_key="k").hub
try:
    from vlmrun.hub.registry import registry
except ImportError as error:
    print(error)
else:
    print(registry["document.invoice"])
"""


def _prints(*paths: Path | str, cwd: Path) -> list[str]:
    """What the code above prints in a process of its own, with these paths before all others."""
    done = subprocess.run(  # noqa: S603  # nothing here comes from outside
        [sys.executable, "-B", "-W", "error", "-c", CODE, "|".join(map(str, paths))],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """Where vlmrun-hub is installed, with a module of ours that is not to be taken from there."""
    place = tmp_path / "elsewhere"
    (place / "vlmrun" / "hub").mkdir(parents=True)
    (place / "vlmrun" / "hub" / "__init__.py").touch()
    (place / "vlmrun" / "hub" / "registry.py").write_text("registry = {'document.invoice': 'an invoice'}")
    (place / "vlmrun" / "client").mkdir()
    (place / "vlmrun" / "client" / "__init__.py").write_text("is_foreign = True")
    return place


@pytest.mark.parametrize("is_first", [True, False])
def test_the_hub_is_found_on_another_path(hub: Path, tmp_path: Path, is_first: bool) -> None:
    """Before this package on the path or after it; all else is this package's own."""
    paths = (hub, PACKAGE) if is_first else (PACKAGE, hub)
    assert _prints(*paths, cwd=tmp_path) == ["2", "an invoice"]
    assert _prints(PACKAGE, "", cwd=hub) == ["2", "an invoice"]  # the working directory


def test_nothing_else_is_added(tmp_path: Path) -> None:
    """A folder of that name without a hub stays what it is, and so does a path that is none."""
    (tmp_path / "vlmrun" / "other").mkdir(parents=True)
    found = _prints(tmp_path, PACKAGE, tmp_path / "missing.zip", cwd=tmp_path)
    assert found[0] == "1"
    assert found[1] in ("No module named 'vlmrun.hub'", "an invoice")  # it may be installed beside this package
