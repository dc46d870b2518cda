"""What is installed is what is tested, and the wheel holds what users need."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path

import pytest

import vlmrun

ROOT = Path(__file__).parents[2]
DISTRIBUTION = distribution("vlmrun")
EDITABLE = bool(json.loads(DISTRIBUTION.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable"))


def test_the_installed_package_is_the_one_under_test() -> None:
    """From a wheel, no test sees the folder it lies in; from an editable install, every test does."""
    assert vlmrun.__file__ is not None
    package = Path(vlmrun.__file__).parent
    assert package == (ROOT / "vlmrun" if EDITABLE else Path(str(DISTRIBUTION.locate_file("vlmrun"))))


def test_its_version_is_the_one_it_says() -> None:
    """`vlmrun.__version__` is the version of the distribution."""
    assert vlmrun.__version__ == DISTRIBUTION.version


def test_required_dependencies_are_three() -> None:
    """Nothing is required but these; the rest is behind extras."""
    required = {line.split(">")[0] for line in DISTRIBUTION.requires or () if "extra ==" not in line}
    assert required == {"httpx2", "pydantic", "typing-extensions"}
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    section = text[text.index("## Dependencies") :]
    assert {name for name in required if f"`{name}`" not in section} == set(), "say in SECURITY.md what it is for"


def test_nothing_is_pinned() -> None:
    """No requirement has an upper bound or an exact version."""
    assert not [line for line in DISTRIBUTION.requires or () if "<" in line or "==" in line.split(";")[0]]


def test_what_users_are_told_to_install_is_an_extra() -> None:
    """Wherever errors, docstrings and documents name one."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = project.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0]
    known = set(re.findall(r"^(\w+) = \[", section, re.MULTILINE))
    assert "parquet" in known
    assert vlmrun.__file__ is not None
    texts = [*Path(vlmrun.__file__).parent.rglob("*.py"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    told = {
        (extra.strip(), text.name)
        for text in texts
        for extras in re.findall(r"vlmrun\[([\w, -]+)\]", text.read_text(encoding="utf-8"))
        for extra in extras.split(",")
    }
    assert {one for one in told if one[0] not in known} == set()


@pytest.mark.skipif(EDITABLE, reason="an editable install has no files of its own; `make corners` has a wheel")
def test_the_wheel_carries_types_and_stubs() -> None:
    """Both packages are in it with their markers, every stub of the tree, and the command; nothing else is."""
    files = {str(path) for path in DISTRIBUTION.files or ()}
    stubs = {str(path.relative_to(ROOT / "stubs")) for path in (ROOT / "stubs").rglob("*.pyi")}
    assert {"vlmrun/py.typed", "vlmrun-stubs/py.typed"} | stubs <= files
    commands = {file for file in files if file.startswith("..")}
    assert {Path(command).stem for command in commands} == {"vlmrun"}
    assert {file.split("/")[0] for file in files - commands} == {
        "vlmrun",
        "vlmrun-stubs",
        f"vlmrun-{vlmrun.__version__}.dist-info",
    }
